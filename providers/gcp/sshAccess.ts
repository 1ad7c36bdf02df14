import { readFile } from 'node:fs/promises';
import { isAbsolute, join, resolve } from 'node:path';
import type { CreateVm } from '../../src/core/action.ts';
import { ChewsError } from '../../src/core/errors.ts';
import type { WireVm } from './calls.ts';
import type { Gcp } from './gcpWork.ts';
import { whyNoUser } from './settings.ts';

const publicKey =
  /^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)|sk-[a-z0-9@.-]+) [A-Za-z0-9+/]+=*( [^\r\n]*)?$/;
const usualKeys = ['id_ed25519', 'id_ecdsa', 'id_rsa'];

/** The public key that may log in, and where the private one lies, if that is known. */
export interface LoginKey {
  readonly key: string;
  readonly identityFile?: string;
}

/**
 * The configured key (its text, or the path of a .pub file), else the first of the usual ones in ~/.ssh; undefined where there
 * is none: others may be let in by the project's own metadata, or by OS Login.
 * @throws ChewsError 'configuration' where the one that is named cannot be had.
 */
export async function loginKey(
  configured: string | undefined,
  { context }: Gcp,
): Promise<LoginKey | undefined> {
  if (configured !== undefined) {
    const text = configured.trim();
    if (publicKey.test(text)) return { key: text };
    const path = expand(text, context);
    const key = (await readFile(path, 'utf8').catch(() => '')).trim();
    if (publicKey.test(key)) return { key, ...identityOf(path) };
    throw new ChewsError(
      'configuration',
      `cannot use the ssh key ${path}: it is no public key that can be read`,
      {
        remedy: 'Correct ssh-key in the file, or make one with: ssh-keygen -t ed25519',
        effect: 'none',
      },
    );
  }
  for (const name of usualKeys) {
    const path = join(context.homeFolder, '.ssh', `${name}.pub`);
    const key = (await readFile(path, 'utf8').catch(() => '')).trim();
    if (publicKey.test(key)) return { key, ...identityOf(path) };
  }
  return undefined;
}

function identityOf(path: string): { identityFile?: string } {
  return path.endsWith('.pub') ? { identityFile: path.slice(0, -'.pub'.length) } : {};
}

function expand(path: string, { homeFolder, configFolder }: Gcp['context']): string {
  if (path === '~' || path.startsWith('~/')) return join(homeFolder, path.slice(1));
  return isAbsolute(path) ? path : resolve(configFolder, path);
}

/** Who logs in where nobody is named: whoever sits here, if a guest can have a user of that name. */
export function loginUser(named: string | undefined, { settings, context }: Gcp): string {
  const user = named ?? settings.sshUser ?? context.env['USER'] ?? '';
  return whyNoUser(user) === undefined ? user : 'chews';
}

/** Compute Engine's own way: the guest agent makes the users that the metadata names, at every boot and while it runs. */
export async function loginMetadata(action: CreateVm, gcp: Gcp): Promise<{ 'ssh-keys'?: string }> {
  const login = await loginKey(action.sshKey ?? gcp.settings.sshKey, gcp);
  return login === undefined ? {} : { 'ssh-keys': `${loginUser(action.sshUser, gcp)}:${login.key}` };
}

/** The user of the key that the VM was made with. */
export function userOf(vm: WireVm, gcp: Gcp): string {
  const keys = (vm.metadata?.items ?? []).find(({ key }) => key === 'ssh-keys')?.value ?? '';
  const [user = ''] = keys.split(':');
  return whyNoUser(user) === undefined ? user : loginUser(undefined, gcp);
}
