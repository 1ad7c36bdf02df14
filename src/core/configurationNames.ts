import type { ConfigurationIssue } from './configurationIssue.ts';
import type { Path } from './configurationShape.ts';
import { classicScheme, type DiskIdentity, hashLength } from './names.ts';
import type { Workstation } from './workstation.ts';

const NAME = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;
/** Above what any cloud takes; where the kind is known, it says how long a name can be. */
const LONGEST_NAME = 63;

/** Names that mean something to the language itself, and would surprise any program that reads the assets' labels. */
export const RESERVED_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/** What is wrong with a name that the file gives to something. */
export function nameIssue(name: string, path: Path, what: string): ConfigurationIssue | undefined {
  if (name.length > LONGEST_NAME)
    return {
      path,
      message: `found a name of ${name.length} characters`,
      expected: `at most ${LONGEST_NAME}`,
      at: 'key',
    };
  if (RESERVED_KEYS.has(name))
    return { path, message: 'this name is reserved', expected: 'another one', at: 'key' };
  if (NAME.test(name)) return undefined;
  const better = name
    .toLowerCase()
    .replace(/[ _.]+/g, '-')
    .replace(/^[-0-9]+|-+$/g, '');
  return {
    path,
    message: `not a name for ${what}`,
    expected: 'small letters, digits and dashes, beginning with a letter and not ending with a dash',
    ...(NAME.test(better) ? { hint: `${better} would do` } : {}),
    at: 'key',
  };
}

/** The longest name for which `fits` is true; 0 where none is. */
function longestName(fits: (name: string) => boolean): number {
  for (let length = LONGEST_NAME; length > 0; length--) if (fits('x'.repeat(length))) return length;
  return 0;
}

/** A provider takes names up to a length, and snapshots have the longest ones. */
export function namesThatDoNotFit(
  workstation: string,
  disks: readonly string[],
  longest: number,
  kind: string,
): ConfigurationIssue[] {
  const fits = (name: string, disk: string): boolean =>
    hashLength({ workstation: name, disk }, longest) !== undefined;
  if (disks.every((disk) => fits(workstation, disk))) return [];
  const path = ['workstations', workstation];
  const limit = `${kind} takes names of at most ${longest} characters`;
  const room = longestName((disk) => fits(workstation, disk));
  if (room === 0)
    return [
      {
        path,
        message: `the name is too long: snapshots are called after it, and ${limit}`,
        expected: `at most ${longestName((name) => fits(name, 'x'))} for a workstation whose disks have names of one letter`,
        at: 'key',
      },
    ];
  return disks
    .filter((disk) => disk.length > room)
    .map((disk) => ({
      path: [...path, 'disks', disk],
      message: `the name is too long: snapshots are called after the workstation and the disk, and ${limit}`,
      expected: `at most ${room} for a disk of ${workstation}`,
      at: 'key',
    }));
}

/** The stems of the disk and the snapshot that could have this name: a cut hash, and a timestamp, are taken off. */
function stemsOf(name: string): string[] {
  const patterns = [/^(.+)-[0-9a-f]{8,32}$/, /^ss-(.+)-[0-9a-f]{8,32}-\d{14}$/];
  return patterns.flatMap((pattern) => pattern.exec(name)?.[1] ?? []);
}

/**
 * Names that two things would share at the provider: two disks whose workstation and disk join to the same text, and a
 * workstation that is called like a disk or snapshot of another. `placeOf` tells which workstations share a place.
 */
export function collisions(
  workstations: readonly Workstation[],
  placeOf: (workstation: Workstation) => string,
): ConfigurationIssue[] {
  const issues: ConfigurationIssue[] = [];
  const places = new Map<string, Map<string, DiskIdentity>>();
  for (const workstation of workstations) {
    const place = placeOf(workstation);
    const owners = places.get(place) ?? new Map<string, DiskIdentity>();
    places.set(place, owners);
    for (const disk of workstation.disks) {
      const joined = `${workstation.name}-${disk.name}`;
      const owner = owners.get(joined);
      if (owner === undefined) {
        owners.set(joined, { workstation: workstation.name, disk: disk.name });
        continue;
      }
      issues.push({
        path: ['workstations', workstation.name, 'disks', disk.name],
        message: `its assets would be called ${joined}, like those of disk ${owner.disk} of workstation ${owner.workstation}`,
        expected: 'names that differ when they are joined with a dash',
        at: 'key',
      });
    }
  }
  for (const workstation of workstations) {
    const { name } = workstation;
    const here = places.get(placeOf(workstation));
    for (const owner of stemsOf(name).flatMap((stem) => here?.get(stem) ?? [])) {
      const isDisk = classicScheme.parseDisk(name, [owner]) !== undefined;
      if (!isDisk && classicScheme.parseSnapshot(name, [owner]) === undefined) continue;
      const thing = isDisk ? 'disk' : 'a snapshot of disk';
      const message = `the name is that of ${thing} ${owner.disk} of workstation ${owner.workstation}`;
      issues.push({ path: ['workstations', name], message, expected: 'another name', at: 'key' });
    }
  }
  return issues;
}
