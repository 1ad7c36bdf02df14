import type { Node, Pair, ParsedNode } from 'yaml';
import { subjectOf } from '../core/configurationIssue.ts';
import { RESERVED_KEYS } from '../core/configurationNames.ts';
import { quoted } from '../core/printable.ts';
import { plainScalar } from './plainScalar.ts';
import type { TextMistake } from './textPosition.ts';

type Path = readonly (string | number)[];

/** Plain data, and where in the text each part of it is written. */
export interface YamlData {
  readonly data: unknown;
  /** The offset of the key or value at the end of a path; of the last one that exists where the rest is missing. */
  readonly locate: (path: Path, at: 'key' | 'value') => number;
}

const MAX_DEPTH = 20;
const MAX_ALIASES = 1_000;
/** How many nodes aliases may repeat altogether: a few lines of them could otherwise stand for billions. */
const MAX_REPEATED = 100_000;

interface Places {
  readonly key: number;
  readonly value: number;
}

/** What the walk knows; one for each document. */
interface Walk {
  readonly yaml: typeof import('yaml');
  readonly places: WeakMap<object, Map<string | number, Places>>;
  readonly mistakes: TextMistake[];
  readonly anchors: Map<string, Node>;
  /** Nodes that are being read just now: an alias to one of them would never end. */
  readonly open: Set<Node>;
  aliases: number;
  repeated: number;
  /** How many aliases the node is inside of. */
  inside: number;
  /** True once the aliases were too many: told once, and nothing more is repeated. */
  exhausted: boolean;
}

function startOf(node: unknown, otherwise: number): number {
  const range = (node as { range?: readonly number[] | null } | null)?.range;
  return range?.[0] ?? otherwise;
}

function fail(walk: Walk, offset: number, sentence: string): undefined {
  walk.mistakes.push({ offset, sentence });
  return undefined;
}

/** Turns the document's nodes into plain data, or finds what this file's kind of YAML has no use for. */
export function yamlData(
  contents: ParsedNode | Node | null,
  yaml: typeof import('yaml'),
): YamlData | { readonly mistakes: readonly TextMistake[] } {
  const walk: Walk = {
    yaml,
    places: new WeakMap(),
    mistakes: [],
    anchors: new Map(),
    open: new Set(),
    aliases: 0,
    repeated: 0,
    inside: 0,
    exhausted: false,
  };
  const data = convert(walk, contents, [], startOf(contents, 0));
  if (walk.mistakes.length > 0) return { mistakes: walk.mistakes };
  const root = startOf(contents, 0);
  return { data, locate: (path, at) => locate(walk, data, root, path, at) };
}

function locate(walk: Walk, data: unknown, root: number, path: Path, at: 'key' | 'value'): number {
  let places: Places = { key: root, value: root };
  let value = data;
  for (const step of path) {
    const inner = typeof value === 'object' && value !== null ? walk.places.get(value)?.get(step) : undefined;
    if (inner === undefined) return places.key;
    places = inner;
    value = (value as Record<string | number, unknown>)[step];
  }
  return at === 'key' ? places.key : places.value;
}

function convert(walk: Walk, node: unknown, path: Path, near: number): unknown {
  const { yaml } = walk;
  if (node === null || node === undefined) return null;
  const at = startOf(node, near);
  if (walk.inside > 0 && ++walk.repeated > MAX_REPEATED) return exhaust(walk, at);
  if (yaml.isAlias(node)) return repeat(walk, node.source, path, at);
  if (!yaml.isNode(node)) return fail(walk, at, 'this cannot be read');
  if (node.tag !== undefined)
    return fail(
      walk,
      at,
      `tags such as ${quoted(node.tag.replace('tag:yaml.org,2002:', '!!'))} are not used in this file; put a text into quotes instead`,
    );
  const anchor = (node as { anchor?: string }).anchor;
  if (anchor !== undefined && walk.inside === 0) walk.anchors.set(anchor, node);
  if (yaml.isScalar(node)) {
    const text = String(node.value ?? '');
    return node.type === 'PLAIN' ? plainScalar(text) : text;
  }
  if (path.length >= MAX_DEPTH) return fail(walk, at, 'nested too deeply');
  walk.open.add(node);
  const data = yaml.isMap(node)
    ? convertMapping(walk, node.items, path, at)
    : yaml.isSeq(node)
      ? convertList(walk, node.items, path, at)
      : fail(walk, at, 'this cannot be read');
  walk.open.delete(node);
  return data;
}

function exhaust(walk: Walk, at: number): undefined {
  if (walk.exhausted) return undefined;
  walk.exhausted = true;
  return fail(walk, at, 'aliases (*) repeat too much; write it out');
}

function repeat(walk: Walk, name: string, path: Path, at: number): unknown {
  if (++walk.aliases > MAX_ALIASES || walk.exhausted) return exhaust(walk, at);
  const node = walk.anchors.get(name);
  if (node === undefined)
    return fail(
      walk,
      at,
      `the alias ${quoted(`*${name}`)} repeats nothing: no anchor &${name.slice(0, 60)} is above it; a text that begins with * needs quotes`,
    );
  if (walk.open.has(node))
    return fail(walk, at, `the alias ${quoted(`*${name}`)} repeats what it is part of`);
  walk.inside++;
  const data = convert(walk, node, path, at);
  walk.inside--;
  return data;
}

function convertList(walk: Walk, items: readonly unknown[], path: Path, near: number): unknown[] {
  const places = new Map<number, Places>();
  const list = items.map((item, index) => {
    const at = startOf(item, near);
    places.set(index, { key: at, value: at });
    return convert(walk, item, [...path, index], at);
  });
  walk.places.set(list, places);
  return list;
}

function keyText(walk: Walk, pair: Pair<unknown, unknown>, near: number): string | undefined {
  const { key } = pair;
  if (walk.yaml.isScalar(key) && key.tag === undefined) return String(key.value ?? '');
  return fail(walk, startOf(key, near), 'this cannot be a key, expected a plain word');
}

/** Keys are always text, and a name that means something to the language must not become one. */
function convertMapping(
  walk: Walk,
  items: readonly Pair<unknown, unknown>[],
  path: Path,
  near: number,
): Record<string, unknown> {
  const mapping: Record<string, unknown> = Object.create(null);
  const places = new Map<string | number, Places>();
  for (const pair of items) {
    const at = startOf(pair.key, near);
    const key = keyText(walk, pair, near);
    if (key === undefined) continue;
    const inner = [...path, key];
    const empty = pair.value === null || (walk.yaml.isScalar(pair.value) && pair.value.source === '');
    places.set(key, { key: at, value: empty ? at : startOf(pair.value, at) });
    if (Object.hasOwn(mapping, key))
      fail(walk, at, `${subjectOf(inner)}: this key is here a second time; each can be written once`);
    else if (RESERVED_KEYS.has(key))
      fail(walk, at, `${subjectOf(inner)}: this word is reserved, expected another name`);
    else if (key === '<<')
      fail(walk, at, `${subjectOf(inner)}: merge keys are not used in this file; write it out`);
    else mapping[key] = convert(walk, pair.value, inner, at);
  }
  walk.places.set(mapping, places);
  return mapping;
}
