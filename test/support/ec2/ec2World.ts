import type { ArchitectureValues, RequestLaunchTemplateData } from '@aws-sdk/client-ec2';
import { createDatacenter, type Datacenter } from '../datacenter/datacenter.ts';
import { type Bucket, ec2Like, type Quirks } from '../datacenter/quirks.ts';
import { drawId, drawShare, type World } from '../datacenter/world.ts';
import type { Policy } from './policy.ts';
import { Ec2Refusal } from './refusal.ts';
import type { SsmParameter } from './ssmFace.ts';

/** What EC2 knows beyond the model of a datacenter. Plain data, so that it is saved and restored along with the world. */
export interface Ec2State {
  readonly region: string;
  /** By the id of any resource. */
  readonly tags: Map<string, Map<string, string>>;
  readonly images: Map<string, Ec2Image>;
  /** Those of SSM, by their names. */
  readonly parameters: Map<string, SsmParameter>;
  readonly templates: Map<string, Ec2Template>;
  /** What the model does not tell of a VM, by its id; kept for about an hour after its end. */
  readonly instances: Map<string, Ec2Instance>;
  /** What a client token was used for. */
  readonly tokens: Map<string, { readonly id: string; readonly parameters: string }>;
  readonly types: Map<string, Ec2InstanceType>;
  readonly keyPairs: Set<string>;
  /** Elastic addresses, and the VM that has each. */
  readonly addresses: Map<string, string | undefined>;
  /** Actions that the caller's policy does not allow. */
  readonly denied: Set<string>;
  /** What alone the caller is allowed; undefined: everything. */
  policy: Policy | undefined;
  /** Keys of KMS that are switched off, as a caller names them. */
  readonly disabledKeys: Set<string>;
  /** True: the credentials are not accepted at all. */
  rejectsCredentials: boolean;
  /** False: the account's limit of vCPUs is reached. A dry run does not tell of it. */
  hasVcpus: boolean;
  /** False: there is nobody behind a VM, and it has no address. */
  hasGuests: boolean;
  /** What a state is called that nobody has heard of yet, by the id of the resource. */
  readonly oddStates: Map<string, string>;
}

export interface Ec2Image {
  readonly id: string;
  readonly ownerId: string;
  readonly isPublic: boolean;
  readonly name: string;
  readonly createdAtMs: number;
  readonly architecture: ArchitectureValues;
  readonly bootMode: 'legacy-bios' | 'uefi' | 'uefi-preferred' | undefined;
  readonly enaSupport: boolean;
  readonly rootDeviceName: string;
  /** Undefined: a public image, whose snapshot is somebody else's. */
  readonly rootSnapshotId: string | undefined;
  readonly rootGiB: number;
}

export interface Ec2Instance {
  readonly account: string;
  readonly imageId: string;
  readonly image: Ec2Image;
  readonly clientToken: string;
  readonly zone: string;
  readonly keyName: string | undefined;
  readonly userData: string | undefined;
  readonly shutdownBehavior: 'stop' | 'terminate';
  readonly httpTokens: 'optional' | 'required';
  readonly createdAtMs: number;
  isProtected: boolean;
  /** Of a spot VM, which somebody else made: the persistent request that stands behind it. */
  spotRequestId?: string;
  type: string;
  launchedAtMs: number;
  /** "User initiated (… GMT)": the moment that the stop was asked for, not the one at which it was over. */
  transitionReason: string;
  /** The device of each volume. */
  readonly devices: Map<string, string>;
  readonly attachedAtMs: Map<string, number>;
  /** Once it has been terminated. */
  endedAtMs: number | undefined;
  /** Why, where it ended by itself. */
  readonly endReason?: { readonly Code: string; readonly Message: string };
}

export interface Ec2Template {
  readonly id: string;
  readonly account: string;
  readonly name: string;
  readonly createdAtMs: number;
  readonly versions: Ec2TemplateVersion[];
}

export interface Ec2TemplateVersion {
  readonly number: number;
  readonly description: string | undefined;
  data: RequestLaunchTemplateData;
  readonly createdAtMs: number;
}

export interface Ec2InstanceType {
  readonly architectures: readonly ArchitectureValues[];
  /** Where it is offered; undefined: everywhere. */
  readonly zones?: readonly string[];
  /** The drives of its host, which are erased at every stop; undefined: none. */
  readonly storeGB?: number;
}

