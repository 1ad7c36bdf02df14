import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { parseProcessStat, type ProcessStat } from '../../src/core/processStat.ts';

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
  own ??= lookAt(process.pid).then((seen) => ({ pid: process.pid, start: seen?.start ?? 'unknown' }));
  return own;
}

/** Whether the process still runs. Where that cannot be told it is taken to run: nobody's work is torn away. */
export async function isAlive(maker: Maker): Promise<boolean> {
  if (maker.start === 'unknown') return true;
  const seen = await lookAt(maker.pid);
  if (seen === undefined) return exists(maker.pid);
  return seen.start === maker.start && !seen.isOver;
}

/** Whether a process was stopped (Ctrl-Z, SIGSTOP) and will not go on by itself. */
export async function isHalted(pid: number): Promise<boolean> {
  const state = process.platform === 'linux' ? (await statOf(pid))?.state : (await askPs(pid))?.state;
  return state !== undefined && /^[Tt]/.test(state);
}

/** How long a process has been there; undefined where that cannot be told. */
export async function ageMs(pid: number): Promise<number | undefined> {
  const ticks = Number((await statOf(pid))?.startTicks);
  const uptime = Number((await readFile('/proc/uptime', 'utf8').catch(() => '')).split(' ')[0] || Number.NaN);
  const age = uptime * 1000 - ticks * msPerTick;
  return Number.isFinite(age) ? age : undefined;
}

interface Seen {
  readonly start: string;
  /** It waits to be noticed by its parent, and does nothing any more. */
  readonly isOver: boolean;
}

/** Undefined where there is no such process, or the system does not tell of it. */
async function lookAt(pid: number): Promise<Seen | undefined> {
  if (process.platform === 'linux') {
    const stat = await statOf(pid);
    const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => undefined);
    if (stat === undefined || boot === undefined) return undefined;
    return { start: `${boot.slice(0, 8)}.${stat.startTicks}`, isOver: stat.isOver };
  }
  const told = await askPs(pid);
  return told && { start: told.start.replace(/[^A-Za-z0-9]+/g, '_'), isOver: told.state.startsWith('Z') };
}

/** Whether there is a process of that pid, which a system can tell although it hides everything else of it (`hidepid`). */
function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function statOf(pid: number): Promise<ProcessStat | undefined> {
  return parseProcessStat(await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ''));
}

async function askPs(pid: number): Promise<{ readonly state: string; readonly start: string } | undefined> {
  const answer = await run('ps', ['-o', 'state=,lstart=', '-p', String(pid)], { timeout: 10_000 }).catch(
    () => undefined,
  );
  const [, state, start] = /^(\S+)\s+(\S.*)$/.exec(answer?.stdout.trim() ?? '') ?? [];
  return state === undefined || start === undefined ? undefined : { state, start };
}
