import { isDeepStrictEqual } from 'node:util';
import type { Action, Ref } from '../../src/core/action.ts';
import { ChewsError } from '../../src/core/errors.ts';
import { sameSize } from '../../src/core/workstation.ts';
import * as disks from './datacenter/diskCalls.ts';
import * as vms from './datacenter/vmCalls.ts';
import { type Change, changeWith, createDisk, createVm, snapshotDisk } from './memoryCreation.ts';
import {
  idOf,
  type Kind,
  notFound,
  present,
  problem,
  settled,
  settledDisk,
  settledVm,
  type Workplace,
} from './memoryLook.ts';

/**
 * Where lists lag, what one says is a hint: the call is made, and a refusal says what is true. Then the list was old; once
 * more when it cannot be any longer.
 */
export async function applyInMemory(place: Omit<Workplace, 'mayBeOld'>, action: Action): Promise<void> {
  if (place.listLagMs === 0) return attempt({ ...place, mayBeOld: false }, action);
  const callsBefore = place.client.calls;
  const catchUp = () => place.context.sleep(place.listLagMs, place.options.signal);
  try {
    await attempt({ ...place, mayBeOld: true }, action);
  } catch (error) {
    const contradicts =
      error instanceof ChewsError && ['refused', 'busy', 'conflict', 'not-found'].includes(error.code);
    if (!contradicts) throw error;
    await catchUp();
    await attempt({ ...place, mayBeOld: false }, action);
  }
  // What took its time has ended in one list, and goes on in others for a while.
  if (place.client.calls > callsBefore) await catchUp();
}

/** Reads, compares, calls: what is already as it should be is left alone, so that twice has the effect of once. */
async function attempt(place: Workplace, action: Action): Promise<void> {
  const call: Change = (change) => changeWith(place, describe(action), change);
  const isAlready = (asWanted: boolean) => asWanted && !place.mayBeOld;
  switch (action.kind) {
    case 'create-disk':
      return createDisk(place, action, call);
    case 'create-vm':
      return createVm(place, action, call);
    case 'snapshot-disk':
      return snapshotDisk(place, action, call);
    case 'start-vm': {
      const vm = await settledVm(place, action.vm);
      if (isAlready(vm.status === 'running')) return;
      await call((world, account) => vms.startVm(world, account, vm.id));
      if ((await settledVm(place, action.vm)).status !== 'running') {
        throw problem('failed', `cannot start VM ${vm.name}: it was accepted, and did not come up`);
      }
      return;
    }
    case 'stop-vm': {
      const vm = await settledVm(place, action.vm);
      if (isAlready(vm.status === 'stopped')) return;
      await call((world, account) => vms.stopVm(world, account, vm.id));
      await settledVm(place, action.vm);
      return;
    }
    case 'resize-vm': {
      const vm = await settledVm(place, action.vm);
      if (isAlready(sameSize(vm.size, action.size))) return;
      return call((world, account) => vms.resizeVm(world, account, vm.id, action.size));
    }
    case 'attach-disk': {
      const vm = await settledVm(place, action.vm);
      const disk = await settledDisk(place, action.disk);
      if (isAlready(disk.attachedTo.includes(vm.id))) return;
      return call((world, account) => vms.attachDisk(world, account, vm.id, disk.id, false));
    }
    case 'detach-disk': {
      const vm = await settledVm(place, action.vm);
      const disk = await settledDisk(place, action.disk);
      if (isAlready(!disk.attachedTo.includes(vm.id))) return;
      return call((world, account) => vms.detachDisk(world, account, vm.id, disk.id));
    }
    case 'clear-deletion-flags': {
      const vm = await settledVm(place, action.vm);
      for (const { diskId } of vm.attachments.filter((held) => !isAlready(!held.deletedWithVm))) {
        await call((world, account) => vms.setDeletionFlag(world, account, vm.id, diskId, false));
      }
      const after = await settledVm(place, action.vm);
      if (after.attachments.some(({ deletedWithVm }) => deletedWithVm)) {
        throw problem('failed', `cannot clear the deletion flags of VM ${vm.name}: they are set again`);
      }
      return;
    }
    case 'grow-disk': {
      const disk = await settledDisk(place, action.disk);
      if (isAlready(disk.sizeBytes === action.sizeBytes)) return;
      return call((world, account) => disks.growDisk(world, account, disk.id, action.sizeBytes));
    }
    case 'change-disk-type': {
      const disk = await settledDisk(place, action.disk);
      if (isAlready(disk.type === action.type)) return;
      return call((world, account) => disks.changeDiskType(world, account, disk.id, action.type));
    }
    case 'set-labels':
      return setLabels(place, action, call);
    case 'await-guest': {
      const vm = await settledVm(place, action.vm);
      if (vm.status !== 'running') place.options.warn?.(`VM ${vm.name} does not answer: it is not running.`);
      return;
    }
    case 'delete-vm': {
      checkProof(action.vm, action.proof.assetId);
      if (await isGone(place, 'vms', action.vm)) return;
      const vm = await settledVm(place, action.vm);
      // Some clouds would do it; here a running VM is somebody at work.
      if (vm.status !== 'stopped') {
        throw problem('refused', `cannot delete VM ${vm.name}: it is ${vm.status}`);
      }
      return call((world, account) => vms.deleteVm(world, account, vm.id));
    }
    case 'delete-disk': {
      checkProof(action.disk, action.proof.assetId);
      if (await isGone(place, 'disks', action.disk)) return;
      const disk = await settledDisk(place, action.disk);
      return call((world, account) => disks.deleteDisk(world, account, disk.id));
    }
    case 'delete-snapshot': {
      checkProof(action.snapshot, action.proof.assetId);
      if (await isGone(place, 'snapshots', action.snapshot)) return;
      const snapshot = await settled(place, 'snapshots', idOf(action.snapshot), action.snapshot.name);
      return call((world, account) => disks.deleteSnapshot(world, account, snapshot.id));
    }
  }
}

async function setLabels(
  place: Workplace,
  action: Action & { readonly kind: 'set-labels' },
  call: Change,
): Promise<void> {
  const kind = ({ vm: 'vms', disk: 'disks', snapshot: 'snapshots' } as const)[action.assetKind];
  const id = idOf(action.asset);
  const asset = await present(place, kind, id);
  if (asset === undefined) throw notFound(action.asset.name, id);
  const merged = disks.mergedLabels(asset.labels, action.labels);
  if (!place.mayBeOld && isDeepStrictEqual(merged, asset.labels)) return;
  await call((world, account) => disks.mergeLabels(world[kind], account, id, action.labels));
}

/** Missing from a list that may be old is no absence. */
async function isGone(place: Workplace, kind: Kind, ref: Ref): Promise<boolean> {
  if ((await present(place, kind, idOf(ref))) !== undefined) return false;
  if (place.mayBeOld) throw notFound(ref.name, idOf(ref));
  return true;
}

function checkProof(ref: Ref, provenId: string): void {
  if (provenId !== idOf(ref)) {
    throw problem('refused', `cannot delete ${ref.name}: the proof is about another asset, ${provenId}`);
  }
}

function describe(action: Action): string {
  const about = [
    'vm' in action ? action.vm.name : undefined,
    'disk' in action ? action.disk.name : undefined,
    'snapshot' in action ? action.snapshot.name : undefined,
    'asset' in action ? action.asset.name : undefined,
    'name' in action ? action.name : undefined,
  ];
  return `${action.kind} ${about.filter((name) => name !== undefined).join(' ')}`;
}
