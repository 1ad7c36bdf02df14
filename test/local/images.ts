import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Disk } from '../../src/core/assets.ts';

export interface Image {
  readonly path: string;
  readonly format: 'qcow2' | 'raw';
}

const run = promisify(execFile);

/** The image of a disk of the store in a folder. */
export function imageOf(folder: string, disk: Pick<Disk, 'name' | 'type' | 'location'>): Image {
  const format = disk.type === 'fast' ? 'raw' : 'qcow2';
  return { path: join(folder, 'root', disk.location, 'disks', disk.name, `disk.${format}`), format };
}

/** A digest of the content as a guest would read it. */
export async function contentHash(folder: string, { path, format }: Image): Promise<string> {
  const raw = join(folder, 'content.raw');
  await run('qemu-img', ['convert', '-U', '-f', format, '-O', 'raw', path, raw]);
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(raw)) hash.update(chunk);
  await rm(raw);
  return hash.digest('hex');
}
