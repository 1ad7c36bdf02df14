import type { BlockDeviceMapping, Instance, Reservation, RunInstancesRequest } from '@aws-sdk/client-ec2';
import * as vms from '../datacenter/vmCalls.ts';
import { drawId, locationOf, takeFate } from '../datacenter/world.ts';
import {
  type Desk,
  type Ec2Image,
  type Ec2Instance,
  modelId,
  REGION,
  takeVcpus,
  wireId,
  zoneIsHere,
} from './ec2World.ts';
import { tellInstance } from './instances.ts';
import { Ec2Refusal } from './refusal.ts';
import { checkSpecifications, putTags, tagsFor } from './tagging.ts';
import {
  checkVolume,
  checkVolumeQuota,
  diskIn,
  makeVolume,
  rememberToken,
  replay,
  restorable,
} from './volumes.ts';

interface PlannedVolume {
  readonly device: string;
  readonly sizeGiB: number;
  readonly type: string | undefined;
  readonly snapshotId: string | undefined;
  readonly deletedWithVm: boolean;
}

/** One instance with all its volumes, or nothing. */
export function runInstances(desk: Desk, input: RunInstancesRequest): Reservation {
  const { world, ec2, account } = desk;
  const known = replay(desk, input.ClientToken, 'RunInstances', input);
  // clouds.md, EC2: "create, delete, create again replays the dead instance".
  if (known !== undefined) return reservation(desk, toldOf(desk, known));
  checkSpecifications(
    input.TagSpecifications,
    'instance',
    'volume',
    'network-interface',
    'spot-instances-request',
  );
  if (input.MinCount !== 1 || input.MaxCount !== 1)
    throw new Ec2Refusal('InvalidParameterValue', 'MinCount and MaxCount must be given; the fake makes one');
  const image = visibleImage(desk, input.ImageId);
  const zone = checkPlace(desk, input, image);
  const volumes = planVolumes(desk, image, input.BlockDeviceMappings ?? []);
  if (input.KeyName !== undefined && !ec2.keyPairs.has(input.KeyName))
    throw new Ec2Refusal('InvalidKeyPair.NotFound', `The key pair '${input.KeyName}' does not exist`);
  takeVcpus(ec2);
  checkVolumeQuota(desk, volumes.length);
  const most = world.quirks.quota?.vms ?? Number.POSITIVE_INFINITY;
  if ([...world.vms.values()].filter((vm) => vm.account === account).length >= most)
    throw new Ec2Refusal(
      'VcpuLimitExceeded',
      'You have requested more vCPU capacity than your current vCPU limit',
    );
  if (locationOf(world, zone, 'run').outOfCapacity)
    throw new Ec2Refusal('InsufficientInstanceCapacity', noRoom(desk, input.InstanceType ?? '', zone), 500);

  const endsAtOnce = (input.BlockDeviceMappings ?? []).some(({ Ebs }) =>
    ec2.disabledKeys.has(Ebs?.KmsKeyId ?? ''),
  );
  const fate = takeFate(world);
  if (endsAtOnce) return endedAtOnce(desk, input, image, zone);
  const made = volumes.map((volume) => {
    const id = makeVolume(desk, { ...volume, zone });
    // The instance is pending until they are there; by themselves they are told as attached at once.
    const disk = diskIn(world, id);
    disk.settling = undefined;
    if (!world.contents.writes.has(disk.content)) disk.disk = volume.device;
    return { id, volume };
  });
  world.fate = fate;
  const id = vms.createVm(world, account, {
    name: 'instance',
    location: zone,
    size: { machineType: input.InstanceType ?? '' },
    image: image.id,
    disks: made.map(({ id: diskId, volume }) => ({ diskId, deletedWithVm: volume.deletedWithVm })),
    labels: {},
    firstBoot: input.UserData !== undefined,
  });
  ec2.instances.set(id, {
    ...newInstance(desk, input, image, zone),
    devices: new Map(made.map(({ id: diskId, volume }) => [diskId, volume.device])),
    attachedAtMs: new Map(made.map(({ id: diskId }) => [diskId, world.nowMs])),
  });
  putTags(desk, id, tagsFor(input.TagSpecifications, 'instance'));
  for (const { id: diskId } of made) putTags(desk, diskId, tagsFor(input.TagSpecifications, 'volume'));
  rememberToken(desk, input.ClientToken, 'RunInstances', input, id);
  return reservation(desk, toldOf(desk, id));
}

