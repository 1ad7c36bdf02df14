import type { Goal } from '../../src/core/plan.ts';
import { type Adapter, quirksOf } from '../property/kinds.ts';
import {
  describeGoal,
  describeOutcome,
  type Gate,
  isNormal,
  type Lab,
  look,
  misplaced,
  openLab,
  type RunOptions,
  run,
} from '../property/lab.ts';
import { classicScheme } from '../../src/core/names.ts';
import type { Deed } from '../support/datacenter/owner.ts';
import type { Quirks } from '../support/datacenter/quirks.ts';
import { relabel } from './relabel.ts';

/** One of the ways in which disks get lost, told as a story that ends well because of these guards alone. */
export interface WayToLose {
  /** As the safety rules count them. */
  readonly number: number;
  readonly story: string;
  /** Taken out together, the story ends badly. Empty: nothing in the core stands against it; it is told all the same. */
  readonly guards: readonly string[];
  /** The kind of cloud that it is told of first. */
  readonly kind: string;
  /** Clouds that it cannot be told of, and why. */
  readonly untold?: Partial<Record<Adapter, string>>;
  /** Clouds where something else holds it as well, so that it ends well without these guards, and what that is. */
  readonly alsoHeld?: Partial<Record<Adapter, string>>;
  /** What is wrong at its end; empty where all is well. */
  readonly play: (kind: string) => Promise<string[]>;
}

const create: Goal = { kind: 'create', off: false };
const up: Goal = { kind: 'up' };
const down: Goal = { kind: 'down' };
const dessicate: Goal = { kind: 'dessicate', stop: false };
const wait: Deed = { deed: 'wait', milliseconds: 60_000 };
const work: Deed[] = [wait, { deed: 'write', vm: 'dev' }, wait];

type Act = Goal | readonly [Goal, RunOptions] | { readonly deeds: readonly Deed[] } | ((lab: Lab) => void);

async function tell(lab: Lab, acts: readonly Act[]): Promise<void> {
  for (const act of acts) {
    if (typeof act === 'function') act(lab);
    else if ('deeds' in act) for (const deed of act.deeds) lab.datacenter.owner(deed);
    else if ('kind' in act) await run(lab, act);
    else await tellOfRun(lab, ...act);
  }
}

async function tellOfRun(lab: Lab, goal: Goal, options: RunOptions): Promise<void> {
  const { killBefore, faults = [] } = options;
  const { killed } = await run(lab, goal, options);
  const isToBeKilled = killBefore !== undefined || faults.some(({ kind }) => kind === 'kill');
  // Else it is another story, which ends well whatever stands against this one.
  if (isToBeKilled && !killed) throw new Error(`${describeGoal(goal)} ended before it could be killed`);
}

function labOf(kind: string, disks: number, changes: Partial<Quirks> = {}): Lab {
  return openLab({ ...quirksOf(kind), ...changes }, disks);
}

/** Nothing is lost, no second VM is there, the state is normal and everything in its place. */
async function wrongIn(lab: Lab): Promise<string[]> {
  const lost = lab.datacenter.oracle.losses().map(({ disk }) => `what was on ${disk} is lost`);
  const situation = await look(lab);
  const state = isNormal(situation) ? [] : [`it is ${situation.state}`];
  return [...lab.harm, ...lost, ...state, ...misplaced(lab, situation)];
}

const nameOf = (disk: string) => classicScheme.diskName({ workstation: 'dev', disk }, 63);

/** How EC2 calls what the port calls otherwise. */
const actionsOfEc2: Readonly<Record<string, string>> = {
  'detach-disk': 'DetachVolume',
  'delete-vm': 'TerminateInstances',
  'snapshot-disk': 'CreateSnapshot',
};

function callOf(kind: string, call: string): string {
  return (quirksOf(kind).wire === 'ec2' ? actionsOfEc2[call] : undefined) ?? call;
}

/** Which of a dessicate's calls takes the first snapshot; a lease is two on Compute Engine. */
function snapshotCall(kind: string): number {
  return quirksOf(kind).wire === 'compute-engine' ? 3 : 2;
}

/** Everything of the account, as somebody else's configuration would have made it. */
function giveAway({ datacenter }: Lab): void {
  const { vms, disks, snapshots } = datacenter.world;
  for (const asset of [...vms.values(), ...disks.values(), ...snapshots.values()])
    relabel(datacenter, asset, { owner: 'f00df00d' });
}

function assetIds({ datacenter }: Lab): string {
  const { vms, disks, snapshots } = datacenter.world;
  return [...vms.keys(), ...disks.keys(), ...snapshots.keys()].join();
}

/** How often the memory provider itself looks between a proof and the deletion of a VM. */
const OWN_LOOKS = 2;

const stale = ['same-incarnation', 'same-content', 'not-written-since'];
const written = ['same-content', 'not-written-since'];

