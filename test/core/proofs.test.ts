import { describe, expect, it } from 'vitest';
import type { DestructiveAction } from '../../src/core/action.ts';
import type { Disk, Inventory, Snapshot, Vm } from '../../src/core/assets.ts';
import type { Claim } from '../../src/core/inventory.ts';
import { membershipOf } from '../../src/core/membership.ts';
import {
  noteReleased,
  noteSnapshotRequested,
  nothingObserved,
  type Observations,
  observe,
  sawQuietSince,
} from '../../src/core/observations.ts';
import { proveHolds, proveInSet, proveRestorable } from '../../src/core/contentProofs.ts';
import { proveOnlyCopy } from '../../src/core/onlyCopy.ts';
import {
  type Evidence,
  proveDiskDeletion,
  proveSnapshotDeletion,
  proveVmDeletion,
} from '../../src/core/proofs.ts';
import { proveUnderstood } from '../../src/core/proveUnderstood.ts';
import { prove } from '../../src/core/prove.ts';
import { snapshotSetsOf } from '../../src/core/snapshotSets.ts';
import type { Verdict } from '../../src/core/verdict.ts';
import {
  attachment,
  claim,
  disk,
  diskName,
  GB,
  inventory,
  MIDDLE,
  machine,
  NEW,
  NOW_MS,
  OLD,
  type Parts,
  restored,
  running,
  set,
  snapshot,
  snapshotName,
  timeOf,
  vm,
  without,
} from '../support/builders.ts';

function say(verdict: Verdict<unknown>): string {
  return verdict.ok ? 'proven' : verdict.missing;
}

function evidence(parts: Parts | Inventory, others: Partial<Evidence> = {}): Evidence {
  return {
    claim: claim(),
    inventory: 'workstation' in parts ? parts : inventory(parts),
    seen: nothingObserved,
    erase: false,
    ...others,
  };
}

const boot = disk('boot');
const data = disk('data');
const deleting = { deleting: true };
const doomed = <T extends Disk | Snapshot | Vm>(asset: T): T => ({
  ...asset,
  labels: { ...asset.labels, ...deleting },
});

