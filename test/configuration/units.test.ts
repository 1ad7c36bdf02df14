import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatAge, formatBytes, formatDuration, formatExactBytes, parseSize } from '../../src/core/units.ts';

const bytes = fc.oneof(fc.maxSafeNat(), fc.nat({ max: 4096 })).map((value) => Math.min(value, 7 * 1024 ** 5));

function read(text: string): number {
  const size = parseSize(text);
  if ('problem' in size) throw new Error(`${text}: ${size.problem}`);
  return size.bytes;
}

describe('sizes', () => {
  it.each([
    ['10GB', 10 * 1024 ** 3],
    ['10 GB', 10 * 1024 ** 3],
    ['10G', 10 * 1024 ** 3],
    ['10gib', 10 * 1024 ** 3],
    ['1.5GiB', 1.5 * 1024 ** 3],
    ['512MB', 512 * 1024 ** 2],
    ['1TB', 1024 ** 4],
    ['0B', 0],
    ['7b', 7],
  ])('%s', (text, expected) => expect(parseSize(text)).toEqual({ bytes: expected }));

  it.each([
    ['10', 'no-unit'],
    ['10XB', 'unknown-unit'],
    ['10EB', 'unknown-unit'],
    ['1,5GB', 'comma'],
    ['-1GB', 'negative'],
    ['', 'not-a-size'],
    ['GB', 'not-a-size'],
    ['1e3GB', 'not-a-size'],
    ['+1GB', 'not-a-size'],
    ['1..5GB', 'not-a-size'],
    ['1GB\u2028', 'not-a-size'],
    ['\ufeff1GB', 'not-a-size'],
    ['1GB\n', 'not-a-size'],
    [`${'9'.repeat(1000)}GB`, 'not-a-size'],
    ['0.5B', 'not-whole'],
    ['9000PB', 'too-large'],
  ])('%s is none', (text, problem) => expect(parseSize(text)).toEqual({ problem }));

  it('are read as they were printed', () => {
    fc.assert(
      fc.property(bytes, (value) => {
        expect(read(formatExactBytes(value))).toBe(value);
      }),
    );
  });

  it('are printed for people without being far off', () => {
    fc.assert(
      fc.property(bytes, (value) => {
        expect(Math.abs(read(formatBytes(value)) - value)).toBeLessThanOrEqual(value * 0.005);
        expect(formatBytes(value)).toMatch(/^\d{1,4}(\.\d{1,2})?(B|KB|MB|GB|TB|PB)$/);
      }),
    );
  });

  it.each([
    [0, '0B'],
    [1023, '1023B'],
    [1024, '1KB'],
    [10 * 1024 ** 3, '10GB'],
    [1.5 * 1024 ** 3, '1.5GB'],
    [1024 ** 3 - 1, '1GB'],
    [-2048, '-2KB'],
  ])('%d prints as %s', (value, text) => expect(formatBytes(value)).toBe(text));
});

describe('times', () => {
  it.each([
    [0, '0s'],
    [-5, '0s'],
    [999, '0s'],
    [12_000, '12s'],
    [90_000, '1m 30s'],
    [3_600_000, '1h'],
    [3_605_000, '1h'],
    [(3 * 24 + 4) * 3_600_000 + 59_000, '3d 4h'],
  ])('%d milliseconds last %s', (span, text) => expect(formatDuration(span)).toBe(text));

  it.each([
    [-60_000, 'just now'],
    [-61_000, 'in the future'],
    [59_000, 'just now'],
    [5 * 60_000, '5m ago'],
    [3 * 3_600_000, '3h ago'],
    [12 * 86_400_000, '12d ago'],
    [800 * 86_400_000, '2y ago'],
  ])('%d milliseconds are %s', (age, text) => expect(formatAge(1e12 - age, 1e12)).toBe(text));
});
