import * as z from 'zod/mini';
import { alternatives, describeFound, didYouMean } from './configurationIssue.ts';
import { nearest } from './nearest.ts';
import { isPrintable } from './printable.ts';
import type { Capabilities } from './provider.ts';
import { formatBytes, parseSize, type SizeProblem } from './units.ts';

/** What a field makes of a value: the value that chews works with, or what is wrong. */
export type Reading<T> =
  { readonly value: T } | { readonly message?: string; readonly expected?: string; readonly hint?: string };

/** A field whose mistakes carry `expected` and `hint` in the issue's params. */
export function field<T>(expected: string, read: (found: unknown) => Reading<T>) {
  return z.pipe(
    z.unknown(),
    z.transform((found: unknown, context): T => {
      const reading: Reading<T> = found === undefined || found === null ? {} : read(found);
      if ('value' in reading) return reading.value;
      const { message = describeFound(found), hint } = reading;
      context.issues.push({
        code: 'custom',
        message,
        input: found,
        params: { expected: reading.expected ?? expected, hint },
      });
      return z.NEVER;
    }),
  );
}

/**
 * A mapping of which every key is known. The messages are for the machine: `toIssue` makes sentences of them, and needs
 * what was expected, or the known keys, separated by spaces.
 */
export function mapping<Shape extends z.core.$ZodLooseShape>(expected: string, shape: Shape) {
  const keys = Object.keys(shape).join(' ');
  return z.strictObject(shape, { error: (issue) => (issue.code === 'unrecognized_keys' ? keys : expected) });
}

/** Text of one line. A number is taken as it is written: an image may well be called 2404. */
export function textField(expected: string, longest = 255) {
  return field(expected, (found): Reading<string> => {
    const text = typeof found === 'number' ? String(found) : found;
    if (typeof text !== 'string') return {};
    if (text.trim() === '') return { message: 'found an empty text' };
    if (text.length > longest) return { message: `found a text of ${text.length} characters` };
    if (text.includes('PRIVATE KEY'))
      return { message: 'found a private key, which must not be in this file' };
    if (!isPrintable(text)) return { message: `${describeFound(text)}, which has control characters` };
    return { value: text };
  });
}

export function wholeNumberField(smallest: number, largest: number) {
  return field(`a whole number from ${smallest} to ${largest}`, (found): Reading<number> => {
    if (typeof found === 'string' && /^\d{1,15}$/.test(found) && String(Number(found)) === found)
      return { message: `found the text "${found}"`, hint: `write ${found} without quotes` };
    if (typeof found !== 'number' || !Number.isInteger(found) || found < smallest || found > largest)
      return {};
    return { value: found };
  });
}

function sizeProblem(problem: SizeProblem, text: string): { message: string; hint?: string } {
  const found = describeFound(text);
  switch (problem) {
    case 'no-unit':
      return { message: `found ${text}, which has no unit`, hint: `write ${text}GB or ${text}MB` };
    case 'unknown-unit':
      return { message: `${found}, whose unit is unknown`, hint: 'units are B, KB, MB, GB, TB and PB' };
    case 'comma':
      return { message: found, hint: `write a point: ${text.replace(',', '.')}` };
    case 'negative':
      return { message: `${found}, which is below zero` };
    case 'not-whole':
      return { message: `${found}, which is not a whole number of bytes` };
    case 'too-large':
      return { message: `${found}, which is too large` };
    case 'not-a-size':
      return /^[a-z-]+:\S/.test(text)
        ? { message: found, hint: 'put a space after the colon' }
        : { message: found };
  }
}

/** A size with its unit, within bounds. The bounds are said only to those who overstep them. */
export function sizeField(example: string, smallest: number, largest: number) {
  const expected = `a size with its unit, such as ${example}`;
  return field(expected, (found): Reading<number> => {
    if (typeof found !== 'string' && typeof found !== 'number') return {};
    const text = String(found);
    const size = parseSize(text);
    if ('problem' in size) return sizeProblem(size.problem, text);
    if (size.bytes < smallest) return { expected: `at least ${formatBytes(smallest)}` };
    if (size.bytes > largest) return { expected: `at most ${formatBytes(largest)}` };
    return { value: size.bytes };
  });
}

const MAX_LOCATIONS = 16;

/** One location or a list of them, in the order of preference. */
export function locationsField() {
  const one = textField('the name of a location', 64);
  const expected = 'the name of a location, or a list of such names such as [near, far]';
  return z.pipe(
    z.unknown(),
    z.transform((found: unknown, context): readonly [string, ...string[]] => {
      const fail = (message: string, path: number[] = [], wanted = expected): never => {
        context.issues.push({ code: 'custom', message, input: found, path, params: { expected: wanted } });
        return z.NEVER;
      };
      const list = Array.isArray(found) ? found : [found];
      if (list.length === 0) return fail('found an empty list');
      if (list.length > MAX_LOCATIONS)
        return fail(`found ${list.length} locations`, [], `at most ${MAX_LOCATIONS}`);
      const names: string[] = [];
      list.forEach((entry: unknown, index) => {
        const path = Array.isArray(found) ? [index] : [];
        const read = z.safeParse(one, entry);
        if (!read.success) {
          const [issue] = read.error.issues;
          fail(
            issue?.message ?? describeFound(entry),
            path,
            path.length === 0 ? expected : 'the name of a location',
          );
        } else if (names.includes(read.data)) {
          fail(`${describeFound(read.data)} a second time`, path, 'each location once');
        } else names.push(read.data);
      });
      const [first, ...others] = names;
      return first === undefined ? z.NEVER : [first, ...others];
    }),
  );
}

const DEFAULT_DISK_TYPE = 'standard';

/** A disk type of the kind; left out, it is `standard` where the kind has that. */
export function diskTypeField(types: readonly string[] | undefined, kind: string | undefined) {
  if (types === undefined) {
    const any = textField('the name of a disk type', 64);
    // Only a kind that is unknown leaves it open whether `standard` exists, and that is a mistake of its own.
    return kind === undefined ? z._default(any, DEFAULT_DISK_TYPE) : any;
  }
  const expected = types.length === 1 ? types.join() : `one of ${alternatives(types)}`;
  const known = field(expected, (found): Reading<string> => {
    if (typeof found === 'string' && types.includes(found)) return { value: found };
    return typeof found === 'string' ? didYouMean(nearest(found, types)) : {};
  });
  return types.includes(DEFAULT_DISK_TYPE) ? z._default(known, DEFAULT_DISK_TYPE) : known;
}

export type Limits = Pick<
  Capabilities,
  'diskTypes' | 'smallestDiskBytes' | 'largestDiskBytes' | 'longestName'
>;
