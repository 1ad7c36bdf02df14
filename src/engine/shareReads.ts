import type { Fleet } from '../core/assets.ts';
import type { Provider } from '../core/provider.ts';

/** A read that several wait for. It is cut when all of them have given up. */
interface SharedRead {
  readonly join: (signal: AbortSignal | undefined) => Promise<Fleet>;
}

function openRead(begin: (signal: AbortSignal) => Promise<Fleet>, abandoned: () => void): SharedRead {
  const cut = new AbortController();
  const answer = begin(cut.signal);
  // Whoever waits hears of a failure; that all have left is none.
  answer.catch(() => undefined);
  let waiting = 0;
  return {
    join: async (signal) => {
      signal?.throwIfAborted();
      waiting += 1;
      if (signal === undefined) return await answer;
      return await new Promise<Fleet>((resolve, reject) => {
        const leave = () => {
          waiting -= 1;
          if (waiting === 0) {
            abandoned();
            cut.abort(signal.reason);
          }
          reject(signal.reason as Error);
        };
        signal.addEventListener('abort', leave, { once: true });
        answer.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave));
      });
    },
  };
}

/**
 * Lists side by side ask no more often than one: who asks while a read is under way shares the next one with all others who do,
 * since what is under way may be older than his question.
 */
export function shareReads(provider: Provider): Provider {
  let underWay: Promise<unknown> = Promise.resolve();
  let next: SharedRead | undefined;
  const open = () => {
    const forget = () => {
      if (next === opened) next = undefined;
    };
    const opened = openRead(async (signal) => {
      await underWay;
      forget();
      signal.throwIfAborted();
      const read = provider.list({ signal });
      underWay = read.catch(() => undefined);
      return await read;
    }, forget);
    return opened;
  };
  return {
    ...provider,
    list: async (options) => {
      next ??= open();
      return await next.join(options?.signal);
    },
  };
}
