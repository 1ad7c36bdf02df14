import { visibleWidth } from './paint.ts';

export interface Column {
  readonly title: string;
  /** It is never made narrower than that to fit the terminal; the title's length if it is not given. */
  readonly least?: number;
  /** What has to be read in full: it is never folded or cut, however narrow the terminal. */
  readonly whole?: boolean;
  /** In which turn the column is left out where all of them do not fit; always shown where it is not given. */
  readonly leaves?: number;
  readonly right?: boolean;
}

/** A cell's text, and how to paint it once it has been laid out. */
export interface Cell {
  readonly text: string;
  readonly paint?: (text: string) => string;
}

const GAP = 2;

/** The widths that fit: the widest column gives way first, none below its least. */
function fittingWidths(
  natural: readonly number[],
  least: readonly number[],
  room: number | undefined,
): number[] {
  const widths = [...natural];
  if (room === undefined) return widths;
  const over = () => widths.reduce((sum, width) => sum + width, 0) + GAP * (widths.length - 1) - room;
  while (over() > 0) {
    let widest = -1;
    for (const [index, width] of widths.entries()) {
      const gives = width > (least[index] ?? 0);
      if (gives && (widest === -1 || width > (widths[widest] ?? 0))) widest = index;
    }
    if (widest === -1) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  return widths;
}

interface Measured {
  readonly column: Column;
  /** Its place in the cells of a row. */
  readonly at: number;
  readonly natural: number;
  readonly least: number;
}

function measured(columns: readonly Column[], rows: readonly (readonly Cell[])[]): Measured[] {
  return columns.map((column, at) => {
    const { title, least, whole } = column;
    const natural = Math.max(title.length, ...rows.map((row) => visibleWidth(row[at]?.text ?? '')));
    return { column, at, natural, least: whole === true ? natural : (least ?? title.length) };
  });
}

/** The columns that a terminal has room for: those leave first whose turn comes first. */
function thatFit(columns: readonly Measured[], room: number | undefined): readonly Measured[] {
  let left = columns;
  const dispensable = columns.filter(({ column }) => column.leaves !== undefined);
  dispensable.sort((one, other) => (one.column.leaves ?? 0) - (other.column.leaves ?? 0));
  for (const next of dispensable) {
    const needed = left.reduce(
      (sum, { natural, least }) => sum + Math.min(natural, least),
      GAP * (left.length - 1),
    );
    if (room === undefined || needed <= room) break;
    left = left.filter((column) => column !== next);
  }
  return left;
}

function cut(text: string, width: number): string {
  const characters = [...text];
  return characters.length <= width ? text : `${characters.slice(0, Math.max(0, width - 1)).join('')}…`;
}

/** A text in lines of at most that width, broken at blanks; a longer word is cut. */
export function wrap(text: string, width: number): string[] {
  if (visibleWidth(text) <= width) return [text];
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (visibleWidth(longer) <= width) line = longer;
    else {
      if (line !== '') lines.push(line);
      line = cut(word, width);
    }
  }
  if (line !== '') lines.push(line);
  return lines;
}

/** A table in lines. `room` is how wide the terminal is; undefined where nothing has to fit. */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  room: number | undefined,
  paintTitle: (text: string) => string,
): string[] {
  const used = thatFit(measured(columns, rows), room);
  const widths = fittingWidths(
    used.map(({ natural }) => natural),
    used.map(({ least }) => least),
    room,
  );
  const put = (cells: readonly Cell[]): string[] => {
    const laid = used.map(({ at, column }, index) => {
      const width = widths[index] ?? 0;
      const cell = cells[at] ?? { text: '' };
      return { column, cell, width, lines: wrap(cell.text, width) };
    });
    const height = Math.max(...laid.map(({ lines }) => lines.length));
    return Array.from({ length: height }, (_, at) =>
      laid
        .map(({ column, cell, width, lines }) => {
          const text = lines[at] ?? '';
          const blanks = ' '.repeat(Math.max(0, width - visibleWidth(text)));
          const painted = text === '' ? text : (cell.paint?.(text) ?? text);
          return column.right === true ? blanks + painted : painted + blanks;
        })
        .join(' '.repeat(GAP))
        .trimEnd(),
    );
  };
  const titles = columns.map(({ title }) => ({ text: title, paint: paintTitle }));
  return [...put(titles), ...rows.flatMap(put)];
}
