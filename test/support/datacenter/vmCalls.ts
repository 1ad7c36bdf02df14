import type { Labels } from '../../../src/core/assets.ts';
import type { Size } from '../../../src/core/workstation.ts';
import { checkInPlace, createDisk, type NewDisk } from './diskCalls.ts';
import { advance, disksOf, powerOff, powerOn, settleDue } from './guests.ts';
import type { ModelAttachment, ModelDisk, ModelVm, World } from './world.ts';
import {
  claimName,
  claimQuota,
  diskOf,
  drawId,
  holderOf,
  locationOf,
  refusal,
  takeFate,
  vmOf,
} from './world.ts';

/** What a datacenter is asked about VMs. Not idempotent and as strict as the real ones. */

export interface NewVm {
  readonly name: string;
  readonly location: string;
  readonly size: Size;
  readonly image: string;
  /** The first one boots. A flag that is not spoken of is what the quirks say. */
  readonly disks: readonly { readonly diskId: string; readonly deletedWithVm?: boolean }[];
  /** Disks that come into being with it, the boot disk first. */
  readonly makes?: readonly NewDisk[];
  readonly labels: Labels;
  readonly firstBoot: boolean;
}

export function createVm(world: World, account: string, wanted: NewVm, token?: string): string {
  const { quirks } = world;
  const replayed = world.tokens.get(`${account}/${token}`);
  if (replayed !== undefined) return replayed;
  const verb = `create VM ${wanted.name}`;
  const location = locationOf(world, wanted.location, verb);
  checkSize(world, wanted.size, verb);
  claimName(world, 'VM', world.vms.values(), account, wanted.location, wanted.name);
  const { makes = [] } = wanted;
  if ((quirks.bootsLiveDisks ? wanted.disks : makes).length === 0)
    throw refusal('refused', `cannot ${verb}: it has no disk to boot from`);
  if (!quirks.bootsLiveDisks && wanted.disks.length > 0)
    throw refusal('refused', `cannot ${verb}: it can be made of no disk that exists`);
  const disks = wanted.disks.map(({ diskId }) => freeDisk(world, account, diskId, wanted.location, verb));
  if (new Set(disks).size < disks.length) throw refusal('refused', `cannot ${verb}: a disk is listed twice`);
  if (location.outOfCapacity)
    throw refusal('no-capacity', `cannot ${verb}: ${location.name} has no capacity`);
  claimQuota(world, 'vms', account, verb);
  const made = makeDisks(world, account, makes);
  const id = drawId(world, 'vm');
  const vm: ModelVm = {
    id,
    account,
    name: wanted.name,
    location: wanted.location,
    image: wanted.image,
    labels: wanted.labels,
    size: wanted.size,
    power: 'off',
    settling: undefined,
    firstBoot: wanted.firstBoot,
    startedAtMs: undefined,
    stoppedAtMs: undefined,
    localContent: undefined,
    attachments: [...made, ...wanted.disks].map((entry, index) =>
      attachment(world, entry.diskId, index === 0, entry.deletedWithVm),
    ),
  };
  world.vms.set(id, vm);
  if (token !== undefined) world.tokens.set(`${account}/${token}`, id);
  if (!quirks.createsStopped) turnOn(world, vm);
  return id;
}

/** All of them or none: a VM whose disks cannot be made is not made either. They are usable at once. */
function makeDisks(
  world: World,
  account: string,
  wanted: readonly NewDisk[],
): { readonly diskId: string; readonly deletedWithVm: boolean }[] {
  const { fate } = world;
  const made: { readonly diskId: string; readonly deletedWithVm: boolean }[] = [];
  try {
    for (const each of wanted) {
      // What becomes of the call becomes of the VM.
      world.fate = undefined;
      const diskId = createDisk(world, account, each);
      const disk = world.disks.get(diskId);
      if (disk !== undefined) disk.settling = undefined;
      made.push({ diskId, deletedWithVm: false });
    }
  } catch (error) {
    for (const { diskId } of made) world.disks.delete(diskId);
    throw error;
  } finally {
    world.fate = fate;
  }
  return made;
}

export function startVm(world: World, account: string, id: string): void {
  const vm = vmOf(world, account, id, 'start');
  if (vm.power === 'on') throw refusal('refused', `cannot start VM ${vm.name}: it is running`);
  if (vm.attachments[0]?.boot !== true) {
    throw refusal('refused', `cannot start VM ${vm.name}: it has no disk to boot from`);
  }
  if (locationOf(world, vm.location, 'start').outOfCapacity) {
    throw refusal('no-capacity', `cannot start VM ${vm.name}: ${vm.location} has no capacity`);
  }
  // No machine is off and on again within what its cloud’s clock tells as one moment (EC2: a second): its starts are told apart.
  const apartMs = world.quirks.timeResolutionMs;
  if (vm.startedAtMs !== undefined) advance(world, Math.max(0, vm.startedAtMs + apartMs - world.nowMs));
  turnOn(world, vm);
}

function turnOn(world: World, vm: ModelVm): void {
  const { fails, extraMs } = takeFate(world);
  const atMs = world.nowMs + world.quirks.durations.startMs + extraMs;
  // One that fails never gets as far as its guest.
  if (!fails) powerOn(world, vm);
  vm.settling = { atMs, to: fails ? 'off' : 'on' };
  settleDue(world);
}

