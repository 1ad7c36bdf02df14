import type { Exchange } from './exchange.ts';
import { isObject } from './schema.ts';
import type { Json, JsonObject, Knobs } from './state.ts';

type Needs = (exchange: Exchange) => readonly string[];

/**
 * What else than the permission of its own name a method wants, by the pages of the methods in the reference of Compute Engine, and
 * by "Required permissions" of the pages that tell how to create a VM, a disk and a snapshot (cloud.google.com/compute/docs).
 */
const others: Readonly<Record<string, Needs>> = {
  'instances.aggregatedList': () => ['compute.instances.list'],
  'disks.aggregatedList': () => ['compute.disks.list'],
  'healthChecks.insert': () => ['compute.healthChecks.create'],
  'zoneOperations.wait': () => ['compute.zoneOperations.get'],
  'globalOperations.wait': () => ['compute.globalOperations.get'],
  'instances.testIamPermissions': () => [],
  'disks.testIamPermissions': () => [],
  'snapshots.testIamPermissions': () => [],
  'images.get': (exchange) => (isPublic(exchange, exchange.account) ? [] : ['compute.images.get']),
  'images.getFromFamily': (exchange) =>
    isPublic(exchange, exchange.account) ? [] : ['compute.images.getFromFamily'],
  'instances.attachDisk': () => ['compute.instances.attachDisk', 'compute.disks.use'],
  'instances.insert': ({ body }) => [
    'compute.instances.create',
    'compute.disks.use',
    'compute.subnetworks.use',
    ...when(hasPublicAddress(body), 'compute.subnetworks.useExternalIp'),
    ...when(hasPublicAddress(body, 'natIP'), 'compute.addresses.use'),
    ...when(body['metadata'] !== undefined, 'compute.instances.setMetadata'),
    ...when(body['tags'] !== undefined, 'compute.instances.setTags'),
    ...when(body['labels'] !== undefined, 'compute.instances.setLabels'),
    ...when(body['serviceAccounts'] !== undefined, 'compute.instances.setServiceAccount'),
  ],
  'disks.insert': (exchange) => [
    'compute.disks.create',
    ...when(exchange.body['labels'] !== undefined, 'compute.disks.setLabels'),
    ...when(exchange.body['sourceSnapshot'] !== undefined, 'compute.snapshots.useReadOnly'),
    ...when(isOfOwnImage(exchange), 'compute.images.useReadOnly'),
  ],
  'disks.createSnapshot': ({ body }) => [
    'compute.disks.createSnapshot',
    'compute.snapshots.create',
    ...when(body['labels'] !== undefined, 'compute.snapshots.setLabels'),
  ],
};

export function permissionsFor(rpc: string, exchange: Exchange): readonly string[] {
  return Object.hasOwn(others, rpc) ? (others[rpc]?.(exchange) ?? []) : [`compute.${rpc}`];
}

export function lacks({ denied, granted }: Knobs, permission: string): boolean {
  return denied.has(permission) || granted?.has(permission) === false;
}

function when(condition: boolean, permission: string): readonly string[] {
  return condition ? [permission] : [];
}

/** Everybody may look at the images of the projects that publish them, and use them. */
function isPublic({ world }: Exchange, project: string): boolean {
  return !world.accounts.includes(project);
}

function isOfOwnImage(exchange: Exchange): boolean {
  const [, project] = /projects\/([^/]+)\/global\/images\//.exec(String(exchange.body['sourceImage'])) ?? [];
  return project !== undefined && !isPublic(exchange, project);
}

function hasPublicAddress(body: JsonObject, field?: string): boolean {
  const entries = listed(body['networkInterfaces']).flatMap((nic) => listed(nic['accessConfigs']));
  return entries.some((entry) => field === undefined || entry[field] !== undefined);
}

function listed(value: Json | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? (value as readonly Json[]).filter(isObject) : [];
}
