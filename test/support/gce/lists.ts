import type { Client } from '../datacenter/client.ts';
import type { World } from '../datacenter/world.ts';
import type { Exchange } from './exchange.ts';
import { healthChecksOf } from './leases.ts';
import { link, renderDisk, renderHealthCheck, renderSnapshot, renderVm } from './render.ts';
import { invalid } from './refuse.ts';
import type { Json, JsonObject } from './state.ts';

type Listed = 'instances' | 'disks' | 'snapshots';

const lists: Readonly<Record<string, Listed>> = {
  'instances.aggregatedList': 'instances',
  'disks.aggregatedList': 'disks',
  'snapshots.list': 'snapshots',
};

export function listedBy(rpc: string): Listed | undefined {
  return lists[rpc];
}

/**
 * One page. What is on it, and whether it is whole, the datacenter says: its lists may lag, come in small pages, and be cut.
 * A page may hold nothing of a kind and still not be the last.
 */
export async function listPage(client: Client, exchange: Exchange, kind: Listed): Promise<JsonObject> {
  const { query, world, account } = exchange;
  if (query['filter'] !== undefined) throw invalid(`Invalid value for field 'filter': '${query['filter']}'`);
  const most = Number(query['maxResults'] ?? 500);
  if (most < 0 || most > 500) throw invalid(`Invalid value for field 'maxResults': '${most}'`);
  const token = query['pageToken'];
  const page = await client.page(
    token === undefined ? undefined : Buffer.from(token, 'base64url').toString(),
  );
  const next = page.next === undefined ? {} : { nextPageToken: Buffer.from(page.next).toString('base64url') };
  const id = `projects/${account}/${kind}`;
  if (kind === 'snapshots') {
    const items = page.part.snapshots.flatMap((told) => {
      const snapshot = world.snapshots.get(told.id);
      return snapshot === undefined ? [] : [renderSnapshot(world, snapshot)];
    });
    return {
      kind: 'compute#snapshotList',
      id,
      ...(items.length > 0 && { items }),
      ...next,
      ...(page.warning !== undefined && { warning: { code: 'PARTIAL_SUCCESS', message: page.warning } }),
    };
  }
  const rendered =
    kind === 'instances'
      ? page.part.vms.flatMap((told) => {
          const vm = world.vms.get(told.id);
          return vm === undefined ? [] : [{ zone: vm.location, item: renderVm(world, vm) }];
        })
      : page.part.disks.flatMap((told) => {
          const disk = world.disks.get(told.id);
          return disk === undefined ? [] : [{ zone: disk.location, item: renderDisk(world, disk) }];
        });
  const silent = world.gce.knobs.silentZones;
  const unreachables = [...silent]
    .filter(([, how]) => how === 'unreachable')
    .map(([zone]) => link(account, 'zones', zone));
  return {
    kind: `compute#${kind === 'instances' ? 'instance' : 'disk'}AggregatedList`,
    id,
    items: Object.fromEntries(
      scopesOf(world).map((scope) => [scope, scopeOf(world, scope, kind, rendered, page.warning)]),
    ),
    ...next,
    ...(unreachables.length > 0 && { unreachables }),
  };
}

function scopesOf(world: World): string[] {
  const zones = world.locations.map(({ name }) => `zones/${name}`);
  const regions = new Set(world.locations.map(({ region }) => `regions/${region}`));
  return [...zones, ...regions];
}

function scopeOf(
  world: World,
  scope: string,
  kind: Listed,
  rendered: readonly { zone: string; item: JsonObject }[],
  warning: string | undefined,
): Json {
  const zone = scope.replace('zones/', '');
  const how = world.gce.knobs.silentZones.get(zone);
  if (how === 'unreachable') return {};
  const cut = how === 'warning' || (warning !== undefined && zone === world.locations[0]?.name);
  const items =
    how === 'warning' ? [] : rendered.filter((entry) => entry.zone === zone).map(({ item }) => item);
  if (cut)
    return {
      ...(items.length > 0 && { [kind]: items }),
      warning: {
        code: 'UNREACHABLE',
        message: `The zone '${zone}' is unreachable.`,
        data: [{ key: 'scope', value: scope }],
      },
    };
  if (items.length > 0) return { [kind]: items };
  // clouds.md, Compute Engine: "`aggregatedList` yields empty scopes with warning `NO_RESULTS_ON_PAGE`".
  return {
    warning: {
      code: 'NO_RESULTS_ON_PAGE',
      message: `There are no results for scope '${scope}' on this page.`,
      data: [{ key: 'scope', value: scope }],
    },
  };
}

/** Understands the one filter that is asked with: a name by a regular expression, the whole name. */
export function listHealthChecks(exchange: Exchange): JsonObject {
  const { query, account } = exchange;
  const filter = query['filter'];
  const [, pattern] = /^name eq ([a-z0-9.*-]+)$/.exec(filter ?? '') ?? [];
  if (filter !== undefined && pattern === undefined)
    throw invalid(`Invalid value for field 'filter': '${filter}'`);
  const fits = new RegExp(`^(?:${pattern ?? '.*'})$`);
  const size = exchange.world.quirks.pageSize ?? 500;
  const after = query['pageToken'] ?? '';
  const all = healthChecksOf(exchange)
    .filter(({ name }) => fits.test(name) && name > after)
    .toSorted((one, other) => (one.name < other.name ? -1 : 1));
  const items = all.slice(0, size).map((check) => renderHealthCheck(account, check));
  return {
    kind: 'compute#healthCheckList',
    id: `projects/${account}/global/healthChecks`,
    ...(items.length > 0 && { items }),
    ...(all.length > size && { nextPageToken: all[size - 1]?.name ?? '' }),
  };
}
