import { act } from '../act.ts';
import type { CommandRun } from '../call.ts';

export const down: CommandRun = (call) => act(call, { goal: { kind: 'down' } });
