/**
 * What no line may hold: control characters, separators of lines, what turns text around, halves of pairs. Written anew
 * here, so that a hole in the program's own list is found.
 */
const UNPRINTABLE = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/u;

/** The lines that could steer a terminal; none where all is well. */
export function unprintableLines(lines: readonly string[]): string[] {
  return lines.filter((line) => UNPRINTABLE.test(line)).map((line) => `unprintable: ${JSON.stringify(line)}`);
}
