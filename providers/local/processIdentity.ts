import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

/** A process, told apart from a later one that was given the same number. */
export interface Maker {
  readonly pid: number;
  /** When it began, and in which boot of the computer, in letters that a file name can hold. */
  readonly start: string;
}

const run = promisify(execFile);
let own: Promise<Maker> | undefined;

/** The process that we are. */
export function thisProcess(): Promise<Maker> {
  own ??= startOf(process.pid).then((start) => ({ pid: process.pid, start: start ?? 'unknown' }));
  return own;
}

/** Whether the process still runs. Where that cannot be told it is taken to run: nobody's work is torn away. */
export async function isAlive(maker: Maker): Promise<boolean> {
  if (maker.start === 'unknown') return true;
  return (await startOf(maker.pid)) === maker.start;
}

async function startOf(pid: number): Promise<string | undefined> {
  if (process.platform === 'linux') {
    try {
      const [stat, boot] = await Promise.all([
        readFile(`/proc/${pid}/stat`, 'utf8'),
        readFile('/proc/sys/kernel/random/boot_id', 'utf8'),
      ]);
      // The second field is the program's name in parentheses and may hold blanks and parentheses itself.
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return `${boot.slice(0, 8)}.${fields[19] ?? ''}`;
    } catch {
      return undefined;
    }
  }
  try {
    const { stdout } = await run('ps', ['-o', 'lstart=', '-p', String(pid)], { timeout: 10_000 });
    return stdout.trim().replace(/[^A-Za-z0-9]+/g, '_') || undefined;
  } catch {
    return undefined;
  }
}
