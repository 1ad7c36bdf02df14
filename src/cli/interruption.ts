import type { Surroundings } from './surroundings.ts';

/** What a person who wants the program to end has brought about. */
export interface Interruption {
  /** Aborted at the first signal: start nothing new. */
  readonly stop: AbortSignal;
  /** Aborted when what was in flight had its time: cut it. */
  readonly cut: AbortSignal;
  /** Resolves when nothing is to be waited for any more: at a second signal, or when even cut calls do not end. */
  readonly leave: Promise<void>;
  /** Carries out what only waits for a person or a guest: a signal meanwhile needs no words but those of who waits. */
  readonly waiting: <T>(work: () => Promise<T>) => Promise<T>;
  /** From now on something is under way that a signal has to wait for. */
  readonly begin: () => void;
  /** True where the first signal came while all that was under way was waiting. */
  readonly idle: () => boolean;
  readonly end: () => void;
}

const CALLS_IN_FLIGHT_MS = 5_000;
const CUT_CALLS_MS = 2_000;

export function watchForInterruption(
  { onSignal, sleep }: Pick<Surroundings, 'onSignal' | 'sleep'>,
  say: (sentence: string) => void,
): Interruption {
  const stop = new AbortController();
  const cut = new AbortController();
  const over = new AbortController();
  let left: () => void = () => undefined;
  const leave = new Promise<void>((resolve) => {
    left = resolve;
  });
  const runDown = async () => {
    await sleep(CALLS_IN_FLIGHT_MS, over.signal);
    cut.abort();
    await sleep(CUT_CALLS_MS, over.signal);
    left();
  };
  let waits = 0;
  let begun = false;
  let idle = false;
  const off = onSignal((signal) => {
    if (stop.signal.aborted) {
      // A terminal that closes tells it twice, by the system and by the shell: nobody has lost patience.
      if (signal === 'SIGHUP') return;
      cut.abort();
      left();
      return;
    }
    // First of all, so that a question that stands open ends its line.
    idle = waits > 0 && !begun;
    stop.abort();
    runDown().catch(() => undefined);
    if (idle) return;
    const name = signal === 'SIGINT' ? 'interrupted' : `asked to end (${signal})`;
    const inFlight = `what is under way gets ${CALLS_IN_FLIGHT_MS / 1000} s`;
    say(`${name}: nothing new is begun, ${inFlight}; once more leaves at once`);
  });
  return {
    stop: stop.signal,
    cut: cut.signal,
    leave,
    waiting: async (work) => {
      waits += 1;
      try {
        return await work();
      } finally {
        waits -= 1;
      }
    },
    begin: () => {
      begun = true;
    },
    idle: () => idle,
    end: () => {
      off();
      over.abort();
    },
  };
}
