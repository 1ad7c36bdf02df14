import { describe, expect, it } from 'vitest';
import { colourPaint, folded, harmless, visibleWidth } from '../../src/cli/paint.ts';
import { numbersText } from '../../src/cli/planText.ts';
import { table, wrap } from '../../src/cli/table.ts';
import { createStage, withoutColour } from './stage.ts';

const plainTitle = (text: string) => text;
const row = (...texts: string[]) => texts.map((text) => ({ text }));

describe('a table', () => {
  const columns = [{ title: 'A' }, { title: 'LONG', least: 4 }, { title: 'N', right: true }];

  it('is as wide as it needs', () => {
    expect(table(columns, [row('x', 'some words', '12'), row('yy', '', '3')], undefined, plainTitle)).toEqual(
      ['A   LONG         N', 'x   some words  12', 'yy               3'],
    );
  });

  it('folds what does not fit, and cuts what cannot be folded', () => {
    expect(table(columns, [row('x', 'some words', '12')], 13, plainTitle)).toEqual([
      'A  LONG     N',
      'x  some    12',
      '   words',
    ]);
    expect(wrap('incomprehensible words', 8)).toEqual(['incompr…', 'words']);
  });

  it('pads by what is seen, not by the colour', () => {
    const [, painted] = table(
      [{ title: 'A' }, { title: 'B' }],
      [[{ text: 'x', paint: (text) => colourPaint('red', text) }, { text: 'y' }]],
      undefined,
      plainTitle,
    );
    expect(painted).toBe('\u001b[31mx\u001b[39m  y');
    expect(visibleWidth(painted ?? '')).toBe(4);
  });
});

describe('numbers of steps', () => {
  it('are ranges where they follow each other', () => {
    expect(numbersText([1])).toBe('1');
    expect(numbersText([2, 1])).toBe('1, 2');
    expect(numbersText([1, 2, 3, 4])).toBe('1–4');
    expect(numbersText([1, 3, 4, 5, 7, 8])).toBe('1, 3–5, 7, 8');
  });
});

describe('a line of the conversation', () => {
  it('is broken between words, and what follows is indented', () => {
    expect(folded('  → chews up dev does it', 14)).toEqual(['  → chews up', '    dev does', '    it']);
    expect(folded('  -n, --dry-run  show the steps', 25)).toEqual(['  -n, --dry-run  show the', '    steps']);
    expect(folded('  -q  say nothing but errors', 16)).toEqual([
      '  -q  say',
      '      nothing',
      '      but errors',
    ]);
    expect(folded(' 12  make VM dev', 12)).toEqual([' 12  make VM', '     dev']);
    expect(folded('short', 12)).toEqual(['short']);
    expect(folded('as long as it likes', undefined)).toEqual(['as long as it likes']);
  });

  it('keeps a path whole, and counts what is seen', () => {
    expect(folded('at /a/very/long/path there', 10)).toEqual(['at', '  /a/very/long/path', '  there']);
    expect(folded(`${colourPaint('red', 'cannot')} go on`, 12)).toEqual([
      `${colourPaint('red', 'cannot')} go on`,
    ]);
  });

  it('fits whatever the terminal', async () => {
    const { chews, datacenter } = createStage();
    await chews('create dev --off');
    datacenter.owner({ deed: 'delete-vm', vm: 'dev' });
    for (const line of [
      '--help',
      'delete --help',
      'recover dev',
      'recover dev --dry-run',
      'status',
      'info dev',
      'frob',
    ]) {
      const { out, err } = await chews(line, { terminal: true, columns: 44 });
      for (const told of withoutColour(out + err)
        .split('\n')
        .filter((told) => told.trim().includes(' ')))
        expect.soft(visibleWidth(told), told).toBeLessThanOrEqual(44);
    }
  });
});

describe('the last gate before the terminal', () => {
  it('lets our colours and line ends pass, and nothing else', () => {
    const text = `${colourPaint('green', 'fine')}\n\u001b]0;title\u0007\u001b[2Jx\u009b1m`;
    expect(harmless(text, true)).toBe('\u001b[32mfine\u001b[39m\n\\u001b]0;title\\u0007\\u001b[2Jx\\u009b1m');
    expect(harmless('\u001b[31mx', false)).toBe('\\u001b[31mx');
  });
});
