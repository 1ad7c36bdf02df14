import { describe, expect, it } from 'vitest';
import type { Disk, Labels, Vm } from '../../src/core/assets.ts';
import type { Goal } from '../../src/core/plan.ts';
import type { Workstation } from '../../src/core/workstation.ts';
import {
  attachment,
  disk,
  diskName,
  diskSpec,
  GB,
  machine,
  MIDDLE,
  NEW,
  OLD,
  OWNER,
  type Parts,
  restored,
  running,
  set,
  snapshot,
  timeOf,
  vm,
  without,
} from '../support/builders.ts';
import { actionsOf, text } from '../support/decide.ts';

const boot = disk('boot');
const data = disk('data');
const later = { lastWritable: { kind: 'at', atMs: timeOf(NEW) + 1 } } as const;
const failed = { status: 'failed', statusText: 'ERROR' } as const;
const shrunk: Partial<Workstation> = { disks: [diskSpec('boot'), diskSpec('data', { sizeBytes: 5 * GB })] };
const sealedOver = (...members: string[]) => ({ labels: { ...boot.labels, members } });
const recover: Goal = { kind: 'recover' };
const to = (state: 'ON' | 'OFF' | 'DESSICATED'): Goal => ({ kind: 'recover', to: state });
const marked = <T extends { readonly labels: Labels }>(asset: T): T => ({
  ...asset,
  labels: { ...asset.labels, deleting: true },
});
/** As a provider that tells nothing of loose disks shows a dessicate that was cut off after the first of its disks. */
const cutOff: Parts = {
  disks: [disk('boot', { labels: { ...boot.labels, putInto: NEW }, lastWritable: { kind: 'unknown' } })],
  snapshots: set(),
};
const toldNothing = { can: { tellsOfLooseDisks: 'nothing' } } as const;
const noted = machine([boot, data], { labels: { workstation: 'dev', owner: OWNER, endOn: true } });

describe('recover of an OFF workstation that was to end ON', () => {
  it('--to ON: starts it', () => {
    expect(text(to('ON'), noted)).toBe(text(recover, noted));
  });

  it('--to OFF: leaves it OFF, and takes the note off', () => {
    expect(text(to('OFF'), noted)).toMatchInlineSnapshot(`
      "dev: OFF → OFF
        1  clear the note on dev"
    `);
  });

  it('--to DESSICATED: puts it away', () => {
    expect(text(to('DESSICATED'), noted)).toBe(text({ kind: 'dessicate', stop: false }, noted));
  });
});

describe('recover of a workstation in a normal state', () => {
  it.each<['ON' | 'OFF' | 'DESSICATED', Parts]>([
    ['ON', machine([boot, data], running)],
    ['OFF', machine()],
    ['DESSICATED', { snapshots: set() }],
  ])('--to %s, where it is: finds nothing to recover', (state, parts) => {
    expect(text(to(state), parts)).toBe(`nothing: dev is ${state}: there is nothing to recover`);
  });

  it('--to DESSICATED, where it is ON: says that it has to be OFF first', () => {
    expect(text(to('DESSICATED'), machine([boot, data], running))).toMatchInlineSnapshot(`
      "usage: cannot recover workstation dev: it is ON
      → chews down dev first, or chews dessicate dev --stop"
    `);
  });
});

describe('recover where chews never picks', () => {
  const strange: Partial<Vm> = { id: 'vm-9', name: 'other', labels: {} };

  it.each<[string, Parts]>([
    ['a VM of a status that nobody knows', machine([boot, data], { status: 'unknown', statusText: 'WARP' })],
    ['a VM that is suspended', machine([boot, data], { status: 'suspended', statusText: 'SUSPENDED' })],
    [
      'a disk that a stranger holds',
      { vms: [vm(strange)], disks: [boot, { ...data, attachedTo: ['vm-9'] }] },
    ],
    ['two VMs', { vms: [vm(), vm({ id: 'vm-2', location: 'south' })], disks: [boot, data] }],
  ])('%s: names no command', (_, parts) => {
    expect(text(recover, parts)).toMatch(/→ chews never picks: put it right with the provider’s own tools$/);
  });
});

describe('recover of a cut-off create', () => {
  it('--to DESSICATED: makes the rest first', () => {
    const fresh: Partial<Disk> = { lastWritable: { kind: 'never' }, labels: without(boot.labels, 'members') };
    expect(text(to('DESSICATED'), { disks: [disk('boot', fresh)] })).toMatchInlineSnapshot(`
      "dev: INCONSISTENT → OFF
        1  make disk dev-data (10GB, standard)
        2  note on dev-boot which disks belong together  (after 1)
        3  make VM dev (2 cpu, 4GB) of 2 disks  (after 2)"
    `);
  });
});

