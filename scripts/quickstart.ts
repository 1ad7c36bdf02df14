import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installRequirements } from './requirements.ts';

/** Walks one workstation through its whole life on a real virtual machine, in a folder of its own that is gone at the end. */

const project = fileURLToPath(new URL('..', import.meta.url));
const chews = join(project, 'dist', 'chews.cjs');
const startedAtMs = Date.now();
const colour = process.stdout.isTTY && process.env['NO_COLOR'] === undefined;
const bold = (text: string) => (colour ? `\u001b[1m${text}\u001b[22m` : text);
const dim = (text: string) => (colour ? `\u001b[2m${text}\u001b[22m` : text);
const say = (line = '') => process.stdout.write(`${line}\n`);

/** One command at a time is in flight; Ctrl-C reaches it through the terminal, and then ends the walk. */
const interrupted = new AbortController();
process.on('SIGINT', () => interrupted.abort());
process.on('SIGTERM', () => interrupted.abort());

class Stopped extends Error {}

interface Answer {
  readonly status: number;
  readonly stdout: string;
}

async function run(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  shown: boolean,
  folder: string,
): Promise<Answer> {
  const child = spawn(process.execPath, [...args], {
    cwd: folder,
    env,
    stdio: ['ignore', shown ? 'inherit' : 'pipe', 'inherit'],
  });
  let stdout = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  const status = await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  });
  return { status, stdout };
}

interface StatusDisk {
  readonly storedBytes?: number;
  readonly sizeBytes: number;
}

interface StatusAnswer {
  readonly workstations: readonly {
    readonly state: string;
    readonly disks: readonly StatusDisk[];
    readonly sets: readonly { readonly storedBytes?: number }[];
  }[];
}

function megabytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(0)} MB`;
}

async function walk(folder: string): Promise<void> {
  const file = join(folder, 'chews.yaml');
  const example = readFileSync(join(project, 'examples', 'local.yaml'), 'utf8');
  writeFileSync(file, example);
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    CHEWS_LOCAL_ROOT: join(folder, 'store'),
    XDG_STATE_HOME: join(folder, 'state'),
  };
  delete env['CHEWS_CONFIG'];

  const command = async (...args: string[]): Promise<void> => {
    if (interrupted.signal.aborted) throw new Stopped('interrupted');
    say(`\n${bold(`$ chews ${args.join(' ')}`)}`);
    const { status } = await run([chews, ...args], env, true, folder);
    if (status !== 0) throw new Stopped(`chews ${args[0]} ended with code ${status}`);
  };
  const guest = async (script: string): Promise<string> => {
    if (interrupted.signal.aborted) throw new Stopped('interrupted');
    say(`\n${bold('$ chews ssh dev --')} ${dim(script)}`);
    const { status, stdout } = await run([chews, 'ssh', 'dev', '--', script], env, false, folder);
    process.stdout.write(stdout);
    if (status !== 0) throw new Stopped(`the command in the guest ended with code ${status}`);
    return stdout;
  };
  const stored = async (): Promise<{ disks: number; sets: number }> => {
    const { stdout } = await run([chews, 'status', '--json'], env, false, folder);
    const answer = JSON.parse(stdout) as StatusAnswer;
    const sum = (list: readonly { readonly storedBytes?: number }[]) =>
      list.reduce((total, { storedBytes }) => total + (storedBytes ?? 0), 0);
    const [dev] = answer.workstations;
    return { disks: sum(dev?.disks ?? []), sets: sum(dev?.sets ?? []) };
  };

  try {
    say('A workstation, from its creation to its return from snapshots. Its file:');
    say(dim(example.replace(/^#.*\n/gm, '').trimEnd()));
    await command('create', 'dev');
    await guest('mkfs.ext4 -q -L data /dev/vdb && mkdir -p /mnt/data && mount /dev/vdb /mnt/data');
    await guest(
      'for disk in ~ /mnt/data; do dd if=/dev/urandom of=$disk/bytes bs=1M count=24 2>/dev/null; done; sync',
    );
    const before = await guest('sha256sum ~/bytes /mnt/data/bytes');
    await command('down', 'dev');
    const awake = await stored();
    await command('dessicate', 'dev');
    const asleep = await stored();
    await command('status');
    say(`\nAs disks it took ${megabytes(awake.disks)}, as snapshots it takes ${megabytes(asleep.sets)}.`);

    writeFileSync(file, example.replace('cpus: 1, memory: 512MB', 'cpus: 2, memory: 768MB'));
    say(`\n${bold('$ edit chews.yaml')}  ${dim('# size: { cpus: 2, memory: 768MB }')}`);
    await command('rehydrate', 'dev');
    const after = await guest('sha256sum ~/bytes /mnt/data/bytes');
    const cpus = await guest('grep -c ^processor /proc/cpuinfo');
    if (after !== before)
      throw new Stopped('the checksums differ: a byte has changed, which must never happen');
    if (cpus.trim() !== '2') throw new Stopped(`the guest has ${cpus.trim()} cpus, and the file wants 2`);
    say(
      `\n${bold('Every byte is in place:')} both checksums are equal, on disks that were deleted and made again.`,
    );
  } finally {
    // Whatever happened, nothing is left running; where that fails the folder stays, so that it can be found.
    const { status } = await run([chews, 'delete', 'dev', '--confirm', 'dev', '--quiet'], env, false, folder);
    if (status !== 0) {
      say(`\nWhat the quickstart made could not be deleted: it is in ${folder}`);
      process.exit(1);
    }
  }
}

const missing = installRequirements(say);
if (missing !== undefined) {
  say(`cannot run the quickstart: ${missing}`);
  process.exit(2);
}
const { NODE_EXTRA_CA_CERTS: _unused, ...buildEnv } = process.env;
const built = await run([join(project, 'scripts', 'build.ts')], buildEnv, true, project);
if (built.status !== 0) process.exit(built.status);
const folder = mkdtempSync(join(tmpdir(), 'chews-quickstart-'));
try {
  await walk(folder);
  const seconds = Math.round((Date.now() - startedAtMs) / 1000);
  say(`
That took ${seconds} s, and nothing is left running. To go on with a workstation of your own:

  npm link                  puts chews on your path
  chews init                writes a commented chews.yaml
  chews create dev          makes it; then  chews ssh dev
  chews down dev            switches it off; chews up dev switches it on
  chews dessicate dev       puts its disks away as snapshots; chews up dev brings them back
  chews status              shows where everything stands
`);
} catch (error) {
  if (!(error instanceof Stopped)) throw error;
  say(`\nThe quickstart stopped: ${error.message}.`);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
