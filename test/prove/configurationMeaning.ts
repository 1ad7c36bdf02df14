import { parseDocument } from 'yaml';
import type { Configuration } from '../../src/core/workstation.ts';

/**
 * A file as a reader understands it who knows nothing of chews: every word as text, just as it is written. Undefined where
 * that reader finds a mistake of form.
 */
export function plainReading(text: string): unknown {
  const document = parseDocument(text, { schema: 'failsafe', merge: false, prettyErrors: false });
  return document.errors.length > 0 ? undefined : document.toJS({ maxAliasCount: 100_000 });
}

type Mapping = Readonly<Record<string, unknown>>;

function isMapping(value: unknown): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const WORKSTATION_KEYS = [
  'provider',
  'location',
  'size',
  'image',
  'keep-snapshots',
  'ssh-user',
  'ssh-key',
  'disks',
];

const UNITS = ['b', 'k', 'm', 'g', 't', 'p'];

/** Bytes by whole numbers alone, at one billionth of a byte. */
function bytesOf(text: unknown): number | undefined {
  const match = /^ *([0-9]+)(?:\.([0-9]{1,9}))? *([bkmgtp])(i?b)? *$/i.exec(String(text));
  if (match === null) return undefined;
  const [, whole = '', fraction = '', unit = ''] = match;
  const billionths =
    BigInt(whole + fraction.padEnd(9, '0')) * 1024n ** BigInt(UNITS.indexOf(unit.toLowerCase()));
  return Number((billionths + 500_000_000n) / 1_000_000_000n);
}

/** Words that mean the same: nothing, and true and false in three spellings. */
function settled(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(settled);
  if (isMapping(value))
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, settled(inner)]));
  const text = value === null || value === undefined ? '' : String(value);
  if (text === '~' || /^(null|Null|NULL)$/.test(text)) return '';
  return /^(true|True|TRUE|false|False|FALSE)$/.test(text) ? text.toLowerCase() : text;
}

function same(left: unknown, right: unknown): boolean {
  return JSON.stringify(settled(left)) === JSON.stringify(settled(right));
}

function listOf(value: unknown): unknown {
  return Array.isArray(value) ? value : [value];
}

/**
 * Where a configuration says something else than the file that it was read from: sentences, none where it is what was meant.
 * Nothing may be left out of it, added to it, or taken for something else.
 */
export function misreadings(configuration: Configuration, file: unknown): string[] {
  if (!isMapping(file)) return ['a file that is no mapping was accepted'];
  const wrong: string[] = [];
  const expectSame = (what: string, read: unknown, written: unknown) => {
    if (!same(read, written))
      wrong.push(`${what} was read as ${JSON.stringify(read)} and is written ${JSON.stringify(written)}`);
  };
  const within = (what: string, mapping: Mapping, keys: readonly string[]) => {
    for (const key of Object.keys(mapping))
      if (!keys.includes(key)) wrong.push(`${what}.${key} was passed over`);
  };
  within('the file', file, ['version', 'id', 'providers', 'workstations']);
  expectSame('version', 1, file['version']);
  expectSame('id', configuration.id, file['id']);
  const providers = isMapping(file['providers']) ? file['providers'] : {};
  expectSame(
    'providers',
    configuration.providers.map(({ name }) => name),
    Object.keys(providers),
  );
  for (const { name, kind, settings } of configuration.providers) {
    const { kind: written, ...rest } = isMapping(providers[name]) ? providers[name] : {};
    expectSame(`providers.${name}.kind`, kind, written);
    expectSame(`providers.${name}`, settings, rest);
  }
  const workstations = isMapping(file['workstations']) ? file['workstations'] : {};
  expectSame(
    'workstations',
    configuration.workstations.map(({ name }) => name),
    Object.keys(workstations),
  );
  for (const workstation of configuration.workstations) {
    const { name, size } = workstation;
    const entry = workstations[name];
    if (!isMapping(entry)) continue;
    within(name, entry, WORKSTATION_KEYS);
    expectSame(`${name}.provider`, workstation.provider, entry['provider']);
    expectSame(`${name}.location`, workstation.locations, listOf(entry['location']));
    expectSame(`${name}.image`, workstation.image, entry['image']);
    expectSame(`${name}.keep-snapshots`, workstation.keepSnapshots, entry['keep-snapshots'] ?? 3);
    expectSame(`${name}.ssh-user`, workstation.sshUser, entry['ssh-user']);
    expectSame(`${name}.ssh-key`, workstation.sshKey, entry['ssh-key']);
    const written = entry['size'];
    if ('machineType' in size) expectSame(`${name}.size`, size.machineType, written);
    else if (isMapping(written)) {
      within(`${name}.size`, written, ['cpus', 'memory']);
      expectSame(`${name}.size.cpus`, size.cpus, written['cpus']);
      expectSame(`${name}.size.memory`, size.memoryBytes, bytesOf(written['memory']));
    } else wrong.push(`${name}.size was made up`);
    const disks = isMapping(entry['disks']) ? entry['disks'] : {};
    expectSame(
      `${name}.disks`,
      workstation.disks.map((disk) => disk.name),
      Object.keys(disks),
    );
    for (const disk of workstation.disks) {
      const spec = disks[disk.name];
      if (!isMapping(spec)) continue;
      within(`${name}.disks.${disk.name}`, spec, ['size', 'type']);
      expectSame(`${name}.disks.${disk.name}.size`, disk.sizeBytes, bytesOf(spec['size']));
      expectSame(`${name}.disks.${disk.name}.type`, disk.type, spec['type'] ?? 'standard');
    }
  }
  return wrong;
}

/** The configuration as a file again, which has to be read as the very same one. */
export function fileOf({ id, providers, workstations }: Configuration): string {
  return JSON.stringify({
    version: 1,
    ...(id === undefined ? {} : { id }),
    providers: Object.fromEntries(providers.map(({ name, kind, settings }) => [name, { kind, ...settings }])),
    workstations: Object.fromEntries(
      workstations.map(
        ({ name, provider, locations, size, image, keepSnapshots, disks, sshUser, sshKey }) => [
          name,
          {
            provider,
            location: locations,
            size:
              'machineType' in size ? size.machineType : { cpus: size.cpus, memory: `${size.memoryBytes}B` },
            image,
            'keep-snapshots': keepSnapshots,
            ...(sshUser === undefined ? {} : { 'ssh-user': sshUser }),
            ...(sshKey === undefined ? {} : { 'ssh-key': sshKey }),
            disks: Object.fromEntries(
              disks.map((disk) => [disk.name, { size: `${disk.sizeBytes}B`, type: disk.type }]),
            ),
          },
        ],
      ),
    ),
  });
}
