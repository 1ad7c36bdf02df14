import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NormalizedSchema } from '@smithy/core/schema';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { translated } from '../../providers/aws/errorTable.ts';
import * as whole from '../../providers/aws/sdk.ts';
import { credentials } from '../support/ec2/openEc2.ts';
import { encodeError, encodeOutput, operationOf } from '../support/ec2/wire.ts';

const root = join(import.meta.dirname, '..', '..');
const folder = mkdtempSync(join(tmpdir(), 'chews-aws-bundle-'));
const source = readFileSync(join(root, 'providers/aws/sdk.ts'), 'utf8');
const calls = [...source.matchAll(/^ {2}(\w+): \w+Command,$/gm)].map(
  ([, name = '']) => name as whole.CallName,
);

/** How deep a sample goes into shapes that hold others. */
const MOST_DEPTH = 6;

type Connect = typeof whole.connectSdk;
let bundled: { readonly connectSdk: Connect };

beforeAll(() => {
  execFileSync(process.execPath, [join(root, 'scripts/build.ts'), folder]);
  bundled = createRequire(import.meta.url)(join(folder, 'aws-sdk.cjs')) as typeof bundled;
}, 120_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Something in every member that the shape has. */
function sampleOf(schema: NormalizedSchema, depth: number): unknown {
  if (schema.isListSchema()) {
    const item = sampleOf(schema.getValueSchema(), depth + 1);
    return item === undefined ? undefined : [item, item];
  }
  if (schema.isStructSchema()) {
    if (depth > MOST_DEPTH) return undefined;
    const members = [...schema.structIterator()].map(([name, member]) => [name, sampleOf(member, depth + 1)]);
    return Object.fromEntries(members.filter(([, member]) => member !== undefined));
  }
  if (schema.isBooleanSchema()) return true;
  if (schema.isNumericSchema()) return 7;
  if (schema.isTimestampSchema()) return new Date(Date.UTC(2026, 2, 1, 12));
  if (schema.isBlobSchema()) return new Uint8Array([1, 2, 3]);
  return 'a <text> & more';
}

interface Heard {
  readonly request: string;
  readonly answer: unknown;
}

/** One call to a server that says the same whatever is asked. */
async function hear(
  connect: Connect,
  name: whole.CallName,
  input: object,
  status: number,
  body: string,
): Promise<Heard> {
  let request = '';
  const requestHandler = {
    handle: async ({ body: asked }: { readonly body?: unknown }) => {
      request = String(asked);
      const headers = { 'content-type': 'text/xml;charset=UTF-8' };
      return { response: { statusCode: status, headers, body: new TextEncoder().encode(body) } };
    },
  } as unknown as NonNullable<Parameters<Connect>[0]['requestHandler']>;
  const config = { region: 'eu-central-1', endpoint: 'http://ec2.test', credentials, requestHandler };
  const call = connect(config, () => undefined);
  const answer: unknown = await call(name, input, undefined).catch((error: unknown) => error);
  return { request, answer };
}

function operation(name: string) {
  const found = operationOf(name.slice(0, 1).toUpperCase() + name.slice(1));
  if (found === undefined) throw new Error(`the SDK has no ${name}`);
  return found;
}

describe('the SDK in the bundle, without the schemas of calls that are not made', () => {
  it('is a small part of the whole', () => {
    expect(calls.length).toBeGreaterThan(30);
    const bundle = join(folder, 'aws-sdk.cjs');
    expect(statSync(bundle).size).toBeLessThan(1_000_000);
    expect(readFileSync(bundle, 'utf8')).not.toContain('WithdrawByoipCidr');
  });

  it.each(calls)('asks and understands %s as the whole SDK does, to the last field', async (name) => {
    const { input, output } = operation(name);
    const asked = sampleOf(input, 0) as object;
    const told = output.isStructSchema() ? (sampleOf(output, 0) as object) : {};
    const body = encodeOutput(operation(name), told, 'request-1');
    const [trimmed, untrimmed] = await Promise.all([
      hear(bundled.connectSdk, name, asked, 200, body),
      hear(whole.connectSdk, name, asked, 200, body),
    ]);
    expect(trimmed.request).toBe(untrimmed.request);
    expect(trimmed.request.length).toBeGreaterThan(`Action=${name}&Version=2016-11-15`.length);
    expect(trimmed.answer).not.toBeInstanceOf(Error);
    expect(trimmed.answer).toEqual(untrimmed.answer);
    expect(Object.keys(trimmed.answer as object)).toEqual(expect.arrayContaining(Object.keys(told)));
  });

  it('understands what EC2 refuses with', async () => {
    const refusals = [
      [400, 'InvalidVolume.NotFound'],
      [403, 'UnauthorizedOperation'],
      [500, 'InsufficientInstanceCapacity'],
      [503, 'RequestLimitExceeded'],
    ] as const;
    for (const [status, code] of refusals) {
      const body = encodeError(code, 'because of <that>', 'request-1');
      const [trimmed, untrimmed] = await Promise.all([
        hear(bundled.connectSdk, 'describeVolumes', {}, status, body),
        hear(whole.connectSdk, 'describeVolumes', {}, status, body),
      ]);
      expect(trimmed.answer).toBeInstanceOf(Error);
      expect({ ...(trimmed.answer as Error) }).toEqual({ ...(untrimmed.answer as Error) });
      expect(trimmed.answer).toMatchObject({ name: code, message: 'because of <that>' });
      expect(translated(trimmed.answer, 'cannot list')).toEqual(translated(untrimmed.answer, 'cannot list'));
    }
  });
});
