import type { Goal } from '../../src/core/plan.ts';
import { commandNamed, commands } from '../property/commands.ts';
import { quirksOf } from '../property/kinds.ts';
import { describeGoal, isNormal, type Lab, look, misplaced, run } from '../property/lab.ts';
import { deadEnds, offered } from '../property/histories.ts';
import { drawsFrom } from './draws.ts';
import { begin, type Scene, sceneOf, violationOf } from './killed.ts';
import type { Json, Row, Unit, Violation } from './row.ts';
import { playTurns } from './turns.ts';

/** The kinds on which a call takes no time: where it does, orders differ by nothing that is not among these. */
const kindsInTurns = ['plain', 'localLike', 'gceLike', 'ec2Like'];
const DRAWN_ORDERS = 300;
const MOST_ORDERS = 2000;
/** So many with every test run. */
const LEAST_ORDERS = 200;

const others: readonly Goal[] = [
  { kind: 'create', off: false },
  { kind: 'up' },
  { kind: 'down' },
  { kind: 'dessicate', stop: true },
  { kind: 'rehydrate', off: false },
  { kind: 'resize', stop: true },
  { kind: 'apply', stop: true, removeDisks: [] },
  { kind: 'recover' },
  { kind: 'delete' },
];

/**
 * What two runs leave behind is mended by one command; where both changed the same thing it may be one of those that the refusal
 * offers, each of which has to lead on.
 */
async function wrongAfter(lab: Lab, goals: readonly [Goal, Goal]): Promise<string[]> {
  const deletes = goals.some(({ kind }) => kind === 'delete');
  const { result } = await run(lab, deletes ? { kind: 'delete' } : { kind: 'recover' });
  const situation = await look(lab);
  if (isNormal(situation)) return deletes ? lab.harm : [...lab.harm, ...misplaced(lab, situation)];
  const remedy = result.outcome.kind === 'failed' ? (result.outcome.remedy ?? '') : '';
  const ends = offered(remedy).length === 0 ? ['nothing is offered'] : await deadEnds(lab, remedy);
  return [...lab.harm, ...ends];
}

async function playOnce(
  scene: Scene,
  goals: readonly [Goal, Goal],
  order: readonly (0 | 1)[],
  blind: boolean,
): Promise<{ readonly keys: readonly string[]; readonly violations: readonly Violation[] }> {
  const lab = begin(scene);
  const { decisions } = await playTurns(lab, goals, order, blind);
  lab.story.push(`turns: ${decisions.map(({ taken }) => taken).join('')}`);
  const wrong = await wrongAfter(lab, goals);
  return { keys: decisions.map(({ key }) => key), violations: violationOf(lab, wrong) };
}

/**
 * All orders, but that two ways to the very same point are followed from there once; those that deviate least from one run
 * after the other come first, and there is an end to them.
 */
async function playAll(
  scene: Scene,
  goals: readonly [Goal, Goal],
  blind: boolean,
  mostOrders: number,
): Promise<{ cases: number; violations: Violation[] }> {
  const seen = new Set<string>();
  const open: (readonly (0 | 1)[])[] = [[]];
  const violations: Violation[] = [];
  let cases = 0;
  for (let order = open.shift(); order !== undefined && cases < mostOrders; order = open.shift()) {
    const played = await playOnce(scene, goals, order, blind);
    violations.push(...played.violations);
    cases += 1;
    const fresh = played.keys.slice(order.length);
    for (const [index, key] of fresh.entries()) {
      if (seen.has(key)) break;
      seen.add(key);
      open.push([...order, ...Array.from({ length: index }, () => 0 as const), 1]);
    }
  }
  return { cases, violations };
}

export const twoRuns: Row = {
  number: '4',
  figure:
    'two runs at once: every order of their calls for every pair of commands (1 disk; the 2,000 with the fewest turns where there are more), drawn for 3 disks; with leases, and with leases that everybody gets',
  target: '0 lost, no second VM',
  code: ['test/prove/twoRuns.ts'],
  units: ({ seed, share }) =>
    [1, 3]
      .flatMap((disks) =>
        kindsInTurns.flatMap((kind) =>
          commands
            .filter(({ leastDisks = 1 }) => disks >= leastDisks)
            .flatMap(({ name }) =>
              others.map((goal, other): Unit => ({
                name: `${kind}, ${disks} disk${disks === 1 ? '' : 's'}, ${name} and ${describeGoal(goal)}`,
                kind,
                disks,
                command: name,
                other,
              })),
            ),
        ),
      )
      .map((unit, index) => ({ ...unit, seed: seed + index, share }))
      .filter((_, index) => share === 1 || index % Math.round(1 / share) === 0),
  play: async (unit) => {
    const scene = await sceneOf(
      quirksOf(String(unit['kind'])),
      Number(unit['disks']),
      commandNamed(String(unit['command'])),
    );
    const other = others[Number(unit['other'])];
    if (other === undefined)
      throw new Error(`there is no other command ${String(unit['other'] satisfies Json | undefined)}`);
    const goals = [scene.command.goal, other] as const;
    const violations: Violation[] = [];
    let cases = 0;
    for (const blind of [false, true]) {
      if (unit['disks'] === 1) {
        const all = await playAll(
          scene,
          goals,
          blind,
          Math.max(LEAST_ORDERS, MOST_ORDERS * Number(unit['share'])),
        );
        cases += all.cases;
        violations.push(...all.violations);
        continue;
      }
      const random = drawsFrom(Number(unit['seed']));
      for (let count = 0; count < DRAWN_ORDERS; count += 1) {
        const order = Array.from({ length: 200 }, () => (random.below(2) === 0 ? 0 : 1));
        violations.push(...(await playOnce(scene, goals, order, blind)).violations);
        cases += 1;
      }
    }
    return { cases, violations };
  },
};
