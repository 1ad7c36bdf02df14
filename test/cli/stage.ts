import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { expect, onTestFinished, vi } from 'vitest';
import { run } from '../../src/cli/run.ts';
import type { StopSignal, Surroundings } from '../../src/cli/surroundings.ts';
import type { ProviderKind } from '../../src/core/provider.ts';
import type { ClientOptions } from '../support/datacenter/client.ts';
import { createDatacenter, type Datacenter } from '../support/datacenter/datacenter.ts';
import { plain, type Quirks } from '../support/datacenter/quirks.ts';
import { memoryKind } from '../support/memoryProvider.ts';

export const START = Date.UTC(2026, 2, 1, 12);

/** Sleeps of that length or longer are those between two renewals of a lease: they last until they are called off. */
const RENEWAL_MS = 60_000;

export interface Entry {
  readonly size?: string;
  readonly location?: string;
  readonly disks?: Readonly<Record<string, string>>;
  readonly keep?: number;
  readonly provider?: string;
}

/** A configuration as text: workstations of the provider `cloud`, which is the simulated datacenter. */
export function fileOf(workstations: Readonly<Record<string, Entry>>): string {
  const entries = Object.entries(workstations).map(([name, { size, location, disks, keep, provider }]) =>
    [
      `  ${name}:`,
      `    provider: ${provider ?? 'cloud'}`,
      `    location: ${location ?? 'north-a'}`,
      `    size: ${size ?? 'small'}`,
      '    image: debian-13',
      ...(keep === undefined ? [] : [`    keep-snapshots: ${keep}`]),
      '    disks:',
      ...Object.entries(disks ?? { boot: '10GB', data: '20GB' }).map(
        ([disk, bytes]) => `      ${disk}: { size: ${bytes} }`,
      ),
    ].join('\n'),
  );
  return [
    'version: 1',
    'id: "0123abcd"',
    'providers:',
    '  cloud: { kind: memory }',
    '  away: { kind: memory, account: elsewhere }',
    entries.length === 0 ? 'workstations: {}' : 'workstations:',
    ...entries,
    '',
  ].join('\n');
}

class Capture extends Writable {
  text = '';
  isTTY?: boolean;
  columns?: number;

  override _write(chunk: Buffer | string, _encoding: BufferEncoding, done: () => void): void {
    this.text += chunk.toString();
    done();
  }

  // What a spinner needs of a terminal.
  clearLine(): boolean {
    return true;
  }

  cursorTo(): boolean {
    return true;
  }

  moveCursor(): boolean {
    return true;
  }
}

export interface StageOptions {
  readonly file?: string;
  readonly quirks?: Partial<Quirks>;
  /** Faults and gates for the clients of every run. */
  readonly client?: ClientOptions;
  /** Changes the kind of provider before it is used. */
  readonly kind?: (kind: ProviderKind) => ProviderKind;
}

export interface RunOptions {
  /** A person looks at both outputs and types at the input. */
  readonly terminal?: boolean;
  readonly columns?: number;
  /** What is typed, line by line, each when it is asked for. */
  readonly types?: readonly string[];
  /** Nothing more is typed, and the input does not end. */
  readonly keepsInputOpen?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  readonly client?: ClientOptions;
  readonly over?: Partial<Surroundings>;
}

