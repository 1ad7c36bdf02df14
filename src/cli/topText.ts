import { type CommandData, commandTable } from './commandTable.ts';
import { folded } from './paint.ts';
import { programName, programVersion } from './program.ts';

const GROUPS: readonly (readonly [CommandData['group'], string])[] = [
  ['life', 'Life cycle'],
  ['look', 'Look and log in'],
  ['more', 'More'],
];

export function versionText(): string {
  return `${programName} ${programVersion}\n`;
}

/** The help without a command; broken where a terminal is too narrow for it. */
export function topHelp(width?: number): string {
  return storedHelp()
    .split('\n')
    .flatMap((line) => folded(line, width, line.startsWith(' ') ? undefined : 0))
    .join('\n');
}

/** It has no width to fit in and no colour, so that the build can store it. */
function storedHelp(): string {
  const longest = Math.max(...commandTable.map(({ name }) => name.length));
  const groups = GROUPS.map(([group, title]) => {
    const lines = commandTable
      .filter((command) => command.group === group)
      .map(({ name, summary }) => `  ${name.padEnd(longest)}  ${summary}`);
    return [`${title}:`, ...lines, ''].join('\n');
  });
  return `chews manages cloud workstations: on, off, or put away as snapshots.

Usage: chews COMMAND [NAME …] [options]

${groups.join('\n')}
Options of every command:
  --config PATH  the file to read instead of the nearest chews.yaml
  -q, --quiet    say nothing but errors
  -v, --verbose  say more
  -h, --help     what a command does, takes, and examples
  --version      the version of chews

Environment:
  CHEWS_CONFIG   the file to read where --config is not given
  NO_COLOR       no colours, where it is set to anything

Exit codes:
  0    done, or nothing to do
  1    a mistake in chews
  2    the command line or the configuration
  3    partly done, or something is INCONSISTENT
  4    credentials or permission
  5    quota, or no capacity
  6    another run is at work on it
  7    refused, because data would be guessed at
  8    not to be reached, or not done in time
  130  interrupted

Begin with chews init. chews COMMAND --help tells more about each.
`;
}
