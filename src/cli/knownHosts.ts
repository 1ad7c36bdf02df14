import { closeSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { printable } from '../core/printable.ts';
import type { Configuration, Workstation } from '../core/workstation.ts';
import type { Call } from './call.ts';
import { makeFolder, whyUnwritable } from './makeFolder.ts';

/**
 * Host keys of the workstations, in the form that ssh reads. A workstation keeps its key through down, up, dessicate and
 * rehydrate, because the key is on its boot disk: one that changes is a real alarm.
 */
export function knownHostsPath({
  env,
  homeFolder,
}: Pick<Call['surroundings'], 'env' | 'homeFolder'>): string {
  const base = env['XDG_STATE_HOME'] ?? '';
  return join(isAbsolute(base) ? base : join(homeFolder, '.local', 'state'), 'chews', 'known_hosts');
}

/** The configuration's id is a part of it: two files may both have a `dev`, and are two workstations. */
export function hostAlias({ id }: Configuration, { name, provider }: Workstation): string {
  return [name, provider, ...(id === undefined ? [] : [id]), 'chews'].join('.');
}

function linesOf(path: string): string[] {
  try {
    return readFileSync(path, 'utf8')
      .split('\n')
      .filter((line) => line !== '');
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return [];
    throw error;
  }
}

/** In one go and without a pause, so that lanes side by side do not undo each other. */
function writeLines(path: string, lines: readonly string[]): void {
  const fresh = `${path}.${process.pid}.new`;
  makeFolder(dirname(path));
  try {
    writeFileSync(fresh, lines.map((line) => `${line}\n`).join(''), { mode: 0o600, flush: true });
    renameSync(fresh, path);
  } catch (error) {
    rmSync(fresh, { force: true });
    throw error;
  }
}

function isOf(line: string, alias: string): boolean {
  return line.split(/\s+/)[0]?.split(',').includes(alias) === true;
}

/** Makes the file where there is none, for nobody else to read: ssh would make it readable, and not its folder. */
export function prepareKnownHosts(path: string): void {
  makeFolder(dirname(path));
  closeSync(openSync(path, 'a', 0o600));
}

/** The keys pinned under an alias: `ssh-ed25519 AAAA…`. */
export function pinnedKeys(path: string, alias: string): string[] {
  return linesOf(path)
    .filter((line) => isOf(line, alias))
    .map((line) => line.split(/\s+/).slice(1, 3).join(' '));
}

/** Type and key of a host key, without its comment; undefined where it is none. */
function plainKey(key: string): string | undefined {
  return /^([a-z0-9@.-]+ [A-Za-z0-9+/]+={0,3})(?:\s|$)/.exec(key.trim())?.[1];
}

/** What the provider says of the host's keys, as far as it can be read. */
export function plainKeys(keys: readonly string[]): string[] {
  return keys.flatMap((key) => plainKey(key) ?? []);
}

/** True where a key of the same type is another one and none is the same. */
export function contradict(pinned: readonly string[], told: readonly string[]): boolean {
  if (told.some((key) => pinned.includes(key))) return false;
  const types = new Set(pinned.map((key) => key.split(' ')[0]));
  return told.some((key) => types.has(key.split(' ')[0]));
}

export function pinKeys(path: string, alias: string, keys: readonly string[]): void {
  writeLines(path, [...linesOf(path), ...keys.map((key) => `${alias} ${key}`)]);
}

/** Takes the pins of a workstation away. That it fails hinders nothing: the next ssh says so. */
export async function forgetPin(
  { surroundings, talk }: Pick<Call, 'surroundings' | 'talk'>,
  configuration: Configuration,
  workstation: Workstation,
): Promise<void> {
  const path = knownHostsPath(surroundings);
  const alias = hostAlias(configuration, workstation);
  try {
    const lines = linesOf(path);
    const kept = lines.filter((line) => !isOf(line, alias));
    if (kept.length < lines.length) writeLines(path, kept);
  } catch (error) {
    talk.complain(
      `could not take the host key of ${workstation.name} out of ${printable(path)}: ${whyUnwritable(error)}`,
    );
  }
}
