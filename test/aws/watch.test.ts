import type { Instance } from '@aws-sdk/client-ec2';
import { describe, expect, it } from 'vitest';
import { type Ec2, LIST_LAG_MS } from '../../providers/aws/place.ts';
import { openWatch } from '../../providers/aws/watch.ts';
import { isThere, type Work } from '../../providers/aws/workbench.ts';
import { ec2Bench, diskIn, newDisk, newVm, vmIn } from './ec2Bench.ts';

const ID = 'i-0123456789abcdef0';

/** A region whose list of VMs takes so long each time, and then tells what was true when it was asked for. */
function slowlyListed(takesMs: number, seenFromMs: number) {
  let nowMs = 0;
  const context = {
    nowMs: () => nowMs,
    sleep: async (ms: number) => void (nowMs += ms),
  } as Work['bench']['context'];
  const read = async () => {
    const askedMs = nowMs;
    nowMs += takesMs;
    const Instances: Instance[] =
      askedMs < seenFromMs ? [] : [{ InstanceId: ID, State: { Name: 'running' } }];
    return { Reservations: [{ Instances }] };
  };
  const watch = openWatch({ read } as unknown as Ec2, context);
  const work = { bench: { context }, attempt: 'cannot look' } as unknown as Work;
  return { watch, work };
}

describe('whether what was just made is there', () => {
  it.each([1000, 30_000])(
    'a list that was %s ms in coming and is older than it tells nothing',
    async (takesMs) => {
      const { watch, work } = slowlyListed(takesMs, LIST_LAG_MS);
      await expect(isThere(work, watch.instance, ID, () => false)).resolves.toBe(true);
    },
  );

  it('not, where lists that must show it do not', async () => {
    const { watch, work } = slowlyListed(1000, Number.POSITIVE_INFINITY);
    await expect(isThere(work, watch.instance, ID, () => false)).resolves.toBe(false);
  });
});

describe('a disk that the owner took from its VM', () => {
  it('goes back to where it was', async () => {
    const bench = ec2Bench();
    const { provider } = await bench.open();
    await provider.apply(newVm([newDisk('boot'), newDisk('data')]));
    const fleet = await provider.list();
    const [vm, disk] = [vmIn(fleet), diskIn(fleet, 'data')];
    bench.datacenter.owner({ deed: 'detach', vm: vm.name, disk: disk.name });
    await provider.apply({
      kind: 'attach-disk',
      vm: { id: vm.id, name: vm.name },
      disk: { id: disk.id, name: disk.name },
    });
    expect(diskIn(await provider.list(), 'data').attachedTo).toContain(vm.id);
  });
});
