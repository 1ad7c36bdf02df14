import { openAws } from '../../providers/aws/aws.ts';
import type { Disk } from '../../src/core/assets.ts';
import { createEc2Datacenter, DEBIAN_OWNER, ec2Quirks, modelId, REGION } from '../support/ec2/ec2World.ts';
import { ec2Face } from '../support/ec2/ec2Face.ts';
import { credentials, openEc2 } from '../support/ec2/openEc2.ts';
import { serveEc2 } from '../support/ec2/transports.ts';
import type { Quirks } from '../support/datacenter/quirks.ts';
import { setDeletionFlag } from '../support/datacenter/vmCalls.ts';
import type { SubjectKind } from './subject.ts';

const image = `${DEBIAN_OWNER}/debian-13-amd64-*`;

/** The real adapter on a strict fake of EC2: in the process, or over a socket of the loopback. */
export function awsSubject(
  name: string,
  quirks: Partial<Quirks>,
  transport: 'process' | 'socket' = 'process',
): SubjectKind {
  return {
    name,
    lastWritable: 'while-attached',
    contentVersions: false,
    makeProvider: async () => {
      const datacenter = createEc2Datacenter({ quirks });
      const { listLagMs } = { ...ec2Quirks, ...quirks };
      const server =
        transport === 'socket'
          ? await serveEc2(ec2Face(datacenter.connect(), () => datacenter.world))
          : undefined;
      const open = () =>
        server === undefined
          ? openEc2(datacenter)
          : openAws({ region: REGION, endpoint: server.endpoint }, datacenter.context(), {
              client: { credentials },
              answers: async () => true,
            });
      const modelOf = (disk: Disk) => modelId(disk.id) ?? '';
      // What others did shows in every list only when lists have caught up; the port promises no more.
      const showDeeds = () => datacenter.advance(listLagMs);
      return {
        provider: await open(),
        connect: open,
        location: `${REGION}a`,
        badLocation: 'no-such-place',
        size: { machineType: 't3.small' },
        otherSize: { machineType: 't3.large' },
        image,
        bootSource: { from: 'image', image },
        diskType: 'gp3',
        otherDiskType: 'gp2',
        diskBytes: 4 * 1024 ** 3,
        writeContent: async (disk) => {
          if (!datacenter.owner({ deed: 'write-disk', disk: disk.name })) throw new Error('cannot write');
          showDeeds();
        },
        readContent: async (disk) => String(datacenter.world.disks.get(modelOf(disk))?.content),
        setDeletionFlag: async (vm, disk) => {
          const id = modelId(vm.id) ?? '';
          setDeletionFlag(datacenter.world, datacenter.world.vms.get(id)?.account ?? '', id, modelOf(disk));
          showDeeds();
        },
        tearLease: async (workstation) => {
          const templates = [...(datacenter.world.ec2?.templates.values() ?? [])];
          const version = templates
            .find(({ name: own }) => own === `chews-lock-${workstation}`)
            ?.versions.at(-1);
          if (version === undefined) throw new Error('there is no lease to tear');
          version.data = { UserData: String(version.data.UserData).slice(0, 40) };
          showDeeds();
        },
        advance: async (milliseconds) => datacenter.advance(milliseconds),
        cleanup: async () => server?.close(),
      };
    },
  };
}
