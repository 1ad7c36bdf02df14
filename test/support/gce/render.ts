import { encodeLabels, type RawLabels } from '../../../providers/gcp/labels.ts';
import type { Labels } from '../../../src/core/assets.ts';
import { disksOf } from '../datacenter/guests.ts';
import {
  holderOf,
  type ModelDisk,
  type ModelSnapshot,
  type ModelVm,
  type World,
} from '../datacenter/world.ts';
import type { Extras, HealthCheck, Json, JsonObject, Operation } from './state.ts';

const GiB = 1024 ** 3;
const ROOT = 'https://www.googleapis.com/compute/v1/';

/** As the real ones are: another zone of time than the reader's, and milliseconds. */
export function timestamp(atMs: number): string {
  return new Date(atMs - 8 * 3_600_000).toISOString().replace('Z', '-08:00');
}

export function link(account: string, ...rest: readonly string[]): string {
  return `${ROOT}${pathOf(account, ...rest)}`;
}

export function pathOf(account: string, ...rest: readonly string[]): string {
  return ['projects', account, ...rest].join('/');
}

export function diskPath({ account, location, name }: ModelDisk): string {
  return pathOf(account, 'zones', location, 'disks', name);
}

export function vmPath({ account, location, name }: ModelVm): string {
  return pathOf(account, 'zones', location, 'instances', name);
}

export function snapshotPath({ account, name }: ModelSnapshot): string {
  return pathOf(account, 'global', 'snapshots', name);
}

/** Made on first sight: what an owner makes by hand in the model has none. */
export function extrasOf(world: World, id: string, labels: Labels = {}, asked: JsonObject = {}): Extras {
  const found = world.gce.extras.get(id);
  if (found !== undefined) return found;
  const extras: Extras = {
    labels: encodeLabels(labels),
    labelsVersion: 1,
    asked,
    deviceNames: new Map(),
    deletionProtection: asked['deletionProtection'] === true,
    snapshotsAtMs: [],
  };
  world.gce.extras.set(id, extras);
  return extras;
}

export function fingerprintOf({ labelsVersion }: Extras): string {
  return Buffer.from(`labels ${labelsVersion}`).toString('base64');
}

export function renderVm(world: World, vm: ModelVm): JsonObject {
  const extras = extrasOf(world, vm.id, vm.labels);
  const { account, location, name, id } = vm;
  const machineType = 'machineType' in vm.size ? vm.size.machineType : 'custom-1-1024';
  const { hasGuests, statuses } = world.gce.knobs;
  const nat = hasGuests && vm.power === 'on' && vm.settling?.to !== 'off';
  return {
    ...extras.asked,
    kind: 'compute#instance',
    id,
    name,
    zone: link(account, 'zones', location),
    selfLink: ROOT + vmPath(vm),
    machineType: link(account, 'zones', location, 'machineTypes', machineType),
    status: statuses.get(id) ?? statusOf(vm),
    labels: extras.labels,
    labelFingerprint: fingerprintOf(extras),
    deletionProtection: extras.deletionProtection,
    ...(vm.startedAtMs !== undefined && { lastStartTimestamp: timestamp(vm.startedAtMs) }),
    ...(vm.stoppedAtMs !== undefined && { lastStopTimestamp: timestamp(vm.stoppedAtMs) }),
    disks: [
      ...disksOf(world, vm).map((disk, index) => renderAttachment(vm, disk, index, extras)),
      ...(vm.localContent === undefined
        ? []
        : [
            {
              kind: 'compute#attachedDisk',
              type: 'SCRATCH',
              mode: 'READ_WRITE',
              deviceName: 'local-ssd-0',
              index: 99,
              boot: false,
              autoDelete: true,
            },
          ]),
    ],
    networkInterfaces: [
      {
        kind: 'compute#networkInterface',
        name: 'nic0',
        ...(hasGuests && { networkIP: '10.0.0.2' }),
        accessConfigs: [{ type: 'ONE_TO_ONE_NAT', name: 'External NAT', ...(nat && { natIP: '192.0.2.1' }) }],
      },
    ],
  };
}

function statusOf({ settling, power }: ModelVm): string {
  if (settling?.to === 'on') return 'STAGING';
  if (settling?.to === 'off') return 'STOPPING';
  // clouds.md, Compute Engine: "`TERMINATED` means stopped".
  return power === 'on' ? 'RUNNING' : 'TERMINATED';
}

function renderAttachment(vm: ModelVm, disk: ModelDisk, index: number, extras: Extras): Json {
  const entry = vm.attachments.find(({ diskId }) => diskId === disk.id);
  return {
    kind: 'compute#attachedDisk',
    type: 'PERSISTENT',
    mode: 'READ_WRITE',
    source: ROOT + diskPath(disk),
    deviceName: extras.deviceNames.get(disk.id) ?? `persistent-disk-${index}`,
    index,
    boot: entry?.boot ?? false,
    autoDelete: entry?.deletedWithVm ?? false,
    interface: 'SCSI',
    diskSizeGb: String(disk.sizeBytes / GiB),
  };
}

