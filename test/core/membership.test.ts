import { describe, expect, it } from 'vitest';
import type { Disk } from '../../src/core/assets.ts';
import { type Membership, membershipOf } from '../../src/core/membership.ts';
import { snapshotSetsOf } from '../../src/core/snapshotSets.ts';
import { claim, disk, diskSpec, inventory, type Parts, without } from '../support/builders.ts';

const three = claim({ disks: [diskSpec('boot'), diskSpec('data'), diskSpec('more')] });

function membersOf(parts: Parts, by = three): Membership {
  const all = inventory(parts, by);
  return membershipOf(all, by, snapshotSetsOf(all, by).at(-1));
}

/** As they were made by a create that has not written the list of members yet. */
const made = (name: string, changes: Partial<Disk> = {}): Disk =>
  disk(name, {
    lastWritable: { kind: 'never' },
    labels: without(disk(name).labels, 'members'),
    ...changes,
  });
const untold: Partial<Disk> = { lastWritable: { kind: 'unknown' } };

describe('a disk of the file that is not there', () => {
  const table: [string, readonly Disk[], Record<'members' | 'fresh' | 'unmade', string[]>][] = [
    [
      'was never made, as long as there is a boot disk without the list, though its provider tells nothing of its use',
      [made('boot', untold), made('data', untold)],
      { members: ['boot', 'data'], fresh: [], unmade: ['more'] },
    ],
    [
      'is lost where it is the boot disk, and its provider tells nothing of the use of the others',
      [made('data', untold)],
      { members: ['boot', 'data'], fresh: ['more'], unmade: [] },
    ],
    [
      'was never made, while another one is in the making, whatever its provider tells of the use of that',
      [made('data', { ...untold, status: 'changing', statusText: 'CREATING' })],
      { members: ['data'], fresh: [], unmade: ['boot', 'more'] },
    ],
    [
      'is new once the list of members is written, though no disk was ever used',
      [made('boot', { labels: disk('boot').labels }), made('data')],
      { members: ['boot', 'data'], fresh: ['more'], unmade: [] },
    ],
  ];
  it.each(table)('%s', (_, disks, expected) => {
    const { members, fresh, unmade } = membersOf({ disks });
    expect({
      members: members.map(({ name }) => name),
      fresh: fresh.map(({ name }) => name),
      unmade: unmade.map(({ name }) => name),
    }).toEqual(expected);
  });
});

it('a record whose content is gone is no live disk: it only remembers', () => {
  const record = disk('data', { status: 'gone', statusText: 'FILE GONE' });
  const member = membersOf({ disks: [disk('boot'), record] }).members.find(({ name }) => name === 'data');
  expect([member?.live, member?.record?.id]).toEqual([undefined, record.id]);
});

it('a disk that is alive needs no record of itself', () => {
  const record = disk('data', { id: 'disk-before', status: 'gone', statusText: 'FILE GONE' });
  const member = membersOf({ disks: [disk('data'), record] }).members.find(({ name }) => name === 'data');
  expect([member?.live?.id, member?.record]).toEqual(['disk-data', undefined]);
});

it.each([[['alpha', 'zeta']], [['zeta', 'alpha']]])(
  'disks that are no longer in the file come by name, where the provider lists them as %j',
  (names) => {
    const disks = ['boot', 'data', ...names].map((name) => disk(name));
    expect(membersOf({ disks }, claim()).members.map(({ name }) => name)).toEqual([
      'boot',
      'data',
      'alpha',
      'zeta',
    ]);
  },
);
