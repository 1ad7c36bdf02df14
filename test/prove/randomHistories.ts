import { kinds, quirksOf } from '../property/kinds.ts';
import { playHistories } from './playHistories.ts';
import type { Row } from './row.ts';

const HISTORIES = 1_000_000;
const MOST_IN_A_UNIT = 1_000;
const hands = ['mild', 'rough'] as const;

export const randomHistories: Row = {
  number: '5',
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
  play: async (unit) =>
    await playHistories(
      quirksOf(String(unit['kind'])),
      unit['hand'] === 'mild' ? 'mild' : 'rough',
      Number(unit['seed']),
      Number(unit['count']),
    ),
};
