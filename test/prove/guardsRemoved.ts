import { guards } from '../../src/core/guards.ts';
import { guardCases } from '../core/guardCases.ts';
import { withoutGuards } from '../support/withoutGuard.ts';
import type { Row } from './row.ts';

export const guardsRemoved: Row = {
  number: '9',
  figure: 'every guard removed in turn',
  target: 'each caught',
  code: ['test/prove/guardsRemoved.ts'],
  units: () => guards.map(({ name, rule }) => ({ name, rule })),
  play: async ({ name }) => {
    const cases = guardCases.filter(({ guard }) => guard === name);
    const violations = cases.length === 0 ? [{ sentence: `nothing stands against ${name}`, story: [] }] : [];
    for (const { verdict } of cases) {
      const kept = verdict();
      const removed = await withoutGuards([name], verdict);
      if (kept.ok || !removed.ok)
        violations.push({ sentence: `whether ${name} is there makes no difference`, story: [] });
    }
    return { cases: cases.length, violations };
  },
};
