import { ChewsError } from '../../src/core/errors.ts';
import { formatBytes } from '../../src/core/units.ts';
import type { ApplyOptions } from '../../src/core/provider.ts';
import type { DiskType } from './assetFile.ts';
import { syncFile } from './durable.ts';
import { imageFacts } from './imageHeader.ts';
import { type ImageJob, runQemuImg } from './qemuImg.ts';

/** What making an image needs from outside. */
export interface ImageWork extends ApplyOptions {
  /** "cannot create disk x" */
  readonly attempt: string;
  /** The PATH to look for qemu-img in. */
  readonly searchPath: string | undefined;
}

const shortMs = 120_000;
/** What "qemu-img check" ends with where blocks belong to nothing and all else is well. */
const leakedBlocks = 3;
/** Slower than this is no drive at work any more. */
const slowestBytesPerMs = 2_000;

/** Makes an empty image. A fast one takes its whole size on the drive from the start. */
export async function makeBlankImage(
  path: string,
  type: DiskType,
  sizeBytes: number,
  work: ImageWork,
): Promise<void> {
  const format = type === 'fast' ? ['-f', 'raw', '-o', 'preallocation=falloc'] : ['-f', 'qcow2'];
  await runQemuImg(
    ['create', '-q', ...format, path, String(sizeBytes)],
    job(work, type === 'fast' ? sizeBytes : 0),
  );
  await syncFile(path);
}

/**
 * Copies an image into a disk of a size, growing it; the source is only read. Refuses a source that is larger.
 * The source's own format must be known: guessing it from the content of a raw disk would let a guest choose.
 */
export async function copyToDisk(
  source: {
    readonly path: string;
    readonly format: 'qcow2' | 'raw';
    readonly virtualBytes: number;
    readonly storedBytes: number;
  },
  path: string,
  type: DiskType,
  sizeBytes: number,
  work: ImageWork,
): Promise<void> {
  const { attempt } = work;
  if (source.virtualBytes > sizeBytes) {
    const [has, wanted] = [formatBytes(source.virtualBytes), formatBytes(sizeBytes)];
    throw new ChewsError(
      'refused',
      `${attempt}: ${source.path} holds a disk of ${has}, and ${wanted} is less than that`,
      {
        remedy: `Give the disk a size of at least ${has} in the file.`,
        effect: 'none',
      },
    );
  }
  const target = type === 'fast' ? ['-O', 'raw', '-o', 'preallocation=falloc'] : ['-O', 'qcow2'];
  const needed = type === 'fast' ? sizeBytes : source.storedBytes;
  const words = ['convert', '-p', '-f', source.format, ...target, '-m', '8', '-W', source.path, path];
  await runQemuImg(words, { ...job(work, Math.max(needed, source.virtualBytes)), neededBytes: needed });
  if (source.virtualBytes < sizeBytes)
    await growImage(path, type, sizeBytes, { ...work, progress: () => {} });
  await syncFile(path);
}

/** Makes an image larger in place. */
export async function growImage(
  path: string,
  type: DiskType,
  sizeBytes: number,
  work: ImageWork,
): Promise<void> {
  const format = type === 'fast' ? ['-f', 'raw', '--preallocation=falloc'] : ['-f', 'qcow2'];
  await runQemuImg(
    ['resize', '-q', ...format, path, String(sizeBytes)],
    job(work, type === 'fast' ? sizeBytes : 0),
  );
  await syncFile(path);
}

/**
 * Copies a disk into a snapshot: compressed, only used blocks, verified. Large clusters and all processors make it as fast
 * as it is (measured: a third of the time of the defaults).
 */
export async function copyToSnapshot(
  source: {
    readonly path: string;
    readonly type: DiskType;
    readonly virtualBytes: number;
    readonly storedBytes: number;
  },
  path: string,
  work: ImageWork,
): Promise<void> {
  const target = ['-c', '-O', 'qcow2', '-o', 'compression_type=zstd,cluster_size=1M'];
  const format = source.type === 'fast' ? 'raw' : 'qcow2';
  const words = ['convert', '-p', '-f', format, ...target, '-m', '8', '-W', source.path, path];
  await runQemuImg(words, { ...job(work, source.virtualBytes), neededBytes: source.storedBytes });
  await syncFile(path);
  await runQemuImg(
    ['check', '-q', '-f', 'qcow2', path],
    job({ ...work, progress: () => {} }, source.virtualBytes),
  );
}

/**
 * Throws 'failed' where a disk's own tables do not hold together: a copy of it would look whole and not be. Blocks that
 * belong to nothing, as a QEMU that was killed leaves them, lose nothing.
 */
export async function refuseIfBroken(
  source: { readonly path: string; readonly type: DiskType; readonly storedBytes: number },
  work: ImageWork,
): Promise<void> {
  if (source.type === 'fast') return;
  const words = ['check', '-q', '-f', 'qcow2', source.path];
  const checked = job({ ...work, progress: () => {} }, source.storedBytes);
  await runQemuImg(words, { ...checked, alsoFine: [leakedBlocks] });
}

/** Throws 'busy' while any process has the image open for writing, by QEMU's own locks: the second guard. */
export async function refuseWhileInUse(path: string, type: DiskType, work: ImageWork): Promise<void> {
  const format = type === 'fast' ? 'raw' : 'qcow2';
  await runQemuImg(['info', '-f', format, path], job({ ...work, progress: () => {} }, 0));
}

/** The facts of an image that an owner names, fit to be copied from. */
export async function ownersImage(path: string, attempt: string) {
  const facts = await imageFacts(path);
  if (facts === undefined) {
    throw new ChewsError('configuration', `${attempt}: there is no image ${path}`, {
      remedy: 'Download it, or correct "image" in the file.',
      effect: 'none',
    });
  }
  const why =
    facts.damage ??
    (facts.refersElsewhere ? 'it refers to other files, which could be any of yours' : undefined);
  if (why !== undefined)
    throw new ChewsError('refused', `${attempt}: image ${path}: ${why}`, { effect: 'none' });
  return { path, ...facts };
}

function job(work: ImageWork, bytes: number): ImageJob {
  return {
    attempt: work.attempt,
    boundMs: shortMs + bytes / slowestBytesPerMs,
    path: work.searchPath,
    signal: work.signal,
    progress: work.progress,
    ...(bytes > 0 && { neededBytes: bytes }),
  };
}