export const REGION = 'eu-central-1';
export const ACCOUNT = '111122223333';
export const OTHER_ACCOUNT = '444455556666';
export const DEBIAN_OWNER = '136693071363';
const AMAZON = '137112412989';

/** EC2, where a root volume comes into being with its instance alone. */
export const ec2Quirks: Quirks = {
  ...ec2Like,
  // clouds.md, EC2: times of volumes and snapshots are told to the millisecond, those of instances to the second.
  timeResolutionMs: 1000,
  snapshotWhileChanging: true,
  diskTypes: ['gp2', 'gp3', 'io1', 'io2', 'st1', 'sc1', 'standard'],
  machineTypes: ['t3.small', 't3.large', 'm6i.large', 'm7g.large', 'm6id.large'],
};

/** clouds.md, EC2: "Buckets (size/refill per second)". */
export const apiBuckets: readonly Bucket[] = [
  { calls: ['DescribeInstances', 'DescribeVolumes', 'DescribeSnapshots'], size: 100, refillPerSecond: 20 },
  { calls: ['RunInstances'], size: 5, refillPerSecond: 2 },
  { calls: ['StartInstances'], size: 5, refillPerSecond: 2 },
  { calls: ['CreateVolume'], size: 100, refillPerSecond: 5 },
  { calls: ['CreateSnapshot'], size: 100, refillPerSecond: 5 },
];

export interface Ec2Options {
  readonly quirks?: Partial<Quirks>;
  readonly seed?: number;
  readonly startAtMs?: number;
}

export function createEc2Datacenter(options: Ec2Options = {}): Datacenter {
  const datacenter = createDatacenter({
    quirks: { ...ec2Quirks, ...options.quirks },
    seed: options.seed ?? 1,
    startAtMs: options.startAtMs ?? Date.UTC(2026, 2, 1, 12),
    accounts: [ACCOUNT, OTHER_ACCOUNT],
    locations: [
      { name: `${REGION}a`, region: REGION },
      { name: `${REGION}b`, region: REGION },
      { name: 'eu-west-1a', region: 'eu-west-1' },
    ],
  });
  datacenter.world.ec2 = createEc2State(datacenter.world);
  return datacenter;
}

function createEc2State(world: World): Ec2State {
  const images = new Map<string, Ec2Image>();
  const publish = (
    ownerId: string,
    name: string,
    rootDeviceName: string,
    changes: Partial<Ec2Image> = {},
  ) => {
    const id = wireId(drawId(world, 'ami'));
    images.set(id, {
      id,
      ownerId,
      isPublic: true,
      name,
      createdAtMs: Date.UTC(2026, 0, 1) + images.size * 86_400_000,
      architecture: 'x86_64',
      bootMode: 'uefi-preferred',
      enaSupport: true,
      rootDeviceName,
      rootSnapshotId: undefined,
      rootGiB: 2,
      ...changes,
    });
    return id;
  };
  // clouds.md, EC2: "Root device names differ (/dev/xvda, /dev/sda1): read them."
  publish(DEBIAN_OWNER, 'debian-13-amd64-20260101', '/dev/xvda');
  const amd64 = publish(DEBIAN_OWNER, 'debian-13-amd64-20260201', '/dev/xvda');
  const arm64 = publish(DEBIAN_OWNER, 'debian-13-arm64-20260201', '/dev/xvda', {
    architecture: 'arm64',
    bootMode: 'uefi',
  });
  publish(AMAZON, 'ubuntu-24.04-amd64', '/dev/sda1', { bootMode: undefined });
  publish(OTHER_ACCOUNT, 'debian-13-amd64-20260301', '/dev/xvda');
  return {
    region: REGION,
    tags: new Map(),
    images,
    parameters: publicParameters(amd64, arm64),
    templates: new Map(),
    instances: new Map(),
    tokens: new Map(),
    types: new Map<string, Ec2InstanceType>([
      ['t3.small', { architectures: ['x86_64'] }],
      ['t3.large', { architectures: ['x86_64'] }],
      ['m6i.large', { architectures: ['x86_64'], zones: [`${REGION}a`] }],
      ['m7g.large', { architectures: ['arm64'] }],
      ['m6id.large', { architectures: ['x86_64'], storeGB: 118 }],
    ]),
    keyPairs: new Set(['ann']),
    addresses: new Map([['eipalloc-0123456789abcdef0', undefined]]),
    denied: new Set(),
    policy: undefined,
    disabledKeys: new Set(),
    rejectsCredentials: false,
    hasVcpus: true,
    hasGuests: true,
    oddStates: new Map(),
  };
}

