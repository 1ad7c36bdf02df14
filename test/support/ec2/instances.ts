import type {
  ArchitectureValues,
  DescribeInstanceAttributeRequest,
  DescribeInstancesRequest,
  DescribeInstancesResult,
  GetConsoleOutputRequest,
  GetConsoleOutputResult,
  Instance,
  InstanceAttribute,
  InstanceStateName,
  ModifyInstanceAttributeRequest,
  StartInstancesRequest,
  StartInstancesResult,
  StopInstancesRequest,
  StopInstancesResult,
  TerminateInstancesRequest,
  TerminateInstancesResult,
} from '@aws-sdk/client-ec2';
import { disksOf } from '../datacenter/guests.ts';
import * as vms from '../datacenter/vmCalls.ts';
import { locationOf, type ModelVm } from '../datacenter/world.ts';
import {
  assetById,
  type Desk,
  type Ec2Instance,
  gmt,
  modelId,
  tagsOf,
  takeVcpus,
  wireId,
  zoneIsHere,
} from './ec2World.ts';
import { chosen, type Fields, filtered, paged } from './filters.ts';
import { Ec2Refusal } from './refusal.ts';
import { reservation } from './runInstances.ts';

/** clouds.md, EC2: "a dead one stays listed for about an hour". */
const ENDED_STAYS_MS = 3_600_000;
const FAMILY = 'InvalidInstanceID';

const codes: Readonly<Record<string, number>> = {
  pending: 0,
  running: 16,
  'shutting-down': 32,
  terminated: 48,
  stopping: 64,
  stopped: 80,
};

function stateOf({ ec2 }: Desk, vm: ModelVm): InstanceStateName {
  const odd = ec2.oddStates.get(vm.id);
  if (odd !== undefined) return odd as InstanceStateName;
  if (vm.settling === undefined) return vm.power === 'on' ? 'running' : 'stopped';
  return vm.settling.to === 'on' ? 'pending' : 'stopping';
}

export function tellInstance(desk: Desk, vm: ModelVm, instance: Ec2Instance): Instance {
  const { world, ec2 } = desk;
  const state = stateOf(desk, vm);
  const { image } = instance;
  return {
    InstanceId: wireId(vm.id),
    ImageId: instance.imageId,
    State: { Code: codes[state] ?? 1, Name: state },
    StateTransitionReason: vm.power === 'on' && vm.settling?.to !== 'off' ? '' : instance.transitionReason,
    InstanceType: instance.type as NonNullable<Instance['InstanceType']>,
    // To the second, as EC2 tells it.
    LaunchTime: new Date(Math.floor(instance.launchedAtMs / 1000) * 1000),
    Placement: { AvailabilityZone: vm.location },
    Architecture: image.architecture,
    RootDeviceName: image.rootDeviceName,
    RootDeviceType: 'ebs',
    VirtualizationType: 'hvm',
    EnaSupport: image.enaSupport,
    ...(image.bootMode !== undefined && { BootMode: image.bootMode }),
    ClientToken: instance.clientToken,
    ...(instance.spotRequestId !== undefined && {
      InstanceLifecycle: 'spot',
      SpotInstanceRequestId: instance.spotRequestId,
    }),
    ...(instance.keyName !== undefined && { KeyName: instance.keyName }),
    ...(vm.power === 'on' && ec2.hasGuests && { PublicIpAddress: '192.0.2.1', PrivateIpAddress: '10.0.0.4' }),
    MetadataOptions: { HttpTokens: instance.httpTokens, State: 'applied' },
    BlockDeviceMappings: disksOf(world, vm).map((disk) => ({
      DeviceName: instance.devices.get(disk.id) ?? '/dev/sdz',
      Ebs: {
        VolumeId: wireId(disk.id),
        Status: 'attached',
        AttachTime: new Date(instance.attachedAtMs.get(disk.id) ?? disk.attachedAtMs ?? 0),
        DeleteOnTermination: vm.attachments.find(({ diskId }) => diskId === disk.id)?.deletedWithVm ?? false,
      },
    })),
    Tags: tagsOf(ec2, vm.id),
  };
}

