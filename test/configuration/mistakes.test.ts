import { describe, expect, it } from 'vitest';
import { edited, exampleText, mistakesOf, readText } from './exampleText.ts';
import { mistakeCases } from './mistakeCases.ts';

describe('a mistake in the file is told so that it can be mended', () => {
  it.each(mistakeCases)('$name', async ({ edits, text, mistakes }) => {
    expect(await mistakesOf(text ?? edited(...(edits ?? [])))).toEqual(mistakes);
  });

  it('shows nothing secret, and nothing that steers a terminal', async () => {
    const told = await mistakesOf(edited(['{ kind: local }', '{ kind: local, password: hunter2 }']));
    expect(told.join()).not.toContain('hunter2');
    const key = edited(['micro', 'micro\n    ssh-key: "-----BEGIN PRIVATE KEY-----\\nAAAA"']);
    expect(await mistakesOf(key)).toEqual([
      '11:14: workstations.dev.ssh-key: found a private key, which must not be in this file, expected a public key, or the path of one',
    ]);
    const strange = edited(['  dev:', '  "\\u009b31m\\e[2J\\u202e":'], ['here\n', '"\\u2066\\r"\n']);
    expect((await mistakesOf(strange)).join('\n')).toMatch(/^[ -~\n]+$/);
  });

  it('shows no more than a thousand of them', async () => {
    const text = `${exampleText.split('\n').slice(0, 5).join('\n')}\n${'  A: 1\n'.repeat(2000)}`;
    const told = await mistakesOf(text);
    expect(told).toHaveLength(1001);
    expect(told.at(-1)).toBe('… and 999 more');
  });
});

describe('what is right is read', () => {
  const workstation = {
    name: 'dev',
    provider: 'here',
    locations: ['default'],
    size: { cpus: 2, memoryBytes: 1024 ** 3 },
    image: 'micro',
    keepSnapshots: 3,
    disks: [
      { name: 'boot', sizeBytes: 10 * 1024 ** 3, type: 'standard' },
      { name: 'data', sizeBytes: 20 * 1024 ** 3, type: 'fast' },
    ],
  };
  const configuration = {
    id: '7f3c9a51',
    providers: [{ name: 'here', kind: 'local', settings: {} }],
    workstations: [workstation],
  };

  it.each([
    ['the example', exampleText],
    ['Windows line ends', exampleText.replaceAll('\n', '\r\n')],
    ['a byte order mark', `\ufeff${exampleText}`],
    ['no type where standard is the usual one', edited([', type: standard', ''])],
    ['no keep-snapshots', edited(['    keep-snapshots: 3\n', ''])],
    ['sizes with a space', edited(['10GB', '10 GB'])],
    ['sizes in short', edited(['10GB', '10G'])],
    ['sizes in other units', edited(['10GB', '10240MiB'])],
    ['anchors', edited(['{ size: 10GB, type: standard }', '&d { size: 10GB, type: standard }'])],
    ['block mappings', edited(['{ size: 20GB, type: fast }', '\n        size: 20GB\n        type: fast'])],
    ['comments', edited(['micro', 'micro # the smallest']).replace('workstations', '# ün\nworkstations')],
    ['odd signs in comments', `# \u201cun\u00a0:\u00a0deux\u201d\n${edited(['micro', 'micro # a:\u00a0b'])}`],
    ['quotes', edited(['micro', '"micro"'], ['default', "'default'"])],
  ])('%s', async (_, text) => {
    expect((await readText(text)).configuration).toEqual(configuration);
  });

  it('JSON', async () => {
    const text = JSON.stringify({
      version: 1,
      id: '7f3c9a51',
      providers: { here: { kind: 'local' } },
      workstations: {
        dev: {
          provider: 'here',
          location: 'default',
          size: { cpus: 2, memory: '1GB' },
          image: 'micro',
          disks: { boot: { size: '10GB' }, data: { size: '20GB', type: 'fast' } },
        },
      },
    });
    expect((await readText(text)).configuration).toEqual(configuration);
  });

  it('a file without workstations yet', async () => {
    const text = 'version: 1\nproviders:\n  here: { kind: local }\nworkstations:\n';
    expect((await readText(text)).configuration.workstations).toEqual([]);
  });

  it('an id of digits alone, and one that looks like a power of ten', async () => {
    for (const id of ['00000001', '12345678', '1234567e', '12345e67', '1e000000'])
      expect((await readText(edited(['7f3c9a51', id]))).configuration.id).toBe(id);
  });

  it('names that YAML could take for something else', async () => {
    for (const name of ['on', 'null', 'true', 'y', 'e1'])
      expect((await readText(edited(['  dev:', `  ${name}:`]))).configuration.workstations[0]?.name).toBe(
        name,
      );
  });

  it('the same names at two places that do not meet', async () => {
    const [head = '', body = ''] = exampleText.split('  dev:\n');
    const text = `${head.replace('workstations:', '  there: { kind: local, folder: other }\nworkstations:')}  dev:
${body.replace('data:', 'data-x:')}  dev-data:
${body.replace('boot:', 'x:').replace('provider: here', 'provider: there')}`;
    expect((await readText(text)).configuration.workstations).toHaveLength(2);
    const met = text.replace(', folder: other', '');
    expect(await mistakesOf(met)).toHaveLength(1);
  });
});
