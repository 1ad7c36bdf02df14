import { exitCodeOf } from '../core/errors.ts';
import type { LaneOutcome } from '../engine/runLane.ts';

const INTERRUPTED = 130;

export const LANES_AT_ONCE = 8;

/** Runs at most so many at once; gives the answers in the order of the input. */
export async function inPool<T, R>(
  items: readonly T[],
  atOnce: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const worker = async () => {
    while (next < items.length) {
      const index = next;
      next += 1;
      const item = items[index];
      if (item !== undefined) results[index] = await work(item);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker));
  return results;
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
