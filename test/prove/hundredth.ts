import { expect, it } from 'vitest';
import type { Row } from './row.ts';

/** Others of them, or more: `SHARE=0.1 SEED=7 vitest run test/prove/killed.test.ts`. */
const seed = Number(process.env['SEED'] ?? 20_260_301);

/** A hundredth of a line of the table, and that it is the same each time. `least`: how many cases that is at the least. */
export function playHundredth(row: Row, least: number): void {
  const share = Number(process.env['SHARE'] ?? 0.01);
  const timeout = Math.max(180_000, share * 12_000_000);

  it(`row ${row.number} has the same parts for the same seed, each with a name of its own`, () => {
    const units = row.units({ seed, share });
    expect(row.units({ seed, share })).toEqual(units);
    expect(structuredClone(units)).toEqual(units);
    expect(new Set(units.map(({ name }) => name)).size).toBe(units.length);
  });

  it(`row ${row.number}, ${row.figure}: ${row.target}`, { timeout }, async () => {
    let cases = 0;
    for (const unit of row.units({ seed, share })) {
      const { cases: played, violations } = await row.play(unit);
      cases += played;
      const told = violations.map(({ sentence, story }) => [sentence, ...story].join('\n  '));
      expect(told, unit.name).toEqual([]);
    }
    expect(cases).toBeGreaterThanOrEqual(least);
  });
}
