import type { Goal } from '../../src/core/plan.ts';
import { infer, type Situation } from '../../src/core/state.ts';
import type { Size, Workstation } from '../../src/core/workstation.ts';
import { type LaneResult, runLane } from '../../src/engine/runLane.ts';
import { lookAt, openSession, type Session } from '../../src/engine/session.ts';
import { type Client, type ClientOptions, Killed } from '../support/datacenter/client.ts';
import type { Datacenter } from '../support/datacenter/datacenter.ts';
import type { Fault, ReadFault, Storm } from '../support/datacenter/faults.ts';
import type { LeaseStore } from '../../src/core/provider.ts';
import { DataLost } from '../support/datacenter/oracle.ts';
import type { Quirks } from '../support/datacenter/quirks.ts';
import { tellFleet } from '../support/datacenter/tellFleet.ts';
import { type Connect, idInWorld, kindOf, openDatacenter, placesOf, settingsOf } from '../support/kindOf.ts';
import { laneOptions } from '../support/laneOptions.ts';

const START_MS = Date.UTC(2026, 0, 1);
const OWNER = 'a1b2c3d4';

/** One datacenter, one workstation in it, and what was done so far, in words. */
export interface Lab {
  readonly datacenter: Datacenter;
  workstation: Workstation;
  readonly story: string[];
  /** Losses and second VMs, by whatever call: a history with one has failed, whatever it says itself. */
  readonly harm: string[];
  pid: number;
  /** What was written before belongs to a workstation of that name that was deleted. */
  bornAt: number;
}

export function workstationFor(quirks: Quirks, disks: number): Workstation {
  const sizeBytes = quirks.smallestDiskBytes * 2;
  const type = quirks.diskTypes[0] ?? '';
  const specs = ['boot', 'data', 'more', 'most'].slice(0, disks).map((name) => ({ name, sizeBytes, type }));
  const [first, ...others] = specs;
  if (first === undefined) throw new Error('a workstation has a disk at the least');
  return {
    name: 'dev',
    provider: 'here',
    size: sizeOf(quirks, 0),
    ...placesOf(quirks),
    keepSnapshots: 3,
    disks: [first, ...others],
  };
}

export function sizeOf({ machineTypes }: Quirks, index: number): Size {
  const machineType = machineTypes?.[index];
  return machineType === undefined ? { cpus: 1 + index, memoryBytes: 1024 ** 3 } : { machineType };
}

export function openLab(quirks: Quirks, disks: number, seed = 1): Lab {
  const datacenter = openDatacenter(quirks, seed, START_MS);
  return { datacenter, workstation: workstationFor(quirks, disks), story: [], harm: [], pid: 100, bornAt: 0 };
}

export interface RunOptions {
  readonly faults?: readonly Fault[];
  readonly readFaults?: readonly ReadFault[];
  readonly storm?: Storm;
  /** 1: an error of the provider ends the run at once. */
  readonly attempts?: number;
  /** Ctrl-C before that call. */
  readonly interruptAt?: number;
  /** Awaited before every call: for two runs at once, whose turn it is. */
  readonly gate?: Gate;
  /** What the run gets to see, read by read. */
  readonly tell?: (what: string, answer: unknown) => void;
  /** Of two runs at once: they wait by one clock. */
  readonly sleep?: Sleep;
  /** The process dies right before the call that begins with these words. */
  readonly killBefore?: string;
  /** The account that the provider answers for, whatever the file says. */
  readonly answersFor?: string;
  /** Another run deletes at the same time: what its owner gave up does not count again because this one creates. */
  readonly besidesDelete?: boolean;
  /** Every lease is granted, whoever holds it: a holder that was held up can always wake up. */
  readonly blindLeases?: boolean;
}

export type Gate = NonNullable<ClientOptions['gate']>;

export interface Run {
  readonly result: LaneResult;
  readonly killed: boolean;
  /** Calls that changed something, the leases' among them: where the next run's faults can go. */
  readonly calls: number;
  /** Those that changed assets. */
  readonly changes: readonly string[];
}

export type Sleep = (milliseconds: number, signal?: AbortSignal) => Promise<void>;

/**
 * Sleeping in virtual time: when nothing else can go on, the clock jumps to the next who wakes. All work between two sleeps
 * is done in microtasks, so that whoever is reached here has nothing left but to wait.
 */
