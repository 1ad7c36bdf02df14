import { decodeLabels } from '../../../providers/gcp/labels.ts';
import type { DiskOrigin } from '../../../src/core/assets.ts';
import { createDisk, deleteDisk, deleteSnapshot, growDisk, snapshotDisk } from '../datacenter/diskCalls.ts';
import { holderOf, type World } from '../datacenter/world.ts';
import { type Change, type Exchange, fieldOf, type Look, type Outcome } from './exchange.ts';
import { checkLabels, checkNew, findDisk, findSnapshot, linked, ready, zoneOf } from './finds.ts';
import { findImage } from './lookups.ts';
import {
  diskPath,
  extrasOf,
  fingerprintOf,
  pathOf,
  renderDisk,
  renderSnapshot,
  snapshotPath,
  vmPath,
} from './render.ts';
import { invalid, notFound, Refused } from './refuse.ts';
import { isObject } from './schema.ts';
import type { Extras, JsonObject } from './state.ts';

const GiB = 1024 ** 3;

function sizeOf(value: unknown): number {
  return Number(value) * GiB;
}

function insertDisk(exchange: Exchange): Outcome {
  const { world, account, body } = exchange;
  const zone = zoneOf(exchange);
  const { name, labels } = checkNew(exchange, world.disks.values(), diskPath, zone);
  const type =
    body['type'] === undefined ? 'pd-standard' : linked(exchange, body['type'], 'diskTypes', 'type');
  if (!world.quirks.diskTypes.includes(type) || world.gce.knobs.missingTypes.has(`${zone}/${type}`))
    throw notFound(pathOf(account, 'zones', zone, 'diskTypes', type));
  refuseDisabledKey(exchange);
  const source = originOf(exchange);
  // safety.md 9: "`disks.insert` without a source makes an empty 500 GB disk".
  const sizeBytes = body['sizeGb'] === undefined ? 500 * GiB : sizeOf(body['sizeGb']);
  const decoded = decodeLabels(labels);
  const fails = world.fate?.fails === true;
  const id = createDisk(world, account, {
    name,
    location: zone,
    sizeBytes,
    type,
    source: source.origin,
    labels: decoded,
  });
  const { labels: _labels, name: _name, type: _type, sizeGb: _size, ...asked } = body;
  world.gce.extras.delete(id);
  const extras = extrasOf(world, id, {}, { ...asked, ...source.resolved });
  extras.labels = labels;
  const disk = world.disks.get(id);
  return {
    type: 'insert',
    zone,
    targetId: id,
    targetPath: pathOf(account, 'zones', zone, 'disks', name),
    doneAtMs: disk?.settling?.atMs ?? world.nowMs,
    ...(fails && { error: { code: 'INTERNAL_ERROR', message: 'Internal error. Please try again.' } }),
  };
}

/** It bears no word of its own that is known: only the sentence tells of the key. */
function refuseDisabledKey({ world, body }: Exchange): void {
  const key = isObject(body['diskEncryptionKey']) ? String(body['diskEncryptionKey']['kmsKeyName']) : '';
  if (!world.gce.knobs.disabledKeys.has(key)) return;
  throw invalid(
    `Cloud KMS error when using key ${key}: ${key}/cryptoKeyVersions/1 is not enabled, current state is: DISABLED.`,
  );
}

function originOf(exchange: Exchange): {
  origin: Exclude<DiskOrigin, { from: 'unknown' }>;
  resolved: JsonObject;
} {
  const { body } = exchange;
  if (body['sourceSnapshot'] !== undefined && body['sourceImage'] !== undefined)
    throw invalid(`Invalid value for field 'resource': a disk has one source`);
  if (body['sourceImage'] !== undefined) {
    const image = findImage(exchange, String(body['sourceImage']));
    return { origin: { from: 'image', image: image.name }, resolved: { sourceImage: image.selfLink } };
  }
  if (body['sourceSnapshot'] === undefined) return { origin: { from: 'blank' }, resolved: {} };
  const snapshot = findSnapshot(
    exchange,
    linked(exchange, body['sourceSnapshot'], 'snapshots', 'sourceSnapshot'),
  );
  // clouds.md, Compute Engine: "snapshot `READY` alone … usable".
  ready(snapshot, snapshotPath(snapshot));
  return { origin: { from: 'snapshot', snapshotId: snapshot.id }, resolved: {} };
}

function createSnapshot(exchange: Exchange): Outcome {
  const { world, account, body } = exchange;
  const disk = findDisk(exchange, fieldOf(exchange, 'disk'));
  const { name, labels } = checkNew(exchange, world.snapshots.values(), snapshotPath);
  ready(disk, diskPath(disk));
  paceSnapshots(world, extrasOf(world, disk.id, disk.labels));
  const fails = world.fate?.fails === true;
  const id = snapshotDisk(world, account, {
    diskId: disk.id,
    name,
    location: disk.location,
    labels: decodeLabels(labels),
  });
  const { labels: _labels, name: _name, ...asked } = body;
  extrasOf(world, id, {}, asked).labels = labels;
  return {
    type: 'createSnapshot',
    zone: disk.location,
    targetId: disk.id,
    targetPath: diskPath(disk),
    doneAtMs: world.snapshots.get(id)?.settling?.atMs ?? world.nowMs,
    ...(fails && { error: { code: 'INTERNAL_ERROR', message: 'Internal error. Please try again.' } }),
  };
}

