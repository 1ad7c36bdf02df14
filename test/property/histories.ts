import * as fc from 'fast-check';
import { classicScheme } from '../../src/core/names.ts';
import type { Goal } from '../../src/core/plan.ts';
import type { Situation } from '../../src/core/state.ts';
import type { LaneResult } from '../../src/engine/runLane.ts';
import type { DiskSpec, Workstation } from '../../src/core/workstation.ts';
import type { Deed } from '../support/datacenter/owner.ts';
import type { Quirks } from '../support/datacenter/quirks.ts';
import {
  describeOutcome,
  isNormal,
  type Lab,
  look,
  misplaced,
  openLab,
  letSettle,
  picture,
  run,
  sizeOf,
} from './lab.ts';
import { runOptions, type Trouble, troubles } from './troubles.ts';

type FileChange = 'size' | 'grow' | 'type' | 'add' | 'remove' | 'swap' | 'shrink';

/** One thing that happens: a command, the owner's hand, an edit of the file, a zone that is full, time. */
export type Event =
  | { readonly event: 'command'; readonly goal: Goal; readonly trouble: Trouble }
  | { readonly event: 'deed'; readonly deed: Deed['deed']; readonly disk: number; readonly to: boolean }
  | { readonly event: 'file'; readonly change: FileChange; readonly disk: number }
  | { readonly event: 'capacity'; readonly full: boolean }
  /** Back to the oldest set, or to a state that the owner names: his word, so that older content may come of it. */
  | {
      readonly event: 'choice';
      readonly choice: 'oldest-set' | 'ON' | 'OFF' | 'DESSICATED';
      readonly trouble: Trouble;
    };

const goals: readonly Goal[] = [
  { kind: 'create', off: false },
  { kind: 'create', off: true },
  { kind: 'up' },
  { kind: 'down' },
  { kind: 'dessicate', stop: false },
  { kind: 'dessicate', stop: true },
  { kind: 'rehydrate', off: false },
  { kind: 'rehydrate', off: true },
  { kind: 'resize', stop: true },
  { kind: 'apply', stop: false, removeDisks: [] },
  { kind: 'apply', stop: true, removeDisks: [] },
  { kind: 'apply', stop: true, removeDisks: ['data'] },
  { kind: 'recover' },
  { kind: 'delete' },
];

const commands = fc.record({
  event: fc.constant('command' as const),
  goal: fc.constantFrom(...goals),
  trouble: troubles,
});

/** What may be done by hand without making the data ambiguous: nothing of it destroys, and nothing writes unseen. */
const mildDeeds: readonly Deed['deed'][] = [
  'start-vm',
  'stop-vm',
  'power-off-inside',
  'write',
  'wait',
  'flip-deletion-flag',
];
const roughDeeds: readonly Deed['deed'][] = [
  ...mildDeeds,
  'delete-vm',
  'attach',
  'detach',
  'write-disk',
  'delete-disk',
  'attach-elsewhere',
  'delete-snapshot',
];

const choices = fc.record({
  event: fc.constant('choice' as const),
  choice: fc.constantFrom('oldest-set' as const, 'ON' as const, 'OFF' as const, 'DESSICATED' as const),
  trouble: troubles,
});

function eventsOf(hand: 'mild' | 'rough'): fc.Arbitrary<Event> {
  const deeds = hand === 'mild' ? mildDeeds : roughDeeds;
  return fc.oneof(
    { weight: hand === 'mild' ? 0 : 2, arbitrary: choices },
    { weight: 10, arbitrary: commands },
    {
      weight: 5,
      arbitrary: fc.record({
        event: fc.constant('deed' as const),
        deed: fc.constantFrom(...deeds),
        disk: fc.nat(2),
        to: fc.boolean(),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        event: fc.constant('file' as const),
        change: fc.constantFrom<FileChange>('size', 'grow', 'type', 'add', 'remove', 'swap', 'shrink'),
        disk: fc.nat(2),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ event: fc.constant('capacity' as const), full: fc.boolean() }),
    },
  );
}

