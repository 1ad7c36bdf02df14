import type { Goal } from '../../src/core/plan.ts';
import type { Workstation } from '../../src/core/workstation.ts';
import { kinds, type Kinds, quirksOf } from '../property/kinds.ts';
import { describeOutcome, workstationFor } from '../property/lab.ts';
import type { Datacenter } from '../support/datacenter/datacenter.ts';
import { openDatacenter } from '../support/kindOf.ts';
import { ec2Buckets, type Quirks, type Throttle } from '../support/datacenter/quirks.ts';
import type { Played, Row, Scale, Unit, Violation } from './row.ts';
import { type FleetRun, runFleet } from './runFleet.ts';

const WORKSTATIONS = 100;
const START_MS = Date.UTC(2026, 0, 1);

/**
 * With half of the calls refused, a call is made twice on average; the sum over thousands of calls is so close to that, that
 * half as much again is left to the pauses: who waits longer for a turn looks more often whether something slow has ended.
 * Buckets refuse for as long as they are empty, and the pauses grow meanwhile: it comes to less.
 */
const CALLS_FOR_ONE = 3;

const storms: { readonly [name: string]: Throttle } = {
  half: { refusedShare: 0.5 },
  buckets: { buckets: ec2Buckets },
};

interface Command {
  readonly before: readonly Goal[];
  readonly goal: Goal;
}

const create: Goal = { kind: 'create', off: false };
const away: Goal = { kind: 'dessicate', stop: true };

const fleetCommands: { readonly [name: string]: Command } = {
  down: { before: [create], goal: { kind: 'down' } },
  'dessicate --stop': { before: [create], goal: away },
  rehydrate: { before: [create, away], goal: { kind: 'rehydrate', off: false } },
};

function fleetOf(quirks: Quirks, disks: number, count: number): Workstation[] {
  const one = workstationFor(quirks, disks);
  return Array.from({ length: count }, (_, index) => ({ ...one, name: `dev-${index + 1}` }));
}

/** A fleet of that size right before the command, in fair weather. */
async function prepare(unit: Unit, command: Command, count: number): Promise<[Datacenter, Workstation[]]> {
  const quirks = quirksOf(String(unit['kind']));
  const workstations = fleetOf(quirks, Number(unit['disks']), count);
  const datacenter = openDatacenter(quirks, Number(unit['seed']), START_MS);
  for (const goal of command.before) await runFleet(datacenter, workstations, goal);
  return [datacenter, workstations];
}

function unfinished({ results }: FleetRun): string[] {
  return results
    .filter(({ outcome }) => outcome.kind !== 'done')
    .map((result) => `${result.workstation}: ${describeOutcome(result)}`);
}

async function play(unit: Unit): Promise<Played> {
  const command = fleetCommands[String(unit['command'])];
  const throttle = storms[String(unit['storm'])];
  if (command === undefined || throttle === undefined) throw new Error(`there is no ${unit.name}`);
  const alone = await runFleet(...(await prepare(unit, command, 1)), command.goal);
  const count = Number(unit['workstations']);
  const [datacenter, workstations] = await prepare(unit, command, count);
  const { world } = datacenter;
  datacenter.restore({ ...world, quirks: { ...world.quirks, throttle } });
  const whole = await runFleet(datacenter, workstations, command.goal);
  const bound = CALLS_FOR_ONE * alone.calls * count;
  const wrong = [...unfinished(alone), ...unfinished(whole)];
  if (whole.calls > bound) wrong.push(`${whole.calls} calls, and ${bound} are the bound`);
  wrong.push(...datacenter.oracle.twins().map((name) => `two VMs of name ${name}`));
  const told = [
    `alone: ${alone.calls} calls, of them ${alone.lists} lists and ${alone.changes} that change something`,
    `together: ${whole.calls} calls, of them ${whole.lists} lists and ${whole.changes} that change something, in ${Math.round(whole.tookMs / 1000)} s of the datacenter's time`,
  ];
  const violations: Violation[] = wrong.map((sentence) => ({ sentence, story: told }));
  return { cases: count, violations };
}

/**
 * A share leaves out kinds of cloud and storms, not workstations: it is their number that the row is about. The smallest has
 * each command once.
 */
export function stormUnits(on: Kinds, { seed, share }: Scale): Unit[] {
  const all = on.flatMap(([kind]) =>
    Object.keys(storms).flatMap((storm) =>
      Object.keys(fleetCommands).flatMap((command) =>
        [1, 2].map((disks) => ({ kind, storm, command, disks })),
      ),
    ),
  );
  const step = Math.max(1, Math.round(Math.min(all.length / 3, 1 / share)));
  return all
    .filter((_, index) => index % step === 0)
    .map((unit, index) => ({
      ...unit,
      name: `${unit.kind}, ${unit.disks} disk${unit.disks === 1 ? '' : 's'}, ${unit.command}, ${unit.storm}`,
      workstations: WORKSTATIONS,
      seed: seed + index,
    }));
}

export const throttlingStorm: Row = {
  number: '7',
  figure: `a throttling storm: ${WORKSTATIONS} workstations in one file, half of the calls refused, or as EC2's buckets refuse them`,
  target: `all finish, at most ${CALLS_FOR_ONE} calls for each that one workstation alone makes in fair weather`,
  code: ['test/prove/throttlingStorm.ts'],
  units: (scale) => stormUnits(kinds, scale),
  play,
};
