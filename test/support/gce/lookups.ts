import { type Exchange, fieldOf, type Look } from './exchange.ts';
import { zoneOf } from './finds.ts';
import { link, pathOf } from './render.ts';
import { invalid, notFound } from './refuse.ts';
import type { Json, JsonObject } from './state.ts';

const GiB = 1024 ** 3;

interface ImageFacts {
  readonly project: string;
  readonly name: string;
  readonly family: string;
  readonly sizeGb: number;
  readonly deprecated?: 'OBSOLETE' | 'DELETED' | 'DEPRECATED';
}

/** The public images of this cloud. A family stands for its newest image that is not deprecated. */
const images: readonly ImageFacts[] = [
  { project: 'debian-cloud', name: 'debian-13-trixie-v20260210', family: 'debian-13', sizeGb: 10 },
  {
    project: 'debian-cloud',
    name: 'debian-12-bookworm-v20250101',
    family: 'debian-12',
    sizeGb: 10,
    deprecated: 'OBSOLETE',
  },
  // Of somebody's own, in the project itself.
  { project: 'home', name: 'desk-v3', family: 'desk', sizeGb: 10 },
  { project: 'windows-cloud', name: 'windows-2025-v20260210', family: 'windows-2025', sizeGb: 50 },
];

export interface FoundImage {
  readonly name: string;
  readonly selfLink: string;
}

/** `projects/debian-cloud/global/images/family/debian-13`, or one image by its name. */
export function findImage(exchange: Exchange, source: string): FoundImage {
  const [, project = '', family, name = ''] =
    /^(?:https:\/\/[^/]+\/compute\/v1\/)?projects\/([^/]+)\/global\/images\/(family\/)?([^/]+)$/.exec(
      source,
    ) ?? [];
  if (project === '') throw invalid(`Invalid value for field 'resource.sourceImage': '${source}'`);
  const found = imageOf(exchange, project, family !== undefined, name);
  return { name: found.name, selfLink: link(project, 'global', 'images', found.name) };
}

function imageOf(_exchange: Exchange, project: string, byFamily: boolean, name: string): ImageFacts {
  const found = images.find(
    (image) =>
      image.project === project &&
      (byFamily ? image.family === name && image.deprecated === undefined : image.name === name),
  );
  if (found === undefined)
    throw notFound(pathOf(project, 'global', 'images', ...(byFamily ? ['family', name] : [name])));
  return found;
}

function renderImage(image: ImageFacts): JsonObject {
  return {
    kind: 'compute#image',
    id: '77',
    name: image.name,
    family: image.family,
    selfLink: link(image.project, 'global', 'images', image.name),
    diskSizeGb: String(image.sizeGb),
    status: 'READY',
    ...(image.deprecated !== undefined && { deprecated: { state: image.deprecated } }),
  };
}

function regionOf({ world, account }: Exchange, name: string): string {
  if (world.locations.some(({ region }) => region === name)) return name;
  throw notFound(pathOf(account, 'regions', name));
}

const look = (kind: string, answer: Look['answer']): Look => ({
  what: ({ path }) => `ask ${kind} ${Object.values(path).join(' ')}`,
  answer,
});

interface Shape {
  readonly guestCpus: number;
  /** Built in. */
  readonly accelerators?: readonly {
    readonly guestAcceleratorType: string;
    readonly guestAcceleratorCount: number;
  }[];
}

/** `n2-standard-8` has eight; small ones share two. `g2-…` comes with a card of its own. */
export function shapeOf(machineType: string): Shape {
  const guestCpus = Number(/-(\d+)$/.exec(machineType)?.[1] ?? 2);
  return machineType.startsWith('g2-')
    ? { guestCpus, accelerators: [{ guestAcceleratorType: 'nvidia-l4', guestAcceleratorCount: 1 }] }
    : { guestCpus };
}

/** Accelerators that can be added to a VM, and the most of them. */
const cards: Readonly<Record<string, number>> = { 'nvidia-tesla-t4': 4, 'nvidia-tesla-p100': 2 };

export function mostCards({ world }: Exchange, zone: string, type: string): number | undefined {
  if (world.gce.knobs.missingTypes.has(`${zone}/${type}`)) return undefined;
  return Object.hasOwn(cards, type) ? cards[type] : undefined;
}

/** What every region and every project lists. Spot VMs have nothing of their own before it was asked for. */
const regionMetrics = [
  'INSTANCES',
  'CPUS',
  'N2_CPUS',
  'PREEMPTIBLE_CPUS',
  'NVIDIA_T4_GPUS',
  'PREEMPTIBLE_NVIDIA_T4_GPUS',
  'IN_USE_ADDRESSES',
  'DISKS_TOTAL_GB',
  'SSD_TOTAL_GB',
];
const projectMetrics = ['SNAPSHOTS', 'CPUS_ALL_REGIONS', 'GPUS_ALL_REGIONS'];

