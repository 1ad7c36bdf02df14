import type { GuestAccess } from '../core/provider.ts';

export interface SshWish {
  readonly access: GuestAccess;
  readonly knownHosts: string;
  readonly alias: string;
  /** The host's key is pinned: another one is refused. Else the first one is taken and kept. */
  readonly known: boolean;
  /** What to run there; nothing to log in. */
  readonly words: readonly string[];
}

/** A path as ssh reads it from an option: in quotes for blanks, with its percent signs doubled. */
function optionPath(path: string): string {
  return `"${path.replaceAll('%', '%%')}"`;
}

/** The arguments of the system's ssh. Every value is an argument of its own: no shell of ours ever reads them. */
export function sshArguments({ access, knownHosts, alias, known, words }: SshWish): string[] {
  const options = [
    `UserKnownHostsFile=${optionPath(knownHosts)}`,
    `HostKeyAlias=${alias}`,
    // Hashed names could not be found again to be taken out.
    'HashKnownHosts=no',
    'UpdateHostKeys=no',
    `StrictHostKeyChecking=${known ? 'yes' : 'accept-new'}`,
    ...(access.identityFile === undefined ? [] : ['IdentitiesOnly=yes']),
  ];
  return [
    ...options.flatMap((option) => ['-o', option]),
    ...(access.identityFile === undefined ? [] : ['-i', access.identityFile]),
    '-p',
    String(access.port),
    '-l',
    access.user,
    '--',
    access.host,
    ...words,
  ];
}
