import * as fc from 'fast-check';
import { type History, histories, play } from '../property/histories.ts';
import { kinds, quirksOf } from '../property/kinds.ts';
import type { Row, Violation } from './row.ts';

const HISTORIES = 1_000_000;
const MOST_IN_A_UNIT = 1_000;
const hands = ['mild', 'rough'] as const;

export const randomHistories: Row = {
  number: 5,
  figure: 'random histories of commands, edits of the file and an owner’s deeds, with many faults',
  target: '0 lost',
  units: ({ seed, share }) =>
    hands.flatMap((hand, handIndex) =>
      kinds.flatMap(([kind], kindIndex) => {
        const wanted = Math.ceil((HISTORIES * share) / (kinds.length * hands.length));
        return Array.from({ length: Math.ceil(wanted / MOST_IN_A_UNIT) }, (_, index) => ({
          name: `${kind}, ${hand} owner, part ${index + 1}`,
          kind,
          hand,
          seed: seed + 1_000_000 * handIndex + 10_000 * kindIndex + index,
          count: Math.min(MOST_IN_A_UNIT, wanted - index * MOST_IN_A_UNIT),
        }));
      }),
    ),
  play: async (unit) => {
    const quirks = quirksOf(String(unit['kind']));
    const hand = unit['hand'] === 'mild' ? 'mild' : 'rough';
    const violations: Violation[] = [];
    let cases = 0;
    const judged = async (history: History) => {
      const { lab, wrong } = await play(quirks, history, hand);
      cases += 1;
      return wrong.length === 0 ? undefined : { sentence: wrong.join('; '), story: lab.story };
    };
    const result = await fc.check(
      fc.asyncProperty(histories(hand), async (history) => (await judged(history)) === undefined),
      { seed: Number(unit['seed']), numRuns: Number(unit['count']) },
    );
    // The shortest history that still goes wrong is played once more for its story.
    const [shortest] = result.counterexample ?? [];
    if (shortest !== undefined) {
      const violation = await judged(shortest);
      const replay = `seed ${result.seed}, path ${result.counterexamplePath ?? ''}`;
      violations.push({
        sentence: violation?.sentence ?? 'it went wrong once, and not a second time',
        story: [...(violation?.story ?? []), replay],
      });
    }
    return { cases, violations };
  },
};
