import type { CreateDisk, GrowDisk, SnapshotDisk } from '../../src/core/action.ts';
import { ChewsError } from '../../src/core/errors.ts';
import type { ApplyOptions } from '../../src/core/provider.ts';
import { refuseInternalSnapshots, refuseOwnersFiles } from './assetContents.ts';
import { type DiskRecord, type DiskType, rewriteAsset, type SnapshotRecord } from './assetFile.ts';
import { createAsset, type Found, findAsset, nextMoment, requireAsset, requireById } from './assetFolders.ts';
import { withAssetLock } from './assetLock.ts';
import {
  copyToDisk,
  copyToSnapshot,
  growImage,
  type ImageWork,
  makeBlankImage,
  ownersImage,
  refuseIfBroken,
} from './diskImages.ts';
import { syncFile, withdrawFolder } from './durable.ts';
import { driveFull, isNoSpace, stopIfAborted } from './fileErrors.ts';
import {
  contentVersion,
  type ImageFacts,
  imageDamage,
  imageFacts,
  imagePath,
  isAsTaken,
  stampOf,
} from './imageHeader.ts';
import { refuseWhileWritten } from './imageWriters.ts';
import { sectorsOf } from './sectors.ts';
import { expandPath, microImage } from './settings.ts';
import { ensureLocation, kindFolder, readStore, type Store } from './store.ts';
import { vmsWithDisk } from './vmState.ts';
import { withConsole } from './withConsole.ts';

/** Makes a disk; resolves when it is there with all that belongs to it, durably. */
export async function createDisk(store: Store, action: CreateDisk, options: ApplyOptions): Promise<void> {
  const attempt = `cannot create disk ${action.name}`;
  const type = diskType(action.type, attempt);
  const location = await ensureLocation(store, action.location);
  const { kind: _, ...wanted } = action;
  if (action.source.from === 'snapshot') await removeRecordOfGone(store, action.name, attempt);
  await createAsset(store, location, 'disk', action.name, wanted, attempt, async (folder, madeBy) => {
    const work = imageWork(store, attempt, options);
    const draft: DiskRecord = {
      kind: 'disk',
      id: store.context.drawId(),
      name: action.name,
      labels: action.labels,
      createdAtMs: await nextMoment(store),
      madeBy,
      type,
      sizeBytes: action.sizeBytes,
      imageBytes: 0,
      origin: action.source,
      generation: 0,
      pristineStamp: '',
    };
    const path = imagePath(folder, draft);
    const source = await fillDisk(store, action, type, path, work);
    const facts = await imageFacts(path);
    if (facts === undefined) throw gone(attempt, path);
    const made = { ...draft, imageBytes: facts.fileBytes, pristineStamp: stampOf(facts) };
    return source?.awaitsGuest === true ? { ...made, awaitsGuest: true } : made;
  });
}

/** A record whose image somebody deleted makes way for the disk that is restored in its place. */
async function removeRecordOfGone(store: Store, name: string, attempt: string): Promise<void> {
  const isGone = async (found: Found<'disk'> | undefined): Promise<boolean> =>
    found !== undefined && (await imageFacts(imagePath(found.folder, found.record))) === undefined;
  const found = await findAsset(await readStore(store), 'disk', { name });
  if (found === undefined || !(await isGone(found))) return;
  await withAssetLock(store.context, found.folder, attempt, async () => {
    const again = await findAsset(await readStore(store), 'disk', { name, id: found.record.id });
    if (again?.folder !== found.folder || !(await isGone(again))) return;
    const { record, location } = again;
    await refuseWhileRunning(store, again, attempt);
    const look = async (folder: string): Promise<void> => {
      await refuseOwnersFiles(folder, record, attempt, again.folder);
      if ((await imageFacts(imagePath(folder, record))) === undefined) return;
      throw new ChewsError('conflict', `${attempt}: its file has come back`, { effect: 'none' });
    };
    await look(again.folder);
    await withdrawFolder(again.folder, kindFolder(location, 'disk'), store.context.drawId(), look);
  });
}

