import { constants } from 'node:fs';
import { open } from 'node:fs/promises';

/**
 * The text of a regular file of at most so many bytes. Whoever can write into the folder can put a pipe or an endless
 * file there; neither may make a read hang.
 * @throws the system's errors as they come, 'ENXIO' for what is no regular file, 'EFBIG' for one too large.
 */
export async function boundedText(path: string, most: number): Promise<string> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const status = await handle.stat();
    if (status.isDirectory() || !status.isFile()) throw systemError('ENXIO', path);
    if (status.size > most) throw systemError('EFBIG', path);
    return await handle.readFile('utf8');
  } finally {
    await handle.close();
  }
}

function systemError(code: string, path: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: ${path}`), { code, path });
}
