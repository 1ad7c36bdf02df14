/**
 * Control characters, those that reverse the direction of text, line separators and halves of surrogate pairs: on a
 * terminal they would move the cursor, recolour, or show another text than the one that is there.
 */
const UNPRINTABLE =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

function escaped(character: string): string {
  switch (character) {
    case '\n':
      return '\\n';
    case '\r':
      return '\\r';
    case '\t':
      return '\\t';
    default:
      return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  }
}

/** The text with every character that could steer a terminal written as its escape. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, escaped);
}

/** True where `printable` would change nothing. */
export function isPrintable(text: string): boolean {
  return text.search(UNPRINTABLE) === -1;
}

/** A text of any length as it can stand in a sentence: printable, cut after some 60 characters. */
export function cut(text: string, longest = 60): string {
  return printable(text.length <= longest ? text : `${text.slice(0, longest)}…`);
}

/** The same in quotes. */
export function quoted(text: string, longest = 60): string {
  return `"${cut(text, longest)}"`;
}
