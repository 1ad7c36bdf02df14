import { ChewsError } from '../core/errors.ts';
import { nearest } from '../core/nearest.ts';
import { printable, quoted } from '../core/printable.ts';
import { type CommandData, commandTable, commonOptions, findCommand } from './commandTable.ts';
import { type OptionName, type Options, optionTable } from './optionTable.ts';
import { likelyCommand } from './otherWords.ts';

export type Parsed =
  | { readonly kind: 'version' }
  | { readonly kind: 'top-help' }
  | { readonly kind: 'help'; readonly command: CommandData }
  | {
      readonly kind: 'call';
      readonly command: CommandData;
      readonly options: Options;
      readonly names: readonly string[];
      readonly rest: readonly string[];
    };

function usage(message: string, remedy: string): ChewsError {
  return new ChewsError('usage', message, { remedy, effect: 'none' });
}

function optionNames(): OptionName[] {
  return Object.keys(optionTable) as OptionName[];
}

/** The option that a word of the command line gives, by its long or short name. */
function optionOf(word: string): OptionName | undefined {
  const long = /^--([^=]+)/.exec(word)?.[1];
  const short = /^-([^-])$/.exec(word)?.[1];
  return optionNames().find(
    (name) => name === long || (short !== undefined && optionTable[name].short === short),
  );
}

/** Where in the arguments the words are that are neither options nor their values. */
function plainWords(own: readonly string[]): number[] {
  const found: number[] = [];
  for (let index = 0; index < own.length; index += 1) {
    const word = own[index] ?? '';
    if (!word.startsWith('-') || word === '-') {
      found.push(index);
      continue;
    }
    const option = optionOf(word);
    if (option !== undefined && optionTable[option].kind !== 'flag' && !word.includes('=')) index += 1;
  }
  return found;
}

interface Picked {
  readonly command: CommandData;
  /** The arguments without the command's own words. */
  readonly others: readonly string[];
}

function pickCommand(own: readonly string[]): Picked | undefined {
  const [first, second] = plainWords(own);
  if (first === undefined) return undefined;
  const word = own[first] ?? '';
  const next = second === undefined ? undefined : own[second];
  if (next !== undefined) {
    const both = findCommand(`${word} ${next}`);
    if (both !== undefined)
      return { command: both, others: own.filter((_, at) => at !== first && at !== second) };
  }
  const command = findCommand(word);
  if (command !== undefined) return { command, others: own.filter((_, at) => at !== first) };
  throw unknownCommand(word, next);
}

function unknownCommand(word: string, next: string | undefined): ChewsError {
  const family = commandTable.filter(({ name }) => name.startsWith(`${word} `));
  if (family.length > 0) {
    const parts = family.map(({ name }) => name.slice(word.length + 1));
    const remedy = `chews ${word} ${parts.join(' or ')}`;
    return next === undefined
      ? usage(`cannot run chews ${word}: say what it is about`, remedy)
      : usage(`cannot run chews ${word} ${quoted(next)}: there is no such command`, remedy);
  }
  // The name before the command.
  const swapped = next === undefined ? undefined : findCommand(next);
  const likely = likelyCommand(word);
  const remedy =
    swapped !== undefined
      ? `did you mean chews ${swapped.name} ${printable(word)}?`
      : likely === undefined
        ? 'chews --help lists the commands'
        : `did you mean chews ${likely}?`;
  return usage(`cannot run ${quoted(word)}: there is no such command`, remedy);
}

/** An option, and no command. */
function strayOption(word: string): ChewsError {
  const list = 'chews --help lists the commands';
  if (optionOf(word) !== undefined)
    return usage(`cannot run chews: ${quoted(word)} stands there without a command`, list);
  const likely = nearest(word.replace(/^-+/, ''), ['help', 'version', ...optionNames()]);
  return usage(
    `cannot run chews: there is no option ${quoted(word)}`,
    likely === undefined ? list : `did you mean --${likely}?`,
  );
}

