import type { Disk, Inventory, Snapshot } from './assets.ts';
import { type Guard, pass } from './guard.ts';
import type { Member, Membership } from './membership.ts';
import { type Observations, sawQuietSince } from './observations.ts';
import { isKept, isMadeFrom, proveOnlyCopy } from './onlyCopy.ts';
import type { SnapshotSet } from './snapshotSets.ts';
import { granted, missing, type Verdict } from './verdict.ts';

/** What it is decided from where the newest content of a disk is. */
export interface Sight {
  readonly inventory: Inventory;
  readonly seen: Observations;
}

interface HoldsCase {
  readonly snapshot: Snapshot;
  readonly disk: Disk;
  readonly seen: Observations;
}

/** R2: a snapshot holds the present content of a disk. */
export const holds: readonly Guard<HoldsCase>[] = [
  {
    name: 'snapshot-ready',
    rule: 'R2',
    missing: ({ snapshot }) =>
      snapshot.status === 'ready'
        ? undefined
        : `snapshot ${snapshot.name} is not ready (${snapshot.statusText})`,
  },
  {
    name: 'snapshot-taken-from-disk',
    rule: 'R2',
    missing: ({ snapshot }) =>
      snapshot.kind === 'taken'
        ? undefined
        : `snapshot ${snapshot.name} was not taken from the disk itself (${snapshot.kind})`,
  },
  {
    name: 'snapshot-stays',
    rule: 'R2',
    missing: ({ snapshot }) =>
      snapshot.labels.deleting === true ? `snapshot ${snapshot.name} is being deleted` : undefined,
  },
  {
    name: 'same-incarnation',
    rule: 'R2',
    missing: ({ snapshot, disk }) =>
      snapshot.sourceDiskId === disk.id
        ? undefined
        : `snapshot ${snapshot.name} was made from another disk than this ${disk.name}`,
  },
  {
    name: 'same-size',
    rule: 'R2',
    missing: ({ snapshot, disk }) =>
      snapshot.sizeBytes === disk.sizeBytes
        ? undefined
        : `snapshot ${snapshot.name} is of another size than ${disk.name}`,
  },
  {
    name: 'not-writable-now',
    rule: 'R2',
    missing: ({ disk }) =>
      disk.lastWritable.kind === 'now' ? `${disk.name} can be written to at this moment` : undefined,
  },
  {
    name: 'same-content',
    rule: 'R2',
    missing: ({ snapshot, disk }) =>
      disk.contentVersion === undefined ||
      snapshot.contentVersion === undefined ||
      disk.contentVersion === snapshot.contentVersion
        ? undefined
        : `${disk.name} may have changed since snapshot ${snapshot.name} was taken`,
  },
  {
    name: 'not-written-since',
    rule: 'R2',
    missing: (of) =>
      whyUnchanged(of) === undefined
        ? `${of.disk.name} may have been written to since snapshot ${of.snapshot.name} was taken`
        : undefined,
  },
];

/**
 * What shows that a disk was not written to since a snapshot of it was taken: the provider's own content versions where it
 * has them, else its times, else what an earlier run noted with all proofs in hand, else what this run saw.
 */
function whyUnchanged({ snapshot, disk, seen }: HoldsCase): string | undefined {
  const name = `snapshot ${snapshot.name}`;
  if (disk.contentVersion !== undefined && disk.contentVersion === snapshot.contentVersion)
    return `${name} holds its content`;
  if (disk.lastWritable.kind === 'never') return `${name} holds its content, which never changed`;
  if (disk.lastWritable.kind === 'at' && disk.lastWritable.atMs < snapshot.takenAtMs)
    return `${name} was taken after the last moment at which it could be written`;
  if (isNotedIn(disk, snapshot) && (disk.lastAttachedAtMs ?? Infinity) < snapshot.takenAtMs)
    return `${name} held it when a run noted so, and it was attached to nothing since`;
  return sawQuietSince(seen, disk.id, snapshot.name)
    ? `${name} was taken by this run while nothing could write to it`
    : undefined;
}

