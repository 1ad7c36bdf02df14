import { act } from '../act.ts';
import type { CommandRun } from '../call.ts';

export const up: CommandRun = (call) => act(call, { goal: { kind: 'up' } });