describe('a disk that is kept elsewhere can be deleted', () => {
  const whole = { disks: [boot, data], snapshots: set() };
  const onlyData = (changes: Partial<Snapshot>): Parts => ({
    disks: [boot, data],
    snapshots: [snapshot('boot'), snapshot('data', NEW, changes)],
  });
  const dataIs = (changes: Partial<Disk>): Parts => ({ ...whole, disks: [boot, { ...data, ...changes }] });
  const stranger = vm({ id: 'vm-9', name: 'other', labels: {} });

  it('where everything holds', () => {
    const verdict = proveDiskDeletion('disk-data', evidence(whole));
    expect(verdict).toEqual({
      ok: true,
      value: {
        assetId: 'disk-data',
        because: `snapshot ${snapshotName('data', NEW)} was taken after the last moment at which it could be written`,
        readAtMs: NOW_MS,
        erase: false,
        contentVersion: undefined,
      },
    });
    expect(say(proveDiskDeletion('disk-data', evidence(whole, { into: NEW })))).toBe('proven');
  });

  it('where two runs took two snapshots of it for one set', () => {
    const twin = snapshot('data', NEW, { id: 'snapshot-twin' });
    const parts = { ...whole, snapshots: [...whole.snapshots, twin] };
    expect(say(proveDiskDeletion('disk-data', evidence(parts)))).toBe('proven');
    expect(say(proveDiskDeletion('disk-data', evidence(parts, { into: NEW })))).toBe('proven');
  });

  const kept = snapshotName('data', NEW);
  const table: [string, Parts | Inventory, Partial<Evidence>, string][] = [
    ['no snapshot', { disks: [boot, data] }, {}, `there is no snapshot of ${data.name}`],
    [
      'a snapshot of another disk alone',
      { disks: [boot, data], snapshots: [snapshot('boot')] },
      {},
      `there is no snapshot of ${data.name}`,
    ],
    [
      'pending',
      onlyData({ status: 'changing', statusText: 'UPLOADING' }),
      {},
      `snapshot ${kept} is not ready (UPLOADING)`,
    ],
    [
      'failed',
      onlyData({ status: 'failed', statusText: 'FAILED' }),
      {},
      `snapshot ${kept} is not ready (FAILED)`,
    ],
    [
      'copied',
      onlyData({ kind: 'copied' }),
      {},
      `snapshot ${kept} was not taken from the disk itself (copied)`,
    ],
    [
      'scheduled',
      onlyData({ kind: 'scheduled' }),
      {},
      `snapshot ${kept} was not taken from the disk itself (scheduled)`,
    ],
    [
      'instant',
      onlyData({ kind: 'instant' }),
      {},
      `snapshot ${kept} was not taken from the disk itself (instant)`,
    ],
    [
      'of a kind that is not known',
      onlyData({ kind: 'unknown' }),
      {},
      `snapshot ${kept} was not taken from the disk itself (unknown)`,
    ],
    ['being deleted', { ...whole, snapshots: set().map(doomed) }, {}, `snapshot ${kept} is being deleted`],
    [
      'of an earlier incarnation',
      onlyData({ sourceDiskId: 'disk-before' }),
      {},
      `there is no snapshot of ${data.name}`,
    ],
    [
      'of a source that is not told',
      { disks: [boot, data], snapshots: [without(snapshot('data'), 'sourceDiskId')] },
      {},
      `there is no snapshot of ${data.name}`,
    ],
    [
      'of another size',
      onlyData({ sizeBytes: 9 * GB }),
      {},
      `snapshot ${kept} is of another size than ${data.name}`,
    ],
    [
      'written to now',
      dataIs({ lastWritable: { kind: 'now' } }),
      {},
      `${data.name} can be written to at this moment`,
    ],
    [
      'written to since',
      dataIs({ lastWritable: { kind: 'at', atMs: timeOf(NEW) + 1 } }),
      {},
      `${data.name} may have been written to since snapshot ${kept} was taken`,
    ],
    [
      'written to in the very moment',
      dataIs({ lastWritable: { kind: 'at', atMs: timeOf(NEW) } }),
      {},
      `${data.name} may have been written to since snapshot ${kept} was taken`,
    ],
    [
      'written to nobody knows when',
      dataIs({ lastWritable: { kind: 'unknown' } }),
      {},
      `${data.name} may have been written to since snapshot ${kept} was taken`,
    ],
    [
      'a snapshot of ours by its label and somebody else’s by its owner',
      {
        ...inventory(whole),
        snapshots: [snapshot('data', NEW, { labels: { ...snapshot('data').labels, owner: 'ffffffff' } })],
      },
      {},
      `${kept} belongs to another configuration (id ffffffff)`,
    ],
    [
      'a snapshot of ours by its label, with a name that is not',
      onlyData({ name: 'keepsake' }),
      {},
      'keepsake is not a name that chews gives to an asset of dev',
    ],
    [
      'attached by its own account',
      dataIs({ attachedTo: ['vm-gone'] }),
      {},
      `${data.name} says that it is attached`,
    ],
    [
      'attached by the VM’s account',
      { ...whole, vms: [vm({ attachments: [attachment(data)] })] },
      {},
      `VM dev says that ${data.name} is attached to it`,
    ],
    [
      'attached to a stranger by his account',
      { ...whole, vms: [{ ...stranger, attachments: [attachment(data)] }] },
      {},
      `VM other says that ${data.name} is attached to it`,
    ],
    [
      'a VM that runs without it',
      { ...whole, vms: [vm({ ...running })] },
      {},
      'VM dev is there and not stopped',
    ],
    [
      'a VM that is stopping without it',
      { ...whole, vms: [vm({ status: 'changing', statusText: 'STOPPING' })] },
      {},
      'VM dev is there and not stopped',
    ],
    [
      'a deletion that another command began',
      { ...whole, disks: [boot, doomed(data)] },
      {},
      `${data.name} is being deleted by another command`,
    ],
    [
      'another account',
      whole,
      { claim: claim({}, { account: 'work' }) },
      'the provider answers for home, not for work',
    ],
    ['another id', { ...whole, disks: [boot] }, {}, 'there is no asset of id disk-data'],
    [
      'one id twice',
      { ...whole, disks: [boot, data, { ...data, name: diskName('more') }] },
      {},
      'there is not exactly one asset of id disk-data',
    ],
    [
      'one name twice',
      { ...whole, disks: [boot, data, { ...data, id: 'disk-twin' }] },
      {},
      `there are two assets of the name ${data.name}`,
    ],
    [
      'a name that is not ours',
      dataIs({ name: 'dev-data' }),
      {},
      'dev-data is not a name that chews gives to an asset of dev',
    ],
    [
      'a label of another workstation',
      { ...inventory(whole), disks: [{ ...data, labels: { ...data.labels, workstation: 'other' } }] },
      {},
      `${data.name} is labelled as a part of workstation other`,
    ],
    [
      'a label of another owner',
      { ...inventory(whole), disks: [{ ...data, labels: { ...data.labels, owner: 'ffffffff' } }] },
      {},
      `${data.name} belongs to another configuration (id ffffffff)`,
    ],
    [
      'a VM in a state that is not known',
      { ...whole, vms: [vm({ status: 'unknown', statusText: 'MIGRATING' })] },
      {},
      'VM dev is in a state that chews does not know: MIGRATING',
    ],
    [
      'a disk in a state that is not known',
      { ...whole, disks: [{ ...boot, status: 'unknown', statusText: 'ODD' }, data] },
      {},
      `${boot.name} is in a state that chews does not know: ODD`,
    ],
    [
      'a snapshot in a state that is not known',
      { ...whole, snapshots: [...set(), snapshot('boot', OLD, { status: 'unknown', statusText: 'ODD' })] },
      {},
      `${snapshotName('boot', OLD)} is in a state that chews does not know: ODD`,
    ],
    [
      'content that differs, whatever the times say',
      { ...onlyData({ contentVersion: 'v1' }), disks: [boot, { ...data, contentVersion: 'v2' }] },
      {},
      `${data.name} may have changed since snapshot ${kept} was taken`,
    ],
    ['a set that it is not put away into', whole, { into: OLD }, `set ${OLD} is not the newest any more`],
    [
      'a set that lacks its sibling',
      { disks: [boot, data], snapshots: [snapshot('data')] },
      { into: NEW },
      `set ${NEW} is not whole: it holds 1 of 2 disks`,
    ],
    [
      'a set whose other snapshot is pending',
      {
        disks: [boot, data],
        snapshots: [snapshot('boot', NEW, { status: 'changing', statusText: 'UPLOADING' }), snapshot('data')],
      },
      { into: NEW },
      `set ${NEW} is not whole: the snapshot of boot is not finished (UPLOADING)`,
    ],
    [
      'a sibling that was written to since',
      { ...whole, disks: [{ ...boot, lastWritable: { kind: 'unknown' } }, data] },
      { into: NEW },
      `${boot.name} may have been written to since snapshot ${snapshotName('boot', NEW)} was taken`,
    ],
    [
      'a sibling that is not in the set at all',
      { disks: [boot, data, disk('more')], snapshots: set() },
      { into: NEW },
      `set ${NEW} has no snapshot of more`,
    ],
    [
      'a set that is not the newest any more',
      { disks: [boot, data], snapshots: [...set(OLD), ...set()] },
      { into: OLD },
      `set ${OLD} is not the newest any more`,
    ],
    [
      'sets whose order is in doubt',
      { disks: [boot, data], snapshots: [...set(OLD, { takenAtMs: timeOf(NEW) + 1 }), ...set()] },
      { into: NEW },
      `by its name set ${NEW} is the newest, by the provider's clock set ${OLD} is`,
    ],
  ];
  it.each(table)('not with %s', (_, parts, others, why) => {
    expect(say(proveDiskDeletion('disk-data', evidence(parts, others)))).toBe(why);
  });

  it('where the content is equal, whatever the times say', () => {
    const later = { lastWritable: { kind: 'at', atMs: timeOf(NEW) + 1 }, contentVersion: 'v1' } as const;
    const parts = { disks: [boot, { ...data, ...later }], snapshots: set(NEW, { contentVersion: 'v1' }) };
    expect(say(proveDiskDeletion('disk-data', evidence(parts)))).toBe('proven');
  });

  it('by times where only one side tells its content', () => {
    for (const parts of [onlyData({ contentVersion: 'v1' }), dataIs({ contentVersion: 'v1' })]) {
      expect(say(proveDiskDeletion('disk-data', evidence(parts)))).toBe('proven');
    }
  });

  it('by any of its snapshots, not by the newest alone', () => {
    const parts = {
      disks: [data],
      snapshots: [snapshot('data'), snapshot('data', MIDDLE, { status: 'failed' })],
    };
    expect(say(proveDiskDeletion('disk-data', evidence(parts)))).toBe('proven');
  });

  it('beside a stopped VM that does not hold it', () => {
    expect(say(proveDiskDeletion('disk-data', evidence({ ...whole, vms: [vm()] })))).toBe('proven');
  });
});

