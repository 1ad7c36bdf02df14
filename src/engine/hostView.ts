import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import type { HostView } from '../core/lease.ts';
import { parseProcessStat } from '../core/processStat.ts';
import type { Runner } from './leaseholder.ts';

function contentOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim() || undefined;
  } catch {
    return undefined;
  }
}

/** Whether there is a process of that pid, which a system can tell although it hides everything else of it. */
function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** When a process began, in the host's own terms; undefined where there is none of that pid or it is over, 'hidden' where nobody tells. */
function processStartOf(pid: number): string | 'hidden' | undefined {
  const told = process.platform === 'linux' ? readStat(pid) : askPs(pid);
  if (told === undefined) return exists(pid) ? 'hidden' : undefined;
  return told.isOver ? undefined : told.start;
}

interface ProcessTold {
  readonly start: string;
  readonly isOver: boolean;
}

function readStat(pid: number): ProcessTold | undefined {
  const stat = parseProcessStat(contentOf(`/proc/${pid}/stat`) ?? '');
  return stat && { start: stat.startTicks, isOver: stat.isOver };
}

function askPs(pid: number): ProcessTold | undefined {
  try {
    const told = execFileSync('ps', ['-o', 'state=,lstart=', '-p', String(pid)], {
      encoding: 'utf8',
      timeout: 10_000,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const [, state, start] = /^(\S+)\s+(\S.*)$/.exec(told.trim()) ?? [];
    return state === undefined || start === undefined ? undefined : { start, isOver: state.startsWith('Z') };
  } catch {
    return undefined;
  }
}

/** Containers of one image share the machine's id, and each counts its processes for itself. */
function processNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return '';
  }
}

/** Hashed, because the machine's id is not for others to see. With the name: copies of a machine share the id. */
function readHostId(host: string): string {
  const machine = contentOf('/etc/machine-id') ?? contentOf('/var/lib/dbus/machine-id') ?? '';
  const whole = ['chews', host, machine, processNamespace()].join(' ');
  return createHash('sha256').update(whole).digest('hex').slice(0, 32);
}

/** Where the system tells of no boot, the time of the oldest process stands for it. */
function readHostBoot(): string {
  return contentOf('/proc/sys/kernel/random/boot_id') ?? processStartOf(1) ?? 'unknown';
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // A user id without an entry, as in some containers.
    return `user ${process.getuid?.() ?? 'unknown'}`;
  }
}

/** Who this process is, and what it can tell of others on its host. The token is of this run alone. */
export function readHost(token: string): { readonly runner: Runner; readonly view: HostView } {
  const host = hostname();
  const hostId = readHostId(host);
  const hostBoot = readHostBoot();
  return {
    runner: {
      token,
      user: userName(),
      host,
      hostId,
      pid: process.pid,
      processStart: processStartOf(process.pid) ?? 'hidden',
      hostBoot,
    },
    view: { hostId, hostBoot, processStartOf },
  };
}
