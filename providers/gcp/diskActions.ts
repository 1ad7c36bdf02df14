import type { CreateDisk, GrowDisk, SnapshotDisk } from '../../src/core/action.ts';
import { formatExactBytes } from '../../src/core/units.ts';
import type { WireDisk, WireSnapshot } from './calls.ts';
import { ensure, paced, refuseBadName, sameIdentity } from './creation.ts';
import { addressOf, diskNamed, settledDisk, settledSnapshot, snapshotNamed } from './findAssets.ts';
import { idOf, refusal, settled, type Work, zoneLink } from './gcpWork.ts';
import { imageLink } from './imageLookup.ts';
import { decodeLabels, encodeLabels } from './labels.ts';
import { change } from './operations.ts';
import { diskStatus, originOf, snapshotKind, snapshotStatus } from './tellAssets.ts';
import { lastWord } from './gcpWork.ts';
import { readWorkstation } from './workstationSettings.ts';

const GiB = 1024 ** 3;

export function gigabytes(sizeBytes: number, work: Work): string {
  if (sizeBytes % GiB === 0) return String(sizeBytes / GiB);
  throw refusal(
    'configuration',
    work,
    `Compute Engine has disks of whole GB, not of ${formatExactBytes(sizeBytes)}`,
  );
}

export async function createDisk(action: CreateDisk, work: Work): Promise<void> {
  const { name, location: zone, labels, source } = action;
  const { gcp } = work;
  refuseBadName(name, work);
  const sizeGb = gigabytes(action.sizeBytes, work);
  const look = () =>
    settled(
      () => diskNamed(name, zone, work),
      (found) => found !== undefined && diskStatus(found) === 'changing',
      work,
    );
  const own = readWorkstation(action.settings);
  const disk = await ensure<WireDisk>(
    {
      action,
      look,
      idOf: (found) => String(found.id),
      whyNot: (found) => whyNotDisk(found, action, sizeGb),
      create: async (wanted) => {
        const from = await sourceOf(source, action, work);
        return change(
          'disks.insert',
          {
            project: gcp.settings.project,
            zone,
            diskResource: {
              name,
              sizeGb,
              type: zoneLink(gcp, zone, 'diskTypes', action.type),
              labels: { ...own.labels, ...encodeLabels(labels) },
              description: `chews: disk ${labels.disk ?? name} of workstation ${labels.workstation ?? 'unknown'}.`,
              ...from,
              ...(own.encryptionKey !== undefined && {
                diskEncryptionKey: { kmsKeyName: own.encryptionKey },
              }),
            },
          },
          work,
          wanted,
        );
      },
    },
    work,
  );
  gcp.places.set(String(disk.id), { name, zone });
  if (diskStatus(disk) !== 'ready')
    throw refusal(
      'failed',
      work,
      `it was accepted, and is ${disk.status ?? 'in no state that is known'} now`,
    );
}

function whyNotDisk(found: WireDisk, action: CreateDisk, sizeGb: string): string | undefined {
  const origin = originOf(found);
  if (String(found.sizeGb) !== sizeGb) return `its size is ${String(found.sizeGb)}GB`;
  if (lastWord(found.type) !== action.type) return `its type is ${lastWord(found.type)}`;
  if (origin.from !== action.source.from) return `it was made from ${origin.from}`;
  if (
    origin.from === 'snapshot' &&
    action.source.from === 'snapshot' &&
    origin.snapshotId !== action.source.snapshotId
  )
    return 'it was made from another snapshot';
  return sameIdentity(decodeLabels(found.labels ?? {}), action.labels)
    ? undefined
    : 'its labels say that it is not ours';
}

async function sourceOf(
  source: CreateDisk['source'],
  action: CreateDisk,
  work: Work,
): Promise<{ sourceImage?: string; sourceSnapshot?: string }> {
  switch (source.from) {
    case 'blank':
      return {};
    case 'image':
      return { sourceImage: await imageLink(source.image, work) };
    case 'snapshot': {
      const snapshot = await settledSnapshot(
        { name: `that ${action.name} is made from`, id: source.snapshotId },
        work,
      );
      if (snapshotStatus(snapshot) !== 'ready')
        throw refusal('refused', work, `snapshot ${snapshot.name ?? ''} is ${snapshot.status ?? 'unknown'}`);
      if (Number(snapshot.diskSizeGb) * GiB > action.sizeBytes)
        throw refusal('refused', work, `it is smaller than the disk of snapshot ${snapshot.name ?? ''}`);
      return {
        sourceSnapshot: `projects/${work.gcp.settings.project}/global/snapshots/${snapshot.name ?? ''}`,
      };
    }
  }
}

