import * as z from 'zod/mini';
import {
  diskTypeField,
  field,
  type Limits,
  locationsField,
  mapping,
  type Reading,
  sizeField,
  textField,
  wholeNumberField,
} from './configurationFields.ts';
import { alternatives, type ConfigurationIssue, describeFound, didYouMean } from './configurationIssue.ts';
import { nameIssue, namesThatDoNotFit } from './configurationNames.ts';
import { type ReadProvider, settingIssues } from './configurationProvider.ts';
import { isMapping, type Mapping, type Path, toIssues } from './configurationShape.ts';
import { nearest } from './nearest.ts';
import { parseSize } from './units.ts';
import type { DiskSpec, Settings, Size, Workstation } from './workstation.ts';

const MAX_DISKS = 16;
const DEFAULT_KEEP_SNAPSHOTS = 3;
const MOST_KEPT_SNAPSHOTS = 1000;
const MOST_CPUS = 512;
const MIB = 1024 ** 2;
const TIB = 1024 ** 4;
const SMALLEST_MEMORY = 64 * MIB;
const LARGEST_MEMORY = 64 * TIB;

const DISKS = 'disks, such as boot: { size: 10GB }, the first of which is the boot disk';
const SIZE = "{ cpus: 2, memory: 4GB } or the name of a cloud's machine type";

/** Where the kind is unknown, only what no cloud could fulfil is refused. */
const ANY_DISK = { smallestDiskBytes: 1, largestDiskBytes: 1024 * TIB };

function diskSchema(limits: Limits | undefined, kind: string | undefined) {
  const { smallestDiskBytes, largestDiskBytes } = limits ?? ANY_DISK;
  return mapping('a mapping such as { size: 10GB }', {
    size: sizeField('10GB', smallestDiskBytes, largestDiskBytes),
    type: diskTypeField(limits?.diskTypes, kind),
  });
}

const numbersSchema = mapping(SIZE, {
  cpus: wholeNumberField(1, MOST_CPUS),
  memory: sizeField('4GB', SMALLEST_MEMORY, LARGEST_MEMORY),
});

const machineType = textField(SIZE, 128);

function schemasFor(limits: Limits | undefined, kind: string | undefined, own: readonly string[]) {
  return {
    disk: diskSchema(limits, kind),
    entry: mapping('provider, location, size, image and disks', {
      provider: textField('the name of one of the providers'),
      location: locationsField(),
      size: field(SIZE, (found): Reading<unknown> => ({ value: found })),
      image: textField('the name of an image'),
      'keep-snapshots': z._default(wholeNumberField(1, MOST_KEPT_SNAPSHOTS), DEFAULT_KEEP_SNAPSHOTS),
      'ssh-user': z.optional(textField('the name of a user', 64)),
      'ssh-key': z.optional(textField('a public key, or the path of one', 16_384)),
      disks: field(DISKS, (found): Reading<unknown> => ({ value: found })),
      ...Object.fromEntries(own.map((key) => [key, z.optional(z.unknown())])),
    }),
  };
}

type Schemas = ReturnType<typeof schemasFor>;

/** A schema is costly to build and the same for all workstations of a kind. */
export type SchemaCache = Map<string | undefined, Schemas>;

function schemasOf(provider: ReadProvider | undefined, cache: SchemaCache): Schemas {
  const kind = provider?.kind;
  const schemas =
    cache.get(kind?.kind) ?? schemasFor(kind?.capabilities, kind?.kind, kind?.workstationKeys ?? []);
  cache.set(kind?.kind, schemas);
  return schemas;
}

/** Reads with a schema; mistakes are added to `issues`. */
function read<T>(
  schema: z.ZodMiniType<T>,
  data: unknown,
  path: Path,
  issues: ConfigurationIssue[],
): T | undefined {
  const result = z.safeParse(schema, data);
  if (result.success) return result.data;
  issues.push(...toIssues(result.error.issues, path, data));
  return undefined;
}

function readSize(found: unknown, path: Path, issues: ConfigurationIssue[]): Size | undefined {
  if (isMapping(found)) {
    const numbers = read(numbersSchema, found, path, issues);
    return numbers && { cpus: numbers.cpus, memoryBytes: numbers.memory };
  }
  const name = read(machineType, found, path, issues);
  return name === undefined ? undefined : { machineType: name };
}

function listHint(entries: readonly unknown[]): { hint?: string } {
  const [first] = entries;
  const name = isMapping(first) && typeof first['name'] === 'string' ? first['name'] : 'boot';
  return nameIssue(name, [], 'a disk') === undefined
    ? { hint: `write ${name}: { size: 10GB } without the dash` }
    : {};
}

function readDisks(
  found: unknown,
  path: Path,
  schema: Schemas['disk'],
  issues: ConfigurationIssue[],
): DiskSpec[] {
  if (!isMapping(found)) {
    const hint = Array.isArray(found) ? listHint(found) : {};
    issues.push({ path, message: describeFound(found), expected: DISKS, ...hint, at: 'value' });
    return [];
  }
  const entries = Object.entries(found);
  if (entries.length === 0) issues.push({ path, message: 'found no disk', expected: DISKS, at: 'value' });
  if (entries.length > MAX_DISKS)
    issues.push({
      path,
      message: `found ${entries.length} disks`,
      expected: `at most ${MAX_DISKS}`,
      at: 'value',
    });
  return entries.flatMap(([name, entry]) => {
    const inner = [...path, name];
    const badName = nameIssue(name, inner, 'a disk');
    if (badName !== undefined) issues.push(badName);
    if (typeof entry === 'string' && 'bytes' in parseSize(entry)) {
      const hint = `write ${name}: { size: ${entry} }`;
      issues.push({ path: inner, message: describeFound(entry), expected: 'a mapping', hint, at: 'value' });
      return [];
    }
    const disk = read(schema, entry, inner, issues);
    return disk === undefined ? [] : [{ name, sizeBytes: disk.size, type: disk.type }];
  });
}

