import type {
  Attachment,
  Disk,
  DiskOrigin,
  LastWritable,
  Snapshot,
  Vm,
  VmStatus,
} from '../../src/core/assets.ts';
import { ChewsError } from '../../src/core/errors.ts';
import { printable } from '../../src/core/printable.ts';
import type { WireAttachment, WireDisk, WireSnapshot, WireVm } from './calls.ts';
import type { Attempt } from './connection.ts';
import { lastWord } from './gcpWork.ts';
import { decodeLabels } from './labels.ts';

const GiB = 1024 ** 3;

/** What one read showed of VMs and disks: each knows the other only by its link. */
export interface Links {
  /** By `zones/…/disks/…`. */
  readonly disks: ReadonlyMap<string, WireDisk>;
  /** By `zones/…/instances/…`. */
  readonly vms: ReadonlyMap<string, WireVm>;
}

/** The path behind the project, equal for all forms that a link has. */
export function localPath(link: string | null | undefined): string {
  const [, rest = ''] = /projects\/[^/]+\/(.+)$/.exec(link ?? '') ?? [];
  return rest;
}

/** What cannot be understood is an error, never a guess (R7). */
export function needed(value: unknown, what: string, { attempt }: Attempt): string {
  if (typeof value === 'string' && value !== '') return value;
  throw new ChewsError(
    'unreadable',
    `${attempt}: Compute Engine tells of ${what} without saying what it is`,
    {
      effect: 'none',
      retryable: true,
    },
  );
}

export function timeOf(value: string | null | undefined): number | undefined {
  const atMs = Date.parse(value ?? '');
  return Number.isNaN(atMs) ? undefined : atMs;
}

function neededTime(value: string | null | undefined, what: string, at: Attempt): number {
  return timeOf(needed(value, what, at)) ?? Number(needed(undefined, what, at));
}

function neededSize(value: unknown, what: string, at: Attempt): number {
  const gigabytes = Number(
    needed(value === undefined || value === null ? undefined : String(value), what, at),
  );
  return Number.isSafeInteger(gigabytes) ? gigabytes * GiB : Number(needed(undefined, what, at));
}

/** A word that is none of these is 'unknown', and stops what would destroy anything (R7). */
const vmStatuses: Readonly<Record<string, VmStatus>> = {
  RUNNING: 'running',
  // clouds.md: "`TERMINATED` means stopped".
  TERMINATED: 'stopped',
  STOPPED: 'stopped',
  SUSPENDED: 'suspended',
  PENDING: 'changing',
  PROVISIONING: 'changing',
  STAGING: 'changing',
  PENDING_STOP: 'changing',
  STOPPING: 'changing',
  SUSPENDING: 'changing',
  REPAIRING: 'changing',
  DEPROVISIONING: 'changing',
};

export function vmStatus({ status }: WireVm): VmStatus {
  return wordOf(vmStatuses, status) ?? 'unknown';
}

const diskStatuses: Readonly<Record<string, Disk['status']>> = {
  READY: 'ready',
  CREATING: 'changing',
  RESTORING: 'changing',
  DELETING: 'changing',
  FAILED: 'failed',
};

export function diskStatus({ status }: WireDisk): Disk['status'] {
  return wordOf(diskStatuses, status) ?? 'unknown';
}

const snapshotStatuses: Readonly<Record<string, Snapshot['status']>> = {
  READY: 'ready',
  CREATING: 'changing',
  UPLOADING: 'changing',
  DELETING: 'changing',
  FAILED: 'failed',
};

export function snapshotStatus({ status }: WireSnapshot): Snapshot['status'] {
  return wordOf(snapshotStatuses, status) ?? 'unknown';
}

function wordOf<T>(words: Readonly<Record<string, T>>, word: string | null | undefined): T | undefined {
  return word !== null && word !== undefined && Object.hasOwn(words, word) ? words[word] : undefined;
}

