import { describe, expect, it } from 'vitest';
import type { Goal } from '../../src/core/plan.ts';
import type { Quirks } from '../support/datacenter/quirks.ts';
import { kinds } from './kinds.ts';
import {
  describeGoal,
  describeOutcome,
  isNormal,
  type Lab,
  look,
  misplaced,
  openLab,
  picture,
  type Run,
  run,
  sizeOf,
} from './lab.ts';

interface Command {
  readonly name: string;
  /** Brings the workstation to where the command begins. */
  readonly before: readonly Goal[];
  readonly edit?: (lab: Lab) => void;
  readonly goal: Goal;
  readonly leastDisks?: number;
}

const create: Goal = { kind: 'create', off: false };
const on = [create];
const off: Goal[] = [create, { kind: 'down' }];
const away: Goal[] = [...off, { kind: 'dessicate', stop: false }];

function resized(lab: Lab): void {
  lab.workstation = { ...lab.workstation, size: sizeOf(lab.datacenter.world.quirks, 1) };
}

/** Larger, with a larger disk and one more. */
function grown(lab: Lab): void {
  resized(lab);
  const { quirks } = lab.datacenter.world;
  const [boot, ...others] = lab.workstation.disks;
  const more = { name: 'extra', sizeBytes: quirks.smallestDiskBytes, type: quirks.diskTypes[0] ?? '' };
  const larger = { ...boot, sizeBytes: boot.sizeBytes + quirks.smallestDiskBytes };
  lab.workstation = { ...lab.workstation, disks: [larger, ...others, more] };
}

function reduced(lab: Lab): void {
  const [boot, ...others] = lab.workstation.disks;
  lab.workstation = { ...lab.workstation, disks: [boot, ...others.filter(({ name }) => name !== 'data')] };
}

const commands: readonly Command[] = [
  { name: 'create', before: [], goal: create },
  { name: 'create --off', before: [], goal: { kind: 'create', off: true } },
  { name: 'up from OFF', before: off, goal: { kind: 'up' } },
  { name: 'up from DESSICATED', before: away, goal: { kind: 'up' } },
  { name: 'down', before: on, goal: { kind: 'down' } },
  { name: 'dessicate', before: off, goal: { kind: 'dessicate', stop: false } },
  { name: 'dessicate --stop', before: on, goal: { kind: 'dessicate', stop: true } },
  {
    name: 'dessicate a second time',
    before: [...away, { kind: 'up' }, { kind: 'down' }],
    goal: { kind: 'dessicate', stop: false },
  },
  { name: 'rehydrate', before: away, goal: { kind: 'rehydrate', off: false } },
  { name: 'rehydrate --off', before: away, goal: { kind: 'rehydrate', off: true } },
  { name: 'resize', before: off, edit: resized, goal: { kind: 'resize', stop: false } },
  { name: 'resize --stop', before: on, edit: resized, goal: { kind: 'resize', stop: true } },
  { name: 'apply', before: off, edit: grown, goal: { kind: 'apply', stop: false, removeDisks: [] } },
  { name: 'apply --stop', before: on, edit: grown, goal: { kind: 'apply', stop: true, removeDisks: [] } },
  {
    name: 'apply --remove-disk',
    before: off,
    edit: reduced,
    goal: { kind: 'apply', stop: false, removeDisks: ['data'] },
    leastDisks: 2,
  },
  {
    name: 'apply --stop --remove-disk',
    before: on,
    edit: reduced,
    goal: { kind: 'apply', stop: true, removeDisks: ['data'] },
    leastDisks: 2,
  },
  { name: 'delete', before: [...away, { kind: 'up' }], goal: { kind: 'delete' } },
  { name: 'delete from DESSICATED', before: away, goal: { kind: 'delete' } },
];

const whens = ['before', 'after', 'answered'] as const;

/**
 * Ends in the normal state, and everything is where it should be; undefined where all is well. `ended`: how the run after
 * the interruption ended.
 */
async function verdict(lab: Lab, next: Goal, ended: Run): Promise<string | undefined> {
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
  const before = picture(lab);
  const second = await run(lab, next);
  if (second.changes.length > 0 || picture(lab) !== before) wrong.push('the second run changed something');
  return wrong.length === 0 ? undefined : [...wrong, ...lab.story.map((line) => `  ${line}`)].join('\n');
}

async function interruptEverywhere(quirks: Quirks, command: Command, disks: number): Promise<number> {
  const lab = openLab(quirks, disks);
  for (const goal of command.before) await run(lab, goal);
  command.edit?.(lab);
  const saved = lab.datacenter.save();
  const whole = await run(lab, command.goal);
  expect(whole.result.outcome, lab.story.join('\n')).toMatchObject({ kind: 'done' });
  expect((await run(lab, command.goal)).changes, 'done a second time').toEqual([]);
  const nexts: Goal[] = command.goal.kind === 'delete' ? [command.goal] : [{ kind: 'recover' }, command.goal];
  let count = 0;
  for (const next of nexts) {
    for (let call = 1; call <= whole.calls; call += 1) {
      for (const when of whens) {
        lab.datacenter.restore(saved);
        const again: Lab = { ...lab, story: [], harm: [] };
        await run(again, command.goal, { faults: [{ kind: 'kill', call, when }] });
        const ended = await run(again, next);
        const wrong = await verdict(again, next, ended);
        expect(
          wrong,
          `${command.name}, killed ${when} call ${call}, then ${describeGoal(next)}`,
        ).toBeUndefined();
        count += 1;
      }
    }
  }
  return count;
}

describe.each(kinds)('on %s, killed at every call that changes something', (_, quirks) => {
  const table = [1, 2].flatMap((disks) =>
    commands
      .filter(({ leastDisks = 1 }) => disks >= leastDisks)
      .map((command) => [command.name, disks, command] as const),
  );
  it.each(table)(
    '%s of %i disks converges by recover and by itself, and loses nothing',
    async (_name, disks, command) => {
      expect(await interruptEverywhere(quirks, command, disks)).toBeGreaterThan(10);
    },
  );
});
