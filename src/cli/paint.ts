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