describe('a disk that is only a copy can be deleted', () => {
  const never = { lastWritable: { kind: 'never' } } as const;
  const table: [string, Disk, Snapshot[], string][] = [
    ['blank', disk('data', never), [], 'proven'],
    ['of an image', disk('data', { ...never, origin: { from: 'image', image: 'debian-13' } }), [], 'proven'],
    ['of a snapshot that exists', restored('data'), set(), 'proven'],
    [
      'of a snapshot of an earlier incarnation',
      restored('data'),
      set(NEW, { sourceDiskId: 'disk-gone' }),
      'proven',
    ],
    [
      'of nobody knows what',
      disk('data', { ...never, origin: { from: 'unknown' } }),
      [],
      `nobody knows what ${data.name} was made from`,
    ],
    [
      'of a snapshot that is gone',
      restored('data'),
      set(OLD),
      `the snapshot that ${data.name} was made from is gone`,
    ],
    [
      'of a snapshot that is not ready',
      restored('data'),
      set(NEW, { status: 'failed', statusText: 'ERROR' }),
      `snapshot ${snapshotName('data', NEW)}, which ${data.name} was made from, is not ready`,
    ],
    [
      'of a snapshot that is being deleted',
      restored('data'),
      set().map(doomed),
      `snapshot ${snapshotName('data', NEW)}, which ${data.name} was made from, is not ready`,
    ],
    ['blank, and written to', disk('data'), [], `${data.name} may have been written to`],
    [
      'blank, and nobody knows',
      disk('data', { lastWritable: { kind: 'unknown' } }),
      [],
      `${data.name} may have been written to`,
    ],
    [
      'blank, and attached to a VM that runs',
      disk('data', { lastWritable: { kind: 'now' } }),
      [],
      `${data.name} may have been written to`,
    ],
    [
      'of a snapshot, and written to',
      restored('data', NEW, { lastWritable: { kind: 'at', atMs: 1 } }),
      set(),
      `${data.name} may have been written to`,
    ],
  ];
  it.each(table)('%s', (_, copy, snapshots, why) => {
    const parts = { disks: [copy], snapshots };
    expect(say(proveOnlyCopy(copy, inventory(parts)))).toBe(why);
    expect(say(proveDiskDeletion(copy.id, evidence(parts))) === 'proven').toBe(why === 'proven');
  });

  it('attached to nothing', () => {
    const parts = { disks: [restored('data', NEW, { attachedTo: ['vm-1'] })], snapshots: set() };
    expect(say(proveDiskDeletion('disk-data-restored', evidence(parts)))).toContain('attached');
  });
});

