import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type FakeKind, fakeKinds } from './support/fakePlaces.ts';

/** The section of the README about the fakes, played as it stands there: other ports and another day, and nothing else. */
const root = join(import.meta.dirname, '..');
const chews = join(root, 'dist', 'chews.cjs');
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const [, onwards = ''] = readme.split('## Try it without an account\n');
const [section = ''] = onwards.split('\n## ');
const blocks = [...section.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(([, language = '', text = '']) => ({
  language,
  text,
}));
const [starts = '', file = '', login = '', walk = ''] = blocks.map(({ text }) => text);

const quick = ['--import', join(root, 'test/support/quickClock.ts')];
const LIMIT_MS = 120_000;
const folder = mkdtempSync(join(tmpdir(), 'chews-try-'));
const running = new Set<ChildProcess>();

afterAll(() => {
  for (const child of running) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

interface Started {
  readonly child: ChildProcess;
  readonly said: { out: string; err: string };
  readonly ended: Promise<number | null>;
}

/** A process with an empty home and nothing of this one's environment; ended by its own id after a while at the latest. */
function start(words: readonly string[], env: NodeJS.ProcessEnv = {}): Started {
  const child = spawn(process.execPath, [...quick, ...words], {
    cwd: folder,
    env: { PATH: process.env['PATH'], HOME: join(folder, 'home'), NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  const limit = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS);
  const said = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said.out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said.err += text));
  const ended = once(child, 'close').then(([code]: (number | null)[]) => {
    clearTimeout(limit);
    running.delete(child);
    return code ?? null;
  });
  return { child, said, ended };
}

async function run(words: readonly string[], env?: NodeJS.ProcessEnv) {
  const { said, ended } = start(words, env);
  return { code: await ended, ...said };
}

/** The script of a line of package.json, as npm would run it: in the place of its shell, which would not end with 0 on Ctrl-C. */
function scriptOf(name: string): string[] {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    readonly scripts: Readonly<Record<string, string>>;
  };
  const [, path = ''] = /^exec node (\S+)$/.exec(scripts[name] ?? '') ?? [];
  expect(path).not.toBe('');
  return [join(root, path)];
}

interface Fake extends Started {
  readonly endpoint: string;
}

async function startFake(kind: string): Promise<Fake> {
  const started = start([...scriptOf('fake-cloud'), kind, '--port', '0']);
  const first = /^A simulated .+ answers at (http:\/\/127\.0\.0\.1:\d+) until Ctrl-C\.$/m;
  await expect
    .poll(() => started.said.out, { timeout: LIMIT_MS / 2, interval: 20 })
    .toMatch(/^a login: .*\n/m);
  return { ...started, endpoint: first.exec(started.said.out)?.[1] ?? '' };
}

/** `$ command`, and below it what it answers; `…` is what it says meanwhile. */
const commands = walk
  .split(/^\$ /m)
  .slice(1)
  .map((text) => {
    const [command = '', ...answer] = text.trimEnd().split('\n');
    return { words: command.split(' '), answer: `${answer.filter((line) => line !== '…').join('\n')}\n` };
  });

const withoutDates = (text: string) => text.replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d/g, 'DATE');

describe('a fake cloud', () => {
  it.each([
    [[], 'cannot start a fake cloud: which cloud? write gcp or aws\n'],
    [['gpc'], 'cannot start a fake cloud: there is no gpc: did you mean gcp?\n'],
    [['azure'], 'cannot start a fake cloud: there is no azure: write gcp or aws\n'],
    [['gcp', 'aws'], 'cannot start a fake cloud: one at a time: start aws in a terminal of its own\n'],
    [['gcp', '--port', 'x'], 'cannot start a fake cloud: x is no port: a number from 0 to 65535\n'],
    [['gcp', '--prot', '1'], "cannot start a fake cloud: unknown option '--prot'\n"],
  ])('says of %j what is wrong', async (words, err) => {
    expect(await run([...scriptOf('fake-cloud'), ...words])).toEqual({ code: 2, out: '', err });
  });

  it('is on the ports of the README, unless it is told another', async () => {
    const { code, out } = await run([...scriptOf('fake-cloud'), '--help']);
    expect(code).toBe(0);
    for (const [, kind, port] of starts.matchAll(/^npm run fake-cloud -- (\w+).*127\.0\.0\.1:(\d+)$/gm))
      expect(out).toMatch(new RegExp(`^ {2}${kind} .* on port ${port}$`, 'm'));
  });
});

describe('the walk of the README', () => {
  it('ends as it says', { timeout: LIMIT_MS }, async () => {
    const kinds = [...starts.matchAll(/^npm run fake-cloud -- (\w+)/gm)].map(([, kind]) => kind as FakeKind);
    expect(kinds).toEqual(fakeKinds);
    const fakes = await Promise.all(kinds.map(startFake));
    const here = kinds.reduce((text, kind, index) => {
      const [, there = ''] = new RegExp(`-- ${kind} .*(http://\\S+)$`, 'm').exec(starts) ?? [];
      expect(there).not.toBe('');
      return text.replaceAll(there, fakes[index]?.endpoint ?? '');
    }, file);
    mkdirSync(join(folder, 'home'), { recursive: true });
    writeFileSync(join(folder, 'chews.yaml'), here);
    const env = Object.fromEntries(
      [...login.matchAll(/(\w+)=(\w+)/g)].map(([, name, value]) => [name, value]),
    );

    // The port that somebody has is told as such.
    const taken = new URL(fakes[0]?.endpoint ?? '').port;
    expect(await run([...scriptOf('fake-cloud'), 'aws', '--port', taken])).toEqual({
      code: 2,
      out: '',
      err: `cannot start a fake cloud: port ${taken} is in use: --port ${Number(taken) + 1} takes another\n`,
    });

    const spoken = new Set<string>();
    for (const { words, answer } of commands) {
      const [program, ...rest] = words;
      expect(program).toBe('chews');
      const { code, out, err } = await run([chews, ...rest], env);
      expect({ words, code, out: withoutDates(out) }, err).toEqual({
        words,
        code: 0,
        out: withoutDates(answer),
      });
      for (const [warning] of err.matchAll(/warning: .*/g)) spoken.add(warning);
    }
    expect(spoken).toEqual(
      new Set([
        'warning: VM desk does not answer: it has no address.',
        'warning: VM box does not answer: it has no address.',
      ]),
    );
    expect(commands.map(({ words }) => words[1])).toEqual([
      'create',
      'status',
      'down',
      'dessicate',
      'status',
      'rehydrate',
      'delete',
    ]);

    for (const { child, ended, said } of fakes) {
      child.kill('SIGINT');
      expect(await ended).toBe(0);
      expect(said.err).toBe('');
    }
  });
});
