import { describe, expect, it } from 'vitest';
import type { PlannedAction } from '../../src/core/action.ts';
import type { Disk, Snapshot } from '../../src/core/assets.ts';
import { pass } from '../../src/core/guard.ts';
import { type Goal, plan } from '../../src/core/plan.ts';
import { firstBoot, isAsCreated, restoreProblem, sparesOf } from '../../src/core/planRestore.ts';
import type { Workstation } from '../../src/core/workstation.ts';
import {
  disk,
  diskName,
  diskSpec,
  GB,
  machine,
  OLD,
  type Parts,
  restored,
  set,
  snapshot,
} from '../support/builders.ts';
import { type Circumstances, decisionOn, requestOf } from '../support/decide.ts';

const create: Goal = { kind: 'create', off: false };
const recover: Goal = { kind: 'recover' };
const up: Goal = { kind: 'up' };
const boot = disk('boot');
const untold: Partial<Disk> = { lastWritable: { kind: 'unknown' } };
const never: Partial<Disk> = { lastWritable: { kind: 'never' } };
const three: Partial<Workstation> = { disks: [diskSpec('boot'), diskSpec('data'), diskSpec('more')] };
const one: Partial<Workstation> = { disks: [diskSpec('boot', { type: 'fast' })] };
const setOf = (...names: readonly string[]): Snapshot[] =>
  names.map((name) => {
    const taken = snapshot(name);
    return { ...taken, labels: { ...taken.labels, setSize: names.length } };
  });

function actionsOf(goal: Goal, parts: Parts, circumstances: Circumstances = {}): PlannedAction[] {
  const decision = plan(requestOf(goal, parts, circumstances));
  return decision.kind === 'plan' ? decision.plan.steps.map(({ action }) => action) : [];
}

const text = (goal: Goal, parts: Parts, circumstances: Circumstances = {}) =>
  decisionOn(requestOf(goal, parts, circumstances));

describe('first-boot data is kept from', () => {
  const verdictOn = (disks: readonly Disk[]) =>
    pass(firstBoot, requestOf(create, { disks }).situation.membership.members, true);

  it.each<[string, readonly Disk[], string]>([
    ['a disk that was used', [disk('boot', never), disk('data')], 'disk data may have been written to'],
    [
      'a disk that was made from a snapshot',
      [disk('boot', never), restored('data')],
      'disk data was made from a snapshot',
    ],
  ])('%s', (_, disks, missing) => {
    expect(verdictOn(disks)).toEqual({ ok: false, missing });
  });

  it('a disk of which nothing is left, by each of the conditions alone', () => {
    const { members } = requestOf(create, { disks: [disk('boot', never)] }).situation.membership;
    expect(firstBoot.map((guard) => guard.missing(members))).toEqual([
      'disk data may have been written to',
      'disk data was made from a snapshot',
    ]);
  });
});

describe('a create that was cut off before its VM, at a provider that tells nothing of loose disks', () => {
  it('goes on where all disks are as it made them', () => {
    expect(text(create, { disks: [disk('boot', untold), disk('data', untold)] })).toMatchInlineSnapshot(`
      "dev: INCONSISTENT → ON
        1  make VM dev (2 cpu, 4GB) of 2 disks
        2  start VM dev  (after 1)
        3  wait for VM dev to answer on ssh  (after 2)"
    `);
  });

  it('is not what it is where a disk was made from a snapshot', () => {
    const parts = { disks: [disk('boot', untold), restored('data', OLD, untold)] };
    expect(text(create, parts)).toMatchInlineSnapshot(`
      "refused: cannot create workstation dev: all its disks are there, its VM is not
      → chews recover dev"
    `);
  });

  it('is not what it is where a disk is gone', () => {
    expect(isAsCreated(requestOf(create, { disks: [disk('boot', never)] }))).toBe(false);
  });
});

describe('at a provider that tells nothing of loose disks the boot disk is made before all others', () => {
  const can = { tellsOfLooseDisks: 'nothing' } as const;

  it('by create', () => {
    expect(text(create, {}, { can, file: three })).toMatchInlineSnapshot(`
      "dev: NOT_EXIST → ON
        1  make disk dev-boot (10GB, standard) from image debian-13
        2  make disk dev-data (10GB, standard)  (after 1)
        3  make disk dev-more (10GB, standard)  (after 1)
        4  note on dev-boot which disks belong together  (after 1, 2, 3)
        5  make VM dev (2 cpu, 4GB) of 3 disks  (after 4)
        6  start VM dev  (after 5)
        7  wait for VM dev to answer on ssh  (after 6)"
    `);
  });

  it('by a rehydrate, in whatever order its provider lists the snapshots', () => {
    expect(text(up, { snapshots: setOf('more', 'boot', 'data') }, { can, file: three }))
      .toMatchInlineSnapshot(`
      "dev: DESSICATED → ON
        1  make disk dev-boot (10GB, standard) from its snapshot
        2  make disk dev-more (10GB, standard) from its snapshot  (after 1)
        3  make disk dev-data (10GB, standard) from its snapshot  (after 1)
        4  note on dev-boot which disks belong together  (after 1, 2, 3)
        5  make VM dev (2 cpu, 4GB) of 3 disks  (after 4)
        6  start VM dev  (after 5)
        7  wait for VM dev to answer on ssh  (after 6)"
    `);
  });
});

