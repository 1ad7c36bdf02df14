import pRetry from 'p-retry';
import { ChewsError } from '../core/errors.ts';
import type { LeaseStore, Provider } from '../core/provider.ts';

export interface Patience {
  readonly sleep: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
  /** 0 to 1, so that two runs that were refused together do not come back together. */
  readonly random: () => number;
  readonly attempts: number;
  readonly firstPauseMs: number;
}

async function patiently<T>(
  call: () => Promise<T>,
  patience: Patience,
  signal: AbortSignal | undefined,
): Promise<T> {
  return await pRetry(call, {
    retries: patience.attempts - 1,
    // The pauses are ours, so that tests can simulate time.
    minTimeout: 0,
    factor: 1,
    shouldRetry: ({ error }) => error instanceof ChewsError && error.retryable,
    onFailedAttempt: async ({ attemptNumber, retriesLeft, error }) => {
      if (!(error instanceof ChewsError) || !error.retryable || retriesLeft === 0) return;
      const pause = patience.firstPauseMs * 2 ** (attemptNumber - 1);
      await patience.sleep(pause * (0.5 + patience.random() / 2), signal);
    },
    ...(signal === undefined ? {} : { signal }),
  });
}

/** A take whose answer was lost is found by the token that it was made with: see the lease holder. */
function retryLeases(leases: LeaseStore, patience: Patience): LeaseStore {
  return {
    list: (options) => patiently(() => leases.list(options), patience, options?.signal),
    take: (request, replacing, options) =>
      patiently(() => leases.take(request, replacing, options), patience, options?.signal),
    renew: (lease, options) => patiently(() => leases.renew(lease, options), patience, options?.signal),
    release: (lease, options) => patiently(() => leases.release(lease, options), patience, options?.signal),
    clear: (shown, options) => patiently(() => leases.clear(shown, options), patience, options?.signal),
  };
}

/**
 * Repeats what a provider calls passing trouble. An action may be repeated although its answer was lost, because every
 * adapter reads before it acts (R8): twice has the effect of once.
 */
export function withRetry(provider: Provider, patience: Patience): Provider {
  return {
    capabilities: provider.capabilities,
    leases: retryLeases(provider.leases, patience),
    list: (options) => patiently(() => provider.list(options), patience, options?.signal),
    apply: (action, options) => patiently(() => provider.apply(action, options), patience, options?.signal),
    check: (actions, options) => patiently(() => provider.check(actions, options), patience, options?.signal),
    guest: (vm, options) => patiently(() => provider.guest(vm, options), patience, options?.signal),
  };
}
