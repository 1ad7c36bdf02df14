import * as fc from 'fast-check';
import { histories, type History, play } from '../property/histories.ts';
import type { Quirks } from '../support/datacenter/quirks.ts';
import type { Played } from './row.ts';

/** Random histories from a seed. The first that goes wrong is shortened as far as it can be, and ends them. */
export async function playHistories(
  quirks: Quirks,
  hand: 'mild' | 'rough',
  seed: number,
  count: number,
  lagMs = quirks.listLagMs,
): Promise<Played> {
  const sound = async (history: History) => (await play(quirks, history, hand, lagMs)).wrong.length === 0;
  const { numRuns, counterexample } = await fc.check(fc.asyncProperty(histories(hand), sound), {
    seed,
    numRuns: count,
  });
  if (counterexample === null) return { cases: numRuns, violations: [] };
  const [shortest] = counterexample;
  const { lab, wrong } = await play(quirks, shortest, hand, lagMs);
  return { cases: numRuns, violations: [{ sentence: wrong.join('; '), story: lab.story }] };
}
