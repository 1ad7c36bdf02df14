import { act } from '../act.ts';
import type { CommandRun } from '../call.ts';

export const resize: CommandRun = (call) => act(call, { goal: { kind: 'resize', stop: call.options.stop } });