function tellEnded({ ec2 }: Desk, id: string, instance: Ec2Instance): Instance {
  return {
    InstanceId: wireId(id),
    ImageId: instance.imageId,
    State: { Code: 48, Name: 'terminated' },
    StateTransitionReason: instance.transitionReason,
    ...(instance.endReason !== undefined && { StateReason: instance.endReason }),
    InstanceType: instance.type as NonNullable<Instance['InstanceType']>,
    LaunchTime: new Date(Math.floor(instance.launchedAtMs / 1000) * 1000),
    Placement: { AvailabilityZone: instance.zone },
    RootDeviceName: instance.image.rootDeviceName,
    BlockDeviceMappings: [],
    Tags: tagsOf(ec2, id),
  };
}

const fields: Fields<Instance> = {
  'instance-id': ({ InstanceId }) => InstanceId,
  'instance-state-name': ({ State }) => State?.Name,
  'client-token': ({ ClientToken }) => ClientToken,
};

/** A VM that was made past EC2, as by the deeds of an owner, is told as far as the model knows it. */
function instanceOf({ ec2 }: Desk, vm: ModelVm): Ec2Instance {
  const known = ec2.instances.get(vm.id);
  if (known !== undefined) return known;
  const [image] = ec2.images.values();
  if (image === undefined) throw new Error('there is no image');
  return {
    account: vm.account,
    imageId: image.id,
    image: { ...image, architecture: 'x86_64' satisfies ArchitectureValues },
    clientToken: '',
    zone: vm.location,
    keyName: undefined,
    userData: undefined,
    shutdownBehavior: 'stop',
    httpTokens: 'optional',
    createdAtMs: 0,
    isProtected: false,
    type: 't3.small',
    launchedAtMs: vm.startedAtMs ?? 0,
    transitionReason: '',
    devices: new Map(),
    attachedAtMs: new Map(),
    endedAtMs: undefined,
  };
}

export function describeInstances(desk: Desk, input: DescribeInstancesRequest): DescribeInstancesResult {
  const { world, ec2, account } = desk;
  const live = [...world.vms.values()]
    .filter((vm) => vm.account === account && zoneIsHere(desk, vm.location))
    .map((vm) => tellInstance(desk, vm, withStart(desk, vm)));
  const ended = [...ec2.instances].flatMap(([id, instance]) => {
    if (instance.account !== account || world.vms.has(id)) return [];
    // Those that an owner deleted past EC2 have no end of their own.
    return world.nowMs - (instance.endedAtMs ?? world.nowMs) > ENDED_STAYS_MS
      ? []
      : [tellEnded(desk, id, instance)];
  });
  const idOf = ({ InstanceId = '' }: Instance) => InstanceId;
  const some = chosen([...live, ...ended], input.InstanceIds, idOf, FAMILY);
  const kept = filtered(desk, some, input.Filters, fields, (instance) => modelId(idOf(instance)) ?? '');
  const { items, NextToken } = paged(kept, input, world.quirks.pageSize);
  return {
    Reservations: items.map((instance) => reservation(desk, instance)),
    ...(NextToken !== undefined && { NextToken }),
  };
}

/** The start and stop that the owner made past EC2 show as well. */
function withStart(desk: Desk, vm: ModelVm): Ec2Instance {
  const instance = instanceOf(desk, vm);
  const launchedAtMs = vm.startedAtMs ?? instance.launchedAtMs;
  const isStopped = vm.power === 'off' && instance.transitionReason === '' && vm.stoppedAtMs !== undefined;
  return {
    ...instance,
    launchedAtMs,
    ...(isStopped && { transitionReason: `User initiated (${gmt(vm.stoppedAtMs ?? 0)})` }),
  };
}

