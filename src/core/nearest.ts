/** Longer words are no typing mistakes of the short ones that a person could have meant. */
const LONGEST = 64;

/** What differs only here was the same word to the person who wrote it. */
function folded(word: string): string {
  return word.toLowerCase().replace(/[_ ]/g, '-');
}

/**
 * The number of insertions, deletions, replacements and swaps of neighbours between two words (each place touched once);
 * undefined where it is above the limit.
 */
function distance(left: string, right: string, limit: number): number | undefined {
  if (Math.abs(left.length - right.length) > limit) return undefined;
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: right.length + 1 }, (_, column) => column);
  for (let row = 1; row <= left.length; row++) {
    const current = [row];
    for (let column = 1; column <= right.length; column++) {
      const same = left[row - 1] === right[column - 1];
      let cost = Math.min(
        (previous[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (previous[column - 1] ?? 0) + (same ? 0 : 1),
      );
      const swapped = left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
      if (row > 1 && column > 1 && swapped) cost = Math.min(cost, (beforePrevious[column - 2] ?? 0) + 1);
      current.push(cost);
    }
    if (Math.min(...current) > limit) return undefined;
    beforePrevious = previous;
    previous = current;
  }
  const last = previous[right.length] ?? 0;
  return last > limit ? undefined : last;
}

/**
 * The known word that a mistyped one most likely stands for; the first of equally near ones. Undefined where none is
 * near: a third of the letters may differ, at the least one and at the most three, and never all of them.
 */
export function nearest(word: string, known: Iterable<string>): string | undefined {
  if (word.length === 0 || word.length > LONGEST) return undefined;
  const wanted = folded(word);
  let limit = Math.min(Math.max(1, Math.floor(wanted.length / 3)), 3, wanted.length - 1);
  let found: string | undefined;
  for (const candidate of known) {
    if (candidate.length > LONGEST) continue;
    const difference = distance(wanted, folded(candidate), limit);
    if (difference === undefined) continue;
    if (difference === 0) return candidate;
    found = candidate;
    limit = difference - 1;
  }
  return found;
}
