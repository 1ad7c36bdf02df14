import type { ModelDisk, ModelSnapshot, ModelVm } from '../datacenter/world.ts';
import { type Exchange, fieldOf, lastOf } from './exchange.ts';
import { pathOf } from './render.ts';
import { alreadyExists, invalid, notFound, Refused } from './refuse.ts';

/** Compute Engine finds assets by project, zone and name; ids are for comparing. */

export function zoneOf(exchange: Exchange): string {
  const zone = fieldOf(exchange, 'zone');
  const { world, account } = exchange;
  if (world.locations.some(({ name }) => name === zone)) return zone;
  throw notFound(pathOf(account, 'zones', zone));
}

export function findDisk(exchange: Exchange, name: string): ModelDisk {
  const { world, account } = exchange;
  const zone = zoneOf(exchange);
  const disk = [...world.disks.values()].find(
    (candidate) => candidate.account === account && candidate.location === zone && candidate.name === name,
  );
  if (disk === undefined) throw notFound(pathOf(account, 'zones', zone, 'disks', name));
  return disk;
}

export function findVm(exchange: Exchange, name: string): ModelVm {
  const { world, account } = exchange;
  const zone = zoneOf(exchange);
  const vm = [...world.vms.values()].find(
    (candidate) => candidate.account === account && candidate.location === zone && candidate.name === name,
  );
  if (vm === undefined) throw notFound(pathOf(account, 'zones', zone, 'instances', name));
  return vm;
}

export function findSnapshot(exchange: Exchange, name: string): ModelSnapshot {
  const { world, account } = exchange;
  const snapshot = [...world.snapshots.values()].find(
    (candidate) => candidate.account === account && candidate.name === name,
  );
  if (snapshot === undefined) throw notFound(pathOf(account, 'global', 'snapshots', name));
  return snapshot;
}

/** clouds.md, Compute Engine: "Names: `[a-z]([-a-z0-9]*[a-z0-9])?`, 63 characters." */
export function checkName(name: unknown): string {
  if (typeof name !== 'string' || name.length > 63 || !/^[a-z]([-a-z0-9]*[a-z0-9])?$/.test(name))
    throw invalid(`Invalid value for field 'resource.name': '${String(name)}'`);
  return name;
}

/** clouds.md, Compute Engine: "Labels: 64 per asset, keys and values of 63, lower case, digits, `-`, `_`." */
export function checkLabels(labels: unknown): Readonly<Record<string, string>> {
  const found = (labels ?? {}) as Readonly<Record<string, string>>;
  const entries = Object.entries(found);
  if (entries.length > 64) throw invalid(`Invalid value for field 'labels': too many (${entries.length})`);
  for (const [key, value] of entries) {
    if (!/^[a-z][a-z0-9_-]{0,62}$/.test(key)) throw invalid(`Invalid value for field 'labels': key '${key}'`);
    if (!/^[a-z0-9_-]{0,63}$/.test(value))
      throw invalid(`Invalid value for field 'labels': value '${value}'`);
  }
  return found;
}

export function checkDescription(description: unknown): void {
  if (typeof description === 'string' && description.length > 2048)
    throw invalid(`Invalid value for field 'description': longer than 2048 characters`);
}

/** What is asked for: its name, which none of the others in the same place may have, and its labels. */
export function checkNew<T extends ModelDisk | ModelVm | ModelSnapshot>(
  { account, body }: Exchange,
  others: Iterable<T>,
  pathOfOther: (other: T) => string,
  zone?: string,
): { readonly name: string; readonly labels: Readonly<Record<string, string>> } {
  const name = checkName(body['name']);
  const labels = checkLabels(body['labels']);
  checkDescription(body['description']);
  const taken = [...others].find(
    (other) =>
      other.account === account && other.name === name && (zone === undefined || other.location === zone),
  );
  if (taken !== undefined) throw alreadyExists(pathOfOther(taken));
  return { name, labels };
}

/** A link has to name the collection that it is of, and the zone and project that the call is about. */
export function linked(exchange: Exchange, link: unknown, collection: string, field: string): string {
  const name = lastOf(link, field);
  const path = String(link).replace(/^https:\/\/[^/]+\/compute\/v1\//, '');
  const zone = exchange.path['zone'] ?? '';
  const forms = [`zones/${zone}/${collection}/${name}`, `global/${collection}/${name}`].flatMap((form) => [
    form,
    pathOf(exchange.account, form),
  ]);
  if (!forms.includes(path)) throw invalid(`Invalid value for field '${field}': '${String(link)}'`);
  return name;
}

/** What is still at work refuses every other change of it. */
export function ready(asset: ModelDisk | ModelVm | ModelSnapshot, path: string): void {
  if (asset.settling === undefined) return;
  throw new Refused(400, 'resourceNotReady', `The resource '${path}' is not ready`);
}
