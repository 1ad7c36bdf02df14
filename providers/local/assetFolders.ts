import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { AssetKind } from '../../src/core/assets.ts';
import { ChewsError } from '../../src/core/errors.ts';
import { digestOf, type RecordOf, readAsset, writeAsset } from './assetFile.ts';
import { abandonedIn, codeOf, makeBuildFolder, makerOf, nameOfLeaving, publishFolder } from './durable.ts';
import { driveFull, isNoSpace } from './fileErrors.ts';
import { mapLimited } from './mapLimited.ts';
import { foreign, kindFolder, type Location, readStore, type Store, type StoreView } from './store.ts';

const patience = 20;

/** What an action says of an asset. */
interface Wanted {
  readonly name: string;
  readonly id?: string;
}

/** An asset as it was found on disk. */
export interface Found<K extends AssetKind> {
  readonly location: Location;
  readonly folder: string;
  readonly record: RecordOf[K];
}

/** Something was renamed away while it was read: the read begins anew. */
export const moved = Symbol('moved');

/** Reads the files of all assets of one kind in a location; `moved` where another run took one away meanwhile. */
export async function readKind<K extends AssetKind>(
  location: Location,
  kind: K,
): Promise<Found<K>[] | typeof moved> {
  const parent = kindFolder(location, kind);
  const items = (await readdir(parent, { withFileTypes: true })).filter(
    ({ name }) => makerOf(name) === undefined,
  );
  const entries = await mapLimited(items, async (item): Promise<Found<K> | typeof moved> => {
    const folder = join(parent, item.name);
    if (!item.isDirectory() || !isAssetName(item.name)) throw foreign(folder);
    return readFound(location, kind, folder, item.name);
  });
  const present = entries.filter((entry) => entry !== moved);
  return present.length === entries.length ? present : moved;
}

/**
 * Reads what runs that were cut off had taken from its place and not yet found safe to remove. It exists, bills, and goes back
 * with the next command that acts; only its folder is another until then.
 */
export async function readAbandoned<K extends AssetKind>(
  location: Location,
  kind: K,
): Promise<Found<K>[] | typeof moved> {
  const parent = kindFolder(location, kind);
  const entries: Found<K>[] = [];
  const items = await readdir(parent, { withFileTypes: true });
  for (const leaving of await abandonedIn(items.map(({ name }) => name))) {
    const folder = join(parent, leaving);
    if (!items.some((item) => item.name === leaving && item.isDirectory())) throw foreign(folder);
    const entry = await readFound(location, kind, folder, (await nameOfLeaving(folder)) ?? leaving);
    if (entry === moved) return moved;
    entries.push(entry);
  }
  return entries;
}

async function readFound<K extends AssetKind>(
  location: Location,
  kind: K,
  folder: string,
  name: string,
): Promise<Found<K> | typeof moved> {
  try {
    return { location, folder, record: await readAsset(kind, folder, name) };
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
    if (!(await isThere(folder))) return moved;
    throw new ChewsError('unreadable', `cannot read ${kind} ${name}: ${folder} has no asset.json`, {
      remedy:
        'Bring the file back from a backup, or move the folder out of the store. Until then nothing is changed.',
      effect: 'none',
    });
  }
}

/** All assets of one kind in all locations. */
export async function readAll<K extends AssetKind>(view: StoreView, kind: K): Promise<Found<K>[]> {
  const all: Found<K>[] = [];
  for (const location of view.locations) {
    let found = await readKind(location, kind);
    for (let attempt = 0; found === moved && attempt < patience; attempt += 1)
      found = await readKind(location, kind);
    if (found === moved) {
      throw new ChewsError('busy', `cannot read ${location.path}: it changes faster than it can be read`, {
        retryable: true,
        effect: 'none',
      });
    }
    all.push(...found);
  }
  return all;
}

/** The asset of that very id, wherever it is; undefined where no such incarnation exists any more. */
export async function findAsset<K extends AssetKind>(
  view: StoreView,
  kind: K,
  ref: Wanted,
): Promise<Found<K> | undefined> {
  if (!isAssetName(ref.name)) return undefined;
  const found: Found<K>[] = [];
  for (const location of view.locations) {
    const folder = join(kindFolder(location, kind), ref.name);
    const record = await readIfThere(kind, folder, ref.name);
    if (record !== undefined && (ref.id === undefined || record.id === ref.id))
      found.push({ location, folder, record });
  }
  if (found.length > 1) {
    throw new ChewsError(
      'conflict',
      `cannot use ${kind} ${ref.name}: there are ${found.length} of that name`,
      {
        effect: 'none',
      },
    );
  }
  return found[0];
}

