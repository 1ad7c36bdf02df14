import { execFile, spawn } from 'node:child_process';
import { closeSync, openSync, writeSync } from 'node:fs';
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { codeOf, withdrawFolder } from '../../providers/local/durable.ts';
import { localProvider } from '../../providers/local/local.ts';
import type { AssetKind } from '../../src/core/assets.ts';
import {
  createDisk,
  createVm,
  deleteDisk,
  deleteSnapshot,
  deleteVm,
  diskNamed,
  failureOf,
  mebibyte,
  openIn,
  refOf,
  snapshotDisk,
  snapshotNamed,
  startChild,
  testFolder,
  vmNamed,
} from './localContext.ts';
import { contextOf } from './realContext.ts';

const run = promisify(execFile);

async function storeWithDisk(type: 'standard' | 'fast' = 'standard') {
  const folder = await testFolder();
  const provider = await openIn(folder);
  await provider.apply(createDisk('boot', { type }));
  const home = join(folder, 'root', 'home');
  const place = join(home, 'disks', 'boot');
  const image = join(place, type === 'fast' ? 'disk.raw' : 'disk.qcow2');
  return { folder, provider, home, place, image, disk: await diskNamed(provider, 'boot') };
}

async function mark(provider: Awaited<ReturnType<typeof openIn>>, assetKind: AssetKind, asset: object) {
  const labels = { deleting: true };
  await provider.apply({ kind: 'set-labels', assetKind, asset: asset as { name: string }, labels });
}

test('a disk that was written to after its proof stays, whatever was done to its time', async () => {
  const { folder, provider, image, disk } = await storeWithDisk();
  await provider.apply(snapshotDisk(disk, 'ss'));
  const { contentVersion } = await diskNamed(provider, 'boot');
  const like = join(folder, 'like');
  await run('touch', ['-r', image, like]);
  await run('qemu-io', ['-f', 'qcow2', '-c', 'write -P 5 0 4k', image]);
  await run('touch', ['-r', like, image]);
  const error = await failureOf(provider.apply(deleteDisk(disk, { contentVersion })));
  expect(error).toMatchObject({ code: 'conflict', effect: 'none' });
  const now = await diskNamed(provider, 'boot');
  expect(now.contentVersion).not.toBe(contentVersion);
  expect(now.lastWritable.kind).toBe('at');
  await provider.apply(deleteDisk(disk, { contentVersion: now.contentVersion }));
  expect((await provider.list()).disks).toEqual([]);
});

test('a disk that is written to while it is on its way out comes back', async () => {
  const { folder, provider, home, image, disk } = await storeWithDisk('fast');
  const handle = openSync(image, 'r+');
  onTestFinished(() => closeSync(handle));
  const context = contextOf(folder);
  // The first look has read the image already when it asks where qemu-img is; its folder is not moved aside yet.
  const env = {
    get PATH() {
      writeSync(handle, 'precious', 4096);
      return context.env['PATH'];
    },
  };
  const held = await localProvider.open({ root: join(folder, 'root') }, { ...context, env });
  const { contentVersion } = disk;
  const error = await failureOf(held.apply(deleteDisk(disk, { contentVersion })));
  expect(error).toMatchObject({ code: 'conflict', effect: 'none' });
  expect(await readdir(join(home, 'disks'))).toEqual(['boot']);
  const back = await diskNamed(provider, 'boot');
  expect(back.id).toBe(disk.id);
  await provider.apply(deleteDisk(back, { contentVersion: back.contentVersion }));
});

test('a folder that cannot come back to its place is kept beside it', async () => {
  const folder = await testFolder();
  const place = join(folder, 'asset');
  await run('mkdir', [place]);
  await writeFile(join(place, 'content'), 'precious');
  const look = async (): Promise<void> => {
    await run('mkdir', [place]);
    await writeFile(join(place, 'asset.json'), 'another');
    throw new Error('it changed');
  };
  await expect(withdrawFolder(place, folder, 'abcdef', look)).rejects.toThrow('it changed');
  expect(await readFile(join(folder, 'asset.kept-abcdef', 'content'), 'utf8')).toBe('precious');
  expect(await readFile(join(place, 'asset.json'), 'utf8')).toBe('another');
});

