import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { unprintableLines } from '../prove/unprintable.ts';
import { type Answer, createStage, fileOf, type Stage } from '../cli/stage.ts';

/** A stage whose provider must not be opened: a file or a command line that is refused makes no call. */
function closedStage(file?: string): Stage & { readonly opened: () => number } {
  let count = 0;
  const stage = createStage({
    ...(file === undefined ? {} : { file }),
    kind: (kind) => ({
      ...kind,
      open: async () => {
        count += 1;
        throw new Error('a provider was opened');
      },
    }),
  });
  return { ...stage, opened: () => count };
}

const LONGEST_ANSWER = 200_000;

function expectRefused({ code, out, err }: Answer, opened: number): void {
  expect({ code, out, opened }).toEqual({ code: 2, out: '', opened: 0 });
  expect(err).toMatch(/^cannot \S/);
  expect(err).not.toContain('internal error');
  expect(unprintableLines(err.trimEnd().split('\n'))).toEqual([]);
  expect(err.length).toBeLessThan(LONGEST_ANSWER);
}

async function refused(file: string | Buffer, line: string | readonly string[] = 'status'): Promise<string> {
  const stage = closedStage();
  writeFileSync(join(stage.folder, 'chews.yaml'), file);
  const answer = await stage.chews(line);
  expectRefused(answer, stage.opened());
  return answer.err;
}

const plainFile = fileOf({ dev: {} });

const names: readonly (readonly [what: string, text: string])[] = [
  ['a control character', 'de\u0007v'],
  ['a line end', 'dev\nother'],
  ['a NUL', 'dev\u0000'],
  ['an ANSI code', '\u001b[31mdev'],
  ['a terminal title', '\u001b]0;gone\u0007'],
  ['a one-byte ANSI code', '\u009b2J'],
  ['what turns text around', 'dev\u202evne'],
  ['half a pair', '\ud83d'],
  ['a zero-width blank', 'd\u200bev'],
  ['__proto__', '__proto__'],
  ['constructor', 'constructor'],
  ['a path', '../dev'],
  ['two points', '..'],
  ['a slash', 'a/b'],
  ['a leading dash', '-rf'],
  ['two leading dashes', '--all'],
  ['a dash alone', '-'],
  ['nothing', ''],
  ['a blank', ' '],
  ['a million letters', 'x'.repeat(1_000_000)],
];

describe('in the file, a name with', () => {
  it.each(names)('%s is no workstation', async (_, name) => {
    const err = await refused(plainFile.replace('  dev:', () => `  ${JSON.stringify(name)}:`));
    expect(err).toMatch(/chews\.yaml:\d+:\d+: /);
  });

  it.each(names)('%s is no disk', async (_, name) => {
    const err = await refused(plainFile.replace('      boot:', () => `      ${JSON.stringify(name)}:`));
    expect(err).toMatch(/chews\.yaml:\d+:\d+: /);
  });

  it.each(names)('%s is no provider', async (_, name) => {
    await refused(plainFile.replace('  away:', () => `  ${JSON.stringify(name)}:`));
  });

  it.each(names)('%s is no kind, and nobody’s provider', async (_, name) => {
    await refused(plainFile.replace('kind: memory, account', () => `kind: ${JSON.stringify(name)}, account`));
    await refused(plainFile.replace('provider: cloud', () => `provider: ${JSON.stringify(name)}`));
  });

  it.each(names)('%s is no location, size, or disk type', async (_, name) => {
    await refused(plainFile.replace('north-a', () => JSON.stringify(name)));
    await refused(plainFile.replace('size: small', () => `size: ${JSON.stringify(name)}`));
    await refused(plainFile.replace('10GB }', () => `10GB, type: ${JSON.stringify(name)} }`));
    await refused(plainFile.replace('10GB', () => JSON.stringify(name)));
  });
});

/** What can be an argument of a program at all. */
const words = names.filter(([, text]) => !text.includes('\u0000'));

describe('on the command line, a word with', () => {
  it.each(words)('%s is no workstation, and deletes none', async (_, word) => {
    // Those that begin with a dash are options, or said to be none; `--all` means what it says.
    const lines =
      word === '--all'
        ? []
        : [
            ['down', word],
            ['delete', word, '--confirm', 'dev'],
            ['info', word],
          ];
    for (const line of lines) {
      const { chews, opened } = closedStage();
      expectRefused(await chews(line), opened());
    }
  });

  it.each(words)('%s is no configuration', async (_, word) => {
    for (const line of [
      ['status', '--config', word],
      ['status', `--config=${word}`],
    ]) {
      const { chews, opened, folder } = closedStage();
      mkdirSync(join(folder, 'a'));
      expectRefused(await chews(line), opened());
    }
  });

  it.each(words)('%s is no state for --to', async (_, word) => {
    const { chews, opened } = closedStage();
    expectRefused(await chews(['recover', 'dev', `--to=${word}`]), opened());
    expectRefused(await chews(['recover', 'dev', '--to', word]), opened());
  });

  it.each(words)('%s is no set to restore, no disk to remove and no confirmation', async (_, word) => {
    const stage = createStage();
    await stage.chews('create dev --off');
    const before = JSON.stringify([...stage.datacenter.world.disks.values()]);
    // A disk that is not there may be one that is gone already: it is said, and nothing is to be done.
    const lines: readonly (readonly [codes: readonly number[], ...line: string[]])[] = [
      [[2, 7], 'rehydrate', 'dev', `--set=${word}`],
      [[0, 2], 'apply', 'dev', '--yes', `--remove-disk=${word}`],
      [[0, 2], 'apply', 'dev', '--yes', '--remove-disk', word],
      [[2], 'delete', 'dev', `--confirm=${word}`],
    ];
    for (const [codes, ...line] of lines) {
      const { code, out, err } = await stage.chews(line);
      expect(codes, line.join(' ').slice(0, 100)).toContain(code);
      expect(err).not.toContain('internal error');
      expect(unprintableLines([...out.trimEnd().split('\n'), ...err.trimEnd().split('\n')])).toEqual([]);
    }
    expect(JSON.stringify([...stage.datacenter.world.disks.values()])).toBe(before);
  });

  it.each(words)('%s is no command and no option', async (_, word) => {
    for (const line of [[`x${word}`], ['status', `--x${word}`], ['--', word], [word, 'dev', 'dev']]) {
      const { chews, opened } = closedStage();
      const { code, err } = await chews(line);
      // Two dashes alone are as good as nothing, which is the help.
      if (line[0] !== '--') expect(code).toBe(2);
      expect(unprintableLines(err.trimEnd().split('\n'))).toEqual([]);
      expect(err.length).toBeLessThan(5_000);
      expect(opened()).toBe(0);
    }
  });
});

