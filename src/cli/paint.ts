import { printable } from '../core/printable.ts';

export type Colour = 'red' | 'green' | 'yellow' | 'blue' | 'magenta' | 'cyan' | 'bold' | 'dim';

/** Colours a text, or leaves it as it is. */
export type Paint = (colour: Colour, text: string) => string;

const CODES: Readonly<Record<Colour, readonly [on: number, off: number]>> = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  blue: [34, 39],
  magenta: [35, 39],
  cyan: [36, 39],
};

const OURS = /(\u001b\[(?:1|2|22|3[1-6]|39)m)/;

export const plainPaint: Paint = (_colour, text) => text;

export const colourPaint: Paint = (colour, text) => {
  const [on, off] = CODES[colour];
  return `\u001b[${on}m${text}\u001b[${off}m`;
};

/** FORCE_COLOR before NO_COLOR, as the runtime itself has it; else whether a person looks at it. */
export function wantsColour(
  env: Readonly<Record<string, string | undefined>>,
  isTerminal: boolean | undefined,
): boolean {
  const force = env['FORCE_COLOR'];
  if (force !== undefined) return force !== '0' && force !== 'false';
  if ((env['NO_COLOR'] ?? '') !== '') return false;
  return isTerminal === true && env['TERM'] !== 'dumb';
}

/** The last gate before a terminal: line ends and our own colours pass, all else that could steer it is written out. */
export function harmless(text: string, coloured: boolean): string {
  return text
    .split('\n')
    .map((line) => {
      if (!coloured) return printable(line);
      return line
        .split(OURS)
        .map((part, index) => (index % 2 === 1 ? part : printable(part)))
        .join('');
    })
    .join('\n');
}

/** How many columns a text takes. */
export function visibleWidth(text: string): number {
  return [...text.replaceAll(new RegExp(OURS, 'g'), '')].length;
}

/** Behind a list's number, an arrow or the first column of two: what follows is indented as far. */
const HANGING = /^ *(?:(?:→|✔|✖|\d+) +|\S+(?: \S+)* {2,}(?=\S))/u;

function hangOf(line: string, width: number): number {
  const plain = line.replaceAll(new RegExp(OURS, 'g'), '');
  const blanks = /^ */.exec(plain)?.[0].length ?? 0;
  const [found] = HANGING.exec(plain.slice(0, width)) ?? [];
  const hang = found === undefined ? blanks + 2 : visibleWidth(found);
  return Math.min(hang <= width / 2 ? hang : blanks + 2, Math.floor(width / 2));
}

/** A line broken at blanks to fit a terminal, the rest of it indented; a word that is longer than that stays whole. */
export function folded(line: string, width: number | undefined, hang?: number): string[] {
  if (width === undefined || visibleWidth(line) <= width) return [line];
  const indentation = ' '.repeat(hang ?? hangOf(line, width));
  const lines: string[] = [];
  let current = /^ */.exec(line)?.[0] ?? '';
  let pending = '';
  let empty = true;
  for (const part of line.slice(current.length).split(/( +)/)) {
    if (part.startsWith(' ')) {
      pending = part;
      continue;
    }
    if (empty || visibleWidth(current + pending + part) <= width) current += (empty ? '' : pending) + part;
    else {
      lines.push(current);
      current = indentation + part;
    }
    empty = false;
    pending = '';
  }
  return [...lines, current + pending];
}