export interface History {
  readonly disks: number;
  readonly events: readonly Event[];
  /** How it is brought to an end: by the last command again before `recover`, or by `recover` alone. */
  readonly again: boolean;
}

/** Begins with a workstation that is there, since everything before that is dull. */
export function histories(hand: 'mild' | 'rough'): fc.Arbitrary<History> {
  return fc.record({
    disks: fc.integer({ min: 1, max: 3 }),
    events: fc.array(eventsOf(hand), { minLength: 1, maxLength: 7 }),
    again: fc.boolean(),
  });
}

function diskName(lab: Lab, index: number): string {
  const { disks } = lab.workstation;
  const disk = disks[index % disks.length]?.name ?? '';
  return classicScheme.diskName({ workstation: 'dev', disk }, lab.datacenter.world.quirks.longestName);
}

function deedOf(lab: Lab, event: Extract<Event, { event: 'deed' }>): Deed {
  const disk = diskName(lab, event.disk);
  switch (event.deed) {
    case 'start-vm':
    case 'stop-vm':
    case 'power-off-inside':
    case 'write':
    case 'write-locally':
    case 'delete-vm':
      return { deed: event.deed, vm: 'dev' };
    case 'write-disk':
    case 'delete-disk':
    case 'attach-elsewhere':
      return { deed: event.deed, disk };
    case 'attach':
    case 'detach':
      return { deed: event.deed, vm: 'dev', disk };
    case 'flip-deletion-flag':
      return { deed: event.deed, vm: 'dev', disk, to: event.to };
    case 'delete-snapshot': {
      const names = [...lab.datacenter.world.snapshots.values()].map(({ name }) => name);
      return { deed: event.deed, snapshot: names[event.disk % Math.max(1, names.length)] ?? '' };
    }
    case 'wait':
      return { deed: 'wait', milliseconds: 60_000 * (1 + event.disk) };
  }
}

function edited(workstation: Workstation, quirks: Quirks, change: FileChange, disk: number): Workstation {
  const [boot, ...others] = workstation.disks;
  const index = disk % workstation.disks.length;
  const each = (edit: (spec: DiskSpec) => DiskSpec): Workstation['disks'] => {
    const [first, ...rest] = workstation.disks.map((spec, at) => (at === index ? edit(spec) : spec));
    return first === undefined ? workstation.disks : [first, ...rest];
  };
  switch (change) {
    case 'size':
      return { ...workstation, size: sizeOf(quirks, disk % 2) };
    case 'grow':
      return {
        ...workstation,
        disks: each((spec) => ({ ...spec, sizeBytes: spec.sizeBytes + quirks.smallestDiskBytes })),
      };
    case 'shrink':
      return { ...workstation, disks: each((spec) => ({ ...spec, sizeBytes: quirks.smallestDiskBytes })) };
    case 'type':
      return {
        ...workstation,
        disks: each((spec) => ({ ...spec, type: quirks.diskTypes[1] ?? spec.type })),
      };
    case 'add': {
      if (others.some(({ name }) => name === 'extra')) return workstation;
      const extra = { name: 'extra', sizeBytes: quirks.smallestDiskBytes, type: quirks.diskTypes[0] ?? '' };
      return { ...workstation, disks: [boot, ...others, extra] };
    }
    case 'remove':
      return { ...workstation, disks: [boot, ...others.slice(0, -1)] };
    case 'swap': {
      const [second, ...rest] = others;
      return second === undefined ? workstation : { ...workstation, disks: [second, boot, ...rest] };
    }
  }
}

/** The file as a person would put it right who was told that a disk cannot shrink, nor another one boot. */
function fileMended(lab: Lab, { membership, sets }: Situation): Workstation {
  const { quirks } = lab.datacenter.world;
  const specs = membership.members.map(({ name, live, spec }): DiskSpec => {
    const sizes = [
      live?.sizeBytes ?? 0,
      // Of older sets too: where the newest lacks a disk, it is one of those that are gone back to.
      ...sets.map(({ byDisk }) => byDisk.get(name)?.sizeBytes ?? 0),
      quirks.smallestDiskBytes,
    ];
    return {
      name,
      sizeBytes: Math.max(...sizes),
      type: spec?.type ?? live?.type ?? quirks.diskTypes[0] ?? '',
    };
  });
  const [first, ...others] = specs;
  return first === undefined ? lab.workstation : { ...lab.workstation, disks: [first, ...others] };
}

