import { expect, it } from 'vitest';
import { mutatedAnswers } from './mutatedAnswers.ts';
import { mutatedConfigurations } from './mutatedConfigurations.ts';

/** Others of them, or more: `SHARE=0.1 SEED=7 vitest run test/prove/badInput.test.ts`. */
const seed = Number(process.env['SEED'] ?? 20_260_301);
const share = Number(process.env['SHARE'] ?? 0.01);

it.each([mutatedConfigurations, mutatedAnswers])(
  '$figure: $target',
  { timeout: Math.max(180_000, share * 12_000_000) },
  async (row) => {
    let cases = 0;
    for (const unit of row.units({ seed, share })) {
      const played = await row.play(unit);
      cases += played.cases;
      const told = played.violations.map(({ sentence, story }) => [sentence, ...story].join('\n  '));
      expect(told, unit.name).toEqual([]);
    }
    expect(cases).toBeGreaterThanOrEqual(1_000 * Math.min(1, share * 100));
  },
);

it('the same seed gives the same cases, and another seed others', () => {
  for (const row of [mutatedConfigurations, mutatedAnswers]) {
    expect(row.units({ seed, share })).toEqual(row.units({ seed, share }));
    expect(row.units({ seed: seed + 1, share })).not.toEqual(row.units({ seed, share }));
    expect(structuredClone(row.units({ seed, share }))).toEqual(row.units({ seed, share }));
  }
});
