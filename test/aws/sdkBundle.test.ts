import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NormalizedSchema } from '@smithy/core/schema';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { translated } from '../../providers/aws/errorTable.ts';
import * as whole from '../../providers/aws/sdk.ts';
import * as wholeSsm from '../../providers/aws/ssmSdk.ts';
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
type ConnectSsm = typeof wholeSsm.connectSsm;
let bundled: { readonly connectSdk: Connect };
let bundledSsm: { readonly connectSsm: ConnectSsm };

beforeAll(() => {
  execFileSync(process.execPath, [join(root, 'scripts/build.ts'), folder]);
  const load = createRequire(import.meta.url);
  bundled = load(join(folder, 'aws-sdk.cjs')) as typeof bundled;
  bundledSsm = load(join(folder, 'aws-ssm-sdk.cjs')) as typeof bundledSsm;
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
  const { call } = connect(config, () => undefined);
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
      const [said, saidByWhole] = [trimmed, untrimmed].map(({ answer }) =>
        translated(answer, 'cannot list', 'EC2'),
      );
      expect(said).toEqual(saidByWhole);
    }
  });
});

describe('the SDK of SSM in the bundle, which has the one call that is made', () => {
  const DEBIAN = '/aws/service/debian/release/13/latest/amd64';

  /** One question through the client of SSM, with what that of EC2 shares with it. */
  async function hearSsm(from: Connect, connect: ConnectSsm, status: number, told: object) {
    const heard: { headers: Readonly<Record<string, string>>; body: string }[] = [];
    const requestHandler = {
      handle: async (request: { readonly headers: Record<string, string>; readonly body: Uint8Array }) => {
        heard.push({ headers: request.headers, body: new TextDecoder().decode(request.body) });
        const headers = { 'content-type': 'application/x-amz-json-1.1' };
        const body = new TextEncoder().encode(JSON.stringify(told));
        return { response: { statusCode: status, headers, body } };
      },
    } as unknown as NonNullable<Parameters<Connect>[0]['requestHandler']>;
    const where = { region: 'eu-central-1', endpoint: 'http://aws.test' };
    const { shared } = from({ ...where, credentials, requestHandler }, () => undefined);
    const answer: unknown = await connect(where, shared)(DEBIAN, undefined).catch((error: unknown) => error);
    const [{ headers, body } = { headers: {}, body: '' }, another] = heard;
    expect(another).toBeUndefined();
    const { 'x-amz-target': target, 'content-type': type, authorization } = headers as Record<string, string>;
    const [signedFor] = /Credential=AKIAEXAMPLE\/\d+\/[a-z0-9/_-]+/.exec(authorization ?? '') ?? [];
    return { asked: { target, type, body, signedFor }, answer };
  }

  async function hearBoth(status: number, told: object) {
    const trimmed = await hearSsm(bundled.connectSdk, bundledSsm.connectSsm, status, told);
    const untrimmed = await hearSsm(whole.connectSdk, wholeSsm.connectSsm, status, told);
    expect(trimmed.asked).toEqual(untrimmed.asked);
    return { trimmed, untrimmed };
  }

  it('is a small part of the whole', () => {
    const bundle = join(folder, 'aws-ssm-sdk.cjs');
    expect(statSync(bundle).size).toBeLessThan(300_000);
    const text = readFileSync(bundle, 'utf8');
    for (const left of ['DescribeMaintenanceWindows', 'ParameterNotFound', 'AWS_WEB_IDENTITY_TOKEN_FILE'])
      expect(text).not.toContain(left);
  });

  it('asks and understands as the whole SDK does, to the last field', async () => {
    const Parameter = {
      ARN: `arn:aws:ssm:eu-central-1::parameter${DEBIAN}`,
      DataType: 'aws:ec2:image',
      LastModifiedDate: 1_772_366_400.5,
      Name: DEBIAN,
      Selector: ':3',
      SourceResult: 'a "text" & more',
      Type: 'String',
      Value: 'ami-0123456789abcdef0',
      Version: 3,
    };
    const { trimmed, untrimmed } = await hearBoth(200, { Parameter });
    expect(trimmed.asked).toEqual({
      target: 'AmazonSSM.GetParameter',
      type: 'application/x-amz-json-1.1',
      body: JSON.stringify({ Name: DEBIAN }),
      signedFor: expect.stringMatching(/\/eu-central-1\/ssm\/aws4_request$/),
    });
    expect(trimmed.answer).toEqual({ ...Parameter, LastModifiedDate: new Date(1_772_366_400_500) });
    expect(trimmed.answer).toEqual(untrimmed.answer);
  });

  it.each([
    [400, { __type: 'ParameterNotFound' }],
    [400, { __type: 'com.amazonaws.ssm#ParameterNotFound', message: 'none' }],
    [400, { __type: 'AccessDeniedException', Message: 'not authorized to perform: ssm:GetParameter' }],
    [400, { __type: 'ThrottlingException', message: 'Rate exceeded' }],
    [400, { __type: 'ExpiredTokenException', message: 'The security token is expired' }],
    [500, { __type: 'InternalServerError', message: 'because of <that>' }],
  ])('understands what SSM refuses with: %d %j', async (status, told) => {
    const { trimmed, untrimmed } = await hearBoth(status, told);
    expect(trimmed.answer).toBeInstanceOf(Error);
    expect(trimmed.answer).toMatchObject({ name: told.__type.replace(/.*#/, '') });
    const [said, saidByWhole] = [trimmed, untrimmed].map(({ answer }) =>
      translated(answer, 'cannot ask', 'SSM'),
    );
    expect(said).toEqual(saidByWhole);
    expect(said).toMatchObject({ message: (saidByWhole as Error).message });
  });
});
