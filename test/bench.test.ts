import { expect, it } from 'vitest';
import { textOf } from '../scripts/bench/finding.ts';
import { goals } from '../scripts/bench/goals.ts';
import { spreadOf } from '../scripts/bench/pairs.ts';

it('has every goal of speed, each once', () => {
  expect(goals.map(({ name }) => name)).toEqual(['P1', 'P2', 'P3', 'P4', 'P5', 'P6', 'P7']);
});

it('says in words what falls short', () => {
  const short = { kind: 'short', goal: 'at most 1 s, missed by 0.5' } as const;
  expect(textOf({ what: 'status', measured: '1.5 s', verdict: short })).toBe(
    'status: 1.5 s; FALLS SHORT of the goal (at most 1 s, missed by 0.5)',
  );
  const unknown = { kind: 'not measured', why: 'it is not installed here' } as const;
  expect(textOf({ what: 'status', measured: '', verdict: unknown })).toBe(
    'status: not measured, it is not installed here',
  );
});

it('takes the median, of an even number the middle of two', () => {
  expect(spreadOf([9, 1, 5])).toEqual({ median: 5, least: 1, most: 9 });
  expect(spreadOf([8, 1, 3, 2]).median).toBe(2.5);
});
