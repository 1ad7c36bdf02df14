import yargs from 'yargs';
import type { CommandData } from './commandTable.ts';
import { optionTable } from './optionTable.ts';
import { folded } from './paint.ts';
import { optionsOf, subjectsText } from './parse.ts';

/** Wider lines are hard to read. */
const WIDEST = 100;

/** The help of one command, as wide as the terminal. */
export async function commandHelp(command: CommandData, width: number | undefined): Promise<string> {
  const built = yargs().scriptName('chews').locale('en').help(false).version(false).wrap(null);
  for (const name of optionsOf(command).filter((option) => command.unlisted?.includes(option) !== true)) {
    const { kind, short, describe, value } = optionTable[name];
    built.option(name, {
      type: kind === 'flag' ? 'boolean' : 'string',
      describe: value === undefined ? describe : `${value}: ${describe}`,
      ...(short === undefined ? {} : { alias: short }),
    });
  }
  const summary = `${command.summary.slice(0, 1).toUpperCase()}${command.summary.slice(1)}.`;
  const more = command.more === undefined ? [] : [command.more];
  const aliases = command.aliases.length === 0 ? [] : [`Also called ${command.aliases.join(', ')}.`];
  const usage = `Usage: chews ${command.name}${subjectsText(command)} [options]`;
  built.usage([usage, '', summary, ...more, ...aliases].join('\n'));
  built.example(command.examples.map(([line, meaning]): [string, string] => [line, meaning]));
  // The types say nothing that the descriptions do not; yargs itself would break lines inside of words.
  const text = (await built.getHelp()).replaceAll(/ +\[(?:boolean|string)\]$/gm, '');
  const room = Math.min(width ?? WIDEST, WIDEST);
  return `${text
    .split('\n')
    .flatMap((line) => folded(line.trimEnd(), room, line.startsWith(' ') ? undefined : 0))
    .join('\n')}\n`;
}
