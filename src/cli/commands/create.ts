import { act } from '../act.ts';
import type { CommandRun } from '../call.ts';
import { forgetPin } from '../knownHosts.ts';

export const create: CommandRun = (call) =>
  act(call, {
    goal: { kind: 'create', off: call.options.off },
    // What stood there before under this name is gone, and its host keys with it.
    afterwards: async (workstation, { before, done }, configuration) => {
      if (before?.state === 'NOT_EXIST' && done.length > 0) await forgetPin(call, configuration, workstation);
    },
  });