describe('recover of a cut-off run, at a provider that tells nothing of loose disks', () => {
  it('restores the missing disk beside the live one', () => {
    expect(text(recover, cutOff, toldNothing)).toMatchInlineSnapshot(`
      "dev: INCONSISTENT → OFF
        1  make disk dev-data (10GB, standard) from its snapshot
        2  clear the note on dev-boot  (after 1)
        3  make VM dev (2 cpu, 4GB) of 2 disks  (after 2)"
    `);
  });

  it('--to ON: and starts it', () => {
    expect(text(to('ON'), cutOff, toldNothing)).toMatchInlineSnapshot(`
      "dev: INCONSISTENT → ON
        1  make disk dev-data (10GB, standard) from its snapshot
        2  clear the note on dev-boot  (after 1)
        3  make VM dev (2 cpu, 4GB) of 2 disks  (after 2)
        4  start VM dev  (after 3)
        5  wait for VM dev to answer on ssh  (after 4)"
    `);
  });

  it('--to DESSICATED: restores what is missing, so that all can be put away anew', () => {
    expect(text(to('DESSICATED'), cutOff, toldNothing)).toMatchInlineSnapshot(`
      "dev: INCONSISTENT → DESSICATED
        1  make disk dev-data (10GB, standard) from its snapshot
        note: its provider cannot tell whether its disks are as the set has them: all are put away anew"
    `);
    expect(text({ kind: 'dessicate', stop: false }, cutOff, toldNothing)).toBe(
      text(to('DESSICATED'), cutOff, toldNothing),
    );
  });

  it.each([to('OFF'), to('DESSICATED')])('$to: refused where the file wants a smaller disk', (goal) => {
    expect(text(goal, cutOff, { ...toldNothing, file: shrunk })).toMatchInlineSnapshot(`
      "refused: cannot recover workstation dev: disk data has 10GB and the file wants 5GB: a disk cannot shrink
      → choose: put the missing disk back; or chews recover dev --to OFF restores it from its last snapshot, older than the other disks; or chews delete dev gives everything up"
    `);
  });
});

describe('recover of a dessicate that was cut off', () => {
  const away: Parts = { disks: [data], snapshots: set() };

  it('--to DESSICATED: goes on with it', () => {
    expect(text(to('DESSICATED'), away)).toBe(text(recover, away));
  });

  it('removes the record of a disk whose content is gone', () => {
    const record = disk('boot', { status: 'gone', statusText: 'MISSING' });
    expect(text(recover, { disks: [record, data], snapshots: set() })).toMatchInlineSnapshot(`
      "dev: INCONSISTENT → DESSICATED
        1  delete disk dev-boot, once it is proven to be in the set
        2  delete disk dev-data, once it is proven to be in the set"
    `);
  });

  it('says what can be chosen where the set is of more disks than are known', () => {
    const of = (...names: string[]) =>
      names.map((name) => {
        const taken = snapshot(name);
        return { ...taken, labels: { ...taken.labels, setSize: 3 } };
      });
    expect(text(recover, { disks: [boot], snapshots: of('boot', 'data', 'more') })).toMatchInlineSnapshot(`
      "refused: cannot recover workstation dev: disk data is gone, and no set provably holds all disks as they are
      → choose: put the missing disk back; or chews rehydrate dev --set 20260101020000 goes on from that set; or chews recover dev --to OFF restores it from its last snapshot, older than the other disks; or chews delete dev gives everything up"
    `);
  });
});

describe('recover of disks that a held-up run put in the place of others', () => {
  const overtaken = (bootChanges: Partial<Disk>, dataChanges: Partial<Disk>): Parts => ({
    disks: [restored('boot', OLD, bootChanges), restored('data', OLD, dataChanges)],
    snapshots: [...set(OLD), ...set()],
  });

  it('is left to a person where one of them has been written to', () => {
    expect(text(recover, overtaken({}, later))).toMatch(/^refused: /);
  });

  it('dessicate keeps what is on them as the newest set even where nobody worked on them', () => {
    expect(text({ kind: 'dessicate', stop: false }, overtaken({}, {}))).toMatchInlineSnapshot(`
      "dev: INCONSISTENT → DESSICATED
        1  snapshot disk dev-boot as ss-dev-boot-20260101030000
        2  snapshot disk dev-data as ss-dev-data-20260101030000
        3  delete disk dev-boot, once it is proven to be in the set  (after 1, 2)
        4  delete disk dev-data, once it is proven to be in the set  (after 1, 2)"
    `);
  });
});

