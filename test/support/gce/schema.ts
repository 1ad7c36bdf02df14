import { createRequire } from 'node:module';
import type { Json, JsonObject } from './state.ts';

interface Field {
  readonly type: string;
  readonly rule?: 'repeated';
  readonly keyType?: string;
}

interface Node {
  readonly fields?: Readonly<Record<string, Field>>;
  readonly values?: Readonly<Record<string, number>>;
  readonly nested?: Readonly<Record<string, Node>>;
  readonly methods?: Readonly<Record<string, Method>>;
}

interface Method {
  readonly requestType: string;
  readonly responseType: string;
  readonly parsedOptions: readonly Readonly<Record<string, unknown>>[];
}

type Verb = 'get' | 'post' | 'put' | 'patch' | 'delete';
type HttpRule = { readonly [verb in Verb]?: string } & { readonly body?: string };

/** One method of the API: how it is called, by the schema that lies inside the SDK's own package. */
export interface Route {
  /** `instances.aggregatedList` */
  readonly rpc: string;
  readonly verb: Verb;
  readonly pattern: RegExp;
  readonly pathFields: readonly string[];
  /** The field of the request that is the body, and its type. */
  readonly body: { readonly field: string; readonly type: string } | undefined;
  readonly query: Readonly<Record<string, Field>>;
  readonly required: readonly string[];
  readonly responseType: string;
}

export interface MatchedRoute {
  readonly route: Route;
  readonly path: Readonly<Record<string, string>>;
}

const load = createRequire(import.meta.url);

interface Root {
  readonly nested: { google: { nested: { cloud: { nested: { compute: { nested: { v1: Node } } } } } } };
}

const messages: Readonly<Record<string, Node>> =
  (load('@google-cloud/compute/build/protos/protos.json') as Root).nested.google.nested.cloud.nested.compute
    .nested.v1.nested ?? {};

const routes = Object.entries(messages).flatMap(([service, { methods = {} }]) =>
  Object.entries(methods).map(([name, method]) => routeOf(service, name, method)),
);

function routeOf(service: string, name: string, method: Method): Route {
  const options = method.parsedOptions.find((option) => '(google.api.http)' in option);
  const rule = (options?.['(google.api.http)'] ?? {}) as HttpRule;
  const [verb, template] = (['get', 'post', 'put', 'patch', 'delete'] as const)
    .map((candidate) => [candidate, rule[candidate] ?? ''] as const)
    .find(([, found]) => found !== '') ?? ['get', ''];
  const fields = messages[method.requestType]?.fields ?? {};
  const pathFields = [...template.matchAll(/\{([a-z_0-9]+)\}/g)].map(([, field = '']) => camel(field));
  const bodyField = rule.body === undefined ? undefined : camel(rule.body);
  const own = new Set([...pathFields, ...(bodyField === undefined ? [] : [bodyField])]);
  return {
    rpc: `${lowerFirst(service)}.${lowerFirst(name)}`,
    verb,
    pattern: new RegExp(`^${template.replace(/\{[a-z_0-9]+\}/g, '([^/]+)')}$`),
    pathFields,
    body: bodyField === undefined ? undefined : { field: bodyField, type: fields[bodyField]?.type ?? '' },
    query: Object.fromEntries(Object.entries(fields).filter(([field]) => !own.has(field))),
    required: Object.entries(fields)
      .filter(
        ([field, { options: marks }]: [string, Field & { options?: Record<string, unknown> }]) =>
          !own.has(field) && marks?.['(google.api.field_behavior)'] === 'REQUIRED',
      )
      .map(([field]) => field),
    responseType: method.responseType,
  };
}

/** Undefined where the API has no such method. A path of fixed words goes before one with a place for any. */
export function matchRoute(verb: string, path: string): MatchedRoute | undefined {
  const fitting = routes.flatMap((route) => {
    const match = route.verb === verb.toLowerCase() ? route.pattern.exec(path) : null;
    return match === null ? [] : [{ route, match }];
  });
  const [first] = fitting.toSorted((one, other) => one.match.length - other.match.length);
  if (first === undefined) return undefined;
  const values = first.match.slice(1).map(decodeURIComponent);
  return {
    route: first.route,
    path: Object.fromEntries(first.route.pathFields.map((field, index) => [field, values[index] ?? ''])),
  };
}

