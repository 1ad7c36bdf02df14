import { visibleWidth } from './paint.ts';

export interface Column {
  readonly title: string;
  /** It is never made narrower than that to fit the terminal; the title's length if it is not given. */
  readonly least?: number;
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

/** How wide a terminal has to be for a table of these columns. */
export function leastWidth(columns: readonly Column[]): number {
  const widths = columns.map(({ title, least }) => least ?? title.length);
  return widths.reduce((sum, width) => sum + width, 0) + GAP * (columns.length - 1);
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
  const natural = columns.map(({ title }, index) =>
    Math.max(title.length, ...rows.map((row) => visibleWidth(row[index]?.text ?? ''))),
  );
  const widths = fittingWidths(
    natural,
    columns.map(({ title, least }) => least ?? title.length),
    room,
  );
  const put = (cells: readonly Cell[]): string[] => {
    const wrapped = widths.map((width, index) => wrap(cells[index]?.text ?? '', width));
    const height = Math.max(...wrapped.map((lines) => lines.length));
    return Array.from({ length: height }, (_, at) =>
      widths
        .map((width, index) => {
          const text = wrapped[index]?.[at] ?? '';
          const blanks = ' '.repeat(Math.max(0, width - visibleWidth(text)));
          const painted = text === '' ? text : (cells[index]?.paint?.(text) ?? text);
          return columns[index]?.right === true ? blanks + painted : painted + blanks;
        })
        .join(' '.repeat(GAP))
        .trimEnd(),
    );
  };
  const titles = columns.map(({ title }) => ({ text: title, paint: paintTitle }));
  return [...put(titles), ...rows.flatMap(put)];
}
