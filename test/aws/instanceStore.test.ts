import { describe, expect, it } from 'vitest';
import type { Goal } from '../../src/core/plan.ts';
import type { Workstation } from '../../src/core/workstation.ts';
import type { Client } from '../support/datacenter/client.ts';
import { command, workstation } from './command.ts';
import { type Ec2Bench, ec2Bench, errorOf, newDisk, newVm, vmIn } from './ec2Bench.ts';

const create: Goal = { kind: 'create', off: false };
const down: Goal = { kind: 'down' };
const withStore: Workstation = { ...workstation, size: { machineType: 'm6id.large' } };
const scratch: Workstation = { ...withStore, settings: { 'instance-store': 'scratch' } };

const ref = ({ id, name }: { readonly id: string; readonly name: string }) => ({ id, name });

/** A running VM of which nobody has said that its instance store may be lost. */
async function untold(): Promise<Ec2Bench> {
  const bench = ec2Bench();
  await command(bench, create, {}, scratch);
  for (const tags of bench.ec2.tags.values()) tags.delete('chews:scratch');
  bench.datacenter.advance(60_000);
  bench.datacenter.owner({ deed: 'write-locally', vm: 'test' });
  return bench;
}

const asked = ({ trace }: Client) =>
  trace.filter(({ what }) => what.startsWith('DescribeInstanceTypes')).length;

describe('an instance store', () => {
  it('is refused before anything is made, unless the file says that nothing on it has to last', async () => {
    const bench = ec2Bench();
    const refused = await command(bench, create, {}, withStore);
    expect(refused.said).toContain(
      'cannot create VM test: m6id.large has an instance store, which loses all that is on it at every stop. Write instance-store: scratch',
    );
    expect(refused.state).toBe('NOT_EXIST');
    expect(bench.datacenter.world.disks.size).toBe(0);
    const story: (string | undefined)[] = [];
    for (const goal of [
      create,
      down,
      { kind: 'up' },
      { kind: 'dessicate', stop: true },
      { kind: 'rehydrate', off: false },
    ] as const) {
      story.push((await command(bench, goal, {}, scratch)).state);
      bench.datacenter.advance(60_000);
    }
    expect(story).toEqual(['ON', 'OFF', 'ON', 'DESSICATED', 'ON']);
  });

  it.each<Goal>([down, { kind: 'dessicate', stop: true }])(
    'keeps a VM from being stopped that nobody has given up: %j',
    async (goal) => {
      const bench = await untold();
      const { said, state, trace } = await command(bench, goal, {}, withStore);
      expect(said).toContain(
        'cannot stop VM test: what is on its instance store would be lost, as m6id.large loses it at every stop. Copy what has to stay',
      );
      expect(state).toBe('ON');
      expect(trace.map(({ what }) => what.split(' ')[0])).not.toContain('StopInstances');
    },
  );

  it('is looked at again right before the stop', async () => {
    const bench = await untold();
    const { provider } = await bench.open();
    const vm = ref(vmIn(await provider.list()));
    expect(await errorOf(provider.apply({ kind: 'stop-vm', vm }))).toMatchObject({
      code: 'refused',
      effect: 'none',
    });
    expect(vmIn(await provider.list()).status).toBe('running');
  });

  it('goes with a workstation that is deleted with all that it has', async () => {
    const bench = await untold();
    for (const name of ['', 'test']) bench.datacenter.oracle.letGo(name);
    expect((await command(bench, { kind: 'delete' }, {}, withStore)).state).toBe('NOT_EXIST');
  });

  it('is nothing that a VM is resized into', async () => {
    const bench = ec2Bench();
    const { provider } = await bench.open();
    await provider.apply(newVm([newDisk('boot')]));
    const vm = ref(vmIn(await provider.list()));
    await provider.apply({ kind: 'stop-vm', vm });
    const resize = { kind: 'resize-vm', vm, size: { machineType: 'm6id.large' } } as const;
    expect((await provider.check([resize])).map(({ sentence }) => sentence)).toEqual([
      'cannot resize VM test: m6id.large has an instance store, which loses all that is on it at every stop. Write instance-store: scratch where nothing on it has to last, or take a size without one',
    ]);
  });

  it('is told of what runs, with one more call of a process, and has nothing on it once the VM is off', async () => {
    const bench = await untold();
    const { provider, client } = await bench.open();
    for (const _ of [1, 2])
      expect(vmIn(await provider.list()).diesWithVm).toEqual([
        'what is on its instance store, at every stop already',
      ]);
    expect(asked(client)).toBe(1);
    bench.datacenter.oracle.letGo('');
    await provider.apply({ kind: 'stop-vm', vm: ref(vmIn(await provider.list())), hurry: true });
    const later = await bench.open();
    expect(vmIn(await later.provider.list()).diesWithVm).toEqual([]);
    expect(asked(later.client)).toBe(0);
  });

  it('is supposed where EC2 does not know the type', async () => {
    const bench = await untold();
    bench.ec2.types.delete('m6id.large');
    expect(vmIn(await (await bench.open()).provider.list()).diesWithVm).toHaveLength(1);
  });

  it('is lost in the fake where somebody stops the VM all the same', async () => {
    const bench = await untold();
    const { provider } = await bench.open();
    const vm = ref(vmIn(await provider.list()));
    await expect(provider.apply({ kind: 'stop-vm', vm, hurry: true })).rejects.toThrow('lost');
  });
});
