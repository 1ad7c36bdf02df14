import { isAbsolute, join, resolve } from 'node:path';
import { nearest } from '../../src/core/nearest.ts';
import type { Capabilities, ProviderContext, SettingProblem } from '../../src/core/provider.ts';
import { cut } from '../../src/core/printable.ts';
import type { Workstation } from '../../src/core/workstation.ts';

const mebibyte = 2 ** 20;

export const capabilities: Capabilities = {
  longestName: 200,
  diskTypes: ['standard', 'fast'],
  smallestDiskBytes: 64 * mebibyte,
  largestDiskBytes: 16 * 2 ** 40,
  grow: 'stopped',
  changeType: 'never',
  resize: 'stopped',
  attach: 'stopped',
  tellsOfLooseDisks: 'last-write',
  bootsLiveDisks: true,
  createsStopped: true,
};

/** The image that chews builds itself: a minimal guest that installs itself onto a blank boot disk. */
export const microImage = 'micro';
const leastMicroMemory = 128 * mebibyte;
const leastMemory = 64 * mebibyte;
const mostCpus = 512;

/** Folders of the root that are not locations. */
const reservedNames = ['leases', 'locations', 'keys'];
const locationPattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;
/** `account` pins the store's id: the core compares it with what a list answers for. */
const knownSettings = ['root', 'locations', 'accel', 'ssh-key', 'ssh-user', 'account'];
const accelerations = ['auto', 'kvm', 'tcg'] as const;

export type Acceleration = (typeof accelerations)[number];

/** The settings with all defaults filled in; paths are absolute. */
export interface LocalSettings {
  readonly root: string;
  /** Locations that lie elsewhere than in the root. */
  readonly mapped: ReadonlyMap<string, string>;
  readonly cache: string;
  readonly accel: Acceleration;
  /** A public key or the path of one, where the workstation names none. */
  readonly sshKey?: string;
  readonly sshUser?: string;
}

/** Mistakes in the provider's settings. Pure. */
export function checkSettings(settings: Readonly<Record<string, unknown>>): readonly SettingProblem[] {
  const problems: SettingProblem[] = [];
  for (const key of Object.keys(settings)) {
    if (!knownSettings.includes(key))
      problems.push({ path: [key], message: unknownWord('setting', key, knownSettings) });
  }
  for (const key of ['root', 'ssh-key', 'ssh-user', 'account']) {
    const value = settings[key];
    if (value !== undefined && !isText(value))
      problems.push({ path: [key], message: `${key} must be a text` });
  }
  const accel = settings['accel'];
  if (accel !== undefined && !accelerations.some((known) => known === accel)) {
    const message =
      typeof accel === 'string'
        ? unknownWord('acceleration', accel, accelerations)
        : `accel must be one of ${accelerations.join(', ')}`;
    problems.push({ path: ['accel'], message });
  }
  const locations = settings['locations'];
  if (locations !== undefined && !isObject(locations)) {
    problems.push({
      path: ['locations'],
      message: 'locations must map names to folders: {usb: /mnt/usb/chews}',
    });
  }
  const seen = new Map<string, string>();
  for (const [name, folder] of Object.entries(isObject(locations) ? locations : {})) {
    const path = ['locations', name];
    const why = whyNoLocation(name);
    if (why !== undefined) problems.push({ path, message: why });
    if (!isText(folder)) {
      problems.push({ path, message: `location ${cut(name)} must be a folder's path` });
      continue;
    }
    const other = seen.get(resolve('/', folder));
    if (other !== undefined)
      problems.push({ path, message: `locations ${cut(other)} and ${cut(name)} are the same folder` });
    seen.set(resolve('/', folder), name);
  }
  return problems;
}

