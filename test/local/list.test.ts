import { execFile } from 'node:child_process';
import {
  appendFile,
  chmod,
  cp,
  mkdir,
  readFile,
  rename,
  rm,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatRecord } from '../../providers/local/assetFile.ts';
import {
  createDisk,
  createVm,
  diskNamed,
  failureOf,
  openIn,
  snapshotDisk,
  snapshotNamed,
  testFolder,
  vmNamed,
} from './localContext.ts';

const run = promisify(execFile);

async function storeWithDisk() {
  const folder = await testFolder();
  const provider = await openIn(folder);
  await provider.apply(createDisk('boot'));
  const home = join(folder, 'root', 'home');
  return {
    folder,
    provider,
    home,
    disk: await diskNamed(provider, 'boot'),
    place: join(home, 'disks', 'boot'),
  };
}

test('an asset file that was cut anywhere, or changed anywhere, is an error that names it', async () => {
  const { provider, place } = await storeWithDisk();
  const path = join(place, 'asset.json');
  const whole = await readFile(path);
  // Past the last brace there is a line end, whose loss loses nothing.
  const cut = fc.integer({ min: 0, max: whole.length - 2 }).map((length) => whole.subarray(0, length));
  const flipped = fc
    .record({ at: fc.integer({ min: 0, max: whole.length - 2 }), to: fc.integer({ min: 0x21, max: 0x7e }) })
    .map(({ at, to }) => Buffer.concat([whole.subarray(0, at), Buffer.from([to]), whole.subarray(at + 1)]))
    // Blanks between the values mean nothing, nor does a byte that was the same before.
    .filter((bytes) => !bytes.equals(whole));
  await fc.assert(
    fc.asyncProperty(fc.oneof(cut, flipped), async (bytes) => {
      await writeFile(path, bytes);
      const error = await failureOf(provider.list());
      expect(error).toMatchObject({ name: 'ChewsError', code: 'unreadable' });
      expect(error.message).toContain(path);
    }),
    { numRuns: 400 },
  );
  await writeFile(path, whole);
  expect((await provider.list()).disks).toHaveLength(1);
});

test('an asset file of a newer chews is an error that says so', async () => {
  const { provider, place } = await storeWithDisk();
  const path = join(place, 'asset.json');
  await writeFile(path, (await readFile(path, 'utf8')).replace('"format": 1', '"format": 7'));
  expect((await failureOf(provider.list())).message).toContain('newer chews');
});

test('what chews did not make is an error that names it, wherever it lies', async () => {
  const { provider, home, folder } = await storeWithDisk();
  const strays = [
    join(home, 'disks', 'notes.txt'),
    join(home, 'vms', 'x.qcow2'),
    join(folder, 'root', 'stray'),
  ];
  for (const path of strays) {
    await writeFile(path, 'hello');
    const error = await failureOf(provider.list());
    expect(error).toMatchObject({ code: 'unreadable' });
    expect(error.message).toContain(path);
    await rm(path);
  }
  const folders = [join(home, 'snapshots', 'empty'), join(folder, 'root', 'nowhere')];
  for (const path of folders) {
    await mkdir(path);
    expect((await failureOf(provider.list())).message).toContain(path);
    await rm(path, { recursive: true });
  }
  await symlink('/dev/zero', join(home, 'disks', 'endless'));
  expect((await failureOf(provider.list())).code).toBe('unreadable');
  await rm(join(home, 'disks', 'endless'));
  await provider.list();
});

test('an asset file that is a pipe or endless does not make a list hang', async () => {
  const { provider, place } = await storeWithDisk();
  const path = join(place, 'asset.json');
  await rm(path);
  await run('mkfifo', [path]);
  expect((await failureOf(provider.list())).code).toBe('unreadable');
  await rm(path);
  await symlink('/dev/zero', path);
  expect((await failureOf(provider.list())).code).toBe('unreadable');
  await rm(path);
  await writeFile(path, Buffer.alloc(2 ** 21, 0x20));
  expect((await failureOf(provider.list())).code).toBe('unreadable');
});

