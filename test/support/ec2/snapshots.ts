import type {
  CreateSnapshotRequest,
  DeleteSnapshotRequest,
  DescribeSnapshotsRequest,
  DescribeSnapshotsResult,
  Snapshot,
  SnapshotState,
} from '@aws-sdk/client-ec2';
import * as disks from '../datacenter/diskCalls.ts';
import type { ModelSnapshot } from '../datacenter/world.ts';
import { assetById, DEBIAN_OWNER, type Desk, modelId, tagsOf, wireId, zoneIsHere } from './ec2World.ts';
import { chosen, type Fields, filtered, paged } from './filters.ts';
import { Ec2Refusal } from './refusal.ts';
import { checkSpecifications, putTags, tagsFor } from './tagging.ts';
import { GiB } from './volumes.ts';

/** clouds.md, EC2: CreateSnapshot takes no client token; called twice it takes two. */
export function createSnapshot(desk: Desk, input: CreateSnapshotRequest): Snapshot {
  const { world, account } = desk;
  checkSpecifications(input.TagSpecifications, 'snapshot');
  const disk = assetById(desk, world.disks, input.VolumeId, 'InvalidVolume');
  if (disk.settling !== undefined || disk.status !== 'ready')
    throw new Ec2Refusal(
      'IncorrectState',
      `Volume ${input.VolumeId} is not in a state to take a snapshot of`,
    );
  if ((input.Description ?? '').length > 255)
    throw new Ec2Refusal('InvalidParameterValue', 'Description exceeds 255 characters');
  const most = world.quirks.quota?.snapshots ?? Number.POSITIVE_INFINITY;
  if ([...world.snapshots.values()].filter((other) => other.account === account).length >= most)
    throw new Ec2Refusal('SnapshotLimitExceeded', 'Maximum number of snapshots exceeded');
  const id = disks.snapshotDisk(world, account, {
    diskId: disk.id,
    name: 'snapshot',
    location: disk.location,
    labels: {},
  });
  putTags(desk, id, tagsFor(input.TagSpecifications, 'snapshot'));
  if (input.Description !== undefined)
    desk.ec2.tags.set(`description ${id}`, new Map([['is', input.Description]]));
  return tellSnapshot(desk, assetOf(desk, id));
}

function assetOf({ world }: Desk, id: string): ModelSnapshot {
  const snapshot = world.snapshots.get(id);
  if (snapshot === undefined) throw new Error(`the model lost snapshot ${id}`);
  return snapshot;
}

const fields: Fields<Snapshot> = {
  'snapshot-id': ({ SnapshotId }) => SnapshotId,
  'volume-id': ({ VolumeId }) => VolumeId,
  status: ({ State }) => State,
};

export function describeSnapshots(desk: Desk, input: DescribeSnapshotsRequest): DescribeSnapshotsResult {
  const own = [...desk.world.snapshots.values()]
    .filter(({ account, location }) => account === desk.account && zoneIsHere(desk, location))
    .map((snapshot) => tellSnapshot(desk, snapshot));
  // clouds.md, EC2: "DescribeSnapshots without OwnerIds: ['self'] returns the world's."
  const isOwn = input.OwnerIds?.some((owner) => owner === 'self' || owner === desk.account) === true;
  const all = isOwn ? own : input.OwnerIds === undefined ? [...own, ...strangers] : [];
  const idOf = ({ SnapshotId = '' }: Snapshot) => SnapshotId;
  const some = chosen(all, input.SnapshotIds, idOf, 'InvalidSnapshot');
  const kept = filtered(desk, some, input.Filters, fields, (snapshot) => modelId(idOf(snapshot)) ?? '');
  const { items, NextToken } = paged(kept, input, desk.world.quirks.pageSize);
  return { Snapshots: [...items], ...(NextToken !== undefined && { NextToken }) };
}

/** Public ones, of which there are hundreds of thousands. */
const strangers: readonly Snapshot[] = ['0123456789abcdef0', '0123456789abcdef1'].map((digits) => ({
  SnapshotId: `snap-${digits}`,
  VolumeId: 'vol-ffffffff',
  OwnerId: DEBIAN_OWNER,
  State: 'completed',
  VolumeSize: 2,
  StartTime: new Date(Date.UTC(2026, 0, 1)),
  Description: 'Created by CreateImage',
  Tags: [{ Key: 'Name', Value: 'a stranger’s' }],
}));

export function tellSnapshot({ ec2 }: Desk, snapshot: ModelSnapshot): Snapshot {
  const state: SnapshotState =
    snapshot.settling !== undefined ? 'pending' : snapshot.status === 'ready' ? 'completed' : 'error';
  const isCopy = snapshot.kind === 'copied';
  return {
    SnapshotId: wireId(snapshot.id),
    // safety.md 9: the VolumeId of a copy is arbitrary.
    VolumeId: isCopy ? 'vol-ffffffff' : wireId(snapshot.sourceDiskId),
    OwnerId: snapshot.account,
    State: (ec2.oddStates.get(snapshot.id) ?? state) as SnapshotState,
    StartTime: new Date(snapshot.takenAtMs),
    Progress: state === 'completed' ? '100%' : '0%',
    VolumeSize: snapshot.sizeBytes / GiB,
    Encrypted: false,
    StorageTier: 'standard',
    Description: ec2.tags.get(`description ${snapshot.id}`)?.get('is') ?? '',
    Tags: [
      ...tagsOf(ec2, snapshot.id),
      ...(snapshot.kind === 'scheduled' ? [{ Key: 'aws:dlm:lifecycle-policy-id', Value: 'policy-1' }] : []),
    ],
  };
}

export function deleteSnapshot(desk: Desk, input: DeleteSnapshotRequest): void {
  const { world, ec2, account } = desk;
  const snapshot = assetById(desk, world.snapshots, input.SnapshotId, 'InvalidSnapshot');
  const image = [...ec2.images.values()].find(({ rootSnapshotId }) => rootSnapshotId === snapshot.id);
  if (image !== undefined)
    throw new Ec2Refusal(
      'InvalidSnapshot.InUse',
      `The snapshot ${input.SnapshotId} is currently in use by ${image.id}`,
    );
  if (snapshot.settling !== undefined)
    throw new Ec2Refusal('IncorrectState', `Snapshot ${input.SnapshotId} is pending`);
  disks.deleteSnapshot(world, account, snapshot.id);
  ec2.tags.delete(snapshot.id);
}
