import type { Client } from '../datacenter/client.ts';
import type { World } from '../datacenter/world.ts';
import { diskChanges, diskLooks } from './disks.ts';
import { type Exchange, operate, refuseDenied } from './exchange.ts';
import { instanceChanges, instanceLooks } from './instances.ts';
import { healthCheckChanges } from './leases.ts';
import { listedBy, listHealthChecks, listPage } from './lists.ts';
import { lookups } from './lookups.ts';
import { permissionLooks } from './permissions.ts';
import { errorBody, invalid, notFound, Refused, refusedOf } from './refuse.ts';
import { pathOf, renderOperation } from './render.ts';
import { isObject, matchRoute, readQuery, type Route, whyNotOf } from './schema.ts';
import type { Json, JsonObject } from './state.ts';

export interface WireRequest {
  readonly method: string;
  readonly url: string;
  readonly body: string | undefined;
}

export interface WireAnswer {
  readonly status: number;
  /** When it was answered, by the cloud's clock. */
  readonly atMs: number;
  readonly body: Json;
}

export interface FaceOptions {
  /** Lets the cloud's clock pass, while a call waits for the end of an operation. */
  readonly sleep: (milliseconds: number) => Promise<void>;
}

const changes = { ...diskChanges, ...instanceChanges, ...healthCheckChanges };
const looks = { ...diskLooks, ...instanceLooks, ...lookups, ...permissionLooks };
/** What anybody may ask of any project. */
const publicCalls = ['images.get', 'images.getFromFamily'];

/** The REST API of Compute Engine over one client of a simulated datacenter. Throws where no answer arrives. */
export function gceFace(
  client: Client,
  world: () => World,
  { sleep }: FaceOptions,
): (request: WireRequest) => Promise<WireAnswer> {
  const wait = async (exchange: Exchange): Promise<JsonObject> => {
    const name = exchange.path['operation'] ?? '';
    const path = pathOf(client.account, 'operations', name);
    const waitMs = await client.read(`wait ${name}`, (seen) => {
      const operation = seen.gce.operations.get(`${client.account}/${name}`);
      if (operation === undefined || operation.zone !== exchange.path['zone']) throw notFound(path);
      // clouds.md, Compute Engine: "a long poll of at most two minutes that may return early".
      return Math.min(operation.doneAtMs - seen.nowMs, seen.gce.knobs.waitMs, 120_000);
    });
    if (waitMs > 0) await sleep(waitMs);
    const operation = world().gce.operations.get(`${client.account}/${name}`);
    if (operation === undefined) throw notFound(path);
    return renderOperation(client.account, operation, world().nowMs);
  };

  const answer = async (route: Route, exchange: Exchange): Promise<JsonObject> => {
    const { rpc } = route;
    // A change is refused by `operate`: what was asked before is answered again.
    if (!Object.hasOwn(changes, rpc)) refuseDenied(exchange, rpc);
    const kind = listedBy(rpc);
    if (kind !== undefined) {
      return listPage(client, exchange, kind);
    }
    if (rpc === 'zoneOperations.wait' || rpc === 'globalOperations.wait') return wait(exchange);
    if (rpc === 'healthChecks.list') return client.read('list leases', () => listHealthChecks(exchange));
    const change = Object.hasOwn(changes, rpc) ? changes[rpc] : undefined;
    if (change !== undefined) {
      const done = await client.mutate(change.what(exchange), (now) =>
        caught(() => operate({ ...exchange, world: now }, rpc, change)),
      );
      return done();
    }
    const look = Object.hasOwn(looks, rpc) ? looks[rpc] : undefined;
    if (look === undefined) throw new Error(`the fake has no ${rpc}`);
    const seen = await client.read(look.what(exchange), (now) =>
      caught(() => look.answer({ ...exchange, world: now })),
    );
    return seen();
  };

  return async (request) => {
    try {
      const { route, exchange } = understand(request, client.account, world());
      const body = await answer(route, exchange);
      if (world().gce.knobs.statuses.size === 0) {
        const why = whyNotOf(route.responseType, body);
        if (why !== undefined) throw new Error(`the fake is broken: its answer to ${route.rpc} has ${why}`);
      }
      return { status: 200, atMs: world().nowMs, body };
    } catch (error) {
      const refused = refusedOf(error);
      if (refused === undefined) throw error;
      return { status: refused.status, atMs: world().nowMs, body: errorBody(refused) };
    }
  };
}

/** A refusal is an answer: it comes back through the client, whose faults may lose it like any other. */
function caught<T>(work: () => T): () => T {
  try {
    const value = work();
    return () => value;
  } catch (error) {
    const refused = refusedOf(error);
    if (refused === undefined) throw error;
    return () => {
      throw refused;
    };
  }
}

/** Verb, path, parameters and body, each as the schema has it. */
function understand(
  request: WireRequest,
  account: string,
  world: World,
): { route: Route; exchange: Exchange } {
  const url = new URL(request.url);
  const matched = matchRoute(request.method, url.pathname);
  if (matched === undefined)
    throw new Refused(400, 'badRequest', `There is no ${request.method} ${url.pathname}`);
  const { route, path } = matched;
  const read = readQuery(route, url.searchParams);
  if ('why' in read) throw invalid(read.why);
  const body = readBody(route, request.body);
  const exchange: Exchange = { world, account, path, query: read.query, body };
  if (publicCalls.includes(route.rpc))
    return { route, exchange: { ...exchange, account: path['project'] ?? '' } };
  if (path['project'] !== account)
    throw new Refused(
      403,
      'forbidden',
      `Required 'compute.projects.get' permission for 'projects/${path['project']}'`,
    );
  return { route, exchange };
}

function readBody(route: Route, text: string | undefined): JsonObject {
  // The SDK sends "" with what has no body.
  const body: Json = text === undefined || text === '' || text === '""' ? {} : (JSON.parse(text) as Json);
  if (!isObject(body)) throw invalid('the body is no object');
  if (route.body === undefined) {
    if (Object.keys(body).length > 0) throw invalid(`${route.rpc} takes no body`);
    return body;
  }
  const why = whyNotOf(route.body.type, body);
  if (why !== undefined) throw invalid(`Invalid JSON payload received. ${why}`);
  return body;
}
