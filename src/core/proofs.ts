import type { Disk, Inventory, Snapshot, Vm } from './assets.ts';
import { type Claim, diskOf, strangeness } from './inventory.ts';
import { type Member, membershipOf } from './membership.ts';
import { type Observations, sawQuietSince } from './observations.ts';
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

/** R7: whether there is anything in the answer that chews does not understand. */
export function proveUnderstood(inventory: Inventory): Verdict<true> {
  for (const vm of [...inventory.vms, ...inventory.strangers]) {
    if (vm.status === 'unknown')
      return missing(`VM ${vm.name} is in a state that chews does not know: ${vm.statusText}`);
  }
  for (const asset of [...inventory.disks, ...inventory.snapshots]) {
    if (asset.status === 'unknown')
      return missing(`${asset.name} is in a state that chews does not know: ${asset.statusText}`);
  }
  return granted(true);
}

/** R9: exactly one asset of that id, in the account that the file means, by name, label and lineage ours. */
function proveOurs<T extends Vm | Disk | Snapshot>(
  assets: readonly T[],
  id: string,
  evidence: Evidence,
): Verdict<T> {
  const { claim, inventory } = evidence;
  if (inventory.account !== claim.account) {
    return missing(`the provider answers for ${inventory.account}, not for ${claim.account}`);
  }
  const found = assets.filter((asset) => asset.id === id);
  const [asset] = found;
  if (asset === undefined || found.length > 1) return missing(`there is not exactly one asset of id ${id}`);
  if (assets.some((other) => other.name === asset.name && other.id !== id)) {
    return missing(`there are two assets of the name ${asset.name}`);
  }
  const strange = strangeness(asset, claim);
  return strange === undefined ? granted(asset) : missing(strange);
}

/** R4: the VM can go without taking anything along. */
export function proveVmDeletion(vmId: string, evidence: Evidence): Verdict<VmProof> {
  const understood = proveUnderstood(evidence.inventory);
  if (!understood.ok) return understood;
  const ours = proveOurs(evidence.inventory.vms, vmId, evidence);
  if (!ours.ok) return ours;
  const vm = ours.value;
  if (vm.status !== 'stopped') return missing(`VM ${vm.name} is not stopped (${vm.statusText})`);
  const doomed = vm.attachments.find((attachment) => attachment.deletedWithVm);
  if (doomed !== undefined)
    return missing(`disk ${doomed.diskName} would be deleted along with VM ${vm.name}`);
  const [dying] = vm.diesWithVm;
  if (dying !== undefined && !evidence.erase)
    return missing(`VM ${vm.name} holds what would die with it: ${dying}`);
  const whole = proveInto(evidence);
  if (!whole.ok) return whole;
  return granted(proof(vm.id, `all disks of VM ${vm.name} stay`, evidence));
}

/**
 * Whether a snapshot holds the present content of a disk: the heart of R2. By the provider's own content versions where
 * it has them, else by its times, else by what this run saw. The sentence says which of them failed.
 */
export function proveHolds(
  snapshot: Snapshot,
  disk: Disk,
  evidence: Pick<Evidence, 'seen'>,
): Verdict<string> {
  const name = `snapshot ${snapshot.name}`;
  if (snapshot.status !== 'ready') return missing(`${name} is not ready (${snapshot.statusText})`);
  if (snapshot.kind !== 'taken')
    return missing(`${name} was not taken from the disk itself (${snapshot.kind})`);
  if (snapshot.labels.deleting === true) return missing(`${name} is being deleted`);
  if (snapshot.sourceDiskId !== disk.id)
    return missing(`${name} was made from another disk than this ${disk.name}`);
  if (snapshot.sizeBytes !== disk.sizeBytes) return missing(`${name} is of another size than ${disk.name}`);
  if (disk.lastWritable.kind === 'now') return missing(`${disk.name} can be written to at this moment`);
  if (disk.contentVersion !== undefined && snapshot.contentVersion !== undefined) {
    return disk.contentVersion === snapshot.contentVersion
      ? granted(`${name} holds its content`)
      : missing(`${disk.name} may have changed since ${name} was taken`);
  }
  if (disk.lastWritable.kind === 'never') return granted(`${name} holds its content, which never changed`);
  if (disk.lastWritable.kind === 'at' && disk.lastWritable.atMs < snapshot.takenAtMs) {
    return granted(`${name} was taken after the last moment at which it could be written`);
  }
  return sawQuietSince(evidence.seen, disk.id, snapshot.name)
    ? granted(`${name} was taken by this run while nothing could write to it`)
    : missing(`${disk.name} may have been written to since ${name} was taken`);
}

