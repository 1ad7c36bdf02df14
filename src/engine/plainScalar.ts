/**
 * What an unquoted word of the file means: nothing, true or false, a number, else text. It is a number only if it prints
 * as it was written: the zeros of an account's id, `1.10` and an id such as `12345e67` are text, so that nothing of what
 * a person wrote is lost.
 */
export function plainScalar(word: string): string | number | boolean | null {
  switch (word) {
    case '':
    case '~':
    case 'null':
    case 'Null':
    case 'NULL':
      return null;
    case 'true':
    case 'True':
    case 'TRUE':
      return true;
    case 'false':
    case 'False':
    case 'FALSE':
      return false;
  }
  if (word.length > 24 || !/^-?[0-9]/.test(word)) return word;
  const number = Number(word);
  return Number.isFinite(number) && String(number) === word ? number : word;
}
