import type {
  AttachVolumeRequest,
  CreateVolumeRequest,
  DeleteVolumeRequest,
  DescribeVolumesRequest,
  DescribeVolumesResult,
  DetachVolumeRequest,
  ModifyVolumeRequest,
  ModifyVolumeResult,
  Volume,
  VolumeAttachment,
  VolumeState,
} from '@aws-sdk/client-ec2';
import * as disks from '../datacenter/diskCalls.ts';
import * as vms from '../datacenter/vmCalls.ts';
import { holderOf, type ModelDisk, type World } from '../datacenter/world.ts';
import { assetById, type Desk, gmt, modelId, tagsOf, wireId, zoneIsHere } from './ec2World.ts';
import { chosen, type Fields, filtered, paged } from './filters.ts';
import { Ec2Refusal } from './refusal.ts';
import { checkSpecifications, putTags, tagsFor } from './tagging.ts';

export const GiB = 1024 ** 3;

/** What the volume types take, in GiB. */
const ranges: Readonly<Record<string, readonly [number, number]>> = {
  gp2: [1, 16_384],
  gp3: [1, 16_384],
  io1: [4, 16_384],
  io2: [4, 65_536],
  st1: [125, 16_384],
  sc1: [125, 16_384],
  standard: [1, 1024],
};

export function checkVolume(type: string | undefined, sizeGiB: number | undefined): void {
  // clouds.md, EC2: "`gp2` is the default type when none is said."
  const range = ranges[type ?? 'gp2'];
  if (range === undefined) throw new Ec2Refusal('InvalidParameterValue', `Invalid volume type: ${type}`);
  if (sizeGiB !== undefined && (!Number.isInteger(sizeGiB) || sizeGiB < range[0] || sizeGiB > range[1]))
    throw new Ec2Refusal('InvalidParameterValue', `Volume of ${sizeGiB}GiB is not valid for type ${type}`);
}

/** The answer to the first call of a token: again where the parameters are the same, a refusal where not. */
export function replay(
  desk: Desk,
  token: string | undefined,
  action: string,
  parameters: object,
): string | undefined {
  const known = desk.ec2.tokens.get(`${desk.account} ${action} ${token}`);
  if (token === undefined || known === undefined) return undefined;
  if (known.parameters !== JSON.stringify(parameters))
    throw new Ec2Refusal('IdempotentParameterMismatch', 'The client token was used with other parameters');
  return known.id;
}

export function rememberToken(
  desk: Desk,
  token: string | undefined,
  action: string,
  parameters: object,
  id: string,
) {
  if (token !== undefined)
    desk.ec2.tokens.set(`${desk.account} ${action} ${token}`, { id, parameters: JSON.stringify(parameters) });
}

export function createVolume(desk: Desk, input: CreateVolumeRequest): Volume {
  const { world } = desk;
  const known = replay(desk, input.ClientToken, 'CreateVolume', input);
  if (known !== undefined) {
    const disk = world.disks.get(known);
    if (disk !== undefined) return tellVolume(desk, disk);
    // clouds.md, EC2: a token brings nothing back, it answers with what the first call made, dead or not.
    return { VolumeId: wireId(known), State: 'creating' };
  }
  checkSpecifications(input.TagSpecifications, 'volume');
  checkVolume(input.VolumeType, input.Size);
  const zone = input.AvailabilityZone ?? '';
  if (!zoneIsHere(desk, zone))
    throw new Ec2Refusal('InvalidZone.NotFound', `The zone '${zone}' does not exist.`);
  const snapshot =
    input.SnapshotId === undefined ? undefined : restorable(desk, input.SnapshotId, input.Size);
  const size = input.Size ?? (snapshot?.sizeBytes ?? 0) / GiB;
  if (size === 0)
    throw new Ec2Refusal('MissingParameter', 'The request must contain the parameter size or snapshotId');
  checkVolumeQuota(desk, 1);
  const id = makeVolume(desk, { zone, sizeGiB: size, type: input.VolumeType, snapshotId: snapshot?.id });
  rememberToken(desk, input.ClientToken, 'CreateVolume', input, id);
  putTags(desk, id, tagsFor(input.TagSpecifications, 'volume'));
  return tellVolume(desk, diskIn(world, id));
}

export function checkVolumeQuota({ world, account }: Desk, more: number): void {
  const most = world.quirks.quota?.disks ?? Number.POSITIVE_INFINITY;
  const count = [...world.disks.values()].filter((disk) => disk.account === account).length;
  if (count + more > most) throw new Ec2Refusal('VolumeLimitExceeded', 'Maximum number of volumes exceeded');
}