test('the mark for deletion is looked at again, for every kind', async () => {
  const { provider, disk } = await storeWithDisk();
  await provider.apply(createDisk('other'));
  await provider.apply(createVm('vm', [await diskNamed(provider, 'other')]));
  await provider.apply(snapshotDisk(disk, 'ss'));
  const [vm, snapshot] = [await vmNamed(provider, 'vm'), await snapshotNamed(provider, 'ss')];
  const all = [
    { kind: 'disk', asset: disk, remove: (erase: boolean) => deleteDisk(disk, { erase }) },
    { kind: 'snapshot', asset: snapshot, remove: (erase: boolean) => deleteSnapshot(snapshot, { erase }) },
    { kind: 'vm', asset: vm, remove: (erase: boolean) => deleteVm(vm, { erase }) },
  ] as const;
  for (const { kind, asset, remove } of all) {
    expect((await failureOf(provider.apply(remove(true)))).code).toBe('refused');
    await mark(provider, kind, refOf(asset));
    expect((await failureOf(provider.apply(remove(false)))).code).toBe('refused');
    await provider.apply(remove(true));
  }
  const left = await provider.list();
  expect([left.vms, left.snapshots, left.disks.map(({ name }) => name)]).toEqual([[], [], ['other']]);
});

test('files of the owner in the folder of an asset keep it, and are said before the first step', async () => {
  const { provider, home, place, disk } = await storeWithDisk();
  await provider.apply(createDisk('other'));
  await provider.apply(createVm('vm', [await diskNamed(provider, 'other')]));
  await provider.apply(snapshotDisk(disk, 'ss'));
  const [vm, snapshot] = [await vmNamed(provider, 'vm'), await snapshotNamed(provider, 'ss')];
  const all = [
    [join(place, 'disk.qcow2.bak'), deleteDisk(disk)],
    [join(place, 'disk.raw'), deleteDisk(disk)],
    [join(home, 'snapshots', 'ss', 'notes'), deleteSnapshot(snapshot)],
    [join(home, 'vms', 'vm', 'disk.qcow2'), deleteVm(vm)],
  ] as const;
  for (const [path, action] of all) {
    await writeFile(path, 'precious');
    const error = await failureOf(provider.apply(action));
    expect(error).toMatchObject({ code: 'refused', effect: 'none' });
    expect(error.message).toContain(path);
    const [said, ...more] = await provider.check([action]);
    expect(more).toEqual([]);
    expect(said).toMatchObject({ code: 'refused' });
    expect(said?.sentence).toContain(path);
    expect(await readFile(path, 'utf8')).toBe('precious');
    await rm(path);
    expect(await provider.check([action])).toEqual([]);
  }
  for (const [, action] of all.slice(1)) await provider.apply(action);
  expect((await provider.list()).disks.map(({ name }) => name)).toEqual(['other']);
});

test('an image that its owner put aside is not lost when the disk is restored in its place', async () => {
  const { provider, place, image, disk } = await storeWithDisk();
  await provider.apply(snapshotDisk(disk, 'ss'));
  const { id: snapshotId } = await snapshotNamed(provider, 'ss');
  await rename(image, `${image}.bak`);
  const restore = createDisk('boot', { source: { from: 'snapshot', snapshotId } });
  expect(await failureOf(provider.apply(restore))).toMatchObject({ code: 'refused' });
  expect(await provider.check([restore])).toMatchObject([{ code: 'refused' }]);
  expect((await readdir(place)).sort()).toEqual(['asset.json', 'disk.qcow2.bak']);
});

test("an image with snapshots of QEMU's own is neither snapshotted nor put away", async () => {
  const { provider, image, disk } = await storeWithDisk();
  await run('qemu-img', ['snapshot', '-c', 'mine', image]);
  for (const action of [snapshotDisk(disk, 'ss'), deleteDisk(disk)]) {
    const error = await failureOf(provider.apply(action));
    expect(error).toMatchObject({ code: 'refused', effect: 'none' });
    expect(error.remedy).toContain(`qemu-img snapshot -l ${image}`);
    expect(error.remedy).toContain('qemu-img snapshot -d');
    expect(await provider.check([action])).toMatchObject([{ code: 'refused' }]);
  }
  await run('qemu-img', ['snapshot', '-d', 'mine', image]);
  await provider.apply(snapshotDisk(disk, 'ss'));
});

test('a disk that is mounted through a loop device is in use', async (context) => {
  const { provider, image, disk } = await storeWithDisk('fast');
  const device = await run('losetup', ['-f', '--show', image]).then(
    ({ stdout }) => stdout.trim(),
    () => undefined,
  );
  if (device === undefined) {
    console.warn('SKIPPED: only root, and where there are loop devices, can attach one');
    return context.skip();
  }
  const letGo = () => run('losetup', ['-d', device]).catch(() => undefined);
  onTestFinished(async () => {
    await letGo();
  });
  expect((await diskNamed(provider, 'boot')).lastWritable).toEqual({ kind: 'now' });
  for (const action of [snapshotDisk(disk, 'ss'), deleteDisk(disk)]) {
    const error = await failureOf(provider.apply(action));
    expect(error).toMatchObject({ code: 'busy', effect: 'none' });
    expect(`${error.message} ${error.remedy}`).toContain(device);
  }
  await letGo();
  await provider.apply(snapshotDisk(disk, 'ss'));
  expect((await snapshotNamed(provider, 'ss')).sizeBytes).toBe(64 * mebibyte);
});