/** The heart of R2. The sentence says what shows it, or what is missing. */
export function proveHolds(snapshot: Snapshot, disk: Disk, { seen }: Pick<Sight, 'seen'>): Verdict<string> {
  const of = { snapshot, disk, seen };
  return pass(holds, of, whyUnchanged(of) ?? `${disk.name} is as it was`);
}

/** Whether a run that had every proof noted on the disk that this snapshot's set holds it. A note proves nothing by itself. */
function isNotedIn({ labels, attachedTo }: Disk, snapshot: Snapshot): boolean {
  return labels.putInto !== undefined && labels.putInto === snapshot.labels.set && attachedTo.length === 0;
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
  if (isMadeFrom(live, snapshot)) return false;
  return live.createdAtMs < snapshot.takenAtMs;
}

interface InSetCase {
  readonly set: SnapshotSet;
  readonly member: Member;
  readonly sight: Sight;
}

/** R6: a set can stand for a member of the workstation. */
export const inSet: readonly Guard<InSetCase>[] = [
  {
    name: 'snapshot-in-the-set',
    rule: 'R6',
    missing: ({ set, member }) =>
      set.byDisk.has(member.name) ? undefined : `set ${set.timestamp} has no snapshot of ${member.name}`,
  },
  {
    name: 'last-copy-ready',
    rule: 'R6',
    missing: ({ set, member }) => {
      const snapshot = set.byDisk.get(member.name);
      return member.live !== undefined || snapshot === undefined || isKept(snapshot)
        ? undefined
        : `snapshot ${snapshot.name} is not ready`;
    },
  },
  {
    // A VM goes before the first of its disks does: while it is there, none was put away.
    name: 'gone-disk-was-put-away',
    rule: 'R6',
    missing: ({ set, member: { name, live, record }, sight }) => {
      const snapshot = set.byDisk.get(name);
      if (live !== undefined || snapshot === undefined) return undefined;
      const isPutAway =
        record === undefined ? wasInSet(snapshot, sight) : isRecordInSet(snapshot, record, sight);
      return isPutAway
        ? undefined
        : `disk ${name} is gone, and may have been newer than set ${set.timestamp}`;
    },
  },
];

/** Of what is gone without a trace its VM alone can tell: that it was stopped, with that very disk, before the set was taken. */
function wasInSet({ sourceDiskId, takenAtMs }: Snapshot, { inventory }: Sight): boolean {
  return inventory.vms.every(
    ({ status, lastStoppedAtMs = Infinity, attachments }) =>
      status === 'stopped' &&
      lastStoppedAtMs < takenAtMs &&
      attachments.some(({ diskId }) => diskId === sourceDiskId),
  );
}

function isRecordInSet(snapshot: Snapshot, record: Disk, sight: Sight): boolean {
  const isUnused = record.lastWritable.kind === 'never' && isMadeFrom(record, snapshot);
  return isUnused || proveHolds(snapshot, record, sight).ok;
}

/** Whether one set can stand for a member: its snapshot holds the content, or the live disk is an unused copy of it. */
export function proveInSet(set: SnapshotSet, member: Member, sight: Sight): Verdict<string> {
  const there = pass(inSet, { set, member, sight }, proveContentInSet(set, member, sight));
  return there.ok ? there.value : there;
}

function proveContentInSet(set: SnapshotSet, { name, live }: Member, sight: Sight): Verdict<string> {
  const snapshot = set.byDisk.get(name);
  if (live === undefined || snapshot === undefined)
    return granted(`snapshot ${snapshot?.name ?? name} holds it`);
  const copy = proveOnlyCopy(live, sight.inventory);
  return copy.ok && isMadeFrom(live, snapshot) ? copy : proveHolds(snapshot, live, sight);
}

interface SetCase {
  readonly set: SnapshotSet;
  readonly members: readonly Member[];
  readonly sight: Sight;
}

