import childProcess, { type ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import promises from 'node:fs/promises';
import net from 'node:net';
import { basename, join, relative, sep } from 'node:path';

/**
 * Loaded into a run of the program before it (`node --import`). It counts the moments between which the run changes what
 * lies under a folder, or starts a process that does, and kills the run with SIGKILL at one of them. Calls that change
 * nothing (a removal of what is not there) are no moments; nor is flushing, since a killed process takes nothing along
 * of what the system has been handed. What is one call and yet takes several steps has moments in its middle.
 *
 * CHEWS_KILL_UNDER the folder; CHEWS_KILL_TRACE a file for one line a moment, the last one being that of the death;
 * CHEWS_KILL_AT the number of the moment, from 1; or CHEWS_KILL_WHERE, a pattern for its line.
 */
const folder = process.env['CHEWS_KILL_UNDER'] ?? '';
const trace = process.env['CHEWS_KILL_TRACE'] ?? '';
const killAt = Number(process.env['CHEWS_KILL_AT'] ?? 0);
const where = process.env['CHEWS_KILL_WHERE'];
const HALF_MADE_MS = 2_000;
let passed = 0;

function isWatched(path: unknown): path is string {
  return typeof path === 'string' && path.startsWith(folder + sep);
}

/** Without what differs from run to run. */
function plainPath(path: string): string {
  return relative(folder, path)
    .replaceAll(/\.(new|gone|leaving)-[^/]+/g, '.$1')
    .replaceAll(/-[0-9a-f]{32}/g, '')
    .replaceAll(/-\d{14}(?!\d)/g, '-TIME')
    .replaceAll(/\b\d{12}\.json/g, 'N.json');
}

function isNow(line: string): boolean {
  passed += 1;
  fs.appendFileSync(trace, `${passed} ${line}\n`);
  return passed === killAt || (where !== undefined && new RegExp(where).test(line));
}

function die(): never {
  process.kill(process.pid, 'SIGKILL');
  throw new Error('still alive after SIGKILL');
}

function before(line: string): void {
  if (isNow(`before ${line}`)) die();
}

/** A removed folder goes file by file. */
function removeOneFile(path: string): void {
  const [first] = fs
    .readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  if (first !== undefined) fs.unlinkSync(first);
}

function isFolder(path: string): boolean {
  return fs.statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function half(data: unknown): string | Uint8Array {
  const bytes = typeof data === 'string' ? Buffer.from(data) : (data as Uint8Array);
  return bytes.subarray(0, Math.floor(bytes.length / 2));
}

const real = { ...promises };

for (const name of ['rename', 'link', 'symlink', 'copyFile'] as const) {
  const call = real[name] as (...values: unknown[]) => Promise<void>;
  Object.assign(promises, {
    [name]: (from: string, to: string, ...rest: unknown[]) => {
      if (isWatched(to) && fs.existsSync(from)) before(`${name} ${plainPath(from)} → ${plainPath(to)}`);
      return call(from, to, ...rest);
    },
  });
}

for (const name of ['unlink', 'rmdir', 'truncate', 'chmod', 'utimes'] as const) {
  const call = real[name] as (...values: unknown[]) => Promise<void>;
  Object.assign(promises, {
    [name]: (path: string, ...rest: unknown[]) => {
      if (isWatched(path) && fs.existsSync(path)) before(`${name} ${plainPath(path)}`);
      return call(path, ...rest);
    },
  });
}

Object.assign(promises, {
  mkdir: (path: string, options?: object) => {
    if (isWatched(path) && !fs.existsSync(path)) before(`mkdir ${plainPath(path)}`);
    return real.mkdir(path, options);
  },
  rm: (path: string, options?: object) => {
    if (isWatched(path) && fs.existsSync(path)) {
      before(`rm ${plainPath(path)}`);
      if (isFolder(path) && isNow(`in the middle of rm ${plainPath(path)}`)) {
        removeOneFile(path);
        die();
      }
    }
    return real.rm(path, options);
  },
  writeFile: async (path: string, data: string, options?: { flag?: string }) => {
    const exclusive = options?.flag?.includes('x') === true && fs.existsSync(path);
    if (isWatched(path) && !exclusive) {
      before(`writeFile ${plainPath(path)}`);
      if (isNow(`in the middle of writeFile ${plainPath(path)}`)) {
        fs.writeFileSync(path, half(data));
        die();
      }
    }
    return await real.writeFile(path, data, options as never);
  },
  open: async (path: string, flags?: string | number, mode?: number) => {
    const makes = typeof flags === 'string' && /^[wa]/.test(flags);
    const writes = makes || (typeof flags === 'string' && flags.includes('+'));
    if (!isWatched(path) || !writes) return await real.open(path, flags, mode);
    if (makes && !(flags.includes('x') && fs.existsSync(path))) before(`open ${flags} ${plainPath(path)}`);
    const handle = await real.open(path, flags, mode);
    const write = handle.writeFile.bind(handle);
    handle.writeFile = async (data: unknown, ...rest: never[]) => {
      before(`write ${plainPath(path)}`);
      if (isNow(`in the middle of write ${plainPath(path)}`)) {
        fs.writeSync(handle.fd, half(data) as Uint8Array);
        die();
      }
      await write(data as string, ...rest);
    };
    return handle;
  },
});

/** Until the process has begun to make what it is to make. */
function awaitHalf(paths: readonly string[], sizes: readonly number[]): void {
  const until = Date.now() + HALF_MADE_MS;
  while (Date.now() < until && paths.every((path, index) => sizeOf(path) === sizes[index]));
}

function sizeOf(path: string): number {
  return fs.statSync(path, { throwIfNoEntry: false })?.size ?? -1;
}

function changesSomething(program: string, words: readonly string[]): boolean {
  if (program === 'qemu-img')
    return ['create', 'convert', 'resize', 'rebase', 'commit'].includes(words[0] ?? '');
  if (program === 'ssh-keygen') return words.includes('-q');
  return program.startsWith('qemu-system') && words.includes('-daemonize');
}

interface SpawnOptions {
  readonly file: string;
  readonly args: readonly string[];
}

// All ways of starting a process that are not synchronous meet here.
const prototype = (childProcess as unknown as { ChildProcess: { prototype: Record<string, unknown> } })
  .ChildProcess.prototype;
const spawn = prototype['spawn'] as (this: ChildProcess, options: SpawnOptions) => number;
prototype['spawn'] = function (this: ChildProcess, options: SpawnOptions): number {
  const program = basename(options.file);
  const words = options.args.slice(1);
  if (!changesSomething(program, words)) return spawn.call(this, options);
  const paths = words.filter(isWatched);
  const sizes = paths.map(sizeOf);
  const line = `${program} ${program === 'qemu-img' ? words[0] : ''} ${plainPath(paths.at(-1) ?? folder)}`;
  before(line);
  const answer = spawn.call(this, options);
  if (isNow(`beside ${line}, which goes on`)) die();
  if (isNow(`in the middle of ${line}`)) {
    awaitHalf(paths, sizes);
    // A machine has gone to the background by then; an image's work dies with the run.
    if (program === 'qemu-img') this.kill('SIGKILL');
    die();
  }
  return answer;
};

// What a machine is told through its monitor cannot be taken back either.
const write = net.Socket.prototype.write as (this: net.Socket, ...values: unknown[]) => boolean;
net.Socket.prototype.write = function (this: net.Socket, ...values: unknown[]): boolean {
  const word = /"execute":\s*"(system_powerdown|quit|cont|stop)"/.exec(String(values[0]))?.[1];
  if (word === undefined) return write.apply(this, values);
  before(`telling the machine ${word}`);
  const answer = write.apply(this, values);
  if (isNow(`beside the machine, which was told ${word}`)) die();
  return answer;
};

// The last resort against a machine that does not listen. Signal 0 only asks.
const kill = process.kill.bind(process);
process.kill = (pid, signal) => {
  if (pid !== process.pid && signal !== 0) before(`signal ${signal ?? 'SIGTERM'} to a machine`);
  return kill(pid, signal);
};
