import { execFile } from 'node:child_process';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** The guest cannot be built on this computer. The message says why and what can be done. */
export class MicroGuestError extends Error {
  override name = 'MicroGuestError';
}

const run = promisify(execFile);
const userland = ['busybox-static', 'dropbear-bin', 'e2fsprogs'];
/** The first kernel package that exists is taken: Debian's for clouds, Ubuntu's for virtual machines, any. */
const kernelPackages = [
  'linux-image-cloud-amd64',
  'linux-image-virtual',
  'linux-image-kvm',
  'linux-image-amd64',
];
const downloadMs = 600_000;
const commandMs = 120_000;

/**
 * Downloads what the minimal guest is made of into `work/debs` and unpacks it into `work/root`. Resolves with the
 * names of the package files, which tell the versions. apt checks the signatures; nobody has to be root.
 *
 * @throws MicroGuestError where there is no apt, or the packages cannot be had.
 */
export async function fetchGuestPackages(
  work: string,
  report: (line: string) => void,
  signal: AbortSignal | undefined,
): Promise<string[]> {
  const debs = join(work, 'debs');
  const root = join(work, 'root');
  await mkdir(debs);
  await mkdir(root);
  const download = async (configuration: string[]): Promise<void> => {
    const wanted = await packageClosure(configuration, signal);
    report(`fetching ${wanted.length} packages for the minimal guest`);
    const asRoot = process.getuid?.() === 0 ? ['-o', 'APT::Sandbox::User=root'] : [];
    await command('apt-get', [...configuration, ...asRoot, '-q', 'download', ...wanted], signal, {
      cwd: debs,
      timeout: downloadMs,
    });
  };
  try {
    await download([]);
  } catch (error) {
    signal?.throwIfAborted();
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      throw new MicroGuestError(
        'cannot build the minimal guest: it is made of Debian or Ubuntu packages, and apt is not installed here',
      );
    }
    // Lists that are missing or stale are read anew into a folder of our own, for which nobody has to be root.
    report('reading the package lists anew');
    const own = await privateApt(join(work, 'apt'));
    const asRoot = process.getuid?.() === 0 ? ['-o', 'APT::Sandbox::User=root'] : [];
    try {
      await command('apt-get', [...own, ...asRoot, '-q', 'update'], signal, { timeout: downloadMs });
      await download(own);
    } catch (second) {
      signal?.throwIfAborted();
      throw new MicroGuestError(
        `cannot fetch packages for the minimal guest: ${lastLine(second)}; check the network and "apt-get update"`,
        { cause: second },
      );
    }
  }
  const files = (await readdir(debs)).filter((name) => name.endsWith('.deb'));
  for (const file of files) {
    await command('dpkg-deb', ['-x', join(debs, file), root], signal);
  }
  return files;
}

async function privateApt(folder: string): Promise<string[]> {
  await mkdir(join(folder, 'lists', 'partial'), { recursive: true });
  await mkdir(join(folder, 'cache', 'archives', 'partial'), { recursive: true });
  return ['-o', `Dir::State::Lists=${join(folder, 'lists')}`, '-o', `Dir::Cache=${join(folder, 'cache')}`];
}

/** The names of all packages to unpack: programs, the libraries that they need, the kernel and its modules. */
async function packageClosure(configuration: string[], signal: AbortSignal | undefined): Promise<string[]> {
  const depends = async (names: string[], flags: string[]): Promise<string[]> => {
    const only = [
      '--no-recommends',
      '--no-suggests',
      '--no-conflicts',
      '--no-breaks',
      '--no-replaces',
      '--no-enhances',
    ];
    const text = await command(
      'apt-cache',
      [...configuration, 'depends', ...flags, ...only, ...names],
      signal,
    );
    return [...text.matchAll(/Depends: *([a-z0-9][a-z0-9.+-]*)/g)].map((match) => match[1] ?? '');
  };
  const libraries = (await depends(userland, ['--recurse'])).filter((name) => /^lib[a-z0-9]/.test(name));
  for (const kernel of kernelPackages) {
    const direct = await depends([kernel], []).catch(() => {
      signal?.throwIfAborted();
      return [];
    });
    const image = direct.find((name) => /^linux-image-(unsigned-)?\d/.test(name));
    if (image !== undefined) {
      const modules = (await depends([image], [])).filter((name) => /^linux-modules-\d/.test(name));
      return [...new Set([...userland, ...libraries, image, ...modules])];
    }
  }
  throw new MicroGuestError(`cannot find a kernel package among ${kernelPackages.join(', ')}`);
}

/**
 * Runs a program of the distribution with plain English messages; resolves with its standard output. Bounded by
 * `timeout` milliseconds (two minutes unless told).
 */
export async function command(
  program: string,
  words: readonly string[],
  signal: AbortSignal | undefined,
  options: { cwd?: string; timeout?: number } = {},
): Promise<string> {
  const environment = { ...process.env, LC_ALL: 'C' };
  const settings = {
    timeout: commandMs,
    maxBuffer: 1 << 26,
    env: environment,
    ...options,
    ...(signal && { signal }),
  };
  return (await run(program, words, settings)).stdout;
}

function lastLine(error: unknown): string {
  const text = (error as { stderr?: string }).stderr ?? '';
  return text.trim().split('\n').at(-1) || String(error);
}
