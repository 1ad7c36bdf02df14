/** What a VM is made of. A cloud takes the name of a machine type, a hypervisor takes numbers. */
export type Size = { readonly cpus: number; readonly memoryBytes: number } | { readonly machineType: string };

/** A disk as the file wants it. */
export interface DiskSpec {
  readonly name: string;
  readonly sizeBytes: number;
  /** One of the provider's disk types; locally `standard` or `fast`. */
  readonly type: string;
}

/** One entry of the configuration. The first disk is the boot disk. */
export interface Workstation {
  readonly name: string;
  /** The name of the provider in the file, not its kind. */
  readonly provider: string;
  /** In the order of preference; a workstation found in any of them has no drift. */
  readonly locations: readonly [string, ...string[]];
  readonly size: Size;
  readonly image: string;
  /** Whole snapshot sets. */
  readonly keepSnapshots: number;
  readonly disks: readonly [DiskSpec, ...DiskSpec[]];
  /** Who logs in over ssh; the provider knows one for its own images. */
  readonly sshUser?: string;
  /** A public key, or the path of one. */
  readonly sshKey?: string;
  /** What its kind of provider alone understands, by the keys of the file; left out where there is nothing of it. */
  readonly settings?: Settings;
}

/** Plain data under the keys that a kind of provider has of its own: a network, a service account. */
export type Settings = Readonly<Record<string, unknown>>;

export interface ProviderSpec {
  readonly name: string;
  readonly kind: string;
  /** Everything but `kind`, checked by the provider's own schema. */
  readonly settings: Readonly<Record<string, unknown>>;
}

export interface Configuration {
  /** Drawn once by `chews init`, so that two people in one account never take each other's assets for orphans. */
  readonly id?: string;
  readonly providers: readonly ProviderSpec[];
  readonly workstations: readonly Workstation[];
}

export function sameSize(left: Size, right: Size): boolean {
  if ('machineType' in left) return 'machineType' in right && left.machineType === right.machineType;
  return 'cpus' in right && left.cpus === right.cpus && left.memoryBytes === right.memoryBytes;
}
