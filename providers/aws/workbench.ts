import type { Instance } from '@aws-sdk/client-ec2';
import type { Ref } from '../../src/core/action.ts';
import type { ApplyOptions } from '../../src/core/provider.ts';
import { type Look, lookAround, type Told, type ToldVolume } from './look.ts';
import { type Attempt, LIST_LAG_MS, type Place, refusal, throwIfAborted } from './place.ts';
import { type StopTimes, stopTimes } from './stopTimes.ts';
import { type InstanceTypes, openInstanceTypes } from './instanceTypes.ts';
import { openWatch, type Watch, type WatchOne } from './watch.ts';

/** A provider that is open: what all its actions share. */
export interface Workbench extends Place {
  readonly watch: Watch;
  readonly types: InstanceTypes;
  readonly stops: StopTimes;
  /** All of the region, read after this was called. It shows what this process has done. */
  look(on: Attempt): Promise<Look>;
  /**
   * From now on a list that does not show it is too old; after the time that lists can lag it is anybody's to change. What is
   * expected later of the same thing takes its place.
   */
  expect(what: string, shown: (look: Look) => boolean): void;
  /** Nothing is expected of an asset any more: it is gone. */
  forget(id: string): void;
  /** Ids that are gone for good: a client token can bring them up again. */
  readonly gone: Set<string>;
}

/** What one action goes by. */
export interface Work extends Attempt {
  readonly bench: Workbench;
  readonly options: ApplyOptions;
}

const PAUSE_MS = 500;

export function openWorkbench(place: Place): Workbench {
  const { ec2, context, clock } = place;
  const stops = stopTimes();
  const expectations = new Map<
    string,
    { readonly untilMs: number; readonly shown: (look: Look) => boolean }
  >();

  const readFresh = async (on: Attempt): Promise<Look> => {
    for (;;) {
      throwIfAborted(on);
      const readFromMs = context.nowMs();
      const look = await lookAround(ec2, on);
      for (const [what, { untilMs }] of expectations) if (untilMs <= readFromMs) expectations.delete(what);
      for (const { raw } of look.instances) stops.note(raw, clock.latestMs());
      if ([...expectations.values()].every(({ shown }) => shown(look))) return look;
      await context.sleep(PAUSE_MS, on.signal);
    }
  };

  return {
    ...place,
    watch: openWatch(ec2, context),
    types: openInstanceTypes(ec2),
    stops,
    look: shared(readFresh),
    expect: (what, shown) => {
      expectations.set(what, { untilMs: context.nowMs() + 2 * LIST_LAG_MS, shown });
    },
    forget: (id) => {
      for (const what of expectations.keys()) if (what.startsWith(`${id} `)) expectations.delete(what);
    },
    gone: new Set(),
  };
}

/** Whoever asks while a read is under way gets the next one, with all others who came meanwhile: never an older answer. */
function shared(read: (on: Attempt) => Promise<Look>): (on: Attempt) => Promise<Look> {
  let running: Promise<unknown> | undefined;
  let next: Promise<Look> | undefined;
  return async (on) => {
    throwIfAborted(on);
    next ??= (async () => {
      await running?.catch(() => undefined);
      await Promise.resolve();
      const mine = read({ attempt: on.attempt });
      running = mine;
      next = undefined;
      return mine;
    })();
    const look = await next;
    throwIfAborted(on);
    return look;
  };
}

/** An action goes out with the ids of what it is about, or the caller has a bug. */
export function idOf(ref: Ref): string {
  if (ref.id === undefined) throw new Error(`an action about ${ref.name} went out without its id`);
  return ref.id;
}

export function instanceIn(look: Look, ref: Ref): Told<Instance> | undefined {
  return look.instances.find(({ id, raw }) => id === idOf(ref) && raw.State?.Name !== 'terminated');
}

export function requireInstance(look: Look, ref: Ref, { attempt }: Attempt): Told<Instance> {
  const instance = instanceIn(look, ref);
  if (instance === undefined) throw refusal('not-found', `${attempt}: there is no VM of id ${ref.id}`);
  return instance;
}

export function volumeIn(look: Look, ref: Ref): ToldVolume | undefined {
  return look.volumes.find(
    ({ id, raw }) => id === idOf(ref) && raw.State !== 'deleted' && raw.State !== 'deleting',
  );
}

export function requireVolume(look: Look, ref: Ref, { attempt }: Attempt): ToldVolume {
  const volume = volumeIn(look, ref);
  if (volume === undefined) throw refusal('not-found', `${attempt}: there is no disk of id ${ref.id}`);
  return volume;
}

/** The volumes that an instance holds, by what they themselves say. */
export function volumesOf(look: Look, instanceId: string): ToldVolume[] {
  return look.volumes.filter(({ raw }) =>
    (raw.Attachments ?? []).some(
      ({ InstanceId, State }) => InstanceId === instanceId && State !== 'detached',
    ),
  );
}

/**
 * Whether what a call says that it has made is there. For a token that was used before EC2 answers as it did then, however long
 * the asset is dead: one that no list shows although it must is of the past.
 */
export async function isThere<T>(
  work: Work,
  watch: WatchOne<T>,
  id: string,
  isDying: (asset: T) => boolean,
): Promise<boolean> {
  const { context } = work.bench;
  const askedMs = context.nowMs();
  return watch(
    id,
    (asset, readFromMs) => {
      if (asset !== undefined) return !isDying(asset);
      return readFromMs - askedMs > 4 * LIST_LAG_MS ? false : undefined;
    },
    work,
  );
}
