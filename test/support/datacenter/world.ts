import type { DiskOrigin, Fleet, Labels, Snapshot } from '../../../src/core/assets.ts';
import type { ErrorCode } from '../../../src/core/errors.ts';
import { ChewsError } from '../../../src/core/errors.ts';
import type { Lease } from '../../../src/core/lease.ts';
import type { Size } from '../../../src/core/workstation.ts';
import { emptyGce, type GceState } from '../gce/state.ts';
import type { Ec2State } from '../ec2/ec2World.ts';
import type { Quirks } from './quirks.ts';

/** The whole of a simulated datacenter: data only, so that it can be copied, printed and compared. */
export interface World {
  readonly quirks: Quirks;
  nowMs: number;
  /** The state of the generator that ids are drawn from. */
  random: number;
  drawn: number;
  readonly accounts: readonly string[];
  readonly locations: readonly Location[];
  readonly vms: Map<string, ModelVm>;
  readonly disks: Map<string, ModelDisk>;
  readonly snapshots: Map<string, ModelSnapshot>;
  /** VMs that were deleted and had been started, where they are told of for a while. */
  ended: readonly EndedModelVm[];
  /** What the first call of a client token made. */
  readonly tokens: Map<string, string>;
  /** By account and workstation. */
  readonly leases: Map<string, Lease>;
  readonly contents: Contents;
  /** What lists would have told lately, oldest first; kept only where lists lag. */
  pictures: Picture[];
  /** Tokens left, by account and bucket. */
  readonly buckets: Map<string, { tokens: number; atMs: number }>;
  /** What becomes of the next thing that is accepted; undefined: what usually does. */
  fate: Fate | undefined;
  /** What only Compute Engine's wire format shows; untouched where the datacenter has another face. */
  readonly gce: GceState;
  /** What EC2 knows beyond all this; undefined where nobody looks at the world as EC2. */
  ec2?: Ec2State;
}

/** The told fleets of all accounts from a moment on, until the next picture. */
export interface Picture {
  readonly atMs: number;
  readonly fleets: readonly Fleet[];
  /** The same as EC2 would see it. */
  readonly seen?: Pick<World, 'vms' | 'disks' | 'snapshots' | 'ec2'>;
}

/** An operation that was accepted and is slow, or ends in failure. */
export interface Fate {
  readonly fails: boolean;
  readonly extraMs: number;
}

export interface Location {
  readonly name: string;
  readonly region: string;
  /** No VM can be made or started here until it ends. */
  outOfCapacity: boolean;
}

/** What was ever written, and what of it must not be lost. Version 0 is what nobody has written to yet. */
export interface Contents {
  next: number;
  readonly writes: Map<number, ContentWrite>;
  /** The versions that no later write builds on: losing one is losing data. */
  readonly heads: Set<number>;
  /** Workstations and disks whose data may go: `delete` was confirmed. */
  readonly letGo: Set<string>;
  /** Heads that are gone by the owner's own hand, with what he did. */
  readonly lostByOwner: Map<number, string>;
}

export interface ContentWrite {
  readonly version: number;
  /** What was on the disk before; undefined where it was blank or has been formatted. */
  readonly parent: number | undefined;
  readonly workstation: string;
  readonly disk: string;
  readonly diskId: string;
  readonly atMs: number;
}

export interface ModelVm {
  readonly id: string;
  readonly account: string;
  /** EC2's names are tags, and can be changed. */
  name: string;
  readonly location: string;
  readonly image: string;
  labels: Labels;
  size: Size;
  power: 'on' | 'off';
  /** A stop or start that is under way. The guest runs until a stop is over, and from the moment a start was asked for. */
  settling: Settling<'on' | 'off'> | undefined;
  /** First-boot data that has not been used yet: the next start formats every disk (safety.md 8). */
  firstBoot: boolean;
  startedAtMs: number | undefined;
  stoppedAtMs: number | undefined;
  /** What a guest wrote to a disk inside the machine itself, which goes with the VM; undefined where it has none. */
  localContent: number | undefined;
  attachments: ModelAttachment[];
}

