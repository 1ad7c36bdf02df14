/** What is drawn from a seed: the same seed, the same draws. */
export interface Draws {
  /** A whole number from 0 on, below the count. */
  readonly below: (count: number) => number;
  readonly oneOf: <T>(list: readonly T[]) => T;
  readonly chance: (fraction: number) => boolean;
  /** Some of them, in their own order; all where there are no more than that. */
  readonly some: <T>(list: readonly T[], count: number) => T[];
}

export function drawsFrom(seed: number): Draws {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return (mixed ^ (mixed >>> 15)) >>> 0;
  };
  const below = (count: number): number => Math.floor((next() / 2 ** 32) * count);
  return {
    below,
    oneOf: (list) => {
      if (list.length === 0) throw new Error('nothing to draw from');
      return list[below(list.length)] as (typeof list)[number];
    },
    chance: (fraction) => next() / 2 ** 32 < fraction,
    some: (list, count) => {
      if (list.length <= count) return [...list];
      const left = list.map((_, index) => index);
      const taken = Array.from({ length: count }, () => left.splice(below(left.length), 1)[0] ?? 0);
      return taken.sort((first, second) => first - second).flatMap((index) => list.slice(index, index + 1));
    },
  };
}

/** Seeds of the parts of something, so that each part can be left out and the others stay as they are. */
export function seedOf(seed: number, part: number): number {
  return drawsFrom((Math.imul(seed, 0x85ebca6b) ^ (part + 1)) >>> 0).below(2 ** 32);
}

/**
 * Leaves out of a list whatever can be left out while it still goes wrong; the first of the shortest is given. Goes on
 * until nothing more can go, so that what is told is what matters.
 */
export async function shortened<T>(
  list: readonly T[],
  goesWrong: (shorter: readonly T[]) => Promise<boolean>,
): Promise<readonly T[]> {
  for (let at = 0; at < list.length; at += 1) {
    const shorter = list.filter((_, index) => index !== at);
    if (await goesWrong(shorter)) return await shortened(shorter, goesWrong);
  }
  return list;
}
