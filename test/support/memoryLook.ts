import type { Ref } from '../../src/core/action.ts';
import type { Disk, Fleet, Snapshot, Vm } from '../../src/core/assets.ts';
import { ChewsError, type ErrorCode } from '../../src/core/errors.ts';
import type { ApplyOptions, ProviderContext } from '../../src/core/provider.ts';
import type { Client } from './datacenter/client.ts';

/** What it takes to carry out one action. */
export interface Workplace {
  readonly client: Client;
  readonly context: Pick<ProviderContext, 'sleep'>;
  readonly see: (signal?: AbortSignal) => Promise<Fleet>;
  readonly options: ApplyOptions;
  /** Whether the datacenter takes tokens in the calls that create. */
  readonly clientTokens: boolean;
  /** How old a list can be at the most. */
  readonly listLagMs: number;
  /** Whether lists can still be older than this action: then what they say is a hint, and only refusals are facts. */
  readonly mayBeOld: boolean;
}

/** clouds.md, EC2: "Write waiting of our own: adaptive (a tenth of the time elapsed, at least 1 s, at most 5 s…)". */
const SHORTEST_POLL_MS = 1_000;
const LONGEST_POLL_MS = 5_000;

export type Kind = 'vms' | 'disks' | 'snapshots';
export type AssetOf<K extends Kind> = { vms: Vm; disks: Disk; snapshots: Snapshot }[K];

export async function present<K extends Kind>(
  place: Workplace,
  kind: K,
  id: string,
): Promise<AssetOf<K> | undefined> {
  const fleet = await place.see(place.options.signal);
  const assets: readonly AssetOf<Kind>[] = fleet[kind];
  return assets.find((asset) => asset.id === id) as AssetOf<K> | undefined;
}

/** Waits until no change of it is in progress. */
export async function settled<K extends Kind>(
  place: Workplace,
  kind: K,
  id: string,
  name: string,
): Promise<AssetOf<K>> {
  for (let waitedMs = 0; ;) {
    const asset = await present(place, kind, id);
    if (asset === undefined) throw notFound(name, id);
    if (asset.status !== 'changing') return asset;
    const pauseMs = Math.min(LONGEST_POLL_MS, Math.max(SHORTEST_POLL_MS, waitedMs / 10));
    await place.context.sleep(pauseMs, place.options.signal);
    waitedMs += pauseMs;
  }
}

export const settledVm = (place: Workplace, ref: Ref): Promise<Vm> =>
  settled(place, 'vms', idOf(ref), ref.name);
export const settledDisk = (place: Workplace, ref: Ref): Promise<Disk> =>
  settled(place, 'disks', idOf(ref), ref.name);

/** An action goes out with the ids of what it is about, or the caller has a bug. */
export function idOf(ref: Ref): string {
  if (ref.id === undefined) throw new Error(`an action about ${ref.name} went out without its id`);
  return ref.id;
}

export function problem(code: ErrorCode, message: string): ChewsError {
  return new ChewsError(code, message, { effect: 'none' });
}

export function notFound(name: string, id: string): ChewsError {
  return problem('not-found', `cannot find ${name}: there is nothing of id ${id}`);
}