/** Mistakes in what only this provider can judge of a workstation. Pure. */
export function checkWorkstation(workstation: Workstation): readonly SettingProblem[] {
  const problems: SettingProblem[] = [];
  const { size, image } = workstation;
  if ('machineType' in size) {
    problems.push({
      path: ['size'],
      message: 'a local workstation has a size in numbers: {cpus: 2, memory: 2GB}',
    });
  } else {
    if (!Number.isInteger(size.cpus) || size.cpus < 1 || size.cpus > mostCpus) {
      problems.push({ path: ['size', 'cpus'], message: `cpus must be a whole number from 1 to ${mostCpus}` });
    }
    const least = image === microImage ? leastMicroMemory : leastMemory;
    if (!(size.memoryBytes >= least)) {
      const of = image === microImage ? 'image micro' : 'a virtual machine';
      problems.push({
        path: ['size', 'memory'],
        message: `${of} needs at least ${least / mebibyte}MiB of memory`,
      });
    }
  }
  if (image !== microImage && !isImagePath(image)) {
    const message = `image must be ${microImage} or the path of an image file (./debian.qcow2), not ${cut(image)}`;
    problems.push({ path: ['image'], message });
  }
  workstation.locations.forEach((name, index) => {
    const why = whyNoLocation(name);
    if (why !== undefined) problems.push({ path: ['locations', index], message: why });
  });
  workstation.disks.forEach((disk, index) => {
    const types = capabilities.diskTypes ?? [];
    if (!types.includes(disk.type)) {
      problems.push({ path: ['disks', index, 'type'], message: unknownWord('disk type', disk.type, types) });
    }
  });
  if (image === microImage && workstation.sshUser !== undefined && workstation.sshUser !== 'root') {
    problems.push({ path: ['ssh-user'], message: 'image micro knows only the user root' });
  }
  return problems;
}

/** Fills in the defaults. To be called with settings that `checkSettings` found nothing wrong with. */
export function readSettings(
  settings: Readonly<Record<string, unknown>>,
  context: Pick<ProviderContext, 'env' | 'homeFolder' | 'configFolder'>,
): LocalSettings {
  const { env, homeFolder } = context;
  const at = (path: string) => expandPath(path, context);
  const data = absolute(env['XDG_DATA_HOME']) ?? join(homeFolder, '.local', 'share');
  const cache = absolute(env['XDG_CACHE_HOME']) ?? join(homeFolder, '.cache');
  const chosen = [settings['root'], env['CHEWS_LOCAL_ROOT']].find(isText);
  const locations = isObject(settings['locations']) ? settings['locations'] : {};
  const mapped = Object.entries(locations).flatMap(([name, path]) =>
    isText(path) ? [[name, at(path)] as const] : [],
  );
  const { 'ssh-key': sshKey, 'ssh-user': sshUser } = settings;
  return {
    root: chosen === undefined ? join(data, 'chews', 'local') : at(chosen),
    mapped: new Map(mapped),
    cache: join(cache, 'chews'),
    accel: accelerations.find((known) => known === settings['accel']) ?? 'auto',
    ...(isText(sshKey) && { sshKey }),
    ...(isText(sshUser) && { sshUser }),
  };
}

/** A path as a person writes it in the file: `~` is the home folder, the rest starts where the file lies. */
export function expandPath(
  path: string,
  context: Pick<ProviderContext, 'homeFolder' | 'configFolder'>,
): string {
  if (path === '~' || path.startsWith('~/')) return join(context.homeFolder, path.slice(1));
  return resolve(context.configFolder, path);
}

/** Why a name cannot be a location's; undefined where it can. */
export function whyNoLocation(name: string): string | undefined {
  if (reservedNames.includes(name))
    return `a location cannot be called ${name}: chews keeps a folder of that name`;
  if (locationPattern.test(name)) return undefined;
  return `a location's name has letters, digits, ".", "_" and "-", begins with a letter or digit and is at most 100 long`;
}

/** Relative paths in these variables are to be ignored, says their specification. */
function absolute(path: string | undefined): string | undefined {
  return path !== undefined && isAbsolute(path) ? path : undefined;
}

function isImagePath(image: string): boolean {
  return image.includes('/') || /\.(qcow2|img|raw)$/.test(image);
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function unknownWord(what: string, word: string, known: readonly string[]): string {
  const meant = nearest(word, known);
  return `unknown ${what} ${cut(word)}${meant === undefined ? '' : `, did you mean ${meant}?`} (known: ${known.join(', ')})`;
}
