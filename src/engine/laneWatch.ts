import type { Fleet, Inventory } from '../core/assets.ts';
import { inventoryOf } from '../core/inventory.ts';
import { observe } from '../core/observations.ts';
import type { Provider } from '../core/provider.ts';
import { infer, type Situation } from '../core/state.ts';
import type { Workstation } from '../core/workstation.ts';
import { type Stopping, startWatch, type Watch } from './execute.ts';
import { claimOf, type Session } from './session.ts';

const SETTLE_FIRST_PAUSE_MS = 1_000;
const SETTLE_LONGEST_PAUSE_MS = 5_000;

/** A watch that remembers its latest read, as a whole and what of it is the workstation's. */
export interface LaneWatch extends Watch {
  readonly latest: () => Inventory;
  readonly fleet: () => Fleet;
}

export async function openLaneWatch(
  session: Session,
  provider: Provider,
  workstation: Workstation,
  stopping: Stopping,
  confirm: () => Promise<void>,
): Promise<LaneWatch> {
  const { sleep, nowMs } = session.context;
  const { listLagMs = 0 } = provider.capabilities;
  // The lease is ours by now: of what other runs did, nothing is younger.
  const caughtUpAtMs = nowMs() + listLagMs;
  let fleet = await provider.list({ signal: stopping.stop });
  const claim = claimOf(session.configuration, workstation, fleet.account);
  let latest = inventoryOf(fleet, claim);
  const take = async (signal?: AbortSignal) => {
    fleet = await provider.list(signal === undefined ? {} : { signal });
    latest = inventoryOf(fleet, claim);
    return latest;
  };
  // A list is as old as its first page, however long its last one was in coming.
  let isCaughtUp = listLagMs === 0;
  const catchUp = async () => {
    if (isCaughtUp) return false;
    const restMs = caughtUpAtMs - nowMs();
    if (restMs > 0) await sleep(restMs, stopping.stop);
    isCaughtUp = true;
    return true;
  };
  const outwaitLag = async () => {
    if (listLagMs > 0) await sleep(listLagMs, stopping.stop);
    return listLagMs > 0;
  };
  const watch = startWatch(provider, claim, take, stopping.cut, confirm, catchUp, outwaitLag);
  watch.note((seen) => observe(seen, latest));
  return { ...watch, latest: () => latest, fleet: () => fleet };
}

/** Reads until nothing is CHANGING, within a bound. `isRead`: the latest read is fresh, and the first look takes it. */
export async function settle(
  session: Session,
  watch: LaneWatch,
  isRead: boolean,
  settleMs: number,
  stopping: Stopping,
  say: (sentence: string) => void,
): Promise<{ inventory: Inventory; situation: Situation }> {
  const startedAtMs = session.context.nowMs();
  let pause = SETTLE_FIRST_PAUSE_MS;
  for (let first = true; ; first = false) {
    const inventory = first && isRead ? watch.latest() : await watch.read();
    const situation = infer(inventory, watch.claim, watch.seen());
    const over = session.context.nowMs() - startedAtMs >= settleMs;
    if (situation.state !== 'CHANGING' || over || stopping.stop.aborted) return { inventory, situation };
    if (first)
      say(`waiting for the provider: ${situation.problems.map((problem) => problem.sentence).join('; ')}`);
    await session.context.sleep(pause, stopping.stop);
    pause = Math.min(pause * 1.5, SETTLE_LONGEST_PAUSE_MS);
  }
}
