import { mkdir, readdir, realpath, rm, stat } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import type { AssetKind } from '../../src/core/assets.ts';
import { ChewsError } from '../../src/core/errors.ts';
import type { ProviderContext } from '../../src/core/provider.ts';
import { formatRecord, parseRecord } from './assetFile.ts';
import {
  codeOf,
  makeBuildFolder,
  makeFolders,
  makerOf,
  publishFile,
  publishFolder,
  readTextIfThere,
  replaceFile,
  syncFolder,
  tidyLeftovers,
  writeNewFile,
} from './durable.ts';
import type { LocalSettings } from './settings.ts';
import { whyNoLocation } from './settings.ts';

/** What every part of the provider works on. `id` becomes the store's when its root is first made. */
export interface Store {
  readonly settings: LocalSettings;
  readonly context: ProviderContext;
  readonly newId: string;
}

export interface Location {
  readonly name: string;
  readonly path: string;
}

/** What is known of the store as a whole, before any asset is read. */
export interface StoreView {
  readonly id: string;
  readonly locations: readonly Location[];
}

/** In a location: which one it is, and of which store. Drives are swapped and copied; paths prove nothing. */
interface Marker {
  readonly store: string;
  readonly id: string;
  readonly name: string;
}

/** In the root: a location that was used once, so that one that is missing today is known to be missing. */
interface Registration {
  readonly id: string;
  /** Left out for one within the root, which can then be moved as a whole. */
  readonly path?: string;
}

const storeFile = 'store.json';
const markerFile = '.chews-location';
const registrationFolder = 'locations';
const rootFolders = ['leases', 'keys', registrationFolder];
const folderNames: Readonly<Record<AssetKind, string>> = { vm: 'vms', disk: 'disks', snapshot: 'snapshots' };
const kindFolders = Object.values(folderNames);

/** The folder of one kind of assets in a location. */
export function kindFolder(location: Location, kind: AssetKind): string {
  return join(location.path, folderNames[kind]);
}

/** Where a pair of ssh keys is kept, if the user has none. */
export function keysFolder(store: Store): string {
  return join(store.settings.root, 'keys');
}

export function leasesFolder(store: Store): string {
  return join(store.settings.root, 'leases');
}

/**
 * Which locations there are, all of them or an error. Changes nothing. A root that does not exist is a store without
 * assets; its id is the one that it will get if it is this run that makes it.
 */
export async function readStore(store: Store): Promise<StoreView> {
  const { root, mapped } = store.settings;
  const id = await storeId(root);
  const registered = id === undefined ? new Map<string, Registration>() : await registrations(root);
  const names = new Set([
    ...mapped.keys(),
    ...registered.keys(),
    ...(id === undefined ? [] : await foldersOf(root)),
  ]);
  const locations: Location[] = [];
  for (const name of [...names].sort()) {
    const path = pathOf(store, name, registered.get(name));
    if (await isThere(store, { name, path }, id, registered.get(name))) locations.push({ name, path });
  }
  return { id: id ?? store.newId, locations };
}

/** The location, made and noted where it did not exist yet; what cut-off runs left in it is tidied. */
export async function ensureLocation(store: Store, name: string): Promise<Location> {
  const why = whyNoLocation(name);
  if (why !== undefined)
    throw new ChewsError('configuration', `cannot use location ${name}: ${why}`, { effect: 'none' });
  const id = await ensureRoot(store);
  const { root, mapped } = store.settings;
  const registration = (await registrations(root)).get(name);
  const location = { name, path: pathOf(store, name, registration) };
  const inRoot = location.path === join(root, name);
  if (!(await isThere(store, location, id, registration))) {
    await (inRoot ? makeInRoot(store, location, id) : makeMapped(store, location, id));
  }
  const marker = await markerOf(location.path);
  const wanted = { id: marker?.id ?? '', ...(!inRoot && { path: location.path }) };
  if (registration === undefined || (mapped.has(name) && registration.path !== wanted.path)) {
    await replaceFile(
      join(root, registrationFolder, `${name}.json`),
      formatRecord(wanted),
      join(root, registrationFolder),
      store.context.drawId(),
    );
  }
  // What cannot be removed is in nobody's way.
  for (const folder of kindFolders) await tidyLeftovers(join(location.path, folder)).catch(() => undefined);
  return location;
}

/**
 * Removes what cut-off runs have left anywhere in the store: half-made assets, and deleted ones that still take their room.
 * What cannot be removed now is left to the next run.
 */
