import { ChewsError } from '../core/errors.ts';
import { printable, quoted } from '../core/printable.ts';
import { ask, canAsk } from './ask.ts';
import type { Call } from './call.ts';

export interface Question {
  /** What the person has to know to answer. */
  readonly told: readonly string[];
  readonly question: string;
  /** The error where nobody can be asked. */
  readonly refusal: string;
}

/** Says what there is to know, then asks; with --yes the answer is known. */
export async function askYesNo(call: Call, { told, question, refusal }: Question): Promise<boolean> {
  const { options, surroundings, talk, interruption } = call;
  const [first = '', ...others] = told;
  const tell = options.yes ? talk.say : talk.complain;
  tell(talk.paintSaid('bold', printable(first)));
  for (const line of others) tell(printable(line));
  if (options.yes) return true;
  if (!canAsk(surroundings))
    throw new ChewsError('usage', refusal, { remedy: '--yes says that it is', effect: 'none' });
  for (let left = 2; left > 0; left -= 1) {
    const answer = await ask(surroundings, `${question} [y/N] `, interruption.stop);
    const word = answer?.trim().toLowerCase() ?? '';
    if (['y', 'yes'].includes(word)) return true;
    if (['', 'n', 'no'].includes(word)) return false;
    if (left > 1) talk.complain(`${quoted(word)} is neither y nor n`);
  }
  return false;
}

/** Asks for the name itself: a key pressed by habit deletes nothing. Gives true, or why nothing is deleted. */
export async function askForName(
  call: Call,
  name: string,
  told: readonly string[],
): Promise<boolean | string> {
  const { surroundings, talk, interruption } = call;
  for (const line of told) talk.complain(printable(line));
  if (!canAsk(surroundings)) {
    throw new ChewsError('usage', `cannot delete workstation ${name}: nobody can be asked for its name`, {
      remedy: `say --confirm ${name}`,
      effect: 'none',
    });
  }
  const answer = await ask(surroundings, `Type ${name} to delete it: `, interruption.stop);
  const typed = answer?.trim() ?? '';
  return typed === name || (typed === '' ? false : `${quoted(typed)} is not ${name}: nothing was changed`);
}
