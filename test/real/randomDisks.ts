import { createHash, randomBytes } from 'node:crypto';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { obedientBootSector } from '../support/obedientGuest.ts';
import { type Ended, type RealChews, realChews, system } from './realChews.ts';

const MIB = 2 ** 20;
const DISK_MIB = 64;
const PIECE_BYTES = MIB;
/** Near the start of a disk, behind the sector that the guest starts from; in its middle; at its end. */
const PIECES_AT_MIB = [1, 31, DISK_MIB - 1];
const GONE_MS = 10_000;
const [killer, greeter] = ['killAt', 'greetForGuest'].map((name) => resolve(`test/support/${name}.ts`)) as [
  string,
  string,
];

/** What the file says of the workstation `dev`. */
export interface Shape {
  readonly cpus: number;
  readonly memoryMb: number;
  readonly dataMib: number;
  readonly dataType: 'fast' | 'standard';
  readonly data: boolean;
  readonly more: boolean;
}

export const plainShape: Shape = {
  cpus: 1,
  memoryMb: 64,
  dataMib: DISK_MIB,
  dataType: 'fast',
  data: true,
  more: false,
};

function fileOf({ cpus, memoryMb, dataMib, dataType, data, more }: Shape): string {
  const lines = [
    'version: 1',
    'providers: { here: { kind: local, accel: tcg } }',
    'workstations:',
    '  dev:',
    '    provider: here',
    '    location: default',
    `    size: { cpus: ${cpus}, memory: ${memoryMb}MB }`,
    '    image: ./boot.raw',
    '    disks:',
    `      boot: { size: ${DISK_MIB}MiB, type: standard }`,
  ];
  if (data) lines.push(`      data: { size: ${dataMib}MiB, type: ${dataType} }`);
  if (more) lines.push(`      more: { size: ${DISK_MIB}MiB, type: standard }`);
  return `${lines.join('\n')}\n`;
}

export type Sums = Readonly<Record<string, string>>;

/** Where a run is to be killed: at the moment of a number, or at the first whose line fits. */
export interface Death {
  readonly at?: number;
  readonly where?: string;
}

export interface Killed extends Ended {
  /** The line of the moment at which it died; undefined where it lived to its end. */
  readonly died: string | undefined;
}

/** A workstation of two disks of random bytes, the boot disk qcow2, the other raw, and a guest that writes to neither. */
export interface RandomDisks {
  readonly chews: RealChews;
  readonly run: (args: readonly string[], death?: Death) => Promise<Killed>;
  readonly shape: (shape: Shape) => Promise<void>;
  /** What a newly created workstation holds. */
  readonly unwritten: Sums;
  /** Writes new bytes to the disks, always to the same places; the workstation has to be OFF. */
  readonly fill: () => Promise<Sums>;
  /** Of every disk of `dev` its live image, else its newest snapshot. */
  readonly sums: () => Promise<Sums>;
  /** Whether some image of the disk, live or snapshot, holds the content of that sum. */
  readonly isHeld: (disk: string, sum: string) => Promise<boolean>;
  /** Nothing is left of the store; to be called where nothing is in it. */
  readonly removeStore: () => Promise<void>;
  /** Processes that work on the store; those that make images are waited for. */
  readonly machines: () => Promise<{ readonly machines: number; readonly others: readonly string[] }>;
  /** What cut-off runs left of whole assets; the few bytes within one that stays go with the next work on it. */
  readonly leftovers: () => Promise<readonly string[]>;
}

interface Image {
  readonly disk: string;
  readonly path: string;
  readonly format: 'raw' | 'qcow2';
  readonly live: boolean;
  /** Sorts by time among the snapshots of a disk. */
  readonly name: string;
}

const imagePattern =
  /^default\/(?:disks|snapshots)\/((ss-)?dev-([a-z]+)-[0-9a-f]+(?:-\d{14})?)\/(?:disk|snapshot)\.(raw|qcow2)$/;

