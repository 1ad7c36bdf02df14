import { createHash } from 'node:crypto';
import type { Ref } from '../../src/core/action.ts';
import type { AssetKind } from '../../src/core/assets.ts';
import { ChewsError, type ErrorCode } from '../../src/core/errors.ts';
import type { ApplyOptions, ProviderContext } from '../../src/core/provider.ts';
import type { Attempt, Connection } from './connection.ts';
import type { GcpSettings } from './settings.ts';

/** Where an asset is found: Compute Engine knows assets by zone and name, and ids only for comparing. */
export interface Place {
  readonly name: string;
  /** Snapshots have none. */
  readonly zone: string | undefined;
}

/** What every action works with. */
export interface Gcp {
  readonly settings: GcpSettings;
  readonly context: ProviderContext;
  readonly connection: Connection;
  /** By id, from what was listed or made. An id is never given again, so that nothing in it can become wrong. */
  readonly places: Map<string, Place>;
  /** Names of the operations that were over when this process saw them last. */
  readonly finished: Set<string>;
  /** Whether something answers at that address; false after so long. */
  readonly reach: (host: string, port: number, limitMs: number, signal?: AbortSignal) => Promise<boolean>;
}

/** One action at work. */
export interface Work extends Attempt {
  readonly gcp: Gcp;
  readonly options: ApplyOptions;
}

export function workOf(gcp: Gcp, attempt: string, options: ApplyOptions = {}): Work {
  return { gcp, attempt, options, ...(options.signal && { signal: options.signal }) };
}

/** An action goes out with the ids of what it is about, or the caller has a bug. */
export function idOf(ref: Ref): string {
  if (ref.id === undefined) throw new Error(`an action about ${ref.name} went out without its id`);
  return ref.id;
}

export function refusal(code: ErrorCode, { attempt }: Attempt, why: string, remedy?: string): ChewsError {
  return new ChewsError(code, `${attempt}: ${why}`, {
    effect: 'none',
    ...(remedy !== undefined && { remedy }),
  });
}

const words: Readonly<Record<AssetKind, string>> = { vm: 'VM', disk: 'disk', snapshot: 'snapshot' };

export function missingAsset(kind: AssetKind, ref: Ref, at: Attempt): ChewsError {
  return refusal('not-found', at, `there is no ${words[kind]} ${ref.name} of id ${idOf(ref)} any more`);
}

/**
 * The id of a request that changes something, made of what is wanted and not drawn: whoever repeats it, after a lost answer or
 * in another process, repeats the very same request, and Compute Engine carries it out once.
 */
export function requestIdOf(...wanted: readonly unknown[]): string {
  const hex = createHash('sha256').update(JSON.stringify(wanted)).digest('hex');
  // The shape of a random UUID; Compute Engine takes no other words.
  const variant = ((Number.parseInt(hex.slice(16, 17), 16) & 3) | 8).toString(16);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    variant + hex.slice(17, 20),
    hex.slice(20, 32),
  ].join('-');
}

const SHORTEST_POLL_MS = 1000;
const LONGEST_POLL_MS = 5000;

/** Looks until it is settled; the pauses grow with the time that has passed (clouds.md: "adaptive"). */
export async function settled<T>(
  look: () => Promise<T>,
  isChanging: (found: T) => boolean,
  { gcp, signal }: Work,
): Promise<T> {
  for (let waitedMs = 0; ;) {
    const found = await look();
    if (!isChanging(found)) return found;
    const pauseMs = Math.min(LONGEST_POLL_MS, Math.max(SHORTEST_POLL_MS, waitedMs / 10));
    await gcp.context.sleep(pauseMs, signal);
    waitedMs += pauseMs;
  }
}

export function zoneLink({ settings }: Gcp, zone: string, ...rest: readonly string[]): string {
  return ['projects', settings.project, 'zones', zone, ...rest].join('/');
}

/** The last word of a link: `…/zones/us-central1-a/machineTypes/e2-small`. */
export function lastWord(link: string | null | undefined): string {
  return (link ?? '').split('/').at(-1) ?? '';
}

/** `us-central1` of `us-central1-a`. */
export function regionOf(zone: string): string {
  return zone.slice(0, zone.lastIndexOf('-'));
}
