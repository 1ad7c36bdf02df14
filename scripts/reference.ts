import { readFileSync, writeFileSync } from 'node:fs';
import { commandTable, commonOptions } from '../src/cli/commandTable.ts';
import { type OptionName, optionTable } from '../src/cli/optionTable.ts';

const BEGIN = '<!-- reference: made by npm run reference -->';
const END = '<!-- end of reference -->';
const readmePath = new URL('../README.md', import.meta.url);

function optionText(name: OptionName): string {
  const { short, value, describe } = optionTable[name];
  const words = `${short === undefined ? '' : `-${short}, `}--${name}${value === undefined ? '' : ` ${value}`}`;
  return `| \`${words}\` | ${describe} |`;
}

/** The command reference of the README, made from the tables that the program itself is made of. */
export function referenceText(): string {
  const taken = new Set<OptionName>(commandTable.flatMap(({ options }) => options));
  const commands = commandTable.map(
    ({ name, aliases, summary, subjects, options, unlisted = [], takesRest, examples }) => {
      const subject = { none: '', one: ' NAME', named: ' NAME … | --all', any: ' [NAME …]' }[subjects];
      const own = options
        .filter((option) => option !== 'all' && !unlisted.includes(option))
        .map((option) => `\`--${option}\``);
      const also = aliases.length === 0 ? '' : ` (also ${aliases.map((alias) => `\`${alias}\``).join(', ')})`;
      return [
        `### \`chews ${name}${subject}${takesRest === true ? ' [-- COMMAND …]' : ''}\``,
        '',
        `${summary.charAt(0).toUpperCase()}${summary.slice(1)}${also}.${own.length === 0 ? '' : ` Takes ${own.join(', ')}.`}`,
        '',
        '```',
        ...examples.map(([line, meaning]) => `${line.padEnd(44)}  # ${meaning}`),
        '```',
        '',
      ].join('\n');
    },
  );
  const options = [...taken, ...commonOptions].map(optionText);
  return [...commands, '### Options', '', '| option | what it does |', '|---|---|', ...options].join('\n');
}

/** The reference as it stands in the README. */
export function writtenReference(readme: string): string {
  const begin = readme.indexOf(BEGIN);
  const end = readme.indexOf(END);
  return begin === -1 || end === -1 ? '' : readme.slice(begin + BEGIN.length, end).trim();
}

if (import.meta.main) {
  const readme = readFileSync(readmePath, 'utf8');
  const before = readme.slice(0, readme.indexOf(BEGIN) + BEGIN.length);
  const after = readme.slice(readme.indexOf(END));
  writeFileSync(readmePath, `${before}\n\n${referenceText()}\n\n${after}`);
}