describe('a file that is no configuration', () => {
  // The time limit is the bound: without one, these would take minutes or all memory.
  const bounded = { timeout: 60_000 };

  it('of ten thousand workstations works, and of more is refused', bounded, async () => {
    const many = (count: number) =>
      fileOf(Object.fromEntries(Array.from({ length: count }, (_, index) => [`dev-${index}`, {}])));
    const { chews } = createStage({ file: many(10_000) });
    const { code, out, err } = await chews('status --json');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(JSON.parse(out).workstations).toHaveLength(10_000);
    expect(await refused(many(10_001))).toContain('found 10001 workstations, expected at most 10000');
  });

  it.each([
    [
      'ten megabytes of workstations',
      () => `workstations:\n${'  dev: { provider: cloud }\n'.repeat(400_000)}`,
    ],
    ['ten megabytes and one byte', () => ' '.repeat(10 * 1024 * 1024 + 1)],
    ['ten megabytes of one word', () => 'x'.repeat(10 * 1024 * 1024)],
    ['ten megabytes of one text', () => `version: "${'x'.repeat(10 * 1024 * 1024 - 20)}"\n`],
    ['ten megabytes of NUL', () => '\0'.repeat(10 * 1024 * 1024)],
    ['ten megabytes that are not UTF-8', () => Buffer.alloc(10 * 1024 * 1024, 0xff)],
    ['ten megabytes of anchors', () => Array.from({ length: 700_000 }, (_, at) => `a${at}: &a 1`).join('\n')],
    ['deep nesting in brackets', () => `version: ${'['.repeat(100_000)}`],
    ['deep nesting in braces', () => `version: ${'{a: '.repeat(100_000)}`],
    [
      'deep nesting in blocks',
      () => Array.from({ length: 3_000 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n'),
    ],
    ['deep nesting of dashes', () => '- '.repeat(100_000)],
    [
      'deep nesting of settings',
      () => plainFile.replace('kind: memory,', () => `kind: memory, x: ${'['.repeat(40)}${']'.repeat(40)},`),
    ],
    [
      'aliases that multiply',
      () =>
        Array.from(
          { length: 30 },
          (_, level) => `a${level}: &a${level} [${`*a${level - 1}, `.repeat(level === 0 ? 0 : 9)}x]`,
        ).join('\n'),
    ],
    [
      'aliases that multiply in the settings',
      () =>
        plainFile.replace(
          'kind: memory,',
          () =>
            `kind: memory, a: &a [x, x, x, x, x, x, x, x, x, x], b: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a, *a], c: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b, *b], d: &d [*c, *c, *c, *c, *c, *c, *c, *c, *c, *c], e: &e [*d, *d, *d, *d, *d, *d, *d, *d, *d, *d], f: [*e, *e, *e, *e, *e, *e, *e, *e, *e, *e],`,
        ),
    ],
    ['an alias of itself', () => 'a: &a [*a]\n'],
  ])('%s is refused, with its place', bounded, async (_, file) => {
    const err = await refused(file());
    expect(err).toMatch(/chews\.yaml:\d+:\d+: |larger than 10 MB|line 1 has bytes/);
  });
});

describe('in the place of the file', () => {
  async function put(make: (path: string) => void): Promise<string> {
    const stage = closedStage();
    const path = join(stage.folder, 'chews.yaml');
    rmSync(path);
    make(path);
    const found = await stage.chews('status');
    expectRefused(found, stage.opened());
    const named = await stage.chews(['down', 'dev', '--config', path]);
    expectRefused(named, stage.opened());
    return found.err;
  }

  it('a folder is said to be one', async () => {
    expect(await put((path) => mkdirSync(path))).toContain('it is a folder');
  });

  it('a pipe is not waited for', async () => {
    expect(await put((path) => execFileSync('mkfifo', [path]))).toContain('it is not a plain file');
  });

  it('a device is not read', async () => {
    expect(await put((path) => symlinkSync('/dev/zero', path))).toContain('it is not a plain file');
    expect(await put((path) => symlinkSync('/dev/full', path))).toContain('it is not a plain file');
  });

  it('links in a circle are followed to no end', async () => {
    expect(await put((path) => symlinkSync(path, path))).toContain('ELOOP');
  });

  it('a file of the system that says it has no length is read within bounds', async () => {
    await put((path) => symlinkSync('/proc/self/maps', path));
  });
});
