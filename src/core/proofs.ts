import type { Disk, Inventory, Snapshot, Vm } from './assets.ts';
import { proveHolds, proveRestorable } from './contentProofs.ts';
import { proveOnlyCopy } from './onlyCopy.ts';
import { type Guard, pass } from './guard.ts';
import { type Claim, diskOf, strangeness } from './inventory.ts';
import { membershipOf } from './membership.ts';
import type { Observations } from './observations.ts';
import { proveUnderstood } from './proveUnderstood.ts';
import { disorderOf, type SnapshotSet, snapshotSetsOf } from './snapshotSets.ts';
import { granted, missing, type Verdict } from './verdict.ts';

/** Marks what only this file can make. It exists for the compiler alone. */
declare const proven: unique symbol;

/**
 * Shows that one deletion loses nothing: made by the functions of this file from a fresh inventory and from what the run
 * itself has seen, and by nothing else. A provider refuses one that is about another asset.
 */
export interface Proof<K extends 'vm' | 'disk' | 'snapshot'> {
  readonly [proven]: K;
  readonly assetId: string;
  /** A sentence for the log: where the data is, or who asked for its end. */
  readonly because: string;
  /** The provider's clock when the inventory was read. */
  readonly readAtMs: number;
  /**
   * True: its owner asked for its end, and it goes only while it bears the mark. False: it goes only while it bears none.
   * A provider that can look again in the moment of deletion does so: a run can be held up between proof and deletion.
   */
  readonly erase: boolean;
  /** The disk's content that the proof is about, where the provider tells it: it goes only while it is unchanged. */
  readonly contentVersion: string | undefined;
}

export type VmProof = Proof<'vm'>;
export type DiskProof = Proof<'disk'>;
export type SnapshotProof = Proof<'snapshot'>;

/** What every proof is computed from. The inventory must have been read for this very purpose. */
export interface Evidence {
  readonly claim: Claim;
  readonly inventory: Inventory;
  readonly seen: Observations;
  /** The owner asked for the end of this workstation and its data, by its name. */
  readonly erase: boolean;
  /** The set that the whole workstation is being put away into; undefined where one disk alone goes. */
  readonly into?: string;
}

function proof<K extends 'vm' | 'disk' | 'snapshot'>(
  assetId: string,
  because: string,
  evidence: Evidence,
): Proof<K> {
  const contentVersion = evidence.inventory.disks.find((disk) => disk.id === assetId)?.contentVersion;
  const { readAtMs } = evidence.inventory;
  return { assetId, because, readAtMs, erase: evidence.erase, contentVersion } as Proof<K>;
}

interface OursCase {
  readonly asset: Vm | Disk | Snapshot;
  /** All of its kind in the inventory, it among them. */
  readonly assets: readonly (Vm | Disk | Snapshot)[];
  readonly evidence: Evidence;
}

/** R9: exactly one asset of that id, in the account that the file means, by name, label and lineage ours. */
export const ours: readonly Guard<OursCase>[] = [
  {
    name: 'right-account',
    rule: 'R9',
    missing: ({ evidence: { claim, inventory } }) =>
      inventory.account === claim.account
        ? undefined
        : `the provider answers for ${inventory.account}, not for ${claim.account}`,
  },
  {
    name: 'one-of-the-id',
    rule: 'R9',
    missing: ({ asset: { id }, assets }) =>
      assets.filter((other) => other.id === id).length === 1
        ? undefined
        : `there is not exactly one asset of id ${id}`,
  },
  { name: 'no-stranger', rule: 'R9', missing: ({ asset, evidence: { claim } }) => strangeness(asset, claim) },
];

/**
 * R9: what bears the name of another is nobody knows which. Of snapshots this is not asked: two runs at once can leave two of a
 * name, each is told by its id, and what it holds by the disk that it was made from.
 */
export const alone: readonly Guard<OursCase>[] = [
  {
    name: 'one-of-the-name',
    rule: 'R9',
    missing: ({ asset: { id, name }, assets }) =>
      assets.some((other) => other.id !== id && other.name === name)
        ? `there are two assets of the name ${name}`
        : undefined,
  },
];

function proveOurs<T extends Vm | Disk | Snapshot>(
  assets: readonly T[],
  id: string,
  evidence: Evidence,
): Verdict<T> {
  const asset = assets.find((candidate) => candidate.id === id);
  if (asset === undefined) return missing(`there is no asset of id ${id}`);
  return pass(ours, { asset, assets, evidence }, asset);
}

