import type { Inventory, Snapshot, SnapshotStatus } from './assets.ts';
import { type Claim, diskOf, setOf } from './inventory.ts';

/** All snapshots of a workstation that share one timestamp. */
export interface SnapshotSet {
  readonly timestamp: string;
  readonly byDisk: ReadonlyMap<string, Snapshot>;
  /** How many disks the set is of: by its labels; for unlabelled ones the file says. */
  readonly size: number;
  /** What keeps the set from being whole; empty: complete, and every snapshot ready. */
  readonly flaws: readonly string[];
  readonly clean: boolean;
  /** By the provider's clock. */
  readonly firstTakenAtMs: number;
  readonly lastTakenAtMs: number;
  /** The disk that boots, where the labels remember. */
  readonly boot: string | undefined;
}

/** Nothing can be restored from a snapshot that is not ready. */
const flawByStatus: Readonly<Record<SnapshotStatus, string | undefined>> = {
  ready: undefined,
  changing: 'not finished',
  failed: 'unusable',
  unknown: 'unusable',
};

/**
 * Which of several snapshots of one name stands for it; undefined where that is not known. Two runs at once may both have taken
 * one for the same set: where each is whole and of the same incarnation, the later holds all that the earlier does.
 */
function electedOf(twins: readonly Snapshot[]): Snapshot | undefined {
  const latestFirst = twins.toSorted(
    (left, right) => right.takenAtMs - left.takenAtMs || (left.id < right.id ? -1 : 1),
  );
  const isWhole = ({ status, kind, labels }: Snapshot) =>
    status === 'ready' && kind === 'taken' && labels.clean === true;
  const isLike = (other: Snapshot, one: Snapshot) =>
    one.sourceDiskId !== undefined &&
    other.sourceDiskId === one.sourceDiskId &&
    other.sizeBytes === one.sizeBytes;
  return latestFirst.find(
    (one) => twins.length === 1 || twins.every((other) => isWhole(other) && isLike(other, one)),
  );
}

function flawsOf(
  snapshots: readonly Snapshot[],
  byDisk: ReadonlyMap<string, Snapshot>,
  size: number,
  isClear: boolean,
): string[] {
  const flaws: string[] = [];
  if (!isClear) flaws.push('it holds two snapshots of one disk');
  if (byDisk.size < size) flaws.push(`it holds ${byDisk.size} of ${size} disks`);
  if (byDisk.size > size) flaws.push(`it holds ${byDisk.size} disks although it says ${size}`);
  if (new Set(snapshots.map((snapshot) => snapshot.labels.setSize)).size > 1) {
    flaws.push('its snapshots disagree about how many they are');
  }
  for (const [disk, { status, statusText }] of byDisk) {
    const flaw = flawByStatus[status];
    if (flaw !== undefined) flaws.push(`the snapshot of ${disk} is ${flaw} (${statusText})`);
  }
  return flaws;
}

/** The sets of a workstation, oldest first, by the timestamps in their names. */
export function snapshotSetsOf(inventory: Inventory, claim: Claim): SnapshotSet[] {
  const groups = new Map<string, Snapshot[]>();
  for (const snapshot of inventory.snapshots) {
    const set = setOf(snapshot, claim);
    if (set !== undefined) groups.set(set, [...(groups.get(set) ?? []), snapshot]);
  }
  return [...groups.entries()]
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([timestamp, snapshots]) => {
      const byDisk = new Map<string, Snapshot>();
      let isClear = true;
      for (const snapshot of snapshots) {
        const disk = diskOf(snapshot, claim);
        const twins = snapshots.filter((other) => diskOf(other, claim) === disk);
        const elected = disk === undefined ? undefined : electedOf(twins);
        if (elected === undefined) isClear = false;
        if (disk !== undefined) byDisk.set(disk, elected ?? snapshot);
      }
      const size = Math.max(
        ...snapshots.map((snapshot) => snapshot.labels.setSize ?? claim.workstation.disks.length),
      );
      const times = snapshots.map((snapshot) => snapshot.takenAtMs);
      return {
        timestamp,
        byDisk,
        size,
        flaws: flawsOf(snapshots, byDisk, size, isClear),
        clean: snapshots.every((snapshot) => snapshot.labels.clean === true),
        firstTakenAtMs: Math.min(...times),
        lastTakenAtMs: Math.max(...times),
        boot: snapshots.find((snapshot) => snapshot.labels.role === 'boot')?.labels.disk,
      };
    });
}

/**
 * Where the timestamps in the names and the provider's own times disagree about which set is the newest (safety 6):
 * the sentence that says so.
 */
export function disorderOf(sets: readonly SnapshotSet[]): string | undefined {
  const newest = sets.at(-1);
  if (newest === undefined) return undefined;
  const older = sets.slice(0, -1).find((set) => set.lastTakenAtMs > newest.firstTakenAtMs);
  return (
    older &&
    `by its name set ${newest.timestamp} is the newest, by the provider's clock set ${older.timestamp} is`
  );
}
