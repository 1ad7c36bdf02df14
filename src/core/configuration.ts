import * as z from 'zod/mini';
import { field, mapping, type Reading } from './configurationFields.ts';
import { type ConfigurationIssue, describeFound } from './configurationIssue.ts';
import { collisions } from './configurationNames.ts';
import { type ReadProvider, readProvider } from './configurationProvider.ts';
import { isMapping, type Mapping, toIssues } from './configurationShape.ts';
import { readWorkstation, type SchemaCache } from './configurationWorkstation.ts';
import type { ProviderKind } from './provider.ts';
import type { Configuration, Workstation } from './workstation.ts';

/** The version of the file's format that this chews reads. */
export const CONFIGURATION_VERSION = 1;
const MAX_PROVIDERS = 100;
const MAX_WORKSTATIONS = 10_000;

/** Either the whole configuration or every mistake in it. */
export type ParsedConfiguration =
  { readonly configuration: Configuration } | { readonly issues: readonly ConfigurationIssue[] };

const PROVIDERS = 'providers by name, such as here: { kind: local }';
const WORKSTATIONS = 'workstations by name, such as dev: { provider: here, … }';

function readVersion(found: unknown): Reading<number> {
  if (found === CONFIGURATION_VERSION) return { value: CONFIGURATION_VERSION };
  if (found === String(CONFIGURATION_VERSION))
    return { message: 'found the text "1"', hint: `write version: ${CONFIGURATION_VERSION} without quotes` };
  return {};
}

function readId(found: unknown): Reading<string> {
  const text = typeof found === 'number' ? String(found) : found;
  return typeof text === 'string' && /^[0-9a-f]{8}$/.test(text) ? { value: text } : {};
}

/** `providers` and `workstations` are read on their own, entry by entry, so that one mistake hides no other. */
const schema = mapping('version, providers and workstations', {
  version: field(`version: ${CONFIGURATION_VERSION}`, readVersion),
  id: z.optional(field('8 hexadecimal digits in small letters, as drawn by chews init', readId)),
  providers: z.optional(z.unknown()),
  workstations: z.optional(z.unknown()),
});

/** The entries of `providers` or `workstations`; nothing written under the key means none. */
function entriesOf(
  data: Mapping,
  key: 'providers' | 'workstations',
  expected: string,
  most: number,
  issues: ConfigurationIssue[],
): [string, unknown][] {
  const found = data[key];
  if (found === undefined || found === null) return [];
  if (!isMapping(found)) {
    const dashes = Array.isArray(found) ? { hint: 'write the name and a colon instead of each dash' } : {};
    issues.push({ path: [key], message: describeFound(found), expected, ...dashes, at: 'value' });
    return [];
  }
  const entries = Object.entries(found);
  if (entries.length <= most) return entries;
  issues.push({
    path: [key],
    message: `found ${entries.length} ${key}`,
    expected: `at most ${most}`,
    at: 'value',
  });
  return [];
}

/** The kinds of provider that the data names, whether or not they exist: what has to be loaded before it can be read. */
export function kindsNamed(data: unknown): string[] {
  const providers = isMapping(data) ? data['providers'] : undefined;
  if (!isMapping(providers)) return [];
  const kinds = Object.values(providers).map((entry) => (isMapping(entry) ? entry['kind'] : undefined));
  return [...new Set(kinds.filter((kind) => typeof kind === 'string'))];
}

/** Nothing below can be trusted to mean what it says in a file of another version. */
function versionIssue(data: Mapping): ConfigurationIssue | undefined {
  const { version } = data;
  if (typeof version !== 'number' || !Number.isInteger(version) || version <= CONFIGURATION_VERSION)
    return undefined;
  return {
    path: ['version'],
    message: `found ${version}, which was made for a newer chews`,
    expected: `version: ${CONFIGURATION_VERSION}`,
    hint: 'update chews',
    at: 'value',
  };
}

function missingIssues(
  data: Mapping,
  providers: number,
  found: readonly ConfigurationIssue[],
): ConfigurationIssue[] {
  const issues: ConfigurationIssue[] = [];
  const mistyped = (key: string): boolean => found.some((issue) => issue.hint === `did you mean ${key}?`);
  if (!('workstations' in data) && !mistyped('workstations'))
    issues.push({ path: ['workstations'], message: 'missing', expected: WORKSTATIONS, at: 'key' });
  const wanted = isMapping(data['workstations']) && Object.keys(data['workstations']).length > 0;
  const said = mistyped('providers') || found.some((issue) => issue.path[0] === 'providers');
  if (wanted && providers === 0 && !said)
    issues.push({ path: ['providers'], message: 'missing', expected: PROVIDERS, at: 'key' });
  return issues;
}

/**
 * Reads a configuration from plain data. `kinds` holds those of `kindsNamed` that exist, `knownKinds` all that there are.
 * The disks keep the order of the data: names begin with a letter, so that no engine sorts them as if they were indices.
 */
export function parseConfiguration(
  data: unknown,
  kinds: ReadonlyMap<string, ProviderKind>,
  knownKinds: readonly string[],
): ParsedConfiguration {
  if (!isMapping(data)) {
    const message = data === null || data === undefined ? 'the file is empty' : describeFound(data);
    const hint = 'chews init writes a file to start from';
    return {
      issues: [{ path: [], message, expected: 'version, providers and workstations', hint, at: 'value' }],
    };
  }
  const newer = versionIssue(data);
  if (newer !== undefined) return { issues: [newer] };
  const top = z.safeParse(schema, data);
  const issues = top.success ? [] : toIssues(top.error.issues, [], data);
  const providers = new Map<string, ReadProvider | undefined>();
  for (const [name, entry] of entriesOf(data, 'providers', PROVIDERS, MAX_PROVIDERS, issues))
    providers.set(name, readProvider(name, entry, kinds, knownKinds, issues));
  issues.push(...missingIssues(data, providers.size, issues));
  const workstations: Workstation[] = [];
  const schemas: SchemaCache = new Map();
  // Without its providers, each workstation would complain of the same thing again.
  const known = providers.size === 0 ? undefined : providers;
  for (const [name, entry] of entriesOf(data, 'workstations', WORKSTATIONS, MAX_WORKSTATIONS, issues)) {
    const workstation = readWorkstation(name, entry, known, schemas, issues);
    if (workstation !== undefined) workstations.push(workstation);
  }
  issues.push(...collisions(workstations, placesBy(providers)));
  if (!top.success || issues.length > 0) return { issues };
  const specs = [...providers.values()].flatMap((provider) =>
    provider === undefined ? [] : [provider.spec],
  );
  const { id } = top.data;
  return { configuration: { ...(id === undefined ? {} : { id }), providers: specs, workstations } };
}

/** Two providers of one kind and the same settings are one place: their assets would meet there. */
function placesBy(
  providers: ReadonlyMap<string, ReadProvider | undefined>,
): (workstation: Workstation) => string {
  const places = new Map<string, string>();
  for (const [name, provider] of providers)
    places.set(name, JSON.stringify([provider?.spec.kind, provider?.spec.settings]));
  return (workstation) => places.get(workstation.provider) ?? workstation.provider;
}