test('a pipe in the place of a file that the store itself keeps does not make a list hang', async () => {
  const { folder, provider } = await storeWithDisk();
  const root = join(folder, 'root');
  for (const file of ['store.json', 'locations/home.json', 'home/.chews-location']) {
    const path = join(root, file);
    await rename(path, join(folder, 'aside'));
    await run('mkfifo', [path]);
    const error = await failureOf(provider.list());
    expect(error).toMatchObject({ code: 'unreadable', effect: 'none' });
    expect(error.message).toContain(path);
    await rename(join(folder, 'aside'), path);
  }
  await provider.list();
});

test('a folder that was copied or renamed by hand is an error', async () => {
  const { provider, home, place } = await storeWithDisk();
  await cp(place, join(home, 'disks', 'copy'), { recursive: true });
  expect((await failureOf(provider.list())).message).toContain('renamed or copied');
  await rm(join(home, 'disks', 'copy'), { recursive: true });
  await provider.apply(createDisk('other', { location: 'attic' }));
  await cp(place, join(home, '..', 'attic', 'disks', 'boot'), { recursive: true });
  expect((await failureOf(provider.list())).message).toContain('is a copy of');
});

test('an image that its owner cut or overwrote is a failed disk, one that he deleted is gone, and both say why', async () => {
  const { provider, disk, place } = await storeWithDisk();
  await provider.apply(snapshotDisk(disk, 'ss-boot'));
  const snapshotPlace = join(place, '..', '..', 'snapshots', 'ss-boot', 'snapshot.qcow2');
  const image = join(place, 'disk.qcow2');
  const whole = await readFile(image);
  const expectFailed = async (why: string, status = 'failed') => {
    const found = await diskNamed(provider, 'boot');
    expect(found.status).toBe(status);
    expect(found.statusText).toContain(why);
    expect(found.sizeBytes).toBe(disk.sizeBytes);
  };
  await rm(image);
  await expectFailed('is gone', 'gone');
  await writeFile(image, whole.subarray(0, 4096));
  await expectFailed('cut short');
  await writeFile(image, whole.subarray(0, whole.length - 1));
  await expectFailed('is damaged');
  await writeFile(image, Buffer.alloc(whole.length));
  await expectFailed('not a qcow2 image');
  await writeFile(image, whole);
  expect((await diskNamed(provider, 'boot')).status).toBe('ready');

  const copy = await readFile(snapshotPlace);
  for (const bytes of [undefined, copy.subarray(1), Buffer.concat([copy, Buffer.from('x')])]) {
    await rm(snapshotPlace, { force: true });
    if (bytes !== undefined) await writeFile(snapshotPlace, bytes);
    expect((await snapshotNamed(provider, 'ss-boot')).status).toBe('failed');
  }
  const snapshot = await snapshotNamed(provider, 'ss-boot');
  const restore = createDisk('again', { source: { from: 'snapshot', snapshotId: snapshot.id } });
  expect((await failureOf(provider.apply(restore))).code).toBe('failed');
});

test('a raw disk that was cut is failed', async () => {
  const { provider, home } = await storeWithDisk();
  await provider.apply(createDisk('fast', { type: 'fast' }));
  await truncate(join(home, 'disks', 'fast', 'disk.raw'), 2 ** 20);
  expect(await diskNamed(provider, 'fast')).toMatchObject({ status: 'failed' });
});

test('a VM whose disk is gone keeps its attachment, and does not start', async () => {
  const { provider, disk, place } = await storeWithDisk();
  await provider.apply(createVm('vm', [disk]));
  await rm(place, { recursive: true });
  const vm = await vmNamed(provider, 'vm');
  expect(vm.attachments).toEqual([{ diskId: disk.id, diskName: 'boot', boot: true, deletedWithVm: false }]);
  const error = await failureOf(provider.apply({ kind: 'start-vm', vm: { name: 'vm', id: vm.id } }));
  expect(error.code).toBe('not-found');
});

test('an asset folder that its owner deleted is an asset that does not exist', async () => {
  const { provider, place } = await storeWithDisk();
  await rm(place, { recursive: true });
  expect((await provider.list()).disks).toEqual([]);
});

test('a location that was used once and is not there now is unreachable, not empty', async () => {
  const { folder, provider, home } = await storeWithDisk();
  await rename(home, join(folder, 'aside'));
  const gone = await failureOf(provider.list());
  expect(gone).toMatchObject({ code: 'unreachable' });
  expect(gone.message).toContain(home);
  expect((await failureOf(provider.apply(createDisk('other')))).code).toBe('unreachable');
  await mkdir(home);
  expect((await failureOf(provider.list())).code).toBe('unreachable');
  await rm(home, { recursive: true });
  await rename(join(folder, 'aside'), home);
  await diskNamed(provider, 'boot');
});

