import { kinds, type Kinds, quirksOf } from '../property/kinds.ts';
import { playHistories } from './playHistories.ts';
import type { Row, Unit } from './row.ts';

const HISTORIES = 1_000_000;
const MOST_IN_A_UNIT = 1_000;
const hands = ['mild', 'rough'] as const;

export function historyUnits(on: Kinds, seed: number, histories: number, mostInAUnit: number): Unit[] {
  const wanted = Math.ceil(histories / (on.length * hands.length));
  return hands.flatMap((hand, handIndex) =>
    on.flatMap(([kind], kindIndex) =>
      Array.from({ length: Math.ceil(wanted / mostInAUnit) }, (_, index) => ({
        name: `${kind}, ${hand} owner, part ${index + 1}`,
        kind,
        hand,
        seed: seed + 1_000_000 * handIndex + 10_000 * kindIndex + index,
        count: Math.min(mostInAUnit, wanted - index * mostInAUnit),
      })),
    ),
  );
}

export const randomHistories: Row = {
  number: '5',
  figure: 'random histories of commands, edits of the file and an owner’s deeds, with many faults',
  target: '0 lost',
  code: ['test/prove/randomHistories.ts'],
  units: ({ seed, share }) => historyUnits(kinds, seed, HISTORIES * share, MOST_IN_A_UNIT),
  play: async (unit) =>
    await playHistories(
      quirksOf(String(unit['kind'])),
      unit['hand'] === 'mild' ? 'mild' : 'rough',
      Number(unit['seed']),
      Number(unit['count']),
    ),
};
