import { ChewsError } from '../../../src/core/errors.ts';
import { drawShare, type World } from './world.ts';

/** The datacenter's own code for it, as the cause of the error: an adapter knows codes, not sentences. */
const THROTTLED = 'RequestLimitExceeded';

export function throttled(what: string): ChewsError {
  return new ChewsError('unreachable', `cannot ${what}: too much is asked for`, {
    retryable: true,
    effect: 'none',
    cause: THROTTLED,
  });
}

export function isThrottled(error: unknown): boolean {
  return error instanceof ChewsError && error.cause === THROTTLED;
}

/** Lets a call in, or refuses it: it then had no effect. */
export function admit(world: World, account: string, what: string): void {
  const { refusedShare = 0, buckets = [] } = world.quirks.throttle ?? {};
  if (refusedShare > 0 && drawShare(world) < refusedShare) throw throttled(what);
  const [call = ''] = what.split(' ');
  for (const { calls, size, refillPerSecond, tokensPerCall = 1 } of buckets) {
    if (!calls.includes(call)) continue;
    const key = `${account}/${calls.join()}`;
    const { tokens, atMs } = world.buckets.get(key) ?? { tokens: size, atMs: world.nowMs };
    const left = Math.min(size, tokens + ((world.nowMs - atMs) / 1000) * refillPerSecond);
    const enough = left >= tokensPerCall;
    world.buckets.set(key, { tokens: enough ? left - tokensPerCall : left, atMs: world.nowMs });
    if (!enough) throw throttled(what);
  }
}