describe('a disk that is restored', () => {
  it('is made of its snapshot, as the file wants it', () => {
    const file = {
      disks: [diskSpec('boot'), diskSpec('data', { sizeBytes: 20 * GB, type: 'fast' })],
    } as const;
    const disks = [restored('boot', undefined, { location: 'south' })];
    expect(actionsOf(up, { disks, snapshots: set() }, { file })[0]).toEqual({
      kind: 'create-disk',
      name: diskName('data'),
      location: 'south',
      sizeBytes: 20 * GB,
      type: 'fast',
      source: { from: 'snapshot', snapshotId: snapshot('data').id },
      labels: {
        workstation: 'dev',
        owner: boot.labels.owner,
        disk: 'data',
        role: 'data',
        restoredFrom: snapshot('data').id,
      },
    });
  });

  it.each<[string, readonly string[] | undefined, string]>([
    ['its provider’s first type', ['slow', 'standard'], 'slow'],
    ['the type of the boot disk where its provider names no types', undefined, 'fast'],
  ])('is of %s where the file does not list it any more', (_, diskTypes, type) => {
    const can = { diskTypes };
    expect(actionsOf(up, { snapshots: set() }, { can, file: one } as Circumstances)[1]).toMatchObject({
      name: diskName('data'),
      sizeBytes: 10 * GB,
      type,
    });
  });
});

it('nothing can be restored where there is no set', () => {
  expect(restoreProblem(requestOf(up, {}), undefined)).toBe('there is no snapshot set');
});

describe('the VM of a create that was cut off', () => {
  const disksOf = (actions: readonly PlannedAction[]) =>
    actions.flatMap((action) => (action.kind === 'create-vm' ? action.disks : []));

  it('is made of the very disks that are there and of those that are made, the boot disk first', () => {
    const actions = actionsOf(create, { disks: [disk('data', never)] }, { file: three });
    expect(disksOf(actions)).toEqual([
      { name: diskName('boot') },
      { name: diskName('data'), id: 'disk-data' },
      { name: diskName('more') },
    ]);
    expect(actions.find(({ kind }) => kind === 'set-labels')).toMatchObject({
      asset: { name: diskName('boot') },
      labels: { members: ['boot', 'data', 'more'] },
    });
  });

  it('is made of every disk of the file in its order where there were none', () => {
    expect(disksOf(actionsOf(create, {}, { file: three }))).toEqual([
      { name: diskName('boot') },
      { name: diskName('data') },
      { name: diskName('more') },
    ]);
  });
});

describe('out of the way of the newest set goes', () => {
  const copy = restored('boot', OLD);
  const both = [...set(OLD), ...set()];

  it.each<[string, Disk, readonly Snapshot[], readonly string[]]>([
    ['an unused copy of an older one', copy, both, ['disk-boot-restored']],
    ['no unused copy of itself', restored('boot'), both, []],
    ['no copy that may have been used', { ...copy, lastWritable: boot.lastWritable }, both, []],
    ['no copy that failed', { ...copy, status: 'failed', statusText: 'ERROR' }, both, []],
    ['no blank disk', disk('boot', { ...never, id: 'blank', origin: { from: 'blank' } }), both, []],
    ['no copy of a snapshot that is gone', copy, set(), []],
    ['no copy of a disk that is not in it', copy, [...set(OLD), snapshot('data')], []],
    [
      'no copy of a disk whose snapshot in it is not ready',
      copy,
      [...set(OLD), snapshot('boot', undefined, { status: 'failed' }), snapshot('data')],
      [],
    ],
  ])('%s', (_, alive, snapshots, expected) => {
    const request = requestOf(recover, { disks: [alive], snapshots });
    expect(sparesOf(request, request.situation.newestSet).map(({ id }) => id)).toEqual(expected);
  });

  it('nothing where there is none', () => {
    expect(sparesOf(requestOf(recover, machine([copy, restored('data', OLD)])), undefined)).toEqual([]);
  });
});
