import { describe, expect, it } from 'vitest';
import { realDisks } from '../prove/realDisks.ts';

/** SEED draws other units; the name of a unit replays it. */
const seed = Number(process.env['SEED'] ?? 20_260_301);
const drawn = realDisks.units({ seed, share: 0.001 });

/** Of the commands that delete disks some moments are played at every run. */
const always = realDisks
  .units({ seed, share: 1 })
  .filter(({ name }) => /^(dessicate|apply --remove-disk), killed, then recover; part 7 of /.test(name));

describe('killed at any step, on real images and machines', { timeout: 240_000 }, () => {
  it.each([...new Set([...always, ...drawn])])('$name', async (unit) => {
    const { cases, violations } = await realDisks.play(unit);
    expect(violations).toEqual([]);
    expect(cases).toBeGreaterThan(0);
  });
});
