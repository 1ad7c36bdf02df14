import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Disk, Inventory, Labels, Snapshot, Vm } from '../../src/core/assets.ts';
import { describePlan } from '../support/describePlan.ts';
import type { Claim } from '../../src/core/inventory.ts';
import { nothingObserved } from '../../src/core/observations.ts';
import { type Decision, type Goal, type Plan, plan, type Step } from '../../src/core/plan.ts';
import { proveHolds, proveRestorable } from '../../src/core/contentProofs.ts';
import { proveOnlyCopy } from '../../src/core/onlyCopy.ts';
import { proveUnderstood } from '../../src/core/proveUnderstood.ts';
import { infer, type Situation } from '../../src/core/state.ts';
import {
  attachment,
  claim,
  disk,
  diskSpec,
  fleet,
  GB,
  inventory,
  NEW,
  NOW_MS,
  OLD,
  restored,
  SETS,
  snapshot,
  timeOf,
  vm,
} from '../support/builders.ts';
import { fakeCapabilities } from '../support/fakeKind.ts';

const seed = 20_260_301;
const numRuns = Number(process.env['INVENTORIES'] ?? 3000);

const names = ['boot', 'data', 'more'] as const;
const fileDisks = fc.subarray(['boot', 'data', 'more', 'new'], { minLength: 1 }).chain((chosen) =>
  fc.record({
    disks: fc.shuffledSubarray(chosen, { minLength: chosen.length, maxLength: chosen.length }),
    sizeBytes: fc.constantFrom(10 * GB, 20 * GB, 5 * GB),
    type: fc.constantFrom('standard', 'fast'),
  }),
);

function claimOf({ file: { disks, sizeBytes, type }, account }: Drawn): Claim {
  const [first = diskSpec('boot'), ...others] = disks.map((name) => diskSpec(name, { sizeBytes, type }));
  return claim({ disks: [first, ...others] }, { account });
}

/** Mostly as chews made it, now and then not. */
function rarely<T>(usual: T, ...others: readonly T[]): fc.Arbitrary<T> {
  return fc.oneof(
    { weight: 6, arbitrary: fc.constant(usual) },
    { weight: 1, arbitrary: fc.constantFrom(usual, ...others) },
  );
}

function labelled<T extends { readonly labels: Labels }>(asset: T, how: string): T {
  switch (how) {
    case 'bare':
      return { ...asset, labels: {} };
    case 'foreign':
      return { ...asset, labels: { ...asset.labels, owner: 'ffffffff' } };
    case 'deleting':
      return { ...asset, labels: { ...asset.labels, deleting: true } };
    case 'boots':
      return { ...asset, labels: { ...asset.labels, role: 'boot' } };
    default:
      return asset;
  }
}

const hows = rarely('ours', 'bare', 'foreign', 'deleting', 'boots');
const statuses = rarely<Snapshot['status']>('ready', 'changing', 'failed', 'unknown');
const diskStatuses = fc.oneof(
  { weight: 9, arbitrary: statuses },
  { weight: 1, arbitrary: fc.constant('gone' as const) },
);

function disks(name: string): fc.Arbitrary<Disk[]> {
  const one = fc
    .record({
      made: fc.constantFrom('new', 'restored', 'restored-old'),
      how: hows,
      status: diskStatuses,
      writable: fc.constantFrom<Disk['lastWritable']>(
        { kind: 'never' },
        { kind: 'at', atMs: timeOf(OLD) + 1 },
        { kind: 'at', atMs: timeOf(NEW) + 1 },
        { kind: 'now' },
        { kind: 'unknown' },
      ),
      members: fc.option(fc.subarray([...names]), { nil: undefined }),
      version: fc.option(fc.constantFrom('v1', 'v2'), { nil: undefined }),
      twin: rarely(false, true),
    })
    .map(({ made, how, status, writable, members, version, twin }) => {
      const made1 = made === 'new' ? disk(name) : restored(name, made === 'restored' ? NEW : OLD);
      const sealed = members === undefined || name !== 'boot' ? {} : { members };
      const only: Disk = {
        ...labelled({ ...made1, labels: { ...made1.labels, ...sealed } }, how),
        status,
        statusText: status.toUpperCase(),
        lastWritable: writable,
        ...(version === undefined ? {} : { contentVersion: version }),
      };
      return twin ? [only, { ...only, id: `${only.id}-twin`, location: 'south' }] : [only];
    });
  return fc.oneof({ weight: 3, arbitrary: one }, { weight: 2, arbitrary: fc.constant<Disk[]>([]) });
}

