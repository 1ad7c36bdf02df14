import { spawn } from 'node:child_process';
import { ChewsError } from '../../src/core/errors.ts';
import { codeOf } from './durable.ts';
import { NoSpaceError } from './fileErrors.ts';

export interface ImageJob {
  /** "cannot create disk x" */
  readonly attempt: string;
  readonly boundMs: number;
  readonly path: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly progress?: ((fraction: number) => void) | undefined;
  /** The most that it can write, for the message when the drive is full. */
  readonly neededBytes?: number;
  /** Exit codes besides 0 that are no failure. */
  readonly alsoFine?: readonly number[];
}

export const installQemu =
  'Install QEMU: apt-get install --no-install-recommends qemu-system-x86 qemu-utils (or your system’s like of it).';
const patienceMs = 3_000;
const longestOutput = 1 << 20;

/**
 * Runs qemu-img to its end and gives what it printed. When the signal comes, or the bound is over, the child is ended by
 * its own process id and waited for, so that nothing writes any more when this throws. A full drive is a NoSpaceError.
 * The child is in a session of its own: Ctrl-C reaches chews alone, which decides whether the call in flight may end.
 */
export async function runQemuImg(words: readonly string[], job: ImageJob): Promise<string> {
  const { attempt, signal, progress } = job;
  if (isAborted(signal)) throw interrupted(attempt);
  const child = spawn('qemu-img', words, {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    env: { LC_ALL: 'C', ...(job.path !== undefined && { PATH: job.path }) },
  });
  let output = '';
  let complaint = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output = (output + text).slice(-longestOutput);
    const percent = /\((\d+(?:\.\d+)?)\/100%\)[^(]*$/.exec(output)?.[1];
    if (percent !== undefined) progress?.(Math.min(1, Number(percent) / 100));
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-longestOutput);
  });
  let late = false;
  let killer: NodeJS.Timeout | undefined;
  const end = () => {
    child.kill('SIGTERM');
    killer ??= setTimeout(() => child.kill('SIGKILL'), patienceMs);
  };
  const bound = setTimeout(() => {
    late = true;
    end();
  }, job.boundMs);
  signal?.addEventListener('abort', end, { once: true });
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    if (code !== null && [0, ...(job.alsoFine ?? [])].includes(code)) return output;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') {
      throw new ChewsError('configuration', `${attempt}: qemu-img is not installed`, {
        remedy: installQemu,
        effect: 'none',
      });
    }
    throw error;
  } finally {
    clearTimeout(bound);
    clearTimeout(killer);
    signal?.removeEventListener('abort', end);
  }
  if (isAborted(signal)) throw interrupted(attempt);
  if (late) {
    throw new ChewsError(
      'timeout',
      `${attempt}: qemu-img did not finish within ${Math.round(job.boundMs / 1000)} s`,
      {
        remedy: 'See whether the drive still answers, then run the same command again.',
        effect: 'none',
      },
    );
  }
  throw failure(complaint.trim(), job);
}

/** A function of its own, since a signal changes while the compiler thinks that it cannot. */
function isAborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true;
}

function interrupted(attempt: string): ChewsError {
  return new ChewsError('interrupted', `${attempt}: interrupted`, {
    remedy: 'Nothing half-made was left behind; the same command starts it anew.',
    effect: 'none',
  });
}

/** The table of what qemu-img complains of. It has no error codes, so this is the one place that reads its sentences. */
function failure(complaint: string, job: ImageJob): Error {
  const { attempt } = job;
  const last = complaint.split('\n').at(-1) ?? '';
  if (/No space left on device|Disk quota exceeded/.test(complaint)) {
    return new NoSpaceError(job.neededBytes);
  }
  if (/Failed to (get|lock)|Failed to get (shared )?"[a-z]+" lock/.test(complaint)) {
    return new ChewsError('busy', `${attempt}: another process is using the image (${last})`, {
      remedy: 'Wait until it has finished; "fuser -v" on the image tells which one it is.',
      retryable: true,
      effect: 'none',
    });
  }
  if (/Permission denied/.test(complaint))
    return new ChewsError('permission', `${attempt}: ${last}`, { effect: 'none' });
  return new ChewsError('failed', `${attempt}: ${last || 'qemu-img failed without a word'}`, {
    effect: 'none',
  });
}
