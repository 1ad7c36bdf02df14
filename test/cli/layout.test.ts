import { describe, expect, it } from 'vitest';
import { colourPaint, harmless, visibleWidth } from '../../src/cli/paint.ts';
import { table, wrap } from '../../src/cli/table.ts';

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

describe('the last gate before the terminal', () => {
  it('lets our colours and line ends pass, and nothing else', () => {
    const text = `${colourPaint('green', 'fine')}\n\u001b]0;title\u0007\u001b[2Jx\u009b1m`;
    expect(harmless(text, true)).toBe('\u001b[32mfine\u001b[39m\n\\u001b]0;title\\u0007\\u001b[2Jx\\u009b1m');
    expect(harmless('\u001b[31mx', false)).toBe('\\u001b[31mx');
  });
});