export async function tidyStore(store: Store): Promise<void> {
  const { root } = store.settings;
  const { locations } = await readStore(store);
  const inLocations = locations.flatMap(({ path }) => [
    path,
    ...kindFolders.map((folder) => join(path, folder)),
  ]);
  for (const folder of [root, ...rootFolders.map((name) => join(root, name)), ...inLocations])
    await tidyLeftovers(folder).catch(() => undefined);
}

/** Makes the root where it does not exist yet; gives the store's id. */
export async function ensureRoot(store: Store): Promise<string> {
  const { root } = store.settings;
  const known = await storeId(root);
  if (known !== undefined) return known;
  const made = await makeFolders(root);
  if (made !== undefined) await syncFolder(dirname(made));
  for (const folder of rootFolders) await makeFolders(join(root, folder));
  // Written last: a root without it is one that is still being made.
  const text = formatRecord({ id: store.newId, createdAtMs: store.context.nowMs() });
  await publishFile(join(root, storeFile), text, root, store.context.drawId());
  await tidyLeftovers(root);
  return (await storeId(root)) ?? store.newId;
}

async function storeId(root: string): Promise<string | undefined> {
  const path = join(root, storeFile);
  const text = await readTextIfThere(path);
  if (text !== undefined) {
    return contentOf<{ readonly id: string }>(path, text).id;
  }
  const names = await readdir(root).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  });
  const ours = (name: string) => rootFolders.includes(name) || name.startsWith('.') || name === 'lost+found';
  const others = names.filter((name) => !ours(name));
  if (others.length === 0) return undefined;
  // Another run may have made the whole root between the two looks.
  const second = await readTextIfThere(path);
  if (second !== undefined) return contentOf<{ readonly id: string }>(path, second).id;
  throw new ChewsError('unreadable', `cannot read the store ${root}: its file ${storeFile} is gone`, {
    remedy: `Bring ${path} back from a backup, or choose another root; it holds ${others.slice(0, 3).join(', ')}.`,
    effect: 'none',
  });
}

async function registrations(root: string): Promise<Map<string, Registration>> {
  const folder = join(root, registrationFolder);
  const found = new Map<string, Registration>();
  for (const file of (await readdir(folder)).sort()) {
    if (makerOf(file) !== undefined) continue;
    const path = join(folder, file);
    const text = file.endsWith('.json') ? await readTextIfThere(path) : '';
    if (text === undefined) continue;
    found.set(file.slice(0, -'.json'.length), contentOf<Registration>(path, text));
  }
  return found;
}

/** The folders of the root that are, or might be, locations. */
async function foldersOf(root: string): Promise<string[]> {
  const entries = await readdir(root, { withFileTypes: true });
  const mine = [...rootFolders, storeFile, 'lost+found'];
  return entries
    .filter(({ name }) => !mine.includes(name) && !name.startsWith('.'))
    .map((entry) => {
      if (entry.isDirectory() || entry.isSymbolicLink()) return entry.name;
      throw foreign(join(root, entry.name));
    });
}

function pathOf({ settings }: Store, name: string, registration: Registration | undefined): string {
  return settings.mapped.get(name) ?? registration?.path ?? join(settings.root, name);
}

/**
 * Whether the location has been made. False only where it is certain that it never was; a location that was used once
 * and cannot be found now is an error, for an empty answer would be taken for "nothing exists".
 */
async function isThere(
  store: Store,
  location: Location,
  id: string | undefined,
  registration: Registration | undefined,
): Promise<boolean> {
  const { name, path } = location;
  const marker = await markerOf(path);
  const because = (why: string, remedy: string, code: 'unreachable' | 'unreadable' = 'unreachable') =>
    new ChewsError(code, `cannot read location ${name} at ${path}: ${why}`, { remedy, effect: 'none' });
  const mount = `Mount the drive, or correct "locations" in the provider's settings.`;
  if (marker === undefined) {
    if (registration === undefined && store.settings.mapped.has(name)) await refuseNested(store, name, path);
    const exists = await folderExists(path);
    // Another run may have made it between the two looks: its marker comes into being with it.
    if (exists && (await markerOf(path)) !== undefined) return isThere(store, location, id, registration);
    if (registration !== undefined) {
      const note = join(store.settings.root, registrationFolder, `${name}.json`);
      throw because(
        exists ? `its file ${markerFile} is not there: is the drive mounted?` : 'the folder is gone',
        `${mount} If it is lost for good, and its disks and snapshots with it, remove ${note}.`,
      );
    }
    if (!exists) {
      if (!store.settings.mapped.has(name)) return false;
      throw because('there is no such folder', `Mount the drive, or make the folder: mkdir -p ${path}`);
    }
    if (await holdsAssets(path)) {
      throw because(
        `it holds assets, but its file ${markerFile} is gone`,
        'Bring it back from a backup.',
        'unreadable',
      );
    }
    // A folder that chews did not make is none of its locations unless the settings say so.
    if (!store.settings.mapped.has(name) && path === join(store.settings.root, name)) throw foreign(path);
    return false;
  }
  if (id === undefined) {
    throw because(
      `it belongs to a store, but ${store.settings.root} holds none`,
      'Correct "root" or CHEWS_LOCAL_ROOT.',
    );
  }
  if (marker.store !== id) {
    const adopt = `If that store is lost for good, write ${id} as "store" into ${join(path, markerFile)}.`;
    throw because(`it belongs to another store (${marker.store})`, adopt, 'unreadable');
  }
  if (marker.name !== name || (registration !== undefined && registration.id !== marker.id)) {
    throw because(`another location (${marker.name}) lies there`, mount);
  }
  return true;
}

