import { unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ChewsError } from '../../src/core/errors.ts';
import { freeBytes, isNoSpace } from './fileErrors.ts';
import { readStore, type Store } from './store.ts';

/** In pieces, given up one at a time: a guest that fills the drive takes whatever is freed and not used at once. */
const pieces = Array.from({ length: 16 }, (_, index) => `.reserve-${index}`);
const pieceBytes = 64 * 2 ** 10;
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
    if ((await freeBytes(folder)) < roomBytes) continue;
    for (const piece of pieces) {
      // Written out, since a hole would put nothing aside. One that is there already stays; a drive may do without.
      await writeFile(join(folder, piece), Buffer.alloc(pieceBytes, 1), { flag: 'wx', mode: 0o600 }).catch(
        () => undefined,
      );
    }
  }
}

function wasNoSpace(error: unknown): boolean {
  return isNoSpace(error) || (error instanceof ChewsError && isNoSpace(error.cause));
}

/** Gives up the next piece on every drive; false where none was left. */
async function giveUpPiece(store: Store): Promise<boolean> {
  let given = false;
  for (const folder of await foldersOf(store)) {
    for (const piece of pieces) {
      const removed = await unlink(join(folder, piece)).then(
        () => true,
        () => false,
      );
      if (!removed) continue;
      given = true;
      break;
    }
  }
  return given;
}

/** Work that needs a few small files only: on a full drive it is tried again with one piece of the reserve after another. */
export async function withReserve<T>(store: Store, work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!wasNoSpace(error) || !(await giveUpPiece(store))) throw error;
    }
  }
}
