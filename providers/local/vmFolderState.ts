import { open, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ageMs, isHalted } from './processIdentity.ts';
import { vmFiles } from './qemu.ts';
import { connectQmp, type QmpClient, QmpError } from './qmp.ts';
import { findProcess, type Machines, scanMachines } from './vmProcess.ts';

/**
 * What runs in a machine's folder. `running` means that a QEMU process has it, whatever the guest does:
 * `qmpStatus` is QEMU's own word, e.g. `running`, `paused`, or `io-error` where this computer's disk is full.
 * `deaf`: the process is there for certain and its monitor is not, as when somebody removed its files: it can only be ended.
 * `unknown` is not an answer and must not be taken for one.
 */
export type VmFolderState =
  | { status: 'running'; pid: number; qmpStatus: string }
  | { status: 'deaf'; pid: number }
  | { status: 'stopped' }
  | { status: 'unknown'; why: string };

const answerMs = 3_000;
/** A machine that is younger may just not have its monitor yet. */
const settledMs = 3_000;
const longestSocketPath = 100;

/**
 * Looks what runs in `folder`, changing nothing. Takes a few milliseconds; where the monitor does not answer,
 * `timeoutMs` (3 s unless told). `machines`: what a scan found, where several folders are looked at.
 */
export async function vmFolderState(options: {
  folder: string;
  timeoutMs?: number;
  signal?: AbortSignal;
  machines?: Machines;
}): Promise<VmFolderState> {
  const { timeoutMs = answerMs, signal } = options;
  signal?.throwIfAborted();
  const folder = await realpath(options.folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') {
      return undefined;
    }
    throw error;
  });
  if (folder === undefined) {
    return { status: 'stopped' };
  }
  const machines = options.machines ?? (await scanMachines());
  if (!(await hasTraces(folder)) && !machines.has(join(folder, vmFiles.pid))) {
    return { status: 'stopped' };
  }
  // A machine that starts or ends while it is looked at gets a second look.
  for (let look = 1; ; look++) {
    const asked = await askStatus(folder, timeoutMs, signal);
    signal?.throwIfAborted();
    const pid = await findProcess(folder);
    if ('qmpStatus' in asked && pid !== undefined) {
      return { status: 'running', pid, qmpStatus: asked.qmpStatus };
    }
    if ('code' in asked && asked.code === 'absent' && pid === undefined) {
      return { status: 'stopped' };
    }
    const silent = 'code' in asked && asked.code === 'absent' && pid !== undefined;
    if (silent && look === 3 && ((await ageMs(pid)) ?? 0) >= settledMs) {
      return { status: 'deaf', pid };
    }
    if (look === (silent ? 3 : 2)) {
      const why = 'code' in asked ? asked.why : 'the monitor answers, and its process cannot be found';
      return { status: 'unknown', why: pid === undefined ? why : `process ${pid} runs, and ${why}` };
    }
    if ('code' in asked && asked.code === 'timeout') {
      const isStopped = pid !== undefined && (await isHalted(pid));
      const why = `process ${pid} was stopped from outside: kill -CONT ${pid} lets it go on`;
      return { status: 'unknown', why: isStopped ? why : asked.why };
    }
    await delay(look * 100, undefined, signal && { signal });
  }
}

async function askStatus(
  folder: string,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<{ qmpStatus: string } | { code: QmpError['code']; why: string }> {
  try {
    const answer = await withMonitor(folder, timeoutMs, signal, (client) => client.execute('query-status'));
    // Whatever answers there may answer nothing at all.
    const { status } = (answer ?? {}) as { status?: unknown };
    return typeof status === 'string'
      ? { qmpStatus: status }
      : { code: 'malformed', why: 'its status is no text' };
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof QmpError) {
      return { code: error.code, why: error.message };
    }
    throw error;
  }
}

/**
 * Opens a monitor of the machine in `folder` for one exchange; `timeoutMs` bounds each answer. Folders too long
 * for a unix socket's path are reached through a descriptor.
 */
export async function withMonitor<T>(
  folder: string,
  timeoutMs: number,
  signal: AbortSignal | undefined,
  use: (client: QmpClient) => Promise<T>,
): Promise<T> {
  const long = vmFiles.monitors.some((file) => Buffer.byteLength(join(folder, file)) > longestSocketPath);
  await using handle = long ? await open(folder, 'r') : undefined;
  const base = handle ? `/proc/self/fd/${handle.fd}` : folder;
  const client = await connectQmp(
    vmFiles.monitors.map((file) => join(base, file)),
    { timeoutMs, ...(signal && { signal }) },
  );
  try {
    return await use(client);
  } finally {
    client.close();
  }
}

async function hasTraces(folder: string): Promise<boolean> {
  for (const file of [vmFiles.pid, ...vmFiles.monitors]) {
    const there = await stat(join(folder, file)).then(
      () => true,
      (error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') {
          return false;
        }
        throw error;
      },
    );
    if (there) {
      return true;
    }
  }
  return false;
}
