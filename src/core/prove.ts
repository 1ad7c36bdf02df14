import type { Action, DestructiveAction, HarmlessAction } from './action.ts';
import { type Evidence, proveDiskDeletion, proveSnapshotDeletion, proveVmDeletion } from './proofs.ts';
import { granted, missing, type Verdict } from './verdict.ts';

/**
 * The action with its proof, or what is missing for it. 'gone': the asset is positively not in the inventory, so that
 * there is nothing left to do.
 */
export function prove(action: DestructiveAction, evidence: Evidence): Verdict<Action | 'gone'> {
  const { inventory } = evidence;
  switch (action.kind) {
    case 'delete-vm': {
      const { id } = action.vm;
      if (id === undefined) return missing(`the id of VM ${action.vm.name} is not known`);
      if (inventory.vms.every((vm) => vm.id !== id)) return granted('gone');
      const proof = proveVmDeletion(id, withInto(action, evidence));
      return proof.ok ? granted({ ...action, proof: proof.value }) : proof;
    }
    case 'delete-disk': {
      const { id } = action.disk;
      if (id === undefined) return missing(`the id of disk ${action.disk.name} is not known`);
      if (inventory.disks.every((disk) => disk.id !== id)) return granted('gone');
      const proof = proveDiskDeletion(id, withInto(action, evidence));
      return proof.ok ? granted({ ...action, proof: proof.value }) : proof;
    }
    case 'delete-snapshot': {
      const { id } = action.snapshot;
      if (id === undefined) return missing(`the id of snapshot ${action.snapshot.name} is not known`);
      if (inventory.snapshots.every((snapshot) => snapshot.id !== id)) return granted('gone');
      const proof = proveSnapshotDeletion(id, evidence);
      return proof.ok ? granted({ ...action, proof: proof.value }) : proof;
    }
  }
}

/** A note that a set holds a disk is written only where the disk could be deleted on the strength of it. */
export function proveNote(action: HarmlessAction, evidence: Evidence): Verdict<true> {
  if (action.kind !== 'set-labels' || action.labels.putInto === undefined) return granted(true);
  const { id } = action.asset;
  if (id === undefined) return missing(`the id of disk ${action.asset.name} is not known`);
  const proof = proveDiskDeletion(id, { ...evidence, into: action.labels.putInto });
  return proof.ok ? granted(true) : proof;
}

function withInto({ into }: { readonly into?: string }, evidence: Evidence): Evidence {
  return into === undefined ? evidence : { ...evidence, into };
}
