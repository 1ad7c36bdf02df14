import type { Goal } from '../../src/core/plan.ts';
import { describeOutcome } from '../../test/property/lab.ts';
import { quirksOf } from '../../test/property/kinds.ts';
import { type FleetRun, runFleet } from '../../test/prove/runFleet.ts';
import type { Client } from '../../test/support/datacenter/client.ts';
import type { Datacenter } from '../../test/support/datacenter/datacenter.ts';
import type { Durations, Quirks } from '../../test/support/datacenter/quirks.ts';
import { isThrottled } from '../../test/support/datacenter/throttle.ts';
import { apiBuckets } from '../../test/support/ec2/ec2World.ts';
import { atMost, type Finding } from './finding.ts';
import { fleetOf, fleetWorld, openCloud } from './fleetWorld.ts';

/** How long the cloud's own operations take there. */
const durations: Durations = { createDiskMs: 5_000, snapshotMs: 60_000, startMs: 10_000, stopMs: 30_000 };
const MOST_OF_PATH = 1.05;
const SLACK_MS = 3_000;
const MOST_FOR_EIGHT = 1.1;
const MANY = 100;

type Command = 'dessicate --stop' | 'rehydrate';

const commands: Readonly<Record<Command, Goal>> = {
  'dessicate --stop': { kind: 'dessicate', stop: true },
  rehydrate: { kind: 'rehydrate', off: false },
};

interface Simulated {
  readonly name: string;
  readonly quirks: Quirks;
  /** What has to come one after the other, whoever asks for it. */
  readonly pathMs: Readonly<Record<Command, number>>;
}

const { createDiskMs, snapshotMs, startMs, stopMs } = durations;

const clouds: readonly Simulated[] = [
  {
    name: 'EC2',
    quirks: { ...quirksOf('aws'), durations },
    // EC2 makes the disks along with the VM.
    pathMs: { 'dessicate --stop': stopMs + snapshotMs, rehydrate: startMs },
  },
  {
    name: 'Compute Engine',
    quirks: { ...quirksOf('gcp'), durations },
    pathMs: { 'dessicate --stop': stopMs + snapshotMs, rehydrate: createDiskMs + startMs },
  },
];

/** All of it plays in virtual time: what a cloud takes is known exactly, and what chews adds to it can be seen. */
export async function simulated(): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const cloud of clouds) {
    const one = await lifeOf(cloud, 1);
    const eight = await lifeOf(cloud, 8);
    for (const command of ['dessicate --stop', 'rehydrate'] as const) {
      const pathMs = cloud.pathMs[command];
      const what = `${cloud.name}, ${command}`;
      const mostSeconds = (pathMs * MOST_OF_PATH + SLACK_MS) / 1000;
      for (const [disks, took] of [
        ['one disk', one],
        ['eight disks', eight],
      ] as const)
        findings.push({
          what: `${what}, ${disks}`,
          measured: `${seconds(took[command])}, of which the cloud takes ${seconds(pathMs)}`,
          verdict: atMost(took[command] / 1000, mostSeconds, 's', 1),
        });
      const ratio = eight[command] / one[command];
      findings.push({
        what: `${what}, eight disks against one`,
        measured: `${ratio.toFixed(2)} ×`,
        verdict: atMost(ratio, MOST_FOR_EIGHT, '×', 2),
      });
    }
  }
  return [...findings, ...(await manyAtOnce())];
}

async function lifeOf({ quirks }: Simulated, disks: number): Promise<Readonly<Record<Command, number>>> {
  const datacenter = openCloud(quirks);
  const fleet = fleetOf(quirks, disks, 1);
  const took = async (goal: Goal) => (await done(datacenter, fleet, goal)).tookMs;
  await took({ kind: 'create', off: false });
  return {
    'dessicate --stop': await took(commands['dessicate --stop']),
    rehydrate: await took(commands.rehydrate),
  };
}

/** Clouds refuse calls of whoever asks for too much; how often that happens is in nobody's figures but these. */
async function manyAtOnce(): Promise<Finding[]> {
  const quirks: Quirks = { ...quirksOf('aws'), durations, throttle: { buckets: apiBuckets } };
  const datacenter = await fleetWorld(quirks, MANY);
  const findings: Finding[] = [];
  for (const [command, goal] of Object.entries(commands)) {
    const { counting, refused } = countRefused(datacenter);
    const { calls, tookMs } = await done(counting, fleetOf(quirks, 1, MANY), goal);
    findings.push({
      what: `EC2, ${command} of ${MANY} workstations, calls refused by its buckets`,
      measured: `${refused()} of ${calls} in ${seconds(tookMs)}`,
      verdict: atMost(refused(), 0, '', 0),
    });
  }
  return findings;
}

async function done(
  datacenter: Datacenter,
  fleet: Parameters<typeof runFleet>[1],
  goal: Goal,
): Promise<FleetRun> {
  const ended = await runFleet(datacenter, fleet, goal);
  const wrong = ended.results.find(({ outcome }) => outcome.kind !== 'done');
  if (wrong !== undefined) throw new Error(`${goal.kind} of ${wrong.workstation}: ${describeOutcome(wrong)}`);
  return ended;
}

function countRefused(datacenter: Datacenter): {
  readonly counting: Datacenter;
  readonly refused: () => number;
} {
  let count = 0;
  const counted = async <T>(call: Promise<T>): Promise<T> => {
    try {
      return await call;
    } catch (error) {
      if (isThrottled(error)) count += 1;
      throw error;
    }
  };
  const connect: Datacenter['connect'] = (options) => {
    const client = datacenter.connect(options);
    return withMembers(client, {
      page: (...args) => counted(client.page(...args)),
      read: (...args) => counted(client.read(...args)),
      mutate: (...args) => counted(client.mutate(...args)),
    } satisfies Partial<Client>);
  };
  return { counting: withMembers(datacenter, { connect }), refused: () => count };
}

/** The same thing, of which some members are others; those that are computed stay so. */
function withMembers<T extends object>(whole: T, members: Partial<T>): T {
  return Object.defineProperties(
    {} as T,
    {
      ...Object.getOwnPropertyDescriptors(whole),
      ...Object.getOwnPropertyDescriptors(members),
    } as PropertyDescriptorMap,
  );
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}
