import { randomBytes } from 'node:crypto';
import { homedir } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import type { ProviderContext } from '../../src/core/provider.ts';

/** Real time, and the credentials that whoever runs this has. */
export function liveContext(): ProviderContext {
  return {
    env: process.env,
    homeFolder: homedir(),
    configFolder: '/nonexistent',
    nowMs: () => Date.now(),
    drawId: () => randomBytes(16).toString('hex'),
    sleep: async (milliseconds, signal) => await delay(milliseconds, undefined, signal && { signal }),
  };
}
