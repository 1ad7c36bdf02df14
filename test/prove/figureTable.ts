import type { Result } from './progress.ts';
import type { Row } from './row.ts';

export interface Known {
  readonly results: readonly Result[];
  /** Of how many units each line is, by its number, so that one that is not whole says so. */
  readonly unitCounts: ReadonlyMap<string, number>;
  /** Of the code that each line plays, by its number. */
  readonly digests: ReadonlyMap<string, string>;
}

function duration(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  return seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}

/** How every line begins, whatever was played. */
export function lineStart({ number, figure, target }: Pick<Row, 'number' | 'figure' | 'target'>): string {
  return `| ${number} | ${figure} | ${target} |`;
}

function figureLine(row: Row, { results, unitCounts, digests }: Known): string {
  const own = results.filter((result) => result.row === row.number);
  const cases = own.reduce((sum, result) => sum + result.cases, 0);
  const elapsedMs = own.reduce((sum, result) => sum + result.elapsedMs, 0);
  const violated = own.reduce((sum, { violations }) => sum + violations.length, 0);
  const all = unitCounts.get(row.number) ?? 0;
  const count = cases.toLocaleString('en');
  const played = own.length === all ? count : `${count} (${own.length} of ${all} parts)`;
  const code = digests.get(row.number)?.slice(0, 7) ?? '';
  return `${lineStart(row)} ${played} | ${duration(elapsedMs)} | ${violated} | ${code} |`;
}

/**
 * The figures as a table in Markdown. `earlier`: the lines of a table of before; a line that was whole there stays as it was
 * played then, of the code that it names, until it has been played whole again.
 */
export function figureTable(rows: readonly Row[], known: Known, earlier: readonly string[] = []): string[] {
  const lines = rows.map((row) => {
    const line = figureLine(row, known);
    const kept = earlier.find((before) => before.startsWith(lineStart(row)) && !before.includes(' parts) |'));
    return kept !== undefined && line.includes(' parts) |') ? kept : line;
  });
  return [
    '| # | figure | target | played | time | violated | code |',
    '|---|---|---|---|---|---|---|',
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
