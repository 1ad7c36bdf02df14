import { createHash } from 'node:crypto';
import type { Workstation } from './workstation.ts';

/** What a disk's or snapshot's name stands for. */
export interface DiskIdentity {
  readonly workstation: string;
  readonly disk: string;
}

export interface SnapshotIdentity extends DiskIdentity {
  /** As it stands in the name; sorts by time within one scheme, never across. */
  readonly set: string;
}

/**
 * How assets are called. The published implementation of this design changed its scheme once, so a scheme is a value and
 * nothing outside it knows what a name looks like. `parse` needs the names that the name could stand for: it recomputes
 * and compares, it never splits at dashes.
 */
export interface NamingScheme {
  readonly diskName: (identity: DiskIdentity, longestName: number) => string;
  readonly snapshotName: (identity: SnapshotIdentity, longestName: number) => string;
  readonly parseDisk: (name: string, candidates: readonly DiskIdentity[]) => DiskIdentity | undefined;
  readonly parseSnapshot: (name: string, candidates: readonly DiskIdentity[]) => SnapshotIdentity | undefined;
  /** The timestamp of a set begun at a time. */
  readonly timestamp: (atMs: number) => string;
  /** The time that a timestamp stands for. */
  readonly timeOf: (set: string) => number | undefined;
}

const SHORTEST_HASH = 8;
const TIMESTAMP_LENGTH = 14;

function diskHash(identity: DiskIdentity): string {
  return createHash('md5').update(`${identity.workstation}-${identity.disk}volume`).digest('hex');
}

function stem(identity: DiskIdentity): string {
  return `${identity.workstation}-${identity.disk}-`;
}

/**
 * The hash's digits, one length for a disk and its snapshots: as many as leave the snapshot's name within the limit.
 * Undefined where not even 8 fit: such a workstation is refused when the file is read.
 */
export function hashLength(identity: DiskIdentity, longestName: number): number | undefined {
  const room = longestName - 'ss-'.length - stem(identity).length - '-'.length - TIMESTAMP_LENGTH;
  return room < SHORTEST_HASH ? undefined : Math.min(room, 32);
}

function hashedName(identity: DiskIdentity, longestName: number): string {
  const length = hashLength(identity, longestName);
  if (length === undefined) throw new RangeError(`no room for the name of disk ${identity.disk}`);
  return stem(identity) + diskHash(identity).slice(0, length);
}

function timestamp(atMs: number): string {
  return new Date(atMs).toISOString().replace(/[-:T]/g, '').slice(0, TIMESTAMP_LENGTH);
}

function timeOf(set: string): number | undefined {
  const match = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(set);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second] = match;
  const atMs = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(atMs) || timestamp(atMs) !== set ? undefined : atMs;
}

function isCutHash(text: string, identity: DiskIdentity): boolean {
  return text.length >= SHORTEST_HASH && diskHash(identity).startsWith(text);
}

function parseDisk(name: string, candidates: readonly DiskIdentity[]): DiskIdentity | undefined {
  return candidates.find(
    (candidate) =>
      name.startsWith(stem(candidate)) && isCutHash(name.slice(stem(candidate).length), candidate),
  );
}

function parseSnapshot(name: string, candidates: readonly DiskIdentity[]): SnapshotIdentity | undefined {
  const match = /^ss-(.+)-(\d{14})$/.exec(name);
  const [, diskName, set] = match ?? [];
  if (diskName === undefined || set === undefined || timeOf(set) === undefined) return undefined;
  const identity = parseDisk(diskName, candidates);
  return identity && { ...identity, set };
}

/** The scheme of the design: MD5, `ss-`, a readable UTC timestamp. */
export const classicScheme: NamingScheme = {
  diskName: hashedName,
  snapshotName: (identity, longestName) => `ss-${hashedName(identity, longestName)}-${identity.set}`,
  parseDisk,
  parseSnapshot,
  timestamp,
  timeOf,
};

/**
 * The timestamp of a new set: later than every set before it, whatever the client's clock says.
 * Times are whole seconds in a name, so a set begun within the same second gets the next one. Undefined after the last second
 * that a name can tell.
 */
export function nextSet(
  scheme: NamingScheme,
  nowMs: number,
  existing: readonly string[],
): string | undefined {
  const times = existing.map((set) => scheme.timeOf(set)).filter((time) => time !== undefined);
  const latest = times.length === 0 ? Number.NEGATIVE_INFINITY : Math.max(...times);
  const set = scheme.timestamp(Math.max(nowMs, latest + 1000));
  return scheme.timeOf(set) === undefined ? undefined : set;
}

/** Tells settings apart, whatever the order of their keys: eight digits, for a label. Undefined where there are none. */
export function settingsDigest({ settings }: Workstation): string | undefined {
  if (settings === undefined) return undefined;
  const text = JSON.stringify(settings, (_, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1)))
      : value,
  );
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}

/** All disks that the file gives a workstation, as names can stand for them. */
export function identitiesOf(workstation: Workstation): DiskIdentity[] {
  return workstation.disks.map((disk) => ({ workstation: workstation.name, disk: disk.name }));
}
