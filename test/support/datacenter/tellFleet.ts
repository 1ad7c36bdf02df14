import type { Attachment, Disk, Fleet, LastWritable, Snapshot, Vm } from '../../../src/core/assets.ts';
import { holderOf, type ModelDisk, type ModelSnapshot, type ModelVm, type World } from './world.ts';

/** All that an account's answer would say, as much of it as this kind of cloud tells. */
export function tellFleet(world: World, account: string): Fleet {
  const ours = <T extends { readonly account: string }>(assets: ReadonlyMap<string, T>): T[] =>
    [...assets.values()].filter((asset) => asset.account === account);
  const holders = new Map<string, ModelVm>();
  for (const vm of world.vms.values()) for (const { diskId } of vm.attachments) holders.set(diskId, vm);
  return {
    readAtMs: world.nowMs,
    account,
    vms: ours(world.vms).map((vm) => tellVm(world, vm)),
    disks: ours(world.disks).map((disk) => tellHeldDisk(world, disk, holders.get(disk.id))),
    snapshots: ours(world.snapshots).map((snapshot) => tellSnapshot(world, snapshot)),
    ...tellEnded(world, account),
  };
}

function tellEnded(world: World, account: string): Pick<Fleet, 'ended'> {
  const { tellsEndedForMs } = world.quirks;
  if (tellsEndedForMs === undefined) return {};
  const told = world.ended.filter(
    (vm) => vm.account === account && vm.endedAtMs + tellsEndedForMs > world.nowMs,
  );
  return {
    ended: told.map(({ id, startedAtMs }) => ({ id, lastStartedAtMs: late(world, startedAtMs) })),
  };
}

export function tellVm(world: World, vm: ModelVm): Vm {
  const { tellsLastStarted, tellsLastStopped } = world.quirks;
  return {
    id: vm.id,
    name: vm.name,
    location: vm.location,
    labels: { ...vm.labels },
    status: vm.settling !== undefined ? 'changing' : vm.power === 'on' ? 'running' : 'stopped',
    statusText:
      vm.settling !== undefined ? `TURNING ${vm.settling.to.toUpperCase()}` : vm.power.toUpperCase(),
    size: vm.size,
    attachments: vm.attachments.map(({ diskId, boot, deletedWithVm }): Attachment => ({
      diskId,
      diskName: world.disks.get(diskId)?.name ?? '',
      boot,
      deletedWithVm,
    })),
    ...(tellsLastStarted && vm.startedAtMs !== undefined && { lastStartedAtMs: late(world, vm.startedAtMs) }),
    ...(tellsLastStopped && vm.stoppedAtMs !== undefined && { lastStoppedAtMs: late(world, vm.stoppedAtMs) }),
    diesWithVm: vm.localContent === undefined ? [] : ['what is on its local SSD'],
  };
}

export function tellDisk(world: World, disk: ModelDisk): Disk {
  return tellHeldDisk(world, disk, holderOf(world, disk.id));
}

function tellHeldDisk(world: World, disk: ModelDisk, holder: ModelVm | undefined): Disk {
  const token = contentToken(world, disk.id, disk.content);
  return {
    id: disk.id,
    name: disk.name,
    location: disk.location,
    labels: { ...disk.labels },
    status: disk.settling !== undefined ? 'changing' : disk.status,
    statusText: disk.settling !== undefined ? 'CREATING' : disk.status.toUpperCase(),
    sizeBytes: disk.sizeBytes,
    type: disk.type,
    origin: disk.origin,
    createdAtMs: disk.createdAtMs,
    attachedTo: holder === undefined ? [] : [holder.id],
    lastWritable: lastWritable(world, disk, holder),
    ...(world.quirks.lastWritable !== 'while-attached' &&
      disk.attachedAtMs !== undefined && { lastAttachedAtMs: late(world, disk.attachedAtMs) }),
    ...(token !== undefined && { contentVersion: token }),
  };
}

export function tellSnapshot(world: World, snapshot: ModelSnapshot): Snapshot {
  const token = contentToken(world, snapshot.sourceDiskId, snapshot.content);
  return {
    id: snapshot.id,
    name: snapshot.name,
    location: snapshot.location,
    labels: { ...snapshot.labels },
    status: snapshot.settling !== undefined ? 'changing' : snapshot.status,
    statusText: snapshot.settling !== undefined ? 'UPLOADING' : snapshot.status.toUpperCase(),
    sourceDiskId: snapshot.sourceDiskId,
    sizeBytes: snapshot.sizeBytes,
    takenAtMs: early(world, snapshot.takenAtMs),
    kind: snapshot.kind,
    ...(token !== undefined && { contentVersion: token }),
  };
}

/** Errs late: a moment too early would make an old snapshot pass for a fresh one. */
function lastWritable(world: World, disk: ModelDisk, holder: ModelVm | undefined): LastWritable {
  if (holder !== undefined && (holder.power === 'on' || holder.settling !== undefined))
    return { kind: 'now' };
  const told = world.quirks.lastWritable;
  if (told === 'exact') return lastMoment(world, disk.writableAtMs);
  if (holder === undefined) {
    return told === 'attach-times' ? lastMoment(world, disk.detachedAtMs) : { kind: 'unknown' };
  }
  // Before it was attached here it may have been elsewhere, in a VM that ran longer than this one.
  const attachedAtMs = holder.attachments.find(({ diskId }) => diskId === disk.id)?.attachedAtMs ?? 0;
  return lastMoment(world, Math.max(holder.stoppedAtMs ?? 0, attachedAtMs));
}

function lastMoment(world: World, atMs: number | undefined): LastWritable {
  return atMs === undefined ? { kind: 'never' } : { kind: 'at', atMs: late(world, atMs) };
}

function contentToken(world: World, diskId: string, content: number): string | undefined {
  switch (world.quirks.contentVersions) {
    case 'untold':
      return undefined;
    case 'of-incarnation':
      return `${diskId}@${content}`;
    case 'of-content':
      return `@${content}`;
  }
}

function late(world: World, atMs: number): number {
  const { timeResolutionMs } = world.quirks;
  return Math.ceil(atMs / timeResolutionMs) * timeResolutionMs;
}

function early(world: World, atMs: number): number {
  const { timeResolutionMs } = world.quirks;
  return Math.floor(atMs / timeResolutionMs) * timeResolutionMs;
}