function noRoom({ world, ec2 }: Desk, type: string, zone: string): string {
  const others = world.locations.filter(
    ({ region, outOfCapacity }) => region === ec2.region && !outOfCapacity,
  );
  const advice =
    others.length === 0
      ? ''
      : ` You can currently get ${type} capacity by not specifying an Availability Zone in your request or choosing ${others.map(({ name }) => name).join(', ')}.`;
  return `We currently do not have sufficient ${type} capacity in the Availability Zone you requested (${zone}). Our system will be working on provisioning additional capacity.${advice}`;
}

function newInstance(
  { world, account }: Desk,
  input: RunInstancesRequest,
  image: Ec2Image,
  zone: string,
): Ec2Instance {
  return {
    account,
    imageId: image.id,
    image,
    clientToken: input.ClientToken ?? '',
    zone,
    keyName: input.KeyName,
    userData: input.UserData,
    shutdownBehavior: input.InstanceInitiatedShutdownBehavior ?? 'stop',
    httpTokens: input.MetadataOptions?.HttpTokens ?? 'optional',
    createdAtMs: world.nowMs,
    isProtected: input.DisableApiTermination ?? false,
    type: input.InstanceType ?? '',
    launchedAtMs: world.nowMs,
    transitionReason: '',
    devices: new Map(),
    attachedAtMs: new Map(),
    endedAtMs: undefined,
  };
}

/** EC2 accepts a launch with a key that it cannot use; the instance then ends by itself, with the reason. */
function endedAtOnce(desk: Desk, input: RunInstancesRequest, image: Ec2Image, zone: string): Reservation {
  const { world, ec2 } = desk;
  const id = drawId(world, 'vm');
  ec2.instances.set(id, {
    ...newInstance(desk, input, image, zone),
    endedAtMs: world.nowMs,
    endReason: {
      Code: 'Client.InvalidKMSKey.InvalidState',
      Message: 'Client.InvalidKMSKey.InvalidState: The KMS key provided is in an incorrect state',
    },
  });
  putTags(desk, id, tagsFor(input.TagSpecifications, 'instance'));
  rememberToken(desk, input.ClientToken, 'RunInstances', input, id);
  return reservation(desk, toldOf(desk, id));
}

/** Of one that is dead it tells what it told then. */
function toldOf(desk: Desk, id: string): Instance {
  const vm = desk.world.vms.get(id);
  const instance = desk.ec2.instances.get(id);
  if (vm !== undefined && instance !== undefined) return tellInstance(desk, vm, instance);
  return { InstanceId: wireId(id), State: { Code: 0, Name: 'pending' } };
}

export function reservation(desk: Desk, instance: Instance): Reservation {
  return {
    ReservationId: `r-${(instance.InstanceId ?? '').slice(2)}`,
    OwnerId: desk.account,
    Groups: [],
    Instances: [instance],
  };
}

function visibleImage({ ec2, account }: Desk, id: string | undefined): Ec2Image {
  if (id === undefined)
    throw new Ec2Refusal('MissingParameter', 'The request must contain the parameter ImageId');
  if (!/^ami-[0-9a-f]{8,17}$/.test(id)) throw new Ec2Refusal('InvalidAMIID.Malformed', `Invalid id: "${id}"`);
  const image = ec2.images.get(id);
  if (image === undefined || (!image.isPublic && image.ownerId !== account))
    throw new Ec2Refusal('InvalidAMIID.NotFound', `The image id '[${id}]' does not exist`);
  return image;
}