export function virtualSleep(datacenter: Datacenter): Sleep {
  interface Sleeper {
    readonly atMs: number;
    readonly wake: () => void;
  }
  let sleepers: Sleeper[] = [];
  let due = false;
  const pump = () => {
    due = false;
    sleepers.sort((left, right) => left.atMs - right.atMs);
    const next = sleepers.shift();
    if (next === undefined) return;
    datacenter.advance(Math.max(0, next.atMs - datacenter.world.nowMs));
    next.wake();
    schedule();
  };
  const schedule = () => {
    if (due || sleepers.length === 0) return;
    due = true;
    setImmediate(pump);
  };
  return (milliseconds, signal) =>
    new Promise((resolve, reject) => {
      const sleeper = { atMs: datacenter.world.nowMs + milliseconds, wake: resolve };
      const abort = () => {
        sleepers = sleepers.filter((other) => other !== sleeper);
        reject(new Error('the sleep was cut short'));
      };
      if (signal?.aborted === true) return abort();
      signal?.addEventListener('abort', abort, { once: true });
      sleepers.push(sleeper);
      schedule();
    });
}

function sessionOf(
  lab: Lab,
  sleep: Sleep,
  attempts: number,
  connected: (client: Client) => Client,
  blindLeases = false,
): Session {
  const connect: Connect = (options) => connected(lab.datacenter.connect(options));
  const plain = kindOf(lab.datacenter, connect, sleep);
  const kind: typeof plain = blindLeases
    ? {
        ...plain,
        open: async (...args) => ({ ...(await plain.open(...args)), leases: grantAll(lab.datacenter) }),
      }
    : plain;
  return openSession(
    {
      id: OWNER,
      providers: [{ name: 'here', kind: kind.kind, settings: settingsOf(lab.datacenter) }],
      workstations: [lab.workstation],
    },
    () => Promise.resolve(kind),
    lab.datacenter.context({ sleep }),
    () => 0.5,
    { attempts, firstPauseMs: 500 },
  );
}

function grantAll({ world }: Datacenter): LeaseStore {
  return {
    list: async () => ({ nowMs: world.nowMs, leases: [], unreadable: [] }),
    take: async ({ durationMs, ...who }) => ({
      taken: { ...who, id: who.token, sinceMs: world.nowMs, untilMs: world.nowMs + durationMs },
    }),
    renew: async (lease) => lease,
    release: async () => undefined,
    clear: async () => true,
  };
}

function twins({ datacenter }: Lab): string[] {
  const names = [...datacenter.world.vms.values()].map(({ name }) => name);
  return names.filter((name, index) => name === 'dev' && names.indexOf(name) !== index);
}

/** Where nothing is left of an earlier workstation, its content is no longer anybody's newest. */
function begin(lab: Lab): void {
  const { world, oracle } = lab.datacenter;
  oracle.keepAgain('dev');
  if (world.disks.size === 0 && world.snapshots.size === 0) lab.bornAt = world.contents.next;
}

/** One command from its start to its end, as a process of its own. */
export async function run(lab: Lab, goal: Goal, options: RunOptions = {}): Promise<Run> {
  const { faults = [], readFaults = [], storm, attempts = 4, interruptAt, gate, tell } = options;
  const sleep = options.sleep ?? virtualSleep(lab.datacenter);
  lab.pid += 1;
  const { pid } = lab;
  const stop = new AbortController();
  let client: Client | undefined;
  const changes: string[] = [];
  if (goal.kind === 'delete') lab.datacenter.oracle.letGo('dev');
  if (goal.kind === 'create' && options.besidesDelete !== true) begin(lab);
  const watched = (fresh: Client): Client => {
    const mutate: Client['mutate'] = async (what, change, signal) => {
      if (interruptAt !== undefined && fresh.calls + 1 === interruptAt) stop.abort();
      try {
        return await fresh.mutate(
          what,
          (world) => {
            if (!changesALease(what)) changes.push(shortened(what));
            return change(world);
          },
          signal,
        );
      } catch (error) {
        if (error instanceof DataLost) lab.harm.push(error.message);
        throw error;
      } finally {
        if (twins(lab).length > 0) lab.harm.push(`two VMs after ${what}`);
      }
    };
    const read: Client['read'] = async (what, see, signal) => {
      const answer = await fresh.read(what, see, signal);
      tell?.(what, answer);
      return answer;
    };
    return Object.defineProperties({} as Client, {
      ...Object.getOwnPropertyDescriptors(fresh),
      calls: { get: () => fresh.calls },
      dead: { get: () => fresh.dead },
      mutate: { value: mutate },
      read: { value: read },
    });
  };
  const connected = (fresh: Client) => {
    const faulty = lab.datacenter.connect({
      account: options.answersFor ?? fresh.account,
      faults,
      readFaults,
      ...(storm !== undefined && { storm }),
      gate: async (call) => {
        if (options.killBefore !== undefined && call.what.startsWith(options.killBefore)) faulty.kill();
        await gate?.(call);
      },
    });
    client = watched(faulty);
    return client;
  };
  const session = sessionOf(lab, sleep, attempts, connected, options.blindLeases);
  const result = await runLane(session, lab.workstation, goal, laneOptions(pid), {
    stop: stop.signal,
    cut: new AbortController().signal,
  });
  const killed = client?.dead === true;
  lab.story.push(
    `${describeGoal(goal)}${faults.map((fault) => ` [${fault.kind} ${fault.when} call ${fault.call}]`).join('')}` +
      `${readFaults.map(({ kind, read, forMs = 0 }) => ` [${kind} at read ${read} for ${forMs} ms]`).join('')}` +
      `${storm === undefined ? '' : ` [storm ${JSON.stringify(storm)}]`}` +
      `${interruptAt === undefined ? '' : ` [interrupted before call ${interruptAt}]`}: ${changes.join(', ') || 'no change'}` +
      ` → ${killed ? 'killed' : describeOutcome(result)}`,
  );
  const { outcome } = result;
  if (outcome.kind === 'failed' && outcome.code === 'internal' && !(outcome.error instanceof Killed)) {
    lab.harm.push(`a bug: ${outcome.error instanceof Error ? outcome.error.stack : outcome.sentence}`);
  }
  return { result, killed, calls: client?.calls ?? 0, changes };
}

