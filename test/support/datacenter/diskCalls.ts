import type { DiskOrigin, Labels } from '../../../src/core/assets.ts';
import type { InPlace } from '../../../src/core/provider.ts';
import { settleDue } from './guests.ts';
import type { ModelVm, World } from './world.ts';
import {
  claimName,
  claimQuota,
  diskOf,
  drawId,
  holderOf,
  locationOf,
  refusal,
  snapshotOf,
  takeFate,
} from './world.ts';

/** What a datacenter is asked about disks and snapshots. Not idempotent and as strict as the real ones. */

export interface NewDisk {
  readonly name: string;
  readonly location: string;
  readonly sizeBytes: number;
  readonly type: string;
  readonly source: Exclude<DiskOrigin, { from: 'unknown' }>;
  readonly labels: Labels;
}

export function createDisk(world: World, account: string, wanted: NewDisk, token?: string): string {
  const { quirks } = world;
  const replayed = world.tokens.get(`${account}/${token}`);
  if (replayed !== undefined) return replayed;
  const verb = `create disk ${wanted.name}`;
  const location = locationOf(world, wanted.location, verb);
  checkDiskType(world, wanted.type, verb);
  checkDiskSize(world, wanted.sizeBytes, verb);
  claimName(world, 'disk', world.disks.values(), account, wanted.location, wanted.name);
  let content = 0;
  if (wanted.source.from === 'snapshot') {
    const snapshot = snapshotOf(world, account, wanted.source.snapshotId, 'restore');
    if (snapshot.status !== 'ready') {
      throw refusal('refused', `cannot ${verb}: snapshot ${snapshot.name} is not ready`);
    }
    if (snapshot.sizeBytes > wanted.sizeBytes) {
      throw refusal('refused', `cannot ${verb}: it is smaller than the disk of snapshot ${snapshot.name}`);
    }
    const home = locationOf(world, snapshot.location, verb);
    const near =
      quirks.snapshotReach === 'account' ||
      (quirks.snapshotReach === 'region' && home.region === location.region) ||
      home.name === location.name;
    if (!near) throw refusal('refused', `cannot ${verb}: snapshot ${snapshot.name} is in ${home.name}`);
    content = snapshot.content;
  }
  claimQuota(world, 'disks', account, verb);
  const { fails, extraMs } = takeFate(world);
  const id = drawId(world, 'disk');
  world.disks.set(id, {
    id,
    account,
    name: wanted.name,
    location: wanted.location,
    origin: wanted.source,
    createdAtMs: world.nowMs,
    workstation: wanted.labels.workstation ?? '',
    disk: wanted.labels.disk ?? wanted.name,
    labels: wanted.labels,
    type: wanted.type,
    sizeBytes: wanted.sizeBytes,
    content,
    status: 'ready',
    settling: {
      atMs: world.nowMs + quirks.durations.createDiskMs + extraMs,
      to: fails ? 'failed' : 'ready',
    },
    writableAtMs: undefined,
    attachedAtMs: undefined,
    detachedAtMs: undefined,
  });
  if (token !== undefined) world.tokens.set(`${account}/${token}`, id);
  settleDue(world);
  return id;
}

export function deleteDisk(world: World, account: string, id: string): void {
  const disk = diskOf(world, account, id, 'delete');
  const holder = holderOf(world, id);
  if (holder !== undefined) {
    throw refusal('refused', `cannot delete disk ${disk.name}: it is attached to VM ${holder.name}`);
  }
  world.disks.delete(id);
  // safety.md 9: instant snapshots are kept with their disk, and go with it.
  for (const snapshot of world.snapshots.values())
    if (snapshot.kind === 'instant' && snapshot.sourceDiskId === id) world.snapshots.delete(snapshot.id);
}

export function growDisk(world: World, account: string, id: string, sizeBytes: number): void {
  const disk = diskOf(world, account, id, 'grow');
  if (sizeBytes < disk.sizeBytes)
    throw refusal('refused', `cannot shrink disk ${disk.name}: disks only grow`);
  checkDiskSize(world, sizeBytes, `grow disk ${disk.name}`);
  checkInPlace(world.quirks.grow, holderOf(world, id), `grow disk ${disk.name}`);
  disk.sizeBytes = sizeBytes;
}

