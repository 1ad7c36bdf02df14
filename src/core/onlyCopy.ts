import type { Disk, Inventory, Snapshot } from './assets.ts';
import { type Guard, pass } from './guard.ts';
import type { SnapshotSet } from './snapshotSets.ts';
import type { Verdict } from './verdict.ts';

interface CopyCase {
  readonly disk: Disk;
  readonly inventory: Inventory;
}

/** By the id of the snapshot, as the provider tells it. */
export function isMadeFrom({ origin }: Disk, snapshot: Snapshot): boolean {
  return origin.from === 'snapshot' && origin.snapshotId === snapshot.id;
}

function sourceOf({ disk, inventory }: CopyCase): Snapshot | undefined {
  return inventory.snapshots.find((snapshot) => isMadeFrom(disk, snapshot));
}

/** R2: a disk is nothing but a copy of what can be had again. */
export const onlyCopy: readonly Guard<CopyCase>[] = [
  {
    name: 'never-written',
    rule: 'R2',
    missing: ({ disk }) =>
      disk.lastWritable.kind === 'never' ? undefined : `${disk.name} may have been written to`,
  },
  {
    name: 'origin-known',
    rule: 'R2',
    missing: ({ disk }) =>
      disk.origin.from === 'unknown' ? `nobody knows what ${disk.name} was made from` : undefined,
  },
  {
    name: 'source-still-there',
    rule: 'R2',
    missing: (of) =>
      of.disk.origin.from === 'snapshot' && sourceOf(of) === undefined
        ? `the snapshot that ${of.disk.name} was made from is gone`
        : undefined,
  },
  {
    name: 'source-as-taken',
    rule: 'R2',
    missing: (of) => {
      const source = sourceOf(of);
      return source === undefined || source.kind === 'taken'
        ? undefined
        : `snapshot ${source.name}, which ${of.disk.name} was made from, is not as it was taken (${source.statusText})`;
    },
  },
  {
    name: 'source-ready',
    rule: 'R2',
    missing: (of) => {
      const source = sourceOf(of);
      return source === undefined || isKept(source)
        ? undefined
        : `snapshot ${source.name}, which ${of.disk.name} was made from, is not ready`;
    },
  },
];

/** Ready, and not on its way out. */
export function isKept({ status, labels }: Snapshot): boolean {
  return status === 'ready' && labels.deleting !== true;
}

/** Whether a disk was never written since it was made of something that can be had again. */
export function proveOnlyCopy(disk: Disk, inventory: Inventory): Verdict<string> {
  const of = { disk, inventory };
  return pass(onlyCopy, of, describeCopy(of));
}

function describeCopy(of: CopyCase): string {
  const { origin } = of.disk;
  switch (origin.from) {
    case 'blank':
    case 'unknown':
      return 'it is blank and was never used';
    case 'image':
      return `it is an unused copy of image ${origin.image}`;
    case 'snapshot':
      return `it is an unused copy of snapshot ${sourceOf(of)?.name ?? origin.snapshotId}`;
  }
}

/**
 * The live disks that are not of the newest set, where no VM was made of any and all are unused copies of snapshots: going back to
 * another set was cut off, or ran into another run. What they hold is in their snapshots, and the newest content is in the newest set.
 */
export function staleCopies(
  newest: SnapshotSet | undefined,
  live: readonly Disk[],
  inventory: Inventory,
): readonly Disk[] {
  const isUnused =
    newest?.flaws.length === 0 &&
    inventory.vms.length === 0 &&
    live.every((disk) => disk.origin.from === 'snapshot' && proveOnlyCopy(disk, inventory).ok);
  return isUnused ? live.filter((disk) => !isOfSet(disk, newest)) : [];
}

/** Whether a disk was made from one of the snapshots of a set. */
export function isOfSet(disk: Disk, set: SnapshotSet): boolean {
  return [...set.byDisk.values()].some((snapshot) => isMadeFrom(disk, snapshot));
}
