import { beforeEach, describe, expect, it } from 'vitest';
import type { Client } from '../support/datacenter/client.ts';
import { createDatacenter, type Datacenter } from '../support/datacenter/datacenter.ts';
import { gceWire } from '../support/datacenter/quirks.ts';
import { gceFace, type WireAnswer } from '../support/gce/face.ts';
import type { Json, JsonObject } from '../support/gce/state.ts';

const ROOT = 'http://127.0.0.1/compute/v1/projects/home';
const ID = '11111111-2222-4333-8444-555555555555';

let datacenter: Datacenter;
let client: Client;
let ask: (method: string, path: string, body?: Json) => Promise<WireAnswer>;

beforeEach(() => {
  datacenter = createDatacenter({
    quirks: {
      ...gceWire,
      durations: { createDiskMs: 3000, snapshotMs: 200_000, startMs: 9000, stopMs: 30_000 },
    },
    seed: 1,
    startAtMs: Date.UTC(2026, 2, 1),
  });
  client = datacenter.connect();
  const sleep = async (milliseconds: number) => datacenter.advance(milliseconds);
  const face = gceFace(client, () => datacenter.world, { sleep });
  ask = (method, path, body) =>
    face({ method, url: ROOT + path, body: body === undefined ? undefined : JSON.stringify(body) });
});

function bodyOf({ body }: WireAnswer): JsonObject {
  return body as JsonObject;
}

function reasonOf(answer: WireAnswer): unknown {
  const error = bodyOf(answer)['error'] as { errors: { reason: string }[] };
  return error.errors[0]?.reason;
}

const disk = (changes: JsonObject = {}): JsonObject => ({
  name: 'test-data',
  sizeGb: '20',
  type: 'projects/home/zones/north-a/diskTypes/pd-ssd',
  labels: { 'chews-workstation': 'test' },
  ...changes,
});

const stops = { scheduling: { onHostMaintenance: 'TERMINATE' } };
const card = (acceleratorCount: number): JsonObject => ({
  acceleratorType: 'zones/north-a/acceleratorTypes/nvidia-tesla-t4',
  acceleratorCount,
});

async function makeDisk(changes?: JsonObject): Promise<void> {
  const begun = await ask('POST', '/zones/north-a/disks', disk(changes));
  expect(begun.status).toBe(200);
  await ask('POST', `/zones/north-a/operations/${String(bodyOf(begun)['name'])}/wait`);
}

