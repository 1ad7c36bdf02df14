export interface Draws {
  /** 0 up to, and without, `below`. */
  readonly below: (below: number) => number;
  /** Some of them, in their own order; all where there are no more than that. */
  readonly some: <T>(items: readonly T[], count: number) => T[];
}

/** Numbers from a seed (mulberry32): the same seed draws the same. */
export function draws(seed: number): Draws {
  let state = seed >>> 0;
  const below = (limit: number) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
  return {
    below,
    some: (items, count) => {
      if (items.length <= count) return [...items];
      const left = items.map((_, index) => index);
      const taken = Array.from({ length: count }, () => left.splice(below(left.length), 1)[0] ?? 0);
      return taken.sort((first, second) => first - second).flatMap((index) => items.slice(index, index + 1));
    },
  };
}
