import { classicScheme } from '../core/names.ts';
import type { SnapshotSet } from '../core/snapshotSets.ts';
import type { Situation } from '../core/state.ts';
import type { Workstation } from '../core/workstation.ts';

/** `2025-01-31 08:00:00` in UTC, as the name of the set has it; a timestamp of another form as it stands. */
export function setTime(timestamp: string): string {
  const atMs = classicScheme.timeOf(timestamp);
  return atMs === undefined ? timestamp : timeText(atMs);
}

export function timeText(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 19).replace('T', ' ');
}

/** What the provider stores for a set; undefined unless it tells for each. */
export function storedBytesOf(set: SnapshotSet): number | undefined {
  let sum = 0;
  for (const { storedBytes } of set.byDisk.values()) {
    if (storedBytes === undefined) return undefined;
    sum += storedBytes;
  }
  return sum;
}

/** The reading of `--set`: the timestamp itself, or the same written as people and ISO 8601 write it, in UTC. */
export function normalisedSet(text: string): string {
  const match = /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:\.0+)?Z?$/.exec(text.trim());
  return match === null ? text.trim() : match.slice(1).join('');
}

/** Where there are more sets than are to be kept. Nothing is ever pruned by itself. */
export function tooManySets(workstation: Workstation, { sets }: Situation): string | undefined {
  const { keepSnapshots, name } = workstation;
  if (sets.length <= keepSnapshots) return undefined;
  return `${name} has ${sets.length} snapshot sets, and keep-snapshots is ${keepSnapshots}`;
}
