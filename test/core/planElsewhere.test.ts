import { describe, expect, it } from 'vitest';
import type { Disk } from '../../src/core/assets.ts';
import { type Goal, plan } from '../../src/core/plan.ts';
import { planElsewhere } from '../../src/core/planElsewhere.ts';
import {
  disk,
  machine,
  NEW,
  OLD,
  type Parts,
  restored,
  set,
  snapshot,
  timeOf,
  vm,
  without,
} from '../support/builders.ts';
import { requestOf } from '../support/decide.ts';

const unused: Partial<Disk> = { lastWritable: { kind: 'never' } };
const south: Partial<Disk> = { location: 'south' };
const boot = disk('boot', unused);
const data = disk('data', unused);
const written: Partial<Disk> = { lastWritable: { kind: 'at', atMs: timeOf(NEW) + 1 } };
const create: Goal = { kind: 'create', off: false };
const up: Goal = { kind: 'up' };
const twoPlaces = { file: { locations: ['north', 'south'] } } as const;

/** The disks that go, and where that leads; undefined where the workstation stays where it is. */
function moved(parts: Parts, goal: Goal = up, full: readonly string[] = ['north']) {
  const decision = planElsewhere({ ...requestOf(goal, parts, twoPlaces), full });
  if (decision === undefined) return undefined;
  if (decision.kind !== 'plan') throw new Error(`not planned: ${JSON.stringify(decision)}`);
  const { steps, to } = decision.plan;
  return { to, goes: steps.map(({ after, action }) => ({ after, action })) };
}

const goes = (...disks: readonly Disk[]) =>
  disks.map(({ id, name }) => ({ after: [], action: { kind: 'delete-disk', disk: { id, name } } }));

/** They go once the boot disk bears no list of members any more. */
const goesUnsealed = (...disks: readonly Disk[]) => [
  {
    after: [],
    action: {
      kind: 'set-labels',
      assetKind: 'disk',
      asset: { id: boot.id, name: boot.name },
      labels: { members: undefined },
    },
  },
  ...goes(...disks).map((step) => ({ ...step, after: [1] })),
];

/** They go into that set: not one of them before it provably holds them all. */
const goesInto = (into: string, ...disks: readonly Disk[]) =>
  goes(...disks).map(({ after, action }) => ({ after, action: { ...action, into } }));

describe('where a location turned out to have no room for the VM', () => {
  it('the unused disks of a cut-off create go, to be made in the next one', () => {
    expect(moved({ disks: [boot, data] }, create)).toEqual({
      to: 'NOT_EXIST',
      goes: goesUnsealed(boot, data),
    });
  });

  it('what is left of them where that is cut off is a cut-off create still', () => {
    const open = { ...boot, labels: without(boot.labels, 'members') };
    expect(moved({ disks: [open, data] }, create)?.goes).toEqual(goes(open, data));
    expect(moved({ disks: [boot, data] }, create)?.goes[0]).toStrictEqual(goesUnsealed()[0]);
    expect(requestOf(create, { disks: [open] }, twoPlaces).situation.mend).toBe('create dev');
    expect(requestOf(create, { disks: [data] }, twoPlaces).situation.mend).toBe('create dev');
  });

  it('the one disk goes that was made before it was known: the others never were', () => {
    expect(moved({ disks: [boot] }, create)).toEqual({ to: 'NOT_EXIST', goes: goes(boot) });
  });

  it('the unused copies of a set go, and the workstation is DESSICATED as before', () => {
    const disks = [restored('boot'), restored('data')];
    expect(moved({ disks, snapshots: set() })).toEqual({ to: 'DESSICATED', goes: goes(...disks) });
  });

  it('disks that were used go where the set holds each as it is now', () => {
    const disks = [disk('boot'), disk('data')];
    expect(moved({ disks, snapshots: set() })).toEqual({ to: 'DESSICATED', goes: goesInto(NEW, ...disks) });
  });

  it('a used disk and the unused copy beside it go where the set holds both', () => {
    const disks = [disk('boot'), restored('data')];
    expect(moved({ disks, snapshots: set() })?.goes).toEqual(goesInto(NEW, ...disks));
  });

  it('what is in another location goes as well: one VM takes all its disks from one', () => {
    const far = disk('data', { ...unused, ...south });
    expect(moved({ disks: [boot, far] })?.goes).toEqual(goesUnsealed(boot, far));
  });
});

describe('all stays as it is', () => {
  const copies = [restored('boot'), restored('data')];
  it.each<[string, Parts]>([
    ['where a disk was written to and is in no snapshot', { disks: [boot, disk('data')] }],
    [
      'where one disk alone was written to since its snapshot was taken',
      { disks: [disk('boot'), disk('data', written)], snapshots: set() },
    ],
    [
      'where a disk was written to since it was made from the set',
      { disks: [restored('boot'), restored('data', NEW, written)], snapshots: set() },
    ],
    [
      'where no one set holds all: one disk is in the older, and the other in the newer, that lacks the first',
      {
        disks: [disk('boot', { lastWritable: { kind: 'at', atMs: timeOf(OLD) - 1 } }), disk('data')],
        snapshots: [...set(OLD), snapshot('data', NEW)],
      },
    ],
    ['where the snapshot is gone that a disk was made from', { disks: copies }],
    ['where a VM is there, however unused its disks are', { ...machine([boot, data]) }],
    [
      'where a VM is there that holds none of them',
      { vms: [vm({ attachments: [] })], disks: copies, snapshots: set() },
    ],
    [
      'where its disks are in a location that has room',
      { disks: [disk('boot', { ...unused, ...south }), disk('data', { ...unused, ...south })] },
    ],
    ['where nothing of it was made yet', {}],
    ['where nothing but its snapshots is there', { snapshots: set() }],
  ])('%s', (_, parts) => {
    expect(moved(parts)).toBeUndefined();
  });

  it('where no location turned out to be full', () => {
    expect(planElsewhere(requestOf(create, { disks: [boot, data] }, twoPlaces))).toBeUndefined();
    expect(moved({ disks: [boot, data] }, create, [])).toBeUndefined();
  });
});

describe('what is made next', () => {
  /** Where everything is made that the plan makes. */
  function locations(goal: Goal, parts: Parts, full?: readonly string[]): string[] {
    const request = requestOf(goal, parts, twoPlaces);
    const decision = plan(full === undefined ? request : { ...request, full });
    if (decision.kind !== 'plan') throw new Error(`not planned: ${JSON.stringify(decision)}`);
    const made = decision.plan.steps.flatMap(({ action }) =>
      action.kind === 'create-disk' || action.kind === 'create-vm' ? [action.location] : [],
    );
    return [...new Set(made)];
  }

  it.each<[string, readonly string[] | undefined, string]>([
    ['the first location of the file where none is known to be full', undefined, 'north'],
    ['the next one where the first is full', ['north'], 'south'],
    ['the first one where another is full', ['south'], 'north'],
    [
      'the first one where all are full, so that its refusal is what the owner reads',
      ['south', 'north'],
      'north',
    ],
  ])('is made in %s', (_, full, location) => {
    expect(locations(create, {}, full)).toEqual([location]);
    expect(locations(up, { snapshots: set() }, full)).toEqual([location]);
  });

  it('is made beside the disks that stay, though their location is full: no VM takes a disk from afar', () => {
    expect(locations(up, { disks: [disk('boot'), disk('data')] }, ['north'])).toEqual(['north']);
  });
});
