import type { AssetKind, DiskOrigin, Labels } from './assets.ts';
import type { DiskProof, SnapshotProof, VmProof } from './proofs.ts';
import type { Settings, Size } from './workstation.ts';

/**
 * An asset that an action is about. The id is there once the asset has been found; where it is missing, the asset is made
 * by an earlier step of the same plan and the id is filled in before the action goes out (R9).
 */
export interface Ref {
  readonly name: string;
  readonly id?: string;
  /** Of a disk that this very plan makes: the snapshot that it is made from. */
  readonly madeFrom?: string;
}

/** From a snapshot it may take the place of a record whose disk is 'gone'; anything else of the name is a conflict. */
export interface CreateDisk {
  readonly kind: 'create-disk';
  readonly name: string;
  readonly location: string;
  readonly sizeBytes: number;
  readonly type: string;
  readonly source: Exclude<DiskOrigin, { from: 'unknown' }>;
  readonly labels: Labels;
  readonly settings?: Settings;
}

/**
 * Makes a VM of existing disks. The first one boots, or the first of those that it makes. No disk is ever deleted along
 * with it. 'no-capacity' where the location has no room for it: then nothing was made.
 */
export interface CreateVm {
  readonly kind: 'create-vm';
  readonly name: string;
  readonly location: string;
  readonly size: Size;
  readonly image: string;
  readonly disks: readonly Ref[];
  /**
   * Disks that come into being along with it, the boot disk first, where the provider boots no disk that exists already.
   * A list shows each with its labels as soon as it shows the VM.
   */
  readonly makes?: readonly CreateDisk[];
  readonly labels: Labels;
  /** First-boot data goes along: only where every disk is new. On a restored disk it could format (safety 8). */
  readonly firstBoot: boolean;
  readonly sshKey?: string;
  readonly sshUser?: string;
  readonly settings?: Settings;
}

export interface StartVm {
  readonly kind: 'start-vm';
  readonly vm: Ref;
}

/** Powers down gracefully; after the provider's patience it pulls the plug and says so. */
export interface StopVm {
  readonly kind: 'stop-vm';
  readonly vm: Ref;
  /** Its disks go as well: a guest that does not follow is not waited for. */
  readonly hurry?: boolean;
}

export interface ResizeVm {
  readonly kind: 'resize-vm';
  readonly vm: Ref;
  readonly size: Size;
}

export interface AttachDisk {
  readonly kind: 'attach-disk';
  readonly vm: Ref;
  readonly disk: Ref;
}

export interface DetachDisk {
  readonly kind: 'detach-disk';
  readonly vm: Ref;
  readonly disk: Ref;
}

/** Resolves when the snapshot is ready, complete and durable. */
export interface SnapshotDisk {
  readonly kind: 'snapshot-disk';
  readonly disk: Ref;
  readonly name: string;
  readonly location: string;
  readonly labels: Labels;
  readonly settings?: Settings;
}

/** Clears the flags that delete a disk along with its VM, and reads them back. */
export interface ClearDeletionFlags {
  readonly kind: 'clear-deletion-flags';
  readonly vm: Ref;
}

export interface GrowDisk {
  readonly kind: 'grow-disk';
  readonly disk: Ref;
  readonly sizeBytes: number;
}

export interface ChangeDiskType {
  readonly kind: 'change-disk-type';
  readonly disk: Ref;
  readonly type: string;
}

/** Merges into the labels that are there; a label whose value is undefined is taken away. */
export interface SetLabels {
  readonly kind: 'set-labels';
  readonly assetKind: AssetKind;
  readonly asset: Ref;
  readonly labels: { readonly [key in keyof Labels]: Labels[key] | undefined };
}

/** Waits until the guest answers on ssh. Changes nothing; that it does not answer is a warning. */
export interface AwaitGuest {
  readonly kind: 'await-guest';
  readonly vm: Ref;
}

export interface DeleteVm {
  readonly kind: 'delete-vm';
  readonly vm: Ref;
  /** As for a disk: nothing irreversible happens before the whole set is proven (R5). */
  readonly into?: string;
}

export interface DeleteDisk {
  readonly kind: 'delete-disk';
  readonly disk: Ref;
  /** The set that the whole workstation is being put away into: every member must be provably in it before one disk goes. */
  readonly into?: string;
}

export interface DeleteSnapshot {
  readonly kind: 'delete-snapshot';
  readonly snapshot: Ref;
}

export type HarmlessAction =
  | CreateDisk
  | CreateVm
  | StartVm
  | StopVm
  | ResizeVm
  | AttachDisk
  | DetachDisk
  | SnapshotDisk
  | ClearDeletionFlags
  | GrowDisk
  | ChangeDiskType
  | SetLabels
  | AwaitGuest;

export type DestructiveAction = DeleteVm | DeleteDisk | DeleteSnapshot;

/** What a plan holds: destructive actions have no proof yet. */
export type PlannedAction = HarmlessAction | DestructiveAction;

/** What a provider is asked to do: nothing is deleted without its proof. */
export type Action =
  | HarmlessAction
  | (DeleteVm & { readonly proof: VmProof })
  | (DeleteDisk & { readonly proof: DiskProof })
  | (DeleteSnapshot & { readonly proof: SnapshotProof });