export const waysToLose: readonly WayToLose[] = [
  {
    number: 1,
    story: 'a restored disk bears the name of the old one, and the old snapshot of that name is found',
    guards: stale,
    kind: 'plain',
    play: async (kind) => {
      const lab = labOf(kind, 2);
      await tell(lab, [create, down, dessicate, up, { deeds: work }, down, dessicate]);
      return await wrongIn(lab);
    },
  },
  {
    number: 2,
    story:
      'all snapshots are taken, the run is killed, the owner starts the VM and works, and the run goes on',
    guards: written,
    kind: 'gceLike',
    play: async (kind) => {
      const lab = labOf(kind, 2);
      const works: Deed[] = [{ deed: 'start-vm', vm: 'dev' }, ...work, { deed: 'stop-vm', vm: 'dev' }, wait];
      await tell(lab, [
        create,
        down,
        [dessicate, { killBefore: callOf(kind, 'detach-disk') }],
        { deeds: works },
        dessicate,
      ]);
      return await wrongIn(lab);
    },
  },
  {
    number: 3,
    story: 'somebody sets a deletion flag between the look at the flags and the deletion of the VM',
    guards: ['deletion-flags-clear'],
    alsoHeld: {
      gcp: 'the disks are taken from a VM before it is deleted',
      aws: 'a VM that lacks a disk is given it, and not deleted',
    },
    kind: 'plain',
    play: async (kind) => {
      const lab = labOf(kind, 2);
      const [boot, data] = [nameOf('boot'), nameOf('data')];
      const gone: Deed[] = [
        { deed: 'detach', vm: 'dev', disk: data },
        { deed: 'delete-disk', disk: data },
      ];
      await tell(lab, [create, down, dessicate, up, { deeds: work }, down, { deeds: gone }]);
      const saved = lab.datacenter.save();
      // The lost disk may come back as it was; the boot disk is to be as its owner left it.
      const recover: Goal = { kind: 'recover', to: 'OFF' };
      let reads = 0;
      let readsBefore = 0;
      const count: Gate = async ({ number, what }) => {
        if (number === 0) reads += 1;
        if (what.startsWith(callOf(kind, 'delete-vm'))) readsBefore = reads;
      };
      await run(lab, recover, { gate: count });
      const wrong: string[] = [];
      // Before every read up to the one that the proof is made from.
      for (let moment = 1; moment <= readsBefore - OWN_LOOKS; moment += 1) {
        lab.datacenter.restore(saved);
        reads = 0;
        const flip: Gate = async ({ number }) => {
          if (number === 0) reads += 1;
          if (number === 0 && reads === moment)
            lab.datacenter.owner({ deed: 'flip-deletion-flag', vm: 'dev', disk: boot, to: true });
        };
        await run(lab, recover, { gate: flip });
        wrong.push(...lab.harm.splice(0));
      }
      return wrong;
    },
  },
  {
    number: 4,
    story:
      'the file is for one account, and the credentials are for another, where there is a workstation of that name',
    guards: ['right-account'],
    alsoHeld: { gcp: 'every call names the project of the file' },
    kind: 'plain',
    play: async (kind) => {
      const lab = labOf(kind, 1);
      const elsewhere = { answersFor: 'elsewhere' };
      await tell(lab, [
        [create, elsewhere],
        [down, elsewhere],
      ]);
      const before = assetIds(lab);
      await tell(lab, [[{ kind: 'delete' }, elsewhere]]);
      return assetIds(lab) === before ? [] : ['a workstation of another account was deleted'];
    },
  },
  {
    number: 4,
    story: 'a list lacks assets, and what is not in it passes for absent',
    guards: [],
    untold: { aws: 'EC2 answers whole, or with an error' },
    kind: 'plain',
    play: async (kind) => {
      const lab = labOf(kind, 2);
      await tell(lab, [create]);
      const before = assetIds(lab);
      const wrong: string[] = [];
      for (const goal of [create, up, { kind: 'recover' }, { kind: 'delete' }] satisfies Goal[]) {
        const partial = {
          readFaults: [{ read: 1, forMs: 3_600_000, kind: 'partial' as const }],
          attempts: 1,
        };
        const { result } = await run(lab, goal, partial);
        if (result.outcome.kind !== 'failed') wrong.push(describeOutcome(result));
      }
      lab.datacenter.oracle.keepAgain('dev');
      return assetIds(lab) === before ? wrong : [...wrong, 'something was made or deleted'];
    },
  },
  {
    number: 5,
    story: 'a snapshot is pending when its run is killed, passes for complete, and fails',
    guards: ['snapshot-ready', 'set-whole'],
    alsoHeld: {
      gcp: 'the disks are taken from the VM first, which is younger than the snapshot: another is taken',
      aws: 'nothing tells what a disk went through since its snapshot: another is taken',
    },
    kind: 'plain',
    play: async (kind) => {
      const lab = labOf(kind, 1);
      await tell(lab, [create, down]);
      const call = snapshotCall(kind);
      const pending: RunOptions = {
        faults: [
          { call, when: 'later', kind: 'fails', extraMs: 3_600_000 },
          { kind: 'kill', call: call + 1, when: 'before' },
        ],
      };
      await tell(lab, [[dessicate, pending]]);
      const snapshots = [...lab.datacenter.world.snapshots.values()];
      if (!snapshots.some(({ settling }) => settling !== undefined))
        throw new Error('no snapshot is pending: another call was to fail later');
      await tell(lab, [dessicate]);
      lab.datacenter.advance(7_200_000);
      return await wrongIn(lab);
    },
  },
  {
    number: 6,
    story: 'the clock of the computer that took the older set was years ahead',
    guards: [],
    kind: 'plain',
    play: async (kind) => {
      const lab = labOf(kind, 1);
      await tell(lab, [create, down, dessicate]);
      const { world } = lab.datacenter;
      const [first] = world.snapshots.values();
      if (first === undefined) throw new Error('there is no snapshot');
      const set = '20990101000000';
      const name = classicScheme.snapshotName({ workstation: 'dev', disk: 'boot', set }, 63);
      relabel(lab.datacenter, first, { set }, name);
      await tell(lab, [up, { deeds: work }, down, dessicate, up]);
      return await wrongIn(lab);
    },
  },
  {
    number: 7,
    story: 'ten cycles with one set to keep, some of them cut off: nothing is tidied away by the way',
    guards: [],
    kind: 'plain',
    play: async (kind) => {
      const lab = labOf(kind, 2);
      lab.workstation = { ...lab.workstation, keepSnapshots: 1 };
      await tell(lab, [create, down]);
      for (let cycle = 0; cycle < 10; cycle += 1) {
        const cut: Act[] =
          cycle % 3 === 0 ? [[dessicate, { killBefore: callOf(kind, 'snapshot-disk') }]] : [];
        await tell(lab, [...cut, dessicate, up, { deeds: work }, down]);
      }
      const { sets } = await look(lab);
      return [...(sets.length < 10 ? [`there are ${sets.length} sets`] : []), ...(await wrongIn(lab))];
    },
  },
  {
    number: 8,
    story: 'a VM that is made anew runs its first-boot set-up on disks that are full',
    guards: ['disks-never-written'],
    alsoHeld: { aws: 'EC2 boots no disk that exists already: the disks are put away first' },
    kind: 'plain',
    play: async (kind) => {
      const lab = labOf(kind, 2);
      await tell(lab, [create, { deeds: work }, down, { deeds: [{ deed: 'delete-vm', vm: 'dev' }] }, up]);
      return await wrongIn(lab);
    },
  },
  {
    number: 9,
    story: 'a snapshot that is kept with its disk, and goes with it, passes for one of ours',
    guards: ['snapshot-taken-from-disk'],
    untold: { gcp: 'an instant snapshot is no snapshot in its lists', aws: 'EC2 has no such thing' },
    kind: 'plain',
    play: async (kind) => {
      const lab = labOf(kind, 1);
      await tell(lab, [create, down, [dessicate, { killBefore: callOf(kind, 'delete-vm') }]]);
      for (const snapshot of lab.datacenter.world.snapshots.values()) snapshot.kind = 'instant';
      await tell(lab, [dessicate]);
      return await wrongIn(lab);
    },
  },
  {
    number: 10,
    story: 'another configuration has a workstation of that name in the same account',
    guards: ['own-configuration'],
    kind: 'plain',
    play: async (kind) => {
      const lab = labOf(kind, 1);
      await tell(lab, [create, down, giveAway]);
      const before = assetIds(lab);
      await tell(lab, [{ kind: 'delete' }, create, { kind: 'recover' }]);
      return assetIds(lab) === before ? [] : ['what is somebody else’s was deleted, or hidden by a twin'];
    },
  },
  {
    number: 11,
    story: 'the VM has a local SSD, which goes with it',
    guards: ['nothing-dies-with-vm'],
    untold: { aws: 'an instance store is empty as soon as its VM is off' },
    kind: 'plain',
    play: async (kind) => {
      const lab = labOf(kind, 1);
      await tell(lab, [create, { deeds: [wait, { deed: 'write-locally', vm: 'dev' }] }, down, dessicate]);
      return await wrongIn(lab);
    },
  },
  {
    number: 12,
    story: 'a sweeper looks for snapshots without a disk: each says whose and what it is',
    guards: [],
    kind: 'plain',
    play: async (kind) => {
      const lab = labOf(kind, 2);
      await tell(lab, [create, down, dessicate]);
      const { sets } = await look(lab);
      const snapshots = sets.flatMap(({ byDisk }) => [...byDisk.values()]);
      if (snapshots.length !== 2) return [`there are ${snapshots.length} snapshots`];
      return snapshots.flatMap(({ name, labels }) => {
        const { workstation, owner, disk, role, set, setIndex, setSize } = labels;
        const said = [workstation, owner, disk, role, set, setIndex, setSize];
        return said.includes(undefined) ? [`${name} does not say what it is`] : [];
      });
    },
  },
];