export function startInstances(
  desk: Desk,
  { InstanceIds = [] }: StartInstancesRequest,
): StartInstancesResult {
  const { world, ec2, account } = desk;
  const targets = InstanceIds.map((id) => assetById(desk, world.vms, id, FAMILY));
  for (const vm of targets) {
    if (vm.settling !== undefined)
      throw new Ec2Refusal(
        'IncorrectInstanceState',
        `The instance '${wireId(vm.id)}' is not in a state from which it can be started.`,
      );
    if (vm.power === 'off' && !vm.attachments.some(({ boot }) => boot))
      throw new Ec2Refusal(
        'IncorrectInstanceState',
        `Instance '${wireId(vm.id)}' does not have a volume attached at root`,
      );
    if (vm.power === 'off') takeVcpus(ec2);
    if (vm.power === 'off' && locationOf(world, vm.location, 'start').outOfCapacity)
      throw new Ec2Refusal(
        'InsufficientInstanceCapacity',
        `We currently do not have sufficient capacity in ${vm.location}`,
        500,
      );
  }
  for (const vm of targets) {
    // EC2 answers as if it had started it.
    if (vm.power === 'on') continue;
    vms.startVm(world, account, vm.id);
    const instance = ec2.instances.get(vm.id);
    if (instance === undefined) continue;
    instance.launchedAtMs = world.nowMs;
    instance.transitionReason = '';
  }
  return {
    StartingInstances: targets.map((vm) => ({
      InstanceId: wireId(vm.id),
      CurrentState: { Code: 0, Name: 'pending' },
      PreviousState: { Code: 80, Name: 'stopped' },
    })),
  };
}

export function stopInstances(desk: Desk, { InstanceIds = [] }: StopInstancesRequest): StopInstancesResult {
  const { world, ec2, account } = desk;
  const targets = InstanceIds.map((id) => assetById(desk, world.vms, id, FAMILY));
  for (const vm of targets) {
    if (vm.settling?.to === 'on')
      throw new Ec2Refusal(
        'IncorrectInstanceState',
        `The instance '${wireId(vm.id)}' is not in a state from which it can be stopped.`,
      );
  }
  for (const vm of targets) {
    if (vm.power === 'off' || vm.settling !== undefined) continue;
    const instance = ec2.instances.get(vm.id);
    // The reason tells when the stop was asked for, and is there while the guest still shuts down.
    if (instance !== undefined) instance.transitionReason = `User initiated (${gmt(world.nowMs)})`;
    vms.stopVm(world, account, vm.id);
    // Of the drives of its host every block is erased.
    if (ec2.types.get(instance?.type ?? '')?.storeGB !== undefined) vm.localContent = undefined;
  }
  return {
    StoppingInstances: targets.map((vm) => ({
      InstanceId: wireId(vm.id),
      CurrentState: { Code: 64, Name: 'stopping' },
      PreviousState: { Code: 16, Name: 'running' },
    })),
  };
}

/** Takes a running instance as well, and one that is long dead. */
export function terminateInstances(
  desk: Desk,
  { InstanceIds = [] }: TerminateInstancesRequest,
): TerminateInstancesResult {
  const { world, ec2, account } = desk;
  for (const wire of InstanceIds) {
    const id = modelId(wire) ?? '';
    const instance = ec2.instances.get(id);
    if (instance !== undefined && instance.account === account && !world.vms.has(id)) continue;
    const vm = assetById(desk, world.vms, wire, FAMILY);
    if (ec2.instances.get(vm.id)?.isProtected === true)
      throw new Ec2Refusal(
        'OperationNotPermitted',
        `The instance '${wire}' may not be terminated. Modify its 'disableApiTermination' instance attribute and try again.`,
      );
    if (vm.settling !== undefined)
      throw new Ec2Refusal('IncorrectInstanceState', `The instance '${wire}' is changing`);
    // EC2 would launch another, with disks of its own, until somebody withdraws the request.
    if (instance?.spotRequestId !== undefined)
      throw new Error('a spot VM was terminated under its request: a second one is on its way');
    const gone = vm.attachments.filter(({ deletedWithVm }) => deletedWithVm).map(({ diskId }) => diskId);
    vms.deleteVm(world, account, vm.id);
    for (const diskId of gone) ec2.tags.delete(diskId);
    if (instance === undefined) continue;
    instance.endedAtMs = world.nowMs;
    for (const [address, holder] of ec2.addresses)
      if (holder === vm.id) ec2.addresses.set(address, undefined);
    instance.transitionReason = `User initiated (${gmt(world.nowMs)})`;
  }
  return {
    TerminatingInstances: InstanceIds.map((InstanceId) => ({
      InstanceId,
      CurrentState: { Code: 32, Name: 'shutting-down' },
    })),
  };
}