/** clouds.md, Compute Engine: "Snapshots: one per disk in ten minutes, bursts of six an hour." */
function paceSnapshots(world: World, { snapshotsAtMs }: Extras): void {
  const { snapshotsPerWindow = Number.POSITIVE_INFINITY, snapshotWindowMs } = world.gce.knobs;
  const lately = snapshotsAtMs.filter((atMs) => atMs > world.nowMs - snapshotWindowMs);
  if (lately.length >= snapshotsPerWindow)
    throw new Refused(
      403,
      'resourceOperationRateExceeded',
      'Operation rate exceeded for resource: too frequent operations from the source resource.',
    );
  snapshotsAtMs.push(world.nowMs);
}

function removeDisk(exchange: Exchange): Outcome {
  const { world, account } = exchange;
  const disk = findDisk(exchange, fieldOf(exchange, 'disk'));
  const holder = holderOf(world, disk.id);
  // clouds.md: "`RESOURCE_IN_USE` on an attached disk".
  if (holder !== undefined)
    throw new Refused(
      400,
      'resourceInUseByAnotherResource',
      `The disk resource '${diskPath(disk)}' is already being used by '${vmPath(holder)}'`,
    );
  ready(disk, diskPath(disk));
  deleteDisk(world, account, disk.id);
  return { type: 'delete', zone: disk.location, targetId: disk.id, targetPath: diskPath(disk) };
}

function resizeDisk(exchange: Exchange): Outcome {
  const { world, account, body } = exchange;
  const disk = findDisk(exchange, fieldOf(exchange, 'disk'));
  const sizeBytes = sizeOf(body['sizeGb']);
  if (sizeBytes <= disk.sizeBytes)
    throw invalid(
      `Invalid value for field 'sizeGb': New disk size '${String(body['sizeGb'])}' GiB must be larger than existing size`,
    );
  growDisk(world, account, disk.id, sizeBytes);
  return { type: 'resizeDisk', zone: disk.location, targetId: disk.id, targetPath: diskPath(disk) };
}

function removeSnapshot(exchange: Exchange): Outcome {
  const { world, account } = exchange;
  const snapshot = findSnapshot(exchange, fieldOf(exchange, 'snapshot'));
  ready(snapshot, snapshotPath(snapshot));
  deleteSnapshot(world, account, snapshot.id);
  return { type: 'delete', targetId: snapshot.id, targetPath: snapshotPath(snapshot) };
}

/** clouds.md, Compute Engine: "`labelFingerprint` is a true compare-and-set (412 when stale)". All labels are replaced. */
export function setLabels(
  world: World,
  asset: { readonly id: string; labels: ReturnType<typeof decodeLabels> },
  body: JsonObject,
): void {
  const extras = extrasOf(world, asset.id, asset.labels);
  if (body['labelFingerprint'] !== fingerprintOf(extras))
    throw new Refused(
      412,
      'conditionNotMet',
      'Labels fingerprint either invalid or resource labels have changed',
    );
  extras.labels = checkLabels(body['labels']);
  extras.labelsVersion += 1;
  // What the model knows is what can be read of them.
  Object.assign(asset, { labels: decodeLabels(extras.labels) });
}

export const diskChanges: Readonly<Record<string, Change>> = {
  'disks.insert': {
    what: ({ body }) => `create-disk ${String(body['name'])}`,
    settles: true,
    change: insertDisk,
  },
  'disks.createSnapshot': {
    what: ({ path, body }) => `snapshot-disk ${path['disk']} ${String(body['name'])}`,
    settles: true,
    change: createSnapshot,
  },
  'disks.delete': {
    what: ({ path }) => `delete-disk ${path['disk']}`,
    change: removeDisk,
  },
  'disks.resize': {
    what: ({ path }) => `grow-disk ${path['disk']}`,
    change: resizeDisk,
  },
  'disks.setLabels': {
    what: ({ path }) => `set-labels ${path['resource']}`,
    change: (exchange) => {
      const disk = findDisk(exchange, fieldOf(exchange, 'resource'));
      setLabels(exchange.world, disk, exchange.body);
      return { type: 'setLabels', zone: disk.location, targetId: disk.id, targetPath: diskPath(disk) };
    },
  },
  'snapshots.delete': {
    what: ({ path }) => `delete-snapshot ${path['snapshot']}`,
    change: removeSnapshot,
  },
  'snapshots.setLabels': {
    what: ({ path }) => `set-labels ${path['resource']}`,
    change: (exchange) => {
      const snapshot = findSnapshot(exchange, fieldOf(exchange, 'resource'));
      setLabels(exchange.world, snapshot, exchange.body);
      return { type: 'setLabels', targetId: snapshot.id, targetPath: snapshotPath(snapshot) };
    },
  },
};

export const diskLooks: Readonly<Record<string, Look>> = {
  'disks.get': {
    what: ({ path }) => `get disk ${path['disk']}`,
    answer: (exchange) => renderDisk(exchange.world, findDisk(exchange, fieldOf(exchange, 'disk'))),
  },
  'snapshots.get': {
    what: ({ path }) => `get snapshot ${path['snapshot']}`,
    answer: (exchange) =>
      renderSnapshot(exchange.world, findSnapshot(exchange, fieldOf(exchange, 'snapshot'))),
  },
};
