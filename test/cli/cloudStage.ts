import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import { knownKinds, loadKind } from '../../providers/index.ts';
import { run } from '../../src/cli/run.ts';
import { type FakeCloud, type FakeOptions, openFakeCloud } from '../support/fakeCloud.ts';
import type { FakeKind } from '../support/fakePlaces.ts';

/** What stands in the file: the provider's settings, and the workstation `dev` but for what a case says. */
export type Keys = Readonly<Record<string, string>>;

const providers: Readonly<Record<FakeKind, Keys>> = {
  gcp: { kind: 'gcp', project: 'my-project-123' },
  aws: { kind: 'aws', region: 'eu-central-1', account: "'111122223333'" },
};

const workstations: Readonly<Record<FakeKind, Keys>> = {
  gcp: {
    location: '[us-central1-a, us-central1-b]',
    size: 'e2-small',
    image: 'debian-cloud/debian-13',
    disks: '{ boot: { size: 20GB, type: pd-balanced } }',
  },
  aws: {
    location: '[eu-central-1a, eu-central-1b]',
    size: 't3.small',
    image: '136693071363/debian-13-amd64-*',
    disks: '{ boot: { size: 20GB, type: gp3 } }',
  },
};

export interface CloudStage extends AsyncDisposable {
  readonly fake: FakeCloud;
  /** One command line, over the wire and in real time, and all that it said: without ports, ids and times. */
  readonly chews: (line: string, env?: Keys) => Promise<Ended>;
  readonly write: (provider?: Keys, workstation?: Keys) => void;
  /** Everything that there is, the newest content of each disk among it: equal means that nothing was changed. */
  readonly gist: () => unknown;
}

export interface Ended {
  readonly code: number;
  readonly said: string;
  /** Standard output alone, as it came. */
  readonly out: string;
  /** Without what this computer was busy with meanwhile, of this test and of others. */
  readonly waitedMs: number;
}

class Capture extends Writable {
  readonly #said: readonly { text: string }[];

  constructor(...said: readonly { text: string }[]) {
    super();
    this.#said = said;
  }

  override _write(chunk: Buffer | string, _encoding: BufferEncoding, done: () => void): void {
    for (const text of this.#said) text.text += chunk.toString();
    done();
  }
}

/** The command line with the providers as they are shipped, and a fake cloud of its own. */
export async function cloudStage(kind: FakeKind, options: FakeOptions = {}): Promise<CloudStage> {
  const fake = await openFakeCloud(kind, options);
  const folder = mkdtempSync(join(tmpdir(), 'chews-cloud-'));
  const write: CloudStage['write'] = (provider = {}, workstation = {}) => {
    const entry = (keys: Keys) => Object.entries(keys).map(([key, value]) => `    ${key}: ${value}`);
    const lines = [
      'version: 1',
      'id: 0123abcd',
      'providers:',
      '  cloud:',
      ...entry({ ...providers[kind], endpoint: fake.endpoint, ...provider }),
      'workstations:',
      '  dev:',
      ...entry({ provider: 'cloud', ...workstations[kind], ...workstation }),
      '',
    ];
    writeFileSync(join(folder, 'chews.yaml'), lines.join('\n'));
  };
  write();
  let runs = 0;
  const chews: CloudStage['chews'] = async (line, env = {}) => {
    const said = { text: '' };
    const out = { text: '' };
    const stdin = new PassThrough();
    stdin.end();
    runs += 1;
    const processStart = String(runs);
    const watch = stopwatch();
    const code = await run({
      argv: line.split(' '),
      env: { XDG_STATE_HOME: join(folder, 'state'), NO_COLOR: '1', ...env },
      stdin,
      stdout: new Capture(said, out),
      stderr: new Capture(said),
      cwd: folder,
      homeFolder: join(folder, 'home'),
      nowMs: Date.now,
      random: Math.random,
      randomBytes,
      sleep: (milliseconds, signal) =>
        setTimeout(milliseconds, undefined, signal === undefined ? {} : { signal }),
      loadKind,
      knownKinds,
      onSignal: () => () => undefined,
      host: async () => ({
        runner: {
          token: randomBytes(16).toString('hex'),
          user: 'ann',
          host: 'ares',
          hostId: 'host-1',
          pid: 4711,
          processStart,
          hostBoot: 'boot-1',
        },
        // Whoever ran before has ended.
        view: {
          hostId: 'host-1',
          hostBoot: 'boot-1',
          processStartOf: () => processStart,
        },
      }),
      answersSsh: async () => false,
      runProgram: async () => 0,
    });
    return { code, said: plain(said.text, folder), out: out.text, waitedMs: watch() };
  };
  return {
    fake,
    chews,
    write,
    gist: () => gistOf(fake),
    [Symbol.asyncDispose]: async () => {
      await fake.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A timer that comes late shows that something else was at work. */
function stopwatch(): () => number {
  const everyMs = 20;
  let waitedMs = 0;
  const timer = setInterval(() => {
    waitedMs += everyMs;
  }, everyMs);
  return () => {
    clearInterval(timer);
    return waitedMs;
  };
}

function plain(text: string, folder: string): string {
  return text
    .replaceAll(folder, '/home/ann')
    .replaceAll(/127\.0\.0\.1:\d+/g, '127.0.0.1:9100')
    .replaceAll(/\(\d+\.\d+s\)/g, '(0.0s)')
    .replaceAll(/\b20\d{12}\b/g, '20260301120000');
}

function gistOf({ datacenter: { world } }: FakeCloud): unknown {
  return [
    [...world.vms.values()].map(({ id, name, location, power, size }) => ({
      id,
      name,
      location,
      power,
      size,
    })),
    [...world.disks.values()].map(({ id, location, sizeBytes, type, status }) => ({
      id,
      location,
      sizeBytes,
      type,
      status,
    })),
    [...world.snapshots.values()].map(({ id, name, content, status }) => ({ id, name, content, status })),
  ];
}