export interface EndedModelVm {
  readonly id: string;
  readonly account: string;
  readonly startedAtMs: number;
  readonly endedAtMs: number;
}

export interface ModelAttachment {
  readonly diskId: string;
  readonly boot: boolean;
  readonly attachedAtMs: number;
  deletedWithVm: boolean;
}

export interface Settling<T> {
  readonly atMs: number;
  readonly to: T;
}

export interface ModelDisk {
  readonly id: string;
  readonly account: string;
  name: string;
  readonly location: string;
  readonly origin: DiskOrigin;
  readonly createdAtMs: number;
  /**
   * Whose data it holds, by the labels that it was made with, or first given where the call that makes takes none. They may be
   * lost later; the data is still his.
   */
  workstation: string;
  disk: string;
  labels: Labels;
  type: string;
  sizeBytes: number;
  content: number;
  status: 'ready' | 'failed';
  settling: Settling<'ready' | 'failed'> | undefined;
  /** The last moment that has passed at which it could be written; undefined when there was none. */
  writableAtMs: number | undefined;
  attachedAtMs: number | undefined;
  detachedAtMs: number | undefined;
}

export interface ModelSnapshot {
  readonly id: string;
  readonly account: string;
  name: string;
  readonly location: string;
  readonly sourceDiskId: string;
  readonly sizeBytes: number;
  readonly content: number;
  readonly takenAtMs: number;
  kind: Snapshot['kind'];
  labels: Labels;
  status: 'ready' | 'failed';
  settling: Settling<'ready' | 'failed'> | undefined;
}

export interface WorldOptions {
  readonly quirks: Quirks;
  readonly seed: number;
  readonly startAtMs: number;
  readonly accounts?: readonly string[];
  readonly locations?: readonly { readonly name: string; readonly region: string }[];
}

export function createWorld(options: WorldOptions): World {
  const locations = options.locations ?? [
    { name: 'north-a', region: 'north' },
    { name: 'north-b', region: 'north' },
    { name: 'south-a', region: 'south' },
  ];
  return {
    quirks: options.quirks,
    nowMs: options.startAtMs,
    random: options.seed >>> 0,
    drawn: 0,
    accounts: options.accounts ?? ['home', 'elsewhere'],
    locations: locations.map((location) => ({ ...location, outOfCapacity: false })),
    vms: new Map(),
    disks: new Map(),
    snapshots: new Map(),
    ended: [],
    tokens: new Map(),
    leases: new Map(),
    contents: {
      next: 1,
      writes: new Map(),
      heads: new Set(),
      letGo: new Set(),
      lostByOwner: new Map(),
    },
    pictures: [],
    buckets: new Map(),
    fate: undefined,
    gce: emptyGce(),
  };
}

/** 32 bits from the world's own generator (mulberry32). */
export function draw(world: World): number {
  world.random = (world.random + 0x6d2b79f5) >>> 0;
  let mixed = Math.imul(world.random ^ (world.random >>> 15), world.random | 1);
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
  return (mixed ^ (mixed >>> 14)) >>> 0;
}

/** A share from 0 to 1, 1 excluded, from the world's own generator. */
export function drawShare(world: World): number {
  return draw(world) / 2 ** 32;
}

/** What becomes of the operation that is being accepted. It is used up by asking. */
export function takeFate(world: World): Fate {
  const fate = world.fate ?? { fails: false, extraMs: 0 };
  world.fate = undefined;
  return fate;
}

/** Refuses one more of a kind than the account may have. */
export function claimQuota(
  world: World,
  kind: 'vms' | 'disks' | 'snapshots',
  account: string,
  verb: string,
): void {
  const most = world.quirks.quota?.[kind] ?? Number.POSITIVE_INFINITY;
  const count = [...world[kind].values()].filter((asset) => asset.account === account).length;
  if (count >= most) throw refusal('quota', `cannot ${verb}: the account may have ${most} ${kind}`);
}

