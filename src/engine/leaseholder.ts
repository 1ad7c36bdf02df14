import { ChewsError } from '../core/errors.ts';
import {
  type HostView,
  judgeLease,
  type Lease,
  type LeaseRequest,
  type UnreadableLease,
} from '../core/lease.ts';
import type { LeaseStore } from '../core/provider.ts';
import { formatDuration } from '../core/units.ts';

const DURATION_MS = 5 * 60_000;
const RENEW_EVERY_MS = 60_000;
const LOOK_AGAIN_MS = 1_000;

/** Who this run is, for the lease. */
export type Runner = Omit<LeaseRequest, 'workstation' | 'command' | 'durationMs'>;

export interface HeldLease {
  /** Aborted when somebody else has taken the lease: then nothing new is begun. */
  readonly lost: AbortSignal;
  /**
   * Asked before every step: a run that was held up for long (a closed laptop, Ctrl-Z) sees to it first that the lease is
   * still its own. Throws 'busy' when it is not.
   */
  readonly confirm: () => Promise<void>;
  readonly release: () => Promise<void>;
}

export interface LeaseOptions {
  readonly leases: LeaseStore;
  readonly workstation: string;
  readonly command: string;
  /** The command as the verb of a sentence. */
  readonly verb: string;
  readonly runner: Runner;
  readonly view: HostView;
  /** Wait for the one who holds it instead of giving up. */
  readonly wait: boolean;
  /** Carries the waiting out where it is in nobody's way. */
  readonly aside?: (wait: () => Promise<void>) => Promise<void>;
  readonly sleep: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
  readonly nowMs: () => number;
  readonly say: (sentence: string) => void;
  readonly signal?: AbortSignal;
}

/** "chews dessicate (process 4711 of ann on ares), since 40s, for another 4m at the most" */
export function describeHolder(lease: Lease, nowMs: number): string {
  const since = formatDuration(Math.max(0, nowMs - lease.sinceMs));
  const left = formatDuration(Math.max(0, lease.untilMs - nowMs));
  return `chews ${lease.command} (process ${lease.pid} of ${lease.user} on ${lease.host}) is at work on it, since ${since}; its lease ends in ${left} unless renewed`;
}

/**
 * Takes the lease of a workstation: at most one change is in progress. One whose time is over, or whose process is dead on
 * this very host, is taken over. Throws 'busy' when it is held, unless told to wait.
 */
export async function takeLease(options: LeaseOptions): Promise<HeldLease> {
  const { leases, workstation, command, runner, view, signal } = options;
  const request: LeaseRequest = { ...runner, workstation, command, durationMs: DURATION_MS };
  const { aside = (wait: () => Promise<void>) => wait() } = options;
  let told = false;
  for (;;) {
    const call = signal === undefined ? {} : { signal };
    const { nowMs, leases: all, unreadable } = await leases.list({ ...call, workstation });
    const torn = unreadable.find((lease) => lease.workstation === workstation);
    // No waiting mends it: not with --wait either.
    if (torn !== undefined) throw cannotRead(options, torn);
    const existing = all.find((lease) => lease.workstation === workstation);
    // An earlier call of this very run took it, and its answer was lost.
    if (existing?.token === runner.token) return hold(options, existing);
    const verdict = judgeLease(existing, nowMs, view);
    if (verdict.kind !== 'held') {
      const answer = await leases.take(request, existing, call);
      if ('taken' in answer) {
        if (verdict.kind === 'stale')
          options.say(`took over the lease of ${workstation} from an earlier run: ${verdict.why}`);
        return hold(options, answer.taken);
      }
      if (answer.heldBy.token === runner.token) return hold(options, answer.heldBy);
      if (!options.wait) throw busy(options, answer.heldBy, nowMs);
    } else if (existing !== undefined) {
      if (!options.wait) throw busy(options, existing, nowMs);
      if (!told) options.say(`waiting for ${workstation}: ${describeHolder(existing, nowMs)}`);
      told = true;
    }
    await aside(async () => await options.sleep(LOOK_AGAIN_MS, signal));
    signal?.throwIfAborted();
  }
}

function busy({ workstation, verb }: LeaseOptions, holder: Lease, nowMs: number): ChewsError {
  return new ChewsError(
    'busy',
    `cannot ${verb} workstation ${workstation}: ${describeHolder(holder, nowMs)}`,
    {
      remedy: `run it again when that has ended, or with --wait; if that run is no more, chews unlock ${workstation}`,
      effect: 'none',
    },
  );
}

function cannotRead({ workstation, verb }: LeaseOptions, { why }: UnreadableLease): ChewsError {
  return new ChewsError(
    'unreadable',
    `cannot ${verb} workstation ${workstation}: whether another run is at work on it cannot be read: ${why}`,
    {
      remedy: `chews unlock ${workstation} shows what is there, and takes the lease away`,
      effect: 'none',
    },
  );
}

function hold({ leases, sleep, nowMs }: LeaseOptions, taken: Lease): HeldLease {
  const lost = new AbortController();
  const released = new AbortController();
  let current = taken;
  let renewedAtMs = nowMs();
  const renew = async () => {
    while (!released.signal.aborted && !lost.signal.aborted) {
      await sleep(RENEW_EVERY_MS, released.signal).catch(() => undefined);
      if (released.signal.aborted) return;
      try {
        current = await leases.renew(current, { signal: released.signal });
        renewedAtMs = nowMs();
      } catch (error) {
        if (released.signal.aborted) return;
        // A provider that cannot be reached for a moment has not given the lease to another; 'busy' says that it has.
        if (error instanceof ChewsError && error.code === 'busy') lost.abort();
      }
    }
  };
  const renewing = renew();
  return {
    lost: lost.signal,
    confirm: async () => {
      if (nowMs() - renewedAtMs < 2 * RENEW_EVERY_MS) return;
      try {
        current = await leases.renew(current);
        renewedAtMs = nowMs();
      } catch (error) {
        if (error instanceof ChewsError && error.code === 'busy') lost.abort();
        throw error;
      }
    },
    release: async () => {
      released.abort();
      await renewing;
      await leases.release(current);
    },
  };
}
