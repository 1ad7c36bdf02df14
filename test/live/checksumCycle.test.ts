import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { accountOf } from './account.ts';
import { OWNER } from './liveLabel.ts';

const account = accountOf(process.env);
const program = resolve('dist/chews.cjs');
const COMMAND_LIMIT_MS = 20 * 60_000;
let folder = '';

async function configure(size: string): Promise<void> {
  const { provider, location, image, diskType, more } = account.words;
  const text = `version: 1
id: ${OWNER}
providers:
  cloud: ${provider}
workstations:
  test:
    provider: cloud
    location: ${location}
    size: ${size}
    image: ${image}
    disks:
      boot: { size: 10GB, type: ${diskType} }
      data: { size: 10GB, type: ${diskType} }
    ${more.split(', ').join('\n    ')}
`;
  await writeFile(join(folder, 'chews.yaml'), text);
}

/** The bundle, as users have it, with the login and the ssh key of whoever runs this. */
function chews(...args: string[]): string {
  const env = {
    ...process.env,
    CHEWS_CONFIG: join(folder, 'chews.yaml'),
    XDG_STATE_HOME: join(folder, 'state'),
  };
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], {
    env,
    cwd: folder,
    encoding: 'utf8',
    timeout: COMMAND_LIMIT_MS,
  });
  expect(status, `chews ${args.join(' ')}\n${stdout}${stderr}`).toBe(0);
  return stdout;
}

const guest = (script: string) => chews('ssh', 'test', '--', script);
/** The disk that is no part of the one that boots, by its size: a cloud gives it what name it likes. */
const DATA = `$(lsblk -dnpo NAME,TYPE | awk '$2 == "disk" { print $1 }' | while read d; do lsblk -no MOUNTPOINT $d | grep -qx / || echo $d; done | head -1)`;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chews-live-'));
});

afterAll(async () => {
  await account.sweep();
  await rm(folder, { recursive: true, force: true });
});

it('random bytes on two disks come back from snapshots as they were', { timeout: 60 * 60_000 }, async () => {
  expect(await account.left()).toEqual([]);
  await configure(account.words.size);
  chews('create', 'test');
  guest('dd if=/dev/urandom of=$HOME/bytes bs=1M count=64 2>/dev/null; sync');
  guest(`sudo dd if=/dev/urandom of=${DATA} bs=1M count=64 2>/dev/null; sync`);
  const sums = () => guest(`sha256sum < $HOME/bytes; sudo head -c 67108864 ${DATA} | sha256sum`);
  const before = sums();
  expect(before.match(/[0-9a-f]{64}/g)).toHaveLength(2);
  chews('down', 'test');
  chews('dessicate', 'test');
  await configure(account.words.otherSize);
  chews('rehydrate', 'test');
  expect(sums()).toBe(before);
  chews('delete', 'test', '--stop', '--confirm', 'test');
  expect(await account.left()).toEqual([]);
});
