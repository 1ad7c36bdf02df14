import { describe, expect, it } from 'vitest';
import { withoutGuards } from '../support/withoutGuard.ts';
import { waysToLose } from './waysToLose.ts';

describe('a way to lose a disk', () => {
  it.each(waysToLose.map((way) => [way.number, way.story, way] as const))(
    '%i: %s',
    async (_, _story, { guards, kind, play }) => {
      expect(await play(kind)).toEqual([]);
      if (guards.length > 0) expect(await withoutGuards(guards, () => play(kind))).not.toEqual([]);
    },
  );

  it('is told for each of the twelve', () => {
    const told = new Set(waysToLose.map(({ number }) => number));
    expect([...told]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  });
});
