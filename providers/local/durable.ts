import { link, mkdir, open, readdir, rename, rm, stat, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isAlive, type Maker, thisProcess } from './processIdentity.ts';
import { boundedText } from './readBounded.ts';

/**
 * Makes a folder and those above it, one by one: the system's own way of doing it at once never ends where a parent exists
 * and refuses every child (/proc), and hides the reason. Gives the first that was made; undefined where all were there.
 */
export async function makeFolders(path: string): Promise<string | undefined> {
  const make = async (): Promise<boolean> => {
    try {
      await mkdir(path, { mode: 0o700 });
      return true;
    } catch (error) {
      if (codeOf(error) !== 'EEXIST' || !(await stat(path)).isDirectory()) throw error;
      return false;
    }
  };
  try {
    return (await make()) ? path : undefined;
  } catch (error) {
    if (codeOf(error) !== 'ENOENT' || dirname(path) === path) throw error;
  }
  const first = await makeFolders(dirname(path));
  return (await make()) ? (first ?? path) : first;
}

/** A system error's own code ("ENOENT"), or undefined for anything else that was thrown. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
}

/** Makes what was created, renamed or removed in a folder outlive a power cut. */
export async function syncFolder(path: string): Promise<void> {
  await syncFile(path);
}

/** Makes a file's content outlive a power cut, whoever wrote it. */
export async function syncFile(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Writes a file that must not exist yet (EEXIST) and flushes it. The folder is not flushed. */
export async function writeNewFile(path: string, data: string | Uint8Array): Promise<void> {
  const handle = await open(path, 'wx', 0o600);
  try {
    await handle.writeFile(data);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Replaces a file at once and durably: a reader sees the old content or the new, never a part. */
export async function replaceFile(
  path: string,
  data: string | Uint8Array,
  folder: string,
  id: string,
): Promise<void> {
  const temporary = join(folder, await temporaryName('new', id));
  try {
    await writeNewFile(temporary, data);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(folder);
}

/**
 * Puts a whole file under a name that nobody has taken, durably; false where somebody has. A hard link is the one call
 * that does both at once: a rename would replace.
 */
export async function publishFile(path: string, text: string, folder: string, id: string): Promise<boolean> {
  const temporary = join(folder, await temporaryName('new', id));
  await writeNewFile(temporary, text);
  try {
    await link(temporary, path);
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(temporary, { force: true });
  }
  await syncFolder(folder);
  return true;
}

/** Makes an empty folder of our own, beside what it is to become. */
export async function makeBuildFolder(parent: string, id: string): Promise<string> {
  const path = join(parent, await temporaryName('new', id));
  await mkdir(path, { mode: 0o700 });
  return path;
}

/**
 * Puts a built folder in its place, durably; false where the place is taken. A folder cannot be renamed over one that
 * holds anything, and whatever stands there holds at least its `asset.json`.
 */
export async function publishFolder(built: string, place: string, parent: string): Promise<boolean> {
  await syncFolder(built);
  try {
    await rename(built, place);
  } catch (error) {
    if (['EEXIST', 'ENOTEMPTY', 'ENOTDIR'].includes(codeOf(error) ?? '')) return false;
    throw error;
  }
  await syncFolder(parent);
  return true;
}

/**
 * Takes a folder away at once, then removes what it held. False where it was gone already.
 * @param look sees it at its new place, where nobody can find it any more; what it throws puts the folder back
 */
export async function withdrawFolder(
  path: string,
  parent: string,
  id: string,
  look: (tombstone: string) => Promise<void>,
): Promise<boolean> {
  // Until the second look is over it is only leaving: what a run that was killed there leaves behind goes back to its place.
  const leaving = join(parent, await temporaryName('leaving', id));
  const tombstone = join(parent, await temporaryName('gone', id));
  try {
    await rename(path, leaving);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
  try {
    await look(leaving);
  } catch (error) {
    await putBack(leaving, path, parent, id);
    throw error;
  }
  await rename(leaving, tombstone);
  await syncFolder(parent);
  await removeFolder(tombstone);
  return true;
}

/** File by file, since the runtime's own way hides why it could not. What is in the way is told with its path. */
async function removeFolder(path: string): Promise<void> {
  const files = (await readdir(path, { withFileTypes: true })).filter((entry) => !entry.isDirectory());
  for (const { name } of files) {
    const inner = join(path, name);
    await unlink(inner).catch((error: unknown) => {
      if (codeOf(error) === 'ENOENT') return;
      throw Object.assign(new Error(`cannot remove ${inner}`, { cause: error }), {
        code: codeOf(error),
        path: inner,
      });
    });
  }
  await rm(path, { recursive: true, force: true });
}

/** Where the place was taken meanwhile, it goes beside it: under a name that no tidying touches. */
async function putBack(leaving: string, path: string, parent: string, id: string): Promise<void> {
  await rename(leaving, path).catch(async (error: unknown) => {
    if (!['EEXIST', 'ENOTEMPTY', 'ENOTDIR'].includes(codeOf(error) ?? '')) throw error;
    await rename(leaving, `${path}.kept-${id.slice(0, 16)}`);
  });
  await syncFolder(parent);
}

const temporary = /^\.(?:new|gone|leaving)-(\d+)-([A-Za-z0-9_.]+)-([0-9a-f]+)$/;

/**
 * `.new-` what is being made, `.leaving-` what may still have to stay, `.gone-` what is being removed; with who is at it, so
 * that leftovers are known as such.
 */
async function temporaryName(purpose: 'new' | 'leaving' | 'gone', id: string): Promise<string> {
  const maker = await thisProcess();
  return `.${purpose}-${maker.pid}-${maker.start}-${id.slice(0, 16)}`;
}

/** Who is making or removing what bears this name; undefined for the name of anything else. */
export function makerOf(name: string): Maker | undefined {
  const [, pid, start] = temporary.exec(name) ?? [];
  return pid === undefined || start === undefined ? undefined : { pid: Number(pid), start };
}

/**
 * Removes what cut-off runs left half made or half removed in a folder, and puts back what they had not yet found safe to
 * remove. What a living process is at work on stays.
 */
export async function tidyLeftovers(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const maker = makerOf(name);
    if (maker === undefined || (await isAlive(maker))) continue;
    if (name.startsWith('.leaving-')) await bringBack(folder, name);
    else await rm(join(folder, name), { recursive: true, force: true });
  }
}

/** Back to the place that the asset's own record names. Where that cannot be told, or is taken, it stays as it is. */
async function bringBack(parent: string, leaving: string): Promise<void> {
  const name = await nameOfLeaving(join(parent, leaving));
  if (name === undefined) return;
  await rename(join(parent, leaving), join(parent, name)).catch((error: unknown) => {
    if (!['EEXIST', 'ENOTEMPTY', 'ENOTDIR', 'ENOENT'].includes(codeOf(error) ?? '')) throw error;
  });
  await syncFolder(parent);
}

/** What runs that were cut off had taken from its place, and not yet found safe to remove: the names of such folders. */
export async function abandonedIn(names: readonly string[]): Promise<string[]> {
  const abandoned: string[] = [];
  for (const name of names.filter((candidate) => candidate.startsWith('.leaving-'))) {
    const maker = makerOf(name);
    if (maker !== undefined && !(await isAlive(maker))) abandoned.push(name);
  }
  return abandoned;
}

/** The name of the asset in such a folder, as its own record tells it. */
export async function nameOfLeaving(folder: string): Promise<string | undefined> {
  const text = await readTextIfThere(join(folder, 'asset.json'));
  const name: unknown = text === undefined ? undefined : nameIn(text);
  return typeof name === 'string' && /^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name) ? name : undefined;
}

function nameIn(record: string): unknown {
  try {
    return (JSON.parse(record) as { readonly content?: { readonly name?: unknown } }).content?.name;
  } catch {
    return undefined;
  }
}

/** What chews itself writes is far shorter; a console is cut by whoever reads it. */
const longestText = 2 ** 22;

/** The text of a file; undefined only where it is definitely not there. */
export async function readTextIfThere(path: string): Promise<string | undefined> {
  try {
    return await boundedText(path, longestText);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Removes a file that may be gone already. */
export async function removeFile(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
}