export function tellVm(vm: WireVm, links: Links, at: Attempt): Vm {
  const name = needed(vm.name, 'a VM', at);
  const lastStartedAtMs = timeOf(vm.lastStartTimestamp);
  const lastStoppedAtMs = timeOf(vm.lastStopTimestamp);
  return {
    id: needed(vm.id === undefined || vm.id === null ? undefined : String(vm.id), `VM ${name}`, at),
    name,
    location: lastWord(needed(vm.zone, `VM ${name}`, at)),
    labels: decodeLabels(vm.labels ?? {}),
    status: vmStatus(vm),
    statusText: printable(needed(vm.status, `VM ${name}`, at)),
    size: { machineType: lastWord(needed(vm.machineType, `VM ${name}`, at)) },
    attachments: (vm.disks ?? [])
      .filter(isPersistent)
      .map((entry): Attachment => tellAttachment(entry, links)),
    ...(lastStartedAtMs !== undefined && { lastStartedAtMs }),
    ...(lastStoppedAtMs !== undefined && { lastStoppedAtMs }),
    diesWithVm: [
      ...(vm.disks ?? [])
        .filter((entry) => !isPersistent(entry))
        .map((entry) => `what is on its local SSD ${entry.deviceName ?? ''}`.trim()),
      ...(vm.status === 'SUSPENDED' || vm.status === 'SUSPENDING'
        ? ['the memory that it was suspended with']
        : []),
    ],
  };
}

/** Whatever is no disk of its own goes with the VM: local SSDs today, and what is not known yet. */
function isPersistent({ type, source }: WireAttachment): boolean {
  return (
    type === 'PERSISTENT' || (type !== 'SCRATCH' && source !== undefined && source !== null && source !== '')
  );
}

function tellAttachment(entry: WireAttachment, { disks }: Links): Attachment {
  const path = localPath(entry.source);
  const id = disks.get(path)?.id;
  return {
    // A disk that the other list did not show is no disk that is known; it is not nothing.
    diskId: id === undefined || id === null ? `unlisted:${path}` : String(id),
    diskName: lastWord(entry.source),
    boot: entry.boot === true,
    deletedWithVm: entry.autoDelete === true,
  };
}

export function tellDisk(disk: WireDisk, links: Links, at: Attempt): Disk {
  const name = needed(disk.name, 'a disk', at);
  const what = `disk ${name}`;
  const lastAttachedAtMs = timeOf(disk.lastAttachTimestamp);
  return {
    id: needed(disk.id === undefined || disk.id === null ? undefined : String(disk.id), what, at),
    name,
    // A regional disk has no zone; it is in none of the file's, and shown all the same.
    location: lastWord(needed(disk.zone ?? disk.region, what, at)),
    labels: decodeLabels(disk.labels ?? {}),
    status: diskStatus(disk),
    statusText: printable(needed(disk.status, what, at)),
    sizeBytes: neededSize(disk.sizeGb, what, at),
    type: lastWord(needed(disk.type, what, at)),
    origin: originOf(disk),
    createdAtMs: neededTime(disk.creationTimestamp, what, at),
    attachedTo: (disk.users ?? []).map((user) => {
      const id = links.vms.get(localPath(user))?.id;
      return id === undefined || id === null ? `unlisted:${localPath(user)}` : String(id);
    }),
    lastWritable: lastWritable(disk, links),
    ...(lastAttachedAtMs !== undefined && { lastAttachedAtMs }),
  };
}

export function originOf(disk: WireDisk): DiskOrigin {
  const {
    sourceSnapshotId,
    sourceSnapshot,
    sourceImage,
    sourceDisk,
    sourceInstantSnapshot,
    sourceStorageObject,
  } = disk;
  if (sourceSnapshotId !== undefined && sourceSnapshotId !== null && sourceSnapshotId !== '')
    return { from: 'snapshot', snapshotId: sourceSnapshotId };
  if (sourceImage !== undefined && sourceImage !== null && sourceImage !== '') {
    const [, project = '', name = ''] = /projects\/([^/]+)\/global\/images\/(.+)$/.exec(sourceImage) ?? [];
    return { from: 'image', image: `${project}/${name}` };
  }
  const other = [sourceSnapshot, sourceDisk, sourceInstantSnapshot, sourceStorageObject].some(
    (source) => source !== undefined && source !== null && source !== '',
  );
  return { from: other ? 'unknown' : 'blank' };
}

