import { commandNamed } from '../property/commands.ts';
import { kinds, type Kinds, quirksOf } from '../property/kinds.ts';
import { run } from '../property/lab.ts';
import type { Quirks } from '../support/datacenter/quirks.ts';
import { drawsFrom } from './draws.ts';
import { begin, followersOf, judge, killsOf, sceneOf, unitsOfCommands, violationOf } from './killed.ts';
import { playHistories } from './playHistories.ts';
import type { Played, Row, Scale, Unit, Violation } from './row.ts';

const LAGS_MS = [0, 1_000, 5_000, 30_000, 60_000] as const;
const hands = ['mild', 'rough'] as const;

/** Of the interruptions of one command: row 1 plays them all, and here it is the lists that matter. */
const KILLS = 10;
/** Of one hand on one kind of cloud with one lag, in units that take some seconds each. */
const HISTORIES = 400;
const HISTORIES_A_UNIT = 100;

function withLag({ kind, lagMs }: Unit, mostMs = Number.POSITIVE_INFINITY): Quirks {
  return { ...quirksOf(String(kind)), listLagMs: Math.min(Number(lagMs), mostMs) };
}

/**
 * Commands, each killed at drawn calls and followed by `recover` or by itself, while lists still show what was before.
 * `knownLagMs`: what the adapter counts with. A command that meets more than that may well fail, and is no scene of a kill.
 */
export function lagKillUnits(
  on: Kinds,
  { seed, share }: Scale,
  knownLagMs = Number.POSITIVE_INFINITY,
): Unit[] {
  const units = LAGS_MS.filter((lagMs) => lagMs <= knownLagMs).flatMap((lagMs) =>
    unitsOfCommands([1, 2], on).map((unit) => ({
      ...unit,
      name: `lists ${lagMs} ms late, ${unit.name}`,
      lagMs,
    })),
  );
  const kept = drawsFrom(seed).some(units, Math.max(1, Math.ceil(units.length * Math.min(1, share * 2))));
  const kills = Math.max(2, Math.ceil(KILLS * Math.min(1, share)));
  return kept.map((unit, index) => ({ ...unit, kills, seed: seed + index }));
}

/** `knownLagMs`: a history begins and is brought to its end with no more than that, however much lists lag in between. */
export function lagHistoryUnits(on: Kinds, { seed, share }: Scale, knownLagMs?: number): Unit[] {
  const count = Math.max(1, Math.ceil(HISTORIES * share));
  const parts = Math.ceil(count / HISTORIES_A_UNIT);
  return LAGS_MS.flatMap((lagMs, lag) =>
    on.flatMap(([kind], at) =>
      hands.flatMap((hand) =>
        Array.from({ length: parts }, (_, part) => ({
          name: `lists ${lagMs} ms late, ${kind}, histories with a ${hand} hand, part ${part + 1}`,
          kind,
          lagMs,
          ...(knownLagMs !== undefined && { knownLagMs }),
          hand,
          seed: seed + ((lag * on.length + at) * parts + part) * 2,
          count: Math.min(HISTORIES_A_UNIT, count - part * HISTORIES_A_UNIT),
        })),
      ),
    ),
  );
}

async function playKills(unit: Unit): Promise<Played> {
  const seed = Number(unit['seed']);
  const command = commandNamed(String(unit['command']));
  const scene = await sceneOf(withLag(unit), Number(unit['disks']), command, seed);
  const all = followersOf(command).flatMap((next) => killsOf(scene).map((kill) => ({ next, kill })));
  const violations: Violation[] = [];
  const drawn = drawsFrom(seed).some(all, Number(unit['kills']));
  for (const { next, kill } of drawn) {
    const lab = begin(scene);
    await run(lab, command.goal, kill);
    const ended = await run(lab, next);
    violations.push(...violationOf(lab, await judge(lab, next, ended)));
  }
  return { cases: drawn.length, violations };
}

export const laggingLists: Row = {
  number: '6',
  figure:
    'lists that lag up to 0, 1, 5, 30, 60 s, of VMs, disks and snapshots each by itself: commands killed at drawn calls and followed at once, and random histories',
  target: 'all converge, 0 lost, no second VM',
  code: ['test/prove/laggingLists.ts'],
  units: (scale) => [...lagKillUnits(kinds, scale), ...lagHistoryUnits(kinds, scale)],
  play: async (unit) => {
    const { hand, knownLagMs, seed, count, lagMs } = unit;
    if (hand !== 'mild' && hand !== 'rough') return await playKills(unit);
    const quirks = withLag(unit, typeof knownLagMs === 'number' ? knownLagMs : undefined);
    return await playHistories(quirks, hand, Number(seed), Number(count), Number(lagMs));
  },
};
