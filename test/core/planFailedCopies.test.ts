import { describe, expect, it } from 'vitest';
import type { Disk } from '../../src/core/assets.ts';
import type { Claim } from '../../src/core/inventory.ts';
import { nothingObserved } from '../../src/core/observations.ts';
import { type Goal, plan, type PlanRequest } from '../../src/core/plan.ts';
import { planFailedCopies } from '../../src/core/planFailedCopies.ts';
import { proveDiskDeletion } from '../../src/core/proofs.ts';
import { infer } from '../../src/core/state.ts';
import {
  claim,
  disk,
  diskSpec,
  inventory,
  machine,
  NOW_MS,
  type Parts,
  restored,
  running,
  set,
  snapshot,
  without,
} from '../support/builders.ts';
import { describePlan } from '../support/describePlan.ts';
import { fakeCapabilities } from '../support/fakeKind.ts';

const failed: Partial<Disk> = { status: 'failed', statusText: 'FAILED' };
const unused: Partial<Disk> = { lastWritable: { kind: 'never' } };

/** A workstation of one disk, to which another is being added. */
const bootAlone = disk('boot', { labels: { ...disk('boot').labels, members: ['boot'] } });

function requested(goal: Goal, parts: Parts, by: Claim = claim()): PlanRequest {
  const all = inventory(parts, by);
  return {
    goal,
    claim: by,
    inventory: all,
    situation: infer(all, by),
    seen: nothingObserved,
    capabilities: fakeCapabilities,
    nowMs: NOW_MS,
    elsewhere: [],
  };
}

function steps(goal: Goal, parts: Parts, by: Claim = claim()): string[] {
  const decision = plan(requested(goal, parts, by));
  if (decision.kind !== 'plan') return [decision.kind];
  return describePlan(decision.plan).map((line) => line.trim().replace(/-[0-9a-f]{32}/g, ''));
}

const gone = (name: string) => [
  'dev: INCONSISTENT → INCONSISTENT',
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
    const { vms, disks } = machine([bootAlone]);
    const goal: Goal = { kind: 'apply', stop: false, removeDisks: [] };
    expect(steps(goal, { vms, disks: [...disks, disk('data', { ...unused, ...failed })] })).toEqual(
      gone('data'),
    );
  });

  it('goes while its VM runs, which cannot hold it', () => {
    const { vms, disks } = machine([bootAlone], running);
    const broken = disk('data', { ...unused, ...failed });
    const parts = { vms, disks: [...disks, broken] };
    expect(steps({ kind: 'recover' }, parts)).toEqual(gone('data'));
    const evidence = { claim: claim(), inventory: inventory(parts), seen: nothingObserved, erase: false };
    expect(proveDiskDeletion(broken.id, evidence).ok).toBe(true);
    const whole = disk('data', unused);
    const beside = { ...evidence, inventory: inventory({ vms, disks: [...disks, whole] }) };
    expect(proveDiskDeletion(whole.id, beside).ok).toBe(false);
    const used = { vms, disks: [...disks, disk('data', failed)], snapshots: set() };
    expect(proveDiskDeletion(broken.id, { ...evidence, inventory: inventory(used) }).ok).toBe(false);
  });

  it('goes first while another disk of the file was never begun', () => {
    const boot = disk('boot', { ...unused, labels: without(disk('boot').labels, 'members') });
    const three = claim({ disks: [diskSpec('boot'), diskSpec('data'), diskSpec('more')] });
    const create: Goal = { kind: 'create', off: false };
    expect(steps(create, { disks: [boot, disk('data', { ...unused, ...failed })] }, three)).toEqual(
      gone('data'),
    );
  });

  it('goes first while another disk is lost', () => {
    const broken = restored('data', undefined, failed);
    expect(steps({ kind: 'recover' }, { disks: [broken], snapshots: set() })).toEqual(gone('data'));
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

  it.each(['changing', 'suspended', 'unknown'] as const)('stays while its VM is %s', (status) => {
    const { vms, disks } = machine([disk('boot')], { status });
    const parts = { vms, disks: [...disks, disk('data', { ...unused, ...failed })] };
    expect(steps({ kind: 'recover' }, parts)).toEqual(['refused']);
  });

  it('stays while it says that a VM holds it', () => {
    const broken = disk('data', { ...unused, ...failed });
    expect(steps({ kind: 'recover' }, machine([disk('boot'), broken]))).toEqual(['refused']);
  });

  it('stays beside a normal workstation that does not count it among its disks', () => {
    const stray = disk('data', { id: 'stray', ...unused, ...failed, labels: { workstation: 'dev' } });
    const { vms, disks } = machine();
    const aside = { ...stray, name: `${stray.name}-aside` };
    expect(steps({ kind: 'recover' }, { vms, disks: [...disks, aside] })).toEqual(['nothing']);
  });

  it('stays where nothing could go on without it: what is refused changes nothing', () => {
    // Its set lost the snapshot of the other disk.
    const disks = [restored('boot', undefined, failed), restored('data')];
    expect(steps({ kind: 'recover' }, { disks, snapshots: [snapshot('boot')] })).toEqual(['refused']);
  });

  it('stays while anything else is the matter', () => {
    const { vms, disks: held } = machine([bootAlone]);
    const disks = [...held, disk('data', { ...unused, ...failed })];
    const request = requested({ kind: 'recover' }, { vms, disks });
    expect(planFailedCopies(request, plan)?.kind).toBe('plan');
    const problems = [
      ...request.situation.problems,
      { kind: 'held', sentence: 'VM other holds it' },
    ] as const;
    expect(
      planFailedCopies({ ...request, situation: { ...request.situation, problems } }, plan),
    ).toBeUndefined();
  });
});