function snapshots(name: string, set: string): fc.Arbitrary<Snapshot[]> {
  const one = fc
    .record({
      how: hows,
      status: statuses,
      kind: rarely<Snapshot['kind']>('taken', 'copied', 'scheduled', 'instant', 'unknown'),
      setSize: rarely(2, 1, 3),
      source: fc.constantFrom(`disk-${name}`, `disk-${name}-restored`, 'disk-gone'),
      takenAtMs: rarely(timeOf(set), timeOf(OLD) - 1, timeOf(NEW) + 2),
      version: fc.option(fc.constantFrom('v1', 'v2'), { nil: undefined }),
    })
    .map(({ how, status, kind, setSize, source, takenAtMs, version }): Snapshot[] => {
      const taken = snapshot(name, set, { status, statusText: status.toUpperCase(), kind, takenAtMs });
      const made = labelled({ ...taken, labels: { ...taken.labels, setSize } }, how);
      return [
        { ...made, sourceDiskId: source, ...(version === undefined ? {} : { contentVersion: version }) },
      ];
    });
  return fc.oneof({ weight: 3, arbitrary: one }, { weight: 2, arbitrary: fc.constant<Snapshot[]>([]) });
}

const machines: fc.Arbitrary<{
  how: string;
  status: Vm['status'];
  holds: readonly string[] | undefined;
  endOn: boolean;
  flag: boolean;
  twin: boolean;
  name: string;
}> = fc.record({
  how: hows,
  status: fc.constantFrom<Vm['status']>('running', 'stopped', 'stopped', 'changing', 'suspended', 'unknown'),
  // Undefined: every disk that is there.
  holds: fc.option(fc.subarray([...names]), { freq: 1, nil: undefined }),
  endOn: fc.boolean(),
  flag: rarely(false, true),
  twin: rarely(false, true),
  name: rarely('dev', 'other'),
});

const inventories = fc.record({
  file: fileDisks,
  account: rarely('home', 'work'),
  vm: fc.option(machines, { freq: 2, nil: undefined }),
  live: fc.tuple(...names.map(disks)),
  kept: fc.tuple(...SETS.flatMap((set) => names.map((name) => snapshots(name, set)))),
  sets: fc.subarray([...SETS]),
});

type Drawn = typeof inventories extends fc.Arbitrary<infer T> ? T : never;

function assemble(drawn: Drawn): { claim: Claim; inventory: Inventory } {
  const held = drawn.live.flat();
  const found = drawn.vm;
  const holder =
    found === undefined
      ? undefined
      : labelled(
          vm({
            name: found.name,
            status: found.status,
            statusText: found.status.toUpperCase(),
            labels: { ...vm().labels, ...(found.endOn ? { endOn: true } : {}) },
            attachments: (found.holds?.map((name) => disk(name)) ?? held).map((one) =>
              attachment(one, { deletedWithVm: found.flag }),
            ),
          }),
          found.how,
        );
  const vms =
    holder === undefined ? [] : [holder, ...(found?.twin === true ? [{ ...holder, id: 'vm-2' }] : [])];
  const all = held.map((one) => {
    const attached = holder?.attachments.some((entry) => entry.diskId === one.id) === true;
    return attached ? { ...one, attachedTo: ['vm-1'] } : one;
  });
  const kept = drawn.kept.flat().filter((one) => drawn.sets.some((set) => one.name.endsWith(set)));
  const by = claimOf(drawn);
  return { claim: by, inventory: inventory(fleet({ vms, disks: all, snapshots: kept }), by) };
}

const goals: readonly Goal[] = [
  { kind: 'create', off: false },
  { kind: 'create', off: true },
  { kind: 'up' },
  { kind: 'down' },
  { kind: 'dessicate', stop: false },
  { kind: 'dessicate', stop: true },
  { kind: 'rehydrate', off: false },
  { kind: 'rehydrate', off: true, set: OLD },
  { kind: 'resize', stop: true },
  { kind: 'apply', stop: false, removeDisks: [] },
  { kind: 'apply', stop: true, removeDisks: ['data'] },
  { kind: 'apply', stop: false, removeDisks: ['data', 'more'] },
  { kind: 'recover' },
  { kind: 'recover', to: 'ON' },
  { kind: 'recover', to: 'OFF' },
  { kind: 'recover', to: 'DESSICATED' },
  { kind: 'delete' },
];

