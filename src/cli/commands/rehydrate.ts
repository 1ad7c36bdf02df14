import { act } from '../act.ts';
import type { CommandRun } from '../call.ts';
import { normalisedSet } from '../snapshotSetText.ts';

export const rehydrate: CommandRun = (call) => {
  const { off, set } = call.options;
  const chosen = set === undefined ? {} : { set: normalisedSet(set) };
  return act(call, { goal: { kind: 'rehydrate', off, ...chosen } });
};