/**
 * Errs late (safety.md R2). clouds.md: "`lastStartTimestamp`, `lastStopTimestamp` on VMs and `lastAttachTimestamp`,
 * `lastDetachTimestamp` on disks tell when a disk could last be written."
 */
export function lastWritable(disk: WireDisk, { vms }: Links): LastWritable {
  const attachedAtMs = timeOf(disk.lastAttachTimestamp);
  const detachedAtMs = timeOf(disk.lastDetachTimestamp);
  const users = disk.users ?? [];
  if (users.length === 0) {
    if (detachedAtMs !== undefined) {
      // Attached later than it was detached, and held by nobody: one of the two has not been told yet.
      return (attachedAtMs ?? 0) > detachedAtMs ? { kind: 'unknown' } : { kind: 'at', atMs: detachedAtMs };
    }
    return attachedAtMs === undefined ? { kind: 'never' } : { kind: 'unknown' };
  }
  let latestMs = Math.max(attachedAtMs ?? 0, detachedAtMs ?? 0);
  for (const user of users) {
    const vm = vms.get(localPath(user));
    // A VM that was not listed, or is on its way, may be running by now.
    if (vm === undefined || vmStatus(vm) !== 'stopped') return { kind: 'now' };
    const startedAtMs = timeOf(vm.lastStartTimestamp);
    const stoppedAtMs = timeOf(vm.lastStopTimestamp);
    if (startedAtMs === undefined) continue;
    // It is stopped, and the stop is not told: nobody knows when it was.
    if (stoppedAtMs === undefined || stoppedAtMs < startedAtMs) return { kind: 'unknown' };
    latestMs = Math.max(latestMs, stoppedAtMs);
  }
  return latestMs === 0 ? { kind: 'unknown' } : { kind: 'at', atMs: latestMs };
}

export function tellSnapshot(snapshot: WireSnapshot, at: Attempt): Snapshot {
  const name = needed(snapshot.name, 'a snapshot', at);
  const what = `snapshot ${name}`;
  const stored = Number(snapshot.storageBytes ?? Number.NaN);
  return {
    id: needed(snapshot.id === undefined || snapshot.id === null ? undefined : String(snapshot.id), what, at),
    name,
    // Where its disk was; it can be restored in any zone of the project.
    location: /zones\/([^/]+)\//.exec(snapshot.sourceDisk ?? '')?.[1] ?? 'global',
    labels: decodeLabels(snapshot.labels ?? {}),
    status: snapshotStatus(snapshot),
    statusText: printable(needed(snapshot.status, what, at)),
    ...(snapshot.sourceDiskId !== undefined &&
      snapshot.sourceDiskId !== null &&
      snapshot.sourceDiskId !== '' && { sourceDiskId: snapshot.sourceDiskId }),
    sizeBytes: neededSize(snapshot.diskSizeGb, what, at),
    ...(Number.isSafeInteger(stored) && { storedBytes: stored }),
    takenAtMs: neededTime(snapshot.creationTimestamp, what, at),
    kind: snapshotKind(snapshot),
  };
}

/** safety.md 9: made by a schedule, or from an instant snapshot that is kept with its disk, it is no proof. */
export function snapshotKind(snapshot: WireSnapshot): Snapshot['kind'] {
  if (snapshot.autoCreated === true || isSet(snapshot.sourceSnapshotSchedulePolicy)) return 'scheduled';
  if (isSet(snapshot.sourceInstantSnapshot) || isSet(snapshot.sourceInstantSnapshotId)) return 'instant';
  if (isSet(snapshot.sourceDiskForRecoveryCheckpoint) || !isSet(snapshot.sourceDiskId)) return 'unknown';
  const type = snapshot.snapshotType;
  return !isSet(type) || type === 'STANDARD' || type === 'ARCHIVE' ? 'taken' : 'unknown';
}

function isSet(value: string | null | undefined): boolean {
  return value !== undefined && value !== null && value !== '';
}