describe('the fake of Compute Engine refuses', () => {
  it.each<[string, string, string, Json?]>([
    ['a path that the API does not have', 'GET', '/zones/north-a/drives/x'],
    ['a verb that the path does not have', 'PUT', '/zones/north-a/disks/x'],
    ['a field that the message does not have', 'POST', '/zones/north-a/disks', disk({ size_gb: '20' })],
    ['a field of another type', 'POST', '/zones/north-a/disks', disk({ labels: 'none' })],
    ['a 64-bit number without quotes', 'POST', '/zones/north-a/disks', disk({ sizeGb: 20 })],
    ['a word that is none of the enumeration', 'POST', '/zones/north-a/disks', disk({ accessMode: 'READ' })],
    ['a parameter that the method does not have', 'GET', '/zones/north-a/disks/x?fields=id'],
    ['a parameter of another type', 'GET', '/aggregated/disks?maxResults=many'],
    ['a parameter that is missing', 'POST', '/zones/north-a/instances/x/setDiskAutoDelete'],
    ['a body where there is none', 'POST', '/zones/north-a/instances/x/start', { now: true }],
    [
      'a tier of snapshots that there is not',
      'POST',
      '/zones/north-a/disks/x/createSnapshot',
      { name: 'y', snapshotType: 'COLD' },
    ],
    ['a name that is none', 'POST', '/zones/north-a/disks', disk({ name: 'Data' })],
    ['a label that is none', 'POST', '/zones/north-a/disks', disk({ labels: { Team: 'red' } })],
    [
      'a type of another zone',
      'POST',
      '/zones/north-a/disks',
      disk({ type: 'projects/home/zones/north-b/diskTypes/pd-ssd' }),
    ],
    ['an id of a request that is no UUID', 'POST', '/zones/north-a/disks?requestId=once', disk()],
    [
      'an instance without a network',
      'POST',
      '/zones/north-a/instances',
      { name: 'x', machineType: 'zones/north-a/machineTypes/e2-small' },
    ],
  ])('%s', async (_what, method, path, body) => {
    const answer = await ask(method, path, body);
    expect([answer.status, datacenter.world.disks.size]).toEqual([400, 0]);
  });

  it.each<[string, JsonObject]>([
    ['that cannot be moved and does not say that it stops', {}],
    ['that is to be moved', { scheduling: { onHostMaintenance: 'MIGRATE' } }],
    ['that has more than there can be', { guestAccelerators: [card(8)], ...stops }],
  ])('a VM with accelerators %s', async (_what, changes) => {
    await makeDisk();
    const answer = await ask('POST', '/zones/north-a/instances', {
      name: 'dev',
      machineType: 'zones/north-a/machineTypes/e2-small',
      disks: [{ source: 'zones/north-a/disks/test-data', boot: true }],
      networkInterfaces: [{}],
      guestAccelerators: [card(1)],
      ...changes,
    });
    expect([answer.status, datacenter.world.vms.size]).toEqual([400, 0]);
  });

  it('a project that is not the caller’s', async () => {
    const face = gceFace(client, () => datacenter.world, { sleep: async () => undefined });
    const url = ROOT.replace('home', 'elsewhere');
    expect(await face({ method: 'GET', url: `${url}/aggregated/disks`, body: undefined })).toMatchObject({
      status: 403,
    });
  });

  it('what is not there, by its whole path', async () => {
    const answer = await ask('GET', '/zones/north-a/disks/test-data');
    expect(answer.status).toBe(404);
    expect(JSON.stringify(answer.body)).toContain(
      "The resource 'projects/home/zones/north-a/disks/test-data' was not found",
    );
    expect((await ask('GET', '/zones/nowhere-a/disks/test-data')).status).toBe(404);
  });

  it('a second asset of a name, and what is still being made', async () => {
    await ask('POST', '/zones/north-a/disks', disk());
    expect(reasonOf(await ask('POST', '/zones/north-a/disks', disk()))).toBe('alreadyExists');
    expect(reasonOf(await ask('DELETE', '/zones/north-a/disks/test-data'))).toBe('resourceNotReady');
  });

  it('labels whose fingerprint is stale', async () => {
    await makeDisk();
    const path = '/zones/north-a/disks/test-data';
    const { labelFingerprint = '' } = bodyOf(await ask('GET', path));
    const labels = { a: 'b' };
    expect((await ask('POST', `${path}/setLabels`, { labels, labelFingerprint })).status).toBe(200);
    const second = await ask('POST', `${path}/setLabels`, { labels: {}, labelFingerprint });
    expect([second.status, reasonOf(second)]).toEqual([412, 'conditionNotMet']);
    expect(bodyOf(await ask('GET', path))['labels']).toEqual(labels);
  });

  it('what the caller has no permission for', async () => {
    datacenter.world.gce.knobs.denied.add('compute.disks.create');
    expect((await ask('POST', '/zones/north-a/disks', disk())).status).toBe(403);
  });

  it('snapshots of one disk that follow too fast', async () => {
    datacenter.world.gce.knobs.snapshotsPerWindow = 1;
    await makeDisk();
    const path = '/zones/north-a/disks/test-data/createSnapshot';
    expect((await ask('POST', path, { name: 'one' })).status).toBe(200);
    expect(reasonOf(await ask('POST', path, { name: 'two' }))).toBe('resourceOperationRateExceeded');
    datacenter.advance(600_000);
    expect((await ask('POST', path, { name: 'two' })).status).toBe(200);
  });
});

