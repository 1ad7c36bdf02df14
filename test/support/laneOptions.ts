import type { LaneOptions } from '../../src/engine/runLane.ts';

/** A run in the simulations: a process of ann's on one and the same computer, which asks nobody and tells nobody. */
export function laneOptions(pid: number, changes: Partial<LaneOptions> = {}): LaneOptions {
  const host = { hostId: 'ares-1', hostBoot: 'boot-1' };
  return {
    dryRun: false,
    wait: false,
    settleMs: 600_000,
    runner: { ...host, token: `token-${pid}`, user: 'ann', host: 'ares', pid, processStart: `start-${pid}` },
    // Whoever ran there before has ended.
    view: { ...host, processStartOf: () => undefined },
    confirm: async () => true,
    report: () => undefined,
    ...changes,
  };
}
