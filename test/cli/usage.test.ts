import { describe, expect, it } from 'vitest';
import { commandHelp } from '../../src/cli/commandHelp.ts';
import { commandTable } from '../../src/cli/commandTable.ts';
import { type Parsed, parse } from '../../src/cli/parse.ts';
import { topHelp, versionText } from '../../src/cli/topText.ts';
import { createStage, fileOf } from './stage.ts';

const wrong = (line: string) => [line] as const;

describe('a command line that cannot be understood', () => {
  it.each([
    wrong('stauts'),
    wrong('frobnicate'),
    wrong('config'),
    wrong('config chekc'),
    wrong('up dve'),
    wrong('up nothing-like-it'),
    wrong('up'),
    wrong('down'),
    wrong('info'),
    wrong('up dev --al'),
    wrong('up dev --xyzzy'),
    wrong('up dev -x'),
    wrong('up dev --stop'),
    wrong('status --dry-run'),
    wrong('up dev --config'),
    wrong('up dev --config a --config b'),
    wrong('rehydrate dev --set='),
    wrong('up dev --all'),
    wrong('info dev spare'),
    wrong('version now'),
    wrong('up dev -- reboot'),
    wrong('--quiet'),
    wrong('recover dev --to OF'),
    wrong('recover dev --to heaven'),
    wrong('delete dev --confirm dve'),
    wrong('dev up'),
    wrong('start dev'),
    wrong('stop dev'),
    wrong('poweroff dev'),
    wrong('shutdown dev'),
    wrong('destroy dev'),
    wrong('rm dev'),
    wrong('stat'),
    wrong('UP dev'),
    wrong('re dev'),
    wrong('--hepl'),
    wrong('--verison'),
    wrong('--frobnicate'),
    wrong('up -all'),
    wrong('up dev -frobnicate'),
    wrong('ssh dev ls -l /'),
    wrong('ssh dev -l root'),
    wrong('status -n'),
    wrong('info dev -y'),
  ])('%s', async (line) => {
    const { chews } = createStage({ file: fileOf({ dev: {}, spare: {} }) });
    const { code, out, err } = await chews(line);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatchSnapshot();
  });

  it('is an object on standard output where JSON was asked for', async () => {
    const { code, out } = await createStage().chews('status dve --json');
    expect(code).toBe(2);
    expect(JSON.parse(out)).toEqual({
      error: {
        code: 'usage',
        message: 'cannot find workstation "dve": the file has none of that name',
        remedy: 'did you mean dev?',
      },
    });
  });
});

describe('the parser', () => {
  const options = async (line: string) => {
    const parsed: Parsed = await parse(line.split(' '));
    if (parsed.kind !== 'call') throw new Error(parsed.kind);
    return parsed;
  };

  it('takes options before the command, after it, and with an equals sign', async () => {
    for (const line of ['--config a.yaml up dev', 'up --config a.yaml dev', 'up dev --config=a.yaml']) {
      const parsed = await options(line);
      expect([parsed.command.name, parsed.names, parsed.options.config]).toEqual(['up', ['dev'], 'a.yaml']);
    }
  });

  it('knows aliases and short options, and leaves names that look like numbers alone', async () => {
    expect((await options('ls')).command.name).toBe('status');
    expect((await options('desiccate -qn 007')).options).toMatchObject({ quiet: true, dryRun: true });
    expect((await options('down 007')).names).toEqual(['007']);
  });

  it('keeps what follows the dashes for ssh, untouched', async () => {
    expect((await options('ssh dev -- ls --all -- x')).rest).toEqual(['ls', '--all', '--', 'x']);
  });

  it('takes an option again and again only where it is a list', async () => {
    const { options: given } = await options('delete a b --confirm a --confirm b');
    expect(given.confirm).toEqual(['a', 'b']);
  });
});

describe('the help', () => {
  it('is the same with --help, -h, help and nothing', async () => {
    const { chews } = createStage();
    for (const line of ['', '--help', '-h', 'help'])
      expect(await chews(line)).toEqual({ code: 0, out: topHelp(), err: '' });
    expect(topHelp()).toMatchSnapshot();
  });

  it('names the environment and every exit code', () => {
    for (const word of [
      'CHEWS_CONFIG',
      'NO_COLOR',
      ' 0  ',
      ' 1  ',
      ' 2  ',
      ' 3  ',
      ' 4  ',
      ' 5  ',
      ' 6  ',
      ' 7  ',
      ' 8  ',
      ' 130  ',
    ])
      expect(topHelp()).toContain(word);
  });

  it('fits an ordinary terminal', () => {
    expect(
      topHelp()
        .split('\n')
        .every((line) => [...line].length <= 80),
    ).toBe(true);
  });

  it.each(commandTable.map((command) => [command.name, command] as const))(
    'tells what %s does, takes, and gives examples that can be parsed',
    async (name, command) => {
      const { chews } = createStage();
      const help = await chews(`${name} --help`);
      expect(help).toEqual({ code: 0, out: await commandHelp(command, undefined), err: '' });
      expect((await chews(`help ${name}`)).out).toBe(help.out);
      expect(help.out).toMatchSnapshot();
      for (const [line] of command.examples) {
        const parsed = await parse(line.split(' ').slice(1));
        expect(parsed.kind === 'call' && parsed.command.name).toBe(name);
      }
    },
  );

  it('says the version in three ways', async () => {
    const { chews } = createStage();
    for (const line of ['--version', '-V', 'version'])
      expect(await chews(line)).toEqual({ code: 0, out: versionText(), err: '' });
    expect(JSON.parse((await chews('version --json')).out).name).toBe('chews');
  });
});
