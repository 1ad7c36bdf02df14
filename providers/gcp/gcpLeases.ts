import { createHash } from 'node:crypto';
import { ChewsError } from '../../src/core/errors.ts';
import type { Lease, LeaseRequest, UnreadableLease } from '../../src/core/lease.ts';
import type { CallOptions, LeaseStore } from '../../src/core/provider.ts';
import { type Gcp, type Work, workOf } from './gcpWork.ts';
import { change } from './operations.ts';

/**
 * Leases as numbered health checks, each with what it says in its description. To take one is to insert the number after the
 * highest, which Compute Engine grants to one alone: names are unique in a project. A number is never used again: who gives a
 * lease back inserts a note under the next number, and older numbers are deleted only once a higher one stands.
 *
 * A health check that nothing refers to does nothing and costs nothing, is global like the project itself, needs no network and
 * no image, unlike an instance template, and its name is claimed the moment it is asked for. Labels with their fingerprint are a
 * compare-and-set as well, but all that has labels costs something or belongs to one zone; and to change a label takes as long
 * as to insert a number.
 */
const PREFIX = 'chews-lease-';
const PATIENCE = 50;
const PAGE_SIZE = 500;
const namePattern = /^chews-lease-([a-z0-9-]+)-(\d{10})$/;

type Entry = { readonly lease: Lease; readonly durationMs: number } | { readonly free: string };

/** What stands under the highest number of a workstation. */
interface Standing {
  readonly number: number;
  readonly entry: Entry | { readonly torn: UnreadableLease };
  /** The lower numbers, which are over. */
  readonly older: readonly number[];
}

const nothing: Standing = { number: 0, entry: { free: '' }, older: [] };

export function gcpLeases(gcp: Gcp): LeaseStore {
  const work = (attempt: string, options: CallOptions = {}) => workOf(gcp, attempt, options);

  /** Whether ours is the highest now. */
  const put = async (workstation: string, before: Standing, entry: Entry, at: Work): Promise<boolean> => {
    const number = before.number + 1;
    const name = nameOf(workstation, number);
    const description = JSON.stringify(entry);
    try {
      await change(
        'healthChecks.insert',
        {
          project: gcp.settings.project,
          healthCheckResource: { name, description, type: 'TCP', tcpHealthCheck: { port: 22 } },
        },
        at,
        [name, description],
      );
    } catch (error) {
      if (error instanceof ChewsError && error.code === 'conflict') return false;
      throw error;
    }
    // A number that was free because it had been tidied away is not the highest.
    const after = (await standings(gcp, workstation, at)).get(workstation) ?? nothing;
    if (after.number !== number) return false;
    for (const over of after.older) await tidy(gcp, nameOf(workstation, over), at);
    return true;
  };

  const standingOf = async (workstation: string, at: Work): Promise<Standing> => {
    refuseBadWorkstation(workstation, at);
    return (await standings(gcp, workstation, at)).get(workstation) ?? nothing;
  };

  return {
    list: async (options) => {
      const at = work('cannot list the leases', options);
      const found = await standings(gcp, options?.workstation, at);
      const entries = [...found.values()].map(({ entry }) => entry);
      return {
        nowMs: gcp.connection.clockMs(),
        leases: entries.flatMap((entry) => ('lease' in entry ? [entry.lease] : [])),
        unreadable: entries.flatMap((entry) => ('torn' in entry ? [entry.torn] : [])),
      };
    },

    take: async (request, replacing, options) => {
      const at = work(`cannot take the lease of ${request.workstation}`, options);
      for (let attempt = 0; attempt < PATIENCE; attempt += 1) {
        const before = await standingOf(request.workstation, at);
        const held = leaseIn(before, at);
        // A token is drawn by a run for itself, so this is our own take whose answer was lost.
        if (held?.token === request.token) return { taken: held };
        if (held !== undefined && !isSame(held, replacing)) return { heldBy: held };
        const entry = entryOf(request, gcp.connection.clockMs(), before.number + 1);
        if (await put(request.workstation, before, entry, at)) return { taken: entry.lease };
      }
      throw tooMany(request.workstation);
    },

    renew: async (lease, options) => {
      const at = work(`cannot renew the lease of ${lease.workstation}`, options);
      for (let attempt = 0; attempt < PATIENCE; attempt += 1) {
        const before = await standingOf(lease.workstation, at);
        const held = leaseIn(before, at);
        if (held === undefined || held.id !== lease.id || !('durationMs' in before.entry))
          throw lost(lease, held);
        const { durationMs } = before.entry;
        // Later than before in any case: by its end others tell a lease that was renewed from the one that they judged.
        const untilMs = Math.max(gcp.connection.clockMs() + durationMs, held.untilMs + 1);
        const renewed = { ...held, untilMs };
        if (await put(lease.workstation, before, { lease: renewed, durationMs }, at)) return renewed;
      }
      throw tooMany(lease.workstation);
    },

    release: async (lease, options) => {
      const at = work(`cannot give back the lease of ${lease.workstation}`, options);
      for (let attempt = 0; attempt < PATIENCE; attempt += 1) {
        const before = await standingOf(lease.workstation, at);
        if (!('lease' in before.entry) || before.entry.lease.id !== lease.id) return;
        if (await put(lease.workstation, before, { free: lease.id }, at)) return;
      }
      throw tooMany(lease.workstation);
    },

    // As one that is given back: the note goes to the next number, so that a holder who wakes up finds that it is over.
    clear: async (shown, options) => {
      const at = work(`cannot take away the lease of ${shown.workstation}`, options);
      const before = await standingOf(shown.workstation, at);
      const { entry } = before;
      const same =
        'torn' in entry
          ? entry.torn.id === shown.id
          : 'lease' in entry && 'untilMs' in shown && isSame(entry.lease, shown);
      return same && (await put(shown.workstation, before, { free: shown.id }, at));
    },
  };
}

