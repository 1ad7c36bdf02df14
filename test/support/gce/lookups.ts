import { type Exchange, fieldOf, type Look } from './exchange.ts';
import { zoneOf } from './finds.ts';
import { link, pathOf } from './render.ts';
import { invalid, notFound } from './refuse.ts';
import type { JsonObject } from './state.ts';

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

const look = (permission: string, answer: Look['answer']): Look => ({
  what: ({ path }) => `ask ${permission} ${Object.values(path).join(' ')}`,
  permission,
  answer,
});

export const lookups: Readonly<Record<string, Look>> = {
  'projects.get': look('compute.projects.get', ({ world, account }) => ({
    kind: 'compute#project',
    id: String(8_000_000_001 + world.accounts.indexOf(account)),
    name: account,
    selfLink: link(account),
  })),
  'machineTypes.get': look('compute.machineTypes.get', (exchange) => {
    const [zone, name] = [zoneOf(exchange), fieldOf(exchange, 'machineType')];
    const { world, account } = exchange;
    const missing = world.gce.knobs.missingTypes.has(`${zone}/${name}`);
    if (missing || world.quirks.machineTypes?.includes(name) !== true)
      throw notFound(pathOf(account, 'zones', zone, 'machineTypes', name));
    return {
      kind: 'compute#machineType',
      id: '3',
      name,
      guestCpus: 2,
      memoryMb: 4096,
      zone,
      maximumPersistentDisks: 16,
    };
  }),
  'diskTypes.get': look('compute.diskTypes.get', (exchange) => {
    const [zone, name] = [zoneOf(exchange), fieldOf(exchange, 'diskType')];
    const { quirks, gce } = exchange.world;
    if (!quirks.diskTypes.includes(name) || gce.knobs.missingTypes.has(`${zone}/${name}`))
      throw notFound(pathOf(exchange.account, 'zones', zone, 'diskTypes', name));
    const [least, most] = [quirks.smallestDiskBytes / GiB, quirks.largestDiskBytes / GiB];
    return { kind: 'compute#diskType', id: '4', name, zone, validDiskSize: `${least}GB-${most}GB` };
  }),
  'images.get': look('compute.images.get', (exchange) =>
    renderImage(imageOf(exchange, exchange.account, false, fieldOf(exchange, 'image'))),
  ),
  'images.getFromFamily': look('compute.images.getFromFamily', (exchange) =>
    renderImage(imageOf(exchange, exchange.account, true, fieldOf(exchange, 'family'))),
  ),
  'regions.get': look('compute.regions.get', (exchange) => {
    const region = regionOf(exchange, fieldOf(exchange, 'region'));
    const { world, account } = exchange;
    const quotas = ['INSTANCES', 'CPUS', 'DISKS_TOTAL_GB', 'SSD_TOTAL_GB'].map((metric) => ({
      metric,
      ...(world.gce.knobs.quotas.get(`${region}/${metric}`) ?? { limit: 100_000, usage: 3 }),
    }));
    const zones = world.locations.filter((location) => location.region === region);
    return {
      kind: 'compute#region',
      id: '5',
      name: region,
      quotas,
      zones: zones.map(({ name }) => link(account, 'zones', name)),
    };
  }),
  'networks.get': look('compute.networks.get', (exchange) => {
    const name = fieldOf(exchange, 'network');
    if (name !== 'default') throw notFound(pathOf(exchange.account, 'global', 'networks', name));
    return { kind: 'compute#network', id: '6', name, autoCreateSubnetworks: true };
  }),
  'subnetworks.get': look('compute.subnetworks.get', (exchange) => {
    const [region, name] = [regionOf(exchange, fieldOf(exchange, 'region')), fieldOf(exchange, 'subnetwork')];
    if (name !== 'default') throw notFound(pathOf(exchange.account, 'regions', region, 'subnetworks', name));
    return { kind: 'compute#subnetwork', id: '7', name };
  }),
  'addresses.get': look('compute.addresses.get', (exchange) => {
    const [region, name] = [regionOf(exchange, fieldOf(exchange, 'region')), fieldOf(exchange, 'address')];
    if (name !== 'desk') throw notFound(pathOf(exchange.account, 'regions', region, 'addresses', name));
    return { kind: 'compute#address', id: '8', name, address: '192.0.2.77', status: 'RESERVED' };
  }),
  'zoneOperations.get': look('compute.zoneOperations.get', () => {
    throw invalid('operations are waited for, not polled');
  }),
};
