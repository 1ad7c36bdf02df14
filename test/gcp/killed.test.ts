import { describe, expect, it } from 'vitest';
import { commands } from '../property/commands.ts';
import { wiredKinds } from '../property/kinds.ts';
import { killed } from '../prove/killed.ts';

const disks = 2;
const units = wiredKinds.flatMap(([kind]) =>
  commands.map(({ name }) => ({ name: `${kind}, ${name}`, kind, disks, command: name })),
);

describe('every command through the adapter of Compute Engine', () => {
  it.each(units)('$name: killed at every call, it comes to its end, and nothing is lost', async (unit) => {
    const { cases, violations } = await killed.play(unit);
    expect(violations).toEqual([]);
    expect(cases).toBeGreaterThan(0);
  });
});
