import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { figureTable, withFigures, writtenFigures } from './figureTable.ts';
import { openProgress, type Result } from './progress.ts';
import { guardsRemoved } from './guardsRemoved.ts';
import type { Row } from './row.ts';
import { rows } from './rows.ts';

const scale = { seed: 1, share: 1 };
const row: Row = {
  number: '1',
  figure: 'every way',
  target: '0 lost',
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

it('the table says what was played, how long, and what was violated', () => {
  const counts = new Map([['1', 2]]);
  const violations = [{ sentence: 'it is gone', story: [] }];
  const line = (results: readonly Result[]) => figureTable([row], results, counts).at(-1);
  expect(line([result('north'), result('south', { violations })])).toBe(
    '| 1 | every way | 0 lost | 3,000 | 2 min | 1 |',
  );
  expect(line([result('north')])).toBe('| 1 | every way | 0 lost | 1,500 (1 of 2 parts) | 61 s | 0 |');
  expect(line([])).toBe('| 1 | every way | 0 lost | 0 (0 of 2 parts) | 0 s | 0 |');
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

it('what was played is remembered of exactly the same code, seed and share, and a torn line is not', () => {
  const root = mkdtempSync(join(tmpdir(), 'chews-figures-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  mkdirSync(join(root, 'src'));
  writeFileSync(join(root, 'src/a.ts'), 'export const a = 1;');
  const first = openProgress(root, scale);
  first.add(result('north'));
  appendFileSync(first.file, '{"row":"1","unit":"sou');
  expect(openProgress(root, scale).results).toEqual([result('north')]);
  expect(openProgress(root, { ...scale, seed: 2 }).results).toEqual([]);
  expect(openProgress(root, { ...scale, share: 0.5 }).results).toEqual([]);
  writeFileSync(join(root, 'src/a.ts'), 'export const a = 2;');
  expect(openProgress(root, scale).results).toEqual([]);
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
