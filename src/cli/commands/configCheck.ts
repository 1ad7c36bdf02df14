import type { CommandRun } from '../call.ts';
import { readFileOf } from '../openFile.ts';
import { shownPath } from '../shownPath.ts';

function many(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}

export const configCheck: CommandRun = async (call) => {
  const { options, surroundings, talk } = call;
  const { configuration, path } = await readFileOf(call);
  const { workstations, providers } = configuration;
  if (options.json) {
    talk.answerJson({
      path,
      workstations: workstations.map(({ name }) => name),
      providers: providers.map(({ name }) => name),
    });
  } else if (!options.quiet) {
    const shown = shownPath(surroundings.cwd, path);
    talk.answer(
      `${shown} is fine: ${many(workstations.length, 'workstation')} at ${many(providers.length, 'provider')}`,
    );
  }
  if (configuration.id === undefined)
    talk.say(
      'note: it has no id, so that others in the same account cannot be told apart; chews init draws one',
    );
  return 0;
};