/** `/aws/service/` of the region: names of images, and of other things. */
function publicParameters(amd64: string, arm64: string): Map<string, SsmParameter> {
  const text = (value: string): SsmParameter => ({ type: 'String', value, dataType: 'text' });
  const image = (value: string): SsmParameter => ({ type: 'String', value, dataType: 'aws:ec2:image' });
  return new Map([
    ['/aws/service/debian/release/13/latest/amd64', image(amd64)],
    ['/aws/service/debian/release/13/latest/arm64', image(arm64)],
    ['/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended', text(`{"image_id":"${amd64}"}`)],
    ['/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id', text(amd64)],
    [`/aws/service/global-infrastructure/regions/${REGION}/longName`, text('Europe (Frankfurt)')],
  ]);
}

/** What a handler works on: one account's view of one region, and when it is a read, maybe of a while ago. */
export interface Desk {
  readonly world: World;
  readonly ec2: Ec2State;
  readonly account: string;
}

export function openDesk({ account }: Pick<Desk, 'account'>, world: World): Desk {
  const { ec2 } = world;
  if (ec2 === undefined) throw new Error('this world has no EC2 in it');
  return { world, ec2, account };
}

const kindByPrefix: Readonly<Record<string, string>> = { i: 'vm', vol: 'disk', snap: 'snapshot' };
const prefixByKind: Readonly<Record<string, string>> = { vm: 'i', disk: 'vol', snapshot: 'snap' };

/** The id of an asset of the model as EC2 writes it: a prefix and 17 digits. */
export function wireId(modelId: string): string {
  const [kind = '', digits = ''] = modelId.split('-');
  return `${prefixByKind[kind] ?? kind}-${digits.padStart(17, '0')}`;
}

/** Undefined where it is no id at all. */
export function modelId(wire: string): string | undefined {
  const [, prefix = '', digits = ''] = /^([a-z]+)-([0-9a-f]{17}|[0-9a-f]{8})$/.exec(wire) ?? [];
  if (digits === '') return undefined;
  return `${kindByPrefix[prefix] ?? prefix}-${digits.slice(-12)}`;
}

/** Finds an asset by its id on the wire, as strictly as EC2: InvalidVolume.NotFound, InvalidInstanceID.Malformed. */
export function assetById<T extends { readonly account: string }>(
  desk: Desk,
  assets: ReadonlyMap<string, T>,
  wire: string | undefined,
  family: string,
): T & { readonly id: string } {
  if (wire === undefined)
    throw new Ec2Refusal('MissingParameter', `The request must contain the parameter ${family}`);
  const id = modelId(wire);
  if (id === undefined) throw new Ec2Refusal(`${family}.Malformed`, `Invalid id: "${wire}"`);
  const asset = assets.get(id) as (T & { readonly id: string; readonly createdAtMs?: number }) | undefined;
  if (asset === undefined || asset.account !== desk.account || isTooYoung(desk, asset.createdAtMs)) {
    throw new Ec2Refusal(`${family}.NotFound`, `The ID '${wire}' does not exist`);
  }
  return asset;
}

/** clouds.md, EC2: "Eventually consistent: a new instance can be unknown for a while". */
function isTooYoung({ world }: Desk, createdAtMs: number | undefined): boolean {
  const { listLagMs } = world.quirks;
  return createdAtMs !== undefined && world.nowMs - createdAtMs < listLagMs && drawShare(world) < 0.5;
}

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html: VcpuLimitExceeded, of a launch and of a start. */
export function takeVcpus({ hasVcpus }: Ec2State): void {
  if (!hasVcpus)
    throw new Ec2Refusal(
      'VcpuLimitExceeded',
      'You have requested more vCPU capacity than your current vCPU limit of 32 allows for the instance bucket that the specified instance type belongs to.',
    );
}

export function tagsOf(ec2: Ec2State, id: string): { Key: string; Value: string }[] {
  return [...(ec2.tags.get(id) ?? [])].map(([Key, Value]) => ({ Key, Value }));
}

export function zoneIsHere({ world, ec2 }: Desk, zone: string): boolean {
  return world.locations.some(({ name, region }) => name === zone && region === ec2.region);
}

/** GMT, as in StateTransitionReason. */
export function gmt(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 19).replace('T', ' ')} GMT`;
}
