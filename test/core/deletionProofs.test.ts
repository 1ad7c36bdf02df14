import { describe, expect, it } from 'vitest';
import type { DestructiveAction, HarmlessAction } from '../../src/core/action.ts';
import type { Disk, Snapshot } from '../../src/core/assets.ts';
import { nothingObserved } from '../../src/core/observations.ts';
import {
  type Evidence,
  proveDiskDeletion,
  proveSnapshotDeletion,
  proveVmDeletion,
} from '../../src/core/proofs.ts';
import { prove, proveNote } from '../../src/core/prove.ts';
import type { Verdict } from '../../src/core/verdict.ts';
import {
  attachment,
  claim,
  disk,
  diskName,
  inventory,
  MIDDLE,
  machine,
  NEW,
  NOW_MS,
  OLD,
  type Parts,
  restored,
  set,
  snapshot,
  snapshotName,
  timeOf,
  vm,
} from '../support/builders.ts';

const boot = disk('boot');
const data = disk('data');
const both = [boot, data];
const kept = snapshotName('data', NEW);
const whole: Parts = { disks: both, snapshots: set() };

function evidence(parts: Parts, others: Partial<Evidence> = {}): Evidence {
  return { claim: claim(), inventory: inventory(parts), seen: nothingObserved, erase: false, ...others };
}

function say(verdict: Verdict<unknown>): string {
  return verdict.ok ? 'proven' : verdict.missing;
}

function marked<T extends Disk | Snapshot>(asset: T): T {
  return { ...asset, labels: { ...asset.labels, deleting: true } };
}

describe('the proof of a deletion', () => {
  const proofOf = (verdict: Verdict<unknown>) => (verdict.ok ? verdict.value : verdict.missing);
  const end = { disks: both.map(marked), snapshots: set().map(marked) };
  const asked = { readAtMs: NOW_MS, erase: true, because: 'its owner asked for the end of dev' };

  it('of a VM says that its disks stay', () => {
    expect(proofOf(proveVmDeletion('vm-1', evidence(machine())))).toEqual({
      assetId: 'vm-1',
      because: 'all disks of VM dev stay',
      readAtMs: NOW_MS,
      erase: false,
      contentVersion: undefined,
    });
  });
  it('of a disk bears the content that it is about, and no other disk’s', () => {
    const disks = [
      { ...boot, contentVersion: 'v1' },
      { ...data, contentVersion: 'v2' },
    ];
    const proof = proofOf(proveDiskDeletion('disk-data', evidence({ disks, snapshots: set() })));
    expect(proof).toMatchObject({ assetId: 'disk-data', contentVersion: 'v2' });
  });
  it('of the record of a disk says that nothing is left of it', () => {
    const gone = disk('data', { status: 'gone', statusText: 'its file is gone' });
    expect(proofOf(proveDiskDeletion('disk-data', evidence({ disks: [boot, gone] })))).toMatchObject({
      because: 'nothing is left of it: its file is gone',
      erase: false,
    });
  });
  it('of an unused copy says what it is a copy of', () => {
    const parts = { disks: [boot, restored('data')], snapshots: set() };
    expect(proofOf(proveDiskDeletion('disk-data-restored', evidence(parts)))).toMatchObject({
      because: `it is an unused copy of snapshot ${kept}`,
    });
  });
  it('of a disk at the end of it all says who asked for it', () => {
    expect(proofOf(proveDiskDeletion('disk-data', evidence(end, { erase: true })))).toMatchObject(asked);
  });
  it('of a snapshot at the end of it all says who asked for it', () => {
    const id = snapshot('data').id;
    expect(proofOf(proveSnapshotDeletion(id, evidence(end, { erase: true })))).toEqual({
      assetId: id,
      contentVersion: undefined,
      ...asked,
    });
  });
});

describe('what is not there at all is not deleted', () => {
  it.each<[string, Verdict<unknown>, string]>([
    ['a VM', proveVmDeletion('vm-0', evidence(machine())), 'there is no asset of id vm-0'],
    ['a disk', proveDiskDeletion('disk-0', evidence(whole)), 'there is no asset of id disk-0'],
    [
      'a snapshot',
      proveSnapshotDeletion('snapshot-0', evidence(whole)),
      'there is no asset of id snapshot-0',
    ],
  ])('%s', (_, verdict, why) => {
    expect(say(verdict)).toBe(why);
  });
});

describe('a VM whose workstation is put away into a set', () => {
  const off = machine();
  it.each<[string, Parts, string]>([
    ['goes once all its disks are in it', { ...off, snapshots: set() }, 'proven'],
    ['goes, whatever older sets there are', { ...off, snapshots: [...set(OLD), ...set()] }, 'proven'],
    [
      'stays while a disk is not in it',
      { ...off, snapshots: [snapshot('boot')] },
      `set ${NEW} is not whole: it holds 1 of 2 disks`,
    ],
    [
      'stays where a disk was written to since',
      {
        ...machine([boot, disk('data', { lastWritable: { kind: 'at', atMs: timeOf(NEW) + 1 } })]),
        snapshots: set(),
      },
      `${data.name} may have been written to since snapshot ${kept} was taken`,
    ],
    ['stays while there is no such set', off, `set ${NEW} is not the newest any more`],
  ])('%s', (_, parts, why) => {
    expect(say(proveVmDeletion('vm-1', evidence(parts, { into: NEW })))).toBe(why);
    const action: DestructiveAction = { kind: 'delete-vm', vm: { name: 'dev', id: 'vm-1' }, into: NEW };
    expect(say(prove(action, evidence(parts)))).toBe(why);
  });
});

