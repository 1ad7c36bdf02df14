import { describe, expect, it } from 'vitest';
import type { Disk } from '../../src/core/assets.ts';
import { nothingObserved } from '../../src/core/observations.ts';
import { type Goal, plan } from '../../src/core/plan.ts';
import { infer } from '../../src/core/state.ts';
import {
  claim,
  disk,
  inventory,
  machine,
  NOW_MS,
  type Parts,
  restored,
  running,
  set,
  without,
} from '../support/builders.ts';
import { describePlan } from '../support/describePlan.ts';
import { fakeCapabilities } from '../support/fakeKind.ts';

const failed: Partial<Disk> = { status: 'failed', statusText: 'FAILED' };
const unused: Partial<Disk> = { lastWritable: { kind: 'never' } };

function steps(goal: Goal, parts: Parts): string[] {
  const all = inventory(parts);
  const decision = plan({
    goal,
    claim: claim(),
    inventory: all,
    situation: infer(all, claim()),
    seen: nothingObserved,
    capabilities: fakeCapabilities,
    nowMs: NOW_MS,
    elsewhere: [],
  });
  if (decision.kind !== 'plan') return [decision.kind];
  return describePlan(decision.plan)
    .slice(1)
    .map((line) => line.trim().replace(/-[0-9a-f]{32}/g, ''));
}

const gone = (name: string) => [
  `1  delete disk dev-${name}`,
  'note: what failed while it was made, and never held anything, goes first',
];

describe('a disk that failed while it was made', () => {
  it.each<Goal>([{ kind: 'create', off: false }, { kind: 'recover' }])(
    'goes first, so that $kind can make it again',
    (goal) => {
      const boot = disk('boot', { ...unused, labels: without(disk('boot').labels, 'members') });
      expect(steps(goal, { disks: [boot, disk('data', { ...unused, ...failed })] })).toEqual(gone('data'));
    },
  );

  it.each<Goal>([{ kind: 'up' }, { kind: 'rehydrate', off: false }, { kind: 'recover' }])(
    'from a snapshot goes first, so that $kind can go on',
    (goal) => {
      const disks = [restored('boot'), restored('data', undefined, failed)];
      expect(steps(goal, { disks, snapshots: set() })).toEqual(gone('data'));
    },
  );

  it('goes while a stopped VM is there that does not hold it', () => {
    const { vms, disks } = machine([disk('boot')]);
    const goal: Goal = { kind: 'apply', stop: false, removeDisks: [] };
    expect(steps(goal, { vms, disks: [...disks, disk('data', { ...unused, ...failed })] })).toEqual(
      gone('data'),
    );
  });
});

describe('a disk that failed', () => {
  it.each([
    ['may hold something', disk('data', failed), set()],
    ['is of a snapshot that is gone', restored('data', undefined, failed), []],
    ['is of nobody knows what', disk('data', { ...unused, ...failed, origin: { from: 'unknown' } }), set()],
  ])('stays where it %s', (_, broken, snapshots) => {
    expect(steps({ kind: 'recover' }, { disks: [disk('boot'), broken], snapshots })).toEqual(['refused']);
  });

  it('stays while its VM runs', () => {
    const { vms, disks } = machine([disk('boot')], running);
    const parts = { vms, disks: [...disks, disk('data', { ...unused, ...failed })] };
    expect(steps({ kind: 'recover' }, parts)).toEqual(['refused']);
  });
});