describe('the fake of Compute Engine', () => {
  it('answers the same request id with the same operation, and does it once', async () => {
    const first = await ask('POST', `/zones/north-a/disks?requestId=${ID}`, disk());
    const again = await ask('POST', `/zones/north-a/disks?requestId=${ID}`, disk());
    expect(bodyOf(again)['name']).toBe(bodyOf(first)['name']);
    const other = await ask('POST', `/zones/north-a/disks?requestId=${ID}`, disk({ name: 'other' }));
    expect([other.status, datacenter.world.disks.size]).toEqual([400, 1]);
  });

  it('brings nothing back by the request id of what is dead', async () => {
    const first = await ask('POST', `/zones/north-a/disks?requestId=${ID}`, disk());
    datacenter.advance(3000);
    expect((await ask('DELETE', '/zones/north-a/disks/test-data')).status).toBe(200);
    const again = await ask('POST', `/zones/north-a/disks?requestId=${ID}`, disk());
    expect(bodyOf(again)).toMatchObject({ status: 'DONE', targetId: bodyOf(first)['targetId'] ?? null });
    expect(datacenter.world.disks.size).toBe(0);
  });

  it('lets operations take their time, and a wait come back early', async () => {
    await makeDisk();
    const begun = await ask('POST', '/zones/north-a/disks/test-data/createSnapshot', { name: 'copy' });
    expect(bodyOf(begun)).toMatchObject({ status: 'RUNNING' });
    const wait = `/zones/north-a/operations/${String(bodyOf(begun)['name'])}/wait`;
    expect(bodyOf(await ask('POST', wait))).toMatchObject({ status: 'RUNNING' });
    expect(bodyOf(await ask('POST', wait))).toMatchObject({ status: 'DONE', progress: 100 });
    expect((await ask('POST', wait.replace('north-a', 'north-b'))).status).toBe(404);
  });

  it('answers with 200 when an operation has failed', async () => {
    datacenter.world.gce.knobs.nextErrors.push('QUOTA_EXCEEDED');
    const begun = await ask('POST', '/zones/north-a/disks', disk());
    expect(begun).toMatchObject({ status: 200, body: { status: 'RUNNING' } });
    const answer = await ask('POST', `/zones/north-a/operations/${String(bodyOf(begun)['name'])}/wait`);
    expect(answer).toMatchObject({
      status: 200,
      body: { status: 'DONE', error: { errors: [{ code: 'QUOTA_EXCEEDED' }] } },
    });
    expect(datacenter.world.disks.size).toBe(0);
  });

  it('lists every scope, the empty ones with a warning that says nothing', async () => {
    await makeDisk();
    const { items } = bodyOf(await ask('GET', '/aggregated/disks?maxResults=500')) as { items: JsonObject };
    expect(items['zones/north-a']).toMatchObject({
      disks: [{ name: 'test-data', sizeGb: '20', status: 'READY' }],
    });
    expect(items['zones/south-a']).toMatchObject({ warning: { code: 'NO_RESULTS_ON_PAGE' } });
    expect((await ask('GET', '/aggregated/disks?filter=name%20eq%20x')).status).toBe(400);
  });

  it('deletes a flagged disk along with its VM, and notes on the other that it was let go', async () => {
    await makeDisk({ name: 'boot' });
    await makeDisk();
    const attached = ['boot', 'test-data'].map((name, index) => ({
      source: `projects/home/zones/north-a/disks/${name}`,
      boot: index === 0,
      autoDelete: index === 0,
      deviceName: name,
    }));
    const begun = await ask('POST', '/zones/north-a/instances', {
      name: 'dev',
      machineType: 'zones/north-a/machineTypes/e2-small',
      disks: attached,
      networkInterfaces: [{ network: 'global/networks/default' }],
    });
    expect(begun.status).toBe(200);
    expect(reasonOf(await ask('DELETE', '/zones/north-a/disks/boot'))).toBe('resourceInUseByAnotherResource');
    datacenter.advance(9000);
    const held = bodyOf(await ask('GET', '/zones/north-a/disks/test-data'));
    expect(held).toMatchObject({
      users: [expect.stringMatching(/instances\/dev$/)],
      lastAttachTimestamp: expect.any(String),
    });
    expect(held).not.toHaveProperty('lastDetachTimestamp');
    datacenter.oracle.letGo('test');
    expect((await ask('DELETE', '/zones/north-a/instances/dev')).status).toBe(200);
    expect((await ask('GET', '/zones/north-a/disks/boot')).status).toBe(404);
    const free = bodyOf(await ask('GET', '/zones/north-a/disks/test-data'));
    expect(free).toMatchObject({ lastDetachTimestamp: expect.stringMatching(/-08:00$/) });
    expect(free).not.toHaveProperty('users');
  });

  it('says where there is room when a zone has none, in an operation that has failed', async () => {
    await makeDisk();
    for (const location of datacenter.world.locations) location.outOfCapacity = location.name === 'north-a';
    const begun = await ask('POST', '/zones/north-a/instances', {
      name: 'dev',
      machineType: 'zones/north-a/machineTypes/e2-small',
      disks: [{ source: 'zones/north-a/disks/test-data', boot: true }],
      networkInterfaces: [{}],
    });
    expect(begun.status).toBe(200);
    const answer = await ask('POST', `/zones/north-a/operations/${String(bodyOf(begun)['name'])}/wait`);
    expect(JSON.stringify(answer.body)).toContain('ZONE_RESOURCE_POOL_EXHAUSTED_WITH_DETAILS');
    expect(JSON.stringify(answer.body)).toContain('"zonesAvailable":"north-b,south-a"');
    expect(datacenter.world.vms.size).toBe(0);
  });
});