export function stopVm(world: World, account: string, id: string): void {
  const vm = vmOf(world, account, id, 'stop');
  if (vm.power === 'off') throw refusal('refused', `cannot stop VM ${vm.name}: it is stopped`);
  const { extraMs } = takeFate(world);
  vm.settling = { atMs: world.nowMs + world.quirks.durations.stopMs + extraMs, to: 'off' };
  settleDue(world);
}

export function resizeVm(world: World, account: string, id: string, size: Size): void {
  const vm = vmOf(world, account, id, 'resize');
  checkSize(world, size, `resize VM ${vm.name}`);
  checkInPlace(world.quirks.resize, vm, `resize VM ${vm.name}`);
  vm.size = size;
}

export function attachDisk(
  world: World,
  account: string,
  vmId: string,
  diskId: string,
  deletedWithVm?: boolean,
): void {
  const vm = vmOf(world, account, vmId, 'attach to');
  const verb = `attach disk ${diskId} to VM ${vm.name}`;
  freeDisk(world, account, diskId, vm.location, verb);
  checkInPlace(world.quirks.attach, vm, verb);
  const boots = !vm.attachments.some(({ boot }) => boot);
  const entry = attachment(world, diskId, boots, deletedWithVm);
  vm.attachments = boots ? [entry, ...vm.attachments] : [...vm.attachments, entry];
}

export function detachDisk(world: World, account: string, vmId: string, diskId: string): void {
  const vm = vmOf(world, account, vmId, 'detach from');
  const disk = diskOf(world, account, diskId, 'detach');
  const entry = vm.attachments.find((candidate) => candidate.diskId === diskId);
  const verb = `detach disk ${disk.name} from VM ${vm.name}`;
  if (entry === undefined) throw refusal('refused', `cannot ${verb}: it is not attached`);
  checkInPlace(world.quirks.attach, vm, verb);
  if (entry.boot && vm.power === 'on') throw refusal('refused', `cannot ${verb}: the VM is running from it`);
  letGoOf(world, vm, disk);
}

/** A value that is left out means true (safety.md 3). */
export function setDeletionFlag(
  world: World,
  account: string,
  vmId: string,
  diskId: string,
  value = true,
): void {
  const vm = vmOf(world, account, vmId, 'change');
  const entry = vm.attachments.find((candidate) => candidate.diskId === diskId);
  if (entry === undefined) {
    throw refusal('not-found', `cannot change VM ${vm.name}: disk ${diskId} is not attached`);
  }
  if (value && !world.quirks.hasDeletionFlags) {
    throw refusal('refused', `cannot change VM ${vm.name}: disks are never deleted along with a VM here`);
  }
  entry.deletedWithVm = value;
}

export function deleteVm(world: World, account: string, id: string): void {
  const vm = vmOf(world, account, id, 'delete');
  if (vm.power === 'on') {
    if (!world.quirks.deletesRunningVm)
      throw refusal('refused', `cannot delete VM ${vm.name}: it is running`);
    powerOff(world, vm);
  }
  for (const disk of disksOf(world, vm)) {
    const flagged = vm.attachments.some((entry) => entry.diskId === disk.id && entry.deletedWithVm);
    letGoOf(world, vm, disk);
    if (flagged) world.disks.delete(disk.id);
  }
  world.vms.delete(id);
  const { tellsEndedForMs } = world.quirks;
  const { account: owner, startedAtMs } = vm;
  if (tellsEndedForMs === undefined || startedAtMs === undefined) return;
  const stillTold = world.ended.filter(({ endedAtMs }) => endedAtMs + tellsEndedForMs > world.nowMs);
  world.ended = [...stillTold, { id, account: owner, startedAtMs, endedAtMs: world.nowMs }];
}

function letGoOf(world: World, vm: ModelVm, disk: ModelDisk): void {
  if (vm.power === 'on') disk.writableAtMs = world.nowMs;
  disk.detachedAtMs = world.nowMs;
  vm.attachments = vm.attachments.filter(({ diskId }) => diskId !== disk.id);
}

function attachment(
  world: World,
  diskId: string,
  boot: boolean,
  deletedWithVm: boolean | undefined,
): ModelAttachment {
  const { deletionFlagDefault, hasDeletionFlags } = world.quirks;
  const disk = world.disks.get(diskId);
  if (disk !== undefined) disk.attachedAtMs = world.nowMs;
  return {
    diskId,
    boot,
    attachedAtMs: world.nowMs,
    deletedWithVm: hasDeletionFlags && (deletedWithVm ?? deletionFlagDefault),
  };
}

function freeDisk(world: World, account: string, diskId: string, location: string, verb: string): ModelDisk {
  const disk = diskOf(world, account, diskId, 'attach');
  const holder = holderOf(world, diskId);
  if (holder !== undefined) {
    throw refusal('refused', `cannot ${verb}: disk ${disk.name} is attached to VM ${holder.name}`);
  }
  if (disk.location !== location) {
    throw refusal('refused', `cannot ${verb}: disk ${disk.name} is in ${disk.location}`);
  }
  if (disk.status !== 'ready') throw refusal('refused', `cannot ${verb}: disk ${disk.name} is not ready`);
  return disk;
}

function checkSize(world: World, size: Size, verb: string): void {
  const { machineTypes } = world.quirks;
  const known =
    'machineType' in size
      ? machineTypes?.includes(size.machineType)
      : machineTypes === undefined && size.cpus >= 1 && size.memoryBytes > 0;
  if (known !== true) {
    throw refusal('configuration', `cannot ${verb}: there is no size ${JSON.stringify(size)}`);
  }
}
