import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { BlockDeviceMapping, Image, RunInstancesCommandInput } from '@aws-sdk/client-ec2';
import type { CreateDisk, CreateVm } from '../../src/core/action.ts';
import type { ProviderContext } from '../../src/core/provider.ts';
import { digest } from './images.ts';
import type { Look } from './look.ts';
import { encodeMakes } from './makes.ts';
import { refusal } from './place.ts';
import { GiB } from './settings.ts';
import {
  bootFactsTag,
  DEVICE,
  IMAGE,
  LAUNCH,
  NAME,
  PROTECTED,
  SCRATCH,
  SSH_USER,
  TEMPORARY_IMAGE,
  tagsOfLabels,
  toTagList,
  type Tags,
} from './tags.ts';
import { readKeys, userTags } from './workstationKeys.ts';

/** AWS recommends f to p for data disks; where they do not suffice, the names of two letters. */
const slots: readonly string[] = [
  ...[...'fghijklmnop'].map((letter) => `/dev/sd${letter}`),
  ...[...'abcdefghijklmnopqrstuvwxyz'].map((letter) => `/dev/xvdb${letter}`),
];

/** The first slot that is not taken. */
export function freeSlot(taken: ReadonlySet<string>, attempt: string): string {
  // /dev/sdf and /dev/xvdf are one device to many kernels.
  const letters = new Set([...taken].map((device) => device.replace(/^\/dev\/(sd|xvd)/, '')));
  const slot = slots.find((device) => !letters.has(device.replace(/^\/dev\/(sd|xvd)/, '')));
  if (slot === undefined) throw refusal('refused', `${attempt}: no slot for another disk is left on the VM`);
  return slot;
}

/** The slot that a disk had is noted on its snapshot, so that mounts survive every cycle. */
export function assignSlots(
  look: Look,
  action: CreateVm,
  rootDevice: string,
  attempt: string,
): Map<CreateDisk, string> {
  const [boot, ...data] = action.makes ?? [];
  const assigned = new Map<CreateDisk, string>();
  if (boot === undefined) return assigned;
  assigned.set(boot, rootDevice);
  const taken = new Set([rootDevice]);
  for (const { id } of action.disks) {
    const device = look.volumes.find((volume) => volume.id === id)?.tags[DEVICE];
    if (device !== undefined) taken.add(device);
  }
  const fresh: CreateDisk[] = [];
  for (const disk of data) {
    const { source } = disk;
    const noted =
      source.from === 'snapshot'
        ? look.snapshots.find(({ id }) => id === source.snapshotId)?.tags[DEVICE]
        : undefined;
    if (noted === undefined || taken.has(noted)) fresh.push(disk);
    else {
      assigned.set(disk, noted);
      taken.add(noted);
    }
  }
  for (const disk of fresh) {
    const slot = freeSlot(taken, attempt);
    assigned.set(disk, slot);
    taken.add(slot);
  }
  return assigned;
}

export interface Launch {
  readonly action: CreateVm;
  readonly image: Image;
  /** Registered for this launch alone. */
  readonly isTemporary: boolean;
  readonly slots: ReadonlyMap<CreateDisk, string>;
  readonly userData: string | undefined;
  /** Of those that bore the name and are dead: a token that made one of them would bring up nothing else. */
  readonly generation: string;
}

/** The whole of one RunInstances: one VM with all its disks, none of which is deleted along with it. */
export function runInput(launch: Launch): RunInstancesCommandInput {
  const { action, image, isTemporary, slots: slotOf, userData, generation } = launch;
  const keys = readKeys(action.settings);
  const token = digest([action, image.ImageId, [...slotOf.values()], generation], 64);
  const { workstation, owner } = action.labels;
  const volumeTags: Tags = {
    ...userTags(keys),
    ...tagsOfLabels({
      ...(workstation !== undefined && { workstation }),
      ...(owner !== undefined && { owner }),
    }),
    [LAUNCH]: token,
  };
  const makes: Record<string, Tags> = {};
  const mappings: BlockDeviceMapping[] = [];
  for (const [disk, device] of slotOf) {
    const isBoot = device === image.RootDeviceName;
    // What is on every volume from the first moment need not be held for it.
    const own = Object.entries(madeTags(launch, disk, device)).filter(
      ([key, value]) => volumeTags[key] !== value,
    );
    makes[device] = Object.fromEntries(own);
    mappings.push({
      DeviceName: device,
      Ebs: {
        VolumeSize: disk.sizeBytes / GiB,
        VolumeType: disk.type as NonNullable<NonNullable<BlockDeviceMapping['Ebs']>['VolumeType']>,
        // safety.md 3: left out, it would be true for the root disk.
        DeleteOnTermination: false,
        // clouds.md: the root's snapshot is the image's, and cannot be named here.
        ...(!isBoot && disk.source.from === 'snapshot' && { SnapshotId: disk.source.snapshotId }),
        ...(keys.encryptionKey !== undefined && { Encrypted: true, KmsKeyId: keys.encryptionKey }),
      },
    });
  }
  // Disks that the image brings along would be nobody's.
  for (const { DeviceName, Ebs } of image.BlockDeviceMappings ?? []) {
    const isOurs = mappings.some((mapping) => mapping.DeviceName === DeviceName);
    if (Ebs !== undefined && !isOurs && DeviceName !== undefined) mappings.push({ DeviceName, NoDevice: '' });
  }
  const instanceTags: Tags = {
    ...userTags(keys),
    ...tagsOfLabels(action.labels),
    ...encodeMakes(makes),
    ...(isTemporary && { [TEMPORARY_IMAGE]: image.ImageId ?? '' }),
    ...(keys.deletionProtection && { [PROTECTED]: 'true' }),
    ...(keys.isScratch && { [SCRATCH]: 'true' }),
    [SSH_USER]: action.sshUser ?? usualUser(image),
    [NAME]: action.name,
  };
  return {
    ImageId: image.ImageId,
    InstanceType: machineTypeOf(action) as NonNullable<RunInstancesCommandInput['InstanceType']>,
    MinCount: 1,
    MaxCount: 1,
    ClientToken: token,
    Placement: { AvailabilityZone: action.location },
    BlockDeviceMappings: mappings,
    // clouds.md: shutting down inside must not delete the VM.
    InstanceInitiatedShutdownBehavior: 'stop',
    MetadataOptions: { HttpTokens: 'required', HttpEndpoint: 'enabled' },
    ...networkOf(action),
    ...(keys.keyName !== undefined && { KeyName: keys.keyName }),
    ...(keys.instanceProfile !== undefined && {
      IamInstanceProfile: keys.instanceProfile.startsWith('arn:')
        ? { Arn: keys.instanceProfile }
        : { Name: keys.instanceProfile },
    }),
    ...(keys.deletionProtection && { DisableApiTermination: true }),
    ...(userData !== undefined && { UserData: Buffer.from(userData).toString('base64') }),
    TagSpecifications: [
      { ResourceType: 'instance', Tags: toTagList(instanceTags) },
      { ResourceType: 'volume', Tags: toTagList(volumeTags) },
    ],
  };
}

