import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { ChewsError } from '../../src/core/errors.ts';
import type { Lease, LeaseRequest, UnreadableLease } from '../../src/core/lease.ts';
import type { LeaseStore } from '../../src/core/provider.ts';
import { digestOf, formatRecord, parseRecord } from './assetFile.ts';
import { isAssetName } from './assetFolders.ts';
import {
  codeOf,
  makeFolders,
  makerOf,
  publishFile,
  readTextIfThere,
  removeFile,
  replaceFile,
  syncFolder,
  tidyLeftovers,
} from './durable.ts';
import { guarded } from './fileErrors.ts';
import { keepReserve, withReserve } from './reserve.ts';
import { ensureRoot, leasesFolder, type Store, tidyStore } from './store.ts';

const patience = 50;
const filePattern = /^(\d{12,15})\.json$/;

/** What the file of the highest number says. */
type Entry = { readonly lease: Lease; readonly durationMs: number } | { readonly free: true };

/** What stands in the folder of a workstation: the highest number counts, all others are over. */
interface Standing {
  readonly number: number;
  readonly entry: Entry;
}

/** The same where the file of the highest number cannot be read. */
interface Torn {
  readonly number: number;
  readonly torn: UnreadableLease;
}

/**
 * Leases as numbered files. To take one is to link a whole file to the number after the highest, which the file system
 * grants to one alone; then to look again whether it is still the highest. A number is never used again: who gives a
 * lease back links a note to the next number, so that the folder never becomes empty.
 */
export function localLeases(store: Store): LeaseStore {
  const { context } = store;
  const folderFor = (workstation: string) => {
    if (isAssetName(workstation)) return join(leasesFolder(store), workstation);
    throw new ChewsError(
      'configuration',
      `cannot take a lease of ${JSON.stringify(workstation)}: it is no workstation's name`,
    );
  };

  const put = async (folder: string, number: number, entry: Entry): Promise<boolean> => {
    const published = await publishFile(
      pathOf(folder, number),
      formatRecord(entry),
      folder,
      context.drawId(),
    );
    if (!published || (await highestOf(folder)) !== number) return false;
    // Only now, as the highest, is it certain that all below are over.
    for (const older of await numbersOf(folder)) if (older < number) await removeFile(pathOf(folder, older));
    await tidyLeftovers(folder);
    return true;
  };

  const take = async (request: LeaseRequest, replacing: Lease | undefined) => {
    await ensureRoot(store);
    const folder = folderFor(request.workstation);
    const made = await makeFolders(folder);
    if (made !== undefined) await syncFolder(leasesFolder(store));
    for (let attempt = 0; attempt < patience; attempt += 1) {
      const before = await standingIn(folder);
      if (before !== undefined && 'lease' in before.entry && !isSame(before.entry.lease, replacing)) {
        return { heldBy: before.entry.lease };
      }
      const sinceMs = context.nowMs();
      const { durationMs, ...holder } = request;
      const lease = { ...holder, id: context.drawId(), sinceMs, untilMs: sinceMs + durationMs };
      if (await put(folder, (before?.number ?? 0) + 1, { lease, durationMs })) return { taken: lease };
    }
    throw new ChewsError('busy', `cannot take the lease of ${request.workstation}: too many runs want it`, {
      retryable: true,
      effect: 'none',
    });
  };

  const renew = async (lease: Lease): Promise<Lease> => {
    const folder = folderFor(lease.workstation);
    const before = await standingIn(folder);
    if (before === undefined || !holds(before.entry, lease)) throw lost(lease, before?.entry);
    const { durationMs } = before.entry;
    const renewed = { ...lease, untilMs: context.nowMs() + durationMs };
    const text = formatRecord({ lease: renewed, durationMs });
    await replaceFile(pathOf(folder, before.number), text, folder, context.drawId());
    // Somebody may have taken it over between the look and the write; then the write was to a file that is over.
    const after = await standingIn(folder);
    if (after === undefined || !holds(after.entry, lease)) {
      await removeFile(pathOf(folder, before.number));
      throw lost(lease, after?.entry);
    }
    return renewed;
  };

  const release = async (lease: Lease): Promise<void> => {
    const folder = folderFor(lease.workstation);
    const before = await standingIn(folder);
    if (before !== undefined && holds(before.entry, lease))
      await put(folder, before.number + 1, { free: true });
  };

  const list = async (workstation: string | undefined) => {
    const nowMs = context.nowMs();
    const leases: Lease[] = [];
    const unreadable: UnreadableLease[] = [];
    const names = workstation === undefined ? await namesIn(leasesFolder(store)) : [workstation];
    for (const name of names) {
      const found = await foundIn(join(leasesFolder(store), name));
      if (found === undefined) continue;
      if ('torn' in found) unreadable.push(found.torn);
      else if ('lease' in found.entry) leases.push(found.entry.lease);
    }
    return { nowMs, leases, unreadable };
  };

  // Like one that gives back: the note goes to the next number, so that a holder who wakes up finds that it is over.
  const clear = async (shown: Lease | UnreadableLease): Promise<boolean> => {
    const folder = folderFor(shown.workstation);
    const found = await foundIn(folder);
    if (found === undefined) return false;
    const same =
      'torn' in found
        ? found.torn.id === shown.id
        : 'lease' in found.entry && 'untilMs' in shown && isSame(found.entry.lease, shown);
    return same && (await put(folder, found.number + 1, { free: true }));
  };

  return {
    list: (options) => guarded('cannot list the leases', options, () => list(options?.workstation), 'none'),
    take: (request, replacing, options) =>
      guarded(`cannot take the lease of ${request.workstation}`, options, async () => {
        const answer = await withReserve(store, () => take(request, replacing));
        await tidyStore(store);
        await keepReserve(store);
        return answer;
      }),
    renew: (lease, options) =>
      guarded(`cannot renew the lease of ${lease.workstation}`, options, () =>
        withReserve(store, () => renew(lease)),
      ),
    release: (lease, options) =>
      guarded(`cannot give back the lease of ${lease.workstation}`, options, () =>
        withReserve(store, () => release(lease)),
      ),
    clear: (shown, options) =>
      guarded(`cannot take away the lease of ${shown.workstation}`, options, () =>
        withReserve(store, () => clear(shown)),
      ),
  };
}

