import { ChewsError } from '../../../src/core/errors.ts';
import {
  brewStorm,
  type Fault,
  fateOf,
  faultError,
  type ReadFault,
  readError,
  type Storm,
} from './faults.ts';
import { advance } from './guests.ts';
import { assertNothingLost } from './oracle.ts';
import { cutPage, type Page, tellPage } from './page.ts';
import { admit } from './throttle.ts';
import { drawShare, type World } from './world.ts';

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
  readonly readFaults?: readonly ReadFault[];
  readonly storm?: Storm;
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
  /** One page of a list of all that the account has. Lists may lag. */
  page(after: string | undefined, signal?: AbortSignal): Promise<Page>;
  /** Any other read: it sees the truth. */
  read<T>(what: string, look: (seen: World) => T, signal?: AbortSignal): Promise<T>;
  /** One call that changes something. The oracle looks after it. */
  mutate<T>(what: string, change: (world: World) => T, signal?: AbortSignal): Promise<T>;
  /** From ½ to 1, for pauses: those who were refused together are not to come back together. From the world's generator. */
  jitter(): number;
  kill(): void;
}

/** `world` is a function because a datacenter can be put back to an earlier state. */
export function connectClient(world: () => World, options: ClientOptions): Client {
  const trace: Call[] = [];
  const storm = options.storm && brewStorm(options.storm);
  const account = options.account ?? world().accounts[0] ?? '';
  /** Read faults that last: until when. */
  const lasting = new Map<ReadFault, number>();
  let calls = 0;
  let reads = 0;
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
    const effect = fault.effect ?? (when === 'before' ? 'none' : 'maybe');
    throw faultError(fault.code ?? 'unreachable', what, effect);
  }

  function readFault(): ReadFault | undefined {
    reads += 1;
    const { nowMs } = world();
    for (const fault of options.readFaults ?? []) {
      if (fault.read === reads) lasting.set(fault, nowMs + (fault.forMs ?? 0));
      if (fault.read === reads || nowMs < (lasting.get(fault) ?? nowMs)) return fault;
    }
    return storm?.read(reads);
  }

  /** Gives the fault that the answer shows, where it is not an error. */
  async function beginRead(what: string, signal: AbortSignal | undefined): Promise<'partial' | undefined> {
    await begin({ number: 0, what }, signal);
    admit(world(), account, what);
    const kind = readFault()?.kind;
    if (kind === undefined || kind === 'partial') return kind;
    throw readError(kind, what);
  }

  return {
    account,
    get calls() {
      return calls;
    },
    get dead() {
      return dead !== undefined;
    },
    trace,
    async page(after, signal) {
      const isCut = (await beginRead('list', signal)) === 'partial';
      const page = tellPage(world(), account, after);
      return isCut ? cutPage(page) : page;
    },
    async read(what, look, signal) {
      await beginRead(what, signal);
      return look(world());
    },
    async mutate(what, change, signal) {
      if (dead !== undefined) throw new Killed(dead);
      calls += 1;
      const number = calls;
      const fault = options.faults?.find(({ call }) => call === number) ?? storm?.change(number);
      await begin({ number, what }, signal);
      strike(fault, 'before', what);
      const target = world();
      advance(target, target.quirks.callTakesMs);
      admit(target, account, what);
      target.fate = fateOf(fault);
      let answer: ReturnType<typeof change>;
      try {
        answer = change(target);
      } finally {
        target.fate = undefined;
      }
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
    jitter: () => 0.5 + drawShare(world()) / 2,
    kill: () => {
      die('from outside');
    },
  };
}
