import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ChewsError } from '../../src/core/errors.ts';
import type { Lease, LeaseRequest } from '../../src/core/lease.ts';
import type { LeaseStore } from '../../src/core/provider.ts';
import { formatRecord, parseRecord } from './assetFile.ts';
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
const filePattern = /^(\d{12})\.json$/;

/** What the file of the highest number says. */
type Entry = { readonly lease: Lease; readonly durationMs: number } | { readonly free: true };

/** What stands in the folder of a workstation: the highest number counts, all others are over. */
interface Standing {
  readonly number: number;
  readonly entry: Entry;
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
    const names = workstation === undefined ? await namesIn(leasesFolder(store)) : [workstation];
    for (const name of names) {
      const standing = await standingIn(join(leasesFolder(store), name));
      if (standing !== undefined && 'lease' in standing.entry) leases.push(standing.entry.lease);
    }
    return { nowMs, leases };
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
    throw error;
  });
  return names.filter((name) => makerOf(name) === undefined).sort();
}

async function numbersOf(folder: string): Promise<number[]> {
  return (await namesIn(folder)).map((name) => {
    const digits = filePattern.exec(name)?.[1];
    if (digits === undefined) throw unreadable(join(folder, name), 'it is not something that chews made');
    return Number(digits);
  });
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
  for (let attempt = 0; attempt < patience; attempt += 1) {
    const number = await highestOf(folder);
    if (number === undefined) return undefined;
    const path = pathOf(folder, number);
    const text = await readTextIfThere(path);
    // It was the highest a moment ago; whoever removed it has put a higher one there.
    if (text === undefined) continue;
    const parsed = parseRecord(text);
    if ('why' in parsed) throw unreadable(path, parsed.why);
    if (!isEntry(parsed.content))
      throw unreadable(path, 'it is neither a lease nor a note that there is none');
    return { number, entry: parsed.content };
  }
  throw new ChewsError('busy', `cannot read ${folder}: it changes faster than it can be read`, {
    retryable: true,
  });
}

/** A lease that cannot be read may be anybody's: it is neither free nor can it be told who holds it. */
function unreadable(path: string, why: string): ChewsError {
  return new ChewsError('unreadable', `cannot read the lease ${path}: ${why}`, {
    remedy: `Make sure that no other chews is at work, then remove this file.`,
    effect: 'none',
  });
}
