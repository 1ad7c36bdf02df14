import { remember } from './pictures.ts';
import type { ContentWrite, ModelDisk, ModelVm, World } from './world.ts';

/** Lets time pass: what is under way comes to its end in order, and every guest that runs writes to its disks. */
export function advance(world: World, milliseconds: number): void {
  const end = world.nowMs + milliseconds;
  if (milliseconds > 0) remember(world);
  for (;;) {
    const next = nextSettling(world, end);
    if (next === undefined) break;
    world.nowMs = Math.max(world.nowMs, next);
    settleDue(world);
    remember(world);
  }
  world.nowMs = end;
  if (milliseconds > 0) for (const vm of world.vms.values()) guestWrites(world, vm);
}

/** Ends what is due now. A call that takes no time is over when it returns. */
export function settleDue(world: World): void {
  for (const asset of [...world.disks.values(), ...world.snapshots.values()]) {
    if (asset.settling === undefined || asset.settling.atMs > world.nowMs) continue;
    asset.status = asset.settling.to;
    asset.settling = undefined;
  }
  for (const vm of world.vms.values()) {
    if (vm.settling === undefined || vm.settling.atMs > world.nowMs) continue;
    if (vm.settling.to === 'off') powerOff(world, vm);
    vm.settling = undefined;
  }
}

function nextSettling(world: World, endMs: number): number | undefined {
  let next: number | undefined;
  for (const assets of [world.vms, world.disks, world.snapshots]) {
    for (const { settling } of assets.values()) {
      if (settling === undefined || settling.atMs > endMs) continue;
      if (next === undefined || settling.atMs < next) next = settling.atMs;
    }
  }
  return next;
}

/** Booting alone writes: logs, journals, the time of the last mount. */
export function powerOn(world: World, vm: ModelVm): void {
  vm.power = 'on';
  vm.startedAtMs = world.nowMs;
  const formats = vm.firstBoot && world.quirks.firstBootFormats;
  vm.firstBoot = false;
  if (!formats) return guestWrites(world, vm);
  for (const disk of disksOf(world, vm)) write(world, disk, undefined);
}

export function powerOff(world: World, vm: ModelVm): void {
  // Shutting down flushes what was still in memory.
  guestWrites(world, vm);
  vm.power = 'off';
  vm.stoppedAtMs = world.nowMs;
}

/** A guest that runs raises the content of every disk that it holds. */
export function guestWrites(world: World, vm: ModelVm): void {
  if (vm.power === 'off') return;
  for (const disk of disksOf(world, vm)) write(world, disk, disk.content === 0 ? undefined : disk.content);
}

/** To a local SSD, say: to what dies with the VM (safety.md 11). */
export function writeLocally(world: World, vm: ModelVm): void {
  const whose = { workstation: vm.labels.workstation ?? '', disk: 'local', diskId: vm.id };
  vm.localContent = noteWrite(world, whose, vm.localContent);
}

function write(world: World, disk: ModelDisk, parent: number | undefined): void {
  const { workstation, disk: name, id } = disk;
  disk.content = noteWrite(world, { workstation, disk: name, diskId: id }, parent);
  disk.writableAtMs = world.nowMs;
}

function noteWrite(
  { contents, nowMs }: World,
  whose: Pick<ContentWrite, 'workstation' | 'disk' | 'diskId'>,
  parent: number | undefined,
): number {
  const version = contents.next;
  contents.next += 1;
  contents.writes.set(version, { version, parent, ...whose, atMs: nowMs });
  // A second disk restored from the same snapshot begins a branch of its own: both ends have to be kept.
  if (parent !== undefined) contents.heads.delete(parent);
  contents.heads.add(version);
  return version;
}

export function disksOf(world: World, vm: ModelVm): ModelDisk[] {
  return vm.attachments.map(({ diskId }) => {
    const disk = world.disks.get(diskId);
    if (disk === undefined) throw new Error(`the model is broken: VM ${vm.name} holds no disk ${diskId}`);
    return disk;
  });
}
