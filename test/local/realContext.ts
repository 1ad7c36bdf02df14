import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { ProviderContext } from '../../src/core/provider.ts';

/** A context of real time, whose home and data are in a folder of its own. */
export function contextOf(folder: string): ProviderContext {
  return {
    env: { PATH: process.env['PATH'], XDG_CACHE_HOME: join(tmpdir(), 'chews-test-cache') },
    homeFolder: join(folder, 'home'),
    configFolder: folder,
    nowMs: () => Date.now(),
    drawId: () => randomBytes(16).toString('hex'),
    sleep: async (milliseconds, signal) => {
      await delay(milliseconds, undefined, signal && { signal });
    },
  };
}
