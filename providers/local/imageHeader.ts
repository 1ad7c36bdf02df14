import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { DiskRecord, SnapshotRecord } from './assetFile.ts';
import { codeOf } from './durable.ts';
import { sectorsOf } from './sectors.ts';

/** What an image file tells by itself, in one short read. */
export interface ImageFacts {
  readonly format: 'qcow2' | 'raw';
  readonly virtualBytes: number;
  /** The length of the file. */
  readonly fileBytes: number;
  /** What it takes on the drive. */
  readonly storedBytes: number;
  readonly mtimeNs: bigint;
  /** Unlike the time of writing, nobody can set this one: only the system's clock does. */
  readonly ctimeNs: bigint;
  readonly device: bigint;
  readonly inode: bigint;
  /** It refers to other files, whose content would come along. */
  readonly refersElsewhere: boolean;
  /** Snapshots inside the image, which QEMU keeps there and no copy takes along. */
  readonly internalSnapshots: number;
  /** Why it cannot be used; undefined where nothing is seen that is wrong. */
  readonly damage?: string;
}

const headerBytes = 104;
const corruptBit = 2n;
const dataFileBit = 4n;

export function imageName(record: DiskRecord | SnapshotRecord): string {
  if (record.kind === 'snapshot') return 'snapshot.qcow2';
  return record.type === 'fast' ? 'disk.raw' : 'disk.qcow2';
}

export function imagePath(folder: string, record: DiskRecord | SnapshotRecord): string {
  return join(folder, imageName(record));
}

/** Reads the head of an image. Undefined where the file is definitely not there; other errors come as they are. */
export async function imageFacts(path: string): Promise<ImageFacts | undefined> {
  // A pipe under that name must not make the read hang.
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch(absent);
  if (handle === undefined) return undefined;
  try {
    const status = await handle.stat({ bigint: true });
    if (!status.isFile()) throw Object.assign(new Error(`ENXIO: ${path}`), { code: 'ENXIO', path });
    const head = Buffer.alloc(headerBytes);
    const { bytesRead } = await handle.read(head, 0, headerBytes, 0);
    const common = {
      fileBytes: Number(status.size),
      storedBytes: Number(status.blocks) * 512,
      mtimeNs: status.mtimeNs,
      ctimeNs: status.ctimeNs,
      device: status.dev,
      inode: status.ino,
    };
    if (bytesRead < 4 || head.toString('latin1', 0, 4) !== 'QFI\xfb') {
      const virtualBytes = sectorsOf(common.fileBytes);
      return { ...common, format: 'raw', virtualBytes, refersElsewhere: false, internalSnapshots: 0 };
    }
    return { ...common, format: 'qcow2', ...qcow2Facts(head, bytesRead, status.size) };
  } finally {
    await handle.close();
  }
}

/** The version 2 and 3 header: https://gitlab.com/qemu-project/qemu/-/blob/master/docs/interop/qcow2.txt */
function qcow2Facts(head: Buffer, bytesRead: number, fileBytes: bigint) {
  if (bytesRead < 72) {
    return { virtualBytes: 0, refersElsewhere: false, internalSnapshots: 0, damage: 'its header is cut' };
  }
  const version = head.readUInt32BE(4);
  const features = version >= 3 && bytesRead >= 80 ? head.readBigUInt64BE(72) : 0n;
  const virtualBytes = Number(head.readBigUInt64BE(24));
  const refersElsewhere = head.readBigUInt64BE(8) !== 0n || (features & dataFileBit) !== 0n;
  const l1End = head.readBigUInt64BE(40) + 8n * BigInt(head.readUInt32BE(36));
  const damage = (() => {
    if (version !== 2 && version !== 3) return `its header says version ${version}`;
    if ((features & corruptBit) !== 0n) return 'QEMU has marked it as corrupt';
    if (l1End > fileBytes || head.readBigUInt64BE(48) >= fileBytes) return 'it was cut short';
    return undefined;
  })();
  const internalSnapshots = head.readUInt32BE(60);
  return { virtualBytes, refersElsewhere, internalSnapshots, ...(damage !== undefined && { damage }) };
}

/** What is wrong with the image of an asset, as a sentence; undefined where nothing is seen. */
export function imageDamage(
  record: DiskRecord | SnapshotRecord,
  facts: ImageFacts | undefined,
  path: string,
): string | undefined {
  if (facts === undefined) return `its file ${path} is gone`;
  const wanted = record.kind === 'disk' && record.type === 'fast' ? 'raw' : 'qcow2';
  // A raw disk may well begin with what looks like a header: the guest writes what it likes.
  const format = wanted === 'raw' ? 'raw' : facts.format;
  if (format !== wanted) return `its file ${path} is not a ${wanted} image any more`;
  if (wanted === 'qcow2' && facts.damage !== undefined) return `its file ${path} is damaged: ${facts.damage}`;
  const size = wanted === 'raw' ? facts.fileBytes : facts.virtualBytes;
  const short =
    record.kind === 'snapshot' ? facts.fileBytes !== record.imageBytes : facts.fileBytes < record.imageBytes;
  if (short) return `its file ${path} is damaged: it has another length than it was made with`;
  if (size < record.sizeBytes) return `its file ${path} is damaged: the disk in it is smaller than it was`;
  return undefined;
}

/** The size that the guest sees. */
export function diskBytes(record: DiskRecord, facts: ImageFacts | undefined): number {
  if (facts === undefined) return record.sizeBytes;
  const size = record.type === 'fast' ? sectorsOf(facts.fileBytes) : facts.virtualBytes;
  return Math.max(size, record.sizeBytes);
}

/**
 * Changes whenever the file may have been written to or replaced. The time of writing and the length alone would not do:
 * `touch -r` and `cp -p` bring both back. Renaming the folder around the file leaves it as it is.
 */
export function stampOf({ inode, ctimeNs, mtimeNs, fileBytes }: ImageFacts): string {
  return `${inode}-${ctimeNs}-${mtimeNs}-${fileBytes}`;
}

/** A token for a disk's content: it changes whenever the content may have. */
export function contentVersion(record: DiskRecord, facts: ImageFacts): string {
  return `${record.generation}-${stampOf(facts)}`;
}

/** Whether a snapshot's file is the very one that was taken, untouched since. */
export function isAsTaken(record: SnapshotRecord, facts: ImageFacts | undefined): boolean {
  return facts !== undefined && stampOf(facts) === record.imageStamp;
}

function absent(error: unknown): undefined {
  if (codeOf(error) === 'ENOENT') return undefined;
  throw error;
}
