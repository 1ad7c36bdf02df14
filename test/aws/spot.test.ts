import { describe, expect, it } from 'vitest';
import type { Goal } from '../../src/core/plan.ts';
import { forgeVmProof } from '../support/forgeProof.ts';
import { command } from './command.ts';
import { diskIn, ec2Bench, errorOf, vmIn } from './ec2Bench.ts';

const ref = ({ id, name }: { readonly id: string; readonly name: string }) => ({ id, name });

/** A workstation whose VM somebody made anew by hand, as a spot VM. */
async function spotBench() {
  const bench = ec2Bench();
  await command(bench, { kind: 'create', off: true });
  for (const instance of bench.ec2.instances.values()) instance.spotRequestId = 'sir-0e54a519';
  bench.datacenter.advance(60_000);
  return bench;
}

const why = 'it is a spot VM, and EC2 puts another in its place as long as its request sir-0e54a519 stands';

describe('a spot VM that was made by hand', () => {
  it.each<[string, Goal]>([
    ['dessicate', { kind: 'dessicate', stop: false }],
    ['delete', { kind: 'delete' }],
  ])('is neither deleted nor parted from its disks by %s', async (_name, goal) => {
    const bench = await spotBench();
    const { said, state, trace } = await command(bench, goal);
    expect(said).toContain(`refused: cannot ${goal.kind} workstation test: cannot delete VM test: ${why}`);
    expect(said.split('spot VM')).toHaveLength(2);
    expect(state).toBe('OFF');
    expect(trace.filter(({ number, what }) => number > 0 && !what.includes('LaunchTemplate'))).toEqual([]);
  });

  it('is looked at again right before', async () => {
    const bench = await spotBench();
    const { provider, client } = await bench.open();
    const fleet = await provider.list();
    const vm = ref(vmIn(fleet));
    const deletion = await errorOf(provider.apply({ kind: 'delete-vm', vm, proof: forgeVmProof(vm.id) }));
    expect(deletion).toMatchObject({ code: 'refused', message: `cannot delete VM test: ${why}` });
    const disk = ref(diskIn(fleet, 'boot'));
    const parting = await errorOf(provider.apply({ kind: 'detach-disk', vm, disk }));
    expect(parting).toMatchObject({ code: 'refused', message: `cannot detach disk ${disk.name}: ${why}` });
    expect(client.calls).toBe(0);
  });

  it('keeps its size', async () => {
    const bench = await spotBench();
    const { provider } = await bench.open();
    const vm = ref(vmIn(await provider.list()));
    const refusals = await provider.check([{ kind: 'resize-vm', vm, size: { machineType: 't3.large' } }]);
    expect(refusals).toMatchObject([{ code: 'refused' }]);
    expect(refusals[0]?.sentence).toContain(`cannot resize VM test: ${why}`);
  });

  it('is stopped and started as any other', async () => {
    const bench = await spotBench();
    expect((await command(bench, { kind: 'up' })).state).toBe('ON');
    expect((await command(bench, { kind: 'down' })).state).toBe('OFF');
  });
});