export async function randomDisks(): Promise<RandomDisks> {
  const chews = await realChews(fileOf(plainShape));
  const { folder } = chews;
  const store = join(folder, 'store');
  const trace = join(folder, 'trace');
  // What is loaded before the program is compiled once, and not at every run.
  const env = { NODE_COMPILE_CACHE: join(tmpdir(), 'chews-test-cache', 'node') };
  const boot = Buffer.concat([obedientBootSector(), randomBytes(4 * PIECE_BYTES - 512)]);
  await writeFile(join(folder, 'boot.raw'), boot);

  const images = async (): Promise<Image[]> => {
    const paths = await readdir(store, { recursive: true }).catch(() => []);
    return paths.flatMap((path) => {
      const [, name, snapshot, disk, format] = imagePattern.exec(path) ?? [];
      if (name === undefined || disk === undefined) return [];
      const live = snapshot === undefined;
      return [{ disk, name, live, path: join(store, path), format: format === 'raw' ? 'raw' : 'qcow2' }];
    });
  };

  let copied = 0;
  /** By qemu-img and not by chews; a machine may have it open. What growing adds at the end is not content. */
  const sumOf = async ({ path, format }: Image): Promise<string> => {
    copied += 1;
    const raw = join(folder, `raw-${copied}`);
    try {
      await system('qemu-img', ['convert', '-U', '-f', format, '-O', 'raw', path, raw]);
      return sumOfBytes((await readFile(raw)).subarray(0, DISK_MIB * MIB));
    } finally {
      await rm(raw, { force: true });
    }
  };

  return {
    chews,
    run: async (args, death) => {
      if (death === undefined)
        return { ...(await chews.run(args, { preload: [greeter], env })), died: undefined };
      await rm(trace, { force: true });
      const ended = await chews.run(args, {
        preload: [killer, greeter],
        env: {
          ...env,
          CHEWS_KILL_UNDER: store,
          CHEWS_KILL_TRACE: trace,
          ...(death.at !== undefined && { CHEWS_KILL_AT: String(death.at) }),
          ...(death.where !== undefined && { CHEWS_KILL_WHERE: death.where }),
        },
      });
      const lines = (await readFile(trace, 'utf8').catch(() => '')).trim().split('\n');
      return { ...ended, died: ended.signal === 'SIGKILL' ? lines.at(-1) : undefined };
    },
    shape: (shape) => chews.configure(fileOf(shape)),
    unwritten: { boot: sumOfBytes(wholeDisk(boot)), data: sumOfBytes(wholeDisk(Buffer.alloc(0))) },
    fill: async () => {
      const sums: Record<string, string> = {};
      for (const image of (await images()).filter(({ live }) => live)) {
        const content = wholeDisk(image.disk === 'boot' ? boot : Buffer.alloc(0));
        const words: string[] = [];
        for (const atMib of PIECES_AT_MIB) {
          const bytes = randomBytes(PIECE_BYTES);
          const source = join(folder, `bytes-${atMib}`);
          await writeFile(source, bytes);
          words.push('-c', `write -s ${source} ${atMib}M ${PIECE_BYTES}`);
          bytes.copy(content, atMib * MIB);
        }
        await system('qemu-io', ['-f', image.format, ...words, image.path]);
        sums[image.disk] = sumOfBytes(content);
      }
      return sums;
    },
    sums: async () => {
      const newest = new Map<string, Image>();
      for (const image of (await images()).sort((left, right) => left.name.localeCompare(right.name))) {
        if (image.live || newest.get(image.disk)?.live !== true) newest.set(image.disk, image);
      }
      const sums = await Promise.all([...newest].map(async ([disk, image]) => [disk, await sumOf(image)]));
      return Object.fromEntries(sums) as Sums;
    },
    isHeld: async (disk, sum) => {
      const candidates = (await images()).filter((image) => image.disk === disk);
      // The likeliest first: the live one, then the newest snapshot.
      candidates.sort(
        (left, right) => Number(right.live) - Number(left.live) || right.name.localeCompare(left.name),
      );
      for (const image of candidates) if ((await sumOf(image)) === sum) return true;
      return false;
    },
    removeStore: () => rm(store, { recursive: true, force: true }),
    machines: async () => {
      const until = performance.now() + GONE_MS;
      for (;;) {
        const found = await processesOn(folder);
        const others = found.filter((words) => !words.includes('-daemonize'));
        if (others.length === 0 || performance.now() > until)
          return { machines: found.length - others.length, others };
        await delay(50);
      }
    },
    leftovers: async () => {
      const paths = await readdir(store, { recursive: true }).catch(() => []);
      return paths.filter((path) => /^default\/[a-z]+\/\.(new|gone|leaving)-[^/]+$/.test(path));
    },
  };
}

function wholeDisk(start: Buffer): Buffer {
  return Buffer.concat([start, Buffer.alloc(DISK_MIB * MIB - start.length)]);
}

function sumOfBytes(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** The command lines of all processes that name the folder. */
async function processesOn(folder: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
  );
  return lines.filter((words) => words.includes(folder)).map((words) => words.replaceAll('\0', ' '));
}
