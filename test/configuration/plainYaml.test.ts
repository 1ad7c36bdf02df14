import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readPlainYaml } from '../../src/engine/plainYaml.ts';
import { starterText } from '../../src/engine/starterFile.ts';
import { readYaml } from '../../src/engine/yamlText.ts';
import { exampleText } from './exampleText.ts';

/** Where the quick reader takes a text, the whole parser reads the same. */
async function agree(text: string): Promise<void> {
  const plain = readPlainYaml(text);
  if (plain === undefined) return;
  const whole = await readYaml(text);
  expect('mistakes' in whole ? whole.mistakes : whole.data, JSON.stringify(text)).toStrictEqual(plain);
}

const pieces = [
  ...['a', 'b', 'key', '1', '10GB', '-5', '0.5', '007', 'null', '~', 'true', 'x y', 'a:b', '~/x', 'k@h'],
  ...[
    ': ',
    ':',
    ' ',
    '  ',
    '    ',
    '\n',
    '\n  ',
    '\n    ',
    '\n- ',
    '\n  - ',
    '- ',
    '-',
    ',',
    ', ',
    ' #',
    '#',
  ],
  ...[
    '{',
    '}',
    '[',
    ']',
    '{ ',
    ' }',
    '"',
    "'",
    '"q"',
    "'q'",
    '\r\n',
    '|',
    '>',
    '&a ',
    '*a',
    '?',
    '!',
    '%',
    '---',
    '...',
  ],
  ...['a: ', 'b: ', 'a:\n', 'b:\n  ', '\u00a0', '\u2028', 'é', '\t', '\\', '<<: ', '__proto__: '],
];

describe('the quick reader of plain files', () => {
  it('takes the files that people write', () => {
    expect(readPlainYaml(exampleText)).toMatchObject({
      version: 1,
      workstations: { dev: { image: 'micro' } },
    });
    expect(readPlainYaml(starterText({ id: '00000001' }))).toMatchObject({ id: '00000001' });
    expect(readPlainYaml('a:\n- x\n- y\nb:\n  - z\nc: [1, "2"]\nd:\n')).toEqual(
      Object.assign(Object.create(null), { a: ['x', 'y'], b: ['z'], c: [1, '2'], d: null }),
    );
  });

  it('leaves the rest to the whole parser', () => {
    for (const text of [
      '',
      '# x\n',
      'a: |\n  b\n',
      'a: b\n  c\n',
      'a: &x 1\n',
      'a: "\\n"\n',
      '- a\n',
      'a: 1\na: 2\n',
    ])
      expect(readPlainYaml(text)).toBeUndefined();
  });

  it('reads whatever it takes as the whole parser does', async () => {
    const text = fc.array(fc.constantFrom(...pieces), { maxLength: 14 }).map((parts) => parts.join(''));
    await fc.assert(fc.asyncProperty(text, agree), { numRuns: 5000 });
  });

  it('reads changed examples as the whole parser does', async () => {
    const edit = fc.tuple(fc.nat(exampleText.length), fc.nat(6), fc.constantFrom('', ...pieces));
    const text = fc
      .array(edit, { minLength: 1, maxLength: 3 })
      .map((edits) =>
        edits.reduce(
          (old, [at, length, piece]) => old.slice(0, at) + piece + old.slice(at + length),
          exampleText,
        ),
      );
    await fc.assert(fc.asyncProperty(text, agree), { numRuns: 2000 });
  });
});
