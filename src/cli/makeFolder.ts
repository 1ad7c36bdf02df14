import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/**
 * Makes a folder for nobody else to read, and those above it that are missing: one by one from the first that exists.
 * The runtime's own way of doing that never ends where a folder exists in which none can be made and none is refused (/proc).
 */
export function makeFolder(path: string): void {
  const missing: string[] = [];
  for (let folder = path; !isFolder(folder); folder = dirname(folder)) {
    missing.unshift(folder);
    if (folder === dirname(folder)) break;
  }
  for (const folder of missing) {
    try {
      mkdirSync(folder, { mode: 0o700 });
    } catch (error) {
      // Another run was faster.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || !isFolder(folder)) throw error;
    }
  }
}

/** Why something could not be written, in the user's words. */
export function whyUnwritable(error: unknown): string {
  const code = (error as NodeJS.ErrnoException | null)?.code;
  switch (code) {
    case 'EACCES':
    case 'EPERM':
      return 'you have no permission to write there';
    case 'EROFS':
      return 'its file system can only be read';
    case 'ENOSPC':
    case 'EDQUOT':
      return 'the disk is full';
    case 'ENOTDIR':
    case 'EEXIST':
      return 'what should be a folder in its path is none';
    case 'ENOENT':
      return 'no folder can be made there';
    case 'EISDIR':
      return 'a folder is in its place';
    default:
      return `the system says ${code ?? String(error)}`;
  }
}
