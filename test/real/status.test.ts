import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';

import { findInStore, type RealChews, realChews, system } from './realChews.ts';

const file = (root = '') => `version: 1
providers:
  here: { kind: local, accel: tcg${root} }
workstations:
  dev:
    provider: here
    location: default
    size: { cpus: 1, memory: 256MB }
    image: micro
    disks:
      boot: { size: 256MB, type: standard }
      data: { size: 256MB, type: standard }
`;

let chews: RealChews;
let mounted: string | undefined;
afterEach(async () => {
  await chews.kill();
  if (mounted !== undefined) await system('umount', [mounted]);
  mounted = undefined;
  await chews.end();
});

async function until(state: string): Promise<void> {
  for (let look = 0; look < 60; look += 1) {
    if ((await chews.status()).state === state) return;
    await delay(250);
  }
  expect((await chews.status()).state).toBe(state);
}

async function fillUp(path: string): Promise<void> {
  const piece = Buffer.alloc(4096, 1);
  const filler = await open(path, 'w');
  try {
    for (;;) await filler.write(piece);
  } catch (error) {
    expect((error as NodeJS.ErrnoException).code).toBe('ENOSPC');
  } finally {
    await filler.close();
  }
}

async function run(args: readonly string[], status = 0): Promise<string> {
  const ended = await chews.run(args);
  expect({ args, status: ended.status, stderr: ended.stderr }).toEqual({
    args,
    status,
    stderr: ended.stderr,
  });
  return ended.stdout + ended.stderr;
}

describe('status is right whatever happened outside chews', { timeout: 200_000 }, () => {
  it('after a power-off inside the guest, a killed QEMU, a deleted disk, a deleted snapshot', async () => {
    chews = await realChews(file());
    await run(['create', 'dev']);
    expect((await chews.status()).state).toBe('ON');
    await chews.run(['ssh', 'dev', '--', 'poweroff']);
    await until('OFF');

    await run(['up', 'dev']);
    const pidFile = await findInStore(chews, /vms\/dev\/qemu\.pid$/);
    process.kill(Number(await readFile(pidFile, 'utf8')), 'SIGKILL');
    await until('OFF');
    // What a killed QEMU leaves behind keeps nobody from starting it again.
    await run(['up', 'dev']);
    await run(['down', 'dev']);
    expect((await chews.status()).state).toBe('OFF');

    const { path } = await chews.image('data');
    await rename(path, `${path}.away`);
    const lost = await chews.status();
    expect(lost.state).toBe('INCONSISTENT');
    expect(JSON.stringify(lost.reasons)).toContain('data');
    expect(await run(['recover', 'dev', '--yes'], 7)).toContain('put the missing disk back');
    await run(['up', 'dev'], 7);
    await run(['dessicate', 'dev'], 7);
    await rename(`${path}.away`, path);
    expect((await chews.status()).state).toBe('OFF');

    await run(['dessicate', 'dev']);
    const snapshot = await findInStore(chews, /snapshots\/ss-dev-data-[^/]+\/[^/]+\.qcow2$/);
    await rename(snapshot, `${snapshot}.away`);
    const broken = await chews.status();
    expect(broken.state).toBe('INCONSISTENT');
    expect(JSON.stringify(broken.reasons)).toContain('data');
    expect(await run(['rehydrate', 'dev', '--off'], 7)).toContain('not whole');
    await rename(`${snapshot}.away`, snapshot);
    expect((await chews.status()).state).toBe('DESSICATED');
    await run(['rehydrate', 'dev', '--off']);
  });

  it('restores a lost disk from its last snapshot when it is told to', async () => {
    chews = await realChews(file());
    await run(['create', 'dev', '--off']);
    await chews.write('data', 'what the owner wrote'.repeat(1000));
    const before = await chews.contentHash('data');
    await run(['dessicate', 'dev']);
    await run(['rehydrate', 'dev', '--off']);
    const first = await chews.image('data');
    await rename(first.path, join(chews.folder, 'gone'));
    // Nobody can tell any more whether it was written to since its set was taken.
    await run(['recover', 'dev', '--yes'], 7);
    await run(['recover', 'dev', '--yes', '--to', 'OFF']);
    expect((await chews.status()).state).toBe('OFF');
    expect(await chews.contentHash('data')).toBe(before);

    await chews.write('boot', 'newer than the set'.repeat(1000));
    const second = await chews.image('data');
    await rename(second.path, join(chews.folder, 'gone'));
    expect(await run(['recover', 'dev', '--yes'], 7)).toContain('chews recover dev --to OFF');
    await run(['recover', 'dev', '--yes', '--to', 'OFF']);
    expect((await chews.status()).state).toBe('OFF');
    expect(await chews.contentHash('data')).toBe(before);
  });

  it.skipIf(process.getuid?.() !== 0)(
    'on a full disk (needs root, to mount a small file system)',
    async () => {
      chews = await realChews(file());
      const small = join(chews.folder, 'small');
      await mkdir(small);
      await system('mount', ['-t', 'tmpfs', '-o', 'size=96m', 'tmpfs', small]);
      mounted = small;
      await chews.configure(file(`, root: ${small}`));
      await run(['create', 'dev']);
      // More than the drive can take: the guest stands still, and is told of as it is.
      const piece = 'head -c 1048576 /dev/urandom >/tmp/piece';
      const endless = 'while cat /tmp/piece; do :; done >/dev/vdb 2>/dev/null </dev/null &';
      await run(['ssh', 'dev', '--', `${piece}; (${endless}) 2>/dev/null >/dev/null`]);
      for (let look = 0; look < 80; look += 1) {
        const { reasons } = await chews.status();
        if (reasons.length > 0) break;
        await delay(250);
      }
      const full = await chews.status();
      expect(full.state).toBe('ON');
      expect(JSON.stringify(full.reasons)).toContain('full');
      // To the last byte: what is put aside for this must do.
      await fillUp(join(small, '.filler'));
      await run(['down', 'dev']);
      expect((await chews.status()).state).toBe('OFF');
      // No room for snapshots: refused before anything is deleted, with the drive's own words.
      expect(await run(['dessicate', 'dev'], 5)).toMatch(/has .* free/);
      expect(await chews.status()).toMatchObject({ state: 'OFF', disks: [{}, {}] });
      await run(['delete', 'dev', '--confirm', 'dev']);
    },
  );
});
