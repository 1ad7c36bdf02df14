import { describe, expect, it } from 'vitest';
import {
  classicScheme,
  type DiskIdentity,
  hashLength,
  nextSet,
  settingsDigest,
} from '../../src/core/names.ts';
import type { Workstation } from '../../src/core/workstation.ts';
import { claim } from '../support/builders.ts';

const file = claim().workstation;

const scheme = classicScheme;
const boot: DiskIdentity = { workstation: 'test', disk: 'boot' };
const data: DiskIdentity = { workstation: 'test', disk: 'data' };
const SET = '20260301120000';

/** A pair whose names, joined, have that many characters. */
function pairOf(length: number): DiskIdentity {
  return { workstation: 'w'.repeat(length - 2), disk: 'd' };
}

describe('names', () => {
  it.each([
    [boot, 'test-boot-4474c5969e0202f87ccf9e5481a3f43c'],
    [data, 'test-data-050b9eefb29e27ad47052046b2227955'],
  ])('%o', (identity, name) => {
    expect(scheme.diskName(identity, 63)).toBe(name);
    expect(scheme.snapshotName({ ...identity, set: SET }, 63)).toBe(`ss-${name}-${SET}`);
    expect(scheme.parseDisk(name, [boot, data])).toEqual(identity);
    expect(scheme.parseSnapshot(`ss-${name}-${SET}`, [boot, data])).toEqual({ ...identity, set: SET });
  });

  it('cut the hash to what fits, the same for a disk and its snapshots', () => {
    const table: [number, number | undefined][] = [
      [9, 32],
      [12, 32],
      [13, 31],
      [35, 9],
      [36, 8],
      [37, undefined],
    ];
    for (const [length, digits] of table) expect(hashLength(pairOf(length), 63), `${length}`).toBe(digits);
    const tight = pairOf(36);
    const name = scheme.diskName(tight, 63);
    const kept = scheme.snapshotName({ ...tight, set: SET }, 63);
    expect(name).toMatch(/-[0-9a-f]{8}$/);
    expect(kept).toBe(`ss-${name}-${SET}`);
    expect(kept.length).toBe(63);
    expect(scheme.parseDisk(name, [tight])).toEqual(tight);
    expect(scheme.parseSnapshot(kept, [tight])).toEqual({ ...tight, set: SET });
  });

  it('are refused where not even 8 digits fit', () => {
    expect(() => scheme.diskName(pairOf(37), 63)).toThrow(RangeError);
    expect(() => scheme.snapshotName({ ...pairOf(37), set: SET }, 63)).toThrow(RangeError);
  });

  it('are as long as the provider takes', () => {
    expect(scheme.snapshotName({ ...boot, set: SET }, 100)).toBe(
      scheme.snapshotName({ ...boot, set: SET }, 63),
    );
    expect(scheme.snapshotName({ ...boot, set: SET }, 40).length).toBe(40);
  });
});

