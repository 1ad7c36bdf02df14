import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, readdir, readFile, realpath, rename, rm, stat } from 'node:fs/promises';
import { arch } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import { type CpioEntry, cpioArchive } from './cpio.ts';
import { makeFolders } from './durable.ts';
import { guestFiles, guestInit } from './guestInit.ts';
import { command, fetchGuestPackages, MicroGuestError } from './guestPackages.ts';

/** Where the files of a built guest are, and what it was made of. Equal versions hold equal programs. */
export interface MicroGuest {
  kernelPath: string;
  initrdPath: string;
  version: string;
}

const formatNumber = 2;
const abandonedMs = 24 * 3_600_000;
const programs = ['busybox', 'dropbear', 'dropbearkey', 'mke2fs', 'e2fsck', 'resize2fs', 'tune2fs'];
const aliases: Readonly<Record<string, string>> = {
  'sbin/init': '../bin/busybox',
  'sbin/mkfs.ext4': 'mke2fs',
  'sbin/fsck.ext4': 'e2fsck',
  'sbin/e2label': 'tune2fs',
};
const neededModules = [
  'virtio_pci',
  'virtio_blk',
  'virtio_net',
  'virtio-rng',
  'ext4',
  'qemu_fw_cfg',
  'button',
  'evdev',
];

/**
 * Finds the minimal guest in `cacheDir`, or builds it there from the distribution's signed packages, which takes
 * seconds, needs the network and no root. `report` gets one line, without line end, for each thing worth telling.
 * Builds of several processes do not disturb each other, and one that was cut off is never taken for a whole one.
 *
 * @throws MicroGuestError where this computer cannot build it; the signal's reason when aborted.
 */
export async function ensureMicroGuest(options: {
  cacheDir: string;
  report: (line: string) => void;
  signal?: AbortSignal;
}): Promise<MicroGuest> {
  const { cacheDir, report, signal } = options;
  signal?.throwIfAborted();
  const recipe = digest(
    JSON.stringify([formatNumber, guestInit, guestFiles, programs, aliases, neededModules]),
  );
  const found = await newestBuild(cacheDir, recipe);
  if (found !== undefined) {
    return found;
  }
  if (arch() !== 'x64') {
    throw new MicroGuestError(
      `cannot build the minimal guest: this computer is ${arch()}, and it is for x64 only`,
    );
  }
  await makeFolders(cacheDir);
  const work = join(cacheDir, `.building-${randomUUID()}`);
  try {
    await mkdir(join(work, 'result'), { recursive: true });
    await removeAbandoned(cacheDir, work);
    const packages = await fetchGuestPackages(work, report, signal);
    const version = `${recipe}-${digest(packages.sort().join('\n'))}`;
    report('building the minimal guest');
    await assemble(work, signal);
    const target = join(cacheDir, `guest-${version}`);
    await rename(join(work, 'result'), target).catch((error: NodeJS.ErrnoException) => {
      // Another process was faster with the same version: its result is as good as ours.
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') {
        throw error;
      }
    });
    return guestIn(target);
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Builds that were killed leave their work behind. What is a day older than ours is nobody's any more. */
async function removeAbandoned(cacheDir: string, work: string): Promise<void> {
  const { mtimeMs } = await stat(work);
  for (const name of (await readdir(cacheDir)).filter((entry) => entry.startsWith('.building-'))) {
    const path = join(cacheDir, name);
    const age = mtimeMs - ((await stat(path).catch(() => undefined))?.mtimeMs ?? mtimeMs);
    if (age > abandonedMs) {
      await rm(path, { recursive: true, force: true });
    }
  }
}

function guestIn(folder: string): MicroGuest {
  const version = basename(folder).slice('guest-'.length);
  return { kernelPath: join(folder, 'kernel'), initrdPath: join(folder, 'initrd'), version };
}

async function newestBuild(cacheDir: string, recipe: string): Promise<MicroGuest | undefined> {
  const names = await readdir(cacheDir).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') {
      return [];
    }
    throw error;
  });
  const builds = names
    .filter((name) => name.startsWith(`guest-${recipe}-`))
    .map((name) => join(cacheDir, name));
  const aged = await Promise.all(builds.map(async (path) => ({ path, time: (await stat(path)).mtimeMs })));
  const newest = aged.sort((a, b) => b.time - a.time)[0];
  return newest && guestIn(newest.path);
}