export function machineTypeOf({ size, name }: CreateVm): string {
  if ('machineType' in size) return size.machineType;
  throw refusal('configuration', `cannot create VM ${name}: a VM of EC2 has an instance type as its size`);
}

function madeTags({ image }: Launch, disk: CreateDisk, device: string): Tags {
  const isBoot = device === image.RootDeviceName;
  return {
    ...tagsOfLabels(disk.labels),
    ...(disk.source.from === 'image' && { [IMAGE]: disk.source.image }),
    ...(isBoot
      ? bootFactsTag({
          architecture: image.Architecture ?? 'x86_64',
          rootDevice: device,
          ena: image.EnaSupport ?? true,
          ...(image.BootMode !== undefined && { bootMode: image.BootMode }),
        })
      : { [DEVICE]: device }),
    [NAME]: disk.name,
  };
}

function networkOf(action: CreateVm): Partial<RunInstancesCommandInput> {
  const { subnet, securityGroups, publicAddress } = readKeys(action.settings);
  const groups = securityGroups.length === 0 ? undefined : [...securityGroups];
  if (publicAddress === undefined) {
    return {
      ...(subnet !== undefined && { SubnetId: subnet }),
      ...(groups !== undefined && { SecurityGroupIds: groups }),
    };
  }
  return {
    NetworkInterfaces: [
      {
        DeviceIndex: 0,
        AssociatePublicIpAddress: publicAddress,
        DeleteOnTermination: true,
        ...(subnet !== undefined && { SubnetId: subnet }),
        ...(groups !== undefined && { Groups: groups }),
      },
    ],
  };
}

/** Whom the makers of the usual images let in. */
function usualUser({ Name = '' }: Image): string {
  if (/debian/i.test(Name)) return 'admin';
  if (/ubuntu/i.test(Name)) return 'ubuntu';
  if (/fedora/i.test(Name)) return 'fedora';
  return 'ec2-user';
}

/** First-boot data: who may log in, and what the file says. Never for a restored disk, which it could format (safety.md 8). */
export async function firstBootData(
  action: CreateVm,
  context: Pick<ProviderContext, 'homeFolder' | 'configFolder'>,
): Promise<string | undefined> {
  if (!action.firstBoot) return undefined;
  const own = readKeys(action.settings).userData;
  const key = action.sshKey === undefined ? undefined : await readPublicKey(action.sshKey, context);
  if (key === undefined) return own;
  const config = `#cloud-config\nssh_authorized_keys:\n  - ${JSON.stringify(key)}\n`;
  if (own === undefined) return config;
  const part = (type: string, text: string) =>
    `--chews\nContent-Type: ${type}; charset="utf-8"\nMIME-Version: 1.0\n\n${text}\n`;
  const ownType = own.startsWith('#cloud-config') ? 'text/cloud-config' : 'text/x-shellscript';
  return (
    `Content-Type: multipart/mixed; boundary="chews"\nMIME-Version: 1.0\n\n` +
    `${part('text/cloud-config', config)}${part(ownType, own)}--chews--\n`
  );
}

async function readPublicKey(
  key: string,
  { homeFolder, configFolder }: Pick<ProviderContext, 'homeFolder' | 'configFolder'>,
): Promise<string> {
  if (/^(ssh-|ecdsa-|sk-)/.test(key)) return key.trim();
  const path = key.startsWith('~/') ? join(homeFolder, key.slice(2)) : resolve(configFolder, key);
  const text = await readFile(path, 'utf8').catch(() => '');
  if (/^(ssh-|ecdsa-|sk-)/.test(text)) return text.trim();
  throw refusal('configuration', `cannot read the public key ${path}: there is none`);
}