const cases = fc.record({
  drawn: inventories,
  goal: fc.constantFrom(...goals),
  createsStopped: fc.boolean(),
  attach: fc.constantFrom('running' as const, 'stopped' as const),
});
type Case = typeof cases extends fc.Arbitrary<infer T> ? T : never;

interface Decided {
  readonly decision: Decision;
  readonly situation: Situation;
  readonly inventory: Inventory;
  readonly goal: Goal;
}

function decide({ drawn, goal, createsStopped, attach }: Case): Decided {
  const { claim: by, inventory: all } = assemble(drawn);
  const situation = infer(all, by);
  const decision = plan({
    goal,
    claim: by,
    inventory: all,
    situation,
    seen: nothingObserved,
    capabilities: { ...fakeCapabilities, createsStopped, attach },
    nowMs: NOW_MS,
    elsewhere: [],
  });
  return { decision, situation, inventory: all, goal };
}

/** The steps that have ended when this one begins. */
function upstream({ steps }: Plan, step: Step): Set<number> {
  const before = new Set<number>();
  const visit = (id: number) => {
    if (before.has(id)) return;
    before.add(id);
    for (const earlier of steps[id - 1]?.after ?? []) visit(earlier);
  };
  for (const id of step.after) visit(id);
  return before;
}

const destructive = ['delete-vm', 'delete-disk', 'delete-snapshot'];

/** What is wrong with a plan, by the rules that its shape alone must keep. */
function faultsOf({ decision, situation, inventory: all, goal }: Decided): string[] {
  if (decision.kind !== 'plan') return [];
  const { steps } = decision.plan;
  const faults: string[] = [];
  const { members, sealed } = situation.membership;
  steps.forEach((step, index) => {
    if (step.id !== index + 1) faults.push(`step ${step.id} is not counted`);
    if (step.after.some((id) => id < 1 || id >= step.id))
      faults.push(`step ${step.id} waits for a later one`);
  });
  const of = (kind: string) => steps.filter(({ action }) => action.kind === kind);
  for (const step of steps.filter(({ action }) => destructive.includes(action.kind))) {
    const before = upstream(decision.plan, step);
    const stops = of('stop-vm').filter(
      (stop) => !of('create-vm').some(({ id }) => upstream(decision.plan, stop).has(id)),
    );
    const must = goal.kind === 'delete' ? of('set-labels') : [...of('snapshot-disk'), ...stops];
    for (const { id } of must)
      if (!before.has(id)) faults.push(`step ${step.id} does not wait for ${id} (R5)`);
    const { action } = step;
    if (action.kind === 'delete-vm') {
      const cleared = of('clear-deletion-flags').some(({ id }) => before.has(id));
      if (!cleared) faults.push(`step ${step.id} does not clear the flags first (R4)`);
    }
    if (action.kind === 'delete-snapshot') {
      if (goal.kind !== 'delete') faults.push('a snapshot goes although nobody asked for it');
      if (of('delete-disk').some(({ id }) => !before.has(id))) faults.push('a snapshot goes before a disk');
    }
    if (action.kind === 'delete-disk') {
      const live = all.disks.find(({ id }) => id === action.disk.id);
      if (live === undefined) faults.push(`step ${step.id} deletes a disk that was not found`);
      const released = [...of('delete-vm'), ...of('detach-disk')].some(({ id }) => before.has(id));
      if (all.vms.length > 0 && !released) faults.push(`step ${step.id} deletes a disk that a VM may hold`);
      const taken = of('snapshot-disk').some(
        (earlier) =>
          before.has(earlier.id) &&
          earlier.action.kind === 'snapshot-disk' &&
          earlier.action.disk.id === action.disk.id,
      );
      if (
        live !== undefined &&
        goal.kind !== 'delete' &&
        !taken &&
        !isKept(situation, all, live, action.into)
      )
        faults.push(`step ${step.id} deletes ${live.name}, which nothing holds`);
    }
  }
  if (!proveUnderstood(all).ok && steps.some(({ action }) => destructive.includes(action.kind)))
    faults.push('something is destroyed although not all is understood (R7)');
  for (const { action } of steps) {
    if (action.kind === 'create-disk' && action.source.from !== 'snapshot') {
      const known = members.some(({ name }) => name === action.labels.disk);
      if (known || sealed?.includes(action.labels.disk ?? '') === true)
        faults.push(`an empty disk in the place of ${action.labels.disk}`);
    }
    if (action.kind === 'create-vm' && action.firstBoot) {
      const used = members.some(({ live }) => live?.lastWritable.kind !== 'never');
      if (used) faults.push('first-boot data on a disk that was used (safety 8)');
    }
    const anyVm = all.vms.length > 0 && of('delete-vm').length === 0;
    if (action.kind === 'create-vm' && anyVm) faults.push('a second VM');
  }
  return faults;
}

