/** Where in a text something is: both count from 1, columns in the units of JavaScript strings, as editors do. */
export interface TextPosition {
  readonly line: number;
  readonly column: number;
}

/** A mistake at a place of a text. */
export interface TextMistake {
  readonly offset: number;
  readonly sentence: string;
}

/** Finds the position of an offset; the text is searched for line ends once. */
export function textPositions(text: string): (offset: number) => TextPosition {
  const starts = [0];
  for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', end + 1)) starts.push(end + 1);
  return (offset) => {
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
  };
}

/** A file may be one line of megabytes: what is shown of a line, and looked at, is the neighbourhood of the offset. */
const NEIGHBOURHOOD = 2_000;

/** The line that holds an offset (of very long ones, the part around it), and where that starts. */
export function lineAt(text: string, offset: number): { readonly start: number; readonly line: string } {
  const from = Math.max(0, offset - NEIGHBOURHOOD);
  const before = text.slice(from, offset);
  const start = from + before.lastIndexOf('\n') + 1;
  const [behind = ''] = text.slice(offset, offset + NEIGHBOURHOOD).split('\n', 1);
  return { start, line: (text.slice(start, offset) + behind).replace(/\r$/, '') };
}