describe('parsing', () => {
  const name = scheme.diskName(boot, 63);
  const [left, right] = [
    { workstation: 'a-b', disk: 'c' },
    { workstation: 'a', disk: 'b-c' },
  ] as const;

  it('never splits at dashes: it recomputes from the names that it is given', () => {
    const shared = scheme.diskName(left, 63);
    // Two pairs that join to one name have one hash: the file is refused that has both.
    expect(scheme.diskName(right, 63)).toBe(shared);
    expect(scheme.parseDisk(shared, [left])).toEqual(left);
    expect(scheme.parseDisk(shared, [right])).toEqual(right);
    expect(scheme.parseDisk(shared, [{ workstation: 'a', disk: 'b' }])).toBeUndefined();
    expect(scheme.parseDisk(shared, [])).toBeUndefined();
  });

  it.each([
    ['7 digits', name.slice(0, -25)],
    ['no digits', 'test-boot-'],
    ['a digit too many', `${name}0`],
    ['another hash', 'test-boot-050b9eefb29e27ad47052046b2227955'],
    ['capitals', name.toUpperCase()],
    ['something before', `my-${name}`],
    ['something after', `${name}-copy`],
    ['the scheme that came later', 'test-boot-b1821a'],
    ['a snapshot', `ss-${name}-${SET}`],
  ])('takes no disk name with %s', (_, wrong) => {
    expect(scheme.parseDisk(wrong, [boot, data])).toBeUndefined();
  });

  it('takes any cut of 8 digits or more', () => {
    for (let cut = 0; cut <= 24; cut += 1) {
      expect(scheme.parseDisk(name.slice(0, name.length - cut), [boot]), `${32 - cut}`).toEqual(boot);
    }
  });

  it.each([
    ['no set', `ss-${name}`],
    ['no prefix', `${name}-${SET}`],
    ['thirteen digits', `ss-${name}-2026030112000`],
    ['fifteen digits', `ss-${name}-202603011200000`],
    ['a thirteenth month', `ss-${name}-20261301120000`],
    ['a thirtieth of February', `ss-${name}-20260230120000`],
    ['a twenty-fifth hour', `ss-${name}-20260301250000`],
    ['a sixtieth second', `ss-${name}-20260301120060`],
    ['a foreign tail', `ss-${name}-copy-${SET}`],
    ['another disk', `ss-test-more-4474c5969e0202f87ccf9e5481a3f43c-${SET}`],
    ['the scheme that came later', 'test-boot-b1821a-1772366400'],
  ])('takes no snapshot name with %s', (_, wrong) => {
    expect(scheme.parseSnapshot(wrong, [boot, data])).toBeUndefined();
  });
});

describe('timestamps', () => {
  it('are in UTC and sort by time', () => {
    const times = [
      0,
      999,
      1000,
      Date.UTC(2026, 2, 1, 12),
      Date.UTC(2026, 10, 1, 1, 2, 3),
      Date.UTC(2099, 0, 1),
    ];
    const stamps = times.map((time) => scheme.timestamp(time));
    expect(stamps[3]).toBe(SET);
    expect([...stamps].sort()).toEqual(stamps);
    expect(stamps.map((stamp) => scheme.timeOf(stamp))).toEqual(times.map((time) => time - (time % 1000)));
  });

  it.each([
    '',
    '2026',
    '20260230000000',
    '20261301000000',
    '2026030112000x',
    ' 20260301120000',
    '20260301240000',
  ])('%o is none', (wrong) => {
    expect(scheme.timeOf(wrong)).toBeUndefined();
  });

  it.each<[string, number, string[], string | undefined]>([
    ['now', Date.UTC(2026, 2, 1, 12), [], SET],
    ['now, after older sets', Date.UTC(2026, 2, 1, 12), ['20250301120000', '20260101000000'], SET],
    ['the next second, within the same one', Date.UTC(2026, 2, 1, 12, 0, 0, 900), [SET], '20260301120001'],
    [
      'later than the newest, though the clock is behind',
      Date.UTC(2020, 0, 1),
      ['20260301120000', '20250101000000'],
      '20260301120001',
    ],
    ['over the end of a year', Date.UTC(2020, 0, 1), ['20261231235959'], '20270101000000'],
    ['now, past what is no timestamp', Date.UTC(2026, 2, 1, 12), ['99999999999999'], SET],
    ['none, after the last second that a name can tell', Date.UTC(2026, 2, 1), ['99991231235959'], undefined],
  ])('of a new set: %s', (_, nowMs, existing, expected) => {
    expect(nextSet(scheme, nowMs, existing)).toBe(expected);
  });
});

it('settings are told apart by what they say, not by the order in which they say it', () => {
  const digest = (settings: Workstation['settings']) =>
    settingsDigest({ ...file, ...(settings === undefined ? {} : { settings }) });
  expect(digest(undefined)).toBeUndefined();
  expect(digest({ network: 'inner', spot: true })).toMatch(/^[0-9a-f]{8}$/);
  expect(digest({ spot: true, network: 'inner' })).toBe(digest({ network: 'inner', spot: true }));
  expect(digest({ a: { b: 1, c: 2 } })).toBe(digest({ a: { c: 2, b: 1 } }));
  expect(digest({ a: [1, 2] })).not.toBe(digest({ a: [2, 1] }));
  expect(digest({ network: 'outer' })).not.toBe(digest({ network: 'inner' }));
});
