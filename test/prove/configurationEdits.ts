import {
  type Entry,
  entriesIn,
  type Mapping,
  type Scalar,
  scalar,
  type Tree,
  treeOf,
} from './configurationTree.ts';
import type { Draws } from './draws.ts';
import { hostileWords, oddSizes, steeringTexts } from './hostileTexts.ts';

/** Changes a tree in its place. */
export type TreeEdit = (tree: Tree, draws: Draws) => void;

const knownKeys = [
  ...['version', 'id', 'providers', 'workstations', 'kind', 'provider', 'location', 'size', 'image', 'disks'],
  ...[
    'keep-snapshots',
    'ssh-user',
    'ssh-key',
    'type',
    'cpus',
    'memory',
    'root',
    'locations',
    'accel',
    'account',
  ],
];

function anyText(draws: Draws): string {
  const word = draws.oneOf(hostileWords);
  if (draws.chance(0.6)) return word;
  if (draws.chance(0.2)) return draws.oneOf(oddSizes);
  if (draws.chance(0.02)) return 'long '.repeat(1 + draws.below(4_000));
  return `${draws.oneOf(['', 'dev', word])}${draws.oneOf(steeringTexts)}${draws.oneOf(['', 'x', '[2J'])}`;
}

function anyScalar(draws: Draws): Scalar {
  return scalar(anyText(draws), draws.oneOf(['plain', 'double', 'double', 'single', 'raw']));
}

function nested(draws: Draws): Scalar {
  const depth = draws.chance(0.1) ? 150 + draws.below(200) : 1 + draws.below(30);
  const [open, close] = draws.oneOf([
    ['[', ']'],
    ['{ a: ', ' }'],
  ] as const);
  return scalar(open.repeat(depth) + close.repeat(depth), 'raw');
}

function anyValue(draws: Draws): Tree {
  switch (draws.below(8)) {
    case 0:
      return treeOf({ a: 1 });
    case 1:
      return treeOf([anyText(draws), 'b']);
    case 2:
      return { kind: 'mapping', entries: [], flow: true };
    case 3:
      return nested(draws);
    case 4:
      return scalar('', 'raw');
    case 5:
      return { kind: 'list', items: [treeOf({ name: 'boot', size: '10GB' })], flow: draws.chance(0.5) };
    default:
      return anyScalar(draws);
  }
}

/** A letter left out, doubled or exchanged with the next: as people mistype. */
function mistyped(word: string, draws: Draws): string {
  const at = draws.below(Math.max(1, word.length));
  const [before, sign, after] = [word.slice(0, at), word.slice(at, at + 1), word.slice(at + 1)];
  return draws.oneOf([
    before + after,
    before + sign + sign + after,
    before + after.slice(0, 1) + sign + after.slice(1),
  ]);
}

function pick(tree: Tree, draws: Draws): { readonly parent: Mapping; readonly entry: Entry } | undefined {
  const found = entriesIn(tree);
  return found.length === 0 ? undefined : draws.oneOf(found);
}

function atOne(change: (entry: Entry, parent: Mapping, draws: Draws, tree: Tree) => void): TreeEdit {
  return (tree, draws) => {
    const picked = pick(tree, draws);
    if (picked !== undefined) change(picked.entry, picked.parent, draws, tree);
  };
}