describe('recover of a lost disk', () => {
  const three = { disks: [diskSpec('boot'), diskSpec('data'), diskSpec('more')] } as const;

  it('--to OFF: refused while the VM runs', () => {
    const held = machine([{ ...boot, ...later }], running);
    expect(text(to('OFF'), { ...held, snapshots: set() })).toMatchInlineSnapshot(`
      "refused: cannot recover workstation dev: disk data is gone, its last snapshot is ss-dev-data-20260101020000
      → choose: chews down dev first; or chews delete dev gives everything up"
    `);
  });

  it('names what is to be done where an unusable disk is held by nothing, though the VM runs', () => {
    const failed: Partial<Disk> = {
      status: 'failed',
      statusText: 'ERROR',
      lastWritable: { kind: 'unknown' },
    };
    const { vms, disks } = machine([boot], running);
    const loose = text(recover, { vms, disks: [...disks, disk('data', failed)] });
    expect(loose).toContain(
      '→ choose: delete disk dev-data with the provider’s own tools, then run chews recover dev again',
    );
    const held = text(recover, { vms, disks: [...disks, disk('data', { ...failed, attachedTo: ['vm-1'] })] });
    expect(held).toContain('→ choose: chews down dev first; or chews delete dev');
    const sealed = { ...boot, labels: { ...boot.labels, members: ['boot', 'data', 'more'] } };
    const beside = { ...machine([sealed], running), snapshots: [] };
    const both = { ...beside, disks: [...beside.disks, disk('data', failed)] };
    expect(text(recover, both, { file: three })).toContain('→ choose: chews down dev first; or');
    const asked = { situation: { problems: [{ kind: 'failed', sentence: 'it is odd' }] } } as const;
    const odd = text(recover, machine([boot, data], running), {
      situation: { ...asked.situation, state: 'INCONSISTENT' },
    });
    expect(odd).toContain('→ choose: chews down dev first; or chews delete dev');
  });

  it('--to OFF: refused where the file wants it smaller', () => {
    const parts = { disks: [{ ...boot, ...later }], snapshots: set() };
    expect(text(to('OFF'), parts, { file: shrunk })).toMatchInlineSnapshot(`
      "refused: cannot recover workstation dev: disk data has 10GB and the file wants 5GB: a disk cannot shrink
      → choose: put the missing disk back; or chews recover dev --to OFF restores it from its last snapshot, older than the other disks; or chews delete dev gives everything up"
    `);
  });

  it('--to OFF, on a cloud: the VM that is made boots once and is stopped', () => {
    const parts = { disks: [{ ...boot, ...later }], snapshots: set() };
    expect(text(to('OFF'), parts, { can: { createsStopped: false } })).toMatchInlineSnapshot(`
      "dev: INCONSISTENT → OFF
        1  make disk dev-data (10GB, standard) from its snapshot
        2  make VM dev (2 cpu, 4GB) of 2 disks  (after 1)
        3  stop VM dev  (after 2)
        note: its provider starts every VM that it makes: it boots once and is stopped again"
    `);
  });

  it('--to OFF: takes the newest snapshot that is ready, and writes the list anew with it', () => {
    const unsealed = disk('boot', { ...later, labels: without(boot.labels, 'members') });
    const parts = {
      ...machine([unsealed]),
      snapshots: [...set(OLD), ...set(MIDDLE), snapshot('boot'), snapshot('data', NEW, failed)],
    };
    const actions = actionsOf(to('OFF'), parts);
    expect(actions.slice(0, 2)).toMatchObject([
      { kind: 'create-disk', source: { snapshotId: `snapshot-data-${MIDDLE}` } },
      {
        kind: 'set-labels',
        asset: { name: diskName('boot'), id: 'disk-boot' },
        labels: { members: ['boot', 'data'] },
      },
    ]);
    expect(actions.at(-1)).toMatchObject({
      kind: 'create-vm',
      disks: [{ id: 'disk-boot' }, { name: diskName('data') }],
      firstBoot: false,
    });
  });

  it('no VM, and never put away: nothing can be offered', () => {
    expect(text(recover, { disks: [{ ...boot, ...later }] })).toMatchInlineSnapshot(`
      "refused: cannot recover workstation dev: disk data is gone, and there is no snapshot of it in the newest set
      → choose: put the missing disk back; or chews delete dev gives everything up"
    `);
  });

  it('whose last snapshot is unusable: going on without it is offered', () => {
    const parts = {
      ...machine([{ ...boot, ...later }]),
      snapshots: [snapshot('boot'), snapshot('data', NEW, failed)],
    };
    expect(text(recover, parts)).toMatchInlineSnapshot(`
      "refused: cannot recover workstation dev: disk data is gone, its last snapshot is ss-dev-data-20260101020000
      → choose: put the missing disk back; or chews apply dev --remove-disk data goes on without it; or chews delete dev gives everything up"
    `);
  });

  it('boot, and another of no set: going on without them is not offered', () => {
    const parts = machine([disk('more')]);
    expect(text(recover, parts, { file: three })).toMatch(
      /→ choose: put the missing disk back; or chews delete dev/,
    );
  });

  it('the live one an unused copy of an older set: that set is offered', () => {
    const copy = restored('boot', OLD, { createdAtMs: timeOf(NEW) + 1 });
    const newest = [snapshot('boot'), snapshot('data', NEW, failed)];
    const parts = { disks: [copy], snapshots: [...set(OLD), ...newest] };
    expect(text(recover, parts)).toMatchInlineSnapshot(`
      "refused: cannot recover workstation dev: disk data is gone, its last snapshot is ss-dev-data-20260101020000
      → choose: put the missing disk back; or chews rehydrate dev --set 20260101000000 goes on from that set; or chews recover dev --to OFF restores it from its last snapshot, older than the other disks; or chews delete dev gives everything up"
    `);
    const stays = disk('data', { ...failed, lastWritable: { kind: 'at', atMs: timeOf(OLD) - 1 } });
    expect(text(recover, { ...parts, disks: [copy, stays] })).toMatchInlineSnapshot(`
      "refused: cannot recover workstation dev: disk data is unusable: ERROR
      → choose: delete disk dev-data with the provider’s own tools, then run chews recover dev again; or chews delete dev gives everything up"
    `);
  });

  it('and another that is unusable, which has to go before anything can be restored', () => {
    const sealed = disk('boot', { ...sealedOver('boot', 'data', 'more', 'other'), ...later });
    const parts = machine([sealed, { ...data, ...failed }, disk('more', failed)]);
    expect(text(recover, parts, { file: three })).toMatchInlineSnapshot(`
      "refused: cannot recover workstation dev: disk data is unusable: ERROR; disk more is unusable: ERROR; disk other is gone, and there is no snapshot of it in the newest set
      → choose: delete disk dev-data, dev-more with the provider’s own tools, then run chews recover dev again; or chews delete dev gives everything up"
    `);
  });
});