/** Makes `work/result/kernel` and `work/result/initrd` from the unpacked packages, written through to the disk. */
async function assemble(work: string, signal: AbortSignal | undefined): Promise<void> {
  const root = join(work, 'root');
  const files = await allFiles(root);
  const find = (test: (path: string) => boolean, what: string): string => {
    const path = files.find(test);
    if (path === undefined) {
      throw new MicroGuestError(`cannot build the minimal guest: the packages hold no ${what}`);
    }
    return path;
  };
  const kernel = find((path) => /\/boot\/vmlinuz-/.test(path), 'kernel');
  const binaries = programs.map((name) =>
    find((path) => /\/s?bin\/[^/]+$/.test(path) && basename(path) === name, name),
  );
  const loader = find((path) => path.endsWith('/ld-linux-x86-64.so.2'), 'program loader');
  const folders = [...new Set(files.filter((path) => /\.so(\.|$)/.test(path)).map((path) => dirname(path)))];
  const libraries = new Map<string, string>();
  for (const binary of binaries.filter((path) => basename(path) !== 'busybox')) {
    const text = await command(
      await realpath(loader),
      ['--library-path', folders.join(':'), '--list', binary],
      signal,
    );
    for (const match of text.matchAll(/^\s*(\S+) => (\/\S.*) \(0x/gm)) {
      libraries.set(match[1] ?? '', match[2] ?? '');
    }
  }
  const place = async (path: string, source: string): Promise<CpioEntry> => {
    return { kind: 'file', path, mode: 0o755, data: await readFile(await realpath(source)) };
  };
  const modules = await moduleFiles(files, signal);
  const busybox = find((path) => /\/s?bin\/busybox$/.test(path), 'busybox');
  const applets = (await command(busybox, ['--list'], signal))
    .split('\n')
    .filter((name) => /^[a-z0-9[]/.test(name));
  const entries: CpioEntry[] = [
    ...(await Promise.all(
      binaries.map((path) =>
        place(`${basename(path) === 'busybox' ? 'bin' : 'sbin'}/${basename(path)}`, path),
      ),
    )),
    ...(await Promise.all([...libraries].map(([name, path]) => place(`lib/x86_64-linux-gnu/${name}`, path)))),
    await place('lib64/ld-linux-x86-64.so.2', loader),
    // busybox brings lesser programs of the same names as some real ones; they must not be found first.
    ...applets
      .filter((name) => !programs.includes(name) && !Object.hasOwn(aliases, `sbin/${name}`))
      .map((name): CpioEntry => ({ kind: 'symlink', path: `bin/${name}`, target: 'busybox' })),
    ...Object.entries(aliases).map(([path, target]): CpioEntry => ({ kind: 'symlink', path, target })),
    ...Object.entries(guestFiles).map(([path, file]): CpioEntry => {
      return { kind: 'file', path, mode: file.mode, data: Buffer.from(file.text) };
    }),
    ...modules.map(({ name, data }): CpioEntry => ({
      kind: 'file',
      path: `modules/${name}`,
      mode: 0o644,
      data,
    })),
    {
      kind: 'file',
      path: 'modules/order',
      mode: 0o644,
      data: Buffer.from(modules.map((m) => m.name).join('\n')),
    },
    { kind: 'file', path: 'init', mode: 0o755, data: Buffer.from(guestInit) },
    { kind: 'character-device', path: 'dev/console', mode: 0o600, major: 5, minor: 1 },
  ];
  const parents = new Set(['proc', 'sys']);
  for (const { path } of entries) {
    for (let parent = dirname(path); parent !== '.'; parent = dirname(parent)) {
      parents.add(parent);
    }
  }
  const tree = [...parents].sort().map((path): CpioEntry => ({ kind: 'directory', path, mode: 0o755 }));
  await writeDurably(join(work, 'result', 'kernel'), await readFile(kernel));
  await writeDurably(join(work, 'result', 'initrd'), cpioArchive([...tree, ...entries]));
  await using folder = await open(join(work, 'result'), 'r');
  await folder.sync();
}

/** The modules that the guest needs, in the order in which the kernel takes them. What is built in is left out. */
async function moduleFiles(
  files: readonly string[],
  signal: AbortSignal | undefined,
): Promise<{ name: string; data: Buffer }[]> {
  const kernelName = (text: string): string => text.replaceAll('-', '_');
  const available = new Map<string, string>();
  for (const path of files) {
    const match = /\/([^/]+)\.ko(\.xz|\.zst)?$/.exec(path);
    if (match?.[1] !== undefined) {
      available.set(kernelName(match[1]), path);
    }
  }
  const ordered = new Map<string, Buffer>();
  const add = async (module: string): Promise<void> => {
    const path = available.get(module);
    if (path === undefined || ordered.has(module)) {
      return;
    }
    const data = await unpackedModule(path, signal);
    const depends = /\0depends=([^\0]*)\0/.exec(data.toString('latin1'))?.[1] ?? '';
    for (const other of depends.split(',').filter((name) => name !== '')) {
      await add(kernelName(other));
    }
    ordered.set(module, data);
  };
  const list = files.find((path) => basename(path) === 'modules.builtin');
  const builtIn = list === undefined ? '' : kernelName(await readFile(list, 'utf8'));
  for (const name of neededModules.map(kernelName)) {
    if (!available.has(name) && !builtIn.includes(`/${name}.ko`)) {
      throw new MicroGuestError(`cannot build the minimal guest: the kernel package has no module ${name}`);
    }
    await add(name);
  }
  return [...ordered].map(([module, data]) => ({ name: `${module}.ko`, data }));
}

async function unpackedModule(path: string, signal: AbortSignal | undefined): Promise<Buffer> {
  if (path.endsWith('.zst')) {
    return zstdDecompressSync(await readFile(path));
  }
  if (path.endsWith('.xz')) {
    await command('xz', ['-d', '-k', path], signal);
    return readFile(path.slice(0, -'.xz'.length));
  }
  return readFile(path);
}

async function allFiles(root: string): Promise<string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => !entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name));
}

async function writeDurably(path: string, data: Buffer): Promise<void> {
  await using file = await open(path, 'wx', 0o644);
  await file.writeFile(data);
  await file.sync();
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}