/** An id that no asset has had before, so that every incarnation can be told from the last. */
export function drawId(world: World, kind: string): string {
  world.drawn += 1;
  if (world.quirks.wire === 'compute-engine') {
    // Numbers of 64 bits, too large for a double.
    return String(2n ** 62n + (BigInt(draw(world)) << 20n) + BigInt(world.drawn));
  }
  return `${kind}-${draw(world).toString(16).padStart(8, '0')}${world.drawn.toString(16).padStart(4, '0')}`;
}

/** A refusal by the datacenter: the call had no effect. */
export function refusal(code: ErrorCode, message: string): ChewsError {
  return new ChewsError(code, message, { effect: 'none', retryable: code === 'busy' });
}

type Found = ModelVm | ModelDisk | ModelSnapshot;

function found<T extends Found>(
  assets: ReadonlyMap<string, T>,
  kind: string,
  account: string,
  id: string,
  verb: string,
): T {
  const asset = assets.get(id);
  if (asset === undefined || asset.account !== account) {
    throw refusal(
      'not-found',
      `cannot ${verb} ${kind} ${id}: there is none of that id in account ${account}`,
    );
  }
  return asset;
}

function settled<T extends Found>(asset: T, kind: string, verb: string): T {
  if (asset.settling !== undefined) {
    throw refusal('busy', `cannot ${verb} ${kind} ${asset.name}: another change of it is in progress`);
  }
  return asset;
}

/** Each of these refuses what is not there, is another account's, or is still changing. */
export function vmOf(world: World, account: string, id: string, verb: string): ModelVm {
  return settled(found(world.vms, 'VM', account, id, verb), 'VM', verb);
}

export function diskOf(world: World, account: string, id: string, verb: string): ModelDisk {
  return settled(found(world.disks, 'disk', account, id, verb), 'disk', verb);
}

export function snapshotOf(world: World, account: string, id: string, verb: string): ModelSnapshot {
  return settled(found(world.snapshots, 'snapshot', account, id, verb), 'snapshot', verb);
}

/** The VM that holds a disk: the truth of the datacenter, read from the VM's side. */
export function holderOf(world: World, diskId: string): ModelVm | undefined {
  for (const vm of world.vms.values()) {
    if (vm.attachments.some((entry) => entry.diskId === diskId)) return vm;
  }
  return undefined;
}

export function locationOf(world: World, name: string, verb: string): Location {
  const location = world.locations.find((candidate) => candidate.name === name);
  if (location === undefined) {
    throw refusal('configuration', `cannot ${verb}: there is no location ${name}`);
  }
  return location;
}

/** Refuses a name that is taken where names have to be unique, too long, or not a name. */
export function claimName(
  world: World,
  kind: 'VM' | 'disk' | 'snapshot',
  taken: Iterable<Found>,
  account: string,
  location: string,
  name: string,
): void {
  const verb = `cannot create ${kind} ${name}`;
  if (name.length > world.quirks.longestName) {
    throw refusal('configuration', `${verb}: the longest name has ${world.quirks.longestName} characters`);
  }
  if (!/^[a-z]([-a-z0-9]*[a-z0-9])?$/.test(name)) {
    throw refusal('configuration', `${verb}: a name is lower case letters, digits and dashes`);
  }
  const scope = world.quirks.uniqueNames;
  if (scope === 'nowhere') return;
  for (const other of taken) {
    if (other.account !== account || other.name !== name) continue;
    // A snapshot belongs to the whole account, wherever its disk was.
    if (kind !== 'snapshot' && scope === 'location' && other.location !== location) continue;
    throw refusal('conflict', `${verb}: the name is taken`);
  }
}
