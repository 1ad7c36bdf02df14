import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openAws } from '../../providers/aws/aws.ts';
import { ChewsError } from '../../src/core/errors.ts';
import type { Fleet } from '../../src/core/assets.ts';
import { REGION } from '../support/ec2/ec2World.ts';
import { ec2Face } from '../support/ec2/ec2Face.ts';
import { credentials } from '../support/ec2/openEc2.ts';
import { inProcess } from '../support/ec2/transports.ts';
import { type Damage, damagedXml, oddTexts } from '../prove/wireDamage.ts';
import { ec2Bench, newDisk, newSnapshot, newVm, vmIn } from './ec2Bench.ts';

const damages = fc.oneof<fc.Arbitrary<Damage>[]>(
  fc.constantFrom({ kind: 'drop' }, { kind: 'empty' }, { kind: 'twice' }, { kind: 'cut' }),
  fc.constantFrom(...oddTexts).map((text) => ({ kind: 'replace', text })),
);

describe('answers with a mistake in them', () => {
  it(
    'are an error for users or a fleet of the same size, and never a bug',
    { timeout: 120_000 },
    async () => {
      const bench = ec2Bench();
      const { provider } = await bench.open();
      await provider.apply(newVm([newDisk('boot'), newDisk('data')]));
      const { id, name } = vmIn(await provider.list());
      await provider.apply({ kind: 'stop-vm', vm: { id, name } });
      await provider.apply(newSnapshot(await provider.list(), 'boot'));
      const whole = await provider.list();
      const sizes = ({ vms, disks, snapshots, ended = [] }: Fleet) => [
        vms.length + ended.length,
        disks.length,
        snapshots.length,
      ];

      const action = fc.constantFrom('DescribeInstances', 'DescribeVolumes', 'DescribeSnapshots');
      await fc.assert(
        fc.asyncProperty(action, fc.nat(200), damages, async (asked, index, damage) => {
          const face = ec2Face(bench.datacenter.connect(), () => bench.datacenter.world);
          const requestHandler = inProcess(async (body, signal) => {
            const answer = await face(body, signal);
            const isMangled = new URLSearchParams(body).get('Action') === asked;
            return answer === 'lost' || !isMangled
              ? answer
              : { ...answer, body: damagedXml(answer.body, index, damage) };
          });
          const other = await openAws({ region: REGION }, bench.datacenter.context(), {
            client: { requestHandler, credentials, endpoint: 'http://ec2.test' },
          });
          try {
            expect(sizes(await other.list())).toEqual(sizes(whole));
          } catch (error) {
            if (!(error instanceof ChewsError)) throw error;
            expect(error.message).toMatch(/^cannot list the fleet: /);
          }
        }),
        { numRuns: 300 },
      );
    },
  );
});
