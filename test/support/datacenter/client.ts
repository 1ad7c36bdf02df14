import { ChewsError, type Effect, type ErrorCode } from '../../../src/core/errors.ts';
import { advance } from './guests.ts';
import { assertNothingLost } from './oracle.ts';
import type { World } from './world.ts';

/**
 * What goes wrong at the n-th call of a client that changes something, counted from 1.
 * 'before': it never reached the datacenter. 'after': it took effect and the answer was lost. 'answered': the answer
 * reached the caller, who does nothing with it any more.
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
    };

/** The process is dead: thrown out of every call of its client, for a test to catch and for nobody else. */
export class Killed extends Error {
  constructor(at: string) {
    super(`the process was killed ${at}`);
    this.name = 'Killed';
  }
}

export interface Call {
  /** 0 for a read. */
  readonly number: number;
  readonly what: string;
}

export interface ClientOptions {
  readonly account?: string;
  readonly faults?: readonly Fault[];
  /** Called before every call and awaited: decides which of two processes goes first. */
  readonly gate?: (call: Call) => Promise<void>;
}

/** One process at work in a datacenter. Two of them are two runs at once. */
export interface Client {
  readonly account: string;
  /** How many calls that change something were made: the n that the next run's faults can go through. */
  readonly calls: number;
  readonly dead: boolean;
  /** Everything that it asked for, in order: what a failing test prints. */
  readonly trace: readonly Call[];
  /** Later the place for lists that lag: `look` would get to see a world that is a little old. */
  read<T>(what: string, look: (seen: World) => T, signal?: AbortSignal): Promise<T>;
  /** One call that changes something. The oracle looks after it. */
  mutate<T>(what: string, change: (world: World) => T, signal?: AbortSignal): Promise<T>;
  kill(): void;
}

/** `world` is a function because a datacenter can be put back to an earlier state. */
export function connectClient(world: () => World, options: ClientOptions): Client {
  const trace: Call[] = [];
  let calls = 0;
  let dead: string | undefined;

  function die(at: string): Killed {
    dead = at;
    return new Killed(at);
  }

  async function begin(call: Call, signal: AbortSignal | undefined): Promise<void> {
    trace.push(call);
    await options.gate?.(call);
    if (dead !== undefined) throw new Killed(dead);
    if (signal?.aborted) {
      throw new ChewsError('interrupted', `cannot ${call.what}: interrupted`, { effect: 'none' });
    }
  }

  function strike(fault: Fault | undefined, when: 'before' | 'after', what: string): void {
    if (fault?.when !== when) return;
    if (fault.kind === 'kill') throw die(`${when} call ${fault.call}, ${what}`);
    throw new ChewsError(fault.code ?? 'unreachable', `cannot ${what}: the connection was lost`, {
      retryable: true,
      effect: fault.effect ?? (when === 'before' ? 'none' : 'maybe'),
    });
  }

  return {
    account: options.account ?? world().accounts[0] ?? '',
    get calls() {
      return calls;
    },
    get dead() {
      return dead !== undefined;
    },
    trace,
    async read(what, look, signal) {
      await begin({ number: 0, what }, signal);
      return look(world());
    },
    async mutate(what, change, signal) {
      if (dead !== undefined) throw new Killed(dead);
      calls += 1;
      const number = calls;
      const fault = options.faults?.find(({ call }) => call === number);
      await begin({ number, what }, signal);
      strike(fault, 'before', what);
      const target = world();
      advance(target, target.quirks.callTakesMs);
      const answer = change(target);
      try {
        assertNothingLost(target, `call ${number}, ${what}`);
      } catch (error) {
        // Nothing that swallows this error may go on.
        die(`because data was lost by call ${number}, ${what}`);
        throw error;
      }
      strike(fault, 'after', what);
      if (fault?.when === 'answered') die(`after the answer to call ${number}, ${what}`);
      return answer;
    },
    kill: () => {
      die('from outside');
    },
  };
}
