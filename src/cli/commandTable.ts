import type { CommandRun } from './call.ts';
import type { OptionName } from './optionTable.ts';

/**
 * Which workstations a command is about. 'none'; 'one' by name; 'named': names or --all, for what acts; 'any': those named,
 * else all, for what only looks.
 */
export type Subjects = 'none' | 'one' | 'named' | 'any';

/** A command as data: what the help says of it, what it takes, and how to load it when it is used. */
export interface CommandData {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly group: 'life' | 'look' | 'more';
  readonly summary: string;
  /** What the help says beneath the summary. */
  readonly more?: string;
  readonly subjects: Subjects;
  readonly options: readonly OptionName[];
  /** Of these the ones that mean nothing here: taken, and not in the help. */
  readonly unlisted?: readonly OptionName[];
  /** Takes the words after `--`. */
  readonly takesRest?: boolean;
  readonly examples: readonly (readonly [line: string, meaning: string])[];
  readonly load: () => Promise<CommandRun>;
}

/** Every command takes these. */
export const commonOptions: readonly OptionName[] = ['config', 'quiet', 'verbose', 'help'];
const acting: readonly OptionName[] = ['all', 'dry-run', 'json', 'yes', 'wait'];

export const commandTable: readonly CommandData[] = [
  {
    name: 'init',
    aliases: [],
    group: 'more',
    summary: 'write a chews.yaml to start from',
    subjects: 'none',
    options: ['json'],
    examples: [
      ['chews init', 'writes ./chews.yaml, never over an existing one'],
      ['chews init --config work.yaml', 'writes another file'],
    ],
    load: async () => (await import('./commands/init.ts')).init,
  },
  {
    name: 'create',
    aliases: [],
    group: 'life',
    summary: 'make a workstation that does not exist yet',
    subjects: 'named',
    options: [...acting, 'off'],
    examples: [
      ['chews create dev', 'makes its disks and its VM, and switches it on'],
      ['chews create dev --off', 'the same, and leaves it OFF'],
    ],
    load: async () => (await import('./commands/create.ts')).create,
  },
  {
    name: 'up',
    aliases: [],
    group: 'life',
    summary: 'switch it on; where it is DESSICATED, rehydrate it first',
    subjects: 'named',
    options: acting,
    examples: [
      ['chews up dev', 'ready to work, wherever it was'],
      ['chews up --all', 'all of the file, side by side'],
    ],
    load: async () => (await import('./commands/up.ts')).up,
  },
  {
    name: 'down',
    aliases: [],
    group: 'life',
    summary: 'switch it off; its disks stay',
    subjects: 'named',
    options: acting,
    examples: [
      ['chews down dev', 'shuts it down'],
      ['chews down --all --quiet', 'for a schedule: what is OFF already is fine'],
    ],
    load: async () => (await import('./commands/down.ts')).down,
  },
  {
    name: 'dessicate',
    aliases: ['desiccate'],
    group: 'life',
    summary: 'put its disks away as snapshots, which cost the least',
    subjects: 'named',
    options: [...acting, 'stop'],
    examples: [
      ['chews dessicate dev', 'snapshots every disk, then deletes VM and disks'],
      ['chews dessicate dev --stop', 'shuts it down first where it is ON'],
      ['chews dessicate dev --dry-run', 'shows the steps'],
    ],
    load: async () => (await import('./commands/dessicate.ts')).dessicate,
  },
  {
    name: 'rehydrate',
    aliases: [],
    group: 'life',
    summary: 'build it again from its snapshots',
    subjects: 'named',
    options: [...acting, 'off', 'set'],
    examples: [
      ['chews rehydrate dev', 'from the newest snapshot set'],
      ['chews rehydrate dev --set 20250131080000', 'from an older one; chews snapshots dev lists them'],
    ],
    load: async () => (await import('./commands/rehydrate.ts')).rehydrate,
  },
  {
    name: 'resize',
    aliases: [],
    group: 'life',
    summary: 'give its VM the size that the file says',
    subjects: 'named',
    options: [...acting, 'stop'],
    examples: [
      ['chews resize dev', 'after a change of size in the file'],
      ['chews resize dev --stop', 'stops it, resizes it and starts it again'],
    ],
    load: async () => (await import('./commands/resize.ts')).resize,
  },
  {
    name: 'apply',
    aliases: [],
    group: 'life',
    summary: 'make it what the file says: new disks, grown disks, size',
    subjects: 'named',
    options: [...acting, 'stop', 'remove-disk'],
    examples: [
      ['chews apply dev', 'what can be done as it stands'],
      ['chews apply dev --stop', 'also what needs it OFF; it is started again'],
      ['chews apply dev --remove-disk data', 'lets a disk go that was taken out of the file'],
    ],
    load: async () => (await import('./commands/apply.ts')).apply,
  },
  {
    name: 'recover',
    aliases: [],
    group: 'life',
    summary: 'lead it back to a normal state after something went wrong',
    more: 'Says what was found, where the newest content of each disk is and what would be done, and asks first.',
    subjects: 'named',
    options: [...acting, 'to'],
    examples: [
      ['chews recover dev', 'to the nearest normal state, never with fewer copies of data'],
      ['chews recover dev --to DESSICATED', 'to the state of your choice'],
    ],
    load: async () => (await import('./commands/recover.ts')).recover,
  },
  {
    name: 'delete',
    aliases: [],
    group: 'life',
    summary: 'delete its VM, its disks and its snapshots: all data',
    more: 'To keep the data and pay next to nothing, use dessicate. The name has to be typed again; --yes is not enough.',
    subjects: 'named',
    options: [...acting, 'confirm'],
    unlisted: ['yes'],
    examples: [
      ['chews delete dev', 'asks for the name'],
      ['chews delete dev --confirm dev', 'asks nothing'],
    ],
    load: async () => (await import('./commands/delete.ts')).deleteAll,
  },
  {
    name: 'unlock',
    aliases: [],
    group: 'more',
    summary: 'take the lease away from a run that is no more',
    more: 'Says who holds the workstation and what state it is in, and asks first. A run that was killed on this computer, or whose time is over, needs none of it: the next command takes over by itself.',
    subjects: 'named',
    options: ['all', 'dry-run', 'json', 'yes'],
    examples: [
      ['chews unlock dev', 'shows who holds it, and asks'],
      ['chews unlock dev --dry-run', 'shows it alone'],
    ],
    load: async () => (await import('./commands/unlock.ts')).unlock,
  },
  {
    name: 'status',
    aliases: ['list', 'ls'],
    group: 'look',
    summary: 'what state the workstations are in',
    subjects: 'any',
    options: ['all', 'json'],
    examples: [
      ['chews status', 'all workstations of the file'],
      ['chews status dev --json', 'one, for a script'],
    ],
    load: async () => (await import('./commands/status.ts')).status,
  },
  {
    name: 'info',
    aliases: [],
    group: 'look',
    summary: 'everything about one workstation',
    subjects: 'one',
    options: ['json'],
    examples: [['chews info dev', 'its assets with their ids, its snapshot sets, what it costs']],
    load: async () => (await import('./commands/info.ts')).info,
  },
  {
    name: 'snapshots',
    aliases: [],
    group: 'look',
    summary: 'the snapshot sets of a workstation',
    subjects: 'one',
    options: ['json'],
    examples: [['chews snapshots dev', 'the oldest first']],
    load: async () => (await import('./commands/snapshots.ts')).snapshots,
  },
  {
    name: 'ssh',
    aliases: [],
    group: 'look',
    summary: 'log in to a workstation that is ON, or run a command on it',
    more: 'The words after -- are joined by blanks and read by the shell of the guest, as ssh does.',
    subjects: 'one',
    options: [],
    takesRest: true,
    examples: [
      ['chews ssh dev', 'logs in'],
      ['chews ssh dev -- uptime', 'runs a command there; the exit code is that of ssh'],
    ],
    load: async () => (await import('./commands/ssh.ts')).ssh,
  },
  {
    name: 'config check',
    aliases: [],
    group: 'more',
    summary: 'look for mistakes in the configuration',
    subjects: 'none',
    options: ['json'],
    examples: [['chews config check', 'says where each mistake is']],
    load: async () => (await import('./commands/configCheck.ts')).configCheck,
  },
  {
    name: 'version',
    aliases: [],
    group: 'more',
    summary: 'the version of chews',
    subjects: 'none',
    options: ['json'],
    examples: [['chews version', 'the same as chews --version']],
    load: async () => (await import('./commands/version.ts')).version,
  },
];

/** By name or alias. */
export function findCommand(word: string): CommandData | undefined {
  return commandTable.find(({ name, aliases }) => name === word || aliases.includes(word));
}
