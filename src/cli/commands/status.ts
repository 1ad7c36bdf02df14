import { printable } from '../../core/printable.ts';
import type { CommandRun } from '../call.ts';
import { codeOfRows, lookAtNamed, tellReadErrors } from '../look.ts';
import { workstationJson } from '../statusJson.ts';
import { statusText } from '../statusText.ts';

export const status: CommandRun = async (call) => {
  const { options, talk } = call;
  const { rows, strays } = await lookAtNamed(call);
  tellReadErrors(call, rows);
  if (options.json) talk.answerJson({ workstations: rows.map(workstationJson) });
  else if (rows.length === 0) talk.say('the file has no workstation: add one under workstations');
  else talk.answer(statusText(rows, talk.paint, talk.width));
  for (const sentence of strays) talk.say(`note: ${printable(sentence)}`);
  return codeOfRows(rows);
};
