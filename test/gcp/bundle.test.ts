import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { classicScheme } from '../../src/core/names.ts';
import { benchOf, labelsOf, refOf } from '../conformance/bench.ts';
import { listen, type Listening } from '../support/gce/transport.ts';
import { gcpStage, type Stage } from './gcpStage.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'chews-gcp-bundle-'));
const launcher = join(folder, 'dist', 'chews.cjs');

const owner = 'a1b2c3d4';

let stage: Stage;
let listening: Listening;

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

function node(...args: string[]): Promise<Ended> {
  return nodeWith({ CHEWS_GCP_ENDPOINT: listening.endpoint }, ...args);
}

function nodeWith(variables: Readonly<Record<string, string>>, ...args: string[]): Promise<Ended> {
  const env = {
    PATH: process.env['PATH'],
    HOME: folder,
    NODE_COMPILE_CACHE: join(folder, 'cache'),
    ...variables,
  };
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd: folder, env }, (error, out, err) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1, out, err }),
    );
  });
}

beforeAll(async () => {
  stage = await gcpStage();
  listening = await listen(stage.datacenter, stage.datacenter.connect());
  const disks = '{ boot: { size: 20GB, type: pd-standard }, data: { size: 20GB, type: pd-standard } }';
  const entry = `{ provider: cloud, location: north-a, size: e2-small, image: debian-cloud/debian-13, disks: ${disks} }`;
  const text = `version: 1\nid: ${owner}\nproviders: { cloud: { kind: gcp, project: home } }\nworkstations: { test: ${entry} }\n`;
  writeFileSync(join(folder, 'chews.yaml'), text);
  const built = await node(join(root, 'scripts', 'build.ts'), join(folder, 'dist'));
  expect(built).toEqual({ code: 0, out: '', err: '' });
}, 120_000);

afterAll(async () => {
  await listening.close();
  rmSync(folder, { recursive: true, force: true });
});

/** As `create` would leave it, and switched off: a guest that could be waited for there is none. */
async function makeWorkstation(): Promise<void> {
  const { makeDisk, createVm, apply, vm } = benchOf(stage.subject);
  const members = ['boot', 'data'];
  const [boot, data] = await Promise.all(
    members.map((disk) =>
      makeDisk({
        name: classicScheme.diskName({ workstation: 'test', disk }, 63),
        source: disk === 'boot' ? stage.subject.bootSource : { from: 'blank' },
        labels: {
          ...labelsOf(disk),
          owner,
          role: disk === 'boot' ? 'boot' : 'data',
          ...(disk === 'boot' && { members }),
        },
      }),
    ),
  );
  if (boot === undefined || data === undefined) throw new Error('there are two');
  await apply(createVm([refOf(boot), refOf(data)], { labels: { workstation: 'test', owner } }));
  await apply({ kind: 'stop-vm', vm: refOf(await vm('test')) });
}

describe('the bundle, with the SDK in a file of its own', () => {
  it('shows a workstation and puts it away, over a real connection', { timeout: 120_000 }, async () => {
    await makeWorkstation();
    const before = await node(launcher, 'status', '--json');
    expect(before).toMatchObject({ code: 0, err: '' });
    expect(before.out).toContain('"OFF"');
    const ended = await node(launcher, 'dessicate', 'test', '--yes');
    expect(ended.code, ended.err).toBe(0);
    const { world, oracle } = stage.datacenter;
    expect([world.vms.size, world.disks.size, world.snapshots.size]).toEqual([0, 0, 2]);
    oracle.assertNothingLost();
    expect((await node(launcher, 'status')).out).toContain('DESSICATED');
  });

  it('says that there are no credentials, and the SDK says nothing beside it', async () => {
    // What answers there is not Google: it does not say so in a header.
    const proxy = createServer((_request, response) => response.end('please log in'));
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    try {
      const { port } = proxy.address() as AddressInfo;
      const ended = await nodeWith({ GCE_METADATA_HOST: `127.0.0.1:${port}` }, launcher, 'status');
      const err =
        'cannot list project home: no credentials were found\n' +
        '  → Log in with: gcloud auth application-default login\n' +
        '  not read: test\n';
      expect(ended).toEqual({ code: 4, out: expect.stringContaining('unreadable'), err });
    } finally {
      await new Promise((resolve) => proxy.close(resolve));
    }
  });
});
