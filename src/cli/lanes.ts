import { exitCodeOf } from '../core/errors.ts';
import type { LaneOutcome } from '../engine/runLane.ts';

const INTERRUPTED = 130;

export const LANES_AT_ONCE = 8;

/** Carries out what only waits, and lets another item take its place meanwhile. */
export type Aside = <T>(wait: () => Promise<T>) => Promise<T>;

/** Runs at most so many at once, the first ones first; gives the answers in the order of the input. */
export async function inPool<T, R>(
  items: readonly T[],
  atOnce: number,
  work: (item: T, aside: Aside) => Promise<R>,
): Promise<R[]> {
  let free = atOnce;
  const queue: (() => void)[] = [];
  const enter = async () => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => queue.push(resolve));
  };
  const leave = () => {
    const next = queue.shift();
    if (next === undefined) free += 1;
    else next();
  };
  const aside: Aside = async (wait) => {
    leave();
    try {
      return await wait();
    } finally {
      await enter();
    }
  };
  return await Promise.all(
    items.map(async (item) => {
      await enter();
      try {
        return await work(item, aside);
      } finally {
        leave();
      }
    }),
  );
}

export function codeOfOutcome(outcome: LaneOutcome): number {
  switch (outcome.kind) {
    case 'done':
    case 'nothing':
    case 'planned':
      return 0;
    case 'declined':
      return INTERRUPTED;
    case 'failed':
      return outcome.code === 'internal' ? 1 : exitCodeOf(outcome.code);
  }
}

/** One code for several: what they share; 3 where only some ended well; the lowest where they differ. */
export function sharedCode(codes: readonly number[]): number {
  const bad = codes.filter((code) => code !== 0);
  if (bad.length === 0) return 0;
  if (bad.includes(INTERRUPTED)) return INTERRUPTED;
  return bad.length < codes.length ? 3 : Math.min(...bad);
}
