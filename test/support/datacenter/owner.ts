import { ChewsError } from '../../../src/core/errors.ts';
import { deleteDisk, deleteSnapshot } from './diskCalls.ts';
import { advance, guestWrites, powerOff, powerOn, writeLocally } from './guests.ts';
import { blameOwner, losses } from './oracle.ts';
import { attachDisk, deleteVm, detachDisk, setDeletionFlag, startVm, stopVm } from './vmCalls.ts';
import { drawId, holderOf, type ModelDisk, type ModelVm, refusal, type World } from './world.ts';

/** What an owner does by hand, past chews, as data that a property test can draw and print. Assets by their names. */
export type Deed =
  | {
      readonly deed: 'start-vm' | 'stop-vm' | 'power-off-inside' | 'write' | 'delete-vm' | 'write-locally';
      readonly vm: string;
    }
  /** Writes through a VM: the one that holds the disk, or a rescue VM that is gone again afterwards. */
  | { readonly deed: 'write-disk' | 'delete-disk' | 'attach-elsewhere'; readonly disk: string }
  | { readonly deed: 'attach' | 'detach'; readonly vm: string; readonly disk: string }
  | {
      readonly deed: 'flip-deletion-flag';
      readonly vm: string;
      readonly disk: string;
      readonly to: boolean;
    }
  | { readonly deed: 'delete-snapshot'; readonly snapshot: string }
  | { readonly deed: 'wait'; readonly milliseconds: number };

/**
 * Does it, as far as the datacenter lets him; false where it refused and nothing happened. What he loses by it is on his
 * own head and no longer counted.
 */
export function actAsOwner(world: World, account: string, deed: Deed): boolean {
  if (deed.deed === 'wait') {
    advance(world, deed.milliseconds);
    return true;
  }
  advance(world, world.quirks.callTakesMs);
  const lostBefore = losses(world);
  try {
    act(world, account, deed);
  } catch (error) {
    if (error instanceof ChewsError) return false;
    throw error;
  }
  blameOwner(world, lostBefore, JSON.stringify(deed));
  return true;
}

function act(world: World, account: string, deed: Exclude<Deed, { deed: 'wait' }>): void {
  const vm = 'vm' in deed ? named(world.vms, 'VM', account, deed.vm) : undefined;
  const disk = 'disk' in deed ? named(world.disks, 'disk', account, deed.disk) : undefined;
  if (deed.deed === 'delete-snapshot') {
    deleteSnapshot(world, account, named(world.snapshots, 'snapshot', account, deed.snapshot).id);
  } else if (vm !== undefined && disk !== undefined) {
    actOnBoth(world, account, deed, vm, disk);
  } else if (vm !== undefined) {
    actOnVm(world, account, deed.deed, vm);
  } else if (disk !== undefined) {
    actOnDisk(world, account, deed.deed, disk);
  }
}

function actOnBoth(world: World, account: string, deed: Deed, vm: ModelVm, disk: ModelDisk): void {
  if (deed.deed === 'attach') attachDisk(world, account, vm.id, disk.id);
  if (deed.deed === 'detach') detachDisk(world, account, vm.id, disk.id);
  if (deed.deed === 'flip-deletion-flag') setDeletionFlag(world, account, vm.id, disk.id, deed.to);
}

function actOnVm(world: World, account: string, deed: Deed['deed'], vm: ModelVm): void {
  if (deed === 'start-vm') startVm(world, account, vm.id);
  if (deed === 'stop-vm') stopVm(world, account, vm.id);
  if (deed === 'delete-vm') deleteVm(world, account, vm.id);
  if (deed === 'write') guestWrites(world, vm);
  if (deed === 'write-locally') writeLocally(world, vm);
  // No call of the datacenter: it learns of it, and stamps the time, when the guest is gone.
  if (deed === 'power-off-inside' && vm.power === 'on' && vm.settling === undefined) powerOff(world, vm);
}

function actOnDisk(world: World, account: string, deed: Deed['deed'], disk: ModelDisk): void {
  if (deed === 'delete-disk') deleteDisk(world, account, disk.id);
  if (deed === 'attach-elsewhere') attachElsewhere(world, account, disk);
  if (deed === 'write-disk') writeDisk(world, account, disk);
}

/** Attaches a disk to a running VM of its own, `stranger-<n>`, whose guest writes to it. */
function attachElsewhere(world: World, account: string, disk: ModelDisk): ModelVm {
  if (disk.status !== 'ready') throw refusal('refused', `cannot attach disk ${disk.name}: it is not ready`);
  const holder = holderOf(world, disk.id);
  if (holder !== undefined) detachDisk(world, account, holder.id, disk.id);
  const id = drawId(world, 'vm');
  const stranger: ModelVm = {
    id,
    account,
    name: `stranger-${world.drawn}`,
    location: disk.location,
    image: 'none',
    labels: {},
    size: { cpus: 1, memoryBytes: 1 },
    power: 'off',
    settling: undefined,
    firstBoot: false,
    startedAtMs: undefined,
    stoppedAtMs: undefined,
    localContent: undefined,
    attachments: [{ diskId: disk.id, boot: false, attachedAtMs: world.nowMs, deletedWithVm: false }],
  };
  disk.attachedAtMs = world.nowMs;
  world.vms.set(id, stranger);
  powerOn(world, stranger);
  return stranger;
}

function writeDisk(world: World, account: string, disk: ModelDisk): void {
  const holder = holderOf(world, disk.id);
  if (holder === undefined) {
    const rescue = attachElsewhere(world, account, disk);
    powerOff(world, rescue);
    deleteVm(world, account, rescue.id);
  } else if (holder.power === 'on') {
    guestWrites(world, holder);
  } else {
    startVm(world, account, holder.id);
    advance(world, world.quirks.durations.startMs + 1);
    stopVm(world, account, holder.id);
    advance(world, world.quirks.durations.stopMs + 1);
  }
}

function named<T extends { readonly account: string; readonly name: string }>(
  assets: ReadonlyMap<string, T>,
  kind: string,
  account: string,
  name: string,
): T {
  const asset = [...assets.values()].find(
    (candidate) => candidate.account === account && candidate.name === name,
  );
  if (asset === undefined) throw refusal('not-found', `cannot find ${kind} ${name}`);
  return asset;
}
