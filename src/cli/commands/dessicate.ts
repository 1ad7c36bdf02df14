import { act } from '../act.ts';
import type { CommandRun } from '../call.ts';
import { tooManySets } from '../snapshotSetText.ts';

export const dessicate: CommandRun = (call) =>
  act(call, { goal: { kind: 'dessicate', stop: call.options.stop }, note: tooManySets });
