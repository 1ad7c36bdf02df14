import { ChewsError, exitCodeOf } from '../core/errors.ts';
import { printable } from '../core/printable.ts';
import { bugsPage } from './program.ts';
import type { Talk } from './talk.ts';

/** Lines from outside, each printable; where the lines end is ours. */
export function printableLines(text: string): string[] {
  return text.split('\n').map(printable);
}

/** What `--json` says of an error. */
export function errorJson(error: unknown): { code: string; message: string; remedy: string | null } {
  if (error instanceof ChewsError)
    return { code: error.code, message: messageOf(error), remedy: error.remedy ?? null };
  return { code: 'internal', message: messageOf(error), remedy: null };
}

export function codeOfError(error: unknown): number {
  return error instanceof ChewsError ? exitCodeOf(error.code) : 1;
}

export function messageOf(error: unknown): string {
  return inOurWords(error instanceof Error ? error.message : String(error));
}

/** What the runtime says of a call that was cut off. */
function inOurWords(text: string): string {
  return text.replaceAll(/\b(?:This|The) operation was aborted\b\.?/g, 'interrupted');
}

/** Says an error on standard error: the sentence, then what to do. */
export function tellError(talk: Talk, error: unknown, withStack: boolean, prefix = ''): void {
  if (!(error instanceof ChewsError)) {
    tellBug(talk, error, withStack, prefix);
    return;
  }
  // Only the mistakes in a file are told line by line: anywhere else a line end came along with a name from outside.
  const [first = '', ...others] =
    error.code === 'configuration' ? error.message.split('\n') : [error.message];
  tellSentence(talk, `${prefix}${first}`, error.remedy, others);
  if (withStack && error.cause !== undefined) {
    for (const line of printableLines(stackOf(error.cause)))
      talk.complain(talk.paintSaid('dim', `  ${line}`));
  }
}

export function tellSentence(
  talk: Talk,
  sentence: string,
  remedy: string | undefined,
  others: readonly string[] = [],
): void {
  talk.complain(talk.paintSaid('red', printable(inOurWords(sentence))));
  for (const line of others) talk.complain(`  ${printable(inOurWords(line))}`);
  if (remedy !== undefined) talk.complain(`  → ${printable(remedy)}`);
}

function tellBug(talk: Talk, error: unknown, withStack: boolean, prefix: string): void {
  const [first = '', ...others] = printableLines(`${prefix}internal error: ${messageOf(error)}`);
  talk.complain(talk.paintSaid('red', first));
  for (const line of others) talk.complain(`  ${line}`);
  const where = bugsPage === undefined ? 'its maintainers' : bugsPage;
  const how = withStack ? 'with the lines below' : 'with what --verbose says';
  talk.complain(`  → this is a mistake in chews, not yours: please report it to ${where}, ${how}`);
  if (withStack) for (const line of printableLines(stackOf(error))) talk.complain(`  ${line}`);
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
