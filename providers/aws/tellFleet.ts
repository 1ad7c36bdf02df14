import type { Instance, Snapshot as RawSnapshot, Volume } from '@aws-sdk/client-ec2';
import type {
  Disk,
  DiskOrigin,
  DiskStatus,
  EndedVm,
  LastWritable,
  Snapshot,
  SnapshotStatus,
  Vm,
  VmStatus,
} from '../../src/core/assets.ts';
import { mayHoldStore } from './instanceTypes.ts';
import type { Look, Told, ToldVolume } from './look.ts';
import { GiB } from './settings.ts';
import { IMAGE, labelsOfTags, NAME } from './tags.ts';

/** When a stopped instance has stopped at the latest, by EC2's clock: see `stopTimes.ts`. */
export type StopTimeOf = (instance: Instance) => number;

/** The types whose instance stores decide what is told. */
export function typesToTell({ instances }: Look): string[] {
  return instances.flatMap((instance) => (mayHoldStore(instance) ? [instance.raw.InstanceType ?? ''] : []));
}

/** What a look means. Pure: what EC2 says that nobody has heard of yet is 'unknown'. */
export function tellVms(
  look: Look,
  hasStore: (type: string) => boolean,
): { readonly vms: readonly Vm[]; readonly ended: readonly EndedVm[] } {
  const names = new Map(look.volumes.map((volume) => [volume.id, nameOf(volume)]));
  const vms: Vm[] = [];
  const ended: EndedVm[] = [];
  for (const instance of look.instances) {
    const startedAtMs = startedAtMsOf(instance.raw);
    // clouds.md: "a dead one stays listed for about an hour"; `shutting-down` is busy, not gone.
    if (instance.raw.State?.Name !== 'terminated') vms.push(tellVm(instance, names, hasStore));
    else if (startedAtMs !== undefined) ended.push({ id: instance.id, lastStartedAtMs: startedAtMs });
  }
  return { vms, ended };
}

function tellVm(
  instance: Told<Instance>,
  names: ReadonlyMap<string, string>,
  hasStore: (type: string) => boolean,
): Vm {
  const { id, raw, tags } = instance;
  const state = raw.State?.Name ?? '';
  const startedAtMs = startedAtMsOf(raw);
  const isHibernated = state === 'stopped' && raw.StateReason?.Code === 'Client.UserInitiatedHibernate';
  const attachments = (raw.BlockDeviceMappings ?? []).map(({ DeviceName, Ebs }) => ({
    diskId: Ebs?.VolumeId ?? '',
    diskName: names.get(Ebs?.VolumeId ?? '') ?? '',
    boot: DeviceName === raw.RootDeviceName,
    // What is not told was not read: it counts as set.
    deletedWithVm: Ebs?.DeleteOnTermination ?? true,
  }));
  return {
    id,
    name: tags[NAME] ?? id,
    location: raw.Placement?.AvailabilityZone ?? '',
    labels: labelsOfTags(tags),
    status: isHibernated ? 'suspended' : vmStatusOf(state),
    statusText: isHibernated ? 'hibernated' : state,
    size: { machineType: raw.InstanceType ?? '' },
    attachments: [...attachments].sort((left, right) => Number(right.boot) - Number(left.boot)),
    ...(startedAtMs !== undefined && { lastStartedAtMs: startedAtMs }),
    diesWithVm: [
      ...(raw.TpmSupport === undefined ? [] : ['keys that are sealed to its TPM']),
      ...(mayHoldStore(instance) && hasStore(raw.InstanceType ?? '')
        ? ['what is on its instance store, at every stop already']
        : []),
    ],
  };
}

/** EC2 cuts the time to the second: erring late, it is the end of that. */
function startedAtMsOf({ LaunchTime }: Instance): number | undefined {
  return LaunchTime === undefined ? undefined : Math.floor(LaunchTime.getTime() / 1000) * 1000 + 999;
}

export function vmStatusOf(state: string): VmStatus {
  switch (state) {
    case 'running':
      return 'running';
    case 'stopped':
      return 'stopped';
    case 'pending':
    case 'stopping':
    case 'shutting-down':
      return 'changing';
    default:
      return 'unknown';
  }
}

export function tellDisks(look: Look, stopTimeOf: StopTimeOf): Disk[] {
  const instances = new Map(look.instances.map((instance) => [instance.id, instance.raw]));
  // A deleted volume can be listed for a moment, and is as gone as one that is not.
  return look.volumes
    .filter(({ raw }) => raw.State !== 'deleted')
    .map((volume) => tellDisk(volume, instances, stopTimeOf));
}