/** Whether a disk that no step takes a snapshot of is held by what is there already. */
function isKept(situation: Situation, all: Inventory, live: Disk, into: string | undefined): boolean {
  if (live.status === 'gone') return true;
  const evidence = { inventory: all, seen: nothingObserved };
  // Its making failed, and it held nothing that is not to be had again.
  if (live.status === 'failed' && proveOnlyCopy(live, all).ok) return true;
  if (into === undefined) return all.snapshots.some((taken) => proveHolds(taken, live, evidence).ok);
  const set = situation.sets.find(({ timestamp }) => timestamp === into);
  const { members } = situation.membership;
  if (proveRestorable(set, members, evidence).ok) return true;
  // A set that is being completed: what it has is of the present.
  const taken = all.snapshots.find(
    ({ labels, sourceDiskId }) => labels.set === into && sourceDiskId === live.id,
  );
  return taken !== undefined && proveHolds(taken, live, evidence).ok;
}

describe('whatever a provider answers', () => {
  it('gets exactly one state, and reasons where it is not a normal one', () => {
    const states = new Map<string, number>();
    fc.assert(
      fc.property(inventories, (drawn) => {
        const { claim: by, inventory: all } = assemble(drawn);
        const situation = infer(all, by);
        states.set(situation.state, (states.get(situation.state) ?? 0) + 1);
        const abnormal = situation.state === 'CHANGING' || situation.state === 'INCONSISTENT';
        expect(situation.problems.length > 0).toBe(abnormal);
        expect(situation.problems.every(({ sentence }) => sentence.length > 0)).toBe(true);
        expect(abnormal && situation.drift.length > 0).toBe(false);
        expect(infer(structuredClone(all), by)).toEqual(situation);
        if (situation.state === 'ON' || situation.state === 'OFF') {
          expect(situation.membership.members.every(({ live }) => live?.status === 'ready')).toBe(true);
          expect(all.vms.length).toBe(1);
        }
        if (situation.state === 'DESSICATED') {
          expect([all.vms.length, all.disks.length, situation.newestSet?.flaws]).toEqual([0, 0, []]);
        }
        if (situation.state === 'NOT_EXIST') {
          expect([all.vms.length, all.disks.length, all.snapshots.length]).toEqual([0, 0, 0]);
        }
      }),
      { seed, numRuns },
    );
    expect([...states.keys()].sort()).toEqual([
      'CHANGING',
      'DESSICATED',
      'INCONSISTENT',
      'NOT_EXIST',
      'OFF',
      'ON',
    ]);
  });

  it('gets the same state in whatever order it comes', () => {
    fc.assert(
      fc.property(inventories, (drawn) => {
        const { claim: by, inventory: all } = assemble(drawn);
        const turned: Inventory = {
          ...all,
          vms: [...all.vms].reverse(),
          disks: [...all.disks].reverse(),
          snapshots: [...all.snapshots].reverse(),
        };
        expect(infer(turned, by).state).toBe(infer(all, by).state);
      }),
      { seed, numRuns },
    );
  });

  it('gets a plan, nothing to do or a refusal, the same each time, and no plan breaks a rule', () => {
    const kinds = new Set<string>();
    fc.assert(
      fc.property(cases, (drawn) => {
        const decided = decide(drawn);
        const { decision, goal } = decided;
        kinds.add(`${goal.kind} ${decision.kind}`);
        expect(decide(structuredClone(drawn)).decision).toEqual(decision);
        if (decision.kind === 'refused')
          expect(decision.sentence).toMatch(/^cannot [a-z ]+ workstation dev: ./);
        const lines = decision.kind === 'plan' ? describePlan(decision.plan) : [];
        const faults = faultsOf(decided);
        if (faults.length > 0) throw new Error([...faults, ...lines].join('\n'));
      }),
      { seed, numRuns: numRuns * 4 },
    );
    for (const { kind } of goals)
      expect(
        [...kinds].some((met) => met === `${kind} plan`),
        kind,
      ).toBe(true);
  });
});
