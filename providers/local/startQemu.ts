import { spawn } from 'node:child_process';
import { realpath } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { qemuArguments, type VmSpec } from './qemu.ts';
import { vmFolderState } from './vmFolderState.ts';
import { killProcess, tidy } from './vmProcess.ts';

export type StartFailure =
  'image-in-use' | 'already-running' | 'port-taken' | 'out-of-memory' | 'kvm-failed' | 'timeout' | 'other';

/** QEMU did not start. `code` tells why where it is known; `detail` is the last line that QEMU wrote. */
export class QemuStartError extends Error {
  override name = 'QemuStartError';
  readonly code: StartFailure;
  readonly detail: string;

  constructor(code: StartFailure, detail: string, options?: ErrorOptions) {
    super(`cannot start QEMU: ${detail}`, options);
    this.code = code;
    this.detail = detail;
  }
}

const failures: readonly [StartFailure, RegExp][] = [
  ['already-running', /pid file/i],
  ['image-in-use', /Failed to get .* lock|another process using the image/i],
  ['port-taken', /host forwarding rule|Address already in use/i],
  ['out-of-memory', /cannot set up guest memory|Cannot allocate memory/i],
  ['kvm-failed', /\bkvm/i],
];

const startMs = 60_000;
const pollMs = 40;

/**
 * Starts the machine; resolves once its monitor answers. The process outlives the caller. After a failure or an
 * abort no process of this start is left behind.
 *
 * @throws QemuStartError; the signal's reason when aborted.
 */
export async function startQemu(
  spec: VmSpec & { program: string },
  options: { signal?: AbortSignal } = {},
): Promise<{ pid: number }> {
  const { signal } = options;
  const folder = await realpath(spec.folder);
  const before = await vmFolderState(signal ? { folder, signal } : { folder });
  if (before.status !== 'stopped') {
    const what = before.status === 'unknown' ? before.why : `process ${before.pid} runs it already`;
    throw new QemuStartError('already-running', what);
  }
  await tidy(folder);
  const limit = AbortSignal.any([AbortSignal.timeout(startMs), ...(signal ? [signal] : [])]);
  try {
    await launch(spec.program, qemuArguments({ ...spec, folder }), folder, limit);
    for (;;) {
      const state = await vmFolderState({ folder, signal: limit });
      if (state.status === 'running') {
        return { pid: state.pid };
      }
      if (state.status === 'stopped') {
        throw new QemuStartError('other', 'it ended right after it had started');
      }
      await delay(pollMs, undefined, { signal: limit });
    }
  } catch (error) {
    if (limit.aborted) {
      await killProcess(folder);
      signal?.throwIfAborted();
      throw new QemuStartError('timeout', `it was not ready within ${startMs / 1000} s`, { cause: error });
    }
    throw error;
  }
}

/** Runs QEMU until it has gone to the background. */
async function launch(program: string, words: string[], folder: string, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const child = spawn(program, words, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'], signal });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-65_536);
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (exitCode) => setImmediate(() => resolve(exitCode)));
  }).catch((error: Error) => {
    signal.throwIfAborted();
    throw new QemuStartError('other', error.message, { cause: error });
  });
  child.stderr.destroy();
  if (code !== 0) {
    const detail = said.trim().split('\n').at(-1) || `it ended with code ${code} and said nothing`;
    throw new QemuStartError(failures.find(([, pattern]) => pattern.test(said))?.[0] ?? 'other', detail);
  }
}