describe('the record of a disk whose content is positively gone', () => {
  const gone = disk('data', {
    status: 'gone',
    statusText: 'its file is gone',
    lastWritable: { kind: 'unknown' },
  });
  it.each<[string, Parts, Partial<Evidence>, string]>([
    ['can be deleted', { disks: [boot, gone] }, {}, 'proven'],
    ['not while it is attached', machine([boot, gone]), {}, `${data.name} says that it is attached`],
    [
      'not by another command than the one that began it',
      { disks: [doomed(gone)] },
      {},
      `${data.name} is being deleted by another command`,
    ],
    [
      'not before the set holds it',
      { disks: [boot, gone], snapshots: [snapshot('boot')] },
      { into: NEW },
      `set ${NEW} is not whole: it holds 1 of 2 disks`,
    ],
    [
      'not in another account',
      { disks: [gone] },
      { claim: claim({}, { account: 'work' }) },
      'the provider answers for home, not for work',
    ],
  ])('%s', (_, parts, others, why) => {
    expect(say(proveDiskDeletion('disk-data', evidence(parts, others)))).toBe(why);
  });
});

describe('a VM can be deleted', () => {
  const stopped = machine();
  const held = (changes: Partial<Vm>): Parts => machine([boot, data], changes);
  const table: [string, Parts | Inventory, Partial<Evidence>, string][] = [
    ['stopped, its disks stay', stopped, {}, 'proven'],
    ['running', held(running), {}, 'VM dev is not stopped (RUNNING)'],
    [
      'suspended',
      held({ status: 'suspended', statusText: 'SUSPENDED' }),
      {},
      'VM dev is not stopped (SUSPENDED)',
    ],
    [
      'stopping',
      held({ status: 'changing', statusText: 'STOPPING' }),
      {},
      'VM dev is not stopped (STOPPING)',
    ],
    [
      'in a state that is not known',
      held({ status: 'unknown', statusText: 'ODD' }),
      {},
      'VM dev is in a state that chews does not know: ODD',
    ],
    [
      'with a disk that would go along',
      held({ attachments: [attachment(boot), attachment(data, { deletedWithVm: true })] }),
      {},
      `disk ${data.name} would be deleted along with VM dev`,
    ],
    [
      'with a disk that would go along, even at the end of it all',
      held({ attachments: [attachment(data, { deletedWithVm: true })] }),
      { erase: true },
      `disk ${data.name} would be deleted along with VM dev`,
    ],
    [
      'with something that dies with it',
      held({ diesWithVm: ['local disk'] }),
      {},
      'VM dev holds what would die with it: local disk',
    ],
    [
      'with something that dies with it, at the end of it all',
      held({ diesWithVm: ['local disk'] }),
      { erase: true },
      'proven',
    ],
    [
      'of another account',
      stopped,
      { claim: claim({}, { account: 'work' }) },
      'the provider answers for home, not for work',
    ],
    [
      'twice',
      { ...stopped, vms: [...stopped.vms, vm({ id: 'vm-2' })] },
      {},
      'there are two assets of the name dev',
    ],
    ['of another name', held({ name: 'dev-2' }), {}, 'dev-2 is not the name of the VM of workstation dev'],
    [
      'of another owner',
      { ...inventory(stopped), vms: [vm({ labels: { workstation: 'dev', owner: 'ffffffff' } })] },
      {},
      'dev belongs to another configuration (id ffffffff)',
    ],
    ['gone', { disks: [boot] }, {}, 'there is no asset of id vm-1'],
  ];
  it.each(table)('%s', (_, parts, others, why) => {
    expect(say(proveVmDeletion('vm-1', evidence(parts, others)))).toBe(why);
  });
});