function quotasOf({ world }: Exchange, owner: string, metrics: readonly string[]): Json {
  const { quotas } = world.gce.knobs;
  const turned = [...quotas.keys()]
    .filter((key) => key.startsWith(`${owner}/`))
    .map((key) => key.split('/')[1] ?? '');
  return [...new Set([...metrics, ...turned])].map((metric) => ({
    metric,
    ...(quotas.get(`${owner}/${metric}`) ??
      (metric.startsWith('PREEMPTIBLE_') ? { limit: 0, usage: 0 } : { limit: 100_000, usage: 3 })),
  }));
}

export const lookups: Readonly<Record<string, Look>> = {
  'projects.get': look('projects', (exchange) => ({
    kind: 'compute#project',
    id: String(8_000_000_001 + exchange.world.accounts.indexOf(exchange.account)),
    name: exchange.account,
    selfLink: link(exchange.account),
    quotas: quotasOf(exchange, 'project', projectMetrics),
  })),
  'machineTypes.get': look('machineTypes', (exchange) => {
    const [zone, name] = [zoneOf(exchange), fieldOf(exchange, 'machineType')];
    const { world, account } = exchange;
    const missing = world.gce.knobs.missingTypes.has(`${zone}/${name}`);
    if (missing || world.quirks.machineTypes?.includes(name) !== true)
      throw notFound(pathOf(account, 'zones', zone, 'machineTypes', name));
    return {
      kind: 'compute#machineType',
      id: '3',
      name,
      ...shapeOf(name),
      memoryMb: 4096,
      zone,
      maximumPersistentDisks: 16,
    };
  }),
  'acceleratorTypes.get': look('acceleratorTypes', (exchange) => {
    const [zone, name] = [zoneOf(exchange), fieldOf(exchange, 'acceleratorType')];
    const most = mostCards(exchange, zone, name);
    if (most === undefined) throw notFound(pathOf(exchange.account, 'zones', zone, 'acceleratorTypes', name));
    return { kind: 'compute#acceleratorType', id: '9', name, zone, maximumCardsPerInstance: most };
  }),
  'diskTypes.get': look('diskTypes', (exchange) => {
    const [zone, name] = [zoneOf(exchange), fieldOf(exchange, 'diskType')];
    const { quirks, gce } = exchange.world;
    if (!quirks.diskTypes.includes(name) || gce.knobs.missingTypes.has(`${zone}/${name}`))
      throw notFound(pathOf(exchange.account, 'zones', zone, 'diskTypes', name));
    const [least, most] = [quirks.smallestDiskBytes / GiB, quirks.largestDiskBytes / GiB];
    return { kind: 'compute#diskType', id: '4', name, zone, validDiskSize: `${least}GB-${most}GB` };
  }),
  'images.get': look('images', (exchange) =>
    renderImage(imageOf(exchange, exchange.account, false, fieldOf(exchange, 'image'))),
  ),
  'images.getFromFamily': look('images', (exchange) =>
    renderImage(imageOf(exchange, exchange.account, true, fieldOf(exchange, 'family'))),
  ),
  'regions.get': look('regions', (exchange) => {
    const region = regionOf(exchange, fieldOf(exchange, 'region'));
    const { world, account } = exchange;
    const quotas = quotasOf(exchange, region, regionMetrics);
    const zones = world.locations.filter((location) => location.region === region);
    return {
      kind: 'compute#region',
      id: '5',
      name: region,
      quotas,
      zones: zones.map(({ name }) => link(account, 'zones', name)),
    };
  }),
  'networks.get': look('networks', (exchange) => {
    const name = fieldOf(exchange, 'network');
    if (name !== 'default') throw notFound(pathOf(exchange.account, 'global', 'networks', name));
    return { kind: 'compute#network', id: '6', name, autoCreateSubnetworks: true };
  }),
  'subnetworks.get': look('subnetworks', (exchange) => {
    const [region, name] = [regionOf(exchange, fieldOf(exchange, 'region')), fieldOf(exchange, 'subnetwork')];
    if (name !== 'default') throw notFound(pathOf(exchange.account, 'regions', region, 'subnetworks', name));
    return { kind: 'compute#subnetwork', id: '7', name };
  }),
  'addresses.get': look('addresses', (exchange) => {
    const [region, name] = [regionOf(exchange, fieldOf(exchange, 'region')), fieldOf(exchange, 'address')];
    if (name !== 'desk') throw notFound(pathOf(exchange.account, 'regions', region, 'addresses', name));
    return { kind: 'compute#address', id: '8', name, address: '192.0.2.77', status: 'RESERVED' };
  }),
  'zoneOperations.get': look('zoneOperations', () => {
    throw invalid('operations are waited for, not polled');
  }),
};
