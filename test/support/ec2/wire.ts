import * as sdk from '@aws-sdk/client-ec2';
import { NormalizedSchema } from '@smithy/core/schema';
import { Ec2Refusal } from './refusal.ts';

/** What one action takes and answers, from the SDK's own model of EC2. */
export interface Operation {
  readonly name: string;
  readonly input: NormalizedSchema;
  readonly output: NormalizedSchema;
}

type SchemaRef = Parameters<typeof NormalizedSchema.of>[0];

const operations = new Map<string, Operation>();

/** Undefined where EC2 has no such action. */
export function operationOf(name: string): Operation | undefined {
  const known = operations.get(name);
  if (known !== undefined) return known;
  const schema = (sdk as unknown as Record<string, unknown>)[`${name}$`];
  if (!Array.isArray(schema) || schema[0] !== 9) return undefined;
  const operation: Operation = {
    name,
    input: NormalizedSchema.of(schema[4] as SchemaRef),
    output: NormalizedSchema.of(schema[5] as SchemaRef),
  };
  operations.set(name, operation);
  return operation;
}

/** Reads the parameters of a request; one that the action does not have is refused. */
export function decodeInput(operation: Operation, form: URLSearchParams): Record<string, unknown> {
  const left = new Map([...form].filter(([key]) => key !== 'Action' && key !== 'Version'));
  const input = readStruct(operation.input, '', left);
  const [unknown] = left.keys();
  if (unknown !== undefined) {
    throw new Ec2Refusal('UnknownParameter', `The parameter ${unknown} is not recognized`);
  }
  return input;
}

function readStruct(schema: NormalizedSchema, prefix: string, left: Map<string, string>) {
  const value: Record<string, unknown> = {};
  for (const [name, member] of schema.structIterator()) {
    const { ec2QueryName, xmlName } = member.getMergedTraits();
    const key = ec2QueryName ?? capitalized(xmlName ?? name);
    const read = readValue(member, `${prefix}${key}`, left);
    if (read !== undefined) value[name] = read;
  }
  return value;
}

function readValue(schema: NormalizedSchema, key: string, left: Map<string, string>): unknown {
  if (schema.isListSchema()) {
    const values: unknown[] = [];
    for (let index = 1; ; index += 1) {
      const value = readValue(schema.getValueSchema(), `${key}.${index}`, left);
      if (value === undefined) return values.length === 0 ? undefined : values;
      values.push(value);
    }
  }
  if (schema.isStructSchema()) {
    if (![...left.keys()].some((known) => known.startsWith(`${key}.`))) return undefined;
    return readStruct(schema, `${key}.`, left);
  }
  const text = left.get(key);
  if (text === undefined) return undefined;
  left.delete(key);
  if (schema.isBooleanSchema()) {
    if (text !== 'true' && text !== 'false') throw notOf(key, text, 'boolean');
    return text === 'true';
  }
  if (schema.isNumericSchema()) {
    const value = Number(text);
    if (text === '' || !Number.isFinite(value)) throw notOf(key, text, 'number');
    return value;
  }
  if (schema.isTimestampSchema()) return new Date(text);
  return text;
}

function notOf(key: string, text: string, type: string): Ec2Refusal {
  return new Ec2Refusal('InvalidParameterValue', `Invalid value '${text}' for ${key}: not a ${type}`);
}

/** A member that the model does not have is a mistake of the fake, not of the caller. */
export function encodeOutput(operation: Operation, output: object, requestId: string): string {
  const body = operation.output.isStructSchema() ? writeStruct(operation.output, output) : '';
  const done = operation.output.isStructSchema() ? '' : '<return>true</return>';
  const name = `${operation.name}Response`;
  return (
    `<?xml version="1.0" encoding="UTF-8"?>\n<${name} xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">` +
    `<requestId>${requestId}</requestId>${done}${body}</${name}>`
  );
}

function writeStruct(schema: NormalizedSchema, value: object): string {
  const left = new Map(Object.entries(value).filter(([, member]) => member !== undefined));
  let text = '';
  for (const [name, member] of schema.structIterator()) {
    const inner: unknown = left.get(name);
    left.delete(name);
    if (inner === undefined) continue;
    const tag = member.getMemberTraits().xmlName ?? name;
    text += `<${tag}>${writeValue(member, inner)}</${tag}>`;
  }
  if (left.size > 0)
    throw new Error(`the fake answers with what EC2 does not know: ${[...left.keys()].join(', ')}`);
  return text;
}

function writeValue(schema: NormalizedSchema, value: unknown): string {
  if (schema.isListSchema()) {
    const item = schema.getValueSchema();
    const tag = item.getMergedTraits().xmlName ?? 'item';
    return (value as readonly unknown[])
      .map((entry) => `<${tag}>${writeValue(item, entry)}</${tag}>`)
      .join('');
  }
  if (schema.isStructSchema()) return writeStruct(schema, value as object);
  if (value instanceof Date) return value.toISOString();
  return escaped(String(value));
}

function escaped(text: string): string {
  return text.replace(/[<>&"'\r]/g, (character) => `&#${character.charCodeAt(0)};`);
}

function capitalized(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

export function encodeError(code: string, message: string, requestId: string): string {
  return (
    `<?xml version="1.0" encoding="UTF-8"?>\n<Response><Errors><Error><Code>${code}</Code>` +
    `<Message>${escaped(message)}</Message></Error></Errors><RequestID>${requestId}</RequestID></Response>`
  );
}
