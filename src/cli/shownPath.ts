import { isAbsolute, relative, resolve, sep } from 'node:path';

/** A path as it can be typed in this folder: relative at or below it, else absolute. */
export function shownPath(cwd: string, path: string): string {
  const absolute = resolve(cwd, path);
  const near = relative(cwd, absolute);
  const below = near !== '' && near !== '..' && !near.startsWith(`..${sep}`) && !isAbsolute(near);
  // In the topmost folder everything is below it, and a path without its first slash is no shorter in the mind.
  return below && cwd !== resolve(cwd, '/') ? near : absolute;
}
