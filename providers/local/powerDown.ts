import { realpath } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { ChewsError } from '../../src/core/errors.ts';
import { vmFolderState, withMonitor } from './vmFolderState.ts';
import { findProcess, killProcess, terminate, tidy } from './vmProcess.ts';

const answerMs = 3_000;
const pollMs = 40;
const pressAgainMs = 4_000;
const quitMs = 5_000;
const stallsAtMost = 3;

/**
 * Switches the machine off as its power button would, and resolves once the process is gone. If the guest does
 * not follow within `graceMs`, the plug is pulled: `pulled` means that programs in the guest could not save.
 * `now` tells the time in milliseconds from any start. Aborting leaves the machine as it is.
 *
 * A machine whose monitor is gone has no power button: it gets a moment to end by itself, then its plug is pulled too,
 * which is told as `ended`.
 *
 * @throws ChewsError('failed') when the process cannot be found although a monitor is there, or cannot be ended; the signal's reason when aborted.
 */
export async function powerDown(options: {
  folder: string;
  graceMs: number;
  signal?: AbortSignal;
  now: () => number;
}): Promise<{ how: 'graceful' | 'pulled' | 'ended' | 'already-off' }> {
  const { signal, now } = options;
  const state = await vmFolderState(signal ? { folder: options.folder, signal } : { folder: options.folder });
  if (state.status === 'stopped') {
    await tidy(options.folder);
    return { how: 'already-off' };
  }
  const folder = await realpath(options.folder);
  if (state.status === 'unknown' && (await findProcess(folder)) === undefined) {
    throw new ChewsError('failed', `cannot tell what runs in ${folder}: ${state.why}`, { effect: 'none' });
  }
  const graceMs = state.status === 'deaf' ? Math.min(options.graceMs, pressAgainMs) : options.graceMs;
  const command = async (name: string): Promise<void> => {
    await withMonitor(folder, answerMs, signal, (client) => client.execute(name)).catch(() =>
      signal?.throwIfAborted(),
    );
  };
  const goneWithin = async (milliseconds: number): Promise<boolean> => {
    const end = now() + milliseconds;
    while ((await findProcess(folder)) !== undefined) {
      if (now() >= end) {
        return false;
      }
      await delay(pollMs, undefined, signal && { signal });
    }
    return true;
  };
  // A machine that stands still, as on a full drive, cannot follow; one that stops again at once never will.
  const standsStill = async (): Promise<boolean> => {
    const present = await vmFolderState({ folder });
    return present.status === 'running' && present.qmpStatus !== 'running';
  };
  const end = now() + graceMs;
  // Pressed again, since a guest that is still booting misses the first time.
  for (let left = graceMs, stalls = 0; left > 0 && stalls < stallsAtMost; left = end - now()) {
    if (await standsStill()) {
      stalls += 1;
      await command('cont');
    }
    await command('system_powerdown');
    if (await goneWithin(Math.min(pressAgainMs, end - now()))) {
      await tidy(folder);
      return { how: 'graceful' };
    }
  }
  await command('quit');
  if (state.status === 'deaf' || !(await goneWithin(quitMs))) {
    await terminate(folder);
    if (!(await goneWithin(quitMs))) await killProcess(folder);
  }
  await tidy(folder);
  return { how: state.status === 'deaf' ? 'ended' : 'pulled' };
}
