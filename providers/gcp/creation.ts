import type { Labels } from '../../src/core/assets.ts';
import { ChewsError } from '../../src/core/errors.ts';
import type { WireOperation } from './calls.ts';
import { reasonOf } from './failures.ts';
import { refusal, type Work } from './gcpWork.ts';
import { targetOf } from './operations.ts';

const namePattern = /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** clouds.md: "Names: `[a-z]([-a-z0-9]*[a-z0-9])?`, 63 characters." A path that a name could lead to is never asked. */
export function refuseBadName(name: string, work: Work): void {
  if (!namePattern.test(name))
    throw refusal('configuration', work, 'a name has lower case letters, digits and dashes, at most 63');
}

/** Labels that say whose an asset is. The others come and go while it lives. */
const identity: readonly (keyof Labels)[] = [
  'workstation',
  'owner',
  'disk',
  'role',
  'set',
  'setIndex',
  'setSize',
];

export function sameIdentity(left: Labels, right: Labels): boolean {
  return identity.every((key) => left[key] === right[key]);
}

export interface Wanted<T> {
  /** All that is asked for, as data: the request's id is made of it. */
  readonly action: object;
  /** What has the name now. */
  readonly look: () => Promise<T | undefined>;
  readonly idOf: (found: T) => string;
  /** Why what has the name is not what is wanted; undefined where it is. */
  readonly whyNot: (found: T) => string | undefined;
  /** `wanted` goes into the id of the request. */
  readonly create: (wanted: readonly unknown[]) => Promise<WireOperation>;
  /** The id of what the operation is about is that of what it made; not so of a snapshot, where it is the disk's. */
  readonly targets?: boolean;
}

/** More incarnations of one name within the hour that a request's id lasts are nobody's life with workstations. */
const MOST_GENERATIONS = 30;

/**
 * Finds what is wanted, or makes it. An id of a request whose asset is dead by now brings nothing back: Compute Engine answers
 * with the operation of then. So each generation of the name has an id of its own.
 */
export async function ensure<T>(wanted: Wanted<T>, work: Work): Promise<T> {
  const there = await matching(wanted, work);
  if (there !== undefined) return there;
  for (let generation = 0; generation < MOST_GENERATIONS; generation += 1) {
    const operation = await wanted.create([wanted.action, generation]).catch((error: unknown) => {
      // Another process made it in between, or this one did, and its answer was lost.
      if (error instanceof ChewsError && error.code === 'conflict') return error;
      throw error;
    });
    const made = await matching(wanted, work);
    if (operation instanceof ChewsError && made === undefined) throw operation;
    if (made === undefined) continue;
    if (
      !(operation instanceof ChewsError) &&
      wanted.targets !== false &&
      targetOf(operation) !== wanted.idOf(made)
    )
      continue;
    return made;
  }
  throw refusal('failed', work, 'it is gone each time right after it was made');
}

async function matching<T>(wanted: Wanted<T>, work: Work): Promise<T | undefined> {
  const found = await wanted.look();
  const why = found === undefined ? undefined : wanted.whyNot(found);
  if (why !== undefined) {
    throw refusal(
      'conflict',
      work,
      `there is something else of that name: ${why}`,
      'Rename or delete it, or rename the workstation.',
    );
  }
  return found;
}

/** Waits while the cloud says that a part of it is not ready yet or wants its pace kept; it had no effect. */
export async function paced<T>(
  attempt: () => Promise<T>,
  pace: {
    readonly reasons: readonly string[];
    readonly pauseMs: number;
    readonly limitMs: number;
    readonly say: string;
  },
  { gcp, options, signal }: Work,
): Promise<T> {
  for (let waitedMs = 0; ; waitedMs += pace.pauseMs) {
    try {
      return await attempt();
    } catch (error) {
      if (!pace.reasons.includes(reasonOf(error) ?? '') || waitedMs >= pace.limitMs) throw error;
      if (waitedMs === 0) options.say?.(pace.say);
      await gcp.context.sleep(pace.pauseMs, signal);
    }
  }
}
