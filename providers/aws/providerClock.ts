/** EC2's clock, as far as the dates of its answers tell it: to the second, erring early. */
export interface ProviderClock {
  /** What the `Date` of an answer said. */
  note(dateMs: number): void;
  /** EC2's time now; this computer's own while nothing was answered yet. */
  nowMs(): number;
  /** The same, erring late. */
  latestMs(): number;
  /** EC2's time at a moment of this computer's clock. */
  at(localMs: number): number;
}

/**
 * A date is cut to the second, so that the true time is less than a second later. The difference to the local clock is kept
 * within these bounds, by the newest answer: a local clock that is set anew is followed.
 */
export function providerClock(localNowMs: () => number): ProviderClock {
  let offsetMs: number | undefined;
  return {
    note(dateMs) {
      const localMs = localNowMs();
      const toldMs = localMs + (offsetMs ?? dateMs - localMs);
      const boundedMs = Math.min(Math.max(toldMs, dateMs), dateMs + 999);
      offsetMs = boundedMs - localMs;
    },
    nowMs: () => localNowMs() + (offsetMs ?? 0),
    latestMs: () => localNowMs() + (offsetMs ?? 0) + 1000,
    at: (localMs) => localMs + (offsetMs ?? 0),
  };
}
