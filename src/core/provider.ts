import type { Action, PlannedAction } from './action.ts';
import type { Fleet, Vm } from './assets.ts';
import type { ErrorCode } from './errors.ts';
import type { Lease, LeaseRequest, UnreadableLease } from './lease.ts';
import type { Workstation } from './workstation.ts';

/** When a provider can do a thing to a disk or a VM without making it anew. */
export type InPlace = 'running' | 'stopped' | 'never';

/** What a kind of provider can do, as data: no call is needed to know it. */
export interface Capabilities {
  /** Characters in the longest name that an asset can have. */
  readonly longestName: number;
  /** The disk types that it knows; undefined where only the cloud knows. */
  readonly diskTypes?: readonly string[];
  readonly smallestDiskBytes: number;
  readonly largestDiskBytes: number;
  readonly grow: InPlace;
  readonly changeType: InPlace;
  readonly resize: InPlace;
  readonly attach: InPlace;
  /**
   * What its clock tells of a disk that is attached to nothing: when it could last be written, when it was last attached and
   * detached, or nothing.
   */
  readonly tellsOfLooseDisks: 'last-write' | 'last-attachment' | 'nothing';
  /**
   * Whether a VM can be made of a boot disk that exists. False on EC2: the boot disk is made with the VM, from an image or a
   * snapshot.
   */
  readonly bootsLiveDisks: boolean;
  /** False on clouds: a VM runs as soon as it is made. */
  readonly createsStopped: boolean;
  /**
   * How old what a list shows can be: what others did so lately may be missing from it. What this provider did itself shows
   * as soon as `apply` has resolved. Left out: lists tell what is.
   */
  readonly listLagMs?: number;
}

/** A mistake in the file that only the provider can know; `path` leads from the entry to the value. */
export interface SettingProblem {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** What an adapter gets from outside, so that tests can be exact. */
export interface ProviderContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly homeFolder: string;
  /** The folder of the configuration file: relative paths in it start there. */
  readonly configFolder: string;
  readonly nowMs: () => number;
  /** A fresh id: hex, 128 random bits. */
  readonly drawId: () => string;
  readonly sleep: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
}

/** One kind of cloud or hypervisor. Loaded when a file names it; must itself load its SDK only in `open`. */
export interface ProviderKind {
  readonly kind: string;
  readonly capabilities: Capabilities;
  /** The keys of a workstation that this kind has of its own; `checkWorkstation` judges what stands under them. */
  readonly workstationKeys?: readonly string[];
  /** Mistakes in the provider's own settings (all but `kind`). Pure. */
  checkSettings(settings: Readonly<Record<string, unknown>>): readonly SettingProblem[];
  /** Mistakes in what the kind alone can judge of a workstation: size, image, disk types, location. Pure. */
  checkWorkstation(
    workstation: Workstation,
    settings: Readonly<Record<string, unknown>>,
  ): readonly SettingProblem[];
  open(settings: Readonly<Record<string, unknown>>, context: ProviderContext): Promise<Provider>;
}

/** What would be refused: the sentence, and the class of it for the exit code. */
export interface Refusal {
  readonly code: ErrorCode;
  readonly sentence: string;
}

export interface CallOptions {
  readonly signal?: AbortSignal;
}

export interface ApplyOptions extends CallOptions {
  /** 0 to 1, where the provider tells. */
  readonly progress?: (fraction: number) => void;
  /** What takes long and is not the action itself: the minimal guest is being made. One line, without line end. */
  readonly say?: (sentence: string) => void;
  /** Something that the user should know although the action succeeded: the plug was pulled, the guest is silent. */
  readonly warn?: (sentence: string) => void;
}

/** How to reach a guest, with what is needed to trust it. */
export interface GuestAccess {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly identityFile?: string;
  /** Host keys learned out of band ("ssh-ed25519 AAAA…"); empty where the provider has no way. */
  readonly hostKeys: readonly string[];
}

/**
 * The port. Small, so that retry, rate limit, dry run, simulation and fault injection are thin wrappers.
 * Every method throws ChewsError for what the user can understand; anything else is a bug.
 */
export interface Provider {
  readonly capabilities: Capabilities;
  /**
   * Everything of the whole fleet, in a number of calls that does not grow with it. All of it or an error: a read that
   * failed, came back partial or cannot be understood throws ('unreadable', 'unreachable', …) and is never an empty answer.
   * Assets of others may be among it: the core sorts out what is ours.
   */
  list(options?: CallOptions): Promise<Fleet>;
  /**
   * Carries out one action; resolves when a list would show it. Carried out twice, or cut off anywhere and carried out
   * again, it has the effect of once. An asset of the name that is not what was asked for is a 'conflict', never a find.
   */
  apply(action: Action, options?: ApplyOptions): Promise<void>;
  /** Asks everything that can be refused before the first step, and changes nothing. */
  check(actions: readonly PlannedAction[], options?: CallOptions): Promise<readonly Refusal[]>;
  /** How to reach the guest of a running VM; undefined where it has no address. Does not wait for it. */
  guest(vm: Vm, options?: CallOptions): Promise<GuestAccess | undefined>;
  readonly leases: LeaseStore;
}

export interface ListedLeases {
  /** The provider's clock. */
  readonly nowMs: number;
  readonly leases: readonly Lease[];
  /** One that cannot be read does not hide the others. */
  readonly unreadable: readonly UnreadableLease[];
}

/** Where leases live: at the provider, so that two computers see the same. No safety argument rests on them. */
export interface LeaseStore {
  /** The leases of the account or store, or of one workstation alone. */
  list(options?: CallOptions & { readonly workstation?: string }): Promise<ListedLeases>;
  /**
   * Takes the lease of a workstation, if it is free or is still the very one that `replacing` names, in one atomic step,
   * and reads again that it is ours. Else it answers with the one who holds it. Throws 'unreadable' where that cannot be told.
   */
  take(
    request: LeaseRequest,
    replacing: Lease | undefined,
    options?: CallOptions,
  ): Promise<{ readonly taken: Lease } | { readonly heldBy: Lease }>;
  /** Pushes the end on. Throws 'busy' when the lease is no longer ours. */
  renew(lease: Lease, options?: CallOptions): Promise<Lease>;
  /** Gives it back; a lease that is no longer ours is left alone. */
  release(lease: Lease, options?: CallOptions): Promise<void>;
  /**
   * Takes it away from whoever holds it, readable or not, if it is still the very one that was shown. Else it is left, and
   * the answer is false: it is gone, another has taken its place, or it was renewed, so that its holder is at work. A holder
   * that was wrongly thought dead learns of it at its next renewal.
   */
  clear(shown: Lease | UnreadableLease, options?: CallOptions): Promise<boolean>;
}
