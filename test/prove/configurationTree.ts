/**
 * A configuration as it is written: unlike data it has keys twice, quotes, braces, anchors and tags, so that a mistake can
 * be made in it at the place where a person or a program would make it.
 */
export type Tree = Scalar | Mapping | List;

export interface Scalar {
  readonly kind: 'scalar';
  text: string;
  /** 'raw' is put there as it is, whatever it means. */
  style: 'plain' | 'single' | 'double' | 'raw';
}

export interface Mapping {
  readonly kind: 'mapping';
  entries: Entry[];
  flow: boolean;
  /** An anchor or a tag before it. */
  mark?: string;
}

export interface Entry {
  key: Scalar;
  value: Tree;
}

export interface List {
  readonly kind: 'list';
  items: Tree[];
  flow: boolean;
}

export function scalar(text: string, style: Scalar['style'] = 'plain'): Scalar {
  return { kind: 'scalar', text, style };
}

/** A tree of plain data: small mappings in braces, as people write them. */
export function treeOf(data: unknown): Tree {
  if (Array.isArray(data)) return { kind: 'list', items: data.map(treeOf), flow: true };
  if (typeof data !== 'object' || data === null) return scalar(data === null ? '' : String(data));
  const entries = Object.entries(data).map(([key, value]) => ({ key: scalar(key), value: treeOf(value) }));
  const flow = entries.every(({ value }) => value.kind === 'scalar') && entries.length < 4;
  return { kind: 'mapping', entries, flow };
}

/** Every entry of every mapping, outermost first, with the mapping that it is in. */
export function entriesIn(tree: Tree): { readonly parent: Mapping; readonly entry: Entry }[] {
  switch (tree.kind) {
    case 'scalar':
      return [];
    case 'list':
      return tree.items.flatMap(entriesIn);
    case 'mapping':
      return tree.entries.flatMap((entry) => [{ parent: tree, entry }, ...entriesIn(entry.value)]);
  }
}

function escaped(text: string): string {
  let inner = '';
  // By units and not by characters: half a surrogate pair can be escaped, and is.
  for (let at = 0; at < text.length; at += 1) {
    const sign = text[at] ?? '';
    const code = text.charCodeAt(at);
    if (sign === '"' || sign === '\\') inner += `\\${sign}`;
    else if (code >= 0x20 && code < 0x7f) inner += sign;
    else inner += `\\u${code.toString(16).padStart(4, '0')}`;
  }
  return `"${inner}"`;
}

function scalarText({ text, style }: Scalar): string {
  switch (style) {
    case 'plain':
    case 'raw':
      return text;
    case 'single':
      return `'${text.replaceAll("'", "''")}'`;
    case 'double':
      return escaped(text);
  }
}

function flowText(tree: Tree): string {
  switch (tree.kind) {
    case 'scalar':
      return scalarText(tree);
    case 'list':
      return `[${tree.items.map(flowText).join(', ')}]`;
    case 'mapping': {
      const inner = tree.entries.map(({ key, value }) => `${scalarText(key)}: ${flowText(value)}`).join(', ');
      return `${tree.mark === undefined ? '' : `${tree.mark} `}{ ${inner} }`;
    }
  }
}

function blockLines(tree: Tree, indent: number): string[] {
  const blanks = ' '.repeat(indent);
  if (tree.kind === 'list' && !tree.flow) return tree.items.map((item) => `${blanks}- ${flowText(item)}`);
  if (tree.kind !== 'mapping' || tree.flow) return [blanks + flowText(tree)];
  return tree.entries.flatMap(({ key, value }) => {
    const start = `${blanks}${scalarText(key)}:`;
    const inline = value.kind === 'scalar' || value.flow || isEmpty(value);
    if (inline) return [`${start} ${flowText(value)}`];
    const mark = value.kind === 'mapping' && value.mark !== undefined ? ` ${value.mark}` : '';
    return [start + mark, ...blockLines(value, indent + 2)];
  });
}

function isEmpty(tree: Mapping | List): boolean {
  return tree.kind === 'mapping' ? tree.entries.length === 0 : tree.items.length === 0;
}

export function textOf(tree: Tree): string {
  return `${blockLines(tree, 0).join('\n')}\n`;
}
