import { expect, it } from 'vitest';
import { parseProcessStat } from '../../src/core/processStat.ts';

/** As Linux 6.1 wrote it, with what the case is about put in. */
const statOf = (name: string, state: string, threadCount: number) =>
  `4711 (${name}) ${state} 1 4711 4711 0 -1 4194560 1 0 0 0 3 4 0 0 20 0 ${threadCount} 0 16653 1024 200 18446744073709551615 1 1 0 0\n`;

it('reads state and start, whatever the program is called', () => {
  expect(parseProcessStat(statOf('node', 'S', 11))).toEqual({
    state: 'S',
    startTicks: '16653',
    isOver: false,
  });
  expect(parseProcessStat(statOf('a) Z 1 (b', 'T', 1))).toEqual({
    state: 'T',
    startTicks: '16653',
    isOver: false,
  });
});

it('takes for over what is dead, and a zombie none of whose threads works', () => {
  const isOver = (state: string, threadCount: number) =>
    parseProcessStat(statOf('node', state, threadCount))?.isOver;
  expect(isOver('Z', 1)).toBe(true);
  expect(isOver('Z', 0)).toBe(true);
  expect(isOver('Z', 7)).toBe(false);
  expect(isOver('X', 1)).toBe(true);
  expect(isOver('x', 1)).toBe(true);
  expect(['R', 'S', 'D', 'T', 't', 'I'].map((state) => isOver(state, 1))).toEqual(Array(6).fill(false));
});

it('understands nothing but such a file', () => {
  for (const text of ['', 'no', '4711 (node) S 1 2', '4711 (node) S '.concat('x '.repeat(40))])
    expect(parseProcessStat(text)).toBeUndefined();
});
