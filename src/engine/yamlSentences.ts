import { cut, printable, quoted } from '../core/printable.ts';
import { lineAt, type TextMistake } from './textPosition.ts';

/** What the parser says of a mistake; only this much of its errors is used. */
export interface SyntaxError {
  readonly code: string;
  readonly message: string;
  readonly pos: readonly [number, number];
}

const GLUED = /^([A-Za-z][\w-]*):(\S.*)$/;
const MAX_LOOK_BACK = 2_000;
const BARE = /^([A-Za-z][\w-]*)(?: +(.*))?$/;

/** A line that stands where a key should: nearly always its colon, or the space behind that, is missing. */
function keyless(text: string, offset: number): TextMistake {
  const { start, line } = lineAt(text, offset);
  const rest = line.slice(offset - start).trim();
  const [, gluedKey, gluedValue] = GLUED.exec(rest) ?? [];
  if (gluedKey !== undefined) {
    const short = cut(gluedKey);
    const sentence = `no space after the colon of ${short}; write ${short}: ${cut(gluedValue ?? '')}`;
    return { offset, sentence };
  }
  const [, key, value] = BARE.exec(rest) ?? [];
  if (key !== undefined)
    return {
      offset,
      sentence: `no colon after ${cut(key)}; write ${cut(key)}:${value === undefined ? '' : ` ${cut(value)}`}`,
    };
  if (rest.startsWith('-'))
    return { offset, sentence: 'found a list item (-) among keys, expected a key and a colon' };
  return { offset, sentence: `found ${quoted(rest)}, expected a key and a colon` };
}

/** Two colons in one line, or a line indented below a key that has its value already. */
function nested(text: string, offset: number): TextMistake {
  const { start, line } = lineAt(text, offset);
  const value = line.slice(offset - start);
  const indentation = line.length - line.trimStart().length;
  if (GLUED.test(line.trim()) && start + indentation < offset) return keyless(text, start + indentation);
  if (/:(?:\s|$)/.test(value))
    return { offset, sentence: 'a second colon in this line; put a text that has a colon in it into quotes' };
  const next = start + line.length + (text[start + line.length] === '\r' ? 2 : 1);
  const below = lineAt(text, next).line;
  const indent = below.length - below.trimStart().length;
  return {
    offset: Math.min(next + indent, text.length),
    sentence:
      'this line is indented deeper than the one above, which has its value already; give both the same indentation',
  };
}

/** Whether the mistake is one of indentation: after the first, the parser finds fault with every line that follows. */
export function isIndentation(error: SyntaxError): boolean {
  return error.code === 'BAD_INDENT' || error.message.startsWith('Nested mappings');
}

/** Whether a bracket or a quote is never closed: the parser then takes what follows for something else. */
export function isUnclosed(error: SyntaxError): boolean {
  return error.message.startsWith('Missing closing') || error.message.startsWith('Flow ');
}

/** The last bracket before an offset that nothing closes. */
function openBracket(text: string, offset: number): number {
  let closed = 0;
  for (let at = offset - 1; at >= Math.max(0, offset - MAX_LOOK_BACK); at--) {
    const character = text.charAt(at);
    if (character === '}' || character === ']') closed++;
    else if ((character === '{' || character === '[') && closed-- === 0) return at;
  }
  return offset;
}