/** On EC2 a lease is a launch template. */
function changesALease(what: string): boolean {
  return what.includes('lease') || what.includes('LaunchTemplate');
}

/** Without the hashes, for people: `snapshot-disk dev-boot ss-dev-boot-20260101000000`. */
function shortened(what: string): string {
  return what.replace(/-[0-9a-f]{8,32}(?=[ -]|$)/g, '');
}

export function describeGoal(goal: Goal): string {
  const { kind, ...said } = goal;
  const options = Object.entries(said).filter(([, value]) => value !== false && String(value) !== '');
  return [
    kind,
    ...options.map(([key, value]) => (value === true ? `--${key}` : `--${key} ${String(value)}`)),
  ].join(' ');
}

export function describeOutcome({ outcome, after }: LaneResult): string {
  const what = outcome.kind === 'failed' ? `${outcome.code}: ${outcome.sentence}` : outcome.kind;
  return `${what}; now ${after?.state ?? 'unknown'}`;
}

/** What there is in truth: what every list will show once it has caught up. */
export async function look(lab: Lab): Promise<Situation> {
  const { world } = lab.datacenter;
  const session = sessionOf(lab, virtualSleep(lab.datacenter), 1, (client) => ({
    ...client,
    page: async () => ({ part: tellFleet(world, client.account), next: undefined, warning: undefined }),
    read: (what, see, signal) => client.read(what, (seen) => see({ ...seen, pictures: [] }), signal),
  }));
  const seen = (await lookAt(session, [lab.workstation])).byName.get('dev');
  if (seen === undefined || !('look' in seen)) throw new Error('the datacenter cannot be read');
  return infer(seen.look.inventory, seen.look.claim);
}

export function isNormal({ state }: Situation): boolean {
  return state === 'ON' || state === 'OFF' || state === 'DESSICATED' || state === 'NOT_EXIST';
}

/** The newest content of every disk is where the user looks for it: on the live disk, or in the newest set. */
export function misplaced(lab: Lab, situation: Situation): string[] {
  const { world, oracle } = lab.datacenter;
  const idOf = ({ id }: { readonly id: string }) => idInWorld(lab.datacenter, id);
  return situation.membership.members.flatMap(({ name, live }) => {
    const newest = oracle.newestContent('dev', name);
    if (newest === undefined || newest < lab.bornAt || world.contents.letGo.has('dev')) return [];
    const kept = situation.newestSet?.byDisk.get(name);
    const snapshot = kept && world.snapshots.get(idOf(kept));
    const here = live === undefined ? snapshot?.content : world.disks.get(idOf(live))?.content;
    return here === newest ? [] : [`${name} holds ${String(here)} although ${newest} is its newest content`];
  });
}

/** Lets what is under way come to its end: what changes by that is nobody's doing. */
export function letSettle({ datacenter }: Lab): void {
  const { vms, disks, snapshots } = datacenter.world;
  const isBusy = () =>
    [vms, disks, snapshots].some((assets) =>
      [...assets.values()].some(({ settling }) => settling !== undefined),
    );
  while (isBusy()) datacenter.advance(1_000);
}

/** Everything but the clock and the leases: what a run that does nothing leaves as it was. */
export function picture({ datacenter }: Lab): string {
  const { world } = datacenter;
  const plain = (assets: ReadonlyMap<string, object>) => [...assets.values()];
  return JSON.stringify([plain(world.vms), plain(world.disks), plain(world.snapshots)], (key, value) =>
    key === 'content' || key === 'writableAtMs' ? undefined : value,
  );
}