test('a mapped location whose drive is not mounted is unreachable, before and after its first use', async () => {
  const folder = await testFolder();
  const drive = join(folder, 'drive');
  const settings = { locations: { usb: drive } };
  const provider = await openIn(folder, settings);
  expect((await failureOf(provider.list())).code).toBe('unreachable');
  await mkdir(drive);
  expect((await provider.list()).disks).toEqual([]);
  await provider.apply(createDisk('boot', { location: 'usb' }));
  expect((await diskNamed(provider, 'boot')).location).toBe('usb');
  // The mapping was taken out of the file: what is there is still seen.
  expect((await diskNamed(await openIn(folder), 'boot')).location).toBe('usb');
  await rename(drive, join(folder, 'aside'));
  await mkdir(drive);
  for (const opened of [provider, await openIn(folder)]) {
    expect((await failureOf(opened.list())).code).toBe('unreachable');
    expect((await failureOf(opened.apply(createDisk('twin', { location: 'usb' })))).code).toBe('unreachable');
  }
  // The drive is mounted elsewhere now, and the file says so.
  const moved = await openIn(folder, { locations: { usb: join(folder, 'aside') } });
  await diskNamed(moved, 'boot');
});

test("another store's drive is refused, and so is a drive whose store is gone", async () => {
  const folder = await testFolder();
  const drive = join(folder, 'drive');
  await mkdir(drive);
  const settings = { locations: { usb: drive } };
  await (await openIn(folder, settings)).apply(createDisk('boot', { location: 'usb' }));
  const without = await openIn(folder, { ...settings, root: join(folder, 'elsewhere') });
  expect((await failureOf(without.list())).code).toBe('unreachable');
  const other = await openIn(folder, { root: join(folder, 'other') });
  await other.apply(createDisk('own'));
  const both = await openIn(folder, { ...settings, root: join(folder, 'other') });
  expect((await failureOf(both.list())).code).toBe('unreadable');
  const renamed = await openIn(folder, { locations: { stick: drive } });
  expect((await failureOf(renamed.list())).code).toBe('unreachable');
});

test('a store whose own file is gone or torn is an error, not a new store', async () => {
  const { provider, folder } = await storeWithDisk();
  const path = join(folder, 'root', 'store.json');
  const text = await readFile(path, 'utf8');
  await rm(path);
  expect((await failureOf(provider.list())).code).toBe('unreadable');
  expect((await failureOf(provider.apply(createDisk('other')))).code).toBe('unreadable');
  await writeFile(path, text.slice(0, 40));
  expect((await failureOf(provider.list())).code).toBe('unreadable');
  const note = join(folder, 'root', 'locations', 'home.json');
  await writeFile(path, text);
  await appendFile(note, 'x');
  expect((await failureOf(provider.list())).message).toContain(note);
});

test('what may not be read is an error', async () => {
  const { provider, home, place } = await storeWithDisk();
  if (process.getuid?.() === 0) {
    // Root may read everything: a mode says nothing to it. A child without that privilege is asked instead.
    const script = join(import.meta.dirname, 'actingChild.ts');
    await chmod(join(home, '..', '..'), 0o755);
    for (const path of [join(home, '..'), home]) await chmod(path, 0o755);
    await chmod(join(home, 'disks'), 0);
    const text = JSON.stringify({ kind: 'list' });
    const words = [
      '--reuid=65534',
      '--regid=65534',
      '--clear-groups',
      process.execPath,
      script,
      join(home, '..', '..'),
      join(home, '..'),
      text,
    ];
    const { stdout } = await run('setpriv', words);
    expect(stdout).toContain('failed permission');
    return;
  }
  for (const path of [join(place, 'asset.json'), place, join(home, 'disks')]) {
    await chmod(path, 0);
    expect((await failureOf(provider.list())).code).toBe('permission');
    await chmod(path, 0o700);
  }
});

