import { isDeepStrictEqual } from 'node:util';
import type { Action, Ref } from '../../src/core/action.ts';
import { sameSize } from '../../src/core/workstation.ts';
import * as disks from './datacenter/diskCalls.ts';
import * as vms from './datacenter/vmCalls.ts';
import { type Change, createDisk, createVm, snapshotDisk } from './memoryCreation.ts';
import {
  idOf,
  notFound,
  present,
  problem,
  settled,
  settledDisk,
  settledVm,
  type Workplace,
} from './memoryLook.ts';

/** Reads, compares, calls: what is already as it should be is left alone, so that twice has the effect of once. */
export async function applyInMemory(place: Workplace, action: Action): Promise<void> {
  const call: Change = (change) =>
    place.client.mutate(
      describe(action),
      (world) => change(world, place.client.account),
      place.options.signal,
    );
  switch (action.kind) {
    case 'create-disk':
      return createDisk(place, action, call);
    case 'create-vm':
      return createVm(place, action, call);
    case 'snapshot-disk':
      return snapshotDisk(place, action, call);
    case 'start-vm': {
      const vm = await settledVm(place, action.vm);
      if (vm.status !== 'running') await call((world, account) => vms.startVm(world, account, vm.id));
      await settledVm(place, action.vm);
      return;
    }
    case 'stop-vm': {
      const vm = await settledVm(place, action.vm);
      if (vm.status !== 'stopped') await call((world, account) => vms.stopVm(world, account, vm.id));
      await settledVm(place, action.vm);
      return;
    }
    case 'resize-vm': {
      const vm = await settledVm(place, action.vm);
      if (sameSize(vm.size, action.size)) return;
      return call((world, account) => vms.resizeVm(world, account, vm.id, action.size));
    }
    case 'attach-disk': {
      const vm = await settledVm(place, action.vm);
      const disk = await settledDisk(place, action.disk);
      if (disk.attachedTo.includes(vm.id)) return;
      return call((world, account) => vms.attachDisk(world, account, vm.id, disk.id, false));
    }
    case 'detach-disk': {
      const vm = await settledVm(place, action.vm);
      const disk = await settledDisk(place, action.disk);
      if (!disk.attachedTo.includes(vm.id)) return;
      return call((world, account) => vms.detachDisk(world, account, vm.id, disk.id));
    }
    case 'clear-deletion-flags': {
      const vm = await settledVm(place, action.vm);
      for (const { diskId } of vm.attachments.filter(({ deletedWithVm }) => deletedWithVm)) {
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
      if (disk.sizeBytes === action.sizeBytes) return;
      return call((world, account) => disks.growDisk(world, account, disk.id, action.sizeBytes));
    }
    case 'change-disk-type': {
      const disk = await settledDisk(place, action.disk);
      if (disk.type === action.type) return;
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
      if ((await present(place, 'vms', idOf(action.vm))) === undefined) return;
      const vm = await settledVm(place, action.vm);
      // Some clouds would do it; here a running VM is somebody at work.
      if (vm.status !== 'stopped') {
        throw problem('refused', `cannot delete VM ${vm.name}: it is ${vm.status}`);
      }
      return call((world, account) => vms.deleteVm(world, account, vm.id));
    }
    case 'delete-disk': {
      checkProof(action.disk, action.proof.assetId);
      if ((await present(place, 'disks', idOf(action.disk))) === undefined) return;
      const disk = await settledDisk(place, action.disk);
      return call((world, account) => disks.deleteDisk(world, account, disk.id));
    }
    case 'delete-snapshot': {
      checkProof(action.snapshot, action.proof.assetId);
      if ((await present(place, 'snapshots', idOf(action.snapshot))) === undefined) return;
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
  if (isDeepStrictEqual(merged, asset.labels)) return;
  await call((world, account) => disks.mergeLabels(world[kind], account, id, action.labels));
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
