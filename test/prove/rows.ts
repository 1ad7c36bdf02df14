import { adapterRows } from './adapterRows.ts';
import { guardsRemoved } from './guardsRemoved.ts';
import { laggingLists } from './laggingLists.ts';
import { realDisks } from './realDisks.ts';
import { together } from './together.ts';
import { mutatedAnswers } from './mutatedAnswers.ts';
import { mutatedConfigurations } from './mutatedConfigurations.ts';
import { throttlingStorm } from './throttlingStorm.ts';
import { killed } from './killed.ts';
import { killedTwice } from './killedTwice.ts';
import { ownerBetween } from './ownerBetween.ts';
import { randomHistories } from './randomHistories.ts';
import type { Row } from './row.ts';
import { twoRuns } from './twoRuns.ts';

/** All lines of the table, in its order. */
export const rows: readonly Row[] = [
  killed,
  killedTwice,
  ownerBetween,
  twoRuns,
  randomHistories,
  laggingLists,
  throttlingStorm,
  mutatedConfigurations,
  mutatedAnswers,
  guardsRemoved,
  realDisks,
  together,
  ...adapterRows,
];

export function rowNumbered(number: string): Row {
  const row = rows.find((candidate) => candidate.number === number);
  if (row === undefined) throw new Error(`there is no row ${number}`);
  return row;
}
