import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ChewsError, type Effect, type ErrorCode } from '../../src/core/errors.ts';
import type { CallOptions } from '../../src/core/provider.ts';
import { formatBytes } from '../../src/core/units.ts';
import { codeOf } from './durable.ts';

/** The table of the file system's error codes. What is not in it is 'failed'. */
const classes: Readonly<
  Record<string, { readonly code: ErrorCode; readonly why: string; readonly remedy?: string }>
> = {
  EACCES: {
    code: 'permission',
    why: 'permission denied',
    remedy: 'Give yourself access to it (see "ls -l"), then try again.',
  },
  EPERM: { code: 'permission', why: 'the operation is not permitted' },
  EROFS: { code: 'permission', why: 'the drive is mounted read-only' },
  ENOSPC: { code: 'quota', why: 'the drive is full' },
  EDQUOT: { code: 'quota', why: 'your quota on the drive is used up' },
  EFBIG: { code: 'quota', why: 'the drive takes no file of that size' },
  EMFILE: { code: 'quota', why: 'this process may not open more files' },
  ENAMETOOLONG: { code: 'configuration', why: 'the name is too long for the drive' },
  // Never 'not-found': what is missing in the middle of a store is damage, and must not be taken for absence.
  ENOENT: { code: 'unreadable', why: 'a file or folder that must be there is gone' },
  EIO: { code: 'unreachable', why: 'the drive reports an input or output error' },
  ESTALE: { code: 'unreachable', why: 'the network drive was lost' },
  ENODEV: { code: 'unreachable', why: 'the drive is gone' },
  ENXIO: { code: 'unreadable', why: 'it is not a regular file' },
  ELOOP: { code: 'unreadable', why: 'its links lead in a circle' },
  ENOTDIR: { code: 'unreadable', why: 'there is a file where a folder should be' },
  EISDIR: { code: 'unreadable', why: 'there is a folder where a file should be' },
};

/**
 * Turns a system error into one for the user; what is a ChewsError already, or no system error at all, comes back as it is.
 * @param attempt "cannot create disk x"
 */
export function fileFailure(attempt: string, error: unknown, effect: Effect = 'maybe'): unknown {
  const code = codeOf(error);
  // Node's own complaints (ERR_…) are about us, not about the drive: bugs.
  if (error instanceof ChewsError || code === undefined || !/^E[A-Z0-9]+$/.test(code)) return error;
  const path = (error as NodeJS.ErrnoException).path;
  const known = classes[code];
  const where = path === undefined ? '' : ` (${path})`;
  return new ChewsError(known?.code ?? 'failed', `${attempt}: ${known?.why ?? code}${where}`, {
    ...(known?.remedy !== undefined && { remedy: known.remedy }),
    effect,
    cause: error,
  });
}

/**
 * Runs one call of the port, unless it is told to stop already; system errors come out as errors for the user.
 * @param effect 'none' for what only reads
 */
export async function guarded<T>(
  attempt: string,
  options: CallOptions | undefined,
  work: () => Promise<T>,
  effect: Effect = 'maybe',
): Promise<T> {
  try {
    stopIfAborted(options?.signal, attempt);
    return await work();
  } catch (error) {
    throw fileFailure(attempt, error, effect);
  }
}

/** What an ordinary user can still write on the drive of a path; the path itself need not exist yet. */
export async function freeBytes(path: string): Promise<number> {
  try {
    const { bavail, bsize } = await statfs(path);
    return bavail * bsize;
  } catch (error) {
    if (codeOf(error) !== 'ENOENT' || dirname(path) === path) throw error;
    return freeBytes(dirname(path));
  }
}

/** A program that wrote for us met a full drive. Turned into a sentence once what it wrote has been removed again. */
export class NoSpaceError extends Error {
  override name = 'NoSpaceError';
  readonly neededBytes: number | undefined;

  constructor(neededBytes: number | undefined) {
    super('no space left on the drive');
    this.neededBytes = neededBytes;
  }
}

/** Whether an attempt failed since a drive is full, of a program's or of our own. */
export function isNoSpace(error: unknown): boolean {
  return error instanceof NoSpaceError || codeOf(error) === 'ENOSPC' || codeOf(error) === 'EDQUOT';
}

/** The drive of a folder is full: which one, what is left on it, what was wanted. */
export async function driveFull(attempt: string, folder: string, error: unknown): Promise<ChewsError> {
  const neededBytes = error instanceof NoSpaceError ? error.neededBytes : undefined;
  const free = await freeBytes(folder).catch(() => undefined);
  const left = free === undefined ? '' : `, ${formatBytes(free)} free`;
  const wanted = neededBytes === undefined ? '' : `, up to ${formatBytes(neededBytes)} needed`;
  return new ChewsError('quota', `${attempt}: the drive of ${folder} is full${left}${wanted}`, {
    remedy: 'Free some space on it, or use a location on another drive. Nothing half-made was left behind.',
    effect: 'none',
    cause: error,
  });
}

/** Ends an attempt that the user has interrupted, before anything of it was done. */
export function stopIfAborted(signal: AbortSignal | undefined, attempt: string): void {
  if (signal?.aborted === true)
    throw new ChewsError('interrupted', `${attempt}: interrupted`, { effect: 'none' });
}