function tellDisk(
  volume: ToldVolume,
  instances: ReadonlyMap<string, Instance>,
  stopTimeOf: StopTimeOf,
): Disk {
  const { id, raw, tags } = volume;
  const holders = holdersOf(raw);
  const moving = (raw.Attachments ?? []).find(
    ({ State }) => State === 'attaching' || State === 'detaching' || State === 'busy',
  );
  return {
    id,
    name: nameOf(volume),
    location: raw.AvailabilityZone ?? '',
    labels: labelsOfTags(tags),
    status: isWhole(raw) ? (moving === undefined ? diskStatusOf(raw.State ?? '') : 'changing') : 'unknown',
    statusText: moving?.State ?? raw.State ?? '',
    sizeBytes: (raw.Size ?? 0) * GiB,
    type: raw.VolumeType ?? '',
    origin: originOf(volume),
    createdAtMs: raw.CreateTime?.getTime() ?? 0,
    attachedTo: holders,
    lastWritable: lastWritableOf(raw, instances, stopTimeOf),
  };
}

/** Whether an answer says all that must be known of a volume, and does not contradict itself (R7). */
function isWhole(volume: Volume): boolean {
  const { State, Size, VolumeType, AvailabilityZone, CreateTime, Attachments } = volume;
  const isNamed = (Attachments ?? []).every(
    ({ InstanceId, State: state }) => state === 'detached' || Boolean(InstanceId),
  );
  const isHeld = holdersOf(volume).length > 0;
  return (
    Boolean(Size && VolumeType && AvailabilityZone && CreateTime) && isNamed && (State !== 'in-use' || isHeld)
  );
}

export function diskStatusOf(state: string): DiskStatus {
  switch (state) {
    case 'available':
    case 'in-use':
      return 'ready';
    case 'creating':
    case 'deleting':
      return 'changing';
    case 'error':
      return 'failed';
    default:
      return 'unknown';
  }
}

export function holdersOf({ Attachments }: Volume): string[] {
  return (Attachments ?? []).flatMap(({ State, InstanceId }) =>
    State === 'detached' || InstanceId === undefined ? [] : [InstanceId],
  );
}

/** EC2 itself says which snapshot; of images and blank disks we note it. */
function originOf({ raw, tags }: ToldVolume): DiskOrigin {
  const image = tags[IMAGE];
  if (image !== undefined) return { from: 'image', image };
  return raw.SnapshotId ? { from: 'snapshot', snapshotId: raw.SnapshotId } : { from: 'blank' };
}

/** Nothing tells of a volume that is attached to nothing: it may have been attached and detached again. */
function lastWritableOf(
  volume: Volume,
  instances: ReadonlyMap<string, Instance>,
  stopTimeOf: StopTimeOf,
): LastWritable {
  const attachments = (volume.Attachments ?? []).filter(({ State }) => State !== 'detached');
  if (attachments.length === 0) return { kind: 'unknown' };
  let atMs = 0;
  for (const { InstanceId = '', AttachTime } of attachments) {
    const holder = instances.get(InstanceId);
    if (holder?.State?.Name !== 'stopped') return { kind: 'now' };
    // Before it was attached here it may have been elsewhere, in a VM that ran longer than this one.
    atMs = Math.max(atMs, stopTimeOf(holder), secondsUp(AttachTime?.getTime() ?? 0));
  }
  return { kind: 'at', atMs };
}

export function tellSnapshots(look: Look, region: string): Snapshot[] {
  return look.snapshots.map(({ id, raw, tags }) => ({
    id,
    name: tags[NAME] ?? id,
    // A snapshot belongs to the region: any of its zones can have the disk again.
    location: region,
    labels: labelsOfTags(tags),
    status: raw.StorageTier === 'archive' || !raw.StartTime ? 'unknown' : snapshotStatusOf(raw.State ?? ''),
    statusText: raw.StorageTier === 'archive' ? 'archived' : (raw.State ?? ''),
    ...(raw.VolumeId !== undefined && { sourceDiskId: raw.VolumeId }),
    sizeBytes: (raw.VolumeSize ?? 0) * GiB,
    takenAtMs: Math.floor((raw.StartTime?.getTime() ?? 0) / 1000) * 1000,
    kind: snapshotKindOf(raw, Object.keys(tags)),
  }));
}

export function snapshotStatusOf(state: string): SnapshotStatus {
  switch (state) {
    case 'completed':
      return 'ready';
    case 'pending':
      return 'changing';
    case 'error':
      return 'failed';
    // 'recoverable' and 'recovering' lie in the recycle bin.
    default:
      return 'unknown';
  }
}

/** safety.md 9: "a snapshot copied or made by a schedule is no proof". */
export function snapshotKindOf(
  { VolumeId, Description }: RawSnapshot,
  keys: readonly string[],
): Snapshot['kind'] {
  if (VolumeId === undefined || VolumeId === 'vol-ffffffff' || /^\[?Copied snap-/.test(Description ?? ''))
    return 'copied';
  return keys.some((key) => key.startsWith('aws:dlm:') || key.startsWith('aws:backup:'))
    ? 'scheduled'
    : 'taken';
}

export function nameOf({ id, tags }: Pick<Told<unknown>, 'id' | 'tags'>): string {
  return tags[NAME] ?? id;
}

export function secondsUp(atMs: number): number {
  return Math.ceil(atMs / 1000) * 1000;
}
