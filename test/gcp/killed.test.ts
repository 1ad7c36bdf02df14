import { describe, expect, it } from 'vitest';
import type { Goal } from '../../src/core/plan.ts';
import { adapterKinds } from '../property/kinds.ts';
import { openLab, run } from '../property/lab.ts';
import { killed } from '../prove/killed.ts';
import { playHistories } from '../prove/playHistories.ts';
import { gceWire } from '../support/datacenter/quirks.ts';

/** All commands are in the line of the proof; here is, where everything takes its time, the one that deletes the most. */
const unit = {
  name: 'gcp, slow, 1 disk, dessicate --stop',
  kind: 'gcp, slow',
  disks: 1,
  command: 'dessicate --stop',
};

const HISTORIES = 5;

const goals: readonly Goal[] = [
  { kind: 'create', off: false },
  { kind: 'dessicate', stop: true },
  { kind: 'rehydrate', off: true },
  { kind: 'delete' },
];

/** Hundreds of runs in each, on cores that others use as well. */
const LIMIT_MS = 240_000;

describe('whole commands through the adapter of Compute Engine', { timeout: LIMIT_MS }, () => {
  it(`${unit.name}: killed at every call, it comes to its end, and nothing is lost`, async () => {
    const { cases, violations } = await killed.play(unit);
    expect(violations).toEqual([]);
    expect(cases).toBeGreaterThan(0);
  });

  it.each(
    adapterKinds.gcp.flatMap(([name, quirks]) =>
      (['mild', 'rough'] as const).map((hand) => ({ name, hand, quirks })),
    ),
  )('$name, a $hand owner: random histories with many faults lose nothing', async ({ hand, quirks }) => {
    const { violations } = await playHistories(quirks, hand, 1, HISTORIES);
    expect(violations).toEqual([]);
  });

  it('comes through although half of the calls are refused because too much is asked for', async () => {
    const lab = openLab({ ...gceWire, throttle: { refusedShare: 0.5 } }, 2);
    for (const goal of goals) {
      const { result } = await run(lab, goal);
      expect(result.outcome.kind, lab.story.join('\n')).toBe('done');
    }
    expect(lab.harm).toEqual([]);
    expect(lab.datacenter.world).toMatchObject({ vms: new Map(), disks: new Map(), snapshots: new Map() });
  });
});