/** The same, where it must be there. */
export async function requireAsset<K extends AssetKind>(
  view: StoreView,
  kind: K,
  ref: Wanted,
  attempt: string,
): Promise<Found<K>> {
  const found = await findAsset(view, kind, ref);
  if (found !== undefined) return found;
  throw new ChewsError('not-found', `${attempt}: ${kind} ${ref.name} does not exist any more`, {
    effect: 'none',
  });
}

/** The asset of an id whose name is not known. */
export async function requireById<K extends AssetKind>(
  view: StoreView,
  kind: K,
  id: string,
  attempt: string,
): Promise<Found<K>> {
  const found = (await readAll(view, kind)).find(({ record }) => record.id === id);
  if (found !== undefined) return found;
  throw new ChewsError('not-found', `${attempt}: its ${kind} (${id}) does not exist any more`, {
    effect: 'none',
  });
}

/** Whether a name can be an asset's folder. */
export function isAssetName(name: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name) && name.length <= 200;
}

/**
 * Builds an asset beside its place and puts it there at once. The same request again finds the asset that it made;
 * any other asset of the name is a conflict.
 * @returns the record of an asset that was there before; undefined where it was made now
 */
export async function createAsset<K extends AssetKind>(
  store: Store,
  location: Location,
  kind: K,
  name: string,
  wanted: object,
  attempt: string,
  build: (folder: string, madeBy: string) => Promise<RecordOf[K]>,
): Promise<RecordOf[K] | undefined> {
  if (!isAssetName(name)) {
    throw new ChewsError('configuration', `${attempt}: ${JSON.stringify(name)} cannot be a folder's name`, {
      effect: 'none',
    });
  }
  const parent = kindFolder(location, kind);
  const place = join(parent, name);
  const madeBy = digestOf(wanted);
  const existing = await standing(kind, place, name, madeBy, attempt);
  if (existing !== undefined) return existing;
  const built = await makeBuildFolder(parent, store.context.drawId());
  try {
    await writeAsset(built, await build(built, madeBy));
    if (await publishFolder(built, place, parent)) return undefined;
    await rm(built, { recursive: true, force: true });
    return await standing(kind, place, name, madeBy, attempt);
  } catch (error) {
    await rm(built, { recursive: true, force: true });
    if (isNoSpace(error)) throw await driveFull(attempt, location.path, error);
    throw error;
  }
}

/** The asset that the same request made before, if it did; any other one of the name is a conflict. */
export async function standing<K extends AssetKind>(
  kind: K,
  place: string,
  name: string,
  madeBy: string,
  attempt: string,
): Promise<RecordOf[K] | undefined> {
  const record = await readIfThere(kind, place, name);
  if (record === undefined) return undefined;
  if (record.madeBy === madeBy) return record;
  throw new ChewsError('conflict', `${attempt}: ${place} exists and is another one`, {
    remedy: 'Look at "chews status"; chews neither takes it over nor replaces it.',
    effect: 'none',
  });
}

async function readIfThere<K extends AssetKind>(
  kind: K,
  folder: string,
  name: string,
): Promise<RecordOf[K] | undefined> {
  return readAsset(kind, folder, name).catch(async (error: unknown) => {
    if (codeOf(error) !== 'ENOENT') throw error;
    if (!(await isThere(folder))) return undefined;
    // Either it was renamed away and another one has come since, or its file is missing: to be told apart by a second look.
    return readAsset(kind, folder, name);
  });
}

async function isThere(path: string): Promise<boolean> {
  const status = await stat(path).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  });
  return status !== undefined;
}

/**
 * The time for something new: later than that of every disk and snapshot of the store, so that a clock that was set back
 * does not make the newest look old.
 */
export async function nextMoment(store: Store): Promise<number> {
  const view = await readStore(store);
  let latest = 0;
  for (const { record } of await readAll(view, 'disk')) latest = Math.max(latest, record.createdAtMs);
  for (const { record } of await readAll(view, 'snapshot')) latest = Math.max(latest, record.takenAtMs);
  return Math.max(store.context.nowMs(), latest + 1);
}
