import type { Goal } from '../../src/core/plan.ts';
import { type Lab, sizeOf } from './lab.ts';

export interface Command {
  readonly name: string;
  /** Brings the workstation to where the command begins. */
  readonly before: readonly Goal[];
  readonly edit?: (lab: Lab) => void;
  readonly goal: Goal;
  /** 1 if it is not given. */
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

/** Every command that acts, from the states that it begins in. */
export const commands: readonly Command[] = [
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

export function commandNamed(name: string): Command {
  const command = commands.find((candidate) => candidate.name === name);
  if (command === undefined) throw new Error(`there is no command ${name}`);
  return command;
}