test('a disk that is mounted through a loop device of another mount namespace is in use', async (context) => {
  const { provider, image, disk } = await storeWithDisk('fast');
  const script =
    'mount -t tmpfs none /mnt && touch /mnt/it && mount --bind "$1" /mnt/it && losetup -f --show /mnt/it';
  const device = await run('unshare', ['-m', 'sh', '-c', script, 'sh', image]).then(
    ({ stdout }) => stdout.trim(),
    () => undefined,
  );
  if (device === undefined) {
    console.warn('SKIPPED: only root, and where there are loop devices and namespaces, can attach one');
    return context.skip();
  }
  onTestFinished(async () => {
    await run('losetup', ['-d', device]).catch(() => undefined);
  });
  expect((await diskNamed(provider, 'boot')).lastWritable).toEqual({ kind: 'now' });
  const error = await failureOf(provider.apply(deleteDisk(disk)));
  expect(error).toMatchObject({ code: 'busy', effect: 'none' });
  expect(`${error.message} ${error.remedy}`).toContain(device);
});

test('a disk that a process has open for writing is not deleted, whether or not it took a lock', async () => {
  const { provider, image, disk } = await storeWithDisk('fast');
  const holder = spawn('sh', ['-c', 'exec 3<>"$1"; echo open; read -r _', 'sh', image], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  onTestFinished(() => {
    holder.kill('SIGKILL');
  });
  await new Promise((resolve) => holder.stdout.once('data', resolve));
  const error = await failureOf(provider.apply(deleteDisk(disk)));
  expect(error).toMatchObject({
    code: 'busy',
    effect: 'none',
    remedy: `Let it finish, or end it: kill ${holder.pid}`,
  });
  holder.stdin.end('\n');
  await new Promise((resolve) => holder.once('exit', resolve));
  await provider.apply(deleteDisk(disk));
  expect((await provider.list()).disks).toEqual([]);
});

test('what cannot be removed of a deleted disk is told, and is in no other disk’s way', async (context) => {
  const { provider, image, disk } = await storeWithDisk('fast');
  const marked = await run('chattr', ['+i', image]).then(
    () => true,
    () => false,
  );
  if (!marked) {
    console.warn('SKIPPED: only root, and on a drive that knows them, can make a file immutable');
    return context.skip();
  }
  onTestFinished(async () => {
    await run('sh', ['-c', 'chattr -i "$0"/.gone-*/disk.raw', dirname(dirname(image))]);
  });
  const error = await failureOf(provider.apply(deleteDisk(disk)));
  expect(error.message).toMatch(/^cannot delete disk boot: .*\.gone-.*disk\.raw/);
  expect((await provider.list()).disks).toEqual([]);
  await provider.apply(createDisk('other'));
  expect((await diskNamed(provider, 'other')).status).toBe('ready');
});

test('a lock whose process was stopped is said to be one, with what to do', { timeout: 60_000 }, async () => {
  const { folder, provider, place, disk } = await storeWithDisk();
  const label = (owner: string) =>
    ({ kind: 'set-labels', assetKind: 'disk', asset: refOf(disk), labels: { owner } }) as const;
  const child = startChild(folder, {
    kind: 'apply',
    actions: Array.from({ length: 400 }, (_, index) => label(`owner${index}`)),
  });
  await child.begun;
  let pid: number | undefined;
  while (pid === undefined) {
    const name = (await readdir(place)).find((candidate) => candidate.startsWith('.lock-'));
    const text = await readFile(join(place, name ?? 'none'), 'utf8').catch((error: unknown) => {
      if (codeOf(error) === 'ENOENT') return undefined;
      throw error;
    });
    if (text === undefined) continue;
    const holder = Number((JSON.parse(text) as { pid: number }).pid);
    process.kill(holder, 'SIGSTOP');
    // It may have given the lock back between the look and the signal.
    if ((await readdir(place)).some((candidate) => candidate === name)) pid = holder;
    else process.kill(holder, 'SIGCONT');
  }
  const error = await failureOf(provider.apply(label('mine')));
  expect(error).toMatchObject({ code: 'busy', effect: 'none' });
  expect(error.message).toContain(`process ${pid}`);
  expect(error.remedy).toContain(`kill -CONT ${pid}`);
  expect(error.remedy).toContain(`kill -KILL ${pid}`);
  child.kill();
  await child.ended;
  await provider.apply(label('mine'));
});
