import { printable, quoted } from './printable.ts';

/** A mistake in the file, in words for the person who wrote it. */
export interface ConfigurationIssue {
  /** From the top of the file to the key or value; a missing key is named too. */
  readonly path: readonly (string | number)[];
  /** What was found, or what is wrong with it. */
  readonly message: string;
  /** What should stand there instead. */
  readonly expected?: string;
  /** What was probably meant, or what to write. */
  readonly hint?: string;
  /** Which of the two is wrong. */
  readonly at: 'key' | 'value';
}

/** `workstations.dev.location[1]`; a key that is not a plain word is quoted. */
export function subjectOf(path: readonly (string | number)[]): string {
  let subject = '';
  for (const step of path) {
    if (typeof step === 'number') subject += `[${step}]`;
    else {
      const word = /^[A-Za-z0-9_-]{1,80}$/.test(step) ? step : quoted(step);
      subject += subject === '' ? word : `.${word}`;
    }
  }
  return subject;
}

/** The whole sentence: subject, what was found, what was expected, what was probably meant. */
export function issueSentence(issue: ConfigurationIssue): string {
  const subject = subjectOf(issue.path);
  const expected = issue.expected === undefined ? '' : `, expected ${issue.expected}`;
  const hint = issue.hint === undefined ? '' : `; ${issue.hint}`;
  return printable(`${subject === '' ? '' : `${subject}: `}${issue.message}${expected}${hint}`);
}

/** How a value that was found is called in a sentence. */
export function describeFound(found: unknown): string {
  if (found === undefined) return 'missing';
  if (found === null) return 'nothing is written here';
  if (typeof found === 'string') return `found ${quoted(found)}`;
  if (Array.isArray(found)) return 'found a list';
  if (typeof found === 'object') return 'found a mapping';
  return `found ${String(found)}`;
}

/** `a`, `a or b`, `a, b or c`. */
export function alternatives(words: readonly string[]): string {
  const last = words.at(-1) ?? '';
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} or ${last}`;
}

/** The hint for a mistyped word. */
export function didYouMean(word: string | undefined): { readonly hint?: string } {
  return word === undefined ? {} : { hint: `did you mean ${word}?` };
}
