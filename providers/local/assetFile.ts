import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { AssetKind, DiskOrigin, Labels } from '../../src/core/assets.ts';
import { ChewsError } from '../../src/core/errors.ts';
import { codeOf, replaceFile, writeNewFile } from './durable.ts';
import { boundedText } from './readBounded.ts';
import { misshapen } from './recordShape.ts';

export type DiskType = 'standard' | 'fast';

interface Common {
  readonly id: string;
  readonly name: string;
  readonly labels: Labels;
  readonly createdAtMs: number;
  /** A digest of the action that made it: the same action again finds its own work, any other one a conflict. */
  readonly madeBy: string;
}

export interface DiskRecord extends Common {
  readonly kind: 'disk';
  readonly type: DiskType;
  /** The image itself tells the size; this is the least that it must tell. */
  readonly sizeBytes: number;
  /** The least length of the image file: a shorter one was cut. */
  readonly imageBytes: number;
  readonly origin: Exclude<DiskOrigin, { from: 'unknown' }>;
  /** Raised durably before each start of a QEMU that has the disk. */
  readonly generation: number;
  /** The image's stamp when nobody but chews itself had written to it. */
  readonly pristineStamp: string;
  /** When a VM that had it was last seen to stop. */
  readonly lastReleasedAtMs?: number;
  /** Restored from a snapshot that awaits its guest. */
  readonly awaitsGuest?: true;
}

export interface SnapshotRecord extends Common {
  readonly kind: 'snapshot';
  readonly sourceDiskId: string;
  readonly sourceDiskName: string;
  readonly sizeBytes: number;
  /** The exact length of the image file: nothing writes to a snapshot. */
  readonly imageBytes: number;
  /** The stamp of the image file when it was complete: one that was changed or replaced since proves nothing. */
  readonly imageStamp: string;
  readonly takenAtMs: number;
  readonly contentVersion: string;
  /** Of an image on which no guest has come up yet: a VM that is made of it boots for the first time. */
  readonly awaitsGuest?: true;
}

export interface VmRecord extends Common {
  readonly kind: 'vm';
  readonly size: { readonly cpus: number; readonly memoryBytes: number };
  readonly image: string;
  /** The first one boots. */
  readonly disks: readonly { readonly id: string; readonly name: string }[];
  /** First-boot data goes along: until the guest was seen to be installed. */
  readonly firstBoot: boolean;
  /** The loopback port of its ssh, kept from start to start so that an ssh configuration stays true. */
  readonly port?: number;
  readonly sshKey?: string;
  readonly sshUser?: string;
  /** As its console told them; empty until it has. */
  readonly hostKeys: readonly string[];
  readonly lastStartedAtMs?: number;
  readonly lastStoppedAtMs?: number;
}

export interface RecordOf {
  readonly vm: VmRecord;
  readonly disk: DiskRecord;
  readonly snapshot: SnapshotRecord;
}

export type AssetRecord = RecordOf[AssetKind];

export const assetFileName = 'asset.json';
const formatNumber = 1;
/** An asset's file is a few hundred bytes; anything much larger is not one. */
const longestFile = 1 << 20;

/** Equal values have equal digests, in whatever order their keys stand; keys without a value do not count. */
export function digestOf(value: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify(sorted(value)))
    .digest('hex');
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}

/** The text of an asset's file: the content, and a checksum over it so that a torn or mangled file is noticed. */
export function formatRecord(content: object): string {
  const checksum = digestOf(content);
  return `${JSON.stringify({ format: formatNumber, checksum, content }, undefined, 2)}\n`;
}

/**
 * Reads back what `formatRecord` wrote. The checksum vouches that chews wrote it, not that it was this chews.
 * @returns the content, or the sentence that says why it is none.
 */
export function parseRecord(text: string): { readonly content: object } | { readonly why: string } {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return { why: text.trim() === '' ? 'it is empty' : 'it was cut short or changed by hand' };
  }
  if (typeof parsed !== 'object' || parsed === null) return { why: 'it holds something else' };
  const { format, checksum, content } = parsed as Record<string, unknown>;
  if (typeof format === 'number' && format > formatNumber) {
    return { why: `it was written by a newer chews (format ${format}; this one knows ${formatNumber})` };
  }
  if (format !== formatNumber || typeof content !== 'object' || content === null) {
    return { why: 'it holds something else' };
  }
  if (checksum !== digestOf(content)) return { why: 'its checksum does not match: it was changed by hand' };
  return { content };
}

/**
 * Reads the file of the asset that a folder holds.
 * @throws ENOENT as it comes, where the file is not there; ChewsError('unreadable') where it cannot be understood.
 */
export async function readAsset<K extends AssetKind>(
  kind: K,
  folder: string,
  name: string,
): Promise<RecordOf[K]> {
  const path = join(folder, assetFileName);
  const text = await boundedText(path, longestFile).catch((error: unknown) => {
    if (['EISDIR', 'EFBIG', 'ELOOP', 'ENXIO'].includes(codeOf(error) ?? ''))
      throw unreadable(path, 'it is not such a file');
    throw error;
  });
  const parsed = parseRecord(text);
  if ('why' in parsed) throw unreadable(path, parsed.why);
  const record = parsed.content as RecordOf[K];
  if (record.kind !== kind) throw unreadable(path, `it describes a ${record.kind}, not a ${kind}`);
  const flaw = misshapen(kind, record);
  if (flaw !== undefined)
    throw unreadable(path, `its ${flaw} is missing, or nothing that this chews understands`);
  if (record.name !== name)
    throw unreadable(path, `it describes ${kind} ${record.name}: its folder was renamed or copied`);
  return record;
}

function unreadable(path: string, why: string): ChewsError {
  return new ChewsError('unreadable', `cannot read ${path}: ${why}`, {
    remedy:
      'Bring the file back from a backup, or move its folder out of the store (do not delete it before you have looked ' +
      'at the image in it). Until then nothing is changed.',
    effect: 'none',
  });
}

/** Writes the file of an asset that is being built. */
export async function writeAsset(folder: string, record: AssetRecord): Promise<void> {
  await writeNewFile(join(folder, assetFileName), formatRecord(record));
}

/** Replaces the file of an asset, durably. To be called under the asset's lock. */
export async function rewriteAsset(folder: string, record: AssetRecord, id: string): Promise<void> {
  await replaceFile(join(folder, assetFileName), formatRecord(record), folder, id);
}