/** Gives the snapshot that it was filled from, where there is one. */
async function fillDisk(
  store: Store,
  action: CreateDisk,
  type: DiskType,
  path: string,
  work: ImageWork,
): Promise<SnapshotRecord | undefined> {
  const { source, sizeBytes } = action;
  const { attempt } = work;
  // The minimal guest installs itself onto a blank disk.
  if (source.from === 'blank' || (source.from === 'image' && source.image === microImage)) {
    await makeBlankImage(path, type, sizeBytes, work);
    return undefined;
  }
  if (source.from === 'image') {
    const image = await ownersImage(expandPath(source.image, store.context), attempt);
    await copyToDisk(image, path, type, sizeBytes, work);
    return undefined;
  }
  const snapshot = await requireById(await readStore(store), 'snapshot', source.snapshotId, attempt);
  const from = imagePath(snapshot.folder, snapshot.record);
  const facts = await imageFacts(from);
  const damage = imageDamage(snapshot.record, facts, from);
  if (facts === undefined || damage !== undefined) {
    throw new ChewsError(
      'failed',
      `${attempt}: snapshot ${snapshot.record.name}: ${damage ?? 'it is gone'}`,
      {
        effect: 'none',
      },
    );
  }
  await copyToDisk({ path: from, ...facts }, path, type, sizeBytes, work);
  // The path may have become another snapshot's between its reading and its opening.
  await requireById(await readStore(store), 'snapshot', source.snapshotId, attempt);
  return snapshot.record;
}

/** Copies a disk that nothing can write to; resolves when the copy is verified, complete and durable. */
export async function snapshotDisk(store: Store, action: SnapshotDisk, options: ApplyOptions): Promise<void> {
  const attempt = `cannot snapshot disk ${action.disk.name}`;
  const location = await ensureLocation(store, action.location);
  const { name, labels } = action;
  const disk = await requireAsset(await readStore(store), 'disk', action.disk, attempt);
  const wanted = { name, labels, location: action.location, disk: disk.record.id };
  const path = imagePath(disk.folder, disk.record);
  const made = await createAsset(
    store,
    location,
    'snapshot',
    name,
    wanted,
    attempt,
    async (folder, madeBy) => {
      await refuseWhileRunning(store, disk, attempt);
      await refuseWhileWritten(path, attempt);
      const takenAtMs = await nextMoment(store);
      // What somebody wrote through a mapping shows in the file's times only once it is flushed.
      await syncFile(path);
      const before = await wholeImage(disk, attempt);
      if (disk.record.type !== 'fast') refuseInternalSnapshots(before.facts, path, attempt);
      const draft: SnapshotRecord = {
        kind: 'snapshot',
        id: store.context.drawId(),
        name,
        labels,
        createdAtMs: takenAtMs,
        madeBy,
        sourceDiskId: disk.record.id,
        sourceDiskName: disk.record.name,
        sizeBytes: before.virtualBytes,
        imageBytes: 0,
        imageStamp: '',
        takenAtMs,
        contentVersion: before.version,
      };
      const awaitsGuest = await isAwaitingGuest(store, disk, before.facts);
      const copy = imagePath(folder, draft);
      const { virtualBytes, storedBytes } = before;
      const source = { path, type: disk.record.type, virtualBytes, storedBytes };
      const work = imageWork(store, attempt, options);
      await refuseIfBroken(source, work);
      await copyToSnapshot(source, copy, work);
      await refuseWhileWritten(path, attempt);
      await refuseIfChanged(store, action, before.version, attempt);
      const facts = await imageFacts(copy);
      if (facts === undefined) throw gone(attempt, copy);
      const taken = { ...draft, imageBytes: facts.fileBytes, imageStamp: stampOf(facts) };
      return awaitsGuest ? { ...taken, awaitsGuest } : taken;
    },
  );
  // A snapshot of that name that was there already is this one's work only if the disk was not written to since.
  if (made === undefined) return;
  await refuseIfChanged(store, action, made.contentVersion, attempt);
  await refuseIfReplaced(store, made, attempt);
}

/** Whether it holds what its image held, or a guest that was cut off while it came up for the first time. */
async function isAwaitingGuest(store: Store, { record }: Found<'disk'>, facts: ImageFacts): Promise<boolean> {
  if (record.origin.from !== 'image' && record.awaitsGuest !== true) return false;
  if (record.generation === 0 && stampOf(facts) === record.pristineStamp) return true;
  const holders = await vmsWithDisk(await readStore(store), record.id);
  const learned = await Promise.all(holders.map(withConsole));
  return learned.some(({ firstBoot, disks: [boot] }) => firstBoot && boot?.id === record.id);
}

