import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { methodOf, type Rpc, serviceOf } from '../../providers/gcp/calls.ts';
import * as whole from '../../providers/gcp/sdk.ts';
import { callsIn } from '../../scripts/trimSchema.ts';

const root = join(import.meta.dirname, '..', '..');
const folder = mkdtempSync(join(tmpdir(), 'chews-gcp-sdk-'));
const load = createRequire(import.meta.url);
const calls = callsIn(readFileSync(join(root, 'providers/gcp/calls.ts'), 'utf8')) as Rpc[];

/** How deep a sample goes into messages that hold others. */
const MOST_DEPTH = 5;

type Sdk = Pick<typeof whole, 'loadFallback' | 'loadClient'>;
type Stub = Readonly<
  Record<string, (request: object, headers: object, options: object, done: Callback) => void>
>;
type Callback = (error: unknown, answer: unknown) => void;

interface Field {
  readonly type: string;
  readonly rule?: string;
  readonly keyType?: string;
}

interface Message {
  readonly fields?: Readonly<Record<string, Field>>;
  readonly values?: Readonly<Record<string, number>>;
  readonly nested?: Messages;
  readonly methods?: Readonly<
    Record<string, { readonly requestType: string; readonly responseType: string }>
  >;
}

type Messages = Readonly<Record<string, Message>>;

interface SchemaRoot {
  readonly nested: {
    google: { nested: { cloud: { nested: { compute: { nested: { v1: { nested: Messages } } } } } } };
  };
}

const messages = (load('@google-cloud/compute/build/protos/protos.json') as SchemaRoot).nested.google.nested
  .cloud.nested.compute.nested.v1.nested;

/** Something in every field that the message has, as it goes over the wire. */
function sampleOf({ fields = {}, nested = {} }: Message, depth: number): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([name, field]) => {
      const value = sampleValue(field.type, nested, depth);
      if (value === undefined) return [];
      if (field.keyType !== undefined) return [[name, { key: value }]];
      return [[name, field.rule === 'repeated' ? [value, value] : value]];
    }),
  );
}

function sampleValue(type: string, nested: Messages, depth: number): unknown {
  switch (type) {
    case 'string':
      return 'a-text';
    case 'bool':
      return true;
    case 'int32':
    case 'uint32':
      return 7;
    case 'int64':
    case 'uint64':
      return '4611686018427387905';
    case 'float':
    case 'double':
      return 0.5;
    case 'bytes':
      return 'AQID';
    default: {
      const found = nested[type] ?? messages[type];
      if (found?.values !== undefined) return Object.keys(found.values).at(-1);
      return found === undefined || depth >= MOST_DEPTH ? undefined : sampleOf(found, depth + 1);
    }
  }
}

interface Heard {
  readonly request: unknown;
  readonly answer: unknown;
}

/** One process with one of the two SDKs, and a server that says what it is told to. */
async function openSdk({ loadFallback, loadClient }: Sdk) {
  const fallback = await loadFallback();
  const roots = new Map<object, ReturnType<InstanceType<typeof fallback.GrpcClient>['loadProtoJSON']>>();
  class QuickGrpcClient extends fallback.GrpcClient {
    override loadProtoJSON(json: Parameters<typeof fallback.GrpcClient.protobufFromJSON>[0]) {
      const known = roots.get(json) ?? fallback.protobuf.Root.fromJSON(json);
      roots.set(json, known);
      return known;
    }
  }
  const gax = { fallback: { ...fallback, GrpcClient: QuickGrpcClient } };
  return async (rpc: Rpc, asked: object, status: number, told: object): Promise<Heard> => {
    let request: unknown;
    const authClient = {
      getRequestHeaders: async () => new Map(),
      fetch: async (url: string, { method, body }: { readonly method: string; readonly body?: unknown }) => {
        request = { method, url, body: body === undefined ? undefined : String(body) };
        const bytes = new TextEncoder().encode(JSON.stringify(told));
        return {
          ok: status < 400,
          status,
          headers: new Headers({ 'content-type': 'application/json' }),
          arrayBuffer: async () => bytes.buffer,
        };
      },
    };
    const Client = await loadClient[serviceOf(rpc)]();
    const client = new Client({ projectId: 'home', authClient, fallback: true }, gax);
    const method = ((await client.initialize()) as Stub)[methodOf(rpc)];
    if (method === undefined) throw new Error(`the SDK has no ${rpc}`);
    const answer = await new Promise<unknown>((resolve) => {
      method(asked, {}, {}, (error, found) => resolve(error ?? found));
    });
    return { request, answer };
  };
}

type Hear = Awaited<ReturnType<typeof openSdk>>;
let trimmed: Hear;
let untrimmed: Hear;

beforeAll(async () => {
  execFileSync(process.execPath, [join(root, 'scripts/build.ts'), folder]);
  trimmed = await openSdk(load(join(folder, 'gcp-sdk.cjs')) as Sdk);
  untrimmed = await openSdk(whole);
}, 120_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the SDK in the bundle, without the schema of calls that are not made', () => {
  it('is a small part of the whole', () => {
    expect(calls.length).toBeGreaterThan(35);
    expect(statSync(join(folder, 'gcp-sdk.cjs')).size).toBeLessThan(2_000_000);
  });

  it.each(calls)('asks and understands %s as the whole SDK does, to the last field', async (rpc) => {
    const [service, name] = [serviceOf(rpc), methodOf(rpc)].map(
      (word) => word.charAt(0).toUpperCase() + word.slice(1),
    );
    const method = messages[service ?? '']?.methods?.[name ?? ''];
    if (method === undefined) throw new Error(`there is no ${rpc}`);
    const asked = sampleOf(messages[method.requestType] ?? {}, 0);
    const told = sampleOf(messages[method.responseType] ?? {}, 0);
    const heard = [await trimmed(rpc, asked, 200, told), await untrimmed(rpc, asked, 200, told)];
    const [mine, theirs] = heard.map(({ request, answer }) => ({ request, answer: JSON.stringify(answer) }));
    expect(heard[0]?.answer).not.toBeInstanceOf(Error);
    expect(mine).toEqual(theirs);
    // An answer of nothing would be equal as well.
    expect(Object.keys(JSON.parse(mine?.answer ?? '{}') as object).length).toBeGreaterThan(0);
  });

  it('understands a refusal', async () => {
    const told = { error: { code: 404, message: 'it is not there', errors: [{ reason: 'notFound' }] } };
    const asked = { project: 'home', zone: 'a', disk: 'b' };
    const [mine, theirs] = [
      await trimmed('disks.get', asked, 404, told),
      await untrimmed('disks.get', asked, 404, told),
    ].map(({ answer }) => answer as Error);
    expect(mine).toBeInstanceOf(Error);
    expect(mine?.message).toBe(theirs?.message);
    expect({ ...mine }).toEqual({ ...theirs });
  });
});
