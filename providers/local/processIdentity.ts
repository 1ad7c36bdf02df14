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
/** What Linux counts time in for its users, on every architecture that Node runs on. */
const msPerTick = 10;
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

/** Whether a process was stopped (Ctrl-Z, SIGSTOP) and will not go on by itself. */
export async function isHalted(pid: number): Promise<boolean> {
  const fields = process.platform === 'linux' ? await statFields(pid) : undefined;
  if (fields !== undefined) return /^[Tt]$/.test(fields[0] ?? '');
  const answer = await run('ps', ['-o', 'state=', '-p', String(pid)], { timeout: 10_000 }).catch(
    () => undefined,
  );
  return answer?.stdout.trim().startsWith('T') ?? false;
}

/** How long a process has been there; undefined where that cannot be told. */
export async function ageMs(pid: number): Promise<number | undefined> {
  const ticks = Number((await statFields(pid))?.[19]);
  const uptime = Number((await readFile('/proc/uptime', 'utf8').catch(() => '')).split(' ')[0] || Number.NaN);
  const age = uptime * 1000 - ticks * msPerTick;
  return Number.isFinite(age) ? age : undefined;
}

/** From the third field of /proc/PID/stat on. The second is the program's name and may hold blanks and parentheses itself. */
async function statFields(pid: number): Promise<string[] | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  return text?.slice(text.lastIndexOf(')') + 2).split(' ');
}

async function startOf(pid: number): Promise<string | undefined> {
  if (process.platform === 'linux') {
    try {
      const [fields, boot] = await Promise.all([
        statFields(pid),
        readFile('/proc/sys/kernel/random/boot_id', 'utf8'),
      ]);
      return fields && `${boot.slice(0, 8)}.${fields[19] ?? ''}`;
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