/** Lines that are indented with tabs; none of what the parser says of them says that. */
export function tabMistakes(text: string, most: number): TextMistake[] {
  const mistakes: TextMistake[] = [];
  for (const match of text.matchAll(/^ *\t[ \t]*(?=[^\s#])/gm)) {
    const mistake = mistakes.length < most ? tab(text, match.index) : undefined;
    if (mistake === undefined) break;
    mistakes.push(mistake);
  }
  return mistakes;
}

const ODD_BLANK = '[\\u00a0\\u1680\\u2000-\\u200b\\u202f\\u205f\\u2060\\u3000]';
const CURLY = '[\\u00ab\\u00bb\\u2018-\\u201f\\u2039\\u203a]';
/** Up to where a key, or a value, may begin: nothing quoted and no comment stands before it. */
const BEFORE = `^(?:[^"'#]*?[\\[{,])?[ \\t]*(?:- +)?`;
const KEY = `["']?[\\w.-]+["']?:`;
const ODD_PLACES: readonly RegExp[] = [
  new RegExp(`^([ \\t]*)(${ODD_BLANK})`),
  new RegExp(`(${BEFORE}${KEY}[ \\t]*)(${ODD_BLANK})`),
  new RegExp(`(${BEFORE}(?:${KEY} +)?)(${CURLY})`),
];
const LONGEST_LINE = 2_000;

/** Signs that look like a blank or a straight quote where one of those should be; the parser takes them for text. */
export function oddSigns(text: string, most: number): TextMistake[] {
  const mistakes: TextMistake[] = [];
  for (const match of text.matchAll(new RegExp(`^.*(?:${ODD_BLANK}|${CURLY})`, 'gmu'))) {
    const { start, line } = lineAt(text, match.index);
    if (line.length > LONGEST_LINE) continue;
    for (const place of ODD_PLACES) {
      const [, before, sign] = place.exec(line) ?? [];
      if (before === undefined || sign === undefined) continue;
      mistakes.push({ offset: start + before.length, sentence: oddSentence(sign) });
      break;
    }
    if (mistakes.length >= most) break;
  }
  return mistakes;
}

function oddSentence(sign: string): string {
  const code = `U+${sign.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`;
  if (new RegExp(CURLY).test(sign))
    return `${sign} (${code}) is a curly quote, and a part of the text; write straight quotes or none`;
  const what = sign === '\u00a0' ? 'a non-breaking space' : 'a blank of another kind';
  return `found ${what} (${code}) here; write an ordinary space in its place`;
}

function tab(text: string, offset: number): TextMistake | undefined {
  const { start, line } = lineAt(text, offset);
  const [indentation = ''] = /^[ \t]*/.exec(line) ?? [];
  const at = indentation.indexOf('\t');
  if (at === -1) return undefined;
  return { offset: start + at, sentence: 'this line is indented with a tab; use spaces, two for each level' };
}

/** The parser's own words, where there are no better ones, without what only its authors understand. */
function inItsWords(message: string): string {
  const words = message.replace(/\s+/g, ' ').trim();
  return `not well-formed: ${words.charAt(0).toLowerCase()}${words.slice(1, 160)}`;
}

function sentenceOf(error: SyntaxError, text: string): string {
  const [offset] = error.pos;
  switch (error.code) {
    case 'BAD_INDENT':
      return 'this line is indented otherwise than the lines that it belongs to; use the same number of spaces';
    case 'BAD_SCALAR_START':
      return `a text that begins with ${quoted(text.charAt(offset))} needs quotes around it`;
    case 'BAD_DQ_ESCAPE':
      return `${quoted(text.slice(offset, offset + 2))} means nothing in double quotes; use single quotes, or write \\\\ for a backslash`;
    case 'BLOCK_IN_FLOW':
      return 'a comma is missing between two entries, or a space after a colon';
    case 'MULTIPLE_ANCHORS':
    case 'ALIAS_PROPS':
    case 'BAD_ALIAS':
      return 'an anchor (&) or alias (*) stands where none can; a text that begins with such a sign needs quotes';
    case 'UNEXPECTED_TOKEN': {
      const closing = /flow-(map|seq)-end/.exec(error.message);
      if (closing !== null) return `a ${closing[1] === 'map' ? '}' : ']'} too many`;
      if (error.message.includes('block-seq-ind'))
        return 'a list item (-) stands behind a key; write the list below it, or as [one, two]';
      if (error.message.includes('at node end'))
        return `unexpected text ${quoted(lineAt(text, offset).line.trim())}: something stands behind a value that was complete`;
      return inItsWords(error.message);
    }
    case 'MISSING_CHAR':
      if (error.message.startsWith('Comments')) return 'put a space before the # of a comment';
      return inItsWords(error.message);
    default:
      // The parser speaks of comments when a list or mapping in brackets stands before a colon.
      return error.message.startsWith('Map comment')
        ? 'this cannot be a key, expected a plain word and a colon'
        : inItsWords(error.message);
  }
}

/**
 * The parser's error in words for the person who wrote the file. `opening` finds the start of the quoted text that ends
 * at an offset: the parser complains where it gave up, often lines below the quote that was forgotten.
 */
export function syntaxMistake(
  error: SyntaxError,
  text: string,
  opening: (offset: number) => number | undefined,
): TextMistake {
  const [offset] = error.pos;
  if (error.message.startsWith('Missing closing')) {
    const start = opening(offset) ?? offset;
    return {
      offset: start,
      sentence: `the quote ${printable(text.charAt(start))} that is opened here is never closed`,
    };
  }
  if (error.message.startsWith('Flow ')) {
    const start = openBracket(text, offset);
    const [open, close] = error.message.startsWith('Flow map') ? '{}' : '[]';
    return {
      offset: start,
      sentence: `a ${open} that is opened here is not closed with a ${close}, or a line inside is not indented enough`,
    };
  }
  if (error.message.startsWith('Nested mappings')) return nested(text, offset);
  const isKeyless =
    error.code === 'MULTILINE_IMPLICIT_KEY' ||
    error.message.startsWith('Implicit map keys') ||
    error.message.startsWith('A block sequence');
  return isKeyless ? keyless(text, offset) : { offset, sentence: sentenceOf(error, text) };
}
