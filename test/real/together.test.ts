import { describe, expect, it } from 'vitest';
import { together } from '../prove/together.ts';

/** The pairs in which one deletes what the other one makes or needs; the row plays all. */
const pairs = [
  'dessicate dev and dessicate dev at once, from OFF',
  'rehydrate dev --off and delete dev --confirm dev at once, from DESSICATED',
];
const units = together.units({ seed: 1, share: 1 }).filter(({ name }) => pairs.includes(name));

describe('two runs at once on one workstation', { timeout: 240_000 }, () => {
  it('are all there', () => {
    expect(units.map(({ name }) => name).sort()).toEqual([...pairs].sort());
  });

  it.each(units)('$name', async (unit) => {
    expect(await together.play(unit)).toEqual({ cases: 3, violations: [] });
  });
});