function nameOf(workstation: string, number: number): string {
  return `${PREFIX}${workstation}-${String(number).padStart(10, '0')}`;
}

function refuseBadWorkstation(workstation: string, { attempt }: Work): void {
  if (namePattern.test(nameOf(workstation, 1)) && nameOf(workstation, 1).length <= 63) return;
  throw new ChewsError(
    'configuration',
    `${attempt}: ${JSON.stringify(workstation)} is no workstation's name`,
    {
      effect: 'none',
    },
  );
}

/** Everything that stands, of all workstations or of one. */
async function standings(
  gcp: Gcp,
  workstation: string | undefined,
  at: Work,
): Promise<Map<string, Standing>> {
  const { connection, settings } = gcp;
  // A regular expression of the whole name; what else fits it is sorted out below.
  const filter = `name eq ${PREFIX}${workstation === undefined ? '' : `${workstation}-`}.*`;
  const found = new Map<string, { number: number; text: string }[]>();
  let pageToken = '';
  do {
    const page = await connection.call(
      'healthChecks.list',
      { project: settings.project, filter, maxResults: PAGE_SIZE, ...(pageToken !== '' && { pageToken }) },
      at,
    );
    if (page.warning?.code && page.warning.code !== 'NO_RESULTS_ON_PAGE')
      throw new ChewsError(
        'unreadable',
        `${at.attempt}: the answer is not whole: ${page.warning.message ?? ''}`,
        {
          effect: 'none',
          retryable: true,
        },
      );
    for (const { name, description } of page.items ?? []) {
      const [, owner, digits] = namePattern.exec(name ?? '') ?? [];
      if (owner === undefined || (workstation !== undefined && owner !== workstation)) continue;
      const entry = { number: Number(digits), text: description ?? '' };
      found.set(owner, [...(found.get(owner) ?? []), entry]);
    }
    pageToken = page.nextPageToken ?? '';
  } while (pageToken !== '');
  return new Map([...found].map(([owner, entries]) => [owner, standingIn(owner, entries)]));
}

function standingIn(
  workstation: string,
  entries: readonly { readonly number: number; readonly text: string }[],
): Standing {
  const [highest, ...older] = entries.toSorted((one, other) => other.number - one.number);
  if (highest === undefined) return nothing;
  const { number, text } = highest;
  const entry = readEntry(text, workstation);
  const id = createHash('sha256').update(`${number} ${text}`).digest('hex');
  return {
    number,
    entry: entry ?? {
      torn: {
        workstation,
        id,
        why: `health check ${nameOf(workstation, number)} says nothing that can be read`,
      },
    },
    older: older.map((over) => over.number),
  };
}

/** What is no lease that can be understood must not be taken for none. */
function readEntry(text: string, workstation: string): Entry | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof parsed !== 'object' || parsed === null) return undefined;
  if ('free' in parsed) return typeof parsed.free === 'string' ? { free: parsed.free } : undefined;
  const { lease, durationMs } = parsed as { readonly lease?: Partial<Lease>; readonly durationMs?: unknown };
  if (typeof lease !== 'object' || lease === null || typeof durationMs !== 'number') return undefined;
  const { id, token, user, host, hostId, pid, processStart, hostBoot, command, sinceMs, untilMs } = lease;
  const texts = [id, token, user, host, hostId, processStart, hostBoot, command].every(
    (field) => typeof field === 'string',
  );
  const numbers = [pid, sinceMs, untilMs, durationMs].every(Number.isFinite);
  return texts && numbers && lease.workstation === workstation
    ? { lease: lease as Lease, durationMs }
    : undefined;
}

function entryOf(
  { durationMs, ...who }: LeaseRequest,
  sinceMs: number,
  number: number,
): { readonly lease: Lease; readonly durationMs: number } {
  // Of this taking alone: the number is, and the token is drawn.
  return {
    lease: { ...who, id: `${number}-${who.token}`, sinceMs, untilMs: sinceMs + durationMs },
    durationMs,
  };
}

function leaseIn({ entry }: Standing, { attempt }: Work): Lease | undefined {
  if ('lease' in entry) return entry.lease;
  if ('free' in entry) return undefined;
  const { workstation, why } = entry.torn;
  // It may be anybody's: it is neither free nor can it be told who holds it.
  throw new ChewsError('unreadable', `${attempt}: ${why}`, {
    remedy: `chews unlock ${workstation} takes it away, after a look at what is there`,
    effect: 'none',
  });
}

/** Whether the very holding that was judged still stands: one that was renewed since is alive. */
function isSame(lease: Lease, judged: Lease | undefined): boolean {
  return judged !== undefined && lease.id === judged.id && lease.untilMs === judged.untilMs;
}

async function tidy({ settings }: Gcp, name: string, at: Work): Promise<void> {
  await change('healthChecks.delete', { project: settings.project, healthCheck: name }, at, [name]).catch(
    (error: unknown) => {
      // Somebody else was quicker.
      if (!(error instanceof ChewsError) || error.code !== 'not-found') throw error;
    },
  );
}

function lost(lease: Lease, now: Lease | undefined): ChewsError {
  const holder = now === undefined ? 'it is free' : `${now.user} on ${now.host} has it now`;
  return new ChewsError(
    'busy',
    `cannot renew the lease of ${lease.workstation}: it is not ours any more, ${holder}`,
    {
      effect: 'none',
    },
  );
}

function tooMany(workstation: string): ChewsError {
  return new ChewsError('busy', `cannot take the lease of ${workstation}: too many runs want it`, {
    retryable: true,
    effect: 'none',
  });
}