function proveOursAlone<T extends Vm | Disk>(
  assets: readonly T[],
  id: string,
  evidence: Evidence,
): Verdict<T> {
  const known = proveOurs(assets, id, evidence);
  return known.ok ? pass(alone, { asset: known.value, assets, evidence }, known.value) : known;
}

interface VmCase {
  readonly vm: Vm;
  readonly evidence: Evidence;
}

/** R4: the VM can go without taking anything along. */
export const vmDeletion: readonly Guard<VmCase>[] = [
  {
    name: 'vm-stopped',
    rule: 'R5',
    missing: ({ vm }) =>
      vm.status === 'stopped' ? undefined : `VM ${vm.name} is not stopped (${vm.statusText})`,
  },
  {
    name: 'deletion-flags-clear',
    rule: 'R4',
    missing: ({ vm }) => {
      const doomed = vm.attachments.find(({ deletedWithVm }) => deletedWithVm);
      return doomed && `disk ${doomed.diskName} would be deleted along with VM ${vm.name}`;
    },
  },
  {
    // A flag that the VM does not tell of was not read.
    name: 'all-attachments-told',
    rule: 'R4',
    missing: ({ vm, evidence: { inventory } }) => {
      const told = vm.attachments.map(({ diskId }) => diskId);
      const untold = inventory.disks.find(
        ({ id, attachedTo }) => attachedTo.includes(vm.id) && !told.includes(id),
      );
      return untold && `disk ${untold.name} says that it is attached to VM ${vm.name}, which does not say so`;
    },
  },
  {
    name: 'nothing-dies-with-vm',
    rule: 'R4',
    missing: ({ vm, evidence }) => {
      const [dying] = vm.diesWithVm;
      return dying === undefined || evidence.erase
        ? undefined
        : `VM ${vm.name} holds what would die with it: ${dying}`;
    },
  },
];

export function proveVmDeletion(vmId: string, evidence: Evidence): Verdict<VmProof> {
  const { inventory } = evidence;
  const clear = proveUnderstood(inventory);
  if (!clear.ok) return clear;
  const known = proveOursAlone(inventory.vms, vmId, evidence);
  if (!known.ok) return known;
  const vm = known.value;
  const free = pass(vmDeletion, { vm, evidence }, vm);
  if (!free.ok) return free;
  const whole = provePutAway(evidence);
  return whole.ok ? granted(proof(vm.id, `all disks of VM ${vm.name} stay`, evidence)) : whole;
}

interface DiskCase {
  readonly disk: Disk;
  readonly evidence: Evidence;
}

/** R2: what both proofs of a disk's deletion begin with. */
export const diskDeletion: readonly Guard<DiskCase>[] = [
  {
    name: 'unattached-by-disk',
    rule: 'R2',
    missing: ({ disk }) =>
      disk.attachedTo.length === 0 ? undefined : `${disk.name} says that it is attached`,
  },
  {
    name: 'unattached-by-vms',
    rule: 'R2',
    missing: ({ disk, evidence: { inventory } }) => {
      const holder = [...inventory.vms, ...inventory.strangers].find((vm) =>
        vm.attachments.some(({ diskId }) => diskId === disk.id),
      );
      return holder && `VM ${holder.name} says that ${disk.name} is attached to it`;
    },
  },
  {
    name: 'no-vm-at-work',
    rule: 'R2',
    missing: ({ disk, evidence: { inventory } }) => {
      // What failed while it was made can be attached to nothing, and never was.
      if (disk.status === 'failed' && disk.lastWritable.kind === 'never') return undefined;
      const running = inventory.vms.find(({ status }) => status !== 'stopped');
      return running && `VM ${running.name} is there and not stopped`;
    },
  },
  {
    name: 'end-asked-for-and-marked',
    rule: 'R2',
    missing: ({ disk, evidence: { erase } }) =>
      erase && disk.labels.deleting !== true ? `${disk.name} is not marked for deletion` : undefined,
  },
  {
    name: 'not-marked-by-another',
    rule: 'R2',
    missing: ({ disk, evidence: { erase } }) =>
      !erase && disk.labels.deleting === true
        ? `${disk.name} is being deleted by another command`
        : undefined,
  },
];

