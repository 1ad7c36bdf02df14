import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { referenceText, writtenReference } from '../scripts/reference.ts';
import { writtenFigures } from './prove/figureTable.ts';
import { rows } from './prove/rows.ts';
import { exitCodeOf } from '../src/core/errors.ts';

const root = join(import.meta.dirname, '..');
const readme = readFileSync(join(root, 'README.md'), 'utf8');

it('has the command reference of the program, made by npm run reference', () => {
  expect(writtenReference(readme)).toBe(referenceText());
});

it('names the exit codes that the program gives', () => {
  const [, codesOnwards = ''] = readme.split('## Exit codes');
  const [table = ''] = codesOnwards.split('## Commands');
  const rows = [...table.matchAll(/^\| (\d+) \| .*?\|$/gm)].map(([, code]) => Number(code));
  const codes = [
    'usage',
    'failed',
    'permission',
    'quota',
    'busy',
    'refused',
    'timeout',
    'interrupted',
  ] as const;
  expect(new Set(rows)).toEqual(new Set([0, 1, ...codes.map(exitCodeOf)]));
});

it('has a line for every figure that is proven, in its present words', () => {
  const written = writtenFigures(readme);
  for (const { number, figure, target } of rows)
    expect(written).toContain(`| ${number} | ${figure} | ${target} |`);
  expect(written.split('\n').filter((line) => /^\| \d/.test(line))).toHaveLength(rows.length);
});

it('shows the example file as it is', () => {
  const example = readFileSync(join(root, 'examples', 'local.yaml'), 'utf8');
  const lines = example.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#'));
  for (const line of lines) expect(readme).toContain(line);
});

it('calls only scripts that exist', () => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  for (const text of [readme, readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8')]) {
    const named = [...text.matchAll(/npm run ([\w:-]+)/g)].map(([, name = '']) => name);
    expect(named.filter((name) => scripts[name] === undefined)).toEqual([]);
  }
});
