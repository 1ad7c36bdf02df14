import type { Volume } from '@aws-sdk/client-ec2';
import type { ChangeDiskType, CreateDisk, GrowDisk, SnapshotDisk } from '../../src/core/action.ts';
import { cut } from '../../src/core/printable.ts';
import { digest } from './images.ts';
import type { Look, ToldVolume } from './look.ts';
import { refusal } from './place.ts';
import { capabilities, GiB, whyNoDisk, whyNoZone } from './settings.ts';
import {
  BOOT,
  bootFactsTag,
  DEVICE,
  labelsOfTags,
  NAME,
  sameIdentity,
  tagsOfLabels,
  toTagList,
  type Tags,
} from './tags.ts';
import { holdersOf, nameOf, snapshotKindOf } from './tellFleet.ts';
import { isThere, requireVolume, type Work } from './workbench.ts';
import { readKeys, userTags } from './workstationKeys.ts';

const VOLUME_LIMIT_MS = 900_000;

/** Refuses what no call could make. */
export function checkNewDisk(action: CreateDisk, region: string, attempt: string): void {
  const why =
    whyNoName(action.name) ?? whyNoZone(action.location, region) ?? whyNoDisk(action.type, action.sizeBytes);
  if (why !== undefined) throw refusal('configuration', `${attempt}: ${why}`);
}

export function whyNoName(name: string): string | undefined {
  if (name.length > capabilities.longestName)
    return `${cut(name)} is too long: a name has at most ${capabilities.longestName} characters`;
  return /^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name) ? undefined : `${cut(name)} is no name`;
}

/** Makes a loose volume, blank or from a snapshot. */
export async function createDisk(work: Work, action: CreateDisk): Promise<void> {
  const { bench, attempt } = work;
  const { watch, settings } = bench;
  checkNewDisk(action, settings.region, attempt);
  if (action.source.from === 'image') {
    const why = 'EC2 makes the disk of an image only along with its VM';
    throw refusal('refused', `${attempt}: ${why}`);
  }
  const look = await bench.look(work);
  const snapshotId = action.source.from === 'snapshot' ? action.source.snapshotId : undefined;
  if (snapshotId !== undefined) requireRestorable(look, snapshotId, action.sizeBytes, attempt);
  const there = findDisk(look, action, attempt);
  const id = there?.id ?? (await makeVolume(work, action, snapshotId));
  const state = await watch.volume(
    id,
    (volume) => (volume === undefined || volume.State === 'creating' ? undefined : volume.State),
    work,
    VOLUME_LIMIT_MS,
  );
  if (state === 'error') {
    throw refusal(
      'failed',
      `${attempt}: EC2 accepted it, and has failed`,
      'Delete the failed disk, then run the command again.',
    );
  }
  bench.expect(`${id} state`, (seen) =>
    seen.volumes.some((volume) => volume.id === id && volume.raw.State !== 'creating'),
  );
}

/** The snapshot that a disk is to be made from. */
export function requireRestorable(look: Look, id: string, sizeBytes: number, attempt: string) {
  const snapshot = look.snapshots.find((candidate) => candidate.id === id);
  if (snapshot === undefined) throw refusal('not-found', `${attempt}: there is no snapshot ${cut(id)}`);
  const least = (snapshot.raw.VolumeSize ?? 0) * GiB;
  if (sizeBytes < least)
    throw refusal('refused', `${attempt}: it is smaller than the disk of snapshot ${nameOf(snapshot)}`);
  return snapshot;
}

