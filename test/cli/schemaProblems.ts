interface Schema {
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, Schema>>;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
}

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

/** What of a value a JSON Schema does not allow; as much of the language as our schema uses. */
export function schemaProblems(value: unknown, schema: Schema, root: Schema = schema, at = '$'): string[] {
  if (schema.$ref !== undefined) {
    const name = schema.$ref.replace('#/$defs/', '');
    const target = root.$defs?.[name];
    return target === undefined ? [`${at}: no ${schema.$ref}`] : schemaProblems(value, target, root, at);
  }
  if (schema.anyOf !== undefined) {
    const all = schema.anyOf.map((option) => schemaProblems(value, option, root, at));
    return all.some((problems) => problems.length === 0) ? [] : all.flat();
  }
  if (schema.enum !== undefined && !schema.enum.includes(value))
    return [`${at}: ${String(value)} is not listed`];
  const types = schema.type === undefined ? undefined : [schema.type].flat();
  if (types !== undefined && !types.includes(typeOf(value)))
    return [`${at}: ${typeOf(value)} instead of ${types.join()}`];
  if (Array.isArray(value)) {
    const { items } = schema;
    return items === undefined
      ? []
      : value.flatMap((entry, index) => schemaProblems(entry, items, root, `${at}[${index}]`));
  }
  if (typeof value !== 'object' || value === null) return [];
  const { required = [], properties = {} } = schema;
  return [
    ...required.filter((key) => !(key in value)).map((key) => `${at}: ${key} is missing`),
    ...Object.entries(value).flatMap(([key, entry]) => {
      const inner = properties[key];
      if (inner !== undefined) return schemaProblems(entry, inner, root, `${at}.${key}`);
      return schema.additionalProperties === false ? [`${at}: ${key} is not known`] : [];
    }),
  ];
}