/** Whether a disk is nothing but a copy of what can be had again: never written since it was made. */
export function proveOnlyCopy(disk: Disk, inventory: Inventory): Verdict<string> {
  if (disk.lastWritable.kind !== 'never') return missing(`${disk.name} may have been written to`);
  switch (disk.origin.from) {
    case 'blank':
      return granted('it is blank and was never used');
    case 'image':
      return granted(`it is an unused copy of image ${disk.origin.image}`);
    case 'unknown':
      return missing(`nobody knows what ${disk.name} was made from`);
    case 'snapshot': {
      const { snapshotId } = disk.origin;
      const source = inventory.snapshots.find((snapshot) => snapshot.id === snapshotId);
      if (source === undefined) return missing(`the snapshot that ${disk.name} was made from is gone`);
      if (source.status !== 'ready' || source.labels.deleting === true) {
        return missing(`snapshot ${source.name}, which ${disk.name} was made from, is not ready`);
      }
      return granted(`it is an unused copy of snapshot ${source.name}`);
    }
  }
}

/**
 * Whether what is alive is only a remainder: some members are gone or were overtaken, so that nobody works on it as it is.
 * Then an unused copy of any snapshot counts for nothing: what it holds is in that snapshot, and the set has the rest.
 */
export function isRemainder(set: SnapshotSet, members: readonly Member[]): boolean {
  return members.some((member) => member.live === undefined || isOvertaken(set, member));
}

/**
 * Whether a live disk was made before the newest snapshot of its name was taken, and from something else: a run that was
 * held up for long put it there while the workstation went on elsewhere. The newest content is then in the set.
 */
export function isOvertaken(newest: SnapshotSet, { name, live }: Member): boolean {
  const snapshot = newest.byDisk.get(name);
  if (snapshot === undefined || snapshot.status !== 'ready' || live === undefined) return false;
  if (snapshot.sourceDiskId === undefined || snapshot.sourceDiskId === live.id) return false;
  if (live.origin.from === 'snapshot' && live.origin.snapshotId === snapshot.id) return false;
  return live.createdAtMs < snapshot.takenAtMs;
}

/** Whether one set can stand for a live disk: its snapshot holds the content, or the disk is an unused copy of it. */
export function proveInSet(
  set: SnapshotSet,
  member: Member,
  evidence: Pick<Evidence, 'inventory' | 'seen'>,
): Verdict<string> {
  const snapshot = set.byDisk.get(member.name);
  if (snapshot === undefined) return missing(`set ${set.timestamp} has no snapshot of ${member.name}`);
  if (member.live === undefined) {
    return snapshot.status === 'ready' && snapshot.labels.deleting !== true
      ? granted(`snapshot ${snapshot.name} holds it`)
      : missing(`snapshot ${snapshot.name} is not ready`);
  }
  const holds = proveHolds(snapshot, member.live, evidence);
  if (holds.ok) return holds;
  const copy = proveOnlyCopy(member.live, evidence.inventory);
  const { origin } = member.live;
  return copy.ok && origin.from === 'snapshot' && origin.snapshotId === snapshot.id ? copy : holds;
}

/** Attached to nothing by both accounts, and no VM of this workstation holds it or could still take it. */
function proveUnattached(disk: Disk, inventory: Inventory): Verdict<true> {
  if (disk.attachedTo.length > 0) return missing(`${disk.name} says that it is attached`);
  const vms = [...inventory.vms, ...inventory.strangers];
  const holder = vms.find((vm) => vm.attachments.some((attachment) => attachment.diskId === disk.id));
  if (holder !== undefined) return missing(`VM ${holder.name} says that ${disk.name} is attached to it`);
  const running = inventory.vms.find((vm) => vm.status !== 'stopped');
  return running === undefined ? granted(true) : missing(`VM ${running.name} is there and not stopped`);
}