function unknownOption(key: string, command: CommandData): ChewsError {
  const shown = key.length === 1 ? `-${key}` : `--${key}`;
  const own = optionsOf(command);
  const elsewhere = optionNames().find((name) => name === key || optionTable[name].short === key);
  if (elsewhere !== undefined) {
    const takers = commandTable.filter(
      (other) => optionsOf(other).includes(elsewhere) && other.unlisted?.includes(elsewhere) !== true,
    );
    const others = takers.map((other) => other.name).join(', ');
    const long = shown === `--${elsewhere}` ? '' : ` (--${elsewhere})`;
    return usage(
      `cannot run chews ${command.name}: it takes no ${shown}${long}`,
      elsewhere === 'dry-run' && command.group === 'look'
        ? `it changes nothing anyway; ${shown} is for ${others}`
        : `${shown} is for ${others}`,
    );
  }
  const likely = nearest(key, own);
  return usage(
    `cannot run chews ${command.name}: there is no option ${quoted(shown)}`,
    likely === undefined ? `chews ${command.name} --help lists what it takes` : `did you mean --${likely}?`,
  );
}

/** `-all`: a word behind one dash that is no row of short options. */
function checkDashes(command: CommandData, words: readonly string[]): void {
  const own = optionsOf(command);
  const shorts = new Set(own.map((name) => optionTable[name].short));
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? '';
    const long = /^-([A-Za-z][A-Za-z-]+)(?:=.*)?$/.exec(word)?.[1];
    if (long !== undefined && ![...long].every((letter) => shorts.has(letter))) {
      const likely = nearest(long, own);
      throw usage(
        `cannot run chews ${command.name}: there is no option ${quoted(word)}`,
        likely === undefined
          ? `chews ${command.name} --help lists what it takes`
          : `did you mean --${likely}?`,
      );
    }
    const option = optionOf(word);
    if (option !== undefined && optionTable[option].kind !== 'flag' && !word.includes('=')) index += 1;
  }
}

/** `chews ssh dev ls -l`: what is to run there stands behind two dashes. */
function checkRest(command: CommandData, others: readonly string[], rest: readonly string[]): void {
  if (command.takesRest !== true || rest.length > 0) return;
  const [first, second] = plainWords(others);
  if (first === undefined || second === undefined) return;
  // An option that is not known may have a value: that is no command.
  if (others.slice(0, second).some((word) => word.startsWith('-') && optionOf(word) === undefined)) return;
  const words = others.slice(second).join(' ');
  throw usage(
    `cannot run chews ${command.name}: it takes one workstation, ${quoted(others[second] ?? '')} is one word too many`,
    `to run a command there: chews ${command.name} ${printable(`${others[first]} -- ${words}`)}`,
  );
}

export function optionsOf(command: CommandData): OptionName[] {
  return [...command.options, ...commonOptions];
}

/** Reads options by yargs's own parser: the whole of yargs is only needed for the help. */
async function readWords(
  command: CommandData,
  words: readonly string[],
): Promise<Readonly<Record<string, unknown>>> {
  const { Parser } = await import('yargs/helpers');
  const names = optionsOf(command);
  return Parser([...words], {
    boolean: names.filter((name) => optionTable[name].kind === 'flag'),
    string: names.filter((name) => optionTable[name].kind !== 'flag'),
    alias: Object.fromEntries(
      names.flatMap((name) => {
        const { short } = optionTable[name];
        return short === undefined ? [] : [[name, [short]]];
      }),
    ),
    configuration: {
      'boolean-negation': false,
      'camel-case-expansion': false,
      'dot-notation': false,
      'greedy-arrays': false,
      'parse-numbers': false,
      'parse-positional-numbers': false,
    },
  });
}

/** What a command line may hold beside options. */
export function subjectsText(command: CommandData): string {
  const words = { none: '', one: ' NAME', named: ' NAME … | --all', any: ' [NAME …]' }[command.subjects];
  return `${words}${command.takesRest === true ? ' [-- COMMAND …]' : ''}`;
}

