import { describe, expect, it } from 'vitest';
import { openAws } from '../../providers/aws/aws.ts';
import type { Provider, ProviderContext } from '../../src/core/provider.ts';
import { ec2Face, type WireAnswer } from '../support/ec2/ec2Face.ts';
import { REGION } from '../support/ec2/ec2World.ts';
import { credentials } from '../support/ec2/openEc2.ts';
import { jsonRequest } from '../support/ec2/ssmFace.ts';
import { inProcess } from '../support/ec2/transports.ts';
import { command, workstation } from './command.ts';
import { type Ec2Bench, ec2Bench, errorOf, newDisk, newVm } from './ec2Bench.ts';

const DEBIAN = '/aws/service/debian/release/13/latest/amd64';
const OTHERS = `See: aws ssm get-parameters-by-path --path /aws/service/debian --recursive --region ${REGION}`;

const ofImage = (image: string, changes: Parameters<typeof newVm>[1] = {}) =>
  newVm([newDisk('boot', { source: { from: 'image', image } })], changes);
const wanted = ofImage(`ssm:${DEBIAN}`);

function questionsOf({ trace }: { readonly trace: readonly { readonly what: string }[] }): string[] {
  return trace.map(({ what }) => what).filter((what) => what.startsWith('GetParameter'));
}

/** A process to which SSM answers by somebody's hand; undefined: as it would. */
function openAnswered(
  bench: Ec2Bench,
  answered: () => WireAnswer | { readonly status: number; readonly body: object } | undefined,
): Promise<Provider> {
  const face = ec2Face(bench.datacenter.connect(), () => bench.datacenter.world);
  const requestHandler = inProcess(async (request, signal) => {
    const forged = jsonRequest(request) && answered();
    if (forged === undefined) return face(request, signal);
    if (forged === 'lost' || typeof forged.body === 'string') return forged as WireAnswer;
    const type = 'application/x-amz-json-1.1';
    return { ...forged, type, body: JSON.stringify(forged.body), atMs: bench.datacenter.world.nowMs };
  });
  const client = { requestHandler, credentials, endpoint: 'http://ec2.test' };
  return openAws({ region: REGION }, bench.datacenter.context(), { client, answers: async () => true });
}

async function checkedWith(Parameter: object): Promise<string> {
  const provider = await openAnswered(ec2Bench(), () => ({ status: 200, body: { Parameter } }));
  return (await provider.check([wanted])).map(({ code, sentence }) => `${code}: ${sentence}`).join();
}

describe('an image by a public parameter', () => {
  it.each([`ssm:${DEBIAN}`, `resolve:ssm:${DEBIAN}`])('is what %s says', async (image) => {
    const bench = ec2Bench();
    const { provider, client } = await bench.open();
    const action = ofImage(image);
    expect(await provider.check([action])).toEqual([]);
    await provider.apply(action);
    const id = bench.ec2.parameters.get(DEBIAN)?.value;
    expect([...bench.ec2.instances.values()]).toMatchObject([{ imageId: id }]);
    const calls = client.trace.map(({ what }) => what).filter((what) => /Parameter|Image|Run/.test(what));
    expect(calls).toEqual([
      `GetParameter ${DEBIAN}`,
      'DescribeImages',
      // Once as a dry run.
      `RunInstances ${id}`,
      'DescribeImages',
      `RunInstances ${id}`,
    ]);
  });

  it('is asked for once, however many want it at once', async () => {
    const { provider, client } = await ec2Bench().open();
    expect(await provider.check([wanted, { ...wanted, name: 'other' }])).toEqual([]);
    expect(questionsOf(client)).toEqual([`GetParameter ${DEBIAN}`]);
  });

  it('is asked for again where it was not told', async () => {
    let asked = 0;
    const provider = await openAnswered(ec2Bench(), () => {
      asked += 1;
      return asked === 1 ? 'lost' : undefined;
    });
    const checks = [provider.check([wanted]), provider.check([{ ...wanted, name: 'other' }])];
    const [first, other] = await Promise.allSettled(checks);
    expect(first).toMatchObject({ status: 'rejected', reason: { code: 'unreachable', effect: 'none' } });
    expect(other).toEqual({ status: 'fulfilled', value: [] });
    expect(await provider.check([wanted])).toEqual([]);
    expect(asked).toBe(2);
  });

  it('is not needed for disks that come back, whatever has become of it', async () => {
    const bench = ec2Bench();
    const file = { ...workstation, image: `ssm:${DEBIAN}` };
    expect((await command(bench, { kind: 'create', off: false }, {}, file)).state).toBe('ON');
    bench.datacenter.advance(60_000);
    expect((await command(bench, { kind: 'dessicate', stop: true }, {}, file)).state).toBe('DESSICATED');
    bench.datacenter.advance(60_000);
    bench.ec2.parameters.clear();
    const back = await command(bench, { kind: 'rehydrate', off: false }, {}, file);
    expect(back.state).toBe('ON');
    expect(questionsOf(back)).toEqual([]);
  });

  it('is checked as every other', async () => {
    const bench = ec2Bench();
    const { provider } = await bench.open();
    const said = async (action: typeof wanted) =>
      (await provider.check([action])).map(({ sentence }) => sentence).join();
    const id = bench.ec2.parameters.get(DEBIAN)?.value ?? '';
    expect(await said({ ...wanted, size: { machineType: 'm7g.large' } })).toBe(
      `cannot create VM test: image ssm:${DEBIAN} (${id}) is for x86_64, the size for arm64`,
    );
    const tiny = newDisk('boot', { source: { from: 'image', image: `ssm:${DEBIAN}` }, sizeBytes: 1024 ** 3 });
    expect(await said({ ...wanted, makes: [tiny] })).toBe(
      `cannot create VM test: image ssm:${DEBIAN} needs a disk of at least 2GB`,
    );
    bench.ec2.oddStates.set(id, 'pending');
    expect(await said(wanted)).toBe(
      `cannot create VM test: image ssm:${DEBIAN} (${id}) is not available, but pending`,
    );
    expect(await said(ofImage(id))).toBe(`cannot create VM test: image ${id} is not available, but pending`);
  });
});

