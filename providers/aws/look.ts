import type { Instance, Snapshot, Volume } from '@aws-sdk/client-ec2';
import { ChewsError } from '../../src/core/errors.ts';
import { decodeMakes } from './makes.ts';
import type { Attempt, Ec2 } from './place.ts';
import { fromTagList, LAUNCH, NAME, type Tags } from './tags.ts';

/** An answer about one asset, with its tags by their keys and its id. */
export interface Told<T> {
  readonly id: string;
  readonly tags: Tags;
  readonly raw: T;
}

/** A volume whose tags may be those that its VM holds for it: nobody has written them onto it yet. */
export interface ToldVolume extends Told<Volume> {
  /** The tags that are to be written onto it; undefined where that is done, or was never to be. */
  readonly owed: Tags | undefined;
}

/** All of a region, as EC2 tells it. */
export interface Look {
  readonly instances: readonly Told<Instance>[];
  readonly volumes: readonly ToldVolume[];
  readonly snapshots: readonly Told<Snapshot>[];
  /** The accounts that it says all this belongs to; none where there is nothing. */
  readonly owners: ReadonlySet<string>;
}

/** clouds.md: "`MaxResults` … on every list". */
const PAGE = 1000;

/**
 * Three lists side by side, whole or not at all. Without a filter for tags: what somebody made by hand bears none, and who
 * holds our disks need not be ours.
 */
export async function lookAround(ec2: Ec2, on: Attempt): Promise<Look> {
  const [reservations, volumes, snapshots] = await Promise.all([
    pages(on, 'VMs', async (NextToken) => {
      const page = await ec2.read('describeInstances', { MaxResults: PAGE, NextToken }, on);
      return { items: page.Reservations, next: page.NextToken };
    }),
    pages(on, 'disks', async (NextToken) => {
      const page = await ec2.read('describeVolumes', { MaxResults: PAGE, NextToken }, on);
      return { items: page.Volumes, next: page.NextToken };
    }),
    pages(on, 'snapshots', async (NextToken) => {
      // clouds.md: without the owner it returns the world's.
      const page = await ec2.read(
        'describeSnapshots',
        { OwnerIds: ['self'], MaxResults: PAGE, NextToken },
        on,
      );
      return { items: page.Snapshots, next: page.NextToken };
    }),
  ]);
  const instances = reservations
    .flatMap(({ Instances = [] }) => Instances)
    .map((raw) => told(on, raw, raw.InstanceId, raw.State?.Name, raw.Tags));
  return {
    instances,
    volumes: withOwedTags(
      volumes.map((raw) => told(on, raw, raw.VolumeId, raw.State, raw.Tags)),
      instances,
    ),
    snapshots: snapshots.map((raw) => told(on, raw, raw.SnapshotId, raw.State, raw.Tags)),
    owners: new Set(
      [...reservations, ...volumes, ...snapshots].flatMap(({ OwnerId }) => (OwnerId ? [OwnerId] : [])),
    ),
  };
}

interface RawPage<T> {
  readonly items: readonly T[] | undefined;
  readonly next: string | undefined;
}

/** An empty page with more to come is no end, and a page without its list is no empty one. */
export async function pages<T>(
  { attempt }: Attempt,
  what: string,
  read: (after: string | undefined) => Promise<RawPage<T>>,
): Promise<T[]> {
  const all: T[] = [];
  const seen = new Set<string>();
  let after: string | undefined;
  do {
    const { items, next } = await read(after);
    if (items === undefined) throw unreadable(attempt, `the answer lacks its list of ${what}`);
    for (const item of items) all.push(item);
    after = next === '' ? undefined : next;
    if (after !== undefined && seen.has(after)) throw unreadable(attempt, `the list of ${what} has no end`);
    if (after !== undefined) seen.add(after);
  } while (after !== undefined);
  return all;
}

function told<T>(
  { attempt }: Attempt,
  raw: T,
  id: string | undefined,
  state: string | undefined,
  tags: Volume['Tags'],
): Told<T> {
  if (!id || !state) throw unreadable(attempt, 'the answer has an asset without id or state');
  return { id, raw, tags: fromTagList(tags) };
}

/**
 * A volume that came with its VM is what the VM says that it is, until its own tags are written. Its name is written along
 * with all others, so that a volume with a name speaks for itself; and only that very launch can have made it.
 */
function withOwedTags(volumes: readonly Told<Volume>[], instances: readonly Told<Instance>[]): ToldVolume[] {
  const owed = new Map<string, Tags>();
  for (const { raw, tags } of instances) {
    const makes = decodeMakes(tags);
    if (makes === undefined) continue;
    for (const { DeviceName = '', Ebs } of raw.BlockDeviceMappings ?? []) {
      const ownTags = makes[DeviceName];
      if (Ebs?.VolumeId !== undefined && ownTags !== undefined)
        owed.set(`${raw.ClientToken} ${Ebs.VolumeId}`, ownTags);
    }
  }
  return volumes.map((volume) => {
    const launch = volume.tags[LAUNCH];
    const mine = owed.get(`${launch} ${volume.id}`);
    if (launch === undefined || mine === undefined || volume.tags[NAME] !== undefined)
      return { ...volume, owed: undefined };
    return { ...volume, tags: { ...volume.tags, ...mine }, owed: mine };
  });
}

function unreadable(attempt: string, why: string): ChewsError {
  return new ChewsError('unreadable', `${attempt}: ${why}`, { retryable: true, effect: 'none' });
}
