import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findConfiguration, readConfiguration } from '../../src/engine/configurationFile.ts';
import { fakeKind } from '../support/fakeKind.ts';
import { exampleText, fleetText, knownKinds, mistakesOf, readText } from './exampleText.ts';

describe('finding the file', () => {
  const find = (there: readonly string[], flag?: string, env: Record<string, string> = {}) =>
    findConfiguration({
      flag,
      env,
      cwd: '/home/ann/a/b',
      homeFolder: '/home/me',
      readable: (path) => there.includes(path),
    });
  const own = '/home/me/.config/chews/chews.yaml';

  it('takes the first place that has one', async () => {
    const env = { CHEWS_CONFIG: 'env.yaml' };
    expect(await find(['/home/ann/chews.yaml'], 'flag.yaml', env)).toBe('/home/ann/a/b/flag.yaml');
    expect(await find(['/home/ann/chews.yaml'], undefined, env)).toBe('/home/ann/a/b/env.yaml');
    expect(await find([], undefined, { CHEWS_CONFIG: '~/x.yaml' })).toBe('/home/me/x.yaml');
    expect(await find(['/home/ann/a/b/chews.yaml', '/home/ann/chews.yaml'])).toBe('/home/ann/a/b/chews.yaml');
    expect(await find(['/home/ann/chews.yaml', own])).toBe('/home/ann/chews.yaml');
    expect(await find(['/chews.yaml'])).toBe('/chews.yaml');
    expect(await find([own])).toBe(own);
    expect(await find([own], undefined, { XDG_CONFIG_HOME: 'relative', CHEWS_CONFIG: '' })).toBe(own);
    expect(await find(['/etc/me/chews/chews.yaml'], undefined, { XDG_CONFIG_HOME: '/etc/me' })).toBe(
      '/etc/me/chews/chews.yaml',
    );
  });

  it('says where it looked', async () => {
    await expect(find([])).rejects.toMatchObject({
      code: 'configuration',
      message:
        'cannot find a configuration: no chews.yaml in /home/ann/a/b or a folder above it, and no /home/me/.config/chews/chews.yaml',
      remedy: 'begin one with chews init, or name one with --config or CHEWS_CONFIG',
    });
    await expect(find([], '')).rejects.toMatchObject({ code: 'configuration' });
  });
});

describe('reading the file', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'chews-'));
  });
  afterEach(() => rm(folder, { recursive: true }));
  const read = (path: string) =>
    readConfiguration(path, (kind) => Promise.resolve(fakeKind(kind)), knownKinds);

  it('gives the text, the path and the folder', async () => {
    const path = join(folder, 'chews.yaml');
    await writeFile(path, exampleText);
    expect(await read(path)).toMatchObject({ path, folder, text: exampleText });
  });

  it('loads only the kinds that the file names and that exist', async () => {
    const path = join(folder, 'chews.yaml');
    await writeFile(path, exampleText.replace('kind: local }', 'kind: local }\n  far: { kind: nowhere }'));
    const loaded: string[] = [];
    const load = (kind: string) => {
      loaded.push(kind);
      return Promise.resolve(fakeKind(kind));
    };
    await expect(readConfiguration(path, load, knownKinds)).rejects.toThrow(
      '5:16: providers.far.kind: found "nowhere"',
    );
    expect([...new Set(loaded)]).toEqual(['local']);
  });

  it('says what stands in the way', async () => {
    await expect(read(join(folder, 'none.yaml'))).rejects.toThrow(/none\.yaml: there is no such file$/);
    await expect(read(folder)).rejects.toThrow(/: it is a folder$/);
    await expect(read('/dev/zero')).rejects.toThrow('it is not a plain file');
    await expect(read(join(folder, 'x\u001b[31m'))).rejects.toThrow(/x\\u001b\[31m: there is no such file$/);
    await expect(read(`${folder}/\0`)).rejects.toMatchObject({ code: 'configuration' });
    await symlink('loop', join(folder, 'loop'));
    await expect(read(join(folder, 'loop'))).rejects.toThrow('the system says ELOOP');
  });

  it.skipIf(process.getuid?.() === 0)('says when there is no permission', async () => {
    const path = join(folder, 'chews.yaml');
    await writeFile(path, exampleText);
    await chmod(path, 0);
    await expect(read(path)).rejects.toThrow('you have no permission to read it');
  });

  it('takes nothing but UTF-8', async () => {
    const bad = Buffer.from(exampleText.replace('micro', 'mücro'), 'latin1');
    expect(await mistakesOf(bad)).toEqual(['cannot read: line 10 has bytes that are not UTF-8']);
    expect(await mistakesOf(Buffer.from(`\ufeff${exampleText}`, 'utf16le'))).toEqual([
      'cannot read: it is saved as UTF-16',
    ]);
  });

  it('follows a link, and reads a folder that is called like the file as one', async () => {
    await writeFile(join(folder, 'real.yaml'), exampleText);
    await symlink('real.yaml', join(folder, 'chews.yaml'));
    expect((await read(join(folder, 'chews.yaml'))).configuration.workstations).toHaveLength(1);
    await mkdir(join(folder, 'other', 'chews.yaml'), { recursive: true });
    await expect(read(join(folder, 'other', 'chews.yaml'))).rejects.toThrow('it is a folder');
  });
});