describe('everything goes when its owner asked for the end', () => {
  const marked = { disks: [doomed(boot), doomed(data)], snapshots: set().map(doomed) };
  it.each<[string, Parts, Partial<Evidence>, string]>([
    ['a disk', marked, { erase: true }, 'proven'],
    [
      'not unless it is marked',
      { disks: [boot, data] },
      { erase: true },
      `${data.name} is not marked for deletion`,
    ],
    ['not because it is marked', marked, {}, `${data.name} is being deleted by another command`],
    [
      'not while it is attached',
      { ...marked, vms: [vm({ attachments: [attachment(data)] })] },
      { erase: true },
      `VM dev says that ${data.name} is attached to it`,
    ],
    [
      'not in another account',
      marked,
      { erase: true, claim: claim({}, { account: 'work' }) },
      'the provider answers for home, not for work',
    ],
  ])('disk: %s', (_, parts, others, why) => {
    expect(say(proveDiskDeletion('disk-data', evidence(parts, others)))).toBe(why);
  });
  it.each<[string, Parts, Partial<Evidence>, string]>([
    ['a snapshot', marked, { erase: true }, 'proven'],
    [
      'not unless it is marked',
      { snapshots: set() },
      { erase: true },
      `${snapshotName('data', NEW)} is not marked for deletion`,
    ],
    ['not because it is marked', marked, {}, 'nobody asked for the end of this workstation'],
    [
      'not in another account',
      marked,
      { erase: true, claim: claim({}, { account: 'work' }) },
      'the provider answers for home, not for work',
    ],
    [
      'one of two of its name, each by its id',
      { snapshots: [...set(NEW).map(doomed), doomed(snapshot('data', NEW, { id: 'snapshot-twin' }))] },
      { erase: true },
      'proven',
    ],
    [
      'not of another name',
      { snapshots: [doomed(snapshot('data', NEW, { name: 'keepsake' }))] },
      { erase: true },
      'keepsake is not a name that chews gives to an asset of dev',
    ],
  ])('snapshot: %s', (_, parts, others, why) => {
    expect(say(proveSnapshotDeletion(`snapshot-data-${NEW}`, evidence(parts, others)))).toBe(why);
  });
});

describe('prove', () => {
  const parts = { ...machine(), snapshots: set() };
  const into = (action: DestructiveAction, others: Partial<Evidence> = {}) => {
    const verdict = prove(action, evidence(parts, others));
    return verdict.ok ? (verdict.value === 'gone' ? 'gone' : 'proven') : verdict.missing;
  };
  it.each<[string, DestructiveAction, string]>([
    ['a VM', { kind: 'delete-vm', vm: { name: 'dev', id: 'vm-1' } }, 'proven'],
    ['a VM that is gone', { kind: 'delete-vm', vm: { name: 'dev', id: 'vm-0' } }, 'gone'],
    ['a VM without its id', { kind: 'delete-vm', vm: { name: 'dev' } }, 'the id of VM dev is not known'],
    [
      'a disk that is attached',
      { kind: 'delete-disk', disk: { name: data.name, id: 'disk-data' } },
      `${data.name} says that it is attached`,
    ],
    ['a disk that is gone', { kind: 'delete-disk', disk: { name: data.name, id: 'disk-0' } }, 'gone'],
    [
      'a disk without its id',
      { kind: 'delete-disk', disk: { name: data.name } },
      `the id of disk ${data.name} is not known`,
    ],
    [
      'a snapshot that nobody gave up',
      { kind: 'delete-snapshot', snapshot: { name: 's', id: `snapshot-data-${NEW}` } },
      'nobody asked for the end of this workstation',
    ],
    [
      'a snapshot that is gone',
      { kind: 'delete-snapshot', snapshot: { name: 's', id: 'snapshot-0' } },
      'gone',
    ],
    [
      'a snapshot without its id',
      { kind: 'delete-snapshot', snapshot: { name: 's' } },
      'the id of snapshot s is not known',
    ],
  ])('%s', (_, action, expected) => {
    expect(into(action)).toBe(expected);
  });
  it('takes nothing for gone because others are there', () => {
    const other = vm({ id: 'vm-2', name: 'dev-2' });
    const action = { kind: 'delete-vm', vm: { name: 'dev', id: 'vm-1' } } as const;
    const verdict = prove(action, evidence({ ...parts, vms: [...parts.vms, other] }));
    expect(verdict.ok && verdict.value).toMatchObject({ proof: { assetId: 'vm-1' } });
  });
  it('demands the set that the action names', () => {
    const lone = evidence({ disks: [boot, data], snapshots: [snapshot('data')] });
    const action = { kind: 'delete-disk', disk: { name: data.name, id: 'disk-data' } } as const;
    expect(say(prove(action, lone))).toBe('proven');
    expect(say(prove({ ...action, into: NEW }, lone))).toBe(`set ${NEW} is not whole: it holds 1 of 2 disks`);
  });
});

