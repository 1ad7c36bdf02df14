import type { Action, Ref } from '../../src/core/action.ts';
import { ChewsError } from '../../src/core/errors.ts';
import type { Proof } from '../../src/core/proofs.ts';
import type { WireOperation, WireVm } from './calls.ts';
import { addressOf, findDisk, findSnapshot, findVm } from './findAssets.ts';
import { idOf, lastWord, refusal, settled, type Work } from './gcpWork.ts';
import { decodeLabels } from './labels.ts';
import { change, targetOf } from './operations.ts';
import { diskStatus, snapshotStatus, vmStatus } from './tellAssets.ts';

type Of<K extends Action['kind']> = Extract<Action, { kind: K }>;

/** Some clouds would do it with a running one, and this is one of them; here that is somebody at work. */
export async function deleteVm(action: Of<'delete-vm'>, work: Work): Promise<void> {
  const id = provenId(action.vm, action.proof, work);
  const vm = await settled(
    () => findVm(action.vm, work),
    (found) => found !== undefined && vmStatus(found) === 'changing',
    work,
  );
  if (vm === undefined) return;
  if (vmStatus(vm) !== 'stopped')
    throw refusal('refused', work, `it is ${vm.status ?? 'in no state that is known'}`);
  refuseUnlessMarked(vm.labels, action.proof.erase, work);
  // R4: they were read back as false; a last look costs nothing that is not read anyway.
  const doomed = (vm.disks ?? []).find(({ autoDelete, type }) => autoDelete === true && type !== 'SCRATCH');
  if (doomed !== undefined)
    throw refusal('refused', work, `disk ${lastWord(doomed.source)} would be deleted along with it`);
  await unprotect(vm, work);
  const { zone, name } = addressOf(vm);
  const { project } = work.gcp.settings;
  await remove(id, work, () => change('instances.delete', { project, zone, instance: name }, work, [id]));
}

/** `deletion-protection` is against other hands: the proof is there, so that ours takes it off. */
async function unprotect(vm: WireVm, work: Work): Promise<void> {
  if (vm.deletionProtection !== true) return;
  const { zone, name } = addressOf(vm);
  await change(
    'instances.setDeletionProtection',
    { project: work.gcp.settings.project, zone, resource: name, deletionProtection: false },
    work,
  );
}

export async function deleteDisk(action: Of<'delete-disk'>, work: Work): Promise<void> {
  const id = provenId(action.disk, action.proof, work);
  const disk = await settled(
    () => findDisk(action.disk, work),
    (found) => found !== undefined && diskStatus(found) === 'changing',
    work,
  );
  if (disk === undefined) return;
  const [user] = disk.users ?? [];
  if (user !== undefined) throw refusal('refused', work, `VM ${lastWord(user)} has it`);
  refuseUnlessMarked(disk.labels, action.proof.erase, work);
  const { zone, name } = addressOf(disk);
  const { project } = work.gcp.settings;
  await remove(id, work, () => change('disks.delete', { project, zone, disk: name }, work, [id]));
}

export async function deleteSnapshot(action: Of<'delete-snapshot'>, work: Work): Promise<void> {
  const id = provenId(action.snapshot, action.proof, work);
  const snapshot = await settled(
    () => findSnapshot(action.snapshot, work),
    (found) => found !== undefined && snapshotStatus(found) === 'changing',
    work,
  );
  if (snapshot === undefined) return;
  refuseUnlessMarked(snapshot.labels, action.proof.erase, work);
  const request = {
    project: work.gcp.settings.project,
    snapshot: snapshot.name ?? '',
  };
  await remove(id, work, () => change('snapshots.delete', request, work, [id]));
}

function provenId(ref: Ref, proof: Proof<'vm' | 'disk' | 'snapshot'>, work: Work): string {
  const id = idOf(ref);
  if (proof.assetId === id) return id;
  throw refusal('refused', work, `the proof is about another asset, ${proof.assetId}`);
}

/** What its owner wants gone bears the mark; what is put away does not. Either can have changed since the proof. */
function refuseUnlessMarked(
  raw: Record<string, string> | null | undefined,
  erase: boolean,
  work: Work,
): void {
  if ((decodeLabels(raw ?? {}).deleting === true) === erase) return;
  const why = erase ? 'it is not marked for deletion any more' : 'it is being deleted by another command';
  throw refusal('refused', work, why, 'Look at "chews status", then run the same command again.');
}

/**
 * clouds.md: "Deletes have no precondition: compare the numeric `id` before, `operation.targetId` after." Between the two
 * somebody could have put another asset under the name; then at least nobody goes on as if nothing had happened.
 */
async function remove(id: string, work: Work, call: () => Promise<WireOperation>): Promise<void> {
  const operation = await call().catch((error: unknown) => {
    if (error instanceof ChewsError && error.code === 'not-found') return undefined;
    throw error;
  });
  if (operation === undefined || targetOf(operation) === id) return;
  throw new ChewsError(
    'conflict',
    `${work.attempt}: another asset had taken its name, and was deleted instead`,
    {
      remedy: `Its id was ${targetOf(operation)}: restore it from its newest snapshot.`,
      effect: 'maybe',
    },
  );
}