function holds(entry: Entry, lease: Lease): entry is Extract<Entry, { lease: Lease }> {
  return 'lease' in entry && entry.lease.id === lease.id;
}

/** Whether the very holding that was judged still stands: one that was renewed since is alive. */
function isSame(lease: Lease, judged: Lease | undefined): boolean {
  return judged !== undefined && lease.id === judged.id && lease.untilMs === judged.untilMs;
}

function lost(lease: Lease, now: Entry | undefined): ChewsError {
  const holder =
    now !== undefined && 'lease' in now ? `${now.lease.user} on ${now.lease.host} has it now` : 'it is free';
  return new ChewsError(
    'busy',
    `cannot renew the lease of ${lease.workstation}: it is not ours any more, ${holder}`,
    {
      effect: 'none',
    },
  );
}

function pathOf(folder: string, number: number): string {
  return join(folder, `${String(number).padStart(12, '0')}.json`);
}

async function namesIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return [];
    if (codeOf(error) === 'ENOTDIR') throw foreign(folder);
    throw error;
  });
  return names.filter((name) => makerOf(name) === undefined).sort();
}

async function numbersOf(folder: string): Promise<number[]> {
  const numbers = (await namesIn(folder)).map((name) => {
    const digits = filePattern.exec(name)?.[1];
    if (digits === undefined) throw foreign(join(folder, name));
    return Number(digits);
  });
  return numbers.sort((one, other) => one - other);
}

async function highestOf(folder: string): Promise<number | undefined> {
  return (await numbersOf(folder)).at(-1);
}

/** What is no lease that can be understood must not be taken for none. */
function isEntry(content: object): content is Entry {
  if ('free' in content) return content.free === true;
  const { lease, durationMs } = content as { readonly lease?: Partial<Lease>; readonly durationMs?: unknown };
  return (
    typeof lease === 'object' &&
    lease !== null &&
    typeof lease.id === 'string' &&
    Number.isFinite(lease.sinceMs) &&
    Number.isFinite(lease.untilMs) &&
    Number.isFinite(durationMs)
  );
}

/** Undefined where the workstation never had a lease. */
async function standingIn(folder: string): Promise<Standing | undefined> {
  const found = await foundIn(folder);
  if (found !== undefined && 'torn' in found) throw unreadable(found.torn);
  return found;
}

async function foundIn(folder: string): Promise<Standing | Torn | undefined> {
  for (let attempt = 0; attempt < patience; attempt += 1) {
    const number = await highestOf(folder);
    if (number === undefined) return undefined;
    const path = pathOf(folder, number);
    const text = await readTextIfThere(path);
    // It was the highest a moment ago; whoever removed it has put a higher one there.
    if (text === undefined) continue;
    const parsed = parseRecord(text);
    const entry = 'content' in parsed ? parsed.content : undefined;
    if (entry !== undefined && isEntry(entry)) return { number, entry };
    const why = 'why' in parsed ? parsed.why : 'it is neither a lease nor a note that there is none';
    const id = digestOf({ number, text });
    return { number, torn: { workstation: basename(folder), id, why: `${path}: ${why}` } };
  }
  throw new ChewsError('busy', `cannot read ${folder}: it changes faster than it can be read`, {
    retryable: true,
  });
}

/** It may be anybody's: it is neither free nor can it be told who holds it. */
function unreadable({ workstation, why }: UnreadableLease): ChewsError {
  return new ChewsError('unreadable', `cannot read the lease of ${workstation}: ${why}`, {
    remedy: `chews unlock ${workstation} takes it away, after a look at what is there`,
    effect: 'none',
  });
}

/** Whatever it is, it is the user's: nothing is done with it, and nothing is concluded from beside it. */
function foreign(path: string): ChewsError {
  return new ChewsError('unreadable', `cannot read the lease ${path}: it is not something that chews made`, {
    remedy: 'Move it out of that folder.',
    effect: 'none',
  });
}