function isBeingMade(lab: Lab, deed: Deed): boolean {
  if (!('disk' in deed)) return false;
  return [...lab.datacenter.world.disks.values()].some(
    ({ name, settling }) => name === deed.disk && settling !== undefined,
  );
}

async function happen(lab: Lab, event: Event): Promise<void> {
  switch (event.event) {
    case 'command': {
      const { goal, trouble } = event;
      await run(lab, goal, runOptions(trouble));
      if (goal.kind !== 'delete') return;
      const { state, problems } = await look(lab);
      // Cut off before anything was marked: the data counts again.
      if (state !== 'NOT_EXIST' && !problems.some(({ kind }) => kind === 'deleting'))
        lab.datacenter.oracle.keepAgain('dev');
      return;
    }
    case 'choice': {
      const { choice, trouble } = event;
      if (choice !== 'oldest-set') {
        await run(lab, { kind: 'recover', to: choice }, runOptions(trouble));
        return;
      }
      const [oldest] = (await look(lab)).sets;
      if (oldest === undefined) return;
      await run(lab, { kind: 'rehydrate', off: false, set: oldest.timestamp }, runOptions(trouble));
      return;
    }
    case 'deed': {
      const deed = deedOf(lab, event);
      // A disk that is still being made can be given to nobody.
      const done = !isBeingMade(lab, deed) && lab.datacenter.owner(deed);
      lab.story.push(`owner: ${JSON.stringify(deed)}${done ? '' : ', refused'}`);
      return;
    }
    case 'file':
      lab.workstation = edited(lab.workstation, lab.datacenter.world.quirks, event.change, event.disk);
      lab.story.push(`file: ${event.change}, disks now ${JSON.stringify(lab.workstation.disks)}`);
      return;
    case 'capacity':
      for (const location of lab.datacenter.world.locations) location.outOfCapacity = event.full;
      lab.story.push(`capacity: ${event.full ? 'none' : 'enough'}`);
  }
}

export interface Ending {
  readonly lab: Lab;
  readonly situation: Situation;
  /** What is wrong with it; empty where all is well. */
  readonly wrong: string[];
}

/** The commands that a refusal offers to choose from, but for the one that gives everything up. */
export function offered(remedy: string): Goal[] {
  return [...remedy.matchAll(/chews (recover|rehydrate|apply) dev((?: --[a-z-]+ [A-Za-z0-9]+)+)/g)].flatMap(
    ([, kind, options = '']): Goal[] => {
      const said = [...options.matchAll(/--([a-z-]+) ([A-Za-z0-9]+)/g)].map(([, , value = '']) => value);
      const [first = ''] = said;
      if (first === 'TIMESTAMP') return [];
      if (kind === 'recover') return [{ kind, to: first === 'ON' ? 'ON' : 'OFF' }];
      if (kind === 'rehydrate') return [{ kind, off: false, set: first }];
      return [{ kind: 'apply', stop: false, removeDisks: said }];
    },
  );
}

/** Every choice that a refusal offers leads to a normal state: what is wrong with those that do not. */
export async function deadEnds(lab: Lab, remedy: string): Promise<string[]> {
  const wrong: string[] = [];
  const { workstation } = lab;
  const saved = lab.datacenter.save();
  for (const goal of offered(remedy)) {
    lab.datacenter.restore(saved);
    const [boot, ...others] = workstation.disks;
    const gone = goal.kind === 'apply' ? goal.removeDisks : [];
    lab.workstation = { ...workstation, disks: [boot, ...others.filter(({ name }) => !gone.includes(name))] };
    const { result } = await run(lab, goal);
    const after = await look(lab);
    if (!isNormal(after)) wrong.push(`an offer that leads nowhere: ${describeOutcome(result)}`);
  }
  lab.datacenter.restore(saved);
  lab.workstation = workstation;
  return wrong;
}

