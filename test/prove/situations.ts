import type { Goal } from '../../src/core/plan.ts';
import type { Lab } from '../property/lab.ts';
import { openLab, run } from '../property/lab.ts';
import type { Fault } from '../support/datacenter/faults.ts';
import type { Deed } from '../support/datacenter/owner.ts';
import type { Quirks } from '../support/datacenter/quirks.ts';
import type { World } from '../support/datacenter/world.ts';
import { classicScheme } from '../../src/core/names.ts';

/** What has happened to a workstation before somebody is told about it. */
export interface Situation {
  readonly name: string;
  readonly world: World;
}

type Event = { readonly goal: Goal; readonly kill?: number } | { readonly deed: Deed };

const create: Event = { goal: { kind: 'create', off: false } };
const down: Event = { goal: { kind: 'down' } };
const away: Event = { goal: { kind: 'dessicate', stop: true } };
const back: Event = { goal: { kind: 'rehydrate', off: false } };
const write: Event = { deed: { deed: 'write', vm: 'dev' } };

function killed(goal: Goal, call: number): Event {
  return { goal, kill: call };
}

function storiesOf(disk: (name: string) => string): Readonly<Record<string, readonly Event[]>> {
  const cut = [2, 3, 4, 5, 6, 7, 8, 9].flatMap((call): [string, readonly Event[]][] => [
    [`create cut at ${call}`, [killed({ kind: 'create', off: false }, call)]],
    [`dessicate cut at ${call}`, [create, write, killed({ kind: 'dessicate', stop: true }, call)]],
    [
      `a second dessicate cut at ${call}`,
      [create, write, away, back, write, killed({ kind: 'dessicate', stop: true }, call)],
    ],
    [`rehydrate cut at ${call}`, [create, write, away, killed({ kind: 'rehydrate', off: false }, call)]],
    [`delete cut at ${call}`, [create, write, away, back, killed({ kind: 'delete' }, call)]],
  ]);
  return {
    nothing: [],
    ON: [create, write],
    OFF: [create, write, down],
    DESSICATED: [create, write, away],
    'ON, with a set': [create, write, away, back, write],
    'OFF, with two sets': [create, write, away, back, write, away, back, write, down],
    'DESSICATED, two sets': [create, write, away, back, write, away],
    'rehydrated and never started': [create, write, away, { goal: { kind: 'rehydrate', off: true } }],
    'its VM deleted by hand': [
      create,
      write,
      away,
      back,
      write,
      down,
      { deed: { deed: 'delete-vm', vm: 'dev' } },
    ],
    'a disk deleted by hand': [
      ...[create, write, away, back, write, down],
      { deed: { deed: 'detach', vm: 'dev', disk: disk('data') } },
      { deed: { deed: 'delete-disk', disk: disk('data') } },
    ],
    'a disk attached elsewhere': [
      create,
      write,
      down,
      { deed: { deed: 'attach-elsewhere', disk: disk('data') } },
    ],
    'a deletion flag set': [
      ...[create, write, down],
      { deed: { deed: 'flip-deletion-flag', vm: 'dev', disk: disk('data'), to: true } },
    ],
    ...Object.fromEntries(cut),
  };
}

async function played(quirks: Quirks, events: readonly Event[]): Promise<World> {
  const lab: Lab = openLab(quirks, 2);
  // A neighbour in the same account, whose disks nothing of this may touch.
  const own = lab.workstation;
  lab.workstation = { ...own, name: 'other' };
  await run(lab, { kind: 'create', off: false });
  lab.datacenter.owner({ deed: 'write', vm: 'other' });
  lab.workstation = own;
  for (const event of events) {
    if ('deed' in event) lab.datacenter.owner(event.deed);
    else {
      const faults: Fault[] =
        event.kill === undefined ? [] : [{ kind: 'kill', call: event.kill, when: 'after' }];
      await run(lab, event.goal, { faults });
    }
  }
  if (lab.harm.length > 0) throw new Error(`harm was done before anybody lied: ${lab.harm.join('; ')}`);
  lab.datacenter.oracle.keepAgain('dev');
  return lab.datacenter.save();
}

const known = new Map<Quirks, Promise<Situation[]>>();

/** Every situation on one kind of cloud, in a fixed order; played once, since many cases begin in each. */
export function situationsOn(quirks: Quirks): Promise<Situation[]> {
  const situations = known.get(quirks) ?? playAll(quirks);
  known.set(quirks, situations);
  return situations;
}

async function playAll(quirks: Quirks): Promise<Situation[]> {
  const disk = (name: string) =>
    classicScheme.diskName({ workstation: 'dev', disk: name }, quirks.longestName);
  const situations: Situation[] = [];
  for (const [name, events] of Object.entries(storiesOf(disk)))
    situations.push({ name, world: await played(quirks, events) });
  return situations;
}