/** R6: one complete set, with which nothing that is alive disagrees. */
export const restorable: readonly Guard<SetCase>[] = [
  {
    name: 'set-whole',
    rule: 'R6',
    missing: ({ set }) =>
      set.flaws.length === 0 ? undefined : `set ${set.timestamp} is not whole: ${set.flaws.join('; ')}`,
  },
  {
    name: 'live-disks-agree',
    rule: 'R6',
    missing: ({ set, members, sight }) => {
      const remainder = isRemainder(set, members);
      for (const member of members) {
        const agreed = proveInSet(set, member, sight);
        if (agreed.ok) continue;
        const spare = remainder && set.byDisk.get(member.name)?.status === 'ready';
        const unused = member.live !== undefined && proveOnlyCopy(member.live, sight.inventory).ok;
        if (!spare || !unused) return agreed.missing;
      }
      return undefined;
    },
  },
];

/** Whether the whole workstation can be rebuilt from a set without losing anything that is alive. */
export function proveRestorable(
  set: SnapshotSet | undefined,
  members: readonly Member[],
  sight: Sight,
): Verdict<SnapshotSet> {
  if (set === undefined) return missing('there is no snapshot set');
  return pass(restorable, { set, members, sight }, set);
}

interface CutOffCase extends SetCase {
  /** Marks show that no VM was made of the disks since they were put away into the set, or began to be restored from it. */
  readonly atRest: boolean;
}

/** What has to hold for missing disks to be restored beside live ones of which the provider tells nothing. */
export const cutOff: readonly Guard<CutOffCase>[] = [
  {
    name: 'cut-off-set-whole',
    rule: 'R6',
    missing: ({ set }) =>
      set.flaws.length === 0 ? undefined : `set ${set.timestamp} is not whole: ${set.flaws.join('; ')}`,
  },
  {
    name: 'cut-off-without-vm',
    rule: 'R6',
    missing: ({ sight }) => (sight.inventory.vms.length === 0 ? undefined : 'its VM is there'),
  },
  {
    name: 'cut-off-descends-from-set',
    rule: 'R6',
    missing: ({ set, members, sight, atRest }) => {
      for (const member of members) {
        const agreed = proveInSet(set, member, sight);
        if (agreed.ok) continue;
        const { live } = member;
        const snapshot = set.byDisk.get(member.name);
        if (live === undefined || snapshot === undefined) return agreed.missing;
        const untold = live.status === 'ready' && live.lastWritable.kind === 'unknown';
        const known = isNotedIn(live, snapshot) || (atRest && isRestoredFrom(live, snapshot));
        if (!untold || !known) return `${live.name} is not known to come after set ${set.timestamp}`;
      }
      return undefined;
    },
  },
];

/**
 * Whether a run was cut off between putting away and deleting, or while it restored, at a provider that tells nothing of
 * loose disks: then the disks that are gone are in the set, and those that are alive are as new as it or newer. Every disk
 * has its newest content when the missing are restored beside the live; nothing may be deleted on the strength of it.
 */
export function proveCutOff(
  set: SnapshotSet | undefined,
  { members, sealed, boot }: Membership,
  sight: Sight,
): Verdict<SnapshotSet> {
  if (set === undefined) return missing('there is no snapshot set');
  // The boot disk is restored first, and the list of members is written onto it once all are there.
  const restoring =
    sealed === undefined &&
    members.some(
      ({ name, live }) => name === boot && live !== undefined && isRestoredFrom(live, set.byDisk.get(name)),
    );
  // Notes are taken off before a VM is made.
  const noted = members.some(({ name, live }) => {
    const snapshot = set.byDisk.get(name);
    return live !== undefined && snapshot !== undefined && isNotedIn(live, snapshot);
  });
  return pass(cutOff, { set, members, sight, atRest: restoring || noted }, set);
}

function isRestoredFrom(disk: Disk, snapshot: Snapshot | undefined): boolean {
  return snapshot !== undefined && disk.labels.restoredFrom === snapshot.id;
}