export function modifyInstanceAttribute(desk: Desk, input: ModifyInstanceAttributeRequest): void {
  const { world, ec2, account } = desk;
  const vm = assetById(desk, world.vms, input.InstanceId, FAMILY);
  const instance = ec2.instances.get(vm.id);
  const type = input.InstanceType?.Value;
  const asked = [type, input.BlockDeviceMappings, input.DisableApiTermination].filter(
    (one) => one !== undefined,
  );
  if (asked.length !== 1)
    throw new Ec2Refusal('InvalidParameterCombination', 'Exactly one attribute can be modified at a time');
  if (type !== undefined) {
    if (vm.power === 'on' || vm.settling !== undefined)
      throw new Ec2Refusal(
        'IncorrectInstanceState',
        `The instance '${input.InstanceId}' is not in the 'stopped' state.`,
      );
    const known = ec2.types.get(type);
    if (known === undefined)
      throw new Ec2Refusal('InvalidInstanceAttributeValue', `The instanceType '${type}' is not valid`);
    if (instance !== undefined && !known.architectures.includes(instance.image.architecture))
      throw new Ec2Refusal(
        'InvalidParameterCombination',
        'The architecture of the instance type does not match',
      );
    if (instance?.spotRequestId !== undefined)
      throw new Ec2Refusal('UnsupportedOperation', 'The type of a spot instance cannot be modified');
    vms.resizeVm(world, account, vm.id, { machineType: type });
    if (instance !== undefined) instance.type = type;
  }
  if (input.DisableApiTermination !== undefined && instance !== undefined)
    instance.isProtected = input.DisableApiTermination.Value ?? true;
  for (const { DeviceName, Ebs } of input.BlockDeviceMappings ?? []) {
    const held = vm.attachments.find(({ diskId }) => instance?.devices.get(diskId) === DeviceName);
    if (held === undefined)
      throw new Ec2Refusal('InvalidInstanceAttributeValue', `No device is currently mapped at ${DeviceName}`);
    // safety.md 3: "In ModifyInstanceAttribute an omitted value means true."
    vms.setDeletionFlag(world, account, vm.id, held.diskId, Ebs?.DeleteOnTermination ?? true);
  }
}

export function describeInstanceAttribute(
  desk: Desk,
  { InstanceId, Attribute }: DescribeInstanceAttributeRequest,
): InstanceAttribute {
  const { world, ec2 } = desk;
  const vm = assetById(desk, world.vms, InstanceId, FAMILY);
  if (Attribute !== 'disableApiTermination')
    throw new Ec2Refusal('UnsupportedOperation', `the fake has no notion of the attribute ${Attribute}`);
  return {
    InstanceId: wireId(vm.id),
    DisableApiTermination: { Value: ec2.instances.get(vm.id)?.isProtected === true },
  };
}

/** What cloud-init prints of the host keys. */
export function getConsoleOutput(
  desk: Desk,
  { InstanceId }: GetConsoleOutputRequest,
): GetConsoleOutputResult {
  const vm = assetById(desk, desk.world.vms, InstanceId, FAMILY);
  const text =
    '-----BEGIN SSH HOST KEY KEYS-----\nssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFake root@host\n-----END SSH HOST KEY KEYS-----\n';
  return { InstanceId: wireId(vm.id), Output: Buffer.from(text).toString('base64') };
}