// The time limit of each is the bound that it proves: without one, these would take minutes or all memory.
describe('bounds', { timeout: 60_000 }, () => {
  const head = exampleText.split('\n').slice(0, 5).join('\n');

  it('reads ten thousand workstations at once, and no more', async () => {
    const text = fleetText(10_000);
    expect((await readText(text)).configuration.workstations).toHaveLength(10_000);
    expect(await mistakesOf(fleetText(10_001))).toEqual([
      '6:3: workstations: found 10001 workstations, expected at most 10000',
    ]);
  });

  it('refuses ten megabytes before it reads them', async () => {
    expect(await mistakesOf(' '.repeat(10 * 1024 * 1024 + 1))).toEqual([
      'cannot read: it is larger than 10 MB, which no configuration needs',
    ]);
  });

  it.each([
    ['brackets', '['.repeat(10_000), '1:201: nested too deeply'],
    ['braces', '{ a: '.repeat(10_000), undefined],
    ['dashes', '- '.repeat(10_000), undefined],
    ['explicit keys', '? '.repeat(10_000), undefined],
    [
      'mappings',
      Array.from({ length: 10_000 }, (_, depth) => `${' '.repeat(depth % 1000)}a:\n`).join(''),
      undefined,
    ],
    ['settings', `${head.replace('local }', `local, x: ${'['.repeat(30)}${']'.repeat(30)} }`)}\n`, undefined],
  ])('refuses ten thousand levels of %s', async (_, text, expected) => {
    const [first = '', ...others] = await mistakesOf(text);
    expect(first).toMatch(expected ?? /^\d+:\d+: nested too deeply$/);
    expect(others).toEqual([]);
  });

  it('stops aliases that multiply', async () => {
    const levels = Array.from({ length: 9 }, (_, level) => {
      const inner = level === 0 ? 'x' : `*a${level - 1}`;
      return `a${level}: &a${level} [${Array.from({ length: 9 }, () => inner).join(', ')}]`;
    });
    expect(await mistakesOf(levels.join('\n'))).toEqual([
      expect.stringMatching(/^\d:\d+: aliases \(\*\) repeat too much; write it out$/),
    ]);
  });

  it.each([
    ['lines of nothing', '\n'],
    ['closing brackets', '}'],
    ['carriage returns', '\r'],
    ['mistakes', 'a: "b" c\n'],
    ['one long word', 'x'],
  ])('gives up on megabytes of %s in bounded time', async (_, piece) => {
    expect(await mistakesOf(piece.repeat((9 * 1024 * 1024) / piece.length))).not.toEqual([]);
  });

  it('never fails with anything but a configuration error', async () => {
    const piece = fc.oneof(
      fc.constantFrom(
        '{',
        '}',
        '[',
        ']',
        ': ',
        ':',
        '- ',
        '\n',
        '\n  ',
        '\t',
        '"',
        "'",
        '&a',
        '*a',
        '!',
        '%',
        '|',
      ),
      fc.constantFrom(
        '#',
        '?',
        '<<',
        '~',
        '1',
        '10GB',
        'disks',
        '__proto__',
        '---\n',
        ',',
        '\r',
        '\0',
        '\u001b',
        'é',
      ),
      fc.string({ maxLength: 5, unit: 'binary' }),
    );
    const edit = fc.tuple(fc.nat(exampleText.length), fc.nat(12), piece);
    const text = fc
      .array(edit, { minLength: 1, maxLength: 6 })
      .map((edits) =>
        edits.reduce(
          (old, [at, length, put]) => old.slice(0, at) + put + old.slice(at + length),
          exampleText,
        ),
      );
    const check = async (mutated: string): Promise<void> => {
      for (const line of await mistakesOf(mutated)) {
        expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
        expect(line).toMatch(/^(\d+:\d+: |cannot read: )/);
      }
    };
    await fc.assert(fc.asyncProperty(text, check), { numRuns: 1500 });
  });

  it('never fails on bytes', async () => {
    const check = async (bytes: Uint8Array): Promise<void> => {
      await mistakesOf(bytes);
    };
    await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), check), { numRuns: 300 });
  });
});
