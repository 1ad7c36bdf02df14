/** JSON as it goes over the wire. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

/** What Compute Engine knows beside what the model of a datacenter has: data only, saved and restored with the world. */
export interface GceState {
  /** By the id of the asset. */
  readonly extras: Map<string, Extras>;
  /** By account and name. */
  readonly operations: Map<string, Operation>;
  /** By account and `requestId`: the operation that the first request of that id began, and what it asked for. */
  readonly requests: Map<string, { readonly operation: string; readonly asked: string }>;
  /** By account and name. */
  readonly healthChecks: Map<string, HealthCheck>;
  readonly knobs: Knobs;
}

/** What a test turns to make the cloud answer in another way. */
export interface Knobs {
  /** By the asset's id: a status that no client knows. */
  readonly statuses: Map<string, string>;
  /** Permissions that the caller lacks: "compute.disks.create". */
  readonly denied: Set<string>;
  /** Undefined: all that there are. */
  granted: ReadonlySet<string> | undefined;
  /** Keys of Cloud KMS that are switched off. */
  readonly disabledKeys: Set<string>;
  /** Zones that do not answer a list: a warning, or an entry of `unreachables`. */
  readonly silentZones: Map<string, 'warning' | 'unreachable'>;
  /** Types of disks, machines and accelerators that a zone does not have: "north-b/pd-ssd". */
  readonly missingTypes: Set<string>;
  /** By region and metric, or by the project: "north/DISKS_TOTAL_GB", "project/SNAPSHOTS". */
  readonly quotas: Map<string, { readonly limit: number; readonly usage: number }>;
  /** Codes that the next operations end with, in order. */
  readonly nextErrors: string[];
  /** A wait comes back after so long although the operation goes on. */
  waitMs: number;
  /** Snapshots of one disk that are allowed within `snapshotWindowMs`; no limit where it is undefined. */
  snapshotsPerWindow: number | undefined;
  readonly snapshotWindowMs: number;
  /** False: there is nobody behind a VM, and it has no address. */
  hasGuests: boolean;
  /** By the instance's id, `hostkeys/…`: what a guest told of itself. */
  readonly guestAttributes: Map<string, Readonly<Record<string, string>>>;
}

export interface Extras {
  labels: Readonly<Record<string, string>>;
  /** Counted up with every change of the labels; told as a fingerprint. */
  labelsVersion: number;
  /** What was asked for in the call that created it, as far as the model has no place for it. */
  readonly asked: JsonObject;
  /** By the disk's id: what the guest sees the disk under. */
  readonly deviceNames: Map<string, string>;
  deletionProtection: boolean;
  /** Of a disk: when snapshots of it were asked for. */
  readonly snapshotsAtMs: number[];
}

export interface Operation {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly zone: string | undefined;
  readonly targetId: string;
  readonly targetPath: string;
  readonly insertedAtMs: number;
  readonly doneAtMs: number;
  readonly error:
    { readonly code: string; readonly message: string; readonly details?: JsonObject } | undefined;
}

export interface HealthCheck {
  readonly id: string;
  readonly name: string;
  readonly createdAtMs: number;
  description: string;
}

export function emptyGce(): GceState {
  return {
    extras: new Map(),
    operations: new Map(),
    requests: new Map(),
    healthChecks: new Map(),
    knobs: {
      statuses: new Map(),
      denied: new Set(),
      granted: undefined,
      disabledKeys: new Set(),
      silentZones: new Map(),
      missingTypes: new Set(),
      quotas: new Map(),
      nextErrors: [],
      waitMs: 120_000,
      snapshotsPerWindow: undefined,
      snapshotWindowMs: 600_000,
      hasGuests: true,
      guestAttributes: new Map(),
    },
  };
}
