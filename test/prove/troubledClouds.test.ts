import { describe, expect, it } from 'vitest';
import { laggingLists } from './laggingLists.ts';
import { throttlingStorm } from './throttlingStorm.ts';

/** More of it: `SHARE=0.1 SEED=7 vitest run test/prove/troubledClouds.test.ts`. */
const share = Number(process.env['SHARE'] ?? 0.01);
const seed = Number(process.env['SEED'] ?? 20_260_301);
const timeout = Math.max(120_000, share * 3_600_000 * 3);

describe.each([
  ['lists that lag', laggingLists, 100],
  ['a throttling storm', throttlingStorm, 300],
] as const)('%s', (_, row, least) => {
  it('are the same units for the same seed, each with a name of its own', () => {
    const units = row.units({ seed, share });
    expect(row.units({ seed, share })).toEqual(units);
    expect(new Set(units.map(({ name }) => name)).size).toBe(units.length);
  });

  it(`${row.target}`, { timeout }, async () => {
    let cases = 0;
    for (const unit of row.units({ seed, share })) {
      const played = await row.play(unit);
      const told = played.violations.map(({ sentence, story }) =>
        [unit.name, sentence, ...story].join('\n  '),
      );
      expect(told).toEqual([]);
      cases += played.cases;
    }
    expect(cases).toBeGreaterThanOrEqual(least);
  });
});