export function renderDisk(world: World, disk: ModelDisk): JsonObject {
  const extras = extrasOf(world, disk.id, disk.labels);
  const { account, location, name, id, origin } = disk;
  const holder = holderOf(world, id);
  const source = origin.from === 'snapshot' ? sourceSnapshot(world, disk, origin.snapshotId, extras) : {};
  return {
    ...extras.asked,
    kind: 'compute#disk',
    id,
    name,
    zone: link(account, 'zones', location),
    selfLink: ROOT + diskPath(disk),
    type: link(account, 'zones', location, 'diskTypes', disk.type),
    sizeGb: String(disk.sizeBytes / GiB),
    status:
      world.gce.knobs.statuses.get(id) ??
      (disk.settling !== undefined ? 'CREATING' : disk.status.toUpperCase()),
    creationTimestamp: timestamp(disk.createdAtMs),
    labels: extras.labels,
    labelFingerprint: fingerprintOf(extras),
    ...(holder !== undefined && { users: [ROOT + vmPath(holder)] }),
    ...(disk.attachedAtMs !== undefined && { lastAttachTimestamp: timestamp(disk.attachedAtMs) }),
    ...(disk.detachedAtMs !== undefined && { lastDetachTimestamp: timestamp(disk.detachedAtMs) }),
    ...source,
  };
}

/** The id stays when the snapshot is gone; the link that was asked with stays as it was. */
function sourceSnapshot(
  world: World,
  { account }: ModelDisk,
  snapshotId: string,
  extras: Extras,
): JsonObject {
  const name = world.snapshots.get(snapshotId)?.name;
  return {
    sourceSnapshotId: snapshotId,
    ...(extras.asked['sourceSnapshot'] === undefined &&
      name !== undefined && { sourceSnapshot: link(account, 'global', 'snapshots', name) }),
  };
}

export function renderSnapshot(world: World, snapshot: ModelSnapshot): JsonObject {
  const extras = extrasOf(world, snapshot.id, snapshot.labels);
  const source = world.disks.get(snapshot.sourceDiskId);
  const settling = snapshot.settling === undefined ? snapshot.status.toUpperCase() : 'UPLOADING';
  return {
    sourceDisk: link(snapshot.account, 'zones', snapshot.location, 'disks', source?.name ?? 'gone'),
    storageLocations: ['us'],
    snapshotType: 'STANDARD',
    ...extras.asked,
    kind: 'compute#snapshot',
    id: snapshot.id,
    name: snapshot.name,
    selfLink: ROOT + snapshotPath(snapshot),
    status: world.gce.knobs.statuses.get(snapshot.id) ?? settling,
    creationTimestamp: timestamp(snapshot.takenAtMs),
    sourceDiskId: snapshot.sourceDiskId,
    diskSizeGb: String(snapshot.sizeBytes / GiB),
    storageBytes: String(snapshot.sizeBytes / 4),
    labels: extras.labels,
    labelFingerprint: fingerprintOf(extras),
    ...(snapshot.kind === 'scheduled' && {
      autoCreated: true,
      sourceSnapshotSchedulePolicy: link(snapshot.account, 'regions', 'north', 'resourcePolicies', 'daily'),
    }),
    ...(snapshot.kind === 'instant' && {
      sourceInstantSnapshot: link(snapshot.account, 'zones', snapshot.location, 'instantSnapshots', 'now'),
    }),
  };
}

export function renderHealthCheck(account: string, check: HealthCheck): JsonObject {
  return {
    kind: 'compute#healthCheck',
    id: check.id,
    name: check.name,
    description: check.description,
    creationTimestamp: timestamp(check.createdAtMs),
    selfLink: link(account, 'global', 'healthChecks', check.name),
    type: 'TCP',
    tcpHealthCheck: { port: 22 },
  };
}

/** A failed operation is an answer like any other: HTTP 200, DONE, and `error.errors` (clouds.md, Compute Engine). */
export function renderOperation(account: string, operation: Operation, nowMs: number): JsonObject {
  const done = operation.doneAtMs <= nowMs;
  const { zone, error } = operation;
  return {
    kind: 'compute#operation',
    id: operation.id,
    name: operation.name,
    operationType: operation.type,
    ...(zone === undefined ? {} : { zone: link(account, 'zones', zone) }),
    targetId: operation.targetId,
    targetLink: ROOT + operation.targetPath,
    status: done ? 'DONE' : 'RUNNING',
    progress: done ? 100 : 0,
    insertTime: timestamp(operation.insertedAtMs),
    startTime: timestamp(operation.insertedAtMs),
    ...(done && { endTime: timestamp(operation.doneAtMs) }),
    ...(done &&
      error !== undefined && {
        httpErrorStatusCode: 400,
        httpErrorMessage: 'BAD REQUEST',
        error: {
          errors: [
            {
              code: error.code,
              message: error.message,
              ...(error.details !== undefined && { errorDetails: [error.details] }),
            },
          ],
        },
      }),
  };
}

export function rawLabelsOf(world: World, id: string): RawLabels {
  return extrasOf(world, id).labels;
}
