import { nearest } from '../../src/core/nearest.ts';
import { cut } from '../../src/core/printable.ts';
import type { Capabilities, SettingProblem } from '../../src/core/provider.ts';
import { LIST_LAG_MS } from './place.ts';

export const GiB = 1024 ** 3;

/** The volume types, with the least and the most that each takes, in GiB. */
export const volumeTypes: Readonly<Record<string, readonly [least: number, most: number]>> = {
  gp3: [1, 65_536],
  gp2: [1, 16_384],
  io2: [4, 65_536],
  io1: [4, 16_384],
  st1: [125, 16_384],
  sc1: [125, 16_384],
  standard: [1, 1024],
};

export const capabilities: Capabilities = {
  // A tag's value can have 256 characters. Names of this length leave room for whatever is counted differently.
  longestName: 255,
  diskTypes: Object.keys(volumeTypes),
  smallestDiskBytes: GiB,
  largestDiskBytes: 65_536 * GiB,
  grow: 'running',
  changeType: 'running',
  resize: 'stopped',
  attach: 'running',
  // clouds.md: "nothing tells of the last detach".
  tellsOfLooseDisks: 'nothing',
  // clouds.md: RunInstances takes no volume that exists.
  bootsLiveDisks: false,
  createsStopped: false,
  listLagMs: LIST_LAG_MS,
};

const knownSettings = ['region', 'profile', 'account', 'endpoint'] as const;

export interface AwsSettings {
  readonly region: string;
  readonly profile?: string;
  /** Pins the account: the core compares it with the one that answers. */
  readonly account?: string;
  readonly endpoint?: string;
}

const regionPattern = /^[a-z]{2}(-[a-z]+)+-\d$/;

/** Mistakes in the provider's settings. Pure. */
export function checkSettings(settings: Readonly<Record<string, unknown>>): readonly SettingProblem[] {
  const problems: SettingProblem[] = [];
  const known: readonly string[] = knownSettings;
  for (const key of Object.keys(settings)) {
    if (known.includes(key)) continue;
    const meant = nearest(key, known);
    const hint = meant === undefined ? '' : `, did you mean ${meant}?`;
    problems.push({
      path: [key],
      message: `unknown setting ${cut(key)}${hint} (known: ${known.join(', ')})`,
    });
  }
  const { region, profile, account, endpoint } = settings;
  if (region === undefined) {
    problems.push({ path: ['region'], message: 'region is missing: write region: eu-central-1' });
  } else if (typeof region !== 'string' || !regionPattern.test(region)) {
    const zone = typeof region === 'string' && regionPattern.test(region.slice(0, -1));
    const message = zone
      ? `${cut(String(region))} is a zone: write region: ${String(region).slice(0, -1)}, and the zone under location`
      : 'region must be the name of a region: eu-central-1';
    problems.push({ path: ['region'], message });
  }
  if (profile !== undefined && (typeof profile !== 'string' || profile === ''))
    problems.push({ path: ['profile'], message: 'profile must be the name of a profile of ~/.aws/config' });
  if (account !== undefined && (typeof account !== 'string' || !/^\d{12}$/.test(account))) {
    const quoting = typeof account === 'number' ? ', in quotes' : '';
    problems.push({
      path: ['account'],
      message: `account must be the 12 digits of an account${quoting}: "111122223333"`,
    });
  }
  if (endpoint !== undefined && (typeof endpoint !== 'string' || !isUrl(endpoint)))
    problems.push({ path: ['endpoint'], message: 'endpoint must be an address: http://127.0.0.1:5000' });
  return problems;
}

function isUrl(text: string): boolean {
  return /^https?:\/\//.test(text) && URL.canParse(text);
}

/** To be called with settings that `checkSettings` found nothing wrong with. */
export function readSettings(settings: Readonly<Record<string, unknown>>): AwsSettings {
  const { region, profile, account, endpoint } = settings;
  return {
    region: String(region),
    ...(typeof profile === 'string' && { profile }),
    ...(typeof account === 'string' && { account }),
    ...(typeof endpoint === 'string' && { endpoint }),
  };
}

/** Why a text is no zone of the region; undefined where it can be one. */
export function whyNoZone(zone: string, region: string): string | undefined {
  if (/^[a-z]$/.test(zone.slice(region.length)) && zone.startsWith(region)) return undefined;
  // Local and wavelength zones: eu-central-1-ham-1a.
  if (new RegExp(`^${region}(-[a-z0-9]+)*-\\d[a-z]$`).test(zone)) return undefined;
  return `${cut(zone)} is no zone of region ${region}: write ${region}a`;
}

/** Why a disk cannot be so; undefined where it can. */
export function whyNoDisk(type: string, sizeBytes: number): string | undefined {
  const range = Object.hasOwn(volumeTypes, type) ? volumeTypes[type] : undefined;
  if (range === undefined) {
    const known = Object.keys(volumeTypes);
    const meant = nearest(type, known);
    return `unknown disk type ${cut(type)}${meant === undefined ? '' : `, did you mean ${meant}?`} (known: ${known.join(', ')})`;
  }
  if (sizeBytes % GiB !== 0) return 'a disk of EC2 has whole gigabytes: write 20GB';
  const size = sizeBytes / GiB;
  if (size < range[0]) return `a disk of type ${type} has at least ${range[0]}GB`;
  if (size > range[1]) return `a disk of type ${type} has at most ${range[1]}GB`;
  return undefined;
}
