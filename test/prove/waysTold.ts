import type { Adapter, Kinds } from '../property/kinds.ts';
import { withoutGuards } from '../support/withoutGuard.ts';
import type { Played, Row, Unit, Violation } from './row.ts';
import { type WayToLose, waysToLose } from './waysToLose.ts';

function nameOf({ number, story }: WayToLose): string {
  return `${number}, ${story}`;
}

export function wayUnits(adapter: Adapter, on: Kinds): Unit[] {
  return on.flatMap(([kind]) =>
    waysToLose
      .filter(({ untold }) => untold?.[adapter] === undefined)
      .map((way) => ({ name: `${kind}: ${nameOf(way)}`, way: nameOf(way), kind, adapter })),
  );
}

async function play({ way: name, kind, adapter }: Unit): Promise<Played> {
  const way = waysToLose.find((candidate) => nameOf(candidate) === name);
  if (way === undefined) throw new Error(`there is no story ${String(name)}`);
  const { guards } = way;
  const kept = await way.play(String(kind));
  const violations: Violation[] = kept.length > 0 ? [{ sentence: kept.join('; '), story: [] }] : [];
  if (guards.length === 0) return { cases: 1, violations };
  const removed = await withoutGuards(guards, () => way.play(String(kind)));
  const isHeld = way.alsoHeld?.[adapter as Adapter] !== undefined;
  if (isHeld !== (removed.length === 0)) {
    const sentence = isHeld
      ? `nothing else holds it: ${removed.join('; ')}`
      : `whether ${guards.join(' and ')} are there makes no difference`;
    violations.push({ sentence, story: [] });
  }
  return { cases: 2, violations };
}

/** A cloud’s own adapter stands between the guards and the disks: each way to lose one is told through it. */
export const waysTold: Row = {
  number: '9',
  figure: 'the ways to lose a disk, told with their guards and without them',
  target: 'each caught',
  code: ['test/prove/waysTold.ts'],
  units: () => [],
  play,
};
