import type { Disk, Inventory } from './assets.ts';

/**
 * What one run has seen with its own eyes. Deleting a VM erases its last stop time, so that an inventory alone forgets
 * what the run knew a moment before; the second half of R2 rests on this. Plain data, changed by pure functions only.
 */
export interface Observations {
  /** How many inventories the run has read. */
  readonly reads: number;
  /** By disk id: since which read nothing could write to it, without a gap. */
  readonly quiet: ReadonlyMap<string, QuietSince>;
  /** By snapshot name: after how many reads this run asked for it. */
  readonly requested: ReadonlyMap<string, number>;
  /** The names of the snapshots that each read showed for the first time, so that an old one is never taken for a new one. */
  readonly firstSeen: ReadonlyMap<string, number>;
  /** The VMs of the last read by id, with their last start where it was told. */
  readonly vms: ReadonlyMap<string, number | undefined>;
  /** Ids of the disks that this run has detached. */
  readonly released: ReadonlySet<string>;
}

interface QuietSince {
  readonly read: number;
  /** When the disk was last attached, as far as the provider tells. */
  readonly lastAttachedAtMs: number | undefined;
  /** The stopped VM that holds the disk; undefined while it is unattached. */
  readonly holder: { readonly vmId: string; readonly lastStartedAtMs: number } | undefined;
}

export const nothingObserved: Observations = {
  reads: 0,
  quiet: new Map(),
  requested: new Map(),
  firstSeen: new Map(),
  vms: new Map(),
  released: new Set(),
};

type Holding = 'unattached' | 'writable' | { readonly vmId: string; readonly lastStartedAtMs: number };

/** Who could write to a disk, by both accounts: the disk's and the VMs'. */
function holdingOf(disk: Disk, inventory: Inventory): Holding {
  const vms = [...inventory.vms, ...inventory.strangers];
  const holders = vms.filter(
    (vm) =>
      disk.attachedTo.includes(vm.id) || vm.attachments.some((attachment) => attachment.diskId === disk.id),
  );
  const unseen = disk.attachedTo.some((id) => !vms.some((vm) => vm.id === id));
  if (unseen || holders.length > 1 || disk.lastWritable.kind === 'now') return 'writable';
  const [holder] = holders;
  if (holder === undefined) return 'unattached';
  if (holder.status !== 'stopped') return 'writable';
  // A VM that never started has no start time; one whose provider does not tell the time proves nothing later on.
  const lastStartedAtMs = holder.lastStartedAtMs ?? (disk.lastWritable.kind === 'never' ? 0 : undefined);
  return lastStartedAtMs === undefined ? 'writable' : { vmId: holder.id, lastStartedAtMs };
}

/** A VM that is still there tells whether it was started since. */
function startOf(vmId: string, { vms }: Inventory): number | undefined {
  const vm = vms.find(({ id }) => id === vmId);
  return vm?.status === 'stopped' ? (vm.lastStartedAtMs ?? 0) : undefined;
}

/**
 * Whether nothing can have written to a disk between two reads. A VM that was deleted in between mostly tells no more whether it
 * was started right before, and some clouds delete a running one without a murmur: it has to lose its disks first, and to be
 * seen without them and not started since.
 */
function continues(
  before: QuietSince,
  holding: Exclude<Holding, 'writable'>,
  disk: Disk,
  seen: Observations,
  inventory: Inventory,
): boolean {
  const { holder } = before;
  if (before.lastAttachedAtMs !== disk.lastAttachedAtMs) return false;
  if (holding !== 'unattached') {
    return holder?.vmId === holding.vmId && holder.lastStartedAtMs === holding.lastStartedAtMs;
  }
  // A VM that vanished may have been given the disk and started in its last moment, and nothing tells of it.
  const vanished = [...seen.vms].some(([id, startedAtMs]) => !isAccountedFor(id, startedAtMs, inventory));
  if (holder === undefined) return !vanished || disk.lastAttachedAtMs !== undefined;
  return seen.released.has(disk.id) && startOf(holder.vmId, inventory) === holder.lastStartedAtMs;
}

/** A VM is still there, or the provider tells that it ended without having been started again. */
function isAccountedFor(
  id: string,
  startedAtMs: number | undefined,
  { vms, ended = [] }: Inventory,
): boolean {
  if (vms.some((vm) => vm.id === id)) return true;
  return ended.some((vm) => vm.id === id && vm.lastStartedAtMs === startedAtMs);
}

/** Adds one inventory to what the run has seen. */
export function observe(seen: Observations, inventory: Inventory): Observations {
  const reads = seen.reads + 1;
  const quiet = new Map<string, QuietSince>();
  for (const disk of inventory.disks) {
    const holding = holdingOf(disk, inventory);
    if (holding === 'writable') continue;
    const before = seen.quiet.get(disk.id);
    quiet.set(disk.id, {
      read: before !== undefined && continues(before, holding, disk, seen, inventory) ? before.read : reads,
      lastAttachedAtMs: disk.lastAttachedAtMs,
      holder: holding === 'unattached' ? undefined : holding,
    });
  }
  const firstSeen = new Map(seen.firstSeen);
  for (const { name } of inventory.snapshots) if (!firstSeen.has(name)) firstSeen.set(name, reads);
  return { ...seen, reads, quiet, firstSeen, vms: startsOf(inventory) };
}

function startsOf({ vms }: Inventory): ReadonlyMap<string, number | undefined> {
  return new Map(vms.map(({ id, lastStartedAtMs }) => [id, lastStartedAtMs]));
}

/** Remembers that this run is about to ask for a snapshot of that name. */
export function noteSnapshotRequested(seen: Observations, name: string): Observations {
  return seen.requested.has(name)
    ? seen
    : { ...seen, requested: new Map(seen.requested).set(name, seen.reads) };
}

/** Remembers that this run itself detached a disk. */
export function noteReleased(seen: Observations, id: string): Observations {
  return { ...seen, released: new Set(seen.released).add(id) };
}

/**
 * Whether this run saw the disk quiet from before it asked for the snapshot until its last read, and whether the
 * snapshot was not there before it was asked for.
 */
export function sawQuietSince(seen: Observations, diskId: string, snapshotName: string): boolean {
  const quiet = seen.quiet.get(diskId);
  // Reads count from 1: 0 is before them all, and it is never.
  const requested = seen.requested.get(snapshotName) ?? 0;
  const firstSeen = seen.firstSeen.get(snapshotName) ?? 0;
  return quiet !== undefined && quiet.read <= requested && requested < firstSeen;
}