/** A snapshot that a volume can be made from. */
export function restorable(desk: Desk, wire: string, sizeGiB: number | undefined) {
  const snapshot = assetById(desk, desk.world.snapshots, wire, 'InvalidSnapshot');
  if (!zoneIsHere(desk, snapshot.location))
    throw new Ec2Refusal('InvalidSnapshot.NotFound', `The snapshot '${wire}' does not exist.`);
  // clouds.md, EC2: a pending snapshot is no snapshot yet.
  if (snapshot.settling !== undefined || snapshot.status !== 'ready')
    throw new Ec2Refusal(
      'IncorrectState',
      `Snapshot is in invalid state - ${snapshot.settling ? 'pending' : 'error'}`,
    );
  if (sizeGiB !== undefined && sizeGiB * GiB < snapshot.sizeBytes)
    throw new Ec2Refusal(
      'InvalidParameterValue',
      `Volume of ${sizeGiB}GB is smaller than snapshot '${wire}'`,
    );
  return snapshot;
}

interface MadeVolume {
  readonly zone: string;
  readonly sizeGiB: number;
  readonly type: string | undefined;
  readonly snapshotId: string | undefined;
}

/** A volume in the model. Its data belongs to whom the snapshot's belonged, until its tags say more. */
export function makeVolume({ world, account }: Desk, made: MadeVolume): string {
  const id = disks.createDisk(world, account, {
    name: 'volume',
    location: made.zone,
    sizeBytes: made.sizeGiB * GiB,
    type: made.type ?? 'gp2',
    source:
      made.snapshotId === undefined ? { from: 'blank' } : { from: 'snapshot', snapshotId: made.snapshotId },
    labels: {},
  });
  const disk = diskIn(world, id);
  const write = world.contents.writes.get(disk.content);
  if (write !== undefined) {
    disk.workstation = write.workstation;
    disk.disk = write.disk;
  }
  return id;
}

export function diskIn(world: World, id: string): ModelDisk {
  const disk = world.disks.get(id);
  if (disk === undefined) throw new Error(`the model lost disk ${id}`);
  return disk;
}

const fields: Fields<Volume> = {
  'volume-id': ({ VolumeId }) => VolumeId,
  status: ({ State }) => State,
  'attachment.instance-id': ({ Attachments }) => Attachments?.map(({ InstanceId = '' }) => InstanceId),
};

export function describeVolumes(desk: Desk, input: DescribeVolumesRequest): DescribeVolumesResult {
  const all = [...desk.world.disks.values()]
    .filter(({ account, location }) => account === desk.account && zoneIsHere(desk, location))
    .map((disk) => tellVolume(desk, disk));
  const idOf = ({ VolumeId = '' }: Volume) => VolumeId;
  const some = chosen(all, input.VolumeIds, idOf, 'InvalidVolume');
  const kept = filtered(desk, some, input.Filters, fields, (volume) => modelId(idOf(volume)) ?? '');
  const { items, NextToken } = paged(kept, input, desk.world.quirks.pageSize);
  return { Volumes: [...items], ...(NextToken !== undefined && { NextToken }) };
}

export function tellVolume({ world, ec2 }: Desk, disk: ModelDisk): Volume {
  const holder = holderOf(world, disk.id);
  const attachments: VolumeAttachment[] = [];
  if (holder !== undefined) {
    const instance = ec2.instances.get(holder.id);
    attachments.push({
      VolumeId: wireId(disk.id),
      InstanceId: wireId(holder.id),
      Device: instance?.devices.get(disk.id) ?? '/dev/sdz',
      State: 'attached',
      AttachTime: new Date(
        instance?.attachedAtMs.get(disk.id) ??
          holder.attachments.find(({ diskId }) => diskId === disk.id)?.attachedAtMs ??
          0,
      ),
      DeleteOnTermination:
        holder.attachments.find(({ diskId }) => diskId === disk.id)?.deletedWithVm ?? false,
    });
  }
  const state: VolumeState =
    disk.settling !== undefined
      ? 'creating'
      : disk.status === 'failed'
        ? 'error'
        : holder
          ? 'in-use'
          : 'available';
  const origin = disk.origin;
  return {
    VolumeId: wireId(disk.id),
    OwnerId: disk.account,
    Size: disk.sizeBytes / GiB,
    SnapshotId: origin.from === 'snapshot' ? wireId(origin.snapshotId) : '',
    AvailabilityZone: disk.location,
    State: (ec2.oddStates.get(disk.id) ?? state) as VolumeState,
    CreateTime: new Date(disk.createdAtMs),
    Attachments: attachments,
    Encrypted: false,
    VolumeType: disk.type as NonNullable<Volume['VolumeType']>,
    MultiAttachEnabled: false,
    Tags: tagsOf(ec2, disk.id),
  };
}

export function deleteVolume(desk: Desk, input: DeleteVolumeRequest): void {
  const disk = assetById(desk, desk.world.disks, input.VolumeId, 'InvalidVolume');
  if (holderOf(desk.world, disk.id) !== undefined)
    throw new Ec2Refusal('VolumeInUse', `Volume ${input.VolumeId} is currently attached`);
  if (disk.settling !== undefined)
    throw new Ec2Refusal('IncorrectState', `Volume ${input.VolumeId} is in the creating state`);
  disks.deleteDisk(desk.world, desk.account, disk.id);
  desk.ec2.tags.delete(disk.id);
}

