import { describe, expect, it } from 'vitest';
import type { Snapshot } from '../../src/core/assets.ts';
import { disorderOf, type SnapshotSet, snapshotSetsOf } from '../../src/core/snapshotSets.ts';
import { claim, inventory, MIDDLE, NEW, OLD, set, snapshot, timeOf, without } from '../support/builders.ts';

function setsOf(...snapshots: readonly Snapshot[]): SnapshotSet[] {
  return snapshotSetsOf(inventory({ snapshots }), claim());
}

const newestOf = (...snapshots: readonly Snapshot[]) => setsOf(...snapshots).at(-1);
const sized = (name: string, setSize: number): Snapshot =>
  snapshot(name, NEW, { labels: { ...snapshot(name).labels, setSize } });

describe('a snapshot set', () => {
  it.each(['failed', 'unknown'] as const)('with a snapshot that is %s cannot be used', (status) => {
    expect(newestOf(snapshot('boot'), snapshot('data', NEW, { status, statusText: 'ODD' }))?.flaws).toEqual([
      'the snapshot of data is unusable (ODD)',
    ]);
  });

  it('is not whole while a snapshot of it is being made', () => {
    const pending = { status: 'changing', statusText: 'PENDING' } as const;
    expect(newestOf(snapshot('boot'), snapshot('data', NEW, pending))?.flaws).toEqual([
      'the snapshot of data is not finished (PENDING)',
    ]);
  });

  it('counts a snapshot that does not say of which disk it is for no disk', () => {
    const nameless = { ...snapshot('more'), labels: without(snapshot('more').labels, 'disk') };
    const found = newestOf(...set(), nameless);
    expect([...(found?.byDisk.keys() ?? [])]).toEqual(['boot', 'data']);
    expect(found?.flaws).toEqual(['it holds two snapshots of one disk']);
  });

  it('is of as many disks as the largest number that one of its snapshots says', () => {
    expect(newestOf(sized('boot', 3), sized('data', 2))?.flaws).toEqual([
      'it holds 2 of 3 disks',
      'its snapshots disagree about how many they are',
    ]);
  });

  it('knows which of its disks boots, in whatever order the provider lists them', () => {
    expect(newestOf(snapshot('data'), snapshot('boot'))?.boot).toBe('boot');
  });
});

describe('two snapshots of one disk in one set', () => {
  const early = snapshot('data', NEW, { id: 'snapshot-early' });
  const late = snapshot('data', NEW, { id: 'snapshot-late', takenAtMs: early.takenAtMs + 1000 });
  const standsOf = (...twins: readonly Snapshot[]) => {
    const found = newestOf(snapshot('boot'), ...twins);
    return [found?.byDisk.get('data')?.id, found?.flaws];
  };

  it('are as good as the later one, where both are of the same disk and whole', () => {
    expect(standsOf(early, late)).toEqual(['snapshot-late', []]);
    expect(standsOf(late, early)).toEqual(['snapshot-late', []]);
  });

  it('are told apart by their ids where both are of the same moment, in whatever order they are listed', () => {
    const other = { ...early, id: 'snapshot-other' };
    expect(standsOf(early, other)).toEqual(['snapshot-early', []]);
    expect(standsOf(other, early)).toEqual(['snapshot-early', []]);
  });

  it.each<[string, Partial<Snapshot>]>([
    ['one is of another disk', { sourceDiskId: 'disk-other' }],
    ['nothing tells what one is of', { sourceDiskId: undefined as never }],
    ['one is of another size', { sizeBytes: late.sizeBytes + 1 }],
    ['one has failed', { status: 'failed' }],
    ['one is a copy', { kind: 'copied' }],
    ['one was taken while its VM ran', { labels: { ...late.labels, clean: false } }],
  ])('make the set unusable where %s', (_, odd) => {
    expect(standsOf(early, { ...late, ...odd })[1]).toContain('it holds two snapshots of one disk');
    expect(standsOf({ ...early, ...odd }, late)[1]).toContain('it holds two snapshots of one disk');
  });

  it('make the set unusable where nothing tells what they are of', () => {
    const unknown = (of: Snapshot) => ({ ...of, sourceDiskId: undefined as never });
    expect(standsOf(unknown(early), unknown(late))[1]).toContain('it holds two snapshots of one disk');
  });
});

describe('sets are in disorder', () => {
  const takenAt = (name: string, timestamp: string, takenAtMs: number) =>
    snapshot(name, timestamp, { takenAtMs });
  const late = timeOf(NEW) + 60_000;

  it.each<[string, Snapshot[], string | undefined]>([
    ['not where there are none', [], undefined],
    [
      'not where the disks of one were taken one after the other',
      [snapshot('boot'), takenAt('data', NEW, late)],
      undefined,
    ],
    [
      'where any of the older ones was taken later',
      [...set(OLD), ...set(MIDDLE, { takenAtMs: late }), ...set(NEW)],
      MIDDLE,
    ],
    [
      'where the last of an older one was taken after the first of the newest',
      [
        snapshot('boot', OLD),
        takenAt('data', OLD, timeOf(NEW) + 1),
        snapshot('boot'),
        takenAt('data', NEW, late),
      ],
      OLD,
    ],
    [
      'not where the names agree with the provider, however many there are',
      [...set(OLD), ...set(MIDDLE), ...set(NEW)],
      undefined,
    ],
  ])('%s', (_, snapshots, later) => {
    expect(disorderOf(setsOf(...snapshots))).toBe(
      later && `by its name set ${NEW} is the newest, by the provider's clock set ${later} is`,
    );
  });
});