describe('one whole set to rebuild from (R6)', () => {
  const judge = (parts: Parts, timestamp: string = NEW) => {
    const all = inventory(parts);
    const sets = snapshotSetsOf(all, claim());
    const { members } = membershipOf(all, claim(), sets.at(-1));
    return say(
      proveRestorable(
        sets.find((candidate) => candidate.timestamp === timestamp),
        members,
        evidence(all),
      ),
    );
  };
  it.each<[string, Parts, string]>([
    ['nothing alive', { snapshots: set() }, 'proven'],
    ['a live disk that was not written to since', { disks: [boot], snapshots: set() }, 'proven'],
    ['a live disk that is an unused copy of it', { disks: [restored('boot')], snapshots: set() }, 'proven'],
    ['no set', { disks: [boot] }, 'there is no snapshot set'],
    [
      'a set that is not whole',
      { snapshots: [snapshot('boot')] },
      `set ${NEW} is not whole: it holds 1 of 2 disks`,
    ],
    [
      'a live disk that was written to since',
      { disks: [disk('boot', { lastWritable: { kind: 'unknown' } })], snapshots: set() },
      `${boot.name} may have been written to since snapshot ${snapshotName('boot', NEW)} was taken`,
    ],
    [
      'an unused copy of an older set, while another disk is only in this one',
      { disks: [restored('boot', OLD)], snapshots: [...set(OLD), ...set()] },
      'proven',
    ],
    [
      'the same, and nobody knows whether it was used',
      {
        disks: [restored('boot', OLD, { lastWritable: { kind: 'unknown' } })],
        snapshots: [...set(OLD), ...set()],
      },
      `snapshot ${snapshotName('boot', NEW)} was made from another disk than this ${boot.name}`,
    ],
    [
      'all disks alive, made of an older set after this one was taken',
      {
        disks: ['boot', 'data'].map((name) => restored(name, OLD, { createdAtMs: timeOf(NEW) + 1 })),
        snapshots: [...set(OLD), ...set()],
      },
      `snapshot ${snapshotName('boot', NEW)} was made from another disk than this ${boot.name}`,
    ],
    [
      'a live copy that was written to',
      {
        disks: [restored('boot', NEW, { lastWritable: { kind: 'at', atMs: timeOf(NEW) + 1 } })],
        snapshots: set(),
      },
      `snapshot ${snapshotName('boot', NEW)} was made from another disk than this ${boot.name}`,
    ],
    [
      'a member that the set does not hold',
      { disks: [disk('more')], snapshots: set() },
      `set ${NEW} has no snapshot of more`,
    ],
  ])('%s', (_, parts, why) => {
    expect(judge(parts)).toBe(why);
  });

  it('stands for no member by a snapshot that is not ready or is being deleted', () => {
    const gone = { name: 'data', role: 'data', live: undefined, record: undefined, spec: undefined } as const;
    const inSet = (taken: Snapshot) => {
      const all = inventory({ snapshots: [snapshot('boot'), taken] });
      const [only] = snapshotSetsOf(all, claim());
      return only === undefined ? 'no set' : say(proveInSet(only, gone, evidence(all)));
    };
    expect(inSet(snapshot('data'))).toBe('proven');
    expect(inSet(snapshot('data', NEW, { status: 'failed' }))).toContain('is not ready');
    expect(inSet(doomed(snapshot('data')))).toContain('is not ready');
  });
});

describe('what is not understood stops everything (R7)', () => {
  const odd = { status: 'unknown', statusText: 'ODD' } as const;
  it.each<[string, Parts]>([
    ['a VM', machine([boot, data], odd)],
    [
      'a stranger that holds a disk',
      {
        disks: [boot, data],
        vms: [vm({ ...odd, id: 'vm-9', name: 'other', labels: {}, attachments: [attachment(data)] })],
      },
    ],
    ['a disk', { disks: [{ ...boot, ...odd }] }],
    ['a snapshot', { snapshots: [snapshot('boot', OLD, odd)] }],
  ])('%s', (_, parts) => {
    expect(say(proveUnderstood(inventory(parts)))).toContain('in a state that chews does not know: ODD');
  });
  it('and nothing else does', () => {
    const suspended = machine([boot, { ...data, status: 'failed' }], { status: 'suspended' });
    expect(
      say(proveUnderstood(inventory({ ...suspended, snapshots: set(NEW, { status: 'changing' }) }))),
    ).toBe('proven');
  });
});

