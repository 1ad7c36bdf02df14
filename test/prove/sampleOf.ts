import { createHash } from 'node:crypto';
import type { Scale, Unit } from './row.ts';

/** A share of all units, at least one, drawn by the seed alone: the same seed and share give the same units. */
export function sampleOf<T extends Unit>(all: readonly T[], { seed, share }: Scale): readonly T[] {
  if (share >= 1) return all;
  const count = Math.max(1, Math.round(all.length * share));
  const drawn = all.map((unit) => ({
    unit,
    lot: createHash('sha256').update(`${seed} ${unit.name}`).digest('hex'),
  }));
  return drawn
    .sort((left, right) => (left.lot < right.lot ? -1 : 1))
    .slice(0, count)
    .map(({ unit }) => unit);
}
