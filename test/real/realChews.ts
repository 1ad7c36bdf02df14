import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const program = resolve('dist/chews.cjs');
const COMMAND_LIMIT_MS = 240_000;

export interface Ended {
  readonly pid: number | undefined;
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** Sends the signal as soon as that many steps have been told as done. */
  readonly killAfterSteps?: number;
  readonly signal?: NodeJS.Signals;
  readonly killAfterMs?: number;
  /** Sends the signal as soon as that text was said on standard error. */
  readonly killAt?: string;
  /** Modules to load into the process before the program. */
  readonly preload?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}

/** A store of its own, a file, and the bundle that users run. */
export interface RealChews {
  readonly folder: string;
  /** What it takes to start the program in another way. */
  readonly words: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly run: (args: readonly string[], options?: RunOptions) => Promise<Ended>;
  readonly configure: (text: string) => Promise<void>;
  /** The state and all assets of the workstation `dev`, as `status --json` tells. */
  readonly status: () => Promise<RealStatus>;
  /** The image file of a disk, by the disk's name in the file. */
  readonly image: (disk: string) => Promise<{ path: string; format: 'raw' | 'qcow2' }>;
  /** SHA-256 of the content of each disk that exists, or of the newest set, by qemu-img and not by chews. */
  readonly write: (disk: string, text: string) => Promise<void>;
  readonly contentHash: (disk: string) => Promise<string>;
  /** Ends every QEMU of the store by its own pid. */
  readonly kill: () => Promise<void>;
  /** The same, and removes the folder. */
  readonly end: () => Promise<void>;
}

export interface RealStatus {
  readonly state: string;
  readonly reasons: readonly { readonly sentence: string }[];
  readonly vm: { readonly status: string; readonly size: { readonly cpus: number } } | null;
  readonly disks: readonly { readonly name: string; readonly sizeBytes: number }[];
  readonly sets: readonly { readonly timestamp: string; readonly complete: boolean }[];
}

/** The one path in the store that fits; an error where there is none. */
export async function findInStore({ folder }: Pick<RealChews, 'folder'>, pattern: RegExp): Promise<string> {
  const store = join(folder, 'store');
  const match = (await readdir(store, { recursive: true })).find((path) => pattern.test(path));
  if (match === undefined) throw new Error(`nothing in ${store} fits ${pattern}`);
  return join(store, match);
}

export async function system(command: string, args: readonly string[]): Promise<string> {
  const ended = await start(command, args, process.env, tmpdir(), {});
  if (ended.status !== 0) throw new Error(`${command} ${args.join(' ')}: ${ended.stderr}`);
  return ended.stdout;
}

function start(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  cwd: string,
  options: RunOptions,
): Promise<Ended> {
  return new Promise((done, fail) => {
    const child = spawn(command, args, { env, cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    const limit = setTimeout(() => child.kill('SIGKILL'), COMMAND_LIMIT_MS);
    const { killAfterSteps, killAfterMs, killAt, signal = 'SIGKILL' } = options;
    const early = killAfterMs === undefined ? undefined : setTimeout(() => child.kill(signal), killAfterMs);
    if (killAfterSteps === 0) child.kill(signal);
    let stdout = '';
    let stderr = '';
    let killed = false;
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
      const steps = stderr.split(' … done').length - 1;
      const isFar = killAfterSteps !== undefined && steps >= killAfterSteps;
      if (!killed && (isFar || (killAt !== undefined && stderr.includes(killAt)))) {
        killed = true;
        child.kill(signal);
      }
    });
    child.once('error', fail);
    child.once('close', (status, by) => {
      clearTimeout(limit);
      clearTimeout(early);
      done({ pid: child.pid, status, signal: by, stdout, stderr });
    });
  });
}

export async function realChews(configuration: string): Promise<RealChews> {
  const folder = await mkdtemp(join(tmpdir(), 'chews-real-'));
  const store = join(folder, 'store');
  const file = join(folder, 'chews.yaml');
  await writeFile(file, configuration);
  const env: NodeJS.ProcessEnv = {
    PATH: process.env['PATH'],
    HOME: join(folder, 'home'),
    XDG_CACHE_HOME: join(tmpdir(), 'chews-test-cache'),
    CHEWS_LOCAL_ROOT: store,
    NO_COLOR: '1',
  };
  const run = (args: readonly string[], options: RunOptions = {}) => {
    const preload = (options.preload ?? []).flatMap((path) => ['--import', path]);
    const line = [...preload, program, '--config', file, ...args];
    return start(process.execPath, line, { ...env, ...options.env }, folder, options);
  };
  const words = [process.execPath, program, '--config', file];
  const image = async (disk: string) => {
    const pattern = new RegExp(`disks/dev-${disk}-[0-9a-f]+/[^/]+\\.(raw|qcow2)$`);
    const path = await findInStore({ folder }, pattern);
    return { path, format: path.endsWith('raw') ? ('raw' as const) : ('qcow2' as const) };
  };
  const kill = async () => {
    for (const path of await readdir(folder, { recursive: true }).catch(() => [])) {
      if (!path.endsWith('qemu.pid')) continue;
      const pid = Number(await readFile(join(folder, path), 'utf8'));
      const words = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
      if (words.includes(folder)) process.kill(pid, 'SIGKILL');
    }
  };
  return {
    folder,
    words,
    env,
    run,
    configure: (text) => writeFile(file, text),
    status: async () => {
      const { stdout, stderr } = await run(['status', 'dev', '--json']);
      const answer = JSON.parse(stdout === '' ? `{"problem": ${JSON.stringify(stderr)}}` : stdout) as {
        workstations?: RealStatus[];
      };
      const [dev] = answer.workstations ?? [];
      if (dev === undefined) throw new Error(`status did not tell of dev: ${stdout}${stderr}`);
      return dev;
    },
    image,
    write: async (disk, text) => {
      const { path, format } = await image(disk);
      const source = join(folder, 'bytes');
      await writeFile(source, text);
      await system('qemu-io', ['-f', format, '-c', `write -s ${source} 4M ${Buffer.byteLength(text)}`, path]);
    },
    contentHash: async (disk) => {
      const { path, format } = await image(disk);
      const raw = join(folder, `raw-${disk}`);
      await system('qemu-img', ['convert', '-f', format, '-O', 'raw', path, raw]);
      // What growing adds at the end is not content.
      const bytes = (await readFile(raw)).subarray(0, 64 * 2 ** 20);
      await rm(raw);
      return createHash('sha256').update(bytes).digest('hex');
    },
    kill,
    end: async () => {
      await kill();
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
