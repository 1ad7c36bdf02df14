import { readdir, readFile, realpath, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ChewsError } from '../../src/core/errors.ts';
import { codeOf } from './durable.ts';
import { mapLimited } from './mapLimited.ts';
import { vmFiles } from './qemu.ts';

const pollMs = 40;
const killMs = 10_000;

/**
 * The process that bears this folder's pid file on its command line. The number in the file is only where to look
 * first: numbers are used again, and the file outlives a process that was killed. Both ends of the change to the
 * background match; the later one is the machine.
 */
export async function findProcess(folder: string): Promise<number | undefined> {
  const noted = Number(await readFile(join(folder, vmFiles.pid), 'utf8').catch(() => ''));
  if (Number.isSafeInteger(noted) && noted > 1 && (await isOurs(noted, folder))) {
    return noted;
  }
  return (await scanAll()).get(join(folder, vmFiles.pid));
}

/** The machines of this computer by the pid file on their command line; the file itself need not be there any more. */
export type Machines = ReadonlyMap<string, number>;

/** Looks at all processes once. Where the system does not list them (not Linux) it finds none. */
export async function scanMachines(): Promise<Machines> {
  return process.platform === 'linux' ? scanAll() : new Map();
}

async function scanAll(): Promise<Machines> {
  const machines = new Map<string, number>();
  const pids = (await readdir('/proc')).map(Number).filter((pid) => Number.isSafeInteger(pid) && pid > 1);
  await mapLimited(
    pids.sort((left, right) => left - right),
    async (pid) => {
      const path = await pidFileOf(pid);
      if (path !== undefined) machines.set(path, Math.max(pid, machines.get(path) ?? 0));
    },
  );
  return machines;
}

/** A process that has ended, and waits for its parent to notice, has an empty command line. */
async function pidFileOf(pid: number): Promise<string | undefined> {
  const words = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0');
  const option = words.indexOf('-pidfile');
  return option > 0 ? words[option + 1] : undefined;
}

async function isOurs(pid: number, folder: string): Promise<boolean> {
  return (await pidFileOf(pid)) === join(folder, vmFiles.pid);
}

/** Asks the machine in `folder` (a real path) to end at once: QEMU takes this signal for its own `quit`. */
export async function terminate(folder: string): Promise<void> {
  const pid = await findProcess(folder);
  if (pid === undefined) return;
  try {
    process.kill(pid, 'SIGTERM');
  } catch (error) {
    if (codeOf(error) !== 'ESRCH') throw error;
  }
}

/**
 * Kills the machine in `folder` (a real path), if there is one; resolves once its process is gone.
 * @throws ChewsError('failed') when it does not go within ten seconds.
 */
export async function killProcess(folder: string): Promise<void> {
  for (let waited = 0; waited <= killMs; waited += pollMs) {
    const pid = await findProcess(folder);
    if (pid === undefined) {
      return;
    }
    try {
      process.kill(pid, 'SIGKILL');
    } catch (error) {
      if (codeOf(error) !== 'ESRCH') throw error;
    }
    await delay(pollMs);
  }
  throw new ChewsError('failed', `cannot end the QEMU process of ${folder}: it does not go away`);
}

/** Removes the files that a QEMU leaves behind when it is killed. Does nothing where a machine runs. */
export async function tidy(folder: string): Promise<void> {
  if ((await findProcess(await realpath(folder).catch(() => folder))) === undefined) {
    await Promise.all(
      [vmFiles.pid, ...vmFiles.monitors].map((file) => rm(join(folder, file), { force: true })),
    );
  }
}
