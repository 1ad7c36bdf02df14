import { ChewsError, type Effect, type ErrorCode } from '../../../src/core/errors.ts';
import { throttled } from './throttle.ts';
import type { Fate } from './world.ts';

/**
 * What goes wrong at the n-th call of a client that changes something, counted from 1.
 * 'before': it never reached the datacenter. 'after': it took effect and the answer was lost. 'answered': the answer
 * reached the caller, who does nothing with it any more. 'later': it was accepted, and what it began is slow or fails.
 */
export type Fault =
  | { readonly call: number; readonly when: 'before' | 'after' | 'answered'; readonly kind: 'kill' }
  | {
      readonly call: number;
      readonly when: 'before' | 'after';
      readonly kind: 'error';
      /** 'unreachable' if it is not given. */
      readonly code?: ErrorCode;
      /** What the error says of the effect: 'none' before, 'maybe' after, if it is not given. */
      readonly effect?: Effect;
    }
  | {
      readonly call: number;
      readonly when: 'later';
      readonly kind: 'slow' | 'fails';
      readonly extraMs: number;
    };

/** What goes wrong at the n-th read, counted from 1, and at all that come within `forMs` of it. */
export interface ReadFault {
  readonly read: number;
  readonly forMs?: number;
  /** 'partial': a list lacks assets, and says so; other reads are spared. The rest are errors. */
  readonly kind: 'partial' | 'throttled' | 'unreachable' | 'credentials' | 'unreadable';
}

/** Errors at any call, drawn with a seed: many of them in one run. The shares go from 0 to 1. */
export interface Storm {
  readonly seed: number;
  readonly changesShare: number;
  readonly readsShare: number;
}

/** Trouble that may be over when the same call is made again. */
function passes(code: ErrorCode): boolean {
  return code === 'unreachable' || code === 'timeout' || code === 'busy';
}

export function faultError(code: ErrorCode, what: string, effect: Effect): ChewsError {
  return new ChewsError(code, `cannot ${what}: the connection was lost`, {
    retryable: passes(code),
    effect,
  });
}

export function readError(kind: Exclude<ReadFault['kind'], 'partial'>, what: string): ChewsError {
  return kind === 'throttled' ? throttled(what) : faultError(kind, what, 'none');
}

export function fateOf(fault: Fault | undefined): Fate | undefined {
  return fault?.when === 'later' ? { fails: fault.kind === 'fails', extraMs: fault.extraMs } : undefined;
}

/** A server's error says nothing of the effect, whether there was one or not (HTTP 500 is 'maybe' in both cases). */
const strikes: readonly Pick<Extract<Fault, { kind: 'error' }>, 'when' | 'effect'>[] = [
  { when: 'before', effect: 'none' },
  { when: 'before', effect: 'maybe' },
  { when: 'after', effect: 'maybe' },
];

/** The errors of a storm one after another. A generator of its own: a call more or less changes no id of the world. */
export function brewStorm({ seed, changesShare, readsShare }: Storm): {
  readonly change: (call: number) => Fault | undefined;
  readonly read: (read: number) => ReadFault | undefined;
} {
  let state = seed >>> 0;
  const share = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  const kinds: readonly ReadFault['kind'][] = ['unreachable', 'throttled', 'partial'];
  return {
    change: (call) => {
      if (share() >= changesShare) return undefined;
      const strike = strikes[Math.floor(share() * strikes.length)];
      return strike && { call, kind: 'error', ...strike };
    },
    read: (read) => {
      if (share() >= readsShare) return undefined;
      return { read, kind: kinds[Math.floor(share() * kinds.length)] ?? 'unreachable' };
    },
  };
}
