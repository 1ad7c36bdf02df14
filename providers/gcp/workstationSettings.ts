import { nearest } from '../../src/core/nearest.ts';
import { cut } from '../../src/core/printable.ts';
import type { SettingProblem } from '../../src/core/provider.ts';
import type { Settings, Workstation } from '../../src/core/workstation.ts';
import { MOST_LABELS, OWN_PREFIX, type RawLabels } from './labels.ts';
import { isText, whyNoUser } from './settings.ts';
import { imagePath } from './images.ts';

/** What Compute Engine alone has for a workstation, with all defaults filled in. */
export interface GcpWorkstation {
  readonly network?: string;
  readonly subnetwork?: string;
  /** The name of a reserved address, or the address itself: it stays through every cycle. */
  readonly address?: string;
  readonly publicAddress: boolean;
  readonly tags: readonly string[];
  readonly serviceAccount?: string;
  readonly scopes: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
  /** Runs once in the life of a boot disk. */
  readonly startupScript?: string;
  readonly labels: RawLabels;
  readonly spot: boolean;
  readonly accelerators: readonly { readonly type: string; readonly count: number }[];
  readonly deletionProtection: boolean;
  readonly shielded?: {
    readonly secureBoot: boolean;
    readonly vtpm: boolean;
    readonly integrityMonitoring: boolean;
  };
  /** `projects/p/locations/l/keyRings/r/cryptoKeys/k` */
  readonly encryptionKey?: string;
  /** A region, or a multi-region such as `us`. */
  readonly snapshotLocation?: string;
  readonly snapshotTier?: SnapshotTier;
}

const snapshotTiers = ['standard', 'archive'] as const;

/**
 * An archive snapshot costs less to keep. It takes longer and costs something to make a disk of it, and it is billed for 90 days at
 * the least (cloud.google.com/compute/docs/disks/snapshots and its page of prices). Like a standard one it stays when its disk goes.
 */
export type SnapshotTier = (typeof snapshotTiers)[number];

type Check = (value: unknown) => string | undefined;

const namePattern = /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/;
const cloudPlatform = 'https://www.googleapis.com/auth/cloud-platform';
/** Written by the provider itself. */
const ownMetadata = ['ssh-keys', 'startup-script', 'enable-guest-attributes'];

const mustBe =
  (what: string, fits: (value: unknown) => boolean): Check =>
  (value) =>
    fits(value) ? undefined : what;
const flag = (key: string): Check =>
  mustBe(`${key} must be true or false`, (value) => typeof value === 'boolean');
const isName = (value: unknown): value is string => isText(value) && namePattern.test(value);
const isReference = (value: unknown): boolean =>
  isText(value) && (namePattern.test(value) || /^projects\/[^/]+\/\S+$/.test(value));
const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function isTier(value: unknown): value is SnapshotTier {
  return snapshotTiers.some((tier) => tier === value);
}

function checkLabels(value: unknown): string | undefined {
  if (!isObject(value)) return 'labels must map keys to values: {team: red}';
  const entries = Object.entries(value);
  if (entries.length > MOST_LABELS / 2)
    return `labels: at most ${MOST_LABELS / 2}, for chews needs some itself`;
  for (const [key, text] of entries) {
    if (key.startsWith(OWN_PREFIX)) return `labels: ${cut(key)} is one of those that chews writes itself`;
    if (!/^[a-z][a-z0-9_-]{0,62}$/.test(key))
      return `labels: ${cut(key)} cannot be a key: lower case letters, digits, "_" and "-", at most 63`;
    if (typeof text !== 'string' || !/^[a-z0-9_-]{0,63}$/.test(text))
      return `labels: the value of ${cut(key)} must be lower case letters, digits, "_" and "-", at most 63`;
  }
  return undefined;
}

function checkMetadata(value: unknown): string | undefined {
  if (!isObject(value)) return 'metadata must map keys to texts: {enable-oslogin: "TRUE"}';
  for (const [key, text] of Object.entries(value)) {
    if (key === 'startup-script')
      return 'metadata: write startup-script as a key of the workstation; it runs on the first boot only';
    if (ownMetadata.includes(key)) return `metadata: ${key} is written by chews itself`;
    if (!/^[A-Za-z0-9_-]{1,128}$/.test(key)) return `metadata: ${cut(key)} cannot be a key`;
    if (typeof text !== 'string')
      return `metadata: the value of ${cut(key)} must be a text; put it in quotes`;
  }
  return undefined;
}

