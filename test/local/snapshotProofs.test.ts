import { execFile } from 'node:child_process';
import { copyFile, open, readdir, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { localProvider } from '../../providers/local/local.ts';
import {
  createDisk,
  diskNamed,
  failureOf,
  openIn,
  snapshotDisk,
  snapshotNamed,
  testFolder,
} from './localContext.ts';
import { contextOf } from './realContext.ts';

const run = promisify(execFile);

async function storeWithDisk() {
  const folder = await testFolder();
  const provider = await openIn(folder);
  await provider.apply(createDisk('boot'));
  const home = join(folder, 'root', 'home');
  const image = join(home, 'disks', 'boot', 'disk.qcow2');
  const kept = join(home, 'snapshots', 'ss', 'snapshot.qcow2');
  return { folder, provider, home, image, kept, disk: await diskNamed(provider, 'boot') };
}

test('a copy in the place of a disk, with its time and length, is another content', async () => {
  const { folder, provider, image, disk } = await storeWithDisk();
  await run('cp', ['-p', image, join(folder, 'copy')]);
  await run('mv', [join(folder, 'copy'), image]);
  const now = await diskNamed(provider, 'boot');
  expect(now.contentVersion).not.toBe(disk.contentVersion);
  expect(now.lastWritable.kind).toBe('at');
});

test('a snapshot whose file was changed or swapped is no proof any more, and can still be restored', async () => {
  const { folder, provider, kept, disk } = await storeWithDisk();
  await provider.apply(snapshotDisk(disk, 'ss'));
  const snapshot = await snapshotNamed(provider, 'ss');
  expect(snapshot).toMatchObject({ kind: 'taken', status: 'ready', statusText: 'ready' });
  const like = join(folder, 'like');
  await run('cp', ['-p', kept, like]);
  const { size } = await stat(kept);
  const handle = await open(kept, 'r+');
  await handle.write(Buffer.from([0xff]), 0, 1, size - 1);
  await handle.close();
  await run('touch', ['-r', like, kept]);
  const expectCopied = async () => {
    const now = await snapshotNamed(provider, 'ss');
    expect(now).toMatchObject({ kind: 'copied', status: 'ready' });
    expect(now.statusText).toContain('changed or replaced');
  };
  await expectCopied();
  expect((await failureOf(provider.apply(snapshotDisk(disk, 'ss')))).code).toBe('conflict');
  // Its owner brings it back from a backup.
  await copyFile(like, kept);
  await expectCopied();
  await provider.apply(createDisk('again', { source: { from: 'snapshot', snapshotId: snapshot.id } }));
  expect(await diskNamed(provider, 'again')).toMatchObject({ status: 'ready' });
});

test('a disk whose own tables do not hold together is not put away as whole', async () => {
  const { provider, home, image, disk } = await storeWithDisk();
  await run('qemu-io', ['-f', 'qcow2', '-c', 'write -P 3 0 8M', image]);
  const { size } = await stat(image);
  await truncate(image, size - 2 ** 20);
  expect((await failureOf(provider.apply(snapshotDisk(disk, 'ss')))).code).toBe('failed');
  expect(await readdir(join(home, 'snapshots'))).toEqual([]);
});

test('a disk of a QEMU that was killed has blocks that belong to nothing, and is snapshotted', async () => {
  const { provider, image, disk } = await storeWithDisk();
  await run('qemu-io', ['-f', 'qcow2', '-c', 'write -P 3 0 1M', '-c', 'flush', '-c', 'abort', image]).catch(
    () => undefined,
  );
  // A cluster whose count is raised and that nothing refers to: the first two bytes of the refcount table lead there.
  const handle = await open(image, 'r+');
  const head = Buffer.alloc(8);
  await handle.read(head, 0, 8, 48);
  await handle.read(head, 0, 8, Number(head.readBigUInt64BE()));
  const block = Number(head.readBigUInt64BE());
  const { size } = await handle.stat();
  await handle.write(Buffer.from([0, 1]), 0, 2, block + 2 * Math.ceil(size / 65_536));
  await handle.truncate((Math.ceil(size / 65_536) + 1) * 65_536);
  await handle.close();
  const leaked = await run('qemu-img', ['check', '-f', 'qcow2', image]).catch((error: unknown) => error);
  expect(leaked).toMatchObject({ code: 3 });
  await provider.apply(snapshotDisk(disk, 'ss'));
  expect((await snapshotNamed(provider, 'ss')).kind).toBe('taken');
});

test('a clock that was set back does not make the newest look old', async () => {
  const { folder, provider, disk } = await storeWithDisk();
  await provider.apply(snapshotDisk(disk, 'ss'));
  const first = await snapshotNamed(provider, 'ss');
  const early = await localProvider.open(
    { root: join(folder, 'root') },
    { ...contextOf(folder), nowMs: () => first.takenAtMs - 86_400_000 },
  );
  await early.apply(snapshotDisk(disk, 'second'));
  const second = await snapshotNamed(provider, 'second');
  expect(second.takenAtMs).toBeGreaterThan(first.takenAtMs);
  await early.apply(createDisk('restored', { source: { from: 'snapshot', snapshotId: second.id } }));
  expect((await diskNamed(provider, 'restored')).createdAtMs).toBeGreaterThan(second.takenAtMs);
});
