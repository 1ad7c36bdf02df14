import type { InPlace } from '../../../src/core/provider.ts';

/**
 * What one kind of cloud does differently from another, as plain data. Where a fact is behind a value, the name of the
 * page's section in clouds.md stands beside it.
 */
export interface Quirks {
  readonly createsStopped: boolean;
  /**
   * Whether first-boot data makes file systems on disks that hold something: the worst that an owner's can do (safety.md 8). The
   * guests of a hypervisor of our own format what is blank, and nothing else.
   */
  readonly firstBootFormats: boolean;
  /** EC2: "RunInstances cannot boot a volume that exists": the boot disk comes into being with the VM, and others may. */
  readonly bootsLiveDisks: boolean;
  /** EC2 and Compute Engine delete a running VM without a murmur; a hypervisor's files can be guarded. */
  readonly deletesRunningVm: boolean;
  readonly attach: InPlace;
  readonly grow: InPlace;
  readonly changeType: InPlace;
  readonly resize: InPlace;
  /** What a VM may be doing while a disk of it is copied. */
  readonly snapshot: InPlace;
  /** A disk can be copied even while its VM starts or stops: EC2 takes a snapshot of what is on it at that moment. */
  readonly snapshotWhileChanging?: boolean;
  /** Where a VM's or disk's name has to be unique. EC2's names are tags: nowhere. Snapshots: the account, or nowhere. */
  readonly uniqueNames: 'account' | 'location' | 'nowhere';
  /**
   * EC2: RunInstances and CreateVolume take a token, and answer with what the first call of that token made, even when it
   * is long dead. CreateSnapshot takes none.
   */
  readonly clientTokens: boolean;
  /** How far from where it was taken a snapshot can be restored. */
  readonly snapshotReach: 'location' | 'region' | 'account';
  /** What a deletion flag becomes that was not spoken of when the VM was made or the disk attached. */
  readonly deletionFlagDefault: boolean;
  /** Hypervisors have none: a VM never takes a disk along. */
  readonly hasDeletionFlags: boolean;
  /**
   * 'exact': every start, stop, attaching and detaching is known.
   * 'attach-times': the last attaching and detaching are, and the VM's last stop while it exists.
   * 'while-attached': nothing tells of a disk that is attached to nothing.
   */
  readonly lastWritable: 'exact' | 'attach-times' | 'while-attached';
  readonly tellsLastStarted: boolean;
  readonly tellsLastStopped: boolean;
  /** For how long a VM that was deleted is told of. EC2: "a dead one stays listed for about an hour". */
  readonly tellsEndedForMs?: number;
  /**
   * 'untold'; 'of-incarnation': a disk made from a snapshot has a token of its own; 'of-content': equal content has the
   * equal token, whichever disk it is on.
   */
  readonly contentVersions: 'untold' | 'of-incarnation' | 'of-content';
  /** Times are told in whole multiples of this. */
  readonly timeResolutionMs: number;
  /** Spoken to in a cloud's own wire format (test/support/gce, test/support/ec2) and not through the port. */
  readonly wire?: 'compute-engine' | 'ec2';
  /** What passes on the clock in every call that changes something. */
  readonly callTakesMs: number;
  /** How long an asset is 'changing' after the call was accepted. */
  readonly durations: Durations;
  /**
   * A list tells of the world as it was up to so long ago, of VMs, disks and snapshots each as of a moment of its own, so
   * that a later one can show an older picture (EC2: "Eventually consistent … tags lag"). Calls that change something act on
   * the truth.
   */
  readonly listLagMs: number;
  /** A list comes in pages of so many assets, each a read of its own; undefined: in one. EC2: "MaxResults … on every list". */
  readonly pageSize?: number;
  /** What is refused because too much is asked for; undefined: nothing. */
  readonly throttle?: Throttle;
  /** How many of a kind an account may have; undefined: as many as it likes. EC2: VolumeLimitExceeded. */
  readonly quota?: { readonly vms?: number; readonly disks?: number; readonly snapshots?: number };
  readonly longestName: number;
  readonly diskTypes: readonly string[];
  /** Undefined: a size is given in numbers. */
  readonly machineTypes?: readonly string[];
  readonly smallestDiskBytes: number;
  readonly largestDiskBytes: number;
}

export interface Durations {
  readonly createDiskMs: number;
  readonly snapshotMs: number;
  readonly startMs: number;
  readonly stopMs: number;
}

export interface Throttle {
  /** Of all calls, drawn one by one from the world's generator. */
  readonly refusedShare?: number;
  readonly buckets?: readonly Bucket[];
}

/** Tokens that calls take and time brings back; a call that finds too few is refused. One for all processes of an account. */
export interface Bucket {
  /** The calls that take from it, by the first word of what they are. */
  readonly calls: readonly string[];
  readonly size: number;
  readonly refillPerSecond: number;
  /** 1 if it is not given. */
  readonly tokensPerCall?: number;
}

