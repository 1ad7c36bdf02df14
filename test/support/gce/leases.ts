import { drawId } from '../datacenter/world.ts';
import { type Change, type Exchange, fieldOf } from './exchange.ts';
import { checkDescription, checkName } from './finds.ts';
import { pathOf } from './render.ts';
import { alreadyExists, invalid, notFound } from './refuse.ts';
import type { HealthCheck } from './state.ts';

function pathFor({ account }: Exchange, name: string): string {
  return pathOf(account, 'global', 'healthChecks', name);
}

export function healthChecksOf({ world, account }: Exchange): HealthCheck[] {
  return [...world.gce.healthChecks].flatMap(([key, check]) =>
    key.startsWith(`${account}/`) ? [check] : [],
  );
}

/** Unique by name in the project, and free of charge: what leases are written on. */
export const healthCheckChanges: Readonly<Record<string, Change>> = {
  'healthChecks.insert': {
    what: ({ body }) => `put lease ${String(body['name'])}`,
    change: (exchange) => {
      const { world, account, body } = exchange;
      const name = checkName(body['name']);
      checkDescription(body['description']);
      if (body['type'] !== 'TCP' || body['tcpHealthCheck'] === undefined)
        throw invalid(`Invalid value for field 'resource.type': '${String(body['type'])}'`);
      if (world.gce.healthChecks.has(`${account}/${name}`)) throw alreadyExists(pathFor(exchange, name));
      const id = drawId(world, 'lease');
      const description = typeof body['description'] === 'string' ? body['description'] : '';
      world.gce.healthChecks.set(`${account}/${name}`, { id, name, createdAtMs: world.nowMs, description });
      return { type: 'insert', targetId: id, targetPath: pathFor(exchange, name) };
    },
  },
  'healthChecks.delete': {
    what: ({ path }) => `tidy lease ${path['healthCheck']}`,
    change: (exchange) => {
      const { world, account } = exchange;
      const name = fieldOf(exchange, 'healthCheck');
      const found = world.gce.healthChecks.get(`${account}/${name}`);
      if (found === undefined) throw notFound(pathFor(exchange, name));
      world.gce.healthChecks.delete(`${account}/${name}`);
      return { type: 'delete', targetId: found.id, targetPath: pathFor(exchange, name) };
    },
  },
};