/** The disk of the name in the zone, if it is what is wanted. */
function findDisk(look: Look, action: CreateDisk, attempt: string): ToldVolume | undefined {
  const [only, another] = look.volumes.filter(
    (volume) =>
      nameOf(volume) === action.name &&
      volume.raw.AvailabilityZone === action.location &&
      volume.raw.State !== 'deleting' &&
      volume.raw.State !== 'deleted',
  );
  if (another !== undefined) throw refusal('conflict', `${attempt}: there are two disks of that name`);
  if (only === undefined) return undefined;
  const { raw, tags } = only;
  const wantedSnapshot = action.source.from === 'snapshot' ? action.source.snapshotId : '';
  const isWanted =
    raw.Size === action.sizeBytes / GiB &&
    raw.VolumeType === action.type &&
    (raw.SnapshotId ?? '') === wantedSnapshot &&
    sameIdentity(labelsOfTags(tags), action.labels);
  if (!isWanted) throw refusal('conflict', `${attempt}: there is something else of that name, ${only.id}`);
  return only;
}

async function makeVolume(work: Work, action: CreateDisk, snapshotId: string | undefined): Promise<string> {
  const { bench, attempt } = work;
  const keys = readKeys(action.settings);
  const tags: Tags = { ...userTags(keys), ...tagsOfLabels(action.labels), [NAME]: action.name };
  for (let generation = 0; ; generation += 1) {
    const volume: Volume = await bench.ec2.change(
      'createVolume',
      {
        AvailabilityZone: action.location,
        Size: action.sizeBytes / GiB,
        VolumeType: action.type as NonNullable<Volume['VolumeType']>,
        ...(snapshotId !== undefined && { SnapshotId: snapshotId }),
        ...(keys.encryptionKey !== undefined && { Encrypted: true, KmsKeyId: keys.encryptionKey }),
        TagSpecifications: [{ ResourceType: 'volume', Tags: toTagList(tags) }],
        // Made of what is wanted, so that two runs that want the same get one volume.
        ClientToken: digest({ action, generation }, 64),
      },
      work,
    );
    const id = volume.VolumeId;
    if (id === undefined) throw refusal('unreadable', `${attempt}: EC2’s answer has no id`);
    // A token that made an incarnation that is dead by now brings nothing back: take the next.
    if (
      !bench.gone.has(id) &&
      (await isThere(work, bench.watch.volume, id, ({ State }) => State === 'deleting'))
    )
      return id;
  }
}

/** Takes a snapshot, and comes back when it is complete. */
export async function snapshotDisk(work: Work, action: SnapshotDisk): Promise<void> {
  const { bench, attempt, options } = work;
  const name = whyNoName(action.name);
  if (name !== undefined) throw refusal('configuration', `${attempt}: ${name}`);
  const look = await bench.look(work);
  const volume = requireVolume(look, action.disk, work);
  const [only, another] = look.snapshots.filter((snapshot) => nameOf(snapshot) === action.name);
  if (another !== undefined) throw refusal('conflict', `${attempt}: there are two snapshots of that name`);
  if (only !== undefined) {
    const isWanted =
      only.raw.VolumeId === volume.id &&
      snapshotKindOf(only.raw, Object.keys(only.tags)) === 'taken' &&
      sameIdentity(labelsOfTags(only.tags), action.labels);
    if (!isWanted) throw refusal('conflict', `${attempt}: there is something else of that name, ${only.id}`);
  }
  const id = only?.id ?? (await takeSnapshot(work, action, look, volume));
  const state = await bench.watch.snapshot(
    id,
    (snapshot) => {
      if (snapshot === undefined) return undefined;
      const percent = Number(/^(\d+)%$/.exec(snapshot.Progress ?? '')?.[1]);
      if (!Number.isNaN(percent)) options.progress?.(percent / 100);
      return snapshot.State === 'pending' ? undefined : snapshot.State;
    },
    work,
  );
  if (state !== 'completed')
    throw refusal('failed', `${attempt}: EC2 accepted it, and the snapshot has failed`);
  bench.expect(`${id} state`, (seen) =>
    seen.snapshots.some((snapshot) => snapshot.id === id && snapshot.raw.State === 'completed'),
  );
}

