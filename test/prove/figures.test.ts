import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { digestOfCode, filesOf } from './codeOf.ts';
import { figureTable, type Known, withFigures, writtenFigures } from './figureTable.ts';
import { openProgress, type Result } from './progress.ts';
import { guardsRemoved } from './guardsRemoved.ts';
import type { Row, Scale } from './row.ts';
import { rows } from './rows.ts';

const scale = { seed: 1, share: 1 };
const row: Row = {
  number: '1',
  figure: 'every way',
  target: '0 lost',
  code: ['played.ts'],
  units: () => [{ name: 'north' }, { name: 'south' }],
  play: async () => ({ cases: 0, violations: [] }),
};
const result = (unit: string, changes: Partial<Result> = {}): Result => ({
  row: '1',
  unit,
  cases: 1500,
  elapsedMs: 61_000,
  violations: [],
  ...changes,
});

const knownOf = (results: readonly Result[]): Known => ({
  results,
  unitCounts: new Map([['1', 2]]),
  digests: new Map([['1', '0123456789ab']]),
});

it('the table says what was played, how long, and what was violated', () => {
  const violations = [{ sentence: 'it is gone', story: [] }];
  const line = (results: readonly Result[]) => figureTable([row], knownOf(results)).at(-1);
  expect(line([result('north'), result('south', { violations })])).toBe(
    '| 1 | every way | 0 lost | 3,000 | 2 min | 1 | 0123456 |',
  );
  expect(line([result('north')])).toBe(
    '| 1 | every way | 0 lost | 1,500 (1 of 2 parts) | 61 s | 0 | 0123456 |',
  );
  expect(line([])).toBe('| 1 | every way | 0 lost | 0 (0 of 2 parts) | 0 s | 0 | 0123456 |');
});

it('a line that was whole stays as it was played then until it is whole again', () => {
  const whole = '| 1 | every way | 0 lost | 7 | 1 s | 0 | fedcba9 |';
  const line = (results: readonly Result[], earlier: string) =>
    figureTable([row], knownOf(results), ['| # |', earlier]).at(-1);
  expect(line([result('north')], whole)).toBe(whole);
  expect(line([result('north'), result('south')], whole)).toContain(' 3,000 | 2 min | 0 | 0123456 |');
  expect(line([], whole.replace('every way', 'other words'))).toContain('0 (0 of 2 parts)');
  expect(line([], whole.replace(' 7 ', ' 7 (1 of 2 parts) '))).toContain('0 (0 of 2 parts)');
});

it('the table takes the place of the one that is there', () => {
  const readme = withFigures(
    '# chews\n<!-- figures: made by npm run prove -- --readme -->\nold\n<!-- end of figures -->\nmore',
    'new',
  );
  expect(writtenFigures(readme)).toBe('new');
  expect(readme.startsWith('# chews\n')).toBe(true);
  expect(readme.endsWith('\nmore')).toBe(true);
});

it('what was played is remembered of exactly the same code, seed and share, and a torn line is not', async () => {
  const root = mkdtempSync(join(tmpdir(), 'chews-figures-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const known = async (changes: Partial<Scale> = {}) =>
    (await openProgress(root, [row], { ...scale, ...changes })).results;
  mkdirSync(join(root, 'providers/gcp'), { recursive: true });
  writeFileSync(join(root, 'played.ts'), `import './reached.ts'; import './providers/gcp/gcp.ts';`);
  writeFileSync(join(root, 'reached.ts'), 'export const a = 1;');
  writeFileSync(join(root, 'providers/gcp/gcp.ts'), 'export const b = 1;');
  writeFileSync(join(root, 'other.ts'), 'export const c = 1;');
  const first = await openProgress(root, [row], scale);
  first.add(result('north'));
  appendFileSync(first.file, '{"row":"1","unit":"sou');
  expect(await known()).toEqual([result('north')]);
  first.add(result('south'));
  expect(await known()).toEqual([result('north'), result('south')]);
  expect(await known({ seed: 2 })).toEqual([]);
  expect(await known({ share: 0.5 })).toEqual([]);
  writeFileSync(join(root, 'other.ts'), 'export const c = 2;');
  writeFileSync(join(root, 'providers/gcp/gcp.ts'), 'export const b = 2;');
  expect(await known()).toHaveLength(2);
  expect(await digestOfCode(root, { ...row, adapter: 'gcp' })).not.toBe(await digestOfCode(root, row));
  writeFileSync(join(root, 'reached.ts'), 'export const a = 2;');
  expect(await known()).toEqual([]);
});

it('every line has a number and units of its own, and a guard for which there is no case is a violation', async () => {
  expect(new Set(rows.map(({ number }) => number)).size).toBe(rows.length);
  for (const line of rows) {
    const names = line.units({ seed: 1, share: 0.01 }).map(({ name }) => name);
    expect(names.length).toBeGreaterThan(0);
    expect(new Set(names).size).toBe(names.length);
  }
  expect((await guardsRemoved.play({ name: 'nothing' })).violations).toHaveLength(1);
});

it(
  'what a line plays is all that decides and acts, and the adapter that it is played through',
  { timeout: 120_000 },
  async () => {
    const root = join(import.meta.dirname, '../..');
    const withoutRuns = ['8a', '9'];
    for (const line of rows) {
      const files = await filesOf(root, line);
      expect(files).toEqual(expect.arrayContaining([...line.code]));
      expect(files.includes('src/engine/runLane.ts'), line.number).toBe(!withoutRuns.includes(line.number));
      expect(files.some((path) => path.startsWith('providers/gcp/'))).toBe(line.adapter === 'gcp');
      expect(files.some((path) => path.startsWith('providers/aws/'))).toBe(line.adapter === 'aws');
    }
  },
);
