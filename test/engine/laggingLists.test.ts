import { describe, expect, it } from 'vitest';
import type { Goal } from '../../src/core/plan.ts';
import { quirksOf } from '../property/kinds.ts';
import { type Lab, look, misplaced, openLab, run } from '../property/lab.ts';
import { gceLike, plain } from '../support/datacenter/quirks.ts';

// Short enough that no renewal of a lease comes between the calls that are counted.
const LAG_MS = 10_000;
const seeds = Array.from({ length: 20 }, (_, index) => index + 1);

async function labAfter(goals: readonly Goal[], seed: number, disks = 1): Promise<Lab> {
  const lab = openLab({ ...gceLike, listLagMs: LAG_MS }, disks, seed);
  for (const goal of goals) await run(lab, goal);
  lab.datacenter.advance(LAG_MS);
  return lab;
}

const create: Goal = { kind: 'create', off: false };
const down: Goal = { kind: 'down' };
const dessicate: Goal = { kind: 'dessicate', stop: false };

describe('a run where lists lag', () => {
  it('touches nothing of a VM that its owner has started a moment ago, whatever the lists say', async () => {
    for (const seed of seeds) {
      const lab = await labAfter([create, down], seed);
      await run(lab, dessicate, { faults: [{ kind: 'kill', call: 3, when: 'before' }] });
      expect(lab.story.at(-1)).toContain('snapshot-disk');
      expect(lab.datacenter.owner({ deed: 'start-vm', vm: 'dev' })).toBe(true);
      await run(lab, { kind: 'recover' });
      // It is ON, and nobody said --stop: not even a snapshot is taken, that would pass for a clean one.
      expect((await run(lab, dessicate)).changes, lab.story.join('\n')).toEqual([]);
      expect([...lab.harm, ...misplaced(lab, await look(lab))], lab.story.join('\n')).toEqual([]);
      expect([...lab.datacenter.world.vms.values()]).toMatchObject([{ name: 'dev', power: 'on' }]);
    }
  });

  it('outwaits lists that go on showing as under way what has settled', async () => {
    const slow = { ...quirksOf('ec2Like, slow'), listLagMs: 60_000 };
    for (const seed of seeds) {
      const lab = openLab(slow, 1, seed);
      await run(lab, create);
      lab.datacenter.advance(slow.listLagMs);
      const putAway: Goal = { kind: 'dessicate', stop: true };
      await run(lab, putAway, { faults: [{ kind: 'kill', call: 3, when: 'after' }] });
      expect(lab.story.at(-1)).toContain('stop-vm dev → killed');
      expect((await run(lab, putAway)).result.outcome.kind, lab.story.join('\n')).toBe('done');
    }
  });

  it('switches on without waiting for lists: the provider itself refuses what does not fit', async () => {
    for (const seed of seeds) {
      const lab = await labAfter([create, down], seed);
      const { nowMs } = lab.datacenter.world;
      await run(lab, { kind: 'up' });
      const [vm] = lab.datacenter.world.vms.values();
      expect((vm?.startedAtMs ?? 0) - nowMs).toBeLessThan(LAG_MS);
    }
  });

  it('finds out that what it was to switch on is on already, and the other way round', async () => {
    for (const seed of seeds) {
      const lab = await labAfter([create], seed);
      for (const [deed, goal, power] of [
        ['stop-vm', { kind: 'up' }, 'on'],
        ['stop-vm', { kind: 'down' }, 'off'],
        ['start-vm', { kind: 'down' }, 'off'],
        ['start-vm', { kind: 'up' }, 'on'],
      ] as const) {
        lab.datacenter.owner({ deed, vm: 'dev' });
        const { result } = await run(lab, goal);
        expect(['done', 'nothing'], lab.story.join('\n')).toContain(result.outcome.kind);
        expect([...lab.datacenter.world.vms.values()]).toMatchObject([{ power }]);
      }
    }
  });
});

describe('a run where lists tell what is', () => {
  it('waits for nothing', async () => {
    const lab = openLab(plain, 1);
    const { nowMs } = lab.datacenter.world;
    for (const goal of [create, down, dessicate]) await run(lab, goal);
    expect(lab.datacenter.world.nowMs - nowMs).toBeLessThan(1_000);
  });
});