const atOnce: Durations = { createDiskMs: 0, snapshotMs: 0, startMs: 0, stopMs: 0 };

const GB = 1_000_000_000;
const GiB = 1024 ** 3;

/** The least surprising cloud that still has every trap in its mildest form. */
export const plain: Quirks = {
  createsStopped: false,
  firstBootFormats: true,
  bootsLiveDisks: true,
  deletesRunningVm: false,
  attach: 'running',
  grow: 'running',
  changeType: 'stopped',
  resize: 'stopped',
  snapshot: 'running',
  uniqueNames: 'account',
  clientTokens: false,
  snapshotReach: 'account',
  deletionFlagDefault: true,
  hasDeletionFlags: true,
  lastWritable: 'exact',
  tellsLastStarted: true,
  tellsLastStopped: true,
  contentVersions: 'untold',
  timeResolutionMs: 1,
  callTakesMs: 10,
  durations: atOnce,
  listLagMs: 0,
  longestName: 63,
  diskTypes: ['standard', 'fast'],
  machineTypes: ['small', 'medium', 'large'],
  smallestDiskBytes: GB,
  largestDiskBytes: 64_000 * GB,
};

export const ec2Like: Quirks = {
  ...plain,
  // TerminateInstances takes a running instance.
  deletesRunningVm: true,
  // EC2: ModifyVolume does type and growth in place.
  changeType: 'running',
  // EC2: "Names are not unique."
  uniqueNames: 'nowhere',
  clientTokens: true,
  // EC2: "Snapshots are regional: rehydrate may take another zone of the region."
  snapshotReach: 'region',
  // safety.md 3: "in ModifyInstanceAttribute an omitted value means true".
  deletionFlagDefault: true,
  // EC2: "nothing tells of the last detach: where that leaves a doubt, R3".
  lastWritable: 'while-attached',
  tellsEndedForMs: 60 * 60_000,
  // EC2: StateTransitionReason is a text with whole seconds.
  timeResolutionMs: 1000,
  longestName: 255,
  diskTypes: ['gp2', 'gp3', 'st1'],
  machineTypes: ['t3.small', 't3.large', 'm6i.large'],
  smallestDiskBytes: GiB,
  largestDiskBytes: 16_384 * GiB,
};

/** EC2: "Buckets (size/refill per second)". A list of a fleet is a Describe of instances, of volumes and of snapshots. */
export const ec2Buckets: readonly Bucket[] = [
  { calls: ['list'], size: 100, refillPerSecond: 20, tokensPerCall: 3 },
  { calls: ['create-vm', 'start-vm'], size: 5, refillPerSecond: 2 },
  { calls: ['create-disk'], size: 100, refillPerSecond: 5 },
  { calls: ['snapshot-disk'], size: 100, refillPerSecond: 5 },
];

export const gceLike: Quirks = {
  ...plain,
  deletesRunningVm: true,
  // Compute Engine: "nothing shrinks; a type changes through a snapshot".
  changeType: 'never',
  uniqueNames: 'location',
  // Compute Engine: "A snapshot can be restored in any zone of the project".
  snapshotReach: 'account',
  // Compute Engine: lastStartTimestamp, lastStopTimestamp; lastAttachTimestamp, lastDetachTimestamp.
  lastWritable: 'attach-times',
  longestName: 63,
  diskTypes: ['pd-standard', 'pd-balanced', 'pd-ssd'],
  machineTypes: ['e2-small', 'e2-medium', 'n2-standard-2'],
  smallestDiskBytes: 10 * GB,
};

/**
 * Compute Engine as its own wire format shows it (test/support/gce). Sizes there are whole GB of 2^30 bytes. It copies a disk
 * that is in use.
 */
export const gceWire: Quirks = {
  ...gceLike,
  wire: 'compute-engine',
  smallestDiskBytes: 10 * GiB,
  largestDiskBytes: 65_536 * GiB,
};

const { machineTypes: _named, ...plainInNumbers } = plain;

/** A hypervisor on one computer: assets are files, whose times and contents can be read. */
export const localLike: Quirks = {
  ...plainInNumbers,
  createsStopped: true,
  firstBootFormats: false,
  attach: 'stopped',
  grow: 'stopped',
  changeType: 'stopped',
  // local-vm.md: QEMU locks an image in use.
  snapshot: 'stopped',
  hasDeletionFlags: false,
  deletionFlagDefault: false,
  contentVersions: 'of-incarnation',
  longestName: 100,
  smallestDiskBytes: 1024 ** 2,
};

export const presets: { readonly [name: string]: Quirks } = { plain, ec2Like, gceLike, localLike };
