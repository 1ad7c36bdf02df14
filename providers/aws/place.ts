import { ChewsError } from '../../src/core/errors.ts';
import type { ProviderContext } from '../../src/core/provider.ts';
import { ec2CodeOf, isThrottled, type Service, translated } from './errorTable.ts';
import type { ImageParameters } from './imageParameters.ts';
import type { ProviderClock } from './providerClock.ts';
import type { CallInput, CallName, CallOutput, RawCall } from './sdk.ts';
import type { AwsSettings } from './settings.ts';

/** How old what a list shows can be. clouds.md: "Eventually consistent"; AWS promises no bound, this is generous. */
export const LIST_LAG_MS = 5000;

/** How to make calls: with patience where EC2 is asked for too much, and with errors for users. */
export interface Ec2 {
  /** A call that changes nothing. */
  read<K extends CallName>(name: K, input: CallInput<K>, on: Attempt): Promise<CallOutput<K>>;
  /**
   * A call that changes something. Where its answer was lost, it comes back when every list must show whether there was an
   * effect, so that whoever reads next is not misled (R8).
   */
  change<K extends CallName>(name: K, input: CallInput<K>, on: Attempt): Promise<CallOutput<K>>;
}

export interface Attempt {
  /** `cannot <verb> <kind> <name>` */
  readonly attempt: string;
  readonly signal?: AbortSignal | undefined;
}

/** What it takes to carry out an action. */
export interface Place {
  readonly settings: AwsSettings;
  readonly context: ProviderContext;
  readonly clock: ProviderClock;
  readonly ec2: Ec2;
  readonly imageParameters: ImageParameters;
  /** Whether somebody answers as an ssh server there. */
  readonly answers: (host: string, port: number) => Promise<boolean>;
}

const ATTEMPTS = 40;
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 20_000;
const UNKNOWN_PAUSE_MS = 1000;
/** As long as nothing at all was let in, the wait is short: it may never end. */
const NEVER_MS = 6000;
const NEVER_PAUSE_MS = 500;

/** Makes one call, again and again where it was not let in; what went wrong comes out as an error for users. */
export type Patience = <T>(call: () => Promise<T>, on: Attempt) => Promise<T>;

/** The SDK's retries are off: only what the service refused to let in is repeated here, which had no effect. */
export function patience(service: Service, context: ProviderContext): Patience {
  /** From ½ to 1: those who were refused together are not to come back together. */
  const jitter = () => 0.5 + Number.parseInt(context.drawId().slice(0, 4), 16) / 0x1_ffff;

  let isLetIn = false;
  let firstRefusedMs: number | undefined;

  return async (call, on) => {
    for (let attempt = 1; ; attempt += 1) {
      throwIfAborted(on);
      try {
        const answer = await call();
        isLetIn = true;
        return answer;
      } catch (error) {
        const known = translated(error, on.attempt, service);
        if (!isThrottled(known) && ec2CodeOf(known) !== undefined) isLetIn = true;
        if (!isThrottled(known) || attempt === ATTEMPTS) throw known;
        const nowMs = context.nowMs();
        firstRefusedMs ??= nowMs;
        if (!isLetIn && nowMs - firstRefusedMs > NEVER_MS) throw neverLetIn(service, on, error);
        const longestMs = isLetIn ? LONGEST_PAUSE_MS : NEVER_PAUSE_MS;
        await context.sleep(Math.min(longestMs, FIRST_PAUSE_MS * 2 ** (attempt - 1)) * jitter(), on.signal);
      }
    }
  };
}

export function patientEc2(call: RawCall, context: ProviderContext): Ec2 {
  const retrying = patience('EC2', context);
  const patiently = <K extends CallName>(name: K, input: CallInput<K>, on: Attempt) =>
    retrying(() => call(name, input, on.signal), on);
  return {
    read: (name, input, on) => withoutEffect(() => patiently(name, input, on)),
    change: async (name, input, on) => {
      const beganMs = context.nowMs();
      for (;;) {
        try {
          return await patiently(name, input, on);
        } catch (error) {
          if (!(error instanceof ChewsError)) throw error;
          // clouds.md: `InvalidX.NotFound` after a create means wait. Nothing is asked of what no list has shown.
          const mayBeNew = error.code === 'not-found' && !name.includes('LaunchTemplate');
          if (mayBeNew && context.nowMs() - beganMs <= LIST_LAG_MS) {
            await context.sleep(UNKNOWN_PAUSE_MS, on.signal);
            continue;
          }
          if (error.effect === 'maybe' && error.code !== 'interrupted')
            await context.sleep(LIST_LAG_MS, on.signal);
          throw error;
        }
      }
    },
  };
}

function neverLetIn(service: Service, { attempt }: Attempt, cause: unknown): ChewsError {
  const why = `${service} is asked for too much at once, and has let in no call for ${NEVER_MS / 1000} s`;
  return new ChewsError('unreachable', `${attempt}: ${why}`, {
    effect: 'none',
    cause,
    remedy: 'Something else makes many calls in the account: run it again in a minute.',
  });
}

/** A read has no effect, whatever became of its answer. */
export async function withoutEffect<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof ChewsError) || error.effect === 'none') throw error;
    throw new ChewsError(error.code, error.message, {
      retryable: error.retryable,
      effect: 'none',
      cause: error.cause,
      ...(error.remedy !== undefined && { remedy: error.remedy }),
    });
  }
}

export function throwIfAborted({ attempt, signal }: Attempt): void {
  if (signal?.aborted === true)
    throw new ChewsError('interrupted', `${attempt}: interrupted`, { effect: 'none' });
}

export function refusal(code: ChewsError['code'], message: string, remedy?: string): ChewsError {
  return new ChewsError(code, message, { effect: 'none', ...(remedy !== undefined && { remedy }) });
}
