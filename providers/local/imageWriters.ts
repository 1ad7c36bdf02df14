import { execFile } from 'node:child_process';
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { promisify } from 'node:util';
import { ChewsError } from '../../src/core/errors.ts';
import { type ImageFacts, imageFacts } from './imageHeader.ts';

/** Who can write to an image at this moment. */
export type Writer =
  { readonly kind: 'process'; readonly pid?: number } | { readonly kind: 'loop'; readonly device: string };

/** Tells who has an image open for writing; undefined where nobody is known to. */
export type WriterTest = (facts: Pick<ImageFacts, 'device' | 'inode'>) => Writer | undefined;

/** QEMU marks the permission to write by a lock on this byte of the image (block/file-posix.c: 100 plus the bit's number). */
const writeByte = 101n;
const loopFolder = '/sys/block';
const run = promisify(execFile);
const losetupMs = 5_000;

/**
 * Reads all locks and all loop devices of this computer at once. It is the second opinion on whether a disk is in use: it
 * also tells of a QEMU whose folder was removed under it, of one that chews never started, and of an image that is mounted.
 * Where the system has no such lists (not Linux, some file systems) it knows of nobody, and the first opinion stands alone.
 */
export async function readWriters(): Promise<WriterTest> {
  const writers = new Map<string, Writer>();
  if (process.platform === 'linux') {
    await addLockHolders(writers);
    await addLoopDevices(writers);
  }
  return ({ device, inode }) => writers.get(`${majorOf(device)}:${minorOf(device)}:${inode}`);
}

async function addLockHolders(writers: Map<string, Writer>): Promise<void> {
  const text = await readFile('/proc/locks', 'utf8').catch(() => '');
  for (const match of text.matchAll(/(-?\d+) ([0-9a-f]+):([0-9a-f]+):(\d+) (\d+) (\d+|EOF)$/gm)) {
    const [, pid = '', major = '', minor = '', inode = '', from = '', to = ''] = match;
    if (BigInt(from) > writeByte || (to !== 'EOF' && BigInt(to) < writeByte)) continue;
    // Locks of an open file, which QEMU takes, belong to no process: the list says -1.
    const known = Number(pid) > 0 ? { pid: Number(pid) } : {};
    writers.set(`${Number.parseInt(major, 16)}:${Number.parseInt(minor, 16)}:${inode}`, {
      kind: 'process',
      ...known,
    });
  }
}

/** What is mounted through a loop device is written to by the system itself, which takes no locks. */
async function addLoopDevices(writers: Map<string, Writer>): Promise<void> {
  const names = await readdir(loopFolder).catch(() => []);
  let isAsked = false;
  for (const name of names.filter((candidate) => /^loop\d+$/.test(candidate))) {
    const read = (file: string) => readFile(`${loopFolder}/${name}/${file}`, 'utf8').catch(() => '');
    const path = (await read('loop/backing_file')).replace(/\n$/, '');
    if (path === '' || (await read('ro')).trim() === '1') continue;
    if (!isAsked) await addBackingFiles(writers);
    isAsked = true;
    const status = await stat(path, { bigint: true }).catch(() => undefined);
    if (status === undefined) continue;
    const key = `${majorOf(status.dev)}:${minorOf(status.dev)}:${status.ino}`;
    writers.set(key, { kind: 'loop', device: `/dev/${name}` });
  }
}

/**
 * The path that the system tells is one of the mount namespace that set the device up, and may lead nowhere here, or
 * somewhere else. The device itself knows the file's number, for who may open it.
 */
async function addBackingFiles(writers: Map<string, Writer>): Promise<void> {
  const words = ['--json', '--list', '--output', 'NAME,BACK-MAJ:MIN,BACK-INO,RO'];
  const { stdout } = await run('losetup', words, { env: systemPath(), timeout: losetupMs }).catch(() => ({
    stdout: '',
  }));
  for (const { name, ro, ...backing } of devicesIn(stdout)) {
    const key = `${String(backing['back-maj:min']).trim()}:${String(backing['back-ino'])}`;
    if (ro !== true) writers.set(key, { kind: 'loop', device: String(name) });
  }
}

function devicesIn(text: string): readonly Readonly<Record<string, unknown>>[] {
  try {
    const { loopdevices } = JSON.parse(text) as { readonly loopdevices?: unknown };
    return Array.isArray(loopdevices) ? (loopdevices as readonly Readonly<Record<string, unknown>>[]) : [];
  } catch {
    // An older losetup, or none.
    return [];
  }
}

/** It lies where the paths of other people than the system's owner often do not lead. */
function systemPath(): NodeJS.ProcessEnv {
  return { PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`, LC_ALL: 'C' };
}

/** Linux packs both numbers into one: glibc's gnu_dev_major and gnu_dev_minor. */
function majorOf(device: bigint): bigint {
  return ((device >> 8n) & 0xfffn) | ((device >> 32n) & 0xfffff000n);
}

function minorOf(device: bigint): bigint {
  return (device & 0xffn) | ((device >> 12n) & 0xffffff00n);
}

/** Who writes, in words, and how to end it. */
export interface WriterText {
  readonly who: string;
  readonly remedy: string;
  /** qemu-img ends by itself. */
  readonly passing: boolean;
}

/** Finds the process where the list of locks did not name it; takes a look at all processes. */
export async function describeWriter(
  writer: Writer,
  facts: Pick<ImageFacts, 'device' | 'inode'>,
): Promise<WriterText> {
  if (writer.kind === 'loop') {
    const { device } = writer;
    return {
      who: `loop device ${device}`,
      remedy: `Unmount it and let go of it: losetup -d ${device}`,
      passing: false,
    };
  }
  const pid = writer.pid ?? (await processWriting(facts));
  if (pid === undefined) {
    return {
      who: 'another process',
      remedy: 'End it first; "fuser -v" on the image tells which one it is.',
      passing: false,
    };
  }
  const program = (await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')).trim();
  return {
    who: `process ${pid}${program === '' ? '' : ` (${program})`}`,
    remedy: `Let it finish, or end it: kill ${pid}`,
    passing: program === 'qemu-img',
  };
}

/** Finds also who took no locks: by the files that all processes have open, as far as they can be seen. */
export async function processWriting({
  device,
  inode,
}: Pick<ImageFacts, 'device' | 'inode'>): Promise<number | undefined> {
  const pids = (await readdir('/proc')).map(Number).filter((pid) => Number.isSafeInteger(pid) && pid > 0);
  for (const pid of pids) {
    // Other users' processes keep theirs to themselves.
    for (const number of await readdir(`/proc/${pid}/fd`).catch(() => [])) {
      const status = await stat(`/proc/${pid}/fd/${number}`, { bigint: true }).catch(() => undefined);
      if (status?.dev !== device || status.ino !== inode) continue;
      const info = await readFile(`/proc/${pid}/fdinfo/${number}`, 'utf8').catch(() => '');
      // The last two bits: 1 writes, 2 reads and writes.
      if (/^flags:\s+\d*[1256]$/m.test(info)) return pid;
    }
  }
  return undefined;
}

/**
 * Throws 'busy' while anything has the image open for writing.
 * @param attempt "cannot snapshot disk x"
 */
export async function refuseWhileWritten(path: string, attempt: string): Promise<void> {
  const facts = await imageFacts(path);
  const writer = facts && (await readWriters())(facts);
  if (facts === undefined || writer === undefined) return;
  const { who, remedy } = await describeWriter(writer, facts);
  throw new ChewsError('busy', `${attempt}: ${who} can write to ${basename(path)} at this moment`, {
    remedy,
    retryable: true,
    effect: 'none',
  });
}
