import { readFile } from 'node:fs/promises';
import type { ImageFacts } from './imageHeader.ts';

/** Tells whether some process has an image open for writing. */
export type WriterTest = (facts: ImageFacts) => boolean;

/** QEMU marks the permission to write by a lock on this byte of the image (block/file-posix.c: 100 plus the bit's number). */
const writeByte = 101n;

/**
 * Reads all locks of this computer at once. It is the second opinion on whether a disk is in use: it also tells of a QEMU
 * whose folder was removed under it, and of one that chews never started. Where the system has no such list (not Linux,
 * some file systems) it knows of nobody, and the first opinion stands alone.
 */
export async function readWriters(): Promise<WriterTest> {
  const text = process.platform === 'linux' ? await readFile('/proc/locks', 'utf8').catch(() => '') : '';
  const written = new Set<string>();
  for (const match of text.matchAll(/([0-9a-f]+):([0-9a-f]+):(\d+) (\d+) (\d+|EOF)$/gm)) {
    const [, major = '', minor = '', inode = '', from = '', to = ''] = match;
    if (BigInt(from) > writeByte || (to !== 'EOF' && BigInt(to) < writeByte)) continue;
    written.add(`${Number.parseInt(major, 16)}:${Number.parseInt(minor, 16)}:${inode}`);
  }
  return ({ device, inode }) => written.has(`${majorOf(device)}:${minorOf(device)}:${inode}`);
}

/** Linux packs both numbers into one: glibc's gnu_dev_major and gnu_dev_minor. */
function majorOf(device: bigint): bigint {
  return ((device >> 8n) & 0xfffn) | ((device >> 32n) & 0xfffff000n);
}

function minorOf(device: bigint): bigint {
  return (device & 0xffn) | ((device >> 12n) & 0xffffff00n);
}
