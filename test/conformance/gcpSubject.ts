import { gcpKind } from '../../providers/gcp/gcp.ts';
import { createDatacenter } from '../support/datacenter/datacenter.ts';
import type { Quirks } from '../support/datacenter/quirks.ts';
import { setDeletionFlag } from '../support/datacenter/vmCalls.ts';
import { inProcess } from '../support/gce/transport.ts';
import type { SubjectKind } from './subject.ts';

const GiB = 1024 ** 3;

/** The real adapter on the simulated datacenter, through the SDK and Compute Engine's own wire format. */
export function gcpSubject(name: string, quirks: Quirks): SubjectKind {
  return {
    name,
    lastWritable: 'always',
    contentVersions: false,
    makeProvider: async () => {
      const datacenter = createDatacenter({ quirks, seed: 1, startAtMs: Date.UTC(2026, 2, 1, 12) });
      const open = () => {
        const client = datacenter.connect();
        const kind = gcpKind({ fetch: inProcess(datacenter, client), reach: async () => true });
        return kind.open({ project: 'home' }, datacenter.context());
      };
      return {
        provider: await open(),
        connect: open,
        location: 'north-a',
        badLocation: 'no-such-place',
        size: { machineType: 'e2-small' },
        otherSize: { machineType: 'e2-medium' },
        image: 'debian-cloud/debian-13',
        bootSource: { from: 'image', image: 'debian-cloud/debian-13' },
        diskType: 'pd-standard',
        otherDiskType: 'pd-ssd',
        diskBytes: 20 * GiB,
        writeContent: async (disk) => {
          if (!datacenter.owner({ deed: 'write-disk', disk: disk.name })) throw new Error('cannot write');
        },
        readContent: async (disk) => String(datacenter.world.disks.get(disk.id)?.content),
        setDeletionFlag: async (vm, disk) => setDeletionFlag(datacenter.world, 'home', vm.id, disk.id),
        tearLease: async (workstation) => {
          const [newest] = [...datacenter.world.gce.healthChecks.values()]
            .filter((check) => check.name.startsWith(`chews-lease-${workstation}-`))
            .toSorted((one, other) => (one.name > other.name ? -1 : 1));
          if (newest === undefined) throw new Error(`there is no lease of ${workstation} to tear`);
          newest.description = newest.description.slice(0, 40);
        },
        advance: async (milliseconds) => datacenter.advance(milliseconds),
        cleanup: async () => undefined,
      };
    },
  };
}