interface IntoCase {
  readonly sets: readonly SnapshotSet[];
  readonly into: string;
  readonly evidence: Evidence;
}

/** R5: where a whole workstation is put away, its set is the newest beyond doubt, and every member is provably in it. */
export const putAway: readonly Guard<IntoCase>[] = [
  { name: 'sets-in-order', rule: 'R5', missing: ({ sets }) => disorderOf(sets) },
  {
    name: 'set-is-the-newest',
    rule: 'R5',
    missing: ({ sets, into }) =>
      sets.at(-1)?.timestamp === into ? undefined : `set ${into} is not the newest any more`,
  },
  {
    name: 'set-holds-every-member',
    rule: 'R5',
    missing: ({ sets, into, evidence }) => {
      const set = sets.find(({ timestamp }) => timestamp === into);
      const { members } = membershipOf(evidence.inventory, evidence.claim, set);
      const whole = proveRestorable(set, members, evidence);
      return whole.ok ? undefined : whole.missing;
    },
  },
];

/** That the whole workstation is in the set that it is put away into, where there is one. */
function provePutAway(evidence: Evidence): Verdict<string | undefined> {
  const { inventory, claim, into } = evidence;
  if (into === undefined) return granted(into);
  return pass(putAway, { sets: snapshotSetsOf(inventory, claim), into, evidence }, into);
}

/** R2: the disk can be deleted without a loss. */
export function proveDiskDeletion(diskId: string, evidence: Evidence): Verdict<DiskProof> {
  const { inventory, claim } = evidence;
  const clear = proveUnderstood(inventory);
  if (!clear.ok) return clear;
  const known = proveOursAlone(inventory.disks, diskId, evidence);
  if (!known.ok) return known;
  const disk = known.value;
  const free = pass(diskDeletion, { disk, evidence }, disk);
  if (!free.ok) return free;
  if (evidence.erase)
    return granted(proof(disk.id, `its owner asked for the end of ${claim.workstation.name}`, evidence));
  const whole = provePutAway(evidence);
  if (!whole.ok) return whole;
  if (disk.status === 'gone')
    return granted(proof(disk.id, `nothing is left of it: ${disk.statusText}`, evidence));
  const kept = proveKept(disk, evidence);
  return kept.ok ? granted(proof(disk.id, kept.value, evidence)) : kept;
}

/** Kept elsewhere, or only a copy: one of the two has to be shown. */
function proveKept(disk: Disk, evidence: Evidence): Verdict<string> {
  const { inventory, claim } = evidence;
  const name = diskOf(disk, claim);
  let why = `there is no snapshot of ${disk.name}`;
  for (const snapshot of inventory.snapshots.filter((candidate) => diskOf(candidate, claim) === name)) {
    const known = proveOurs(inventory.snapshots, snapshot.id, evidence);
    const held = known.ok ? proveHolds(snapshot, disk, evidence) : known;
    if (held.ok) return held;
    if (snapshot.sourceDiskId === disk.id) why = held.missing;
  }
  const copy = proveOnlyCopy(disk, inventory);
  return copy.ok ? copy : missing(why);
}

interface SnapshotCase {
  readonly snapshot: Snapshot;
  readonly evidence: Evidence;
}

/** A snapshot goes only with the whole workstation, when its owner asked for that by name and it is marked. */
export const snapshotDeletion: readonly Guard<SnapshotCase>[] = [
  {
    name: 'snapshot-end-asked-for',
    rule: 'R11',
    missing: ({ evidence: { erase } }) =>
      erase ? undefined : 'nobody asked for the end of this workstation',
  },
  {
    name: 'snapshot-marked',
    rule: 'R11',
    missing: ({ snapshot }) =>
      snapshot.labels.deleting === true ? undefined : `${snapshot.name} is not marked for deletion`,
  },
];

export function proveSnapshotDeletion(snapshotId: string, evidence: Evidence): Verdict<SnapshotProof> {
  const clear = proveUnderstood(evidence.inventory);
  if (!clear.ok) return clear;
  const known = proveOurs(evidence.inventory.snapshots, snapshotId, evidence);
  if (!known.ok) return known;
  const because = `its owner asked for the end of ${evidence.claim.workstation.name}`;
  return pass(
    snapshotDeletion,
    { snapshot: known.value, evidence },
    proof<'snapshot'>(snapshotId, because, evidence),
  );
}