/** Where a whole workstation is being put away: its set is the newest beyond doubt, and every member is provably in it. */
function proveInto({ inventory, claim, seen, into }: Evidence): Verdict<true> {
  if (into === undefined) return granted(true);
  const sets = snapshotSetsOf(inventory, claim);
  const disorder = disorderOf(sets);
  if (disorder !== undefined) return missing(disorder);
  const newest = sets.at(-1);
  if (newest?.timestamp !== into) return missing(`set ${into} is not the newest any more`);
  const { members } = membershipOf(inventory, claim, newest);
  const whole = proveRestorable(newest, members, { inventory, seen });
  return whole.ok ? granted(true) : whole;
}

/** R2: the disk can be deleted without a loss. */
export function proveDiskDeletion(diskId: string, evidence: Evidence): Verdict<DiskProof> {
  const { inventory, claim } = evidence;
  const understood = proveUnderstood(inventory);
  if (!understood.ok) return understood;
  const ours = proveOurs(inventory.disks, diskId, evidence);
  if (!ours.ok) return ours;
  const disk = ours.value;
  const unattached = proveUnattached(disk, inventory);
  if (!unattached.ok) return unattached;
  if (evidence.erase) {
    return disk.labels.deleting === true
      ? granted(proof(disk.id, `its owner asked for the end of ${claim.workstation.name}`, evidence))
      : missing(`${disk.name} is not marked for deletion`);
  }
  if (disk.labels.deleting === true) return missing(`${disk.name} is being deleted by another command`);
  const whole = proveInto(evidence);
  if (!whole.ok) return whole;
  if (disk.status === 'gone')
    return granted(proof(disk.id, `nothing is left of it: ${disk.statusText}`, evidence));
  const name = diskOf(disk, claim);
  let why = `there is no snapshot of ${disk.name}`;
  for (const snapshot of inventory.snapshots.filter((candidate) => diskOf(candidate, claim) === name)) {
    const strange = strangeness(snapshot, claim);
    const holds = strange === undefined ? proveHolds(snapshot, disk, evidence) : missing(strange);
    if (holds.ok) return granted(proof(disk.id, holds.value, evidence));
    if (snapshot.sourceDiskId === disk.id) why = holds.missing;
  }
  const copy = proveOnlyCopy(disk, inventory);
  return copy.ok ? granted(proof(disk.id, copy.value, evidence)) : missing(why);
}

/** A snapshot goes only with the whole workstation, when its owner asked for that by name and it is marked. */
export function proveSnapshotDeletion(snapshotId: string, evidence: Evidence): Verdict<SnapshotProof> {
  const understood = proveUnderstood(evidence.inventory);
  if (!understood.ok) return understood;
  const ours = proveOurs(evidence.inventory.snapshots, snapshotId, evidence);
  if (!ours.ok) return ours;
  if (!evidence.erase) return missing('nobody asked for the end of this workstation');
  return ours.value.labels.deleting === true
    ? granted(
        proof(snapshotId, `its owner asked for the end of ${evidence.claim.workstation.name}`, evidence),
      )
    : missing(`${ours.value.name} is not marked for deletion`);
}

/** R6: one complete set, with which nothing that is alive disagrees, to rebuild the whole workstation from. */
export function proveRestorable(
  set: SnapshotSet | undefined,
  members: readonly Member[],
  evidence: Pick<Evidence, 'inventory' | 'seen'>,
): Verdict<SnapshotSet> {
  if (set === undefined) return missing('there is no snapshot set');
  const [flaw] = set.flaws;
  if (flaw !== undefined) return missing(`set ${set.timestamp} is not whole: ${flaw}`);
  const remainder = isRemainder(set, members);
  for (const member of members) {
    const inSet = proveInSet(set, member, evidence);
    if (inSet.ok) continue;
    const spare = remainder && member.live !== undefined && set.byDisk.get(member.name)?.status === 'ready';
    if (!spare || member.live === undefined || !proveOnlyCopy(member.live, evidence.inventory).ok)
      return inSet;
  }
  return granted(set);
}