async function takeSnapshot(
  work: Work,
  action: SnapshotDisk,
  look: Look,
  volume: ToldVolume,
): Promise<string> {
  const { workstation = '', disk = '' } = action.labels;
  const device = volume.tags[DEVICE];
  const tags: Tags = {
    ...userTags(readKeys(action.settings)),
    ...tagsOfLabels(action.labels),
    ...bootTags(look, volume),
    ...(device !== undefined && { [DEVICE]: device }),
    [NAME]: action.name,
  };
  const { SnapshotId } = await work.bench.ec2.change(
    'createSnapshot',
    {
      VolumeId: volume.id,
      // safety.md 12: who sweeps accounts hunts snapshots without a source.
      Description:
        `The only copy of disk ${disk} of the workstation ${workstation}, kept by chews. Do not delete.`.slice(
          0,
          255,
        ),
      TagSpecifications: [{ ResourceType: 'snapshot', Tags: toTagList(tags) }],
    },
    work,
  );
  if (SnapshotId === undefined) throw refusal('unreadable', `${work.attempt}: EC2’s answer has no id`);
  return SnapshotId;
}

/** How the disk boots: from the VM that boots from it, or as it was noted when it came with one. */
export function bootTags(look: Look, volume: ToldVolume): Tags {
  const noted = volume.tags[BOOT];
  if (noted !== undefined) return { [BOOT]: noted };
  for (const id of holdersOf(volume.raw)) {
    const holder = look.instances.find((instance) => instance.id === id)?.raw;
    const isRoot = volume.raw.Attachments?.some(({ Device }) => Device === holder?.RootDeviceName) === true;
    if (!isRoot || holder?.Architecture === undefined || holder.RootDeviceName === undefined) continue;
    return bootFactsTag({
      architecture: holder.Architecture,
      rootDevice: holder.RootDeviceName,
      ena: holder.EnaSupport ?? false,
      ...(holder.BootMode !== undefined && { bootMode: holder.BootMode }),
    });
  }
  return {};
}

export async function growDisk(work: Work, action: GrowDisk): Promise<void> {
  const { attempt, bench } = work;
  const volume = requireVolume(await bench.look(work), action.disk, work);
  const sizeGiB = action.sizeBytes / GiB;
  const type = volume.raw.VolumeType ?? '';
  if (sizeGiB < (volume.raw.Size ?? 0)) throw refusal('refused', `${attempt}: a disk of EC2 cannot shrink`);
  const why = whyNoDisk(type, action.sizeBytes);
  if (why !== undefined) throw refusal('configuration', `${attempt}: ${why}`);
  if (sizeGiB === volume.raw.Size) return;
  await bench.ec2.change('modifyVolume', { VolumeId: volume.id, Size: sizeGiB }, work);
  await untilVolume(work, volume.id, ({ Size }) => Size === sizeGiB);
}

export async function changeDiskType(work: Work, action: ChangeDiskType): Promise<void> {
  const { attempt, bench } = work;
  const volume = requireVolume(await bench.look(work), action.disk, work);
  const why = whyNoDisk(action.type, (volume.raw.Size ?? 0) * GiB);
  if (why !== undefined) throw refusal('configuration', `${attempt}: ${why}`);
  if (volume.raw.VolumeType === action.type) return;
  const VolumeType = action.type as NonNullable<Volume['VolumeType']>;
  await bench.ec2.change('modifyVolume', { VolumeId: volume.id, VolumeType }, work);
  await untilVolume(work, volume.id, (raw) => raw.VolumeType === action.type);
}

/** Waits until a volume is told to be so, and has every later list show it. */
export async function untilVolume(work: Work, id: string, isSo: (volume: Volume) => boolean): Promise<void> {
  await work.bench.watch.volume(
    id,
    (volume) => (volume !== undefined && isSo(volume) ? true : undefined),
    work,
    VOLUME_LIMIT_MS,
  );
  work.bench.expect(`${id} itself`, ({ volumes }) =>
    volumes.some((volume) => volume.id === id && isSo(volume.raw)),
  );
}