async function wholeImage({ folder, record }: Found<'disk'>, attempt: string) {
  const path = imagePath(folder, record);
  const facts = await imageFacts(path);
  const damage = imageDamage(record, facts, path);
  if (facts === undefined || damage !== undefined) {
    throw new ChewsError('failed', `${attempt}: ${damage ?? 'its file is gone'}`, { effect: 'none' });
  }
  const virtualBytes = record.type === 'fast' ? sectorsOf(facts.fileBytes) : facts.virtualBytes;
  return { virtualBytes, storedBytes: facts.storedBytes, facts, version: contentVersion(record, facts) };
}

async function refuseIfChanged(
  store: Store,
  { disk, name }: SnapshotDisk,
  version: string,
  attempt: string,
): Promise<void> {
  const found = await requireAsset(await readStore(store), 'disk', disk, attempt);
  if ((await wholeImage(found, attempt)).version === version) return;
  throw new ChewsError(
    'conflict',
    `${attempt}: it was written to, and ${name} would not hold what is on it now`,
    {
      remedy: 'Run the same command again: it takes a new snapshot.',
      effect: 'none',
    },
  );
}

/** A snapshot that was there already, and whose file is not the one that was taken, is nobody's work. */
async function refuseIfReplaced(store: Store, made: SnapshotRecord, attempt: string): Promise<void> {
  const found = await requireAsset(await readStore(store), 'snapshot', made, attempt);
  if (isAsTaken(found.record, await imageFacts(imagePath(found.folder, found.record)))) return;
  throw new ChewsError('conflict', `${attempt}: the file of ${made.name} was changed after it was taken`, {
    remedy: 'Run the same command again: it takes a new snapshot.',
    effect: 'none',
  });
}

async function refuseWhileRunning(store: Store, disk: Found<'disk'>, attempt: string): Promise<void> {
  const holders = await vmsWithDisk(await readStore(store), disk.record.id);
  const busy = holders.find(({ status }) => status !== 'stopped');
  if (busy === undefined) return;
  throw new ChewsError('refused', `${attempt}: VM ${busy.record.name} is ${busy.statusText} with it`, {
    remedy: `Stop it first: chews down ${busy.record.labels.workstation ?? busy.record.name}`,
    effect: 'none',
  });
}

/** Makes a disk larger while no VM runs with it. */
export async function growDisk(store: Store, action: GrowDisk, options: ApplyOptions): Promise<void> {
  const attempt = `cannot grow disk ${action.disk.name}`;
  const { folder } = await requireAsset(await readStore(store), 'disk', action.disk, attempt);
  await withAssetLock(store.context, folder, attempt, async () => {
    const disk = await requireAsset(await readStore(store), 'disk', action.disk, attempt);
    const { record } = disk;
    const path = imagePath(folder, record);
    const { virtualBytes } = await wholeImage(disk, attempt);
    if (action.sizeBytes < virtualBytes) {
      throw new ChewsError('refused', `${attempt}: it is larger already, and a disk never shrinks`, {
        effect: 'none',
      });
    }
    await refuseWhileRunning(store, disk, attempt);
    await refuseWhileWritten(path, attempt);
    if (action.sizeBytes > virtualBytes) {
      await growImage(path, record.type, action.sizeBytes, imageWork(store, attempt, options)).catch(
        async (error: unknown) => {
          throw isNoSpace(error) ? await driveFull(attempt, folder, error) : error;
        },
      );
    }
    const facts = await imageFacts(path);
    if (facts === undefined) throw gone(attempt, path);
    // What somebody wrote while it grew cannot be told from the growth: from now on it counts as written to.
    const grown = { ...record, sizeBytes: action.sizeBytes, imageBytes: facts.fileBytes, pristineStamp: '' };
    await rewriteAsset(folder, grown, store.context.drawId());
  });
}

function imageWork(store: Store, attempt: string, options: ApplyOptions): ImageWork {
  stopIfAborted(options.signal, attempt);
  return { ...options, attempt, searchPath: store.context.env['PATH'] };
}

function diskType(type: string, attempt: string): DiskType {
  if (type === 'standard' || type === 'fast') return type;
  throw new ChewsError('configuration', `${attempt}: there is no disk type ${type} (known: standard, fast)`, {
    effect: 'none',
  });
}

function gone(attempt: string, path: string): ChewsError {
  return new ChewsError('failed', `${attempt}: its file ${path} vanished while it was made`, {
    effect: 'none',
  });
}