function textOf(values: Readonly<Record<string, unknown>>, name: OptionName): string | undefined {
  const found = values[name];
  if (found === undefined) return undefined;
  if (Array.isArray(found))
    throw usage(`cannot read the command line: --${name} is given twice`, 'give it once');
  if (typeof found !== 'string' || found === '')
    throw usage(
      `cannot read the command line: --${name} needs a value`,
      `write --${name} ${optionTable[name].value ?? 'VALUE'}`,
    );
  return found;
}

function textsOf(values: Readonly<Record<string, unknown>>, name: OptionName): string[] {
  const found = values[name];
  const list: unknown[] = Array.isArray(found) ? found : [found];
  return list.flatMap((entry) =>
    entry === undefined ? [] : [textOf({ [name]: entry }, name) ?? ''].filter((text) => text !== ''),
  );
}

function optionsFrom(values: Readonly<Record<string, unknown>>): Options {
  const flag = (name: OptionName) => values[name] === true || Array.isArray(values[name]);
  return {
    config: textOf(values, 'config'),
    all: flag('all'),
    dryRun: flag('dry-run'),
    json: flag('json'),
    yes: flag('yes'),
    wait: flag('wait'),
    quiet: flag('quiet'),
    verbose: flag('verbose'),
    off: flag('off'),
    stop: flag('stop'),
    set: textOf(values, 'set'),
    to: textOf(values, 'to'),
    removeDisks: textsOf(values, 'remove-disk'),
    confirm: textsOf(values, 'confirm'),
  };
}

function checkSubjects(command: CommandData, names: readonly string[], options: Options): void {
  const run = `cannot run chews ${command.name}`;
  const form = `chews ${command.name}${subjectsText(command)}`;
  const [first, second] = names;
  if (command.subjects === 'none' && first !== undefined)
    throw usage(`${run}: ${quoted(first)} is one word too many`, form);
  if (command.subjects === 'one' && second !== undefined)
    throw usage(`${run}: it takes one workstation, ${quoted(second)} is one word too many`, form);
  if (options.all && first !== undefined)
    throw usage(`${run}: names do not go together with --all`, 'leave one of them out');
}

/** Reads a command line; throws 'usage' where it cannot be understood. */
export async function parse(argv: readonly string[]): Promise<Parsed> {
  const dashes = argv.indexOf('--');
  const own = dashes === -1 ? argv : argv.slice(0, dashes);
  const rest = dashes === -1 ? [] : argv.slice(dashes + 1);
  const [head, ...tail] = own;
  if (head === 'help') return await parse([...tail.filter((word) => !isHelp(word)), '--help']);
  const picked = pickCommand(own);
  if (picked === undefined) {
    const strange = own.find((word) => !isHelp(word) && word !== '--version' && word !== '-V');
    if (own.some((word) => word === '--version' || word === '-V') && strange === undefined)
      return { kind: 'version' };
    if (strange === undefined) return { kind: 'top-help' };
    throw strayOption(strange);
  }
  const { command, others } = picked;
  if (others.some(isHelp)) return { kind: 'help', command };
  if (rest.length > 0 && command.takesRest !== true)
    throw usage(
      `cannot run chews ${command.name}: it takes nothing after --`,
      `chews ${command.name}${subjectsText(command)}`,
    );
  checkRest(command, others, rest);
  checkDashes(command, others);
  const values = await readWords(command, others);
  const known = new Set<string>(
    optionsOf(command).flatMap((name) => [name, optionTable[name].short ?? name]),
  );
  const strange = Object.keys(values).find((key) => !known.has(key) && key !== '_');
  if (strange !== undefined) throw unknownOption(strange, command);
  const positional = values['_'];
  const names = (Array.isArray(positional) ? positional : []).map((name) => String(name));
  const options = optionsFrom(values);
  checkSubjects(command, names, options);
  return { kind: 'call', command, options, names, rest };
}

function isHelp(word: string): boolean {
  return word === '--help' || word === '-h';
}
