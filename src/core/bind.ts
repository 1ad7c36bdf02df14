import type { CreateVm, HarmlessAction, Ref, SnapshotDisk } from './action.ts';
import type { Disk, Inventory } from './assets.ts';
import { type Guard, pass } from './guard.ts';
import { granted, type Verdict } from './verdict.ts';

type Named = { readonly id: string; readonly name: string };

interface FoundCase {
  readonly found: readonly Named[];
  readonly ref: Ref;
  readonly kind: string;
}

/** R9: exactly one asset of that name, and where an id was seen before, of that id. */
export const found: readonly Guard<FoundCase>[] = [
  {
    name: 'still-there',
    rule: 'R9',
    missing: ({ found: assets, ref, kind }) =>
      assets.length === 0 ? `${kind} ${ref.name} is not there any more` : undefined,
  },
  {
    name: 'no-twin',
    rule: 'R9',
    missing: ({ found: assets, ref, kind }) =>
      assets.length > 1 ? `there are ${assets.length} ${kind}s named ${ref.name}` : undefined,
  },
  {
    name: 'not-replaced',
    rule: 'R9',
    missing: ({ found: assets, ref, kind }) =>
      ref.id === undefined || assets.map(({ id }) => id).includes(ref.id)
        ? undefined
        : `${kind} ${ref.name} has been replaced by another of its name`,
  },
];

interface TakingCase {
  readonly disk: Ref;
  readonly action: SnapshotDisk;
  readonly inventory: Inventory;
}

/** A snapshot that is to be clean is taken while nothing runs on the disk. */
export const taking: readonly Guard<TakingCase>[] = [
  {
    name: 'nobody-started-it',
    rule: 'R5',
    missing: ({ disk, action, inventory }) => {
      if (action.labels.clean !== true) return undefined;
      const holder = [...inventory.vms, ...inventory.strangers].find(
        (vm) => vm.status !== 'stopped' && vm.attachments.some((attachment) => attachment.diskId === disk.id),
      );
      const why = holder?.status === 'running' ? ': somebody started it' : '';
      return holder && `VM ${holder.name} is not stopped (${holder.statusText})${why}`;
    },
  },
];

interface CopyCase {
  readonly disk: Disk;
  readonly ref: Ref;
}

/** R6: two runs at once can each make some of the disks, from two sets: the VM is made of one set alone. */
export const copied: readonly Guard<CopyCase>[] = [
  {
    name: 'copy-of-the-planned-snapshot',
    rule: 'R6',
    missing: ({ disk: { name, origin }, ref: { madeFrom } }) =>
      madeFrom !== undefined && origin.from === 'snapshot' && origin.snapshotId !== madeFrom
        ? `disk ${name} has been replaced by a copy of another snapshot`
        : undefined,
  },
];

interface FirstBootCase {
  readonly action: CreateVm;
  readonly inventory: Inventory;
}

/** First-boot data can format whatever it finds (safety 8): also what was written after the plan was made. */
export const firstBootNow: readonly Guard<FirstBootCase>[] = [
  {
    name: 'disks-still-unused',
    rule: 'R1',
    missing: ({ action, inventory }) => {
      if (!action.firstBoot) return undefined;
      const ids = action.disks.map(({ id }) => id);
      const used = inventory.disks.find(
        ({ id, lastWritable: { kind } }) => ids.includes(id) && (kind === 'at' || kind === 'now'),
      );
      return used && `disk ${used.name} was written to meanwhile`;
    },
  },
];

function refTo(assets: readonly Named[], ref: Ref, kind: string): Verdict<Ref> {
  const named = assets.filter(({ name }) => name === ref.name);
  return pass(found, { found: named, ref, kind }, { ...ref, ...(named[0] && { id: named[0].id }) });
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
        for (const there of inventory.disks.filter(({ id }) => id === disk.value.id)) {
          const copy = pass(copied, { disk: there, ref }, ref);
          if (!copy.ok) return copy;
        }
        disks.push(disk.value);
      }
      const bound = { ...action, disks };
      return pass(firstBootNow, { action: bound, inventory }, bound);
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
      return pass(taking, { disk: disk.value, action, inventory }, { ...action, disk: disk.value });
    }
    case 'set-labels': {
      const { id } = action.asset;
      const assets: readonly Named[] = {
        vm: inventory.vms,
        disk: inventory.disks,
        // Two runs at once can leave two of one name: where the id was seen, it tells them apart.
        snapshot: inventory.snapshots.filter((snapshot) => id === undefined || snapshot.id === id),
      }[action.assetKind];
      const asset = refTo(assets, action.asset, action.assetKind);
      return asset.ok ? granted({ ...action, asset: asset.value }) : asset;
    }
  }
}
