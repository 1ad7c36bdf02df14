import type { LaunchTemplate } from '@aws-sdk/client-ec2';
import { ChewsError } from '../../src/core/errors.ts';
import type { Lease, LeaseRequest, UnreadableLease } from '../../src/core/lease.ts';
import type { LeaseStore } from '../../src/core/provider.ts';
import { ec2CodeOf } from './errorTable.ts';
import { fold, format, type LeaseTemplate, type Standing } from './leaseLog.ts';
import { pages } from './look.ts';
import { type Attempt, LIST_LAG_MS, type Place, refusal } from './place.ts';
import { tagsOfLabels, toTagList } from './tags.ts';

/** clouds.md: "A mutex by unique name that costs nothing: a launch template `chews-lock-<workstation>`." */
const PREFIX = 'chews-lock-';
const PATIENCE = 40;
const PAUSE_MS = 500;

/** A template and what it comes to. */
interface Found extends LeaseTemplate {
  readonly standing: Standing;
}

/**
 * A lease is a launch template. Its name is granted once: who makes it holds the lease. All that happens to that holding is a
 * further version of it, which counts only if it comes after the one that its writer saw (see `fold`): renewals, and that it is
 * over. A template that is over is deleted, by whoever meets it, and the name is free for the next.
 */
export function launchTemplateLeases({ ec2, clock, context }: Place): LeaseStore {
  const templates = (on: Attempt, name: string): Promise<LaunchTemplate[]> =>
    pages(on, 'leases', async (NextToken) => {
      const Filters = [{ Name: 'launch-template-name', Values: [name] }];
      const page = await ec2.read('describeLaunchTemplates', { Filters, MaxResults: 200, NextToken }, on);
      return { items: page.LaunchTemplates, next: page.NextToken };
    });

  /** Undefined where the template is gone. `least`: a version that is known to be there. */
  const read = async (on: Attempt, template: LeaseTemplate, least = 1): Promise<Found | undefined> => {
    for (let attempt = 0; attempt < PATIENCE; attempt += 1) {
      try {
        const versions = await pages(on, 'versions', async (NextToken) => {
          const input = { LaunchTemplateId: template.id, MaxResults: 200, NextToken };
          const page = await ec2.read('describeLaunchTemplateVersions', input, on);
          return { items: page.LaunchTemplateVersions, next: page.NextToken };
        });
        const standing = versions.length < least ? undefined : fold(template, versions);
        if (standing !== undefined) return { ...template, standing };
      } catch (error) {
        if (!isGone(error)) throw error;
        // A list that lags does not show yet what this run has written.
        if (least === 1 || attempt * PAUSE_MS > LIST_LAG_MS) return undefined;
      }
      await context.sleep(PAUSE_MS, on.signal);
    }
    throw new ChewsError('unreadable', `${on.attempt}: the answers about its lease are not whole`, {
      retryable: true,
      effect: 'none',
    });
  };

  /** All leases of which a template is there; exact match after the filter, whose values are patterns. */
  const findAll = async (on: Attempt, workstation: string | undefined): Promise<Found[]> => {
    const wanted = workstation === undefined ? undefined : `${PREFIX}${workstation}`;
    const listed = await templates(on, wanted ?? `${PREFIX}*`);
    const found = await Promise.all(
      listed.flatMap(({ LaunchTemplateId: id, LaunchTemplateName: name }) => {
        if (id === undefined || name === undefined) return [];
        if (wanted === undefined ? !name.startsWith(PREFIX) : name !== wanted) return [];
        return [read(on, { id, workstation: name.slice(PREFIX.length) })];
      }),
    );
    return found.filter((one) => one !== undefined);
  };

  const remove = async (on: Attempt, { id }: LeaseTemplate): Promise<void> => {
    try {
      await ec2.change('deleteLaunchTemplate', { LaunchTemplateId: id }, on);
    } catch (error) {
      if (!isGone(error)) throw error;
    }
  };

  /** Writes behind the version that was seen; what it came to is told by reading again. */
  const append = async (
    on: Attempt,
    found: Found,
    text: string,
  ): Promise<{ number: number; after: Found | undefined }> => {
    const { LaunchTemplateVersion } = await ec2.change(
      'createLaunchTemplateVersion',
      { LaunchTemplateId: found.id, LaunchTemplateData: { UserData: text } },
      on,
    );
    const number = LaunchTemplateVersion?.VersionNumber ?? found.standing.version + 1;
    return { number, after: await read(on, found, number) };
  };

  /** Ends the very holding that was seen; false where something else has happened to it first. */
  const end = async (on: Attempt, found: Found): Promise<boolean> => {
    try {
      const { number, after } = await append(
        on,
        found,
        format({ kind: 'over', after: found.standing.version }),
      );
      const isOurs = after === undefined || after.standing.version === number;
      if (after === undefined || after.standing.kind === 'over') await remove(on, found);
      return isOurs;
    } catch (error) {
      if (isGone(error)) return false;
      throw error;
    }
  };

  const take = async (request: LeaseRequest, replacing: Lease | undefined, on: Attempt) => {
    const { durationMs, ...holder } = request;
    const name = `${PREFIX}${request.workstation}`;
    if (!/^[a-zA-Z0-9().\-/_]{3,128}$/.test(name))
      throw refusal('configuration', `${on.attempt}: a lease cannot have this name`);
    for (let attempt = 0; attempt < PATIENCE; attempt += 1) {
      const [found] = await findAll(on, request.workstation);
      if (found === undefined) {
        const sinceMs = clock.nowMs();
        const lease = { ...holder, sinceMs, untilMs: sinceMs + durationMs };
        try {
          const { LaunchTemplate: made } = await ec2.change(
            'createLaunchTemplate',
            {
              LaunchTemplateName: name,
              VersionDescription: `chews ${request.command} is at work on ${request.workstation}`.slice(
                0,
                255,
              ),
              // A policy can allow that it is ended where it bears this, and nothing else.
              TagSpecifications: [
                {
                  ResourceType: 'launch-template',
                  Tags: toTagList(tagsOfLabels({ workstation: request.workstation })),
                },
              ],
              LaunchTemplateData: { UserData: format({ kind: 'held', after: 0, lease, durationMs }) },
            },
            on,
          );
          if (made?.LaunchTemplateId === undefined)
            throw refusal('unreadable', `${on.attempt}: EC2’s answer has no id`);
          return { taken: { ...lease, id: made.LaunchTemplateId } };
        } catch (error) {
          // Somebody was quicker, or lists lag.
          if (ec2CodeOf(error) !== 'InvalidLaunchTemplateName.AlreadyExistsException') throw error;
          await context.sleep(PAUSE_MS, on.signal);
          continue;
        }
      }
      const { standing } = found;
      switch (standing.kind) {
        case 'torn':
          throw unreadable(standing.torn);
        case 'over':
          await remove(on, found);
          break;
        case 'held':
          // A token is drawn by a run for itself, so this is our own take whose answer was lost.
          if (standing.lease.token === request.token) return { taken: standing.lease };
          if (!isSame(standing.lease, replacing)) return { heldBy: standing.lease };
          await end(on, found);
      }
    }
    throw new ChewsError('busy', `${on.attempt}: too many runs want it`, { retryable: true, effect: 'none' });
  };

  const renew = async (lease: Lease, on: Attempt): Promise<Lease> => {
    const found = await read(on, lease);
    if (found?.standing.kind === 'torn') throw unreadable(found.standing.torn);
    if (found?.standing.kind !== 'held') throw lost(lease, on);
    const { standing } = found;
    const { id: _, ...held } = standing.lease;
    const renewed = { ...held, untilMs: clock.nowMs() + standing.durationMs };
    const entry = format({
      kind: 'held',
      after: standing.version,
      lease: renewed,
      durationMs: standing.durationMs,
    });
    try {
      const { number, after } = await append(on, found, entry);
      if (after?.standing.kind !== 'held' || after.standing.version !== number) throw lost(lease, on);
    } catch (error) {
      throw isGone(error) ? lost(lease, on) : error;
    }
    return { ...renewed, id: lease.id };
  };

  const release = async (lease: Lease, on: Attempt): Promise<void> => {
    const found = await read(on, lease);
    if (found === undefined || found.standing.kind === 'torn') return;
    if (found.standing.kind === 'over') await remove(on, found);
    else await end(on, found);
  };

  const clear = async (shown: Lease | UnreadableLease, on: Attempt): Promise<boolean> => {
    const [found] = await findAll(on, shown.workstation);
    if (found === undefined) return false;
    const { standing } = found;
    const isShown =
      (standing.kind === 'torn' && standing.torn.id === shown.id) ||
      (standing.kind === 'held' && 'untilMs' in shown && isSame(standing.lease, shown));
    return isShown && (await end(on, found));
  };

  return {
    list: async (options) => {
      const on: Attempt = { attempt: 'cannot list the leases', signal: options?.signal };
      const found = await findAll(on, options?.workstation);
      return {
        nowMs: clock.nowMs(),
        leases: found.flatMap(({ standing }) => (standing.kind === 'held' ? [standing.lease] : [])),
        unreadable: found.flatMap(({ standing }) => (standing.kind === 'torn' ? [standing.torn] : [])),
      };
    },
    take: (request, replacing, options) =>
      take(request, replacing, attemptTo('take the lease of', request.workstation, options?.signal)),
    renew: (lease, options) =>
      renew(lease, attemptTo('renew the lease of', lease.workstation, options?.signal)),
    release: (lease, options) =>
      release(lease, attemptTo('give back the lease of', lease.workstation, options?.signal)),
    clear: (shown, options) =>
      clear(shown, attemptTo('take away the lease of', shown.workstation, options?.signal)),
  };
}

function attemptTo(what: string, workstation: string, signal: AbortSignal | undefined): Attempt {
  return { attempt: `cannot ${what} ${workstation}`, signal };
}

function isGone(error: unknown): boolean {
  return error instanceof ChewsError && error.code === 'not-found';
}

/** Whether the very holding that was judged still stands: one that was renewed since is alive. */
function isSame(lease: Lease, judged: Lease | undefined): boolean {
  return judged !== undefined && lease.id === judged.id && lease.untilMs === judged.untilMs;
}

function lost({ workstation }: Lease, { attempt }: Attempt): ChewsError {
  return refusal(
    'busy',
    `${attempt}: it is not ours any more`,
    `chews status tells who is at work on ${workstation}.`,
  );
}

/** It may be anybody's: it is neither free nor can it be told who holds it. */
function unreadable({ workstation, why }: UnreadableLease): ChewsError {
  return refusal(
    'unreadable',
    `cannot read the lease of ${workstation}: ${why}`,
    `chews unlock ${workstation} takes it away, after a look at what is there`,
  );
}
