import { awsProvider } from '../../providers/aws/aws.ts';
import type { ErrorCode } from '../../src/core/errors.ts';
import type { Goal } from '../../src/core/plan.ts';
import type { State } from '../../src/core/state.ts';
import type { Workstation } from '../../src/core/workstation.ts';
import { runLane } from '../../src/engine/runLane.ts';
import { openSession } from '../../src/engine/session.ts';
import { describeOutcome, virtualSleep } from '../property/lab.ts';
import type { Call, ClientOptions } from '../support/datacenter/client.ts';
import { DataLost } from '../support/datacenter/oracle.ts';
import { ACCOUNT, REGION } from '../support/ec2/ec2World.ts';
import { openEc2 } from '../support/ec2/openEc2.ts';
import { laneOptions } from '../support/laneOptions.ts';
import { type Ec2Bench, IMAGE, ZONE } from './ec2Bench.ts';

const GiB = 1024 ** 3;
/** What the file says of it. */
export const workstation: Workstation = {
  name: 'test',
  provider: 'cloud',
  locations: [ZONE, `${REGION}b`],
  size: { machineType: 't3.small' },
  image: IMAGE,
  keepSnapshots: 3,
  disks: [
    { name: 'boot', sizeBytes: 8 * GiB, type: 'gp3' },
    { name: 'data', sizeBytes: 8 * GiB, type: 'gp3' },
  ],
};

/** How a command ended. */
export interface Ended {
  readonly said: string;
  /** Undefined where it did not fail. */
  readonly code: ErrorCode | 'internal' | undefined;
  readonly state: State | undefined;
  /** Calls that changed something, the leases' among them. */
  readonly calls: number;
  readonly trace: readonly Call[];
}

let pid = 100;

/** One command as a process of its own, through the engine and the real adapter. */
export async function command(
  bench: Ec2Bench,
  goal: Goal,
  options: ClientOptions = {},
  file: Workstation = workstation,
): Promise<Ended> {
  const { datacenter } = bench;
  const client = datacenter.connect(options);
  const sleep = virtualSleep(datacenter);
  pid += 1;
  const session = openSession(
    {
      id: 'a1b2c3',
      providers: [{ name: 'cloud', kind: 'aws', settings: { region: REGION, account: ACCOUNT } }],
      workstations: [file],
    },
    () => Promise.resolve({ ...awsProvider, open: () => openEc2(datacenter, client, { sleep }) }),
    datacenter.context({ sleep }),
    () => 0.5,
    { attempts: 4, firstPauseMs: 500 },
  );
  const result = await runLane(session, file, goal, laneOptions(pid), {
    stop: new AbortController().signal,
    cut: new AbortController().signal,
  });
  const { outcome } = result;
  if (outcome.kind === 'failed' && outcome.error instanceof DataLost) throw outcome.error;
  if (outcome.kind === 'failed' && outcome.code === 'internal' && !client.dead) throw outcome.error;
  return {
    said: describeOutcome(result),
    code: outcome.kind === 'failed' ? outcome.code : undefined,
    state: result.after?.state,
    calls: client.calls,
    trace: client.trace,
  };
}