export function attachVolume(desk: Desk, input: AttachVolumeRequest): VolumeAttachment {
  const { world, ec2, account } = desk;
  const disk = assetById(desk, world.disks, input.VolumeId, 'InvalidVolume');
  const vm = assetById(desk, world.vms, input.InstanceId, 'InvalidInstanceID');
  const device = input.Device ?? '';
  if (!/^\/dev\/(sd|xvd)[a-z]{1,2}\d?$/.test(device))
    throw new Ec2Refusal('InvalidParameterValue', `Value (${device}) for parameter device is invalid.`);
  if (vm.settling !== undefined)
    throw new Ec2Refusal('IncorrectState', `Instance ${input.InstanceId} is not 'running' or 'stopped'.`);
  if (holderOf(world, disk.id) !== undefined)
    throw new Ec2Refusal('VolumeInUse', `${input.VolumeId} is already attached to an instance`);
  if (disk.settling !== undefined || disk.status !== 'ready')
    throw new Ec2Refusal('IncorrectState', `${input.VolumeId} is not 'available'.`);
  // clouds.md: the same-zone rule.
  if (disk.location !== vm.location)
    throw new Ec2Refusal(
      'InvalidVolume.ZoneMismatch',
      `The volume '${input.VolumeId}' is not in the same availability zone as instance`,
    );
  const instance = ec2.instances.get(vm.id);
  if (vm.attachments.some(({ diskId }) => instance?.devices.get(diskId) === device))
    throw new Ec2Refusal(
      'InvalidParameterValue',
      `Invalid value '${device}' for unixDevice. Attachment point is already in use`,
    );
  // clouds.md, EC2: "A running VM cannot be given an existing root volume."
  if (device === instance?.image.rootDeviceName && vm.power === 'on')
    throw new Ec2Refusal('IncorrectState', 'A root volume cannot be attached to a running instance');
  // EC2: DeleteOnTermination is false for a volume that is attached later.
  vms.attachDisk(world, account, vm.id, disk.id, false);
  const entry = vm.attachments.find(({ diskId }) => diskId === disk.id);
  // The model takes the first disk for the one that boots; on EC2 it is the one at the root device.
  if (entry !== undefined && entry.boot !== (device === instance?.image.rootDeviceName)) {
    const boots = device === instance?.image.rootDeviceName;
    const others = vm.attachments.filter((other) => other !== entry);
    vm.attachments = boots ? [{ ...entry, boot: true }, ...others] : [...others, { ...entry, boot: false }];
  }
  instance?.devices.set(disk.id, device);
  instance?.attachedAtMs.set(disk.id, world.nowMs);
  return { VolumeId: wireId(disk.id), InstanceId: wireId(vm.id), Device: device, State: 'attaching' };
}

export function detachVolume(desk: Desk, input: DetachVolumeRequest): VolumeAttachment {
  const { world, ec2, account } = desk;
  const disk = assetById(desk, world.disks, input.VolumeId, 'InvalidVolume');
  const vm = holderOf(world, disk.id);
  if (vm === undefined || (input.InstanceId !== undefined && input.InstanceId !== wireId(vm.id)))
    throw new Ec2Refusal('IncorrectState', `Volume '${input.VolumeId}' is in the 'available' state.`);
  if (vm.settling !== undefined)
    throw new Ec2Refusal('IncorrectState', `Instance '${wireId(vm.id)}' is not in a state to detach from`);
  if (vm.power === 'on' && vm.attachments.some(({ diskId, boot }) => diskId === disk.id && boot))
    throw new Ec2Refusal(
      'OperationNotPermitted',
      `Unable to detach root volume '${input.VolumeId}' from instance '${wireId(vm.id)}'`,
    );
  vms.detachDisk(world, account, vm.id, disk.id);
  const instance = ec2.instances.get(vm.id);
  instance?.devices.delete(disk.id);
  instance?.attachedAtMs.delete(disk.id);
  return { VolumeId: wireId(disk.id), InstanceId: wireId(vm.id), State: 'detaching' };
}

export function modifyVolume(desk: Desk, input: ModifyVolumeRequest): ModifyVolumeResult {
  const { world, account } = desk;
  const disk = assetById(desk, world.disks, input.VolumeId, 'InvalidVolume');
  const state = disk.settling !== undefined ? 'creating' : disk.status;
  if (state !== 'ready') throw new Ec2Refusal('IncorrectState', `Volume is in the state ${state}`);
  const size = input.Size ?? disk.sizeBytes / GiB;
  const type = input.VolumeType ?? disk.type;
  checkVolume(type, size);
  if (size * GiB < disk.sizeBytes)
    throw new Ec2Refusal('InvalidParameterValue', 'New size cannot be smaller than existing size');
  if (size * GiB === disk.sizeBytes && type === disk.type)
    throw new Ec2Refusal('InvalidParameterValue', 'The volume is already as it is wanted');
  disks.growDisk(world, account, disk.id, size * GiB);
  disks.changeDiskType(world, account, disk.id, type);
  const started = gmt(world.nowMs);
  return {
    VolumeModification: {
      VolumeId: wireId(disk.id),
      ModificationState: 'modifying',
      StatusMessage: `since ${started}`,
      TargetSize: size,
    },
  };
}
