import type { Size } from './workstation.ts';

/**
 * What chews writes onto every asset, in the call that creates it (R12). An adapter keeps them in whatever its
 * cloud has (labels, tags, a file) and gives them back unchanged; what it cannot read it leaves out.
 */
export interface Labels {
  readonly workstation?: string;
  /** The configuration's `id`. */
  readonly owner?: string;
  readonly disk?: string;
  readonly role?: DiskRole;
  /** Snapshots: the timestamp that the whole set shares, as it stands in the name. */
  readonly set?: string;
  /** Snapshots: which of how many, counted from 1. */
  readonly setIndex?: number;
  readonly setSize?: number;
  /** Snapshots: taken while the VM was stopped, so that the file systems are whole. */
  readonly clean?: boolean;
  /** Disks: the id of the snapshot that it was made from. */
  readonly restoredFrom?: string;
  /** The boot disk: the names of all disks that the workstation is known to have. Written once they all exist. */
  readonly members?: readonly string[];
  /**
   * Disks: the set that held the whole workstation when nothing could write to it any more. Written with all proofs in hand
   * before the first of its disks is deleted, taken off before a VM is made of them.
   */
  readonly putInto?: string;
  /** The VM: which of its kind's own settings it was made with, as a digest; left out where there were none. */
  readonly settings?: string;
  /** The VM was ON when a command stopped it, and is to end ON. */
  readonly endOn?: boolean;
  /** `delete` has begun: nothing may take this for a part of a workstation any more. */
  readonly deleting?: boolean;
}

export type DiskRole = 'boot' | 'data';

/** 'suspended' holds memory outside the disks. 'unknown' is a value that the adapter does not know: see R7. */
export type VmStatus = 'running' | 'stopped' | 'changing' | 'suspended' | 'unknown';

export interface Attachment {
  readonly diskId: string;
  readonly diskName: string;
  readonly boot: boolean;
  /** The provider deletes the disk along with the VM: EC2 DeleteOnTermination, Compute Engine autoDelete. */
  readonly deletedWithVm: boolean;
}

export interface Vm {
  /** Of this very incarnation: another VM of the same name has another id. */
  readonly id: string;
  readonly name: string;
  readonly location: string;
  readonly labels: Labels;
  readonly status: VmStatus;
  /** The provider's own word for the status, for messages. */
  readonly statusText: string;
  readonly size: Size;
  readonly attachments: readonly Attachment[];
  /** By the provider's clock. Left out where the provider does not tell; then it proves nothing. */
  readonly lastStartedAtMs?: number;
  readonly lastStoppedAtMs?: number;
  /** What keeps a running VM from working, and what to do: a full drive, a pause. For the user; nothing is decided by it. */
  readonly trouble?: string;
  /** What would be lost with the VM although all its disks stay: local disks, suspended memory, sealed keys. */
  readonly diesWithVm: readonly string[];
}

/**
 * 'gone': the record of the disk is there and its content positively is not, as when somebody deleted its file. Making the
 * disk anew from a snapshot replaces the record.
 */
export type DiskStatus = 'ready' | 'changing' | 'failed' | 'gone' | 'unknown';

/** What a disk was made from. An image can be had again, a snapshot may still exist. */
export type DiskOrigin =
  | { readonly from: 'blank' }
  | { readonly from: 'image'; readonly image: string }
  | { readonly from: 'snapshot'; readonly snapshotId: string }
  | { readonly from: 'unknown' };

/**
 * When a disk could last be written, erring late, by the provider's clock.
 * 'never': not attached to a VM that started since it was made. 'now': it can be written at this moment.
 */
export type LastWritable =
  | { readonly kind: 'never' }
  | { readonly kind: 'at'; readonly atMs: number }
  | { readonly kind: 'now' }
  | { readonly kind: 'unknown' };

export interface Disk {
  /** Of this very incarnation: a restored disk of the same name has another id. */
  readonly id: string;
  readonly name: string;
  readonly location: string;
  readonly labels: Labels;
  readonly status: DiskStatus;
  readonly statusText: string;
  readonly sizeBytes: number;
  /** What it takes in truth, where the provider tells. */
  readonly storedBytes?: number;
  readonly type: string;
  readonly origin: DiskOrigin;
  readonly createdAtMs: number;
  /** The ids of the VMs that it is attached to by the disk's own account: the second read of R2. */
  readonly attachedTo: readonly string[];
  readonly lastWritable: LastWritable;
  /** When it was last attached to a VM, erring late, by the provider's clock; left out where the provider does not tell. */
  readonly lastAttachedAtMs?: number;
  /** A token for the disk's present content, where the provider can tell: it changes whenever the content may have. */
  readonly contentVersion?: string;
}

export type SnapshotStatus = 'ready' | 'changing' | 'failed' | 'unknown';

export interface Snapshot {
  readonly id: string;
  readonly name: string;
  readonly location: string;
  readonly labels: Labels;
  readonly status: SnapshotStatus;
  readonly statusText: string;
  /** The id of the disk's incarnation that it was made from (Compute Engine `sourceDiskId`, EC2 `VolumeId`). */
  readonly sourceDiskId?: string;
  /** The size of the disk, not what is stored. */
  readonly sizeBytes: number;
  readonly storedBytes?: number;
  /** The moment whose content it holds, erring early, by the provider's clock. */
  readonly takenAtMs: number;
  /** Not taken from the disk itself but copied, made by a schedule, or kept with the disk: no proof (R2). */
  readonly kind: 'taken' | 'copied' | 'scheduled' | 'instant' | 'unknown';
  /** The disk's `contentVersion` at that moment, where the provider can tell. */
  readonly contentVersion?: string;
}

/** All that a provider answered about the assets of a whole fleet, at one time. Never partial: a partial read throws. */
export interface Fleet {
  /** The provider's clock when the read began. */
  readonly readAtMs: number;
  /** The account, project or store that the answer is about. */
  readonly account: string;
  /** Where it was looked, in words, where the account's name alone tells people nothing: "the store /home/ann/…". */
  readonly place?: string;
  readonly vms: readonly Vm[];
  readonly disks: readonly Disk[];
  readonly snapshots: readonly Snapshot[];
  /** VMs that are no more, where the provider still tells of them (EC2: for about an hour). */
  readonly ended?: readonly EndedVm[];
}

export interface EndedVm {
  readonly id: string;
  /** By the provider's clock: equal to what was told while it was there, if it was not started since. */
  readonly lastStartedAtMs: number;
}

/** What belongs to one workstation, out of a fleet. */
export interface Inventory extends Fleet {
  readonly workstation: string;
  /** VMs of others that hold a disk of ours. */
  readonly strangers: readonly Vm[];
}

export type Asset =
  | { readonly kind: 'vm'; readonly asset: Vm }
  | { readonly kind: 'disk'; readonly asset: Disk }
  | { readonly kind: 'snapshot'; readonly asset: Snapshot };

export type AssetKind = Asset['kind'];
