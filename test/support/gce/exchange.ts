import { draw, takeFate, type World } from '../datacenter/world.ts';
import { lacks, permissionsFor } from './permissionsFor.ts';
import { pathOf, renderOperation } from './render.ts';
import { invalid, Refused } from './refuse.ts';
import type { JsonObject, Operation } from './state.ts';

/** One call, checked against the schema. */
export interface Exchange {
  readonly world: World;
  /** The project. */
  readonly account: string;
  readonly path: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly body: JsonObject;
}

/** A call that changes something: the model refuses it or does it, and it is answered with an operation. */
export interface Change {
  /** For the trace, and for the buckets and faults of the datacenter, which know calls by their first word. */
  readonly what: (exchange: Exchange) => string;
  /** The model itself decides how it ends, and when: what a fault says is left to it. */
  readonly settles?: boolean;
  readonly change: (exchange: Exchange) => Outcome;
}

export interface Look {
  readonly what: (exchange: Exchange) => string;
  readonly answer: (exchange: Exchange) => JsonObject;
}

/** What becomes of a call that was accepted. */
export interface Outcome {
  readonly type: string;
  readonly zone?: string;
  readonly targetId: string;
  readonly targetPath: string;
  /** Left out: as soon as it was asked for. */
  readonly doneAtMs?: number;
  readonly error?: Operation['error'];
}

/** No operation is over in the answer to the call that begins it. */
const SHORTEST_MS = 20;

/** Answers a change with its operation; the same `requestId` again brings the same operation, and nothing else. */
export function operate(exchange: Exchange, rpc: string, change: Change): JsonObject {
  const { world, account, query } = exchange;
  const { gce } = world;
  const requestId = query['requestId'];
  const asked = JSON.stringify([rpc, exchange.path, exchange.body]);
  if (requestId !== undefined) {
    // Compute Engine: "The request ID must be a valid UUID with the exception that zero UUID is not supported".
    if (!/^[0-9a-f]{8}-[0-9a-f]{4}-[1-5][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(requestId))
      throw invalid(`Invalid value for field 'requestId': '${requestId}'`);
    const earlier = gce.requests.get(`${account}/${requestId}`);
    const operation = earlier && gce.operations.get(`${account}/${earlier.operation}`);
    if (earlier !== undefined && earlier.asked !== asked)
      throw invalid(`The request id ${requestId} was used for another request`);
    if (operation !== undefined) return renderOperation(account, operation, world.nowMs);
  }
  refuseDenied(exchange, rpc);
  const outcome = outcomeOf(exchange, change);
  const id = String(2n ** 61n + BigInt(draw(world)));
  const operation: Operation = {
    id,
    name: `operation-${id}`,
    type: outcome.type,
    zone: outcome.zone,
    targetId: outcome.targetId,
    targetPath: outcome.targetPath,
    insertedAtMs: world.nowMs,
    doneAtMs: Math.max(outcome.doneAtMs ?? 0, world.nowMs + SHORTEST_MS),
    error: outcome.error,
  };
  gce.operations.set(`${account}/${operation.name}`, operation);
  if (requestId !== undefined)
    gce.requests.set(`${account}/${requestId}`, { operation: operation.name, asked });
  return renderOperation(account, operation, world.nowMs);
}

function outcomeOf(exchange: Exchange, change: Change): Outcome {
  const { world, account, path } = exchange;
  const code = world.gce.knobs.nextErrors.shift();
  const fails = (error: string): Outcome => ({
    type: 'failed',
    ...(path['zone'] !== undefined && { zone: path['zone'] }),
    targetId: '0',
    targetPath: pathOf(account, 'global', 'nothing'),
    error: { code: error, message: `the operation failed: ${error}` },
  });
  if (code !== undefined) return fails(code);
  if (change.settles === true) return change.change(exchange);
  const fate = takeFate(world);
  if (fate.fails) return fails('INTERNAL_ERROR');
  const outcome = change.change(exchange);
  return { ...outcome, doneAtMs: (outcome.doneAtMs ?? world.nowMs) + fate.extraMs };
}

export function refuseDenied(exchange: Exchange, rpc: string): void {
  const { world, account } = exchange;
  const missing = permissionsFor(rpc, exchange).find((permission) => lacks(world.gce.knobs, permission));
  if (missing !== undefined)
    throw new Refused(403, 'forbidden', `Required '${missing}' permission for 'projects/${account}'`);
}

export function fieldOf(exchange: Exchange, key: string): string {
  const value = exchange.path[key];
  if (value === undefined) throw new Error(`the fake is broken: the path has no ${key}`);
  return value;
}

/** The last word of a link, whichever of its forms it has: a whole URL, a path, a name. */
export function lastOf(link: unknown, field: string): string {
  if (typeof link !== 'string' || link === '') throw invalid(`Invalid value for field '${field}': ''`);
  return link.split('/').at(-1) ?? link;
}
