import type { Goal } from '../../src/core/plan.ts';
import { type Command, commandNamed, commands } from '../property/commands.ts';
import { kinds, type Kinds, quirksOf } from '../property/kinds.ts';
import {
  describeGoal,
  describeOutcome,
  isNormal,
  type Lab,
  look,
  misplaced,
  openLab,
  letSettle,
  picture,
  type Run,
  type RunOptions,
  run,
} from '../property/lab.ts';
import type { Quirks } from '../support/datacenter/quirks.ts';
import type { World } from '../support/datacenter/world.ts';
import type { Row, Unit, Violation } from './row.ts';

export const whens = ['before', 'after', 'answered'] as const;
export type When = (typeof whens)[number];

/** A command right before it begins, to come back to as often as is wanted. */
export interface Scene {
  readonly lab: Lab;
  readonly saved: World;
  readonly command: Command;
  /** How many calls it makes that change something when nothing goes wrong. */
  readonly calls: number;
}

export async function sceneOf(quirks: Quirks, disks: number, command: Command, seed = 1): Promise<Scene> {
  const lab = openLab(quirks, disks, seed);
  for (const goal of command.before) await run(lab, goal);
  command.edit?.(lab);
  const saved = lab.datacenter.save();
  const { result, calls } = await run(lab, command.goal);
  if (result.outcome.kind !== 'done')
    throw new Error(`${command.name} does not even work: ${lab.story.join('\n')}`);
  const again = await run(lab, command.goal);
  if (again.changes.length > 0) throw new Error(`${command.name} has something to do a second time`);
  return { lab, saved, command, calls };
}

/** The workstation as it was right before the command, with nothing told yet. */
export function begin({ lab, saved }: Scene): Lab {
  lab.datacenter.restore(saved);
  return { ...lab, story: [], harm: [] };
}

/** What may follow an interruption: a `delete` goes on as `delete`, all else by `recover` or by itself. */
export function followersOf({ goal }: Command): readonly Goal[] {
  return goal.kind === 'delete' ? [goal] : [{ kind: 'recover' }, goal];
}

/** What is wrong with where a run after an interruption led: empty where all is normal, and everything in its place. */
export async function judge(lab: Lab, next: Goal, ended: Run): Promise<string[]> {
  const wrong = [...lab.harm];
  const situation = await look(lab);
  const { outcome } = ended.result;
  if (!isNormal(situation)) {
    wrong.push(`not normal: ${situation.problems.map(({ sentence }) => sentence).join('; ')}`);
    wrong.push(describeOutcome(ended.result));
  } else if (outcome.kind === 'failed' && !(situation.state === 'ON' && 'off' in next && next.off)) {
    // A cloud's VM runs as soon as it is made: `--off` that was cut off there finds it ON, and leaves it to its owner.
    wrong.push('normal, and failed all the same');
  }
  if (next.kind !== 'delete') wrong.push(...misplaced(lab, situation));
  letSettle(lab);
  const before = picture(lab);
  const second = await run(lab, next);
  if (second.changes.length > 0 || picture(lab) !== before) wrong.push('the second run changed something');
  return wrong;
}

export function violationOf(lab: Lab, wrong: readonly string[]): Violation[] {
  return wrong.length === 0 ? [] : [{ sentence: wrong.join('; '), story: lab.story }];
}

/** Every command on every kind of cloud, as units of one command each. */
export function unitsOfCommands(disks: readonly number[], on: Kinds = kinds): Unit[] {
  return on.flatMap(([kind]) =>
    disks.flatMap((count) =>
      commands
        .filter(({ leastDisks = 1 }) => count >= leastDisks)
        .map(({ name }) => ({
          name: `${kind}, ${count} disk${count === 1 ? '' : 's'}, ${name}`,
          kind,
          disks: count,
          command: name,
        })),
    ),
  );
}

export async function sceneOfUnit(unit: Unit): Promise<Scene> {
  const quirks = quirksOf(String(unit['kind']));
  return await sceneOf(quirks, Number(unit['disks']), commandNamed(String(unit['command'])));
}

/** Every call of a command, before it, after it took effect, after its answer. */
export function killsOf({ calls }: Scene): RunOptions[] {
  return Array.from({ length: calls }, (_, index) => index + 1).flatMap((call) =>
    whens.map((when) => ({ faults: [{ kind: 'kill' as const, call, when }] })),
  );
}

/** A hundredth of this row would leave out what it is about: one and two disks are always played whole. */
export const killed: Row = {
  number: '1',
  figure:
    'every command × 1 to 4 disks × kind of cloud, killed at every call that changes something; then recover, or the command again',
  target: 'all converge, 0 lost',
  code: ['test/prove/killed.ts'],
  units: ({ share }) => unitsOfCommands(share < 1 ? [1, 2] : [1, 2, 3, 4]),
  play: async (unit) => {
    const scene = await sceneOfUnit(unit);
    const violations: Violation[] = [];
    let cases = 0;
    for (const next of followersOf(scene.command)) {
      for (const kill of killsOf(scene)) {
        const lab = begin(scene);
        await run(lab, scene.command.goal, kill);
        const ended = await run(lab, next);
        const wrong = await judge(lab, next, ended);
        violations.push(
          ...violationOf(
            lab,
            wrong.map((sentence) => `${describeGoal(next)}: ${sentence}`),
          ),
        );
        cases += 1;
      }
    }
    return { cases, violations };
  },
};