/** In the store itself, or in another location, its folders would pass for assets there, and stop everything. */
async function refuseNested({ settings }: Store, name: string, path: string): Promise<void> {
  const own = await realPathOf(path);
  const others = [...settings.mapped].filter(([other]) => other !== name);
  const places = [
    ['the store itself', settings.root],
    ...others.map(([other, at]) => [`location ${other}`, at]),
  ];
  for (const [place = '', at = ''] of places) {
    const outer = await realPathOf(at);
    const isAround = kindFolders.some((folder) => isWithin(outer, join(own, folder)));
    if (!isWithin(own, outer) && !isAround) continue;
    const why = isAround ? `${place} lies where its assets would` : `it lies in ${place}`;
    throw new ChewsError('configuration', `cannot use location ${name} at ${path}: ${why}`, {
      remedy: `Give it a folder of its own, apart from ${at}, under "locations" in the provider's settings.`,
      effect: 'none',
    });
  }
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}${sep}`);
}

async function realPathOf(path: string): Promise<string> {
  return await realpath(path).catch(() => path);
}

async function markerOf(path: string): Promise<Marker | undefined> {
  const file = join(path, markerFile);
  const text = await readTextIfThere(file);
  if (text === undefined) return undefined;
  try {
    const { store, id, name } = JSON.parse(text) as Record<string, unknown>;
    if (typeof store === 'string' && typeof id === 'string' && typeof name === 'string')
      return { store, id, name };
  } catch {
    // Torn, as told below.
  }
  throw new ChewsError('unreadable', `cannot read ${file}: it was cut short or changed by hand`, {
    remedy: 'Bring it back from a backup.',
    effect: 'none',
  });
}

function markerText(store: Store, name: string, id: string): string {
  return `${JSON.stringify({ store: id, id: store.context.drawId(), name }, undefined, 2)}\n`;
}

/** Built beside its place and renamed, so that a location in the root is there with its marker or not at all. */
async function makeInRoot(store: Store, { name, path }: Location, id: string): Promise<void> {
  const { root } = store.settings;
  const built = await makeBuildFolder(root, store.context.drawId());
  try {
    for (const folder of kindFolders) await mkdir(join(built, folder), { mode: 0o700 });
    await writeNewFile(join(built, markerFile), markerText(store, name, id));
    await publishFolder(built, path, root);
  } finally {
    // Still there where another run was quicker, or the drive is full.
    await rm(built, { recursive: true, force: true });
  }
  await tidyLeftovers(root);
}

/** The marker comes last: a mapped folder without it, and without assets, is one that was never used. */
async function makeMapped(store: Store, { name, path }: Location, id: string): Promise<void> {
  for (const folder of kindFolders) await makeFolders(join(path, folder));
  await publishFile(join(path, markerFile), markerText(store, name, id), path, store.context.drawId());
}

async function holdsAssets(path: string): Promise<boolean> {
  for (const folder of kindFolders) {
    const names = await readdir(join(path, folder)).catch((error: unknown) => {
      if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return [];
      throw error;
    });
    if (names.some((name) => makerOf(name) === undefined)) return true;
  }
  return false;
}

async function folderExists(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
}

function contentOf<T>(path: string, text: string): T {
  const parsed = parseRecord(text);
  if ('content' in parsed) return parsed.content as T;
  throw new ChewsError('unreadable', `cannot read ${path}: ${parsed.why}`, {
    remedy: 'Bring it back from a backup. Until then nothing is changed.',
    effect: 'none',
  });
}

export function foreign(path: string): ChewsError {
  return new ChewsError('unreadable', `cannot read ${path}: it is not something that chews made`, {
    remedy: 'Move it out of the store. Until then nothing is changed, since it might be a damaged asset.',
    effect: 'none',
  });
}
