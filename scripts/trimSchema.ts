/** A part of the schema inside the SDK, as protobufjs writes it: services with methods, messages with fields, enumerations. */
export interface SchemaNode {
  readonly nested?: Readonly<Record<string, SchemaNode>>;
  readonly methods?: Readonly<
    Record<string, { readonly requestType: string; readonly responseType: string }>
  >;
  readonly fields?: Readonly<Record<string, { readonly type: string }>>;
}

const PACKAGE = ['google', 'cloud', 'compute', 'v1'];

/** The calls that a source names as keys of its table: `'disks.insert': [`. */
export function callsIn(source: string): string[] {
  return [...source.matchAll(/'([a-zA-Z]+\.[a-zA-Z]+)': \[/g)].map(([, call = '']) => call);
}

/**
 * The schema with the given calls, and with every message that they can lead to. Of its twelve megabytes the SDK reads all
 * whenever it is loaded, and a hundredth is in use.
 */
export function trimSchema(root: SchemaNode, calls: readonly string[]): SchemaNode {
  const all = PACKAGE.reduce<SchemaNode>((node, name) => node.nested?.[name] ?? {}, root).nested ?? {};
  const kept: Record<string, SchemaNode> = {};
  const keep = (type: string): void => {
    const node = all[type];
    if (node === undefined || Object.hasOwn(kept, type)) return;
    kept[type] = node;
    for (const field of fieldsOf(node)) keep(field);
  };
  for (const call of calls) {
    const [service = '', method = ''] = call
      .split('.')
      .map((word) => word.charAt(0).toUpperCase() + word.slice(1));
    const found = all[service]?.methods?.[method];
    if (found === undefined) throw new Error(`the SDK has no ${call}`);
    const before = kept[service]?.methods ?? {};
    kept[service] = { ...all[service], methods: { ...before, [method]: found } };
    keep(found.requestType);
    keep(found.responseType);
  }
  return replaceAt(root, PACKAGE, kept);
}

function fieldsOf({ fields = {}, nested = {} }: SchemaNode): string[] {
  return [...Object.values(fields).map(({ type }) => type), ...Object.values(nested).flatMap(fieldsOf)];
}

/** Beside the version that is spoken lie others of the same API, which nobody speaks. */
function replaceAt(
  node: SchemaNode,
  path: readonly string[],
  nested: Readonly<Record<string, SchemaNode>>,
): SchemaNode {
  const [first, ...rest] = path;
  if (first === undefined) return { ...node, nested };
  const siblings = rest.length === 0 ? {} : node.nested;
  return { ...node, nested: { ...siblings, [first]: replaceAt(node.nested?.[first] ?? {}, rest, nested) } };
}