/**
 * Where nothing tells whether a loose disk was ever written to, one that failed while it was made is proven by nothing: its
 * owner is told to delete it with the provider's own tools, and does. Whether he had to.
 */
function deletedByHand(lab: Lab, { outcome }: LaneResult): boolean {
  const { disks, quirks } = lab.datacenter.world;
  if (quirks.lastWritable !== 'while-attached' || outcome.kind !== 'failed') return false;
  const failed = [...disks.values()].filter(
    ({ name, status }) => status === 'failed' && outcome.remedy?.includes(`delete disk ${name} `) === true,
  );
  for (const { name } of failed) {
    lab.datacenter.owner({ deed: 'delete-disk', disk: name });
    lab.story.push(`owner: deletes ${name}, as he was told to`);
  }
  return failed.length > 0;
}

function lagFrom(lab: Lab, listLagMs: number): void {
  const world = lab.datacenter.save();
  lab.datacenter.restore({ ...world, quirks: { ...world.quirks, listLagMs } });
}

/**
 * Plays a history, brings it to its end, and judges it. `lagMs`: how much lists lag while the history lasts, where that is more
 * than the kind of cloud does; they have caught up before it is brought to its end.
 */
export async function play(
  quirks: Quirks,
  history: History,
  hand: 'mild' | 'rough',
  lagMs = quirks.listLagMs,
): Promise<Ending> {
  const lab = openLab(quirks, history.disks);
  await run(lab, { kind: 'create', off: false });
  if (lagMs !== quirks.listLagMs) lagFrom(lab, lagMs);
  let last: Goal = { kind: 'recover' };
  for (const event of history.events) {
    await happen(lab, event);
    if (event.event === 'command') last = event.goal;
  }
  if (lagMs !== quirks.listLagMs) {
    lab.datacenter.advance(lagMs);
    lagFrom(lab, quirks.listLagMs);
  }
  for (const location of lab.datacenter.world.locations) location.outOfCapacity = false;
  lab.workstation = fileMended(lab, await look(lab));
  lab.story.push('the file is put right');
  if (history.again) await run(lab, last);
  let ended = await run(lab, { kind: 'recover' });
  if (deletedByHand(lab, ended.result)) ended = await run(lab, { kind: 'recover' });
  let situation = await look(lab);
  if (situation.problems.some(({ kind }) => kind === 'deleting')) {
    ended = await run(lab, { kind: 'delete' });
    situation = await look(lab);
  }
  const wrong = [...lab.harm];
  const { outcome } = ended.result;
  if (!isNormal(situation)) {
    const refused = outcome.kind === 'failed' && outcome.code === 'refused' && outcome.remedy !== undefined;
    if (!refused) wrong.push(`neither normal nor refused: ${describeOutcome(ended.result)}`);
    if (ended.changes.length > 0) wrong.push('refused, and changed something all the same');
    if (outcome.kind === 'failed') wrong.push(...(await deadEnds(lab, outcome.remedy ?? '')));
    if (hand === 'mild') wrong.push(`needs the owner's word: ${describeOutcome(ended.result)}`);
  } else if (outcome.kind === 'failed') {
    wrong.push(`normal, and failed all the same: ${describeOutcome(ended.result)}`);
  }
  letSettle(lab);
  const before = picture(lab);
  const second = await run(lab, situation.state === 'NOT_EXIST' ? { kind: 'delete' } : { kind: 'recover' });
  if (second.changes.length > 0 || picture(lab) !== before)
    wrong.push(`the second run changed: ${second.changes.join(', ')}`);
  if (hand === 'mild' && isNormal(situation)) {
    wrong.push(...misplaced(lab, situation).filter((sentence) => !sentence.startsWith('extra ')));
  }
  if (lab.harm.length > 0) wrong.push(...lab.harm);
  return { lab, situation, wrong };
}
