import { resolve } from 'node:path';
import { CONFIGURATION_FILE } from '../../engine/configurationFile.ts';
import { drawConfigurationId, starterText, writeStarter } from '../../engine/starterFile.ts';
import type { CommandRun } from '../call.ts';
import { shownPath } from '../shownPath.ts';

export const init: CommandRun = async ({ options, surroundings, talk }) => {
  const { cwd, env, randomBytes } = surroundings;
  // Where all other commands will look for it.
  const path = resolve(cwd, options.config ?? (env['CHEWS_CONFIG'] || CONFIGURATION_FILE));
  const id = drawConfigurationId(randomBytes);
  await writeStarter(path, starterText({ id }));
  const shown = shownPath(cwd, path);
  const named = options.config === undefined ? '' : ` --config ${shown}`;
  if (options.json) talk.answerJson({ path, id });
  else if (!options.quiet) talk.answer(`wrote ${shown}`);
  talk.say('Next: look through it and make it yours;');
  talk.say(`  chews config check${named}   says whether it is right`);
  talk.say(`  chews create dev${named}     makes the workstation in it`);
  return 0;
};
