import { nearest } from '../core/nearest.ts';
import { commandTable, findCommand } from './commandTable.ts';

/** What other tools call the same. */
const OTHER_WORDS: ReadonlyMap<string, string> = new Map([
  ...['start', 'on', 'boot', 'resume', 'wake'].map((word) => [word, 'up'] as const),
  ...['stop', 'off', 'halt', 'poweroff', 'shutdown', 'suspend'].map((word) => [word, 'down'] as const),
  ...['destroy', 'rm', 'remove', 'del', 'terminate'].map((word) => [word, 'delete'] as const),
  ...['new', 'make', 'add'].map((word) => [word, 'create'] as const),
  ...['freeze', 'archive', 'hibernate'].map((word) => [word, 'dessicate'] as const),
  ...['restore', 'thaw', 'unfreeze'].map((word) => [word, 'rehydrate'] as const),
  ...['show', 'describe', 'inspect'].map((word) => [word, 'info'] as const),
  ...['login', 'connect', 'shell', 'exec'].map((word) => [word, 'ssh'] as const),
  ...['check', 'validate', 'lint'].map((word) => [word, 'config check'] as const),
  ...['repair', 'fix', 'mend'].map((word) => [word, 'recover'] as const),
  ['ps', 'status'],
]);

/** The one command that begins with these letters. */
function begunBy(word: string): string | undefined {
  if (word.length < 2) return undefined;
  const begun = commandTable.filter(({ name, aliases }) =>
    [name, ...aliases].some((known) => known.startsWith(word)),
  );
  return begun.length === 1 ? begun[0]?.name : undefined;
}

/** The command that is known under that word, or that it most likely stands for. */
export function likelyCommand(word: string): string | undefined {
  const small = word.toLowerCase();
  if (findCommand(small) !== undefined) return small;
  const known = commandTable.flatMap(({ name, aliases }) => [name, ...aliases]);
  return OTHER_WORDS.get(small) ?? begunBy(small) ?? nearest(small, known);
}
