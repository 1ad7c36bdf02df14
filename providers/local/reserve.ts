import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ChewsError } from '../../src/core/errors.ts';
import { freeBytes, isNoSpace } from './fileErrors.ts';
import { readStore, type Store } from './store.ts';

const reserveFile = '.reserve';
const reserveBytes = 2 ** 20;
/** A drive with less room than that is not made any fuller. */
const roomBytes = 64 * 2 ** 20;

async function foldersOf(store: Store): Promise<string[]> {
  const { locations } = await readStore(store);
  return [store.settings.root, ...locations.map(({ path }) => path)];
}

/**
 * Puts a little room aside on every drive of the store, so that a drive that has become full can still be worked with:
 * stopping a VM, giving a lease back and deleting need a few small files. Where it cannot be done it is left.
 */
export async function keepReserve(store: Store): Promise<void> {
  for (const folder of await foldersOf(store)) {
    try {
      if ((await freeBytes(folder)) < roomBytes) continue;
      const file = await open(join(folder, reserveFile), 'wx', 0o600);
      try {
        // Written out: a hole would put nothing aside.
        await file.writeFile(Buffer.alloc(reserveBytes, 1));
      } finally {
        await file.close();
      }
    } catch {
      // It is there already, or this drive does without.
    }
  }
}

function wasNoSpace(error: unknown): boolean {
  return isNoSpace(error) || (error instanceof ChewsError && isNoSpace(error.cause));
}

/** Work that needs a few small files only: on a full drive it is tried once more with the reserve given up. */
export async function withReserve<T>(store: Store, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!wasNoSpace(error)) throw error;
    for (const folder of await foldersOf(store)) await rm(join(folder, reserveFile), { force: true });
    return await work();
  }
}
