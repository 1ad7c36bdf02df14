import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';

/** The folder of the search path that holds a program; undefined where none does. */
export async function programFolder(
  program: string,
  searchPath: string | undefined,
): Promise<string | undefined> {
  for (const folder of (searchPath ?? '').split(delimiter).filter(isAbsolute)) {
    try {
      await access(join(folder, program), constants.X_OK);
      return folder;
    } catch {
      // Not in this one.
    }
  }
  return undefined;
}
