import type { Result } from './progress.ts';
import type { Row } from './row.ts';

function duration(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  return seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}

/** The figures as a table in Markdown. `unitCounts`: of how many units each row is, so that one that is not whole says so. */
export function figureTable(
  rows: readonly Row[],
  results: readonly Result[],
  unitCounts: ReadonlyMap<string, number>,
): string[] {
  const lines = rows.map(({ number, figure, target }) => {
    const own = results.filter(({ row }) => row === number);
    const cases = own.reduce((sum, result) => sum + result.cases, 0);
    const elapsedMs = own.reduce((sum, result) => sum + result.elapsedMs, 0);
    const violated = own.reduce((sum, { violations }) => sum + violations.length, 0);
    const all = unitCounts.get(number) ?? 0;
    const played =
      own.length === all
        ? cases.toLocaleString('en')
        : `${cases.toLocaleString('en')} (${own.length} of ${all} parts)`;
    return `| ${number} | ${figure} | ${target} | ${played} | ${duration(elapsedMs)} | ${violated} |`;
  });
  return [
    '| # | figure | target | played | time of one core | violated |',
    '|---|---|---|---|---|---|',
    ...lines,
  ];
}

const BEGIN = '<!-- figures: made by npm run prove -- --readme -->';
const END = '<!-- end of figures -->';

/** The table as it stands in the README. */
export function writtenFigures(readme: string): string {
  const begin = readme.indexOf(BEGIN);
  const end = readme.indexOf(END);
  if (begin === -1 || end === -1) throw new Error('the README has no place for the figures');
  return readme.slice(begin + BEGIN.length, end).trim();
}

export function withFigures(readme: string, text: string): string {
  const before = readme.slice(0, readme.indexOf(BEGIN) + BEGIN.length);
  return `${before}\n\n${text}\n\n${readme.slice(readme.indexOf(END))}`;
}
