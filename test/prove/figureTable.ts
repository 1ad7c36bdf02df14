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
  unitCounts: ReadonlyMap<number, number>,
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