test('a list of many assets is quick', async () => {
  const { provider, home, place } = await storeWithDisk();
  const record = JSON.parse(await readFile(join(place, 'asset.json'), 'utf8')).content;
  const { formatRecord } = await import('../../providers/local/assetFile.ts');
  for (let index = 0; index < 1000; index += 1) {
    const copy = join(home, 'disks', `disk${index}`);
    await cp(place, copy, { recursive: true });
    await writeFile(
      join(copy, 'asset.json'),
      formatRecord({ ...record, id: `id${index}`, name: `disk${index}` }),
    );
  }
  const begun = performance.now();
  expect((await provider.list()).disks).toHaveLength(1001);
  expect(performance.now() - begun).toBeLessThan(3000);
});

test('a disk that is gone makes way for one that is restored in its place, and for nothing else', async () => {
  const { provider, disk, place } = await storeWithDisk();
  await provider.apply(snapshotDisk(disk, 'ss-boot'));
  const { id: snapshotId } = await snapshotNamed(provider, 'ss-boot');
  const restore = createDisk('boot', { source: { from: 'snapshot', snapshotId } });
  expect((await failureOf(provider.apply(restore))).code).toBe('conflict');
  await rm(join(place, 'disk.qcow2'));
  expect((await failureOf(provider.apply(createDisk('boot', { sizeBytes: disk.sizeBytes * 2 })))).code).toBe(
    'conflict',
  );
  await provider.apply(restore);
  const restored = await diskNamed(provider, 'boot');
  expect(restored).toMatchObject({ status: 'ready', origin: { from: 'snapshot', snapshotId } });
  expect(restored.id).not.toBe(disk.id);
});

test('an asset file with a true checksum that says too little is an error that names what it lacks', async () => {
  const { provider, disk, home, place } = await storeWithDisk();
  await provider.apply(createVm('vm', [disk]));
  const forge = async (path: string, change: Record<string, unknown>) => {
    const { content } = JSON.parse(await readFile(path, 'utf8')) as { content: object };
    const text = formatRecord({ ...content, ...change });
    const saved = await readFile(path);
    await writeFile(path, text);
    const error = await failureOf(provider.list());
    await writeFile(path, saved);
    return error;
  };
  const vm = join(home, 'vms', 'vm', 'asset.json');
  for (const disks of [undefined, null, 'boot', [null], [{ id: 1, name: 'boot' }]]) {
    const error = await forge(vm, { disks });
    expect(error).toMatchObject({ name: 'ChewsError', code: 'unreadable' });
    expect(error.message).toContain(`cannot read ${vm}: its disks is missing`);
  }
  const disks = { id: 7, labels: [], sizeBytes: 'much', createdAtMs: null, origin: 'blank' };
  for (const [key, value] of Object.entries(disks))
    expect((await forge(join(place, 'asset.json'), { [key]: value })).message).toContain(
      `its ${key} is missing`,
    );
  await provider.list();
});

test('a location that lies in the store, in another one, or around one, is none, and that leaves everything readable', async () => {
  const folder = await testFolder();
  const [root, drive] = [join(folder, 'root'), join(folder, 'drive')];
  await mkdir(join(drive, 'disks'), { recursive: true });
  await symlink(drive, join(folder, 'link'));
  const before = await openIn(folder);
  await before.apply(createDisk('boot'));
  const cases: [Record<string, string>, string, string][] = [
    [{ in: root }, 'in', 'it lies in the store itself'],
    [{ in: join(root, 'new') }, 'in', 'it lies in the store itself'],
    [{ usb: drive, in: join(drive, 'disks') }, 'in', 'it lies in location usb'],
    [{ usb: drive, in: join(folder, 'link') }, 'in', 'it lies in location usb'],
  ];
  for (const [locations, name, why] of cases) {
    const provider = await openIn(folder, { locations });
    const error = await failureOf(provider.apply(createDisk('data', { location: name })));
    expect([error.code, error.message]).toEqual([
      'configuration',
      expect.stringMatching(new RegExp(`^cannot use location \\w+ at .*: ${why}$`)) as string,
    ]);
    expect(error.remedy).toContain('a folder of its own');
    expect((await (await openIn(folder)).list()).disks).toHaveLength(1);
  }
  const around = await openIn(folder, { locations: { in: join(drive, 'disks', 'deep') } });
  await mkdir(join(drive, 'disks', 'deep'));
  await around.apply(createDisk('data', { location: 'in' }));
  const both = await openIn(folder, { locations: { in: join(drive, 'disks', 'deep'), usb: drive } });
  expect((await failureOf(both.list())).message).toMatch(/: location in lies where its assets would$/);
});
