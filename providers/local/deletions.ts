import { realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Action } from '../../src/core/action.ts';
import type { AssetKind } from '../../src/core/assets.ts';
import { ChewsError } from '../../src/core/errors.ts';
import type { Proof } from '../../src/core/proofs.ts';
import type { ApplyOptions } from '../../src/core/provider.ts';
import { refuseInternalSnapshots, refuseOwnersFiles } from './assetContents.ts';
import { type AssetRecord, readAsset } from './assetFile.ts';
import { type Found, findAsset } from './assetFolders.ts';
import { withAssetLock } from './assetLock.ts';
import { refuseWhileInUse } from './diskImages.ts';
import { codeOf, syncFile, withdrawFolder } from './durable.ts';
import { contentVersion, imageFacts, imagePath } from './imageHeader.ts';
import { processWriting, refuseWhileWritten } from './imageWriters.ts';
import { kindFolder, readStore, type Store } from './store.ts';
import { findProcess } from './vmProcess.ts';
import { refuseUnlessStopped, vmsWithDisk } from './vmState.ts';

type Of<K extends Action['kind']> = Extract<Action, { kind: K }>;

/** Deletes the VM of that very id, if it still exists and does not run. Its disks stay. */
export async function deleteVm(store: Store, action: Of<'delete-vm'>): Promise<void> {
  const attempt = `cannot delete VM ${action.vm.name}`;
  await deleteAsset(store, 'vm', action.vm, action.proof, attempt, async ({ folder }, place) => {
    await refuseUnlessStopped(folder, attempt);
    // A process is known by the path that it was started in, which nothing lies at any more in the second look.
    const pid = await findProcess(join(await realpath(dirname(place)), basename(place)));
    if (pid === undefined) return;
    throw new ChewsError('refused', `${attempt}: process ${pid} runs it`, {
      remedy: 'Stop it first.',
      effect: 'none',
    });
  });
}

/** Deletes the disk of that very id, if it still exists, holds what the proof is about, and nothing has it. */
export async function deleteDisk(
  store: Store,
  action: Of<'delete-disk'>,
  { signal }: ApplyOptions,
): Promise<void> {
  const attempt = `cannot delete disk ${action.disk.name}`;
  const { proof } = action;
  let proven = proof.contentVersion;
  await deleteAsset(store, 'disk', action.disk, proof, attempt, async ({ folder, record }, place) => {
    const [holder] = await vmsWithDisk(await readStore(store), record.id);
    if (holder !== undefined) {
      throw new ChewsError('refused', `${attempt}: VM ${holder.record.name} has it`, { effect: 'none' });
    }
    const path = imagePath(folder, record);
    await refuseWhileWritten(path, attempt);
    // What was written through a mapping shows in the file's times only once it is flushed.
    await syncFile(path).catch((error: unknown) => {
      if (codeOf(error) !== 'ENOENT') throw error;
    });
    const facts = await imageFacts(path);
    const writer = facts && (await processWriting(facts));
    if (writer !== undefined && writer !== process.pid) {
      throw new ChewsError('busy', `${attempt}: process ${writer} has its image open for writing`, {
        remedy: `Let it finish, or end it: kill ${writer}`,
        effect: 'none',
      });
    }
    if (facts !== undefined && folder === place) {
      const work = { attempt, searchPath: store.context.env['PATH'], ...(signal && { signal }) };
      await refuseWhileInUse(path, record.type, work).catch((error: unknown) => {
        // A damaged image can be deleted; one in use, or one that could not be asked about, cannot.
        if (!(error instanceof ChewsError) || error.code !== 'failed') throw error;
      });
    }
    if (facts !== undefined && record.type !== 'fast' && !proof.erase)
      refuseInternalSnapshots(facts, path, attempt);
    const version = facts && contentVersion(record, facts);
    if (folder === place) proven ??= version;
    if (version !== proven) {
      throw new ChewsError('conflict', `${attempt}: it was written to since it was found safe to delete`, {
        remedy: 'Run the same command again: it looks anew.',
        effect: 'none',
      });
    }
  });
}

export async function deleteSnapshot(store: Store, action: Of<'delete-snapshot'>): Promise<void> {
  const attempt = `cannot delete snapshot ${action.snapshot.name}`;
  await deleteAsset(store, 'snapshot', action.snapshot, action.proof, attempt, async () => {});
}

/**
 * Deletes the asset of an id. What is gone is done; another incarnation of the name is left alone. All that speaks for it
 * is looked at under the asset's lock, and once more when nobody can find the asset any more: a run can be held up for
 * hours between its proof and any line of this.
 * @param refuse throws where this one must stay. `folder` is where it lies at that moment, `place` where it belongs.
 */
async function deleteAsset<K extends AssetKind>(
  store: Store,
  kind: K,
  ref: { readonly name: string; readonly id?: string },
  proof: Proof<K>,
  attempt: string,
  refuse: (found: Found<K>, place: string) => Promise<void>,
): Promise<void> {
  if (ref.id === undefined || ref.id !== proof.assetId) {
    throw new ChewsError('refused', `${attempt}: the proof is about another ${kind}`, { effect: 'none' });
  }
  const first = await findAsset(await readStore(store), kind, ref);
  if (first === undefined) return;
  const { folder: place, location } = first;
  const look = async (folder: string): Promise<void> => {
    const record = await readAsset(kind, folder, ref.name);
    refuseUnlessMarked(record, proof.erase, attempt);
    await refuseOwnersFiles(folder, record, attempt, place);
    await refuse({ location, folder, record }, place);
  };
  try {
    await withAssetLock(store.context, place, attempt, async () => {
      const found = await findAsset(await readStore(store), kind, ref);
      if (found?.folder !== place) return;
      await look(place);
      await withdrawFolder(place, kindFolder(location, kind), store.context.drawId(), look);
    });
  } catch (error) {
    // Another run deleted it while this one waited for the lock.
    const gone = error instanceof ChewsError && error.code === 'not-found';
    if (!gone || (await findAsset(await readStore(store), kind, ref)) !== undefined) throw error;
  }
}

/** What its owner wants gone bears the mark; what is put away does not. Either can have changed since the proof. */
function refuseUnlessMarked({ labels }: AssetRecord, erase: boolean, attempt: string): void {
  if ((labels.deleting === true) === erase) return;
  const why = erase ? 'it is not marked for deletion any more' : 'it is being deleted by another command';
  throw new ChewsError('refused', `${attempt}: ${why}`, {
    remedy: 'Look at "chews status", then run the same command again.',
    effect: 'none',
  });
}
