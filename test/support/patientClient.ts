import type { ProviderContext } from '../../src/core/provider.ts';
import type { Client } from './datacenter/client.ts';
import { isThrottled } from './datacenter/throttle.ts';

const ATTEMPTS = 40;
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 20_000;

/**
 * Makes a call again that was refused because too much is asked for. It had no effect, so that this is safe for every call;
 * and it is done call by call, as the clouds' own SDKs do: an action begun anew would make all its calls once more.
 */
export function patientClient(client: Client, context: Pick<ProviderContext, 'sleep'>): Client {
  async function patiently<T>(call: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await call();
      } catch (error) {
        if (!isThrottled(error) || attempt === ATTEMPTS) throw error;
        const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (attempt - 1));
        await context.sleep(pauseMs * client.jitter(), signal);
      }
    }
  }
  return {
    account: client.account,
    get calls() {
      return client.calls;
    },
    get dead() {
      return client.dead;
    },
    trace: client.trace,
    jitter: () => client.jitter(),
    page: (after, signal) => patiently(() => client.page(after, signal), signal),
    read: (what, look, signal) => patiently(() => client.read(what, look, signal), signal),
    mutate: (what, change, signal) => patiently(() => client.mutate(what, change, signal), signal),
    kill: () => client.kill(),
  };
}
