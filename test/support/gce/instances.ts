import { decodeLabels } from '../../../providers/gcp/labels.ts';
import { ChewsError } from '../../../src/core/errors.ts';
import type { ModelVm } from '../datacenter/world.ts';
import {
  attachDisk,
  createVm,
  deleteVm,
  detachDisk,
  resizeVm,
  setDeletionFlag,
  startVm,
  stopVm,
} from '../datacenter/vmCalls.ts';
import { holderOf } from '../datacenter/world.ts';
import { type Change, type Exchange, fieldOf, lastOf, type Look, type Outcome } from './exchange.ts';
import { checkNew, findDisk, findVm, linked, ready, zoneOf } from './finds.ts';
import { setLabels } from './disks.ts';
import { mostCards, shapeOf } from './lookups.ts';
import { lacks } from './permissionsFor.ts';
import { diskPath, extrasOf, pathOf, renderVm, vmPath } from './render.ts';
import { invalid, notFound, Refused } from './refuse.ts';
import { isObject } from './schema.ts';
import type { Json, JsonObject, Operation } from './state.ts';

function insertVm(exchange: Exchange): Outcome {
  const { world, account, body } = exchange;
  const zone = zoneOf(exchange);
  const { name, labels } = checkNew(exchange, world.vms.values(), vmPath, zone);
  const machineType = linked(exchange, body['machineType'], 'machineTypes', 'machineType');
  if (world.quirks.machineTypes?.includes(machineType) !== true)
    throw notFound(pathOf(account, 'zones', zone, 'machineTypes', machineType));
  if (!Array.isArray(body['networkInterfaces']) || body['networkInterfaces'].length === 0)
    throw invalid(
      `Invalid value for field 'resource.networkInterfaces': At least one network interface is required.`,
    );
  checkAccelerators(exchange, machineType);
  const disks = attachedDisks(exchange);
  const path = pathOf(account, 'zones', zone, 'instances', name);
  if (body['serviceAccounts'] !== undefined && lacks(world.gce.knobs, 'iam.serviceAccounts.actAs'))
    return { ...failed(zone, path), error: deniedServiceAccount(body) };
  try {
    const id = createVm(world, account, {
      name,
      location: zone,
      size: { machineType },
      image: 'none',
      disks,
      labels: decodeLabels(labels),
      firstBoot: hasStartupScript(body),
    });
    const { labels: _labels, name: _name, disks: _disks, machineType: _type, ...asked } = body;
    const extras = extrasOf(world, id, {}, asked);
    extras.labels = labels;
    for (const { diskId, deviceName } of disks) extras.deviceNames.set(diskId, deviceName);
    return { ...started(exchange, world.vms.get(id), path), type: 'insert', zone, targetId: id };
  } catch (error) {
    if (!(error instanceof ChewsError) || (error.code !== 'no-capacity' && error.code !== 'quota'))
      throw error;
    // It is accepted, and ends in an error some seconds later; nothing was made.
    return { ...failed(zone, path), error: endOf(exchange, error, zone) };
  }
}

function failed(zone: string, targetPath: string): Outcome {
  return { type: 'insert', zone, targetId: '0', targetPath };
}

/** It is told in the operation, and not by a refusal of the call. */
function deniedServiceAccount(body: JsonObject): Operation['error'] {
  const [first] = Array.isArray(body['serviceAccounts']) ? (body['serviceAccounts'] as readonly Json[]) : [];
  const account = isObject(first) ? String(first['email']) : '';
  return {
    code: 'SERVICE_ACCOUNT_ACCESS_DENIED',
    message:
      `The user does not have access to service account '${account}'.  User: 'ann@example.com'.  ` +
      'Ask a project owner to grant you the iam.serviceAccountUser role on the service account',
  };
}