function checkAccelerators(value: unknown): string | undefined {
  const shape = 'accelerators must be a list such as [{type: nvidia-tesla-t4, count: 1}]';
  if (!Array.isArray(value)) return shape;
  const fits = (value as readonly unknown[]).every(
    (entry) =>
      isObject(entry) &&
      isName(entry['type']) &&
      Number.isInteger(entry['count']) &&
      Number(entry['count']) > 0,
  );
  return fits ? undefined : shape;
}

const shieldedKeys = ['secure-boot', 'vtpm', 'integrity-monitoring'];

function checkShielded(value: unknown): string | undefined {
  if (typeof value === 'boolean') return undefined;
  if (!isObject(value)) return `shielded must be true, false or a mapping of ${shieldedKeys.join(', ')}`;
  for (const [key, on] of Object.entries(value)) {
    if (!shieldedKeys.includes(key))
      return `shielded: unknown ${cut(key)} (known: ${shieldedKeys.join(', ')})`;
    if (typeof on !== 'boolean') return `shielded: ${key} must be true or false`;
  }
  return undefined;
}

const checks: Readonly<Record<string, Check>> = {
  network: mustBe('network must be the name of a network, or projects/…/global/networks/…', isReference),
  subnetwork: mustBe(
    'subnetwork must be the name of a subnetwork, or projects/…/regions/…/subnetworks/…',
    isReference,
  ),
  address: mustBe(
    'address must be the name of a reserved address, or the address itself',
    (value) => isName(value) || (isText(value) && /^\d{1,3}(\.\d{1,3}){3}$/.test(value)),
  ),
  'public-address': flag('public-address'),
  tags: mustBe(
    'tags must be a list of network tags: [ssh]',
    (value) => Array.isArray(value) && value.every(isName),
  ),
  'service-account': mustBe(
    'service-account must be default or the address of a service account',
    (value) => value === 'default' || (isText(value) && /^[^@\s]+@[^@\s]+$/.test(value)),
  ),
  scopes: mustBe(
    'scopes must be a list of access scopes: [cloud-platform]',
    (value) =>
      Array.isArray(value) && value.every((scope) => isText(scope) && /^[a-z0-9.:/_-]+$/.test(scope)),
  ),
  metadata: checkMetadata,
  'startup-script': mustBe('startup-script must be the text of a script', isText),
  labels: checkLabels,
  spot: flag('spot'),
  accelerators: checkAccelerators,
  'deletion-protection': flag('deletion-protection'),
  shielded: checkShielded,
  'encryption-key': mustBe(
    'encryption-key must be projects/…/locations/…/keyRings/…/cryptoKeys/…',
    (value) =>
      isText(value) && /^projects\/[^/]+\/locations\/[^/]+\/keyRings\/[^/]+\/cryptoKeys\/[^/]+$/.test(value),
  ),
  'snapshot-location': mustBe(
    'snapshot-location must be a region or a multi-region, such as us or europe-west1',
    (value) => isText(value) && /^[a-z]+(-[a-z]+\d+)?$/.test(value),
  ),
  'snapshot-tier': mustBe('snapshot-tier must be standard or archive', isTier),
};

export const workstationKeys: readonly string[] = Object.keys(checks);