it('a VM stays that does not tell of a disk which says that it is attached to it: the disk is named', () => {
  const parts = machine(both, { attachments: [attachment(boot)] });
  expect(say(proveVmDeletion('vm-1', evidence(parts)))).toBe(
    `disk ${data.name} says that it is attached to VM dev, which does not say so`,
  );
});

describe('why a disk stays', () => {
  const reason = (snapshots: readonly Snapshot[], live: Disk = data) =>
    say(proveDiskDeletion(live.id, evidence({ disks: [boot, live], snapshots })));

  it('is told of the snapshots that were made from it, not of its forebear’s', () => {
    const forebear = snapshot('data', OLD, { sourceDiskId: 'disk-before' });
    const failed = snapshot('data', MIDDLE, { status: 'failed', statusText: 'ERROR' });
    const why = `snapshot ${snapshotName('data', MIDDLE)} is not ready (ERROR)`;
    expect(reason([forebear, failed])).toBe(why);
    expect(reason([failed, forebear])).toBe(why);
  });
  it('is that it has no snapshot, where only another disk has one', () => {
    expect(reason([snapshot('boot', NEW, { sourceDiskId: 'disk-data' })])).toBe(
      `there is no snapshot of ${data.name}`,
    );
  });
  it('is never that of one snapshot where another one holds it', () => {
    expect(reason([snapshot('data', MIDDLE, { status: 'failed' }), snapshot('data')])).toBe('proven');
  });
});

describe('what another asset tells', () => {
  it('of the disks that it holds is nothing about this one', () => {
    const holder = vm({ attachments: [attachment(boot)] });
    expect(say(proveDiskDeletion('disk-data', evidence({ ...whole, vms: [holder] })))).toBe('proven');
  });
  it('of a twin of another disk is nothing about this one', () => {
    const twin = { ...boot, id: 'disk-twin' };
    expect(say(proveDiskDeletion('disk-data', evidence({ ...whole, disks: [boot, twin, data] })))).toBe(
      'proven',
    );
  });
  it('of a disk of a strange name is nothing about this one', () => {
    const strange = { ...boot, name: 'photographs' };
    expect(say(proveDiskDeletion('disk-data', evidence({ ...whole, disks: [strange, data] })))).toBe(
      'proven',
    );
  });
});

describe('an order to delete that names a set', () => {
  const action = { kind: 'delete-disk', disk: { name: data.name, id: 'disk-data' } } as const;
  it('bears the proof that was found, and is the same order', () => {
    const verdict = prove({ ...action, into: NEW }, evidence(whole));
    expect(verdict.ok && verdict.value).toMatchObject({
      ...action,
      into: NEW,
      proof: { assetId: 'disk-data' },
    });
  });
  it('keeps to the set that was demanded already, where it names none itself', () => {
    expect(say(prove(action, evidence(whole, { into: OLD })))).toBe(`set ${OLD} is not the newest any more`);
  });
  it('is answered for each of its kind by the asset of that id alone', () => {
    const gone = { name: 'x', id: 'other' };
    const parts = { ...whole, vms: [vm()] };
    const orders: DestructiveAction[] = [
      { kind: 'delete-vm', vm: gone },
      { kind: 'delete-disk', disk: gone },
      { kind: 'delete-snapshot', snapshot: gone },
    ];
    for (const order of orders) expect(prove(order, evidence(parts))).toEqual({ ok: true, value: 'gone' });
  });
  it('to delete a snapshot bears its proof where the end was asked for', () => {
    const order = { kind: 'delete-snapshot', snapshot: { name: kept, id: snapshot('data').id } } as const;
    const verdict = prove(order, evidence({ snapshots: set().map(marked) }, { erase: true }));
    expect(verdict.ok && verdict.value).toMatchObject({ ...order, proof: { assetId: snapshot('data').id } });
  });
});

describe('the note that a disk was put away into a set', () => {
  const note = (putInto: string | undefined, id: string | undefined = 'disk-data'): HarmlessAction => ({
    kind: 'set-labels',
    assetKind: 'disk',
    asset: { name: diskName('data'), ...(id !== '' && { id }) },
    labels: { putInto },
  });
  it.each<[string, HarmlessAction, Parts, string]>([
    ['is written where the disk could go on the strength of it', note(NEW), whole, 'proven'],
    [
      'is not written before the set is whole',
      note(NEW),
      { disks: both, snapshots: [snapshot('data')] },
      `set ${NEW} is not whole: it holds 1 of 2 disks`,
    ],
    [
      'is not written while the disk is attached',
      note(NEW),
      { ...machine(), snapshots: set() },
      `${data.name} says that it is attached`,
    ],
    [
      'is not written of a set that is not the newest',
      note(OLD),
      whole,
      `set ${OLD} is not the newest any more`,
    ],
    [
      'is not written on a disk whose id nobody knows',
      note(NEW, ''),
      whole,
      `the id of disk ${data.name} is not known`,
    ],
    ['is taken off whatever there is', note(undefined), machine(), 'proven'],
  ])('%s', (_, action, parts, why) => {
    const verdict = proveNote(action, evidence(parts));
    if (why === 'proven') expect(verdict).toEqual({ ok: true, value: true });
    else expect(say(verdict)).toBe(why);
  });
  it('is demanded of nothing else that is done', () => {
    const start: HarmlessAction = { kind: 'start-vm', vm: { name: 'dev', id: 'vm-1' } };
    expect(proveNote(start, evidence({}))).toEqual({ ok: true, value: true });
  });
});