export interface Answer {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface Stage {
  readonly folder: string;
  readonly datacenter: Datacenter;
  /** Runs one command line, or its words as they are, and gives all that it said. */
  readonly chews: (line: string | readonly string[], options?: RunOptions) => Promise<Answer>;
  /** Sends a signal to the run that is under way. */
  readonly signal: (signal: StopSignal) => void;
  /** Resolves as soon as the run that is under way has said these words on standard error. */
  readonly untilSaid: (words: string) => Promise<void>;
  readonly write: (file: string) => void;
  /** The arguments that ssh was started with. */
  readonly programs: (readonly string[])[];
}

/** A folder with a configuration, a simulated datacenter, and everything else that a run takes from outside. */
export function createStage(options: StageOptions = {}): Stage {
  const folder = mkdtempSync(join(tmpdir(), 'chews-cli-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const write = (file: string) => writeFileSync(join(folder, 'chews.yaml'), file);
  write(options.file ?? fileOf({ dev: {} }));
  const datacenter = createDatacenter({ quirks: { ...plain, ...options.quirks }, seed: 1, startAtMs: START });
  const listeners = new Set<(signal: StopSignal) => void>();
  const programs: (readonly string[])[] = [];
  let latest: Capture | undefined;
  let drawn = 0;
  const draw = () => {
    drawn += 1;
    return drawn;
  };

  const sleep = async (milliseconds: number, signal?: AbortSignal): Promise<void> => {
    if (milliseconds >= RENEWAL_MS) {
      await new Promise<void>((resolve) =>
        signal?.addEventListener('abort', () => resolve(), { once: true }),
      );
      return;
    }
    // What is in flight goes first.
    await new Promise((resolve) => setImmediate(resolve));
    signal?.throwIfAborted();
    datacenter.advance(milliseconds);
  };

  const chews = async (line: string | readonly string[], given: RunOptions = {}): Promise<Answer> => {
    const stdout = new Capture();
    const stderr = new Capture();
    latest = stderr;
    const stdin: PassThrough & { isTTY?: boolean } = new PassThrough();
    if (given.terminal === true) {
      for (const output of [stdout, stderr]) {
        output.isTTY = true;
        output.columns = given.columns ?? 100;
      }
      stdin.isTTY = true;
    }
    for (const words of given.types ?? []) stdin.write(`${words}\n`);
    if (given.keepsInputOpen !== true) stdin.end();
    const clientOptions = given.client ?? options.client ?? {};
    const kind = memoryKind(datacenter, (connectOptions) =>
      datacenter.connect({ ...clientOptions, ...connectOptions }),
    );
    const code = await run({
      argv: typeof line === 'string' ? line.split(' ').filter((word) => word !== '') : line,
      env: { XDG_STATE_HOME: join(folder, 'state'), TERM: 'xterm', ...given.env },
      stdin,
      stdout,
      stderr,
      cwd: folder,
      homeFolder: join(folder, 'home'),
      nowMs: () => datacenter.world.nowMs,
      random: () => 0.5,
      randomBytes: (count) => Uint8Array.from({ length: count }, () => draw() % 256),
      sleep,
      loadKind: (name) => (name === 'memory' ? Promise.resolve(options.kind?.(kind) ?? kind) : undefined),
      knownKinds: ['memory'],
      onSignal: (listener) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
      host: async () => ({
        runner: {
          token: `token-${draw()}`,
          user: 'ann',
          host: 'ares',
          hostId: 'host-1',
          pid: 4711,
          processStart: '1',
          hostBoot: 'boot-1',
        },
        view: { hostId: 'host-1', hostBoot: 'boot-1', processStartOf: () => '1' },
      }),
      answersSsh: async () => true,
      runProgram: async (program, args) => {
        programs.push([program, ...args]);
        return 0;
      },
      ...given.over,
    });
    const clean = (text: string) => text.replaceAll(folder, '/home/ann');
    return { code, out: clean(stdout.text), err: clean(stderr.text) };
  };

  return {
    folder,
    datacenter,
    chews,
    signal: (signal) => {
      for (const listener of [...listeners]) listener(signal);
    },
    untilSaid: async (words) =>
      await vi.waitFor(() => expect(latest?.text).toContain(words), { timeout: 20_000, interval: 5 }),
    write,
    programs,
  };
}

/** For a run after the others: it is another process of the same computer, and finds all earlier ones dead. */
export const nextProcess: Pick<Surroundings, 'host'> = {
  host: async () => ({
    runner: {
      token: 'next',
      user: 'ann',
      host: 'ares',
      hostId: 'host-1',
      pid: 4712,
      processStart: '2',
      hostBoot: 'boot-1',
    },
    view: { hostId: 'host-1', hostBoot: 'boot-1', processStartOf: () => undefined },
  }),
};

/** The escape sequences of colours and of the spinner taken away. */
export function withoutColour(text: string): string {
  return text.replaceAll(/\u001b\[[0-9;?]*[A-Za-z]/g, '');
}