/** "Instances with guest accelerators do not support live migration": what is left out is to be moved. */
function checkAccelerators(exchange: Exchange, machineType: string): void {
  const { body } = exchange;
  const zone = zoneOf(exchange);
  const added = body['guestAccelerators'];
  const cards = Array.isArray(added) ? (added as readonly Json[]).filter(isObject) : [];
  for (const { acceleratorType, acceleratorCount } of cards) {
    const type = linked(exchange, acceleratorType, 'acceleratorTypes', 'acceleratorType');
    const most = mostCards(exchange, zone, type);
    if (most === undefined) throw notFound(pathOf(exchange.account, 'zones', zone, 'acceleratorTypes', type));
    if (Number(acceleratorCount) > most)
      throw invalid(`Invalid value for field 'resource.guestAccelerators': at most ${most} of ${type}`);
  }
  if (cards.length === 0 && shapeOf(machineType).accelerators === undefined) return;
  const scheduling = body['scheduling'];
  if (!isObject(scheduling) || scheduling['onHostMaintenance'] !== 'TERMINATE')
    throw invalid('Instances with guest accelerators do not support live migration.');
}

/** clouds.md, Compute Engine: "ZONE_RESOURCE_POOL_EXHAUSTED(_WITH_DETAILS), whose details may list `zonesAvailable`". */
function endOf({ world }: Exchange, error: ChewsError, zone: string): Operation['error'] {
  if (error.code === 'quota')
    return {
      code: 'QUOTA_EXCEEDED',
      message: `Quota 'INSTANCES' exceeded. Limit: ${String(world.quirks.quota?.vms)} in region north.`,
    };
  const room = world.locations.filter(({ name, outOfCapacity }) => name !== zone && !outOfCapacity);
  return {
    code: 'ZONE_RESOURCE_POOL_EXHAUSTED_WITH_DETAILS',
    message: `The zone '${zone}' does not have enough resources available to fulfill the request.`,
    details: {
      errorInfo: {
        domain: 'compute.googleapis.com',
        reason: 'resource_availability',
        metadatas: { zone, zonesAvailable: room.map(({ name }) => name).join(',') },
      },
    },
  };
}

/** The worst that first-boot data can do is done by the model, wherever there is any (safety.md 8). */
function hasStartupScript(body: JsonObject): boolean {
  const metadata = body['metadata'];
  const items =
    isObject(metadata) && Array.isArray(metadata['items']) ? (metadata['items'] as readonly Json[]) : [];
  return items.some((item) => isObject(item) && item['key'] === 'startup-script');
}

function attachedDisks(exchange: Exchange): { diskId: string; deletedWithVm: boolean; deviceName: string }[] {
  const { body } = exchange;
  const listed = Array.isArray(body['disks']) ? (body['disks'] as readonly Json[]).filter(isObject) : [];
  if (listed.length === 0)
    throw invalid(`Invalid value for field 'resource.disks': At least one boot disk is required.`);
  // safety.md 9: "`initializeParams.diskName` attaches an existing disk of that name".
  if (listed.some((entry) => entry['initializeParams'] !== undefined))
    throw invalid('the fake makes no disks along with a VM');
  if (listed.filter((entry) => entry['boot'] === true).length !== 1 || listed[0]?.['boot'] !== true)
    throw invalid(
      `Invalid value for field 'resource.disks': Exactly one boot disk is required, the first one.`,
    );
  const disks = listed.map((entry) => {
    const { diskId, deviceName } = attachable(exchange, entry);
    // Left out it is false for a disk that exists, as documented; the model must not guess.
    return { diskId, deletedWithVm: entry['autoDelete'] === true, deviceName };
  });
  if (new Set(disks.map(({ deviceName }) => deviceName)).size < disks.length)
    throw invalid(`Invalid value for field 'resource.disks': The device names are not unique.`);
  return disks;
}