export const treeEdits: readonly TreeEdit[] = [
  atOne((entry, _, draws) => {
    entry.key = draws.chance(0.3) ? anyScalar(draws) : scalar(draws.oneOf(knownKeys));
  }),
  atOne((entry, _, draws) => {
    entry.key = scalar(mistyped(entry.key.text, draws));
  }),
  atOne((entry, parent, draws) => {
    const copy = structuredClone(entry);
    if (draws.chance(0.5)) copy.key = anyScalar(draws);
    parent.entries.splice(draws.below(parent.entries.length + 1), 0, copy);
  }),
  atOne((entry, parent) => {
    parent.entries = parent.entries.filter((other) => other !== entry);
  }),
  atOne((entry, _, draws, tree) => {
    const other = pick(tree, draws);
    if (other !== undefined) entry.value = structuredClone(other.entry.value);
  }),
  atOne((entry, _, draws) => {
    entry.value = anyValue(draws);
  }),
  atOne((entry, _, draws) => {
    if (entry.value.kind === 'scalar') entry.value = anyScalar(draws);
  }),
  atOne((entry, _, draws) => {
    if (entry.value.kind !== 'scalar') return;
    const words = draws.chance(0.5) ? oddSizes : hostileWords.filter((word) => /^-?[0-9.]/.test(word));
    entry.value = scalar(draws.oneOf(words), draws.oneOf(['plain', 'plain', 'double']));
  }),
  atOne((entry, parent, draws, tree) => {
    const other = pick(tree, draws);
    if (other === undefined || other.parent === parent) return;
    parent.entries = parent.entries.filter((candidate) => candidate !== entry);
    other.parent.entries.push(entry);
  }),
  atOne((entry, _, draws) => {
    const mark = draws.oneOf([
      '&a',
      '&a',
      '!!map',
      '!x',
      '!!python/object:os.system',
      '&__proto__',
      '&a !!str',
    ]);
    if (entry.value.kind === 'mapping') entry.value.mark = mark;
    else entry.value = scalar(`${mark} ${entry.value.kind === 'scalar' ? entry.value.text : '[]'}`, 'raw');
  }),
  atOne((entry, parent, draws, tree) => {
    const anchored = pick(tree, draws);
    if (anchored !== undefined && anchored.entry.value.kind === 'mapping') anchored.entry.value.mark = '&a';
    if (draws.chance(0.3)) parent.entries.push({ key: scalar('<<'), value: scalar('*a', 'raw') });
    else entry.value = scalar('*a', 'raw');
  }),
  // The same meaning in another dress.
  atOne((entry, _, draws) => {
    if (entry.value.kind === 'scalar') entry.value.style = draws.oneOf(['plain', 'single', 'double']);
    else entry.value.flow = !entry.value.flow;
    entry.key.style = draws.oneOf(['plain', 'plain', 'single', 'double']);
  }),
  atOne((_, parent, draws) => {
    const count = draws.chance(0.002) ? 3_000 : 1 + draws.below(12);
    const word = anyText(draws);
    for (let index = 0; index < count; index += 1)
      parent.entries.push({ key: scalar(`${word}${index}`, 'double'), value: anyScalar(draws) });
  }),
];

/** Changes the bytes of a file. */
export type TextEdit = (bytes: Buffer, draws: Draws) => Buffer;

const pieces = [
  ...[
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
    '&a ',
    '*a',
    '!x ',
    '%YAML 1.1\n',
    '|',
    '>',
  ],
  ...[
    '#',
    ' #',
    '?',
    '? ',
    '<<: *a',
    '~',
    '---\n',
    '\n...\n',
    ',',
    '\r',
    '\u00a0',
    '\u201c',
    '\\',
    '@',
    '`',
    '\u0000',
  ],
];

function spliced(bytes: Buffer, at: number, length: number, put: Buffer | string): Buffer {
  return Buffer.concat([bytes.subarray(0, at), Buffer.from(put), bytes.subarray(at + length)]);
}

function lineEdit(change: (lines: string[], at: number, draws: Draws) => void): TextEdit {
  return (bytes, draws) => {
    const lines = bytes.toString('latin1').split('\n');
    change(lines, draws.below(lines.length), draws);
    return Buffer.from(lines.join('\n'), 'latin1');
  };
}

export const textEdits: readonly TextEdit[] = [
  (bytes, draws) => bytes.subarray(0, draws.below(bytes.length + 1)),
  (bytes, draws) => {
    const copy = Buffer.from(bytes);
    const at = draws.below(copy.length);
    if (copy.length > 0) copy[at] = (copy[at] ?? 0) ^ (1 << draws.below(8));
    return copy;
  },
  (bytes, draws) => spliced(bytes, draws.below(bytes.length + 1), draws.below(12), draws.oneOf(pieces)),
  (bytes, draws) => spliced(bytes, draws.below(bytes.length + 1), 0, draws.oneOf(steeringTexts)),
  (bytes, draws) =>
    spliced(
      bytes,
      draws.below(bytes.length + 1),
      0,
      Buffer.from([0x80 + draws.below(128), draws.below(256)]),
    ),
  (bytes) => Buffer.from(bytes.toString('latin1').replaceAll(/\r?\n/g, '\r\n'), 'latin1'),
  (bytes) => Buffer.concat([Buffer.from('\ufeff'), bytes]),
  (bytes, draws) => (draws.chance(0.1) ? Buffer.from(`\ufeff${bytes.toString('latin1')}`, 'utf16le') : bytes),
  lineEdit((lines, at, draws) => {
    const line = lines[at] ?? '';
    lines[at] = draws.chance(0.5) ? ` ${line}` : line.replace(/^ /, '');
  }),
  lineEdit((lines, at) => {
    lines[at] = (lines[at] ?? '').replace(/^ +/, '\t');
  }),
  lineEdit((lines, at) => {
    lines.splice(at, 0, lines[at] ?? '');
  }),
  lineEdit((lines, at, draws) => {
    const other = draws.below(lines.length);
    [lines[at], lines[other]] = [lines[other] ?? '', lines[at] ?? ''];
  }),
  lineEdit((lines, at) => {
    lines.splice(at, 1);
  }),
];
