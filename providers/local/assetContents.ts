import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ChewsError } from '../../src/core/errors.ts';
import { type AssetRecord, assetFileName } from './assetFile.ts';
import { isLockName } from './assetLock.ts';
import { makerOf } from './durable.ts';
import { type ImageFacts, imageName } from './imageHeader.ts';
import { vmFiles } from './qemu.ts';
import { keysFile, seedFile } from './vmMachine.ts';

/** All that chews and QEMU make in the folder of an asset, besides locks and files that are being written. */
function knownNames(record: AssetRecord): readonly string[] {
  if (record.kind !== 'vm') return [assetFileName, imageName(record)];
  return [assetFileName, vmFiles.pid, vmFiles.console, ...vmFiles.monitors, keysFile, seedFile];
}

/** What its owner has put into the folder of an asset, and would vanish with it. */
async function ownersFiles(folder: string, record: AssetRecord): Promise<string[]> {
  const known = knownNames(record);
  const entries = await readdir(folder, { withFileTypes: true });
  return entries
    .filter((entry) => {
      if (makerOf(entry.name) !== undefined) return false;
      return entry.isDirectory() || !(known.includes(entry.name) || isLockName(entry.name));
    })
    .map(({ name }) => name)
    .sort();
}

/**
 * Throws 'refused' where the folder of an asset holds something that is not part of it.
 * @param attempt "cannot delete disk x"
 * @param place the folder's own path, where it has been moved aside
 */
export async function refuseOwnersFiles(
  folder: string,
  record: AssetRecord,
  attempt: string,
  place = folder,
): Promise<void> {
  const [file] = await ownersFiles(folder, record);
  if (file === undefined) return;
  throw new ChewsError('refused', `${attempt}: ${join(place, file)} is not part of it and would be lost`, {
    remedy: 'Move it out of the folder, then run the same command again.',
    effect: 'none',
  });
}

/** Throws 'refused' where an image holds snapshots of QEMU's own: no copy would take them along. */
export function refuseInternalSnapshots(facts: ImageFacts, path: string, attempt: string): void {
  const { internalSnapshots: count } = facts;
  if (count === 0) return;
  const what = count === 1 ? 'a snapshot' : `${count} snapshots`;
  throw new ChewsError('refused', `${attempt}: its image holds ${what} of QEMU's own, which would be lost`, {
    remedy: `List them: qemu-img snapshot -l ${path}; delete what you can do without: qemu-img snapshot -d NAME ${path}`,
    effect: 'none',
  });
}