describe('recover of a newest set that is broken', () => {
  it('offers the newest of those that are whole', () => {
    expect(text(recover, { snapshots: [...set(OLD), ...set(MIDDLE), snapshot('boot')] })).toMatch(
      new RegExp(`or chews rehydrate dev --set ${MIDDLE} goes back to that older set; or chews delete`),
    );
  });
});

describe('recover of sets whose order is in doubt', () => {
  it('offers only those that are whole', () => {
    const snapshots = [...set(OLD, { takenAtMs: timeOf(NEW) + 9 }), snapshot('boot', MIDDLE), ...set()];
    expect(text(recover, { snapshots })).toMatch(
      new RegExp(`be the newest: ${OLD}, ${NEW}; or chews delete`),
    );
  });
});

describe('recover --to takes back a deletion that was begun', () => {
  const whole = machine([marked(boot), data], { labels: { workstation: 'dev', deleting: true } });

  it('takes the mark off everything, the VM too', () => {
    expect(actionsOf(to('OFF'), { ...whole, snapshots: set() })).toStrictEqual(
      [
        ['vm', 'dev', 'vm-1'],
        ['disk', diskName('boot'), 'disk-boot'],
        ['disk', diskName('data'), 'disk-data'],
        ...set().map(({ name, id }) => ['snapshot', name, id]),
      ].map(([assetKind, name, id]) => ({
        kind: 'set-labels',
        assetKind,
        asset: { name, id },
        labels: { deleting: undefined },
      })),
    );
  });

  it.each<[string, Parts]>([
    ['a disk is gone already', { disks: [marked(boot)], snapshots: set() }],
    ['a disk is gone and was never put away', { ...machine([marked(boot)]) }],
    ['all disks are gone and none was put away', { vms: [marked(vm({ attachments: [attachment(boot)] }))] }],
    ['the last set lacks a snapshot', { snapshots: [marked(snapshot('boot'))] }],
  ])('is refused where %s', (_, parts) => {
    expect(text(to('DESSICATED'), parts)).toMatch(/^refused: .*\n→ chews delete dev goes on with it$/);
  });

  it('is not done without being told', () => {
    expect(text(recover, { snapshots: set().map(marked) })).toMatch(/→ chews delete dev goes on with it$/);
  });
});