function attachable(exchange: Exchange, entry: JsonObject): { diskId: string; deviceName: string } {
  const disk = findDisk(exchange, linked(exchange, entry['source'], 'disks', 'disks.source'));
  const holder = holderOf(exchange.world, disk.id);
  if (holder !== undefined)
    throw new Refused(
      400,
      'resourceInUseByAnotherResource',
      `The disk resource '${diskPath(disk)}' is already being used by '${vmPath(holder)}'`,
    );
  // clouds.md, Compute Engine: "A restored disk can answer `resourceNotReady` for minutes."
  ready(disk, diskPath(disk));
  const deviceName = entry['deviceName'];
  return {
    diskId: disk.id,
    deviceName: typeof deviceName === 'string' ? deviceName : `persistent-disk-${disk.id}`,
  };
}

/** When a start is over, and whether it ends well; what is known of it before it is over is in the model. */
function started(
  { world }: Exchange,
  vm: ModelVm | undefined,
  path: string,
): Pick<Outcome, 'targetPath' | 'doneAtMs' | 'error'> {
  const fails = vm?.settling === undefined ? vm?.power === 'off' : vm.settling.to === 'off';
  return {
    targetPath: path,
    doneAtMs: vm?.settling?.atMs ?? world.nowMs,
    ...(fails && { error: { code: 'INTERNAL_ERROR', message: 'Internal error. Please try again.' } }),
  };
}

function start(exchange: Exchange): Outcome {
  const { world, account } = exchange;
  const vm = findVm(exchange, fieldOf(exchange, 'instance'));
  const base = { type: 'start', zone: vm.location, targetId: vm.id, targetPath: vmPath(vm) };
  ready(vm, vmPath(vm));
  if (vm.power === 'on') return base;
  try {
    startVm(world, account, vm.id);
  } catch (error) {
    if (!(error instanceof ChewsError) || error.code !== 'no-capacity') throw error;
    return { ...base, error: endOf(exchange, error, vm.location) };
  }
  return { ...base, ...started(exchange, vm, vmPath(vm)) };
}

function stop(exchange: Exchange): Outcome {
  const { world, account } = exchange;
  const vm = findVm(exchange, fieldOf(exchange, 'instance'));
  const base = { type: 'stop', zone: vm.location, targetId: vm.id, targetPath: vmPath(vm) };
  ready(vm, vmPath(vm));
  if (vm.power === 'off') return base;
  stopVm(world, account, vm.id);
  return { ...base, doneAtMs: vm.settling?.atMs ?? world.nowMs };
}

function remove(exchange: Exchange): Outcome {
  const { world, account } = exchange;
  const vm = findVm(exchange, fieldOf(exchange, 'instance'));
  if (extrasOf(world, vm.id, vm.labels).deletionProtection)
    throw invalid(
      `Invalid resource usage: 'Resource cannot be deleted if it's protected against deletion. ${vmPath(vm)}'.`,
    );
  ready(vm, vmPath(vm));
  deleteVm(world, account, vm.id);
  return { type: 'delete', zone: vm.location, targetId: vm.id, targetPath: vmPath(vm) };
}

/** By the device name alone: Compute Engine takes no other. */
function heldAs(exchange: Exchange, vm: ModelVm): string {
  const deviceName = exchange.query['deviceName'] ?? '';
  const { deviceNames } = extrasOf(exchange.world, vm.id, vm.labels);
  const held = vm.attachments.find(
    ({ diskId }, index) => (deviceNames.get(diskId) ?? `persistent-disk-${index}`) === deviceName,
  );
  if (held === undefined)
    throw invalid(
      `Invalid value for field 'deviceName': '${deviceName}'. No attached disk found with device name '${deviceName}'`,
    );
  return held.diskId;
}

type VmChange = (exchange: Exchange, vm: ModelVm) => void;

function changeOf(
  type: string,
  what: (exchange: Exchange) => string,
  change: VmChange,
  key = 'instance',
): Change {
  return {
    what,
    change: (exchange) => {
      const vm = findVm(exchange, fieldOf(exchange, key));
      change(exchange, vm);
      return { type, zone: vm.location, targetId: vm.id, targetPath: vmPath(vm) };
    },
  };
}

