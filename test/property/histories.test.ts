import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type History, histories, play } from './histories.ts';
import { allKinds, kinds } from './kinds.ts';

/** More of them, or others: `HISTORIES=20000 SEED=7 vitest run test/property/histories.test.ts`. */
const count = Number(process.env['HISTORIES'] ?? 2500);
const seed = Number(process.env['SEED'] ?? 20_260_301);
const timeout = Math.max(120_000, count * 60);

async function check(property: fc.IAsyncProperty<[History]>): Promise<void> {
  await fc.assert(property, { seed, numRuns: count });
}

/** The message of a history that went wrong is its story; fast-check adds the seed, and shortens it first. */
function told(wrong: readonly string[], story: readonly string[]): string {
  return [...wrong, ...story.map((line) => `  ${line}`)].join('\n');
}

describe('random histories of commands, kills, lost answers and a careful owner', () => {
  it.each(kinds)(
    'on %s end in a normal state, with the newest content in its place',
    { timeout },
    async (_, quirks) => {
      const states = new Set<string>();
      await check(
        fc.asyncProperty(histories('mild'), async (history) => {
          const { lab, situation, wrong } = await play(quirks, history, 'mild');
          states.add(situation.state);
          if (wrong.length > 0) throw new Error(told(wrong, lab.story));
        }),
      );
      expect([...states].sort()).toEqual(['DESSICATED', 'NOT_EXIST', 'OFF', 'ON']);
    },
  );
});

describe('random histories with an owner who deletes, detaches and rolls back by hand', () => {
  it.each(allKinds)(
    'on %s lose nothing, and every choice that is offered leads on',
    { timeout },
    async (_, quirks) => {
      await check(
        fc.asyncProperty(histories('rough'), async (history) => {
          const { lab, wrong } = await play(quirks, history, 'rough');
          if (wrong.length > 0) throw new Error(told(wrong, lab.story));
        }),
      );
    },
  );
});
