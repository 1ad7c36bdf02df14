import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ChewsError } from '../../src/core/errors.ts';
import type { ProviderContext } from '../../src/core/provider.ts';
import { codeOf, publishFile, readTextIfThere, removeFile, tidyLeftovers } from './durable.ts';
import { isAlive, isHalted, type Maker, thisProcess } from './processIdentity.ts';

const patienceMs = 15_000;
const haltedMs = 1_000;
const lockName = /^\.lock-(\d+)$/;

/** Whether a file in the folder of an asset is a lock on it. */
export function isLockName(name: string): boolean {
  return lockName.test(name);
}

/**
 * Lets one piece of work at a time change an asset: reading its file, changing it and writing it back is one step for all
 * runs on this computer. A lock whose process is dead does not count. Throws 'busy' when the other one does not finish,
 * 'not-found' when the asset is gone.
 *
 * Locks are numbered, the highest one counts, and one that was taken is read again together with its neighbours, which have to
 * be dead still: so two runs that find the same dead lock cannot both get it.
 */
export async function withAssetLock<T>(
  context: ProviderContext,
  folder: string,
  attempt: string,
  work: () => Promise<T>,
): Promise<T> {
  const lock = await take(context, folder, attempt).catch((error: unknown) => {
    if (codeOf(error) !== 'ENOENT') throw error;
    throw new ChewsError('not-found', `${attempt}: it does not exist any more`, { effect: 'none' });
  });
  try {
    await tidyLeftovers(folder);
    return await work();
  } finally {
    // The asset may have been deleted under its own lock.
    await removeFile(lock);
  }
}

/** The same for several assets; in one order for all, so that no two wait for each other. */
export async function withAssetLocks<T>(
  context: ProviderContext,
  folders: readonly string[],
  attempt: string,
  work: () => Promise<T>,
): Promise<T> {
  const [first, ...rest] = [...new Set(folders)].sort();
  if (first === undefined) return work();
  return withAssetLock(context, first, attempt, () => withAssetLocks(context, rest, attempt, work));
}

async function take(context: ProviderContext, folder: string, attempt: string): Promise<string> {
  const begun = performance.now();
  const until = begun + patienceMs;
  for (;;) {
    const seen = await numbers(folder);
    const highest = seen.at(-1);
    const holder = highest === undefined ? undefined : await holderOf(join(folder, `.lock-${highest}`));
    if (holder === undefined || !(await isAlive(holder))) {
      const next = (highest ?? 0) + 1;
      const mine = join(folder, `.lock-${next}`);
      const text = JSON.stringify(await thisProcess());
      if (await publishFile(mine, text, folder, context.drawId())) {
        const now = await numbers(folder);
        if (now.join() === [...seen, next].join() && !(await isAnyAlive(folder, seen))) {
          for (const stale of seen) await rm(join(folder, `.lock-${stale}`), { force: true });
          return mine;
        }
        await removeFile(mine);
      }
    }
    // Nothing is gained by waiting for a process that does not go on by itself.
    const patient =
      holder === undefined || performance.now() < begun + haltedMs || !(await isHalted(holder.pid));
    if (!patient || performance.now() > until) {
      throw await blocked(holder, attempt);
    }
    // Two that got in each other's way must not do so for ever.
    await context.sleep(10 + Number.parseInt(context.drawId().slice(0, 2), 16) / 8);
  }
}

/** A number is used again once its lock was given back: what was dead at the first look can be somebody's by now. */
async function isAnyAlive(folder: string, locks: readonly number[]): Promise<boolean> {
  for (const number of locks) {
    const holder = await holderOf(join(folder, `.lock-${number}`));
    if (holder !== undefined && (await isAlive(holder))) return true;
  }
  return false;
}

async function blocked(holder: Maker | undefined, attempt: string): Promise<ChewsError> {
  if (holder !== undefined && (await isHalted(holder.pid))) {
    const { pid } = holder;
    return new ChewsError(
      'busy',
      `${attempt}: process ${pid} is at work on it, and was stopped in the middle`,
      {
        remedy: `Let it go on: kill -CONT ${pid}; or end it: kill -KILL ${pid}. Then run the same command again.`,
        retryable: false,
        effect: 'none',
      },
    );
  }
  const who = holder === undefined ? 'another run' : `process ${holder.pid}`;
  return new ChewsError('busy', `${attempt}: ${who} is at work on it`, {
    remedy: 'Wait until it has finished, then run the same command again.',
    retryable: true,
    effect: 'none',
  });
}

async function numbers(folder: string): Promise<number[]> {
  const found = (await readdir(folder)).map((name) => lockName.exec(name)?.[1]);
  return found
    .filter((text) => text !== undefined)
    .map(Number)
    .sort((left, right) => left - right);
}

/** Undefined where the lock is gone by now, or was torn by a power cut, which its maker did not outlive. */
async function holderOf(path: string): Promise<Maker | undefined> {
  const text = await readTextIfThere(path);
  try {
    const { pid, start } = JSON.parse(text ?? '') as Record<string, unknown>;
    return typeof pid === 'number' && typeof start === 'string' ? { pid, start } : undefined;
  } catch (error) {
    if (codeOf(error) === undefined) return undefined;
    throw error;
  }
}
