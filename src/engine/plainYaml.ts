import { RESERVED_KEYS } from '../core/configurationNames.ts';
import { plainScalar } from './plainScalar.ts';

/**
 * Reads the plain part of YAML that nearly every configuration keeps to: block mappings, words, quoted texts without
 * escapes, and flow collections of words on one line. Undefined for anything else, which is then left to the whole
 * parser: this one finds no mistakes and gives no positions, it only never reads a text differently. It takes a tenth of
 * the time, and spares loading the parser; a property test compares the two.
 */
export function readPlainYaml(text: string): unknown {
  if (text.includes('\t')) return undefined;
  const lines = significantLines(text);
  if (lines === undefined || lines.length === 0) return undefined;
  const cursor = { lines, next: 0 };
  const data = readMapping(cursor, 0, 0);
  return cursor.next === lines.length ? data : undefined;
}

interface Line {
  readonly indent: number;
  readonly content: string;
}

interface Cursor {
  readonly lines: readonly Line[];
  next: number;
}

const MAX_DEPTH = 8;
const MAX_LINE = 1_000;
const KEY = /^([A-Za-z][-A-Za-z0-9_]*):(?: +(.*))?$/;
/** No colon before a blank or at an end, no comment sign, nothing that begins another kind of node. */
const WORD =
  /^(?:[A-Za-z0-9/~]|-(?=[0-9]))(?:[-A-Za-z0-9_./~+@=]|:(?=[-A-Za-z0-9_./~+@=])| +(?=[-A-Za-z0-9_./~+@=]))*$/;
const DOUBLE_QUOTED = /^"([ !#-[\]-~]*)"$/;
const SINGLE_QUOTED = /^'([ -&(-~]*)'$/;

/** The lines without comments and blank ones; undefined where one is long or has anything but printable ASCII. */
function significantLines(text: string): Line[] | undefined {
  const lines: Line[] = [];
  for (const raw of text.split(/\r?\n/)) {
    // A comment may say anything, as long as it ends where the line does.
    if (/^ *(?:#[^\r\u0085\u2028\u2029]*)?$/.test(raw)) continue;
    if (raw.length > MAX_LINE || !/^[ -~]*$/.test(raw)) return undefined;
    const line = withoutComment(raw)?.trimEnd();
    if (line === undefined) return undefined;
    const content = line.trimStart();
    lines.push({ indent: line.length - content.length, content });
  }
  return lines;
}

/** Undefined where the sign of a comment may stand inside a quoted text. */
function withoutComment(raw: string): string | undefined {
  const at = raw.indexOf(' #');
  if (at === -1) return raw;
  const line = raw.slice(0, at);
  const quotes = line.match(/["']/g) ?? [];
  return quotes.length % 2 === 0 && new Set(quotes).size < 2 ? line : undefined;
}

/** The mapping whose lines have this indent; undefined at the first line that is not of the plain kind. */
function readMapping(cursor: Cursor, indent: number, depth: number): Record<string, unknown> | undefined {
  if (depth > MAX_DEPTH) return undefined;
  const mapping: Record<string, unknown> = Object.create(null);
  while (cursor.next < cursor.lines.length) {
    const line = cursor.lines[cursor.next];
    if (line === undefined || line.indent < indent) break;
    const [, key, rest] = (line.indent === indent && KEY.exec(line.content)) || [];
    if (key === undefined || key in mapping || RESERVED_KEYS.has(key)) return undefined;
    cursor.next++;
    const value = rest === undefined ? readBelow(cursor, indent, depth) : readInline(rest);
    if (value === undefined) return undefined;
    mapping[key] = value;
  }
  return mapping;
}

/** What stands under a key: a deeper mapping, a list of words, or nothing. */
function readBelow(cursor: Cursor, indent: number, depth: number): unknown {
  const line = cursor.lines[cursor.next];
  if (line === undefined) return null;
  if (line.content.startsWith('- ')) return line.indent < indent ? null : readList(cursor, line.indent);
  return line.indent <= indent ? null : readMapping(cursor, line.indent, depth + 1);
}

function readList(cursor: Cursor, indent: number): unknown[] | undefined {
  const list: unknown[] = [];
  for (;;) {
    const line = cursor.lines[cursor.next];
    if (line === undefined || line.indent < indent) return list;
    if (!line.content.startsWith('- ')) return line.indent === indent ? list : undefined;
    const value = line.indent === indent ? readScalar(line.content.slice(1).trim()) : undefined;
    if (value === undefined) return undefined;
    list.push(value);
    cursor.next++;
  }
}

/** What stands behind a key on its line. A line below that is indented deeper then fits no mapping, and is not plain. */
function readInline(rest: string): unknown {
  const first = rest[0];
  if (first !== '{' && first !== '[') return readScalar(rest);
  const inner = rest.slice(1, -1).trim();
  if (rest.at(-1) !== (first === '{' ? '}' : ']')) return undefined;
  const parts = inner === '' ? [] : inner.split(',').map((part) => part.trim());
  if (first === '[') {
    const list = parts.map(readScalar);
    return list.includes(undefined) ? undefined : list;
  }
  const mapping: Record<string, unknown> = Object.create(null);
  for (const part of parts) {
    const [, key, word] = KEY.exec(part) ?? [];
    const value = word === undefined ? undefined : readScalar(word);
    if (key === undefined || value === undefined || key in mapping || RESERVED_KEYS.has(key))
      return undefined;
    mapping[key] = value;
  }
  return mapping;
}

function readScalar(source: string): string | number | boolean | null | undefined {
  const [, quoted] = DOUBLE_QUOTED.exec(source) ?? SINGLE_QUOTED.exec(source) ?? [];
  if (quoted !== undefined) return quoted;
  return WORD.test(source) ? plainScalar(source) : undefined;
}