const named =
  (verb: string) =>
  ({ path, body }: Exchange) =>
    `${verb} ${path['instance'] ?? path['resource'] ?? String(body['name'])}`;

export const instanceChanges: Readonly<Record<string, Change>> = {
  'instances.insert': {
    what: named('create-vm'),
    settles: true,
    change: insertVm,
  },
  'instances.start': {
    what: named('start-vm'),
    settles: true,
    change: start,
  },
  'instances.stop': {
    what: named('stop-vm'),
    settles: true,
    change: stop,
  },
  'instances.delete': { what: named('delete-vm'), change: remove },
  'instances.setMachineType': changeOf('setMachineType', named('resize-vm'), (exchange, vm) => {
    ready(vm, vmPath(vm));
    const machineType = linked(exchange, exchange.body['machineType'], 'machineTypes', 'machineType');
    if (exchange.world.quirks.machineTypes?.includes(machineType) !== true)
      throw notFound(pathOf(vm.account, 'zones', vm.location, 'machineTypes', machineType));
    if (vm.power === 'on')
      throw invalid(`Invalid resource usage: 'Instance must be stopped: ${vmPath(vm)}'.`);
    resizeVm(exchange.world, exchange.account, vm.id, { machineType });
  }),
  'instances.attachDisk': changeOf(
    'attachDisk',
    ({ path, body }) => `attach-disk ${path['instance']} ${lastOf(body['source'], 'source')}`,
    (exchange, vm) => {
      ready(vm, vmPath(vm));
      const { diskId, deviceName } = attachable(exchange, exchange.body);
      attachDisk(exchange.world, exchange.account, vm.id, diskId, exchange.body['autoDelete'] === true);
      extrasOf(exchange.world, vm.id, vm.labels).deviceNames.set(diskId, deviceName);
    },
  ),
  'instances.detachDisk': changeOf(
    'detachDisk',
    ({ path, query }) => `detach-disk ${path['instance']} ${query['deviceName']}`,
    (exchange, vm) => {
      ready(vm, vmPath(vm));
      detachDisk(exchange.world, exchange.account, vm.id, heldAs(exchange, vm));
    },
  ),
  'instances.setDiskAutoDelete': changeOf(
    'setDiskAutoDelete',
    named('clear-deletion-flags'),
    (exchange, vm) => {
      setDeletionFlag(
        exchange.world,
        exchange.account,
        vm.id,
        heldAs(exchange, vm),
        exchange.query['autoDelete'] === 'true',
      );
    },
  ),
  'instances.setDeletionProtection': changeOf(
    'setDeletionProtection',
    named('unprotect-vm'),
    (exchange, vm) => {
      // Left out it means true, by the schema's own comment.
      extrasOf(exchange.world, vm.id, vm.labels).deletionProtection =
        exchange.query['deletionProtection'] !== 'false';
    },
    'resource',
  ),
  'instances.setLabels': changeOf('setLabels', named('set-labels'), (exchange, vm) =>
    setLabels(exchange.world, vm, exchange.body),
  ),
};

export const instanceLooks: Readonly<Record<string, Look>> = {
  'instances.get': {
    what: named('get vm'),
    answer: (exchange) => renderVm(exchange.world, findVm(exchange, fieldOf(exchange, 'instance'))),
  },
  'instances.getGuestAttributes': {
    what: named('guest'),
    answer: (exchange) => {
      const vm = findVm(exchange, fieldOf(exchange, 'instance'));
      const told = exchange.world.gce.knobs.guestAttributes.get(vm.id);
      if (told === undefined) throw notFound(`${vmPath(vm)}/guestAttributes`);
      const prefix = exchange.query['queryPath'] ?? '';
      return {
        kind: 'compute#guestAttributes',
        queryPath: prefix,
        queryValue: {
          items: Object.entries(told).flatMap(([path, value]) => {
            const [namespace = '', key = ''] = path.split('/');
            return path.startsWith(prefix) ? [{ namespace, key, value }] : [];
          }),
        },
      };
    },
  },
};