describe('a public parameter', () => {
  it('that the region does not have is said to be missing, and where to look', async () => {
    const bench = ec2Bench();
    bench.ec2.parameters.delete(DEBIAN);
    const { provider } = await bench.open();
    const message = `cannot create VM test: region ${REGION} has no parameter ${DEBIAN}`;
    expect(await provider.check([wanted])).toEqual([
      { code: 'configuration', sentence: `${message}. ${OTHERS}` },
    ]);
    expect(await errorOf(provider.apply(wanted))).toMatchObject({
      code: 'configuration',
      effect: 'none',
      message,
      remedy: OTHERS,
    });
  });

  it('that may not be read is a matter of permission, before the first step', async () => {
    const bench = ec2Bench();
    const { provider } = await bench.open();
    bench.ec2.denied.add('GetParameter');
    const sentence = `cannot create VM test: the policy of these credentials does not allow ssm:GetParameter. Ask whoever administers the account for it, or check that the profile is the right one.`;
    expect(await provider.check([wanted])).toEqual([{ code: 'permission', sentence }]);
    bench.ec2.denied.clear();
    bench.ec2.rejectsCredentials = true;
    expect(await errorOf(provider.check([wanted]))).toMatchObject({ code: 'credentials' });
  });

  it('can be about something else', async () => {
    const { provider } = await ec2Bench().open();
    const said = async (name: string) =>
      (await provider.check([ofImage(`ssm:${name}`)])).map(({ sentence }) => sentence);
    const see = (publisher: string) => OTHERS.replace('debian', publisher);
    const ecs = '/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended';
    expect(await said(`${ecs}/image_id`)).toEqual([]);
    expect(await said(ecs)).toEqual([
      expect.stringMatching(/ecs.*recommended names no image, but says \{"image_id":"ami-/),
    ]);
    const region = `/aws/service/global-infrastructure/regions/${REGION}/longName`;
    expect(await said(region)).toEqual([
      `cannot create VM test: parameter ${region} names no image, but says Europe (Frankfurt). ${see('global-infrastructure')}`,
    ]);
  });

  it.each([
    { Type: 'StringList', Value: 'ami-0123456789abcdef0' },
    { Type: 'SecureString', Value: 'ami-0123456789abcdef0' },
    { Type: 'String', Value: 'ami-0123456789abcdef0,ami-0123456789abcdef1' },
    { Type: 'String', Value: 'AMI-0123456789abcdef0' },
  ])('with %j is not taken for an image', async (told) => {
    expect(await checkedWith({ Name: DEBIAN, ...told })).toContain(
      `configuration: cannot create VM test: parameter ${DEBIAN} names no image, but says ${told.Value}`,
    );
  });

  it.each([
    {},
    { Name: DEBIAN, Type: 'String' },
    { Name: `${DEBIAN}64`, Type: 'String', Value: 'ami-0123456789abcdef0' },
  ])('that is told as %j is not read', async (told) => {
    await expect(checkedWith(told)).rejects.toMatchObject({
      code: 'unreadable',
      message: `cannot create VM test: SSM’s answer does not tell parameter ${DEBIAN}`,
    });
  });

  it('is asked for with patience where too much is asked', async () => {
    let asked = 0;
    const provider = await openAnswered(ec2Bench(), () => {
      asked += 1;
      const body = { __type: 'ThrottlingException', message: 'Rate exceeded' };
      return asked < 4 ? { status: 400, body } : undefined;
    });
    expect(await provider.check([wanted])).toEqual([]);
    expect(asked).toBe(4);
  });

  it.each([
    ['lost' as const, 'the connection to SSM was lost (ECONNRESET)'],
    [{ status: 500, body: { __type: 'InternalServerError' } }, 'SSM has trouble of its own'],
    [
      { status: 200, type: 'text/html', body: '<html>', atMs: 0 },
      'SSM’s answer is not whole, or no answer of SSM',
    ],
  ])('has errors that name SSM', async (answer, why) => {
    const provider = await openAnswered(ec2Bench(), () => answer);
    expect(await errorOf(provider.check([wanted]))).toMatchObject({
      message: `cannot create VM test: ${why}`,
      retryable: true,
      effect: 'none',
    });
  });

  it('is not waited for by whoever calls it off', async () => {
    const calledOff = new AbortController();
    const gate = async ({ what }: { readonly what: string }) => {
      if (what.startsWith('GetParameter')) calledOff.abort();
    };
    const { provider } = await ec2Bench().open({ gate });
    const checking = provider.check([wanted], { signal: calledOff.signal });
    // The call itself was called off, not what comes after it.
    expect(await errorOf(checking)).toMatchObject({ code: 'interrupted', cause: { name: 'AbortError' } });
  });
});

/** What the SDK says to a transport, as far as it matters here. */
interface Transport {
  handle(
    request: {
      readonly headers: Readonly<Record<string, string>>;
      readonly protocol: string;
      readonly hostname: string;
      readonly port?: number;
    },
    options?: { readonly requestTimeout?: number },
  ): unknown;
}

describe('the client of SSM', () => {
  /** Where both services are asked, and how long their answers may take. */
  async function askedAt(endpoint: string | undefined, env: ProviderContext['env']) {
    const { datacenter } = ec2Bench();
    const asked: Record<'EC2' | 'SSM', Set<string>> = { EC2: new Set(), SSM: new Set() };
    let logins = 0;
    const face = ec2Face(datacenter.connect(), () => datacenter.world);
    const answering = inProcess(face) as unknown as Transport;
    const requestHandler: Transport = {
      ...answering,
      handle: (request, options = {}) => {
        const service = request.headers['x-amz-target'] === undefined ? 'EC2' : 'SSM';
        const host = `${request.protocol}//${request.hostname}${request.port ? `:${request.port}` : ''}`;
        asked[service].add(`${host} within ${options.requestTimeout} ms`);
        return answering.handle(request, options);
      },
    };
    const login = async () => {
      logins += 1;
      return credentials;
    };
    const settings = { region: REGION, ...(endpoint !== undefined && { endpoint }) };
    const provider = await openAws(settings, datacenter.context({ env }), {
      client: { requestHandler: requestHandler as ReturnType<typeof inProcess>, credentials: login },
    });
    await provider.list();
    expect(await provider.check([wanted])).toEqual([]);
    return { EC2: [...asked.EC2], SSM: [...asked.SSM], logins };
  }

  const own = (service: string) => `https://${service}.${REGION}.amazonaws.com`;

  it.each([
    [undefined, {}, own('ec2'), own('ssm')],
    ['http://emulator.test:5000', { AWS_ENDPOINT_URL_SSM: 'http://ssm.test' }, 'http://emulator.test:5000'],
    [undefined, { AWS_ENDPOINT_URL_SSM: 'http://ssm.test' }, own('ec2'), 'http://ssm.test'],
    [undefined, { AWS_ENDPOINT_URL_EC2: 'http://ec2.test' }, 'http://ec2.test', own('ssm')],
    [undefined, { AWS_ENDPOINT_URL: 'http://all.test' }, 'http://all.test'],
  ])(
    'with %j and %j goes where that of EC2 would, as the same one',
    async (endpoint, env, ec2, ssm = ec2) => {
      expect(await askedAt(endpoint, env)).toEqual({
        EC2: [`${ec2} within 8000 ms`, `${ec2} within 30000 ms`],
        SSM: [`${ssm} within 8000 ms`],
        logins: 1,
      });
    },
  );
});