export function changeDiskType(world: World, account: string, id: string, type: string): void {
  const disk = diskOf(world, account, id, 'change');
  checkDiskType(world, type, `change disk ${disk.name}`);
  checkInPlace(world.quirks.changeType, holderOf(world, id), `change the type of disk ${disk.name}`);
  disk.type = type;
}

export interface NewSnapshot {
  readonly diskId: string;
  readonly name: string;
  /** Where it is kept; clouds with one place for all of an account's snapshots take it from the disk. */
  readonly location: string;
  readonly labels: Labels;
}

/** Holds what was on the disk when it was called, though it is of use only once it is ready. */
export function snapshotDisk(world: World, account: string, wanted: NewSnapshot): string {
  const disk = diskOf(world, account, wanted.diskId, 'snapshot');
  locationOf(world, wanted.location, `create snapshot ${wanted.name}`);
  claimName(world, 'snapshot', world.snapshots.values(), account, wanted.location, wanted.name);
  const { snapshot: when, snapshotWhileChanging = false } = world.quirks;
  const holder = holderOf(world, disk.id);
  if (!snapshotWhileChanging || holder?.settling === undefined)
    checkInPlace(when, holder, `snapshot disk ${disk.name}`);
  if (disk.status !== 'ready') throw refusal('refused', `cannot snapshot disk ${disk.name}: it is not ready`);
  claimQuota(world, 'snapshots', account, `create snapshot ${wanted.name}`);
  const { fails, extraMs } = takeFate(world);
  const id = drawId(world, 'snapshot');
  world.snapshots.set(id, {
    id,
    account,
    name: wanted.name,
    location: wanted.location,
    sourceDiskId: disk.id,
    sizeBytes: disk.sizeBytes,
    content: disk.content,
    takenAtMs: world.nowMs,
    kind: 'taken',
    labels: wanted.labels,
    status: 'ready',
    settling: {
      atMs: world.nowMs + world.quirks.durations.snapshotMs + extraMs,
      to: fails ? 'failed' : 'ready',
    },
  });
  settleDue(world);
  return id;
}

export function deleteSnapshot(world: World, account: string, id: string): void {
  snapshotOf(world, account, id, 'delete');
  world.snapshots.delete(id);
}

/** Merges, in one step; a value that is undefined takes its label away. */
export function mergeLabels(
  assets: ReadonlyMap<string, { readonly account: string; labels: Labels }>,
  account: string,
  id: string,
  changes: { readonly [key in keyof Labels]: Labels[key] | undefined },
): void {
  const asset = assets.get(id);
  if (asset === undefined || asset.account !== account) {
    throw refusal('not-found', `cannot label ${id}: there is no such asset in account ${account}`);
  }
  asset.labels = mergedLabels(asset.labels, changes);
}

export function mergedLabels(
  labels: Labels,
  changes: { readonly [key in keyof Labels]: Labels[key] | undefined },
): Labels {
  const merged: Record<string, unknown> = { ...labels, ...changes };
  return Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== undefined));
}

/** Refuses what cannot be done to a disk or VM while it is held, runs, or at all. */
export function checkInPlace(when: InPlace, holder: ModelVm | undefined, verb: string): void {
  if (when === 'never') throw refusal('refused', `cannot ${verb}: it cannot be done in place`);
  if (holder === undefined) return;
  if (holder.settling !== undefined) throw refusal('busy', `cannot ${verb}: VM ${holder.name} is changing`);
  if (when === 'stopped' && holder.power === 'on') {
    throw refusal('refused', `cannot ${verb}: VM ${holder.name} is running`);
  }
}

function checkDiskType(world: World, type: string, verb: string): void {
  if (!world.quirks.diskTypes.includes(type)) {
    throw refusal('configuration', `cannot ${verb}: there is no disk type ${type}`);
  }
}

function checkDiskSize(world: World, sizeBytes: number, verb: string): void {
  const { smallestDiskBytes, largestDiskBytes } = world.quirks;
  if (!Number.isSafeInteger(sizeBytes) || sizeBytes < smallestDiskBytes || sizeBytes > largestDiskBytes) {
    throw refusal('configuration', `cannot ${verb}: a disk cannot have ${sizeBytes} bytes`);
  }
}
