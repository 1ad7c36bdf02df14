import type { HarmlessAction, Ref } from './action.ts';
import type { Inventory } from './assets.ts';
import { granted, missing, type Verdict } from './verdict.ts';

type Named = { readonly id: string; readonly name: string };

/** R9: exactly one asset of that name, and where an id was seen before, of that id. */
function find<T extends Named>(assets: readonly T[], ref: Ref, kind: string): Verdict<T> {
  const found = assets.filter((asset) => asset.name === ref.name);
  const [asset] = found;
  if (asset === undefined) return missing(`${kind} ${ref.name} is not there any more`);
  if (found.length > 1) return missing(`there are ${found.length} ${kind}s named ${ref.name}`);
  if (ref.id !== undefined && ref.id !== asset.id)
    return missing(`${kind} ${ref.name} has been replaced by another of its name`);
  return granted(asset);
}

function refTo<T extends Named>(assets: readonly T[], ref: Ref, kind: string): Verdict<Ref> {
  const found = find(assets, ref, kind);
  return found.ok ? granted({ name: found.value.name, id: found.value.id }) : found;
}

/**
 * Fills the ids of a planned action in from an inventory read just now, and refuses what no longer is as the plan saw it:
 * somebody else replaced an asset, or started the VM whose disks are about to be snapshotted.
 */
export function bind(action: HarmlessAction, inventory: Inventory): Verdict<HarmlessAction> {
  const vmOf = (ref: Ref) => refTo(inventory.vms, ref, 'VM');
  const diskOf = (ref: Ref) => refTo(inventory.disks, ref, 'disk');
  switch (action.kind) {
    case 'create-disk':
      return granted(action);
    case 'create-vm': {
      const disks: Ref[] = [];
      for (const ref of action.disks) {
        const disk = diskOf(ref);
        if (!disk.ok) return disk;
        disks.push(disk.value);
      }
      return granted({ ...action, disks });
    }
    case 'start-vm':
    case 'stop-vm':
    case 'resize-vm':
    case 'clear-deletion-flags':
    case 'await-guest': {
      const vm = vmOf(action.vm);
      return vm.ok ? granted({ ...action, vm: vm.value }) : vm;
    }
    case 'attach-disk': {
      const vm = vmOf(action.vm);
      const disk = diskOf(action.disk);
      if (!vm.ok) return vm;
      return disk.ok ? granted({ ...action, vm: vm.value, disk: disk.value }) : disk;
    }
    case 'detach-disk': {
      const vm = vmOf(action.vm);
      if (!vm.ok) return vm;
      // A lost disk is detached too: the VM still names it.
      const disk = diskOf(action.disk);
      return granted({ ...action, vm: vm.value, disk: disk.ok ? disk.value : action.disk });
    }
    case 'grow-disk':
    case 'change-disk-type': {
      const disk = diskOf(action.disk);
      return disk.ok ? granted({ ...action, disk: disk.value }) : disk;
    }
    case 'snapshot-disk': {
      const disk = diskOf(action.disk);
      if (!disk.ok) return disk;
      const holder = [...inventory.vms, ...inventory.strangers].find(
        (vm) =>
          vm.status !== 'stopped' && vm.attachments.some((attachment) => attachment.diskId === disk.value.id),
      );
      return holder === undefined || action.labels.clean !== true
        ? granted({ ...action, disk: disk.value })
        : missing(`VM ${holder.name} is not stopped (${holder.statusText}): somebody started it`);
    }
    case 'set-labels': {
      const assets: readonly Named[] = {
        vm: inventory.vms,
        disk: inventory.disks,
        snapshot: inventory.snapshots,
      }[action.assetKind];
      const asset = refTo(assets, action.asset, action.assetKind);
      return asset.ok ? granted({ ...action, asset: asset.value }) : asset;
    }
  }
}
