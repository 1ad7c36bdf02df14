import { execFile, spawn } from 'node:child_process';
import { mkdir, readdir, rename, rm, stat, symlink, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { localProvider } from '../../providers/local/local.ts';
import { diskSerial } from '../../providers/local/vmMachine.ts';
import type { SnapshotDisk } from '../../src/core/action.ts';
import { contentHash } from './images.ts';
import {
  createDisk,
  createVm,
  deleteDisk,
  diskNamed,
  failureOf,
  mebibyte,
  openIn,
  refOf,
  snapshotDisk,
  snapshotNamed,
  testFolder,
  vmNamed,
} from './localContext.ts';

const run = promisify(execFile);

async function storeWithDisk(type: 'standard' | 'fast' = 'standard', sizeBytes = 64 * mebibyte) {
  const folder = await testFolder();
  const provider = await openIn(folder);
  await provider.apply(createDisk('boot', { type, sizeBytes }));
  const home = join(folder, 'root', 'home');
  const image = join(home, 'disks', 'boot', type === 'fast' ? 'disk.raw' : 'disk.qcow2');
  return {
    folder,
    provider,
    home,
    image,
    format: type === 'fast' ? ('raw' as const) : ('qcow2' as const),
    disk: await diskNamed(provider, 'boot'),
  };
}

/** Writes as a guest would. */
async function write(
  image: string,
  format: string,
  pattern: number,
  from: string,
  length: string,
): Promise<void> {
  await run('qemu-io', ['-f', format, '-c', `write -P ${pattern} ${from} ${length}`, image]);
}

/** A process that has the image open as a running VM would. */
async function holdOpen(image: string, format: string): Promise<() => Promise<void>> {
  const child = spawn('qemu-io', ['-f', format, image], { stdio: ['pipe', 'pipe', 'inherit'] });
  const over = new Promise<void>((resolve) => child.once('close', () => resolve()));
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  child.stdin.write('write -P 9 0 64k\n');
  await new Promise<void>((resolve) => child.stdout.once('data', () => resolve()));
  return async () => {
    child.stdin.end('quit\n');
    await over;
  };
}

test.for([['standard'], ['fast']] as const)(
  'a %s disk keeps its content through snapshot and restore',
  async ([type]) => {
    const { folder, provider, home, image, format, disk } = await storeWithDisk(type);
    expect(disk).toMatchObject({
      type,
      sizeBytes: 64 * mebibyte,
      lastWritable: { kind: 'never' },
      origin: { from: 'blank' },
    });
    if (type === 'fast') expect(disk.storedBytes).toBeGreaterThanOrEqual(64 * mebibyte);
    else expect(disk.storedBytes).toBeLessThan(2 * mebibyte);
    await write(image, format, 0x5a, '3M', '700k');
    await write(image, format, 0x7e, '40M', '5M');
    const before = await contentHash(folder, { path: image, format });
    await provider.apply(snapshotDisk(await diskNamed(provider, 'boot'), 'ss'));
    const snapshot = await snapshotNamed(provider, 'ss');
    // Five mebibytes of noughts and patterns are next to nothing; its tables are clusters of a mebibyte each.
    expect(snapshot.storedBytes).toBeLessThan(5 * mebibyte);
    await provider.apply(deleteDisk(disk));
    for (const again of ['standard', 'fast']) {
      const source = { from: 'snapshot', snapshotId: snapshot.id } as const;
      await provider.apply(
        createDisk(`back-${again}`, { type: again, source, labels: { restoredFrom: snapshot.id } }),
      );
      const name = again === 'fast' ? 'disk.raw' : 'disk.qcow2';
      const hash = await contentHash(folder, {
        path: join(home, 'disks', `back-${again}`, name),
        format: again === 'fast' ? 'raw' : 'qcow2',
      });
      expect(hash).toBe(before);
    }
    const small = createDisk('small', {
      source: { from: 'snapshot', snapshotId: snapshot.id },
      sizeBytes: 63 * mebibyte,
    });
    expect((await failureOf(provider.apply(small))).code).toBe('refused');
    expect(await readdir(join(home, 'disks'))).not.toContain('small');
  },
);

test('every write makes another content version, and reading makes none', async () => {
  const { provider, image, format, disk } = await storeWithDisk();
  const seen = new Set([disk.contentVersion]);
  for (let round = 1; round <= 3; round += 1) {
    await write(image, format, round, '0', '4k');
    const now = await diskNamed(provider, 'boot');
    expect(now.lastWritable.kind).toBe('at');
    seen.add(now.contentVersion);
    await provider.apply(snapshotDisk(now, `ss${round}`));
    expect((await snapshotNamed(provider, `ss${round}`)).contentVersion).toBe(now.contentVersion);
    expect((await diskNamed(provider, 'boot')).contentVersion).toBe(now.contentVersion);
  }
  expect(seen.size).toBe(4);
});

test('a start makes another content version even where the times say nothing', async () => {
  const { provider, image, disk } = await storeWithDisk();
  await provider.apply(createVm('vm', [disk], { image: image, firstBoot: false }));
  const vm = await vmNamed(provider, 'vm');
  const { atime, mtime } = await stat(image);
  onTestFinished(() => provider.apply({ kind: 'stop-vm', vm: refOf(vm) }));
  await provider.apply({ kind: 'start-vm', vm: refOf(vm) });
  expect(await diskNamed(provider, 'boot')).toMatchObject({
    lastWritable: { kind: 'now' },
    attachedTo: [vm.id],
  });
  const pid = await run('cat', [join(image, '..', '..', '..', 'vms', 'vm', 'qemu.pid')]);
  process.kill(Number(pid.stdout), 'SIGKILL');
  while ((await vmNamed(provider, 'vm')).status !== 'stopped')
    await new Promise((resolve) => setTimeout(resolve, 50));
  await utimes(image, atime, mtime);
  const after = await diskNamed(provider, 'boot');
  expect(after.contentVersion).not.toBe(disk.contentVersion);
  expect(after.lastWritable.kind).not.toBe('never');
});

test(
  'a snapshot of a disk that is written to meanwhile fails, and leaves nothing',
  {
    timeout: 60_000,
  },
  async () => {
    const { provider, home, image, format } = await storeWithDisk('fast', 512 * mebibyte);
    await write(image, format, 1, '0', '500M');
    const disk = await diskNamed(provider, 'boot');
    let touched = false;
    const progress = () => {
      if (touched) return;
      touched = true;
      // Not by QEMU, whose locks would forbid it: a program that knows nothing of them.
      void run('dd', ['if=/dev/urandom', `of=${image}`, 'bs=4096', 'count=1', 'conv=notrunc', 'status=none']);
    };
    const error = await failureOf(provider.apply(snapshotDisk(disk, 'ss'), { progress }));
    expect(error).toMatchObject({ code: 'conflict' });
    expect(await readdir(join(home, 'snapshots'))).toEqual([]);
  },
);

test('a snapshot of that name that holds older content is a conflict, not a find', async () => {
  const { provider, image, format, disk } = await storeWithDisk();
  await provider.apply(snapshotDisk(disk, 'ss'));
  await provider.apply(snapshotDisk(disk, 'ss'));
  await write(image, format, 3, '0', '64k');
  expect((await failureOf(provider.apply(snapshotDisk(disk, 'ss')))).code).toBe('conflict');
});

test('an image that another process has open is in use: no snapshot, no growing, no deleting', async () => {
  const { provider, image, format, disk } = await storeWithDisk();
  const letGo = await holdOpen(image, format);
  expect((await diskNamed(provider, 'boot')).lastWritable).toEqual({ kind: 'now' });
  expect((await failureOf(provider.apply(snapshotDisk(disk, 'ss')))).code).toBe('busy');
  expect(
    (await failureOf(provider.apply({ kind: 'grow-disk', disk: refOf(disk), sizeBytes: 2 ** 30 }))).code,
  ).toBe('busy');
  expect((await failureOf(provider.apply(deleteDisk(disk)))).code).toBe('busy');
  await letGo();
  expect((await diskNamed(provider, 'boot')).lastWritable.kind).toBe('at');
  await provider.apply(deleteDisk(disk));
});

test.for([['standard'], ['fast']] as const)(
  'a %s disk grows, never shrinks, and stays what it was',
  async ([type]) => {
    const { folder, provider, image, format, disk } = await storeWithDisk(type);
    const grow = (sizeBytes: number) => provider.apply({ kind: 'grow-disk', disk: refOf(disk), sizeBytes });
    await grow(96 * mebibyte);
    await grow(96 * mebibyte);
    const grown = await diskNamed(provider, 'boot');
    expect(grown).toMatchObject({
      sizeBytes: 96 * mebibyte,
      id: disk.id,
      // What somebody wrote while it grew cannot be told from the growth.
      lastWritable: { kind: 'at' },
      status: 'ready',
    });
    expect(grown.contentVersion).not.toBe(disk.contentVersion);
    expect((await failureOf(grow(64 * mebibyte))).code).toBe('refused');
    await write(image, format, 7, '90M', '1M');
    const before = await contentHash(folder, { path: image, format });
    await provider.apply(snapshotDisk(await diskNamed(provider, 'boot'), 'ss'));
    expect((await snapshotNamed(provider, 'ss')).sizeBytes).toBe(96 * mebibyte);
    expect(
      await contentHash(folder, {
        path: join(folder, 'root', 'home', 'snapshots', 'ss', 'snapshot.qcow2'),
        format: 'qcow2',
      }),
    ).toBe(before);
  },
);

test('a raw disk whose length is no whole number of sectors has the size that QEMU sees, and so has its snapshot', async () => {
  const { provider, image } = await storeWithDisk('fast');
  await truncate(image, 64 * mebibyte + 100);
  const longer = await diskNamed(provider, 'boot');
  expect(longer).toMatchObject({ status: 'ready', sizeBytes: 64 * mebibyte + 512 });
  await provider.apply(snapshotDisk(longer, 'ss'));
  const taken = await snapshotNamed(provider, 'ss');
  expect(taken.sizeBytes).toBe(longer.sizeBytes);
  const source = { from: 'snapshot', snapshotId: taken.id } as const;
  await provider.apply(createDisk('copy', { source, sizeBytes: taken.sizeBytes }));
  expect((await diskNamed(provider, 'copy')).sizeBytes).toBe(taken.sizeBytes);
});

test('a disk whose file is a link to what is not there is not taken for gone', async () => {
  const { folder, provider, image, disk } = await storeWithDisk('fast');
  await provider.apply(snapshotDisk(disk, 'ss'));
  const snapshot = join(folder, 'root', 'home', 'snapshots', 'ss', 'snapshot.qcow2');
  for (const path of [image, snapshot]) {
    await rename(path, join(folder, 'away'));
    await symlink(join(folder, 'away-for-now'), path);
    const found = path === image ? await diskNamed(provider, 'boot') : await snapshotNamed(provider, 'ss');
    expect(found.status).toBe('unknown');
    expect(found.statusText).toBe(`its file ${path} is a link that leads nowhere: is a drive not mounted?`);
  }
});

test('a disk is made from an image file, in both formats; what is no plain image is refused', async () => {
  const { folder, provider, image } = await storeWithDisk();
  const qcow2 = join(folder, 'cloud.qcow2');
  const raw = join(folder, 'cloud.img');
  await run('qemu-img', ['create', '-q', '-f', 'qcow2', qcow2, '10M']);
  await write(qcow2, 'qcow2', 0x42, '1M', '1M');
  await run('qemu-img', ['convert', '-O', 'raw', qcow2, raw]);
  const hashes: string[] = [];
  for (const path of ['./cloud.qcow2', raw]) {
    const name = `from${hashes.length}`;
    await provider.apply(createDisk(name, { source: { from: 'image', image: path } }));
    expect(await diskNamed(provider, name)).toMatchObject({
      sizeBytes: 64 * mebibyte,
      origin: { from: 'image', image: path },
    });
    hashes.push(
      await contentHash(folder, { path: join(image, '..', '..', name, 'disk.qcow2'), format: 'qcow2' }),
    );
  }
  expect(hashes[0]).toBe(hashes[1]);
  const of = (path: string) => createDisk('no', { source: { from: 'image', image: path } });
  expect((await failureOf(provider.apply(of('./nothing.qcow2')))).code).toBe('configuration');
  await run('qemu-img', [
    'create',
    '-q',
    '-f',
    'qcow2',
    '-F',
    'raw',
    '-b',
    '/etc/hostname',
    join(folder, 'sly.qcow2'),
  ]);
  expect((await failureOf(provider.apply(of('./sly.qcow2')))).code).toBe('refused');
  await run('qemu-img', ['create', '-q', '-f', 'qcow2', join(folder, 'large.qcow2'), '1G']);
  expect((await failureOf(provider.apply(of('./large.qcow2')))).message).toContain('1GB');
  await truncate(qcow2, 1000);
  expect((await failureOf(provider.apply(of(qcow2)))).code).toBe('refused');
});

test('an aborted creation ends at once and leaves nothing', async () => {
  const { folder, provider, home } = await storeWithDisk();
  const large = join(folder, 'large.img');
  await run('dd', ['if=/dev/urandom', `of=${large}`, 'bs=1M', 'count=400', 'status=none']);
  const controller = new AbortController();
  const action = createDisk('copy', { sizeBytes: 512 * mebibyte, source: { from: 'image', image: large } });
  let farthest = 0;
  const progress = (fraction: number) => {
    farthest = fraction;
    if (fraction > 0.02) controller.abort();
  };
  const error = await failureOf(provider.apply(action, { signal: controller.signal, progress }));
  expect(error.code).toBe('interrupted');
  expect(farthest).toBeLessThan(1);
  expect(await readdir(join(home, 'disks'))).toEqual(['boot']);
  const { stdout } = await run('ps', ['-eo', 'args']);
  expect(stdout).not.toContain(folder);
  expect((await failureOf(provider.apply(action, { signal: AbortSignal.abort() }))).code).toBe('interrupted');
});

test(
  'a full drive is said with its name, and nothing half-made stays',
  {
    timeout: 60_000,
  },
  async (context) => {
    if (process.getuid?.() !== 0) {
      console.warn('SKIPPED: only root can mount the small drive of this test');
      return context.skip();
    }
    const folder = await testFolder();
    const drive = join(folder, 'drive');
    await mkdir(drive);
    await run('mount', ['-t', 'tmpfs', '-o', 'size=20m', 'tmpfs', drive]);
    onTestFinished(async () => {
      await run('umount', [drive]);
    });
    const provider = await openIn(folder, { locations: { small: drive } });
    await provider.apply(createDisk('boot'));
    const image = join(folder, 'root', 'home', 'disks', 'boot', 'disk.qcow2');
    const noise = join(folder, 'noise.img');
    await run('dd', ['if=/dev/urandom', `of=${noise}`, 'bs=1M', 'count=32', 'status=none']);
    await run('qemu-img', [
      'convert',
      '-n',
      '-f',
      'raw',
      '-O',
      'qcow2',
      '--target-is-zero',
      noise,
      image,
    ]).catch(async () => {
      await run('qemu-io', ['-f', 'qcow2', '-c', `write -s ${noise} 0 32M`, image]);
    });
    const disk = await diskNamed(provider, 'boot');
    const actions = [
      snapshotDisk(disk, 'ss', { location: 'small' }),
      createDisk('fast', { location: 'small', type: 'fast' }),
      createDisk('copy', { location: 'small', source: { from: 'image', image: noise } }),
    ];
    expect(await provider.check(actions)).toHaveLength(1);
    for (const action of actions) {
      const error = await failureOf(provider.apply(action));
      expect(error.code).toBe('quota');
      expect(error.message).toContain(drive);
      expect(error.message).toMatch(/[\d.]+MB free/);
    }
    for (const kind of ['disks', 'snapshots']) expect(await readdir(join(drive, kind))).toEqual([]);
    await writeFile(join(drive, 'filler'), Buffer.alloc(19 * mebibyte)).catch(() => undefined);
    await run('sh', ['-c', `cat /dev/zero > ${join(drive, 'rest')} || true`]);
    expect((await failureOf(provider.apply(createDisk('tiny', { location: 'small' })))).code).toBe('quota');
    expect((await provider.list()).disks.map(({ name }) => name)).toEqual(['boot']);
    await rm(join(drive, 'rest'));
    await rm(join(drive, 'filler'), { force: true });
    await provider.apply(snapshotDisk(disk, 'ss'));
    await provider.apply(createDisk('tiny', { location: 'small' }));
  },
);

test('attaching and detaching: stopped VMs only, one VM at a time, twice as once', async () => {
  const { provider, disk } = await storeWithDisk();
  await provider.apply(createDisk('data'));
  const data = await diskNamed(provider, 'data');
  await provider.apply(createVm('vm', [disk]));
  const vm = await vmNamed(provider, 'vm');
  const attach = { kind: 'attach-disk', vm: refOf(vm), disk: refOf(data) } as const;
  await provider.apply(attach);
  await provider.apply(attach);
  expect((await vmNamed(provider, 'vm')).attachments.map(({ diskName, boot }) => [diskName, boot])).toEqual([
    ['boot', true],
    ['data', false],
  ]);
  expect((await diskNamed(provider, 'data')).attachedTo).toEqual([vm.id]);
  await provider.apply(createDisk('other'));
  await provider.apply(createVm('second', [await diskNamed(provider, 'other')]));
  const second = await vmNamed(provider, 'second');
  expect((await failureOf(provider.apply({ ...attach, vm: refOf(second) }))).code).toBe('refused');
  const detach = { kind: 'detach-disk', vm: refOf(vm), disk: refOf(data) } as const;
  await provider.apply(detach);
  await provider.apply(detach);
  await provider.apply({ kind: 'clear-deletion-flags', vm: refOf(vm) });
  await provider.apply({ ...attach, vm: refOf(second) });
  const size = { cpus: 3, memoryBytes: 512 * mebibyte };
  await provider.apply({ kind: 'resize-vm', vm: refOf(vm), size });
  expect(await vmNamed(provider, 'vm')).toMatchObject({ size, attachments: [{ diskName: 'boot' }] });
  const change = { kind: 'change-disk-type', disk: refOf(data), type: 'fast' } as const;
  expect((await failureOf(provider.apply(change))).code).toBe('refused');
});

test('missing programs, memory, images and locations are all said before the first step', async () => {
  const folder = await testFolder();
  const context = (await import('./realContext.ts')).contextOf(folder);
  const bare = await localProvider.open(
    { root: join(folder, 'root') },
    { ...context, env: { PATH: folder } },
  );
  const actions = [
    createDisk('boot', { source: { from: 'image', image: './none.qcow2' } }),
    createVm('vm', [], { size: { cpus: 1, memoryBytes: 2 ** 50 } }),
    createVm('many', [], { size: { cpus: 500, memoryBytes: 2 ** 28 }, sshKey: './none.pub' }),
    { kind: 'start-vm', vm: { name: 'vm' } } as const,
    createDisk('far', { location: 'leases' }),
  ];
  const said = (await bare.check(actions)).map(({ sentence }) => sentence).join('\n');
  for (const word of [
    'qemu-img',
    'qemu-system-x86_64',
    'ssh',
    'none.qcow2',
    '1PB of memory',
    'wants 500 cpus',
    'none.pub',
    'leases',
    'apt-get install',
  ]) {
    expect(said).toContain(word);
  }
  const able = await openIn(folder);
  const early: SnapshotDisk = {
    kind: 'snapshot-disk',
    disk: { name: 'boot' },
    name: 'ss',
    location: 'home',
    labels: {},
  };
  expect(await able.check([createDisk('boot'), early])).toEqual([]);
  expect((await failureOf(bare.apply(createDisk('boot')))).code).toBe('configuration');
});

test('a serial has at most 20 bytes, the same for the same name, others for other names', () => {
  const names = [
    'test-boot-4474c5969e0202f87ccf9e5481a3f43c',
    'test-data-050b9eefb29e27ad47052046b2227955',
    `${'x'.repeat(190)}-a`,
    `${'x'.repeat(190)}-b`,
    'ü',
  ];
  const serials = names.map(diskSerial);
  expect(serials[0]).toMatch(/^test-boot-[0-9a-f]{8}$/);
  expect(new Set(serials).size).toBe(names.length);
  for (const serial of serials) expect(Buffer.byteLength(serial)).toBeLessThanOrEqual(20);
  expect(names.map(diskSerial)).toEqual(serials);
});
