import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type FakeCloud, openFakeCloud } from '../support/fakeCloud.ts';
import { ACCOUNT, DEBIAN_OWNER, REGION } from '../support/ec2/ec2World.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'chews-aws-loaded-'));
const launcher = join(folder, 'dist', 'chews.cjs');
const told = join(folder, 'loaded.json');

/** At the end of a run it tells which files of the bundle were loaded. */
const preload = join(folder, 'tellLoaded.cjs');
const TELL_LOADED = `
const { basename, dirname } = require('node:path');
process.once('exit', () => {
  const files = Object.keys(require.cache).filter((path) => basename(dirname(path)) === 'dist');
  require('node:fs').writeFileSync(process.env.TOLD, JSON.stringify(files.map((path) => basename(path)).sort()));
});
`;

let fake: FakeCloud;

function run(...args: string[]): Promise<{ readonly code: number; readonly said: string }> {
  const env = {
    PATH: process.env['PATH'],
    HOME: folder,
    TOLD: told,
    AWS_ENDPOINT_URL: fake?.endpoint,
    AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'example',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  };
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd: folder, env }, (error, out, err) =>
      resolve({
        code: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1,
        said: out + err,
      }),
    );
  });
}

/** The files of the bundle that a command loads; one that fails tells what it said instead. */
async function loadedBy(...words: string[]): Promise<unknown> {
  const { code, said } = await run('--require', preload, launcher, ...words);
  return code === 0 ? JSON.parse(readFileSync(told, 'utf8')) : said;
}

beforeAll(async () => {
  writeFileSync(preload, TELL_LOADED);
  fake = await openFakeCloud('aws');
  const entry = (image: string) =>
    `{ provider: cloud, location: ${REGION}a, size: t3.small, image: "${image}", disks: { boot: { size: 8GB, type: gp3 } } }`;
  const text = `version: 1
id: a1b2c3d4
providers: { cloud: { kind: aws, region: ${REGION}, account: "${ACCOUNT}" } }
workstations:
  by-name: ${entry(`${DEBIAN_OWNER}/debian-13-amd64-*`)}
  by-parameter: ${entry('ssm:/aws/service/debian/release/13/latest/amd64')}
`;
  writeFileSync(join(folder, 'chews.yaml'), text);
  expect(await run(join(root, 'scripts', 'build.ts'), join(folder, 'dist'))).toEqual({ code: 0, said: '' });
}, 120_000);

afterAll(async () => {
  await fake.close();
  rmSync(folder, { recursive: true, force: true });
});

it(
  'the client of SSM is loaded where an image is found by it, and nowhere else',
  { timeout: 60_000 },
  async () => {
    const program = ['chews.cjs', 'main.cjs'];
    const ec2 = ['aws-sdk.cjs', ...program];
    expect(await loadedBy('config', 'check')).toEqual(program);
    expect(await loadedBy('status')).toEqual(ec2);
    expect(await loadedBy('create', 'by-name')).toEqual(ec2);
    expect(await loadedBy('create', 'by-parameter')).toEqual(['aws-sdk.cjs', 'aws-ssm-sdk.cjs', ...program]);
    expect(await loadedBy('status')).toEqual(ec2);
  },
);
