import type { CommandRun } from '../call.ts';
import { programName, programVersion } from '../program.ts';
import { versionText } from '../topText.ts';

export const version: CommandRun = async ({ options, talk }) => {
  if (options.json) talk.answerJson({ name: programName, version: programVersion });
  else talk.answer(versionText().trimEnd());
  return 0;
};