/** Mistakes in what this kind alone can judge of a workstation. Pure. */
export function checkWorkstation(workstation: Workstation): readonly SettingProblem[] {
  const { size, image, locations, disks, settings = {}, sshUser } = workstation;
  const problems: SettingProblem[] = [];
  const add = (path: (string | number)[], message: string | undefined) => {
    if (message !== undefined) problems.push({ path, message });
  };
  if (!('machineType' in size))
    add(['size'], 'a workstation on Compute Engine has a machine type: size: e2-standard-4');
  else if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)+$/.test(size.machineType))
    add(['size', 'machineType'], `${cut(size.machineType)} cannot be a machine type, such as e2-standard-4`);
  if (imagePath(image) === undefined)
    add(
      ['image'],
      `image must be PROJECT/FAMILY or PROJECT/IMAGE, such as debian-cloud/debian-13, not ${cut(image)}`,
    );
  locations.forEach((name, index) => {
    const isZone = /^[a-z]+(-[a-z0-9]+)*-[a-z]$/.test(name);
    add(['locations', index], isZone ? undefined : `${cut(name)} cannot be a zone, such as us-central1-a`);
  });
  disks.forEach(({ type, sizeBytes }, index) => {
    if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)+$/.test(type))
      add(['disks', index, 'type'], `${cut(type)} cannot be a disk type, such as pd-balanced`);
    if (sizeBytes % 1024 ** 3 !== 0)
      add(['disks', index, 'sizeBytes'], 'a disk on Compute Engine has whole GB');
  });
  if (sshUser !== undefined) add(['sshUser'], whyNoUser(sshUser));
  for (const [key, value] of Object.entries(settings)) add(['settings', key], checkKey(key, value));
  if (problems.length > 0) return problems;
  const read = readWorkstation(settings);
  if (read.address !== undefined && !read.publicAddress)
    add(['settings', 'address'], 'address and public-address: false contradict each other');
  if (read.scopes.length > 0 && read.serviceAccount === undefined && settings['scopes'] !== undefined)
    add(
      ['settings', 'scopes'],
      'scopes are those of a service account: write service-account: default as well',
    );
  return problems;
}

function checkKey(key: string, value: unknown): string | undefined {
  const check = Object.hasOwn(checks, key) ? checks[key] : undefined;
  if (check !== undefined) return check(value);
  const meant = nearest(key, workstationKeys);
  return `unknown key ${cut(key)}${meant === undefined ? '' : `, did you mean ${meant}?`}`;
}

/** To be called with settings that `checkWorkstation` found nothing wrong with. */
export function readWorkstation(settings: Settings = {}): GcpWorkstation {
  const texts = (key: string): readonly string[] => {
    const value = settings[key];
    return Array.isArray(value) ? value.filter(isText) : [];
  };
  const map = (key: string): Readonly<Record<string, string>> => {
    const value = settings[key];
    return isObject(value)
      ? Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, String(entry)]))
      : {};
  };
  const text = (key: string): string | undefined => {
    const value = settings[key];
    return isText(value) ? value : undefined;
  };
  const { accelerators, shielded, 'snapshot-tier': tier } = settings;
  const optional = {
    network: text('network'),
    subnetwork: text('subnetwork'),
    address: text('address'),
    serviceAccount: text('service-account'),
    startupScript: text('startup-script'),
    encryptionKey: text('encryption-key'),
    snapshotLocation: text('snapshot-location'),
    snapshotTier: isTier(tier) ? tier : undefined,
    shielded: shielded === undefined ? undefined : readShielded(shielded),
  };
  return {
    ...(Object.fromEntries(
      Object.entries(optional).filter(([, value]) => value !== undefined),
    ) as Partial<GcpWorkstation>),
    publicAddress: settings['public-address'] !== false,
    tags: texts('tags'),
    scopes: texts('scopes').map((scope) =>
      scope.includes('/') ? scope : `https://www.googleapis.com/auth/${scope}`,
    ),
    metadata: map('metadata'),
    labels: map('labels'),
    spot: settings['spot'] === true,
    accelerators: (Array.isArray(accelerators) ? accelerators.filter(isObject) : []).map(
      ({ type, count }) => ({
        type: String(type),
        count: Number(count),
      }),
    ),
    deletionProtection: settings['deletion-protection'] === true,
  };
}

function readShielded(value: unknown): Required<GcpWorkstation>['shielded'] {
  const on = (key: string, otherwise: boolean) =>
    isObject(value) ? (typeof value[key] === 'boolean' ? value[key] === true : otherwise) : value === true;
  return {
    secureBoot: on('secure-boot', false),
    vtpm: on('vtpm', true),
    integrityMonitoring: on('integrity-monitoring', true),
  };
}

export function scopesOf({ scopes }: GcpWorkstation): readonly string[] {
  return scopes.length === 0 ? [cloudPlatform] : scopes;
}