function checkPlace(desk: Desk, input: RunInstancesRequest, image: Ec2Image): string {
  const { ec2 } = desk;
  const type = ec2.types.get(input.InstanceType ?? '');
  if (type === undefined)
    throw new Ec2Refusal('InvalidParameterValue', `Invalid value '${input.InstanceType}' for InstanceType.`);
  if (!type.architectures.includes(image.architecture))
    throw new Ec2Refusal(
      'InvalidParameterValue',
      `The architecture of the specified instance type does not match the architecture '${image.architecture}' of the specified AMI`,
    );
  const subnet = input.SubnetId ?? input.NetworkInterfaces?.[0]?.SubnetId;
  if (
    input.NetworkInterfaces !== undefined &&
    (input.SubnetId !== undefined || input.SecurityGroupIds !== undefined)
  )
    throw new Ec2Refusal(
      'InvalidParameterCombination',
      'Network interfaces and an instance-level subnet ID may not be specified on the same request',
    );
  const zone =
    subnet === undefined ? (input.Placement?.AvailabilityZone ?? `${REGION}a`) : zoneOfSubnet(subnet);
  if (zone === undefined)
    throw new Ec2Refusal('InvalidSubnetID.NotFound', `The subnet ID '${subnet}' does not exist`);
  if (!zoneIsHere(desk, zone))
    throw new Ec2Refusal('InvalidParameterValue', `Invalid availability zone: [${zone}]`);
  if (type.zones !== undefined && !type.zones.includes(zone))
    throw new Ec2Refusal(
      'Unsupported',
      `Your requested instance type (${input.InstanceType}) is not supported in your requested Availability Zone (${zone}).`,
    );
  return zone;
}

/** One subnet in every zone: subnet-0…a is in zone a. */
export function zoneOfSubnet(subnet: string): string | undefined {
  const letter = /^subnet-0{16}([ab])$/.exec(subnet)?.[1];
  return letter && `${REGION}${letter}`;
}

/** What the mapping of the call makes of the mapping of the image. */
function planVolumes(desk: Desk, image: Ec2Image, mappings: readonly BlockDeviceMapping[]): PlannedVolume[] {
  const planned: PlannedVolume[] = [];
  const devices = mappings.map(({ DeviceName = '' }) => DeviceName);
  if (new Set(devices).size < devices.length)
    throw new Ec2Refusal('InvalidBlockDeviceMapping', 'A device is mapped twice');
  const root = mappings.find(({ DeviceName }) => DeviceName === image.rootDeviceName)?.Ebs;
  const rootSnapshot = image.rootSnapshotId === undefined ? undefined : wireId(image.rootSnapshotId);
  // clouds.md, EC2: "EC2 refuses another root snapshot in the block device mapping of an existing image".
  if (root?.SnapshotId !== undefined && root.SnapshotId !== rootSnapshot)
    throw new Ec2Refusal('InvalidBlockDeviceMapping', `snapshotId cannot be modified on root device`);
  const sizeGiB = root?.VolumeSize ?? image.rootGiB;
  if (sizeGiB < image.rootGiB)
    throw new Ec2Refusal(
      'InvalidBlockDeviceMapping',
      `Volume of size ${sizeGiB}GB is smaller than snapshot, expect size >= ${image.rootGiB}GB`,
    );
  checkVolume(root?.VolumeType, sizeGiB);
  if (rootSnapshot !== undefined) restorable(desk, rootSnapshot, sizeGiB);
  planned.push({
    device: image.rootDeviceName,
    sizeGiB,
    type: root?.VolumeType,
    snapshotId: image.rootSnapshotId,
    // safety.md 3: DeleteOnTermination is true by default for the root volume.
    deletedWithVm: root?.DeleteOnTermination ?? true,
  });
  for (const { DeviceName: device = '', Ebs: ebs } of mappings) {
    if (device === image.rootDeviceName) continue;
    if (!/^\/dev\/(sd[b-z]|xvd[b-z][a-z]?)$/.test(device))
      throw new Ec2Refusal('InvalidBlockDeviceMapping', `Invalid device name ${device}`);
    const snapshot =
      ebs?.SnapshotId === undefined ? undefined : restorable(desk, ebs.SnapshotId, ebs.VolumeSize);
    const size = ebs?.VolumeSize ?? (snapshot === undefined ? 0 : snapshot.sizeBytes / 1024 ** 3);
    if (size === 0)
      throw new Ec2Refusal('InvalidBlockDeviceMapping', 'Must specify either snapshotId or volumeSize');
    checkVolume(ebs?.VolumeType, size);
    planned.push({
      device,
      sizeGiB: size,
      type: ebs?.VolumeType,
      snapshotId: snapshot?.id ?? (ebs?.SnapshotId && modelId(ebs.SnapshotId)),
      // True unless told otherwise for a mapping given at the launch through the query interface.
      deletedWithVm: ebs?.DeleteOnTermination ?? true,
    });
  }
  return planned;
}