/** clouds.md: "Snapshots: one per disk in ten minutes, bursts of six an hour." */
const snapshotPace = {
  reasons: ['resourceOperationRateExceeded', 'RESOURCE_OPERATION_RATE_EXCEEDED'],
  pauseMs: 30_000,
  limitMs: 15 * 60_000,
  say: 'Compute Engine takes one snapshot of a disk in ten minutes: waiting for the next one.',
};

export async function snapshotDisk(action: SnapshotDisk, work: Work): Promise<void> {
  const { name, labels } = action;
  const { gcp } = work;
  refuseBadName(name, work);
  const disk = await settledDisk(action.disk, work);
  const address = addressOf(disk);
  const own = readWorkstation(action.settings);
  const look = () =>
    settled(
      () => snapshotNamed(name, work),
      (found) => found !== undefined && snapshotStatus(found) === 'changing',
      work,
    );
  const snapshot = await ensure<WireSnapshot>(
    {
      action,
      look,
      idOf: (found) => String(found.id),
      whyNot: (found) => {
        if (found.sourceDiskId !== idOf(action.disk)) return 'it was taken from another disk';
        if (snapshotKind(found) !== 'taken') return 'it was not taken from the disk itself';
        return sameIdentity(decodeLabels(found.labels ?? {}), labels)
          ? undefined
          : 'its labels say that it is not ours';
      },
      targets: false,
      create: (wanted) =>
        paced(
          () =>
            change(
              'disks.createSnapshot',
              {
                project: gcp.settings.project,
                zone: address.zone,
                disk: address.name,
                snapshotResource: {
                  name,
                  labels: { ...own.labels, ...onlyCopyLabel, ...encodeLabels(labels) },
                  description: describeSnapshot(action, disk),
                  ...(own.snapshotLocation !== undefined && { storageLocations: [own.snapshotLocation] }),
                  ...(own.snapshotTier !== undefined && { snapshotType: own.snapshotTier.toUpperCase() }),
                  ...(own.encryptionKey !== undefined && {
                    snapshotEncryptionKey: { kmsKeyName: own.encryptionKey },
                  }),
                },
              },
              work,
              wanted,
            ),
          snapshotPace,
          work,
        ),
    },
    work,
  );
  gcp.places.set(String(snapshot.id), { name, zone: undefined });
  if (snapshotStatus(snapshot) !== 'ready')
    throw refusal('failed', work, `the snapshot is ${snapshot.status ?? 'in no state that is known'}`);
}

/** safety.md 12: what tidies up a project hunts snapshots whose disk is gone, which is what ours are for. */
const onlyCopyLabel = { 'do-not-delete': 'only-copy-of-a-workstation' };

function describeSnapshot({ labels }: SnapshotDisk, disk: WireDisk): string {
  const {
    workstation = 'unknown',
    disk: own = disk.name ?? '',
    set = '',
    setIndex = 0,
    setSize = 0,
  } = labels;
  return (
    `chews: once the workstation is put away this is the ONLY COPY of disk ${own} of workstation ${workstation} ` +
    `(${disk.name ?? ''}, id ${String(disk.id)}), ${setIndex} of ${setSize} of set ${set}. Deleting it deletes the data.`
  );
}

export async function growDisk(action: GrowDisk, work: Work): Promise<void> {
  const disk = await settledDisk(action.disk, work);
  const { zone, name } = addressOf(disk);
  const sizeGb = gigabytes(action.sizeBytes, work);
  if (Number(disk.sizeGb) === Number(sizeGb)) return;
  if (Number(disk.sizeGb) > Number(sizeGb))
    throw refusal('refused', work, `it has ${String(disk.sizeGb)}GB, and disks only grow`);
  await change(
    'disks.resize',
    {
      project: work.gcp.settings.project,
      zone,
      disk: name,
      disksResizeRequestResource: { sizeGb },
    },
    work,
    [disk.id, String(disk.sizeGb), sizeGb],
  );
  const after = await settledDisk(action.disk, work);
  if (Number(after.sizeGb) !== Number(sizeGb))
    throw refusal('failed', work, `it still has ${String(after.sizeGb)}GB`);
}