describe('what this run saw itself', () => {
  const untold: Partial<Disk> = { lastWritable: { kind: 'unknown' } };
  const off = machine([disk('boot', untold), disk('data', untold)]);
  const on = machine([boot, data], running);
  const free = { disks: [disk('boot', untold), disk('data', untold)] };
  const taken = { ...off, snapshots: set() };
  const name = snapshotName('data', NEW);
  type Moment = Parts | 'ask' | { readonly released: string };

  function watch(moments: readonly Moment[], by: Claim = claim()): Observations {
    return moments.reduce<Observations>((seen, moment) => {
      if (moment === 'ask') return noteSnapshotRequested(seen, name);
      if ('released' in moment) return noteReleased(seen, moment.released);
      return observe(seen, inventory(moment, by));
    }, nothingObserved);
  }

  const restart = { lastStartedAtMs: timeOf(NEW) + 60_000 };
  const restarted = {
    vms: off.vms.map((holder) => ({ ...holder, ...restart })),
    disks: off.disks,
    snapshots: set(),
  };
  const replaced = {
    vms: off.vms.map((holder) => ({ ...holder, id: 'vm-2' })),
    disks: off.disks.map((held) => ({ ...held, attachedTo: ['vm-2'] })),
    snapshots: set(),
  };
  const silent = { ...off, vms: off.vms.map((holder) => without(holder, 'lastStartedAtMs')) };
  const fresh = machine([boot, disk('data', { lastWritable: { kind: 'never' } })]);
  const blank = { ...fresh, vms: fresh.vms.map((holder) => without(holder, 'lastStartedAtMs')) };
  const elsewhere = {
    ...free,
    vms: [vm({ id: 'vm-9', name: 'other', labels: {}, attachments: [attachment(data)], ...running })],
  };
  const hidden = { ...free, disks: free.disks.map((held) => ({ ...held, attachedTo: ['vm-hidden'] })) };
  const twice = {
    ...off,
    vms: [...off.vms, vm({ id: 'vm-9', name: 'other', labels: {}, attachments: [attachment(data)] })],
  };
  const now = {
    ...free,
    disks: free.disks.map((held) => ({ ...held, lastWritable: { kind: 'now' } as const })),
  };

  const beside = vm({ id: 'vm-8', name: 'other', labels: {}, attachments: [attachment(boot)], ...running });
  const besides = { ...free, vms: [beside] };
  const hiddenBesides = { ...hidden, vms: [beside] };
  const byVm = { vms: on.vms, disks: free.disks };
  const byDisk = { vms: [vm(running)], disks: off.disks };

  const detached = { released: 'disk-data' };
  const emptied = {
    ...free,
    vms: off.vms.map((holder) => ({ ...holder, attachments: [] })),
    snapshots: set(),
  };
  const neverStarted = without(vm(), 'lastStartedAtMs');
  const emptiedBefore = { ...emptied, snapshots: [] };
  /** At a provider that tells when a disk was last attached. */
  const told = (parts: Parts): Parts => ({
    ...parts,
    disks: (parts.disks ?? []).map((held) => ({ ...held, lastAttachedAtMs: timeOf(OLD) })),
  });
  const offTold = told(off);

  const table: [string, readonly Moment[], boolean][] = [
    ['stopped, asked, taken', [off, 'ask', taken], true],
    ['unattached, asked, taken', [free, 'ask', { ...free, snapshots: set() }], true],
    ['and the disk detached by this run, its VM still there', [off, 'ask', taken, detached, emptied], true],
    [
      'and the VM deleted once it was empty, where the provider tells of attachments',
      [
        offTold,
        'ask',
        { ...offTold, snapshots: set() },
        detached,
        told(emptied),
        told({ ...free, snapshots: set() }),
      ],
      true,
    ],
    [
      'and the VM deleted once it was empty: it may have been given the disk again, and nothing tells of it',
      [off, 'ask', taken, detached, emptied, { ...free, snapshots: set() }],
      false,
    ],
    ['and unattached throughout, while its VM stays', [emptiedBefore, 'ask', emptied, emptied], true],
    [
      'and the VM deleted together with its hold on the disk: it may have been started right before',
      [off, 'ask', taken, detached, { ...free, snapshots: set() }],
      false,
    ],
    [
      'and the disk detached by this run, its VM started in between',
      [
        off,
        'ask',
        taken,
        detached,
        { ...emptied, vms: emptied.vms.map((holder) => ({ ...holder, ...restart })) },
      ],
      false,
    ],
    [
      'and the disk detached by this run, its VM running',
      [
        off,
        'ask',
        taken,
        detached,
        { ...emptied, vms: emptied.vms.map((holder) => ({ ...holder, ...running })) },
      ],
      false,
    ],
    [
      'and the disk detached by this run from a VM that never started',
      [blank, 'ask', { ...blank, snapshots: set() }, detached, { ...emptied, vms: [neverStarted] }],
      true,
    ],
    ['and the disk detached by somebody else', [off, 'ask', taken, emptied], false],
    [
      'and the disk detached by this run, beside another VM that was started',
      [off, 'ask', taken, detached, { ...emptied, vms: [vm({ id: 'vm-0', ...restart }), ...emptied.vms] }],
      true,
    ],
    [
      'attached and let go again between two reads, where the provider tells of it',
      [
        free,
        'ask',
        { disks: free.disks.map((held) => ({ ...held, lastAttachedAtMs: 1 })), snapshots: set() },
      ],
      false,
    ],
    ['nothing read before it was asked for', ['ask', taken], false],
    ['never asked for', [off, taken], false],
    ['asked for, and never seen', [off, 'ask', off], false],
    ['there before it was asked for', [taken, 'ask', taken], false],
    ['running when it was asked for', [on, 'ask', taken], false],
    ['started in between', [off, 'ask', { ...on, snapshots: set() }, taken], false],
    ['started and stopped between two reads', [off, 'ask', restarted], false],
    ['the VM replaced in between', [off, 'ask', replaced], false],
    ['the VM gone, and not by this run', [off, 'ask', taken, { ...free, snapshots: set() }], false],
    ['another disk detached by this run', [off, 'ask', taken, { released: 'disk-boot' }, emptied], false],
    ['attached between two reads', [free, 'ask', taken], false],
    [
      'held by a stranger in between',
      [free, 'ask', { ...elsewhere, snapshots: set() }, { ...free, snapshots: set() }],
      false,
    ],
    ['held by somebody who is not in the list', [hidden, 'ask', { ...hidden, snapshots: set() }], false],
    [
      'held by somebody who is not in the list, beside one who is',
      [hiddenBesides, 'ask', { ...hiddenBesides, snapshots: set() }],
      false,
    ],
    [
      'unattached, beside a VM that runs on another disk',
      [besides, 'ask', { ...besides, snapshots: set() }],
      true,
    ],
    ['held by two', [twice, 'ask', { ...twice, snapshots: set() }], false],
    ['running by the VM’s account alone', [byVm, 'ask', { ...byVm, snapshots: set() }], false],
    ['running by the disk’s account alone', [byDisk, 'ask', { ...byDisk, snapshots: set() }], false],
    ['writable by the provider’s word', [now, 'ask', { ...now, snapshots: set() }], false],
    ['a provider that does not tell start times', [silent, 'ask', { ...silent, snapshots: set() }], false],
    [
      'a disk that was never used, in a VM that never started',
      [blank, 'ask', { ...blank, snapshots: set() }],
      true,
    ],
    ['a disk that was missing in one read', [off, 'ask', { vms: off.vms, disks: [] }, taken], false],
  ];
  it.each(table)('%s', (_, moments, quiet) => {
    expect(sawQuietSince(watch(moments), 'disk-data', name)).toBe(quiet);
  });

  it('asking a second time does not make it younger', () => {
    expect(sawQuietSince(watch([off, 'ask', on, off, 'ask', taken]), 'disk-data', name)).toBe(false);
  });

  it('proves what the times do not tell', () => {
    const seen = watch([free, 'ask', { ...free, snapshots: set() }]);
    const parts = { ...free, snapshots: set() };
    expect(say(proveDiskDeletion('disk-data', evidence(parts, { seen })))).toBe('proven');
    expect(say(proveDiskDeletion('disk-data', evidence(parts)))).toContain('may have been written to since');
  });

  it('proves nothing against the provider’s own word on the content', () => {
    const seen = watch([off, 'ask', taken]);
    const changed = disk('data', { ...untold, contentVersion: 'v2' });
    expect(say(proveHolds(snapshot('data', NEW, { contentVersion: 'v1' }), changed, { seen }))).toContain(
      'may have changed',
    );
  });

  it('a provider’s times suffice without it', () => {
    expect(say(proveHolds(snapshot('data'), data, { seen: nothingObserved }))).toBe('proven');
    expect(
      say(
        proveHolds(snapshot('data'), disk('data', { lastWritable: { kind: 'never' } }), {
          seen: nothingObserved,
        }),
      ),
    ).toBe('proven');
  });
});
