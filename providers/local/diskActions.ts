import type { Action, CreateDisk, GrowDisk, SnapshotDisk } from '../../src/core/action.ts';
import { ChewsError } from '../../src/core/errors.ts';
import type { ApplyOptions } from '../../src/core/provider.ts';
import { type DiskRecord, type DiskType, rewriteAsset, type SnapshotRecord } from './assetFile.ts';
import {
  createAsset,
  deleteAsset,
  type Found,
  findAsset,
  requireAsset,
  requireById,
} from './assetFolders.ts';
import { withAssetLock } from './assetLock.ts';
import {
  copyToDisk,
  copyToSnapshot,
  growImage,
  type ImageWork,
  makeBlankImage,
  ownersImage,
  refuseWhileInUse,
} from './diskImages.ts';
import { withdrawFolder } from './durable.ts';
import { driveFull, isNoSpace, stopIfAborted } from './fileErrors.ts';
import { contentVersion, imageDamage, imageFacts, imagePath } from './imageHeader.ts';
import { expandPath, microImage } from './settings.ts';
import { ensureLocation, kindFolder, readStore, type Store } from './store.ts';
import { vmsWithDisk } from './vmState.ts';

type Of<K extends Action['kind']> = Extract<Action, { kind: K }>;

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
      createdAtMs: store.context.nowMs(),
      madeBy,
      type,
      sizeBytes: action.sizeBytes,
      imageBytes: 0,
      origin: action.source,
      generation: 0,
      pristineMtimeNs: '',
    };
    const path = imagePath(folder, draft);
    await fillDisk(store, action, type, path, work);
    const facts = await imageFacts(path);
    if (facts === undefined) throw gone(attempt, path);
    return { ...draft, imageBytes: facts.fileBytes, pristineMtimeNs: String(facts.mtimeNs) };
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
    await refuseWhileRunning(store, again, attempt);
    await withdrawFolder(again.folder, kindFolder(again.location, 'disk'), store.context.drawId());
  });
}

async function fillDisk(
  store: Store,
  action: CreateDisk,
  type: DiskType,
  path: string,
  work: ImageWork,
): Promise<void> {
  const { source, sizeBytes } = action;
  const { attempt } = work;
  // The minimal guest installs itself onto a blank disk.
  if (source.from === 'blank' || (source.from === 'image' && source.image === microImage)) {
    return makeBlankImage(path, type, sizeBytes, work);
  }
  if (source.from === 'image') {
    const image = await ownersImage(expandPath(source.image, store.context), attempt);
    return copyToDisk(image, path, type, sizeBytes, work);
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
      const takenAtMs = store.context.nowMs();
      const before = await wholeImage(disk, attempt);
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
        takenAtMs,
        contentVersion: before.version,
      };
      const copy = imagePath(folder, draft);
      const source = { path, type: disk.record.type, ...before };
      await copyToSnapshot(source, copy, imageWork(store, attempt, options));
      await refuseIfChanged(store, action, before.version, attempt);
      const facts = await imageFacts(copy);
      if (facts === undefined) throw gone(attempt, copy);
      return { ...draft, imageBytes: facts.fileBytes };
    },
  );
  // A snapshot of that name that was there already is this one's work only if the disk was not written to since.
  if (made !== undefined) await refuseIfChanged(store, action, made.contentVersion, attempt);
}

async function wholeImage({ folder, record }: Found<'disk'>, attempt: string) {
  const path = imagePath(folder, record);
  const facts = await imageFacts(path);
  const damage = imageDamage(record, facts, path);
  if (facts === undefined || damage !== undefined) {
    throw new ChewsError('failed', `${attempt}: ${damage ?? 'its file is gone'}`, { effect: 'none' });
  }
  const virtualBytes = record.type === 'fast' ? facts.fileBytes : facts.virtualBytes;
  return { virtualBytes, storedBytes: facts.storedBytes, version: contentVersion(record, facts) };
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
    const pristine = String((await imageFacts(path))?.mtimeNs) === record.pristineMtimeNs;
    if (action.sizeBytes > virtualBytes) {
      await growImage(path, record.type, action.sizeBytes, imageWork(store, attempt, options)).catch(
        async (error: unknown) => {
          throw isNoSpace(error) ? await driveFull(attempt, folder, error) : error;
        },
      );
    }
    const facts = await imageFacts(path);
    if (facts === undefined) throw gone(attempt, path);
    const grown = { ...record, sizeBytes: action.sizeBytes, imageBytes: facts.fileBytes };
    const mtime = pristine ? String(facts.mtimeNs) : record.pristineMtimeNs;
    await rewriteAsset(folder, { ...grown, pristineMtimeNs: mtime }, store.context.drawId());
  });
}

/** Deletes the disk of that very id, if it still exists and nothing holds it. */
export async function deleteDisk(
  store: Store,
  action: Of<'delete-disk'>,
  options: ApplyOptions,
): Promise<void> {
  const attempt = `cannot delete disk ${action.disk.name}`;
  await deleteAsset(
    store,
    'disk',
    action.disk,
    action.proof.assetId,
    attempt,
    async (view, { folder, record }) => {
      const [holder] = await vmsWithDisk(view, record.id);
      if (holder !== undefined) {
        throw new ChewsError('refused', `${attempt}: VM ${holder.record.name} has it`, { effect: 'none' });
      }
      const path = imagePath(folder, record);
      if ((await imageFacts(path)) === undefined) return;
      await refuseWhileInUse(path, record.type, imageWork(store, attempt, options)).catch(
        (error: unknown) => {
          // A damaged image can be deleted; one in use, or one that could not be asked about, cannot.
          if (!(error instanceof ChewsError) || error.code !== 'failed') throw error;
        },
      );
    },
  );
}

export async function deleteSnapshot(store: Store, action: Of<'delete-snapshot'>): Promise<void> {
  const attempt = `cannot delete snapshot ${action.snapshot.name}`;
  await deleteAsset(store, 'snapshot', action.snapshot, action.proof.assetId, attempt, async () => {});
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
