import { describe, expect, it } from 'vitest';
import type { Disk } from '../../src/core/assets.ts';
import type { Goal } from '../../src/core/plan.ts';
import { infer } from '../../src/core/state.ts';
import {
  claim,
  disk,
  diskSpec,
  inventory,
  MIDDLE,
  NEW,
  OLD,
  type Parts,
  restored,
  set,
  snapshot,
  snapshotName,
  timeOf,
} from '../support/builders.ts';
import { actionsOf, text } from '../support/decide.ts';

const fresh: Partial<Disk> = { createdAtMs: timeOf(NEW) + 60_000 };
const snapshots = [...set(OLD), ...set(MIDDLE), ...set()];
const copies = (from: string): Parts => ({
  disks: [restored('boot', from, fresh), restored('data', from, fresh)],
  snapshots,
});
const mixed: Parts = {
  disks: [restored('boot', NEW, fresh), restored('data', OLD, fresh)],
  snapshots,
};

describe('unused copies of an older set, of which no VM was made', () => {
  it.each<[string, Goal]>([
    ['recover', { kind: 'recover' }],
    ['recover --to OFF', { kind: 'recover', to: 'OFF' }],
    ['recover --to DESSICATED', { kind: 'recover', to: 'DESSICATED' }],
    ['rehydrate', { kind: 'rehydrate', off: true }],
    ['rehydrate of yet another set', { kind: 'rehydrate', off: true, set: MIDDLE }],
    ['up', { kind: 'up' }],
    ['dessicate', { kind: 'dessicate', stop: false }],
  ])('go first: %s', (_, goal) => {
    expect(text(goal, copies(OLD))).toBe(
      [
        'dev: INCONSISTENT → DESSICATED',
        '  1  delete disk dev-boot',
        '  2  delete disk dev-data',
        '  note: unused copies of another set go first',
      ].join('\n'),
    );
  });

  it('become the workstation where that very set is asked for again', () => {
    expect(text({ kind: 'rehydrate', off: true, set: OLD }, copies(OLD))).toMatchInlineSnapshot(`
      "dev: INCONSISTENT → OFF
        1  note on dev-boot which disks belong together
        2  make VM dev (2 cpu, 4GB) of 2 disks  (after 1)"
    `);
  });

  it('go alone, where others are of the set that is wanted', () => {
    expect(text({ kind: 'up' }, mixed)).toMatchInlineSnapshot(`
      "dev: INCONSISTENT → DESSICATED
        1  delete disk dev-data
        note: unused copies of another set go first"
    `);
    expect(text({ kind: 'rehydrate', off: false }, mixed)).toBe(text({ kind: 'up' }, mixed));
    expect(text({ kind: 'rehydrate', off: true, set: OLD }, mixed)).toMatchInlineSnapshot(`
      "dev: INCONSISTENT → DESSICATED
        1  delete disk dev-boot
        note: unused copies of another set go first"
    `);
  });

  it('are no place for new content: nothing is made of them, put into them, or changed', () => {
    for (const goal of [
      { kind: 'create', off: false },
      { kind: 'resize', stop: false },
      { kind: 'apply', stop: false, removeDisks: [] },
    ] satisfies Goal[])
      expect(text(goal, copies(OLD))).toMatch(/^refused: .*\n→ chews recover dev$/);
  });

  it('are not where the newest content is', () => {
    const ours = claim();
    expect(infer(inventory(mixed), ours).newestContent).toEqual([
      { disk: 'boot', place: `disk ${restored('boot').name} and snapshot ${snapshotName('boot', NEW)}` },
      { disk: 'data', place: `snapshot ${snapshotName('data', NEW)}` },
    ]);
  });
});

describe('a VM that is made of what its plan restores', () => {
  const makes = (goal: Goal, parts: Parts) =>
    actionsOf(goal, parts).flatMap((action) => (action.kind === 'create-vm' ? [action.disks] : []));

  it('names the snapshot of each disk that is not there yet, and the id of each that is', () => {
    const [boot, data] = [restored('boot'), restored('data')];
    const copyOf = ({ name }: Disk, from: string) => ({ name, madeFrom: from });
    expect(makes({ kind: 'up' }, { snapshots: set() })).toEqual([
      [copyOf(boot, `snapshot-boot-${NEW}`), copyOf(data, `snapshot-data-${NEW}`)],
    ]);
    expect(makes({ kind: 'up' }, { disks: [boot], snapshots: set() })).toEqual([
      [{ name: boot.name, id: boot.id }, copyOf(data, `snapshot-data-${NEW}`)],
    ]);
    expect(makes({ kind: 'recover', to: 'OFF' }, { disks: [boot], snapshots: set() })).toEqual([
      [{ name: boot.name, id: boot.id }, copyOf(data, `snapshot-data-${NEW}`)],
    ]);
    expect(makes({ kind: 'create', off: false }, {})).toEqual([[{ name: boot.name }, { name: data.name }]]);
  });
});

describe('some unused copies of a set that had another disk than the newest', () => {
  const three = { disks: [diskSpec('boot'), diskSpec('data'), diskSpec('more')] } as const;
  const of = (name: string, timestamp: string, setSize: number) => {
    const taken = snapshot(name, timestamp);
    return { ...taken, labels: { ...taken.labels, setSize } };
  };
  const parts: Parts = {
    disks: [
      restored('boot', OLD, {
        ...fresh,
        labels: { ...restored('boot', OLD).labels, members: ['boot', 'data'] },
      }),
    ],
    snapshots: [...set(OLD), ...['boot', 'data', 'more'].map((name) => of(name, NEW, 3))],
  };

  it('are put away by letting them go, and not as something new', () => {
    expect(text({ kind: 'recover' }, parts, { file: three })).toMatchInlineSnapshot(`
      "dev: INCONSISTENT → DESSICATED
        1  delete disk dev-boot
        note: unused copies of another set go first"
    `);
  });

  it('are left to a person where nothing of them is left but records', () => {
    const gone = { ...parts, disks: [disk('boot', { status: 'gone', statusText: 'MISSING' })] };
    expect(text({ kind: 'recover' }, gone, { file: three })).toMatch(/^refused: .*no set provably holds/);
  });

  it('are left to a person where another disk was used', () => {
    const four = ['boot', 'data', 'more', 'extra'].map((name) => of(name, NEW, 4));
    const boot = disk('boot');
    const sealed = { ...boot, labels: { ...boot.labels, members: ['boot', 'data', 'more'] } };
    const used = { disks: [sealed, restored('data', OLD, fresh)], snapshots: [...set(OLD), ...four] };
    expect(text({ kind: 'recover' }, used, { file: three })).toMatch(/^refused: .*no set provably holds/);
  });

  it('are put away anew as soon as one of them may have been used', () => {
    const used = { disks: [disk('boot', fresh), disk('data', fresh)], snapshots: parts.snapshots ?? [] };
    expect(text({ kind: 'dessicate', stop: false }, used, { file: three })).toMatchInlineSnapshot(`
      "dev: INCONSISTENT → DESSICATED
        1  snapshot disk dev-boot as ss-dev-boot-20260101030000
        2  snapshot disk dev-data as ss-dev-data-20260101030000
        3  delete disk dev-boot, once it is proven to be in the set  (after 1, 2)
        4  delete disk dev-data, once it is proven to be in the set  (after 1, 2)"
    `);
  });
});
