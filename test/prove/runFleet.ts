import { inPool, LANES_AT_ONCE } from '../../src/cli/lanes.ts';
import type { Goal } from '../../src/core/plan.ts';
import type { Workstation } from '../../src/core/workstation.ts';
import { type LaneResult, runLane } from '../../src/engine/runLane.ts';
import { openSession } from '../../src/engine/session.ts';
import { virtualSleep } from '../property/lab.ts';
import type { Client } from '../support/datacenter/client.ts';
import type { Datacenter } from '../support/datacenter/datacenter.ts';
import { type Connect, kindOf, settingsOf } from '../support/kindOf.ts';
import { laneOptions } from '../support/laneOptions.ts';
import { drawsFrom } from './draws.ts';

export interface FleetRun {
  readonly results: readonly LaneResult[];
  /** All that were made, the refused ones among them. */
  readonly calls: number;
  readonly lists: number;
  readonly changes: number;
  readonly tookMs: number;
}

/** One command for many workstations, in one process: lanes in the program's pool, over one client. */
export async function runFleet(
  datacenter: Datacenter,
  workstations: readonly Workstation[],
  goal: Goal,
): Promise<FleetRun> {
  const clients: Client[] = [];
  const sleep = virtualSleep(datacenter);
  const connect: Connect = (options) => {
    const client = datacenter.connect(options);
    clients.push(client);
    return client;
  };
  const kind = kindOf(datacenter, connect, sleep);
  const random = drawsFrom(datacenter.world.random);
  const session = openSession(
    {
      id: 'a1b2c3d4',
      providers: [{ name: 'here', kind: kind.kind, settings: settingsOf(datacenter) }],
      workstations,
    },
    () => Promise.resolve(kind),
    datacenter.context({ sleep }),
    () => random.below(1_000) / 1_000,
  );
  const startedAtMs = datacenter.world.nowMs;
  const { runner, ...options } = laneOptions(100, { settleMs: 5 * 60_000 });
  const asFleet = { ...options, runner: { ...runner, token: `fleet-${startedAtMs}` } };
  const { signal } = new AbortController();
  const results = await inPool(workstations, LANES_AT_ONCE, (workstation) =>
    runLane(session, workstation, goal, asFleet, { stop: signal, cut: signal }),
  );
  const trace = clients.flatMap((client) => client.trace);
  return {
    results,
    calls: trace.length,
    lists: trace.filter(({ what }) => what === 'list').length,
    changes: trace.filter(({ number }) => number > 0).length,
    tookMs: datacenter.world.nowMs - startedAtMs,
  };
}