/** Why a message is not of a type: a field that it does not have, or one of another type; undefined where it is. */
export function whyNotOf(type: string, value: Json, at = ''): string | undefined {
  const node = messages[type];
  if (node?.fields === undefined) return `${at || type}: the schema has no message ${type}`;
  if (!isObject(value)) return `${at || type}: not an object`;
  for (const [key, found] of Object.entries(value)) {
    const field = Object.hasOwn(node.fields, key) ? node.fields[key] : undefined;
    const where = at === '' ? key : `${at}.${key}`;
    if (field === undefined) return `Unknown name "${key}" at '${at || type}'`;
    const why = whyNotField(node, key, field, found, where);
    if (why !== undefined) return why;
  }
  return undefined;
}

function whyNotField(owner: Node, key: string, field: Field, value: Json, at: string): string | undefined {
  if (field.keyType !== undefined) {
    if (!isObject(value)) return `${at}: not a map`;
    return firstOf(Object.entries(value), ([name, entry]) =>
      whyNotValue(owner, key, field.type, entry, `${at}.${name}`),
    );
  }
  if (field.rule !== 'repeated') return whyNotValue(owner, key, field.type, value, at);
  if (!Array.isArray(value)) return `${at}: not a list`;
  return firstOf(value as readonly Json[], (entry, index) =>
    whyNotValue(owner, key, field.type, entry, `${at}[${index}]`),
  );
}

function whyNotValue(owner: Node, key: string, type: string, value: Json, at: string): string | undefined {
  switch (type) {
    case 'string': {
      if (typeof value !== 'string') return `${at}: not a text`;
      // Enumerations are texts on the wire; their values stand beside the message, under the field's name.
      const values = owner.nested?.[key.charAt(0).toUpperCase() + key.slice(1)]?.values;
      const known = values === undefined || (Object.hasOwn(values, value) && values[value] !== 0);
      return known ? undefined : `Invalid value for field '${at}': '${value}'`;
    }
    case 'bool':
      return typeof value === 'boolean' ? undefined : `${at}: not true or false`;
    case 'int32':
    case 'uint32':
      return Number.isInteger(value) ? undefined : `${at}: not a whole number`;
    case 'int64':
    case 'uint64':
      // clouds.md, Compute Engine: "int64 travels as string".
      return typeof value === 'string' && /^-?\d+$/.test(value)
        ? undefined
        : `${at}: not a whole number in quotes`;
    case 'double':
    case 'float':
      return typeof value === 'number' ? undefined : `${at}: not a number`;
    default: {
      const values = owner.nested?.[type]?.values;
      if (values === undefined) return whyNotOf(type, value, at);
      return typeof value === 'string' && Object.hasOwn(values, value)
        ? undefined
        : `${at}: not one of ${type}`;
    }
  }
}

/** What gcloud asks with, and the schema does not have: it gets what everybody gets. A list tells by itself that it is not whole. */
const besides: Readonly<Record<string, RegExp>> = { alt: /^json$/, returnPartialSuccess: /^True$/ };

/** The parameters behind the `?`, each of the type that the schema has for it. */
export function readQuery(
  route: Route,
  search: URLSearchParams,
): { query: Record<string, string> } | { why: string } {
  const query: Record<string, string> = {};
  for (const [key, value] of search) {
    const field = Object.hasOwn(route.query, key) ? route.query[key] : undefined;
    if (field === undefined && Object.hasOwn(besides, key) && besides[key]?.test(value)) continue;
    if (field === undefined) return { why: `Unknown parameter ${key}` };
    // The real one takes `True` from gcloud, which is written in Python.
    if (field.type === 'bool' && !/^(?:true|false)$/i.test(value))
      return { why: `${key}: not true or false` };
    if (/int/.test(field.type) && !/^-?\d+$/.test(value)) return { why: `${key}: not a whole number` };
    query[key] = value;
  }
  const missing = route.required.find((field) => query[field] === undefined);
  return missing === undefined ? { query } : { why: `Required parameter: ${missing}` };
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function firstOf<T>(
  entries: readonly T[],
  ask: (entry: T, index: number) => string | undefined,
): string | undefined {
  for (const [index, entry] of entries.entries()) {
    const why = ask(entry, index);
    if (why !== undefined) return why;
  }
  return undefined;
}

function camel(field: string): string {
  return field.replace(/_([a-z0-9])/g, (_match, letter: string) => letter.toUpperCase());
}

function lowerFirst(word: string): string {
  return word.charAt(0).toLowerCase() + word.slice(1);
}