function providerIssue(
  found: string,
  path: Path,
  providers: ReadonlyMap<string, unknown>,
): ConfigurationIssue {
  const names = [...providers.keys()];
  const likely = nearest(found, names);
  const shown = names.slice(0, 5);
  const expected = names.length > shown.length ? `${shown.join(', ')} …` : alternatives(shown);
  return {
    path: [...path, 'provider'],
    message: `${describeFound(found)}, which is not among the providers of this file`,
    expected,
    ...didYouMean(names.length > 1 ? likely : undefined),
    at: 'value',
  };
}

/** The file's word for each of a workstation's properties, for the paths of what a provider says. */
const FILE_KEYS: Readonly<Record<string, string>> = {
  locations: 'location',
  keepSnapshots: 'keep-snapshots',
  sshUser: 'ssh-user',
  sshKey: 'ssh-key',
  sizeBytes: 'size',
  memoryBytes: 'memory',
};

/** Where in the file the value is that a provider complains of; it sees disks as a list, the file has them by name. */
function pathInFile(path: Path, workstation: Workstation): Path {
  return path
    .filter((step, index) => step !== 'machineType' && !(index === 0 && step === 'settings'))
    .map((step, index) => {
      if (typeof step === 'string') return FILE_KEYS[step] ?? step;
      return index === 1 && path[0] === 'disks' ? (workstation.disks[step]?.name ?? step) : step;
    });
}

/** What stands under the keys that the kind has of its own; undefined where nothing does. */
function readSettings(
  raw: Mapping,
  own: readonly string[],
  path: Path,
  issues: ConfigurationIssue[],
): Settings | undefined {
  const settings = Object.fromEntries(
    own.flatMap((key) => (raw[key] === undefined || raw[key] === null ? [] : [[key, raw[key]] as const])),
  );
  for (const issue of settingIssues(settings, path)) issues.push(issue);
  return Object.keys(settings).length === 0 ? undefined : settings;
}

/**
 * One entry of `workstations`; its mistakes are added to `issues`. Undefined where it has any that keep it from being
 * read. What the kind has to say is asked only of what could be read whole.
 */
export function readWorkstation(
  name: string,
  entry: unknown,
  providers: ReadonlyMap<string, ReadProvider | undefined> | undefined,
  cache: SchemaCache,
  issues: ConfigurationIssue[],
): Workstation | undefined {
  const path = ['workstations', name];
  const before = issues.length;
  const badName = nameIssue(name, path, 'a workstation');
  if (badName !== undefined) issues.push(badName);
  const written = isMapping(entry) ? entry['provider'] : undefined;
  // A number is a text here, as the schema has it: a provider that is not there must not pass for want of quotes.
  const providerName = typeof written === 'number' ? String(written) : written;
  const provider = typeof providerName === 'string' ? providers?.get(providerName) : undefined;
  const schemas = schemasOf(provider, cache);
  const plain = read(schemas.entry, entry, path, issues);
  const raw: Mapping = isMapping(entry) ? entry : {};
  if (typeof providerName === 'string' && providers?.has(providerName) === false)
    issues.push(providerIssue(providerName, path, providers));
  const present = (key: string): boolean => raw[key] !== undefined && raw[key] !== null;
  const size = present('size') ? readSize(raw['size'], [...path, 'size'], issues) : undefined;
  const disks = present('disks') ? readDisks(raw['disks'], [...path, 'disks'], schemas.disk, issues) : [];
  const settings = readSettings(raw, provider?.kind?.workstationKeys ?? [], path, issues);
  const limits = provider?.kind?.capabilities;
  if (limits !== undefined && badName === undefined && isMapping(raw['disks'])) {
    const names = Object.keys(raw['disks']);
    issues.push(...namesThatDoNotFit(name, names, limits.longestName, provider?.spec.kind ?? ''));
  }
  const [boot, ...data] = disks;
  if (issues.length > before || plain === undefined || size === undefined || boot === undefined)
    return undefined;
  const workstation: Workstation = {
    name,
    provider: plain.provider,
    locations: plain.location,
    size,
    image: plain.image,
    keepSnapshots: plain['keep-snapshots'],
    disks: [boot, ...data],
    ...(plain['ssh-user'] === undefined ? {} : { sshUser: plain['ssh-user'] }),
    ...(plain['ssh-key'] === undefined ? {} : { sshKey: plain['ssh-key'] }),
    ...(settings === undefined ? {} : { settings }),
  };
  if (provider?.kind === undefined || !provider.usable) return workstation;
  const problems = provider.kind.checkWorkstation(workstation, provider.spec.settings);
  for (const problem of problems) {
    const inner = [...path, ...pathInFile(problem.path, workstation)];
    issues.push({ path: inner, message: problem.message, at: 'value' });
  }
  return problems.length === 0 ? workstation : undefined;
}
