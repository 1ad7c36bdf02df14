import type { Instance, Snapshot, Volume } from '@aws-sdk/client-ec2';
import { ChewsError } from '../../src/core/errors.ts';
import type { ProviderContext } from '../../src/core/provider.ts';
import { pages } from './look.ts';
import { type Attempt, type Ec2, throwIfAborted } from './place.ts';

/** clouds.md: "adaptive (a tenth of the time elapsed, at least 1 s, at most 5 s…), one Describe a tick for everything in flight". */
const SHORTEST_MS = 1000;
const LONGEST_MS = 5000;
/** clouds.md: "`InvalidX.NotFound` after a create means wait". */
export const UNSEEN_MS = 120_000;
/** EC2 takes so many values in one filter. */
const MOST_VALUES = 200;

/** Waits for something to become of one asset. */
export type WatchOne<T> = <R>(
  id: string,
  /**
   * What has become of it; undefined: wait on. Gets undefined where no list shows the asset. `readFromMs`: when the list was
   * asked for; with many pages and a throttled account it can be much older than its arrival.
   */
  see: (asset: T | undefined, readFromMs: number) => R | undefined,
  on: Attempt,
  /** How long at the most; undefined: as long as it takes. */
  limitMs?: number,
) => Promise<R>;

export interface Watch {
  readonly instance: WatchOne<Instance>;
  readonly volume: WatchOne<Volume>;
  readonly snapshot: WatchOne<Snapshot>;
}

export function openWatch(ec2: Ec2, context: ProviderContext): Watch {
  const on: Attempt = { attempt: 'cannot see what becomes of a change' };
  return {
    instance: watchOne(context, async (ids) => {
      const found = await pages(on, 'VMs', async (NextToken) => {
        const input = { Filters: [{ Name: 'instance-id', Values: [...ids] }], MaxResults: 1000, NextToken };
        const page = await ec2.read('describeInstances', input, on);
        return { items: page.Reservations, next: page.NextToken };
      });
      return byId(
        found.flatMap(({ Instances = [] }) => Instances),
        ({ InstanceId }) => InstanceId,
      );
    }),
    volume: watchOne(context, async (ids) => {
      const found = await pages(on, 'disks', async (NextToken) => {
        const input = { Filters: [{ Name: 'volume-id', Values: [...ids] }], MaxResults: 1000, NextToken };
        const page = await ec2.read('describeVolumes', input, on);
        return { items: page.Volumes, next: page.NextToken };
      });
      return byId(found, ({ VolumeId }) => VolumeId);
    }),
    snapshot: watchOne(context, async (ids) => {
      const found = await pages(on, 'snapshots', async (NextToken) => {
        const input = {
          OwnerIds: ['self'],
          Filters: [{ Name: 'snapshot-id', Values: [...ids] }],
          MaxResults: 1000,
          NextToken,
        };
        const page = await ec2.read('describeSnapshots', input, on);
        return { items: page.Snapshots, next: page.NextToken };
      });
      return byId(found, ({ SnapshotId }) => SnapshotId);
    }),
  };
}

function byId<T>(items: readonly T[], idOf: (item: T) => string | undefined): Map<string, T> {
  return new Map(items.map((item) => [idOf(item) ?? '', item]));
}

interface Waiter<T> {
  readonly id: string;
  readonly sinceMs: number;
  /** True once it is answered. */
  settle(asset: T | undefined, readFromMs: number): boolean;
  fail(error: unknown): void;
}

/** All who wait for assets of one kind share the calls: one a tick, whatever their number. */
function watchOne<T>(
  context: ProviderContext,
  describe: (ids: readonly string[]) => Promise<ReadonlyMap<string, T>>,
): WatchOne<T> {
  let waiting: Waiter<T>[] = [];
  let running = false;
  let fresh = false;

  const round = async (): Promise<void> => {
    const asked = waiting;
    const ids = [...new Set(asked.map(({ id }) => id))];
    const found = new Map<string, T>();
    const readFromMs = context.nowMs();
    for (let start = 0; start < ids.length; start += MOST_VALUES) {
      for (const [id, asset] of await describe(ids.slice(start, start + MOST_VALUES))) found.set(id, asset);
    }
    const done = new Set(asked.filter((waiter) => waiter.settle(found.get(waiter.id), readFromMs)));
    waiting = waiting.filter((waiter) => !done.has(waiter));
  };

  const loop = async (): Promise<void> => {
    try {
      while (waiting.length > 0) {
        // Who has just come looks at once; those who come in the same moment look along.
        if (!fresh) {
          const youngestMs = Math.max(...waiting.map(({ sinceMs }) => sinceMs));
          const pauseMs = (context.nowMs() - youngestMs) / 10;
          await context.sleep(Math.min(LONGEST_MS, Math.max(SHORTEST_MS, pauseMs)));
        }
        fresh = false;
        await Promise.resolve();
        await round();
      }
    } catch (error) {
      const left = waiting;
      waiting = [];
      for (const waiter of left) waiter.fail(error);
    } finally {
      running = false;
    }
  };

  return <R>(
    id: string,
    see: (asset: T | undefined, readFromMs: number) => R | undefined,
    on: Attempt,
    limitMs?: number,
  ) => {
    throwIfAborted(on);
    return new Promise<R>((resolve, reject) => {
      const sinceMs = context.nowMs();
      const waiter: Waiter<T> = {
        id,
        sinceMs,
        settle: (asset, readFromMs) => {
          try {
            throwIfAborted(on);
            const seen = see(asset, readFromMs);
            if (seen !== undefined) {
              resolve(seen);
              return true;
            }
            const waitedMs = context.nowMs() - sinceMs;
            const longestMs = asset === undefined ? Math.min(UNSEEN_MS, limitMs ?? UNSEEN_MS) : limitMs;
            if (longestMs === undefined || waitedMs < longestMs) return false;
            throw new ChewsError(
              'timeout',
              `${on.attempt}: EC2 did not finish within ${Math.round(waitedMs / 60_000)} minutes`,
              {
                remedy: 'Nothing is lost: the same command goes on with it.',
              },
            );
          } catch (error) {
            reject(error instanceof Error ? error : new Error(String(error)));
            return true;
          }
        },
        fail: reject,
      };
      waiting.push(waiter);
      fresh = true;
      if (running) return;
      running = true;
      void loop();
    });
  };
}
