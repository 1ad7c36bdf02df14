import type { Action, Ref } from '../../src/core/action.ts';
import { ChewsError } from '../../src/core/errors.ts';
import { ec2CodeOf } from './errorTable.ts';
import { dropImagesOf } from './images.ts';
import type { Told } from './look.ts';
import { refusal } from './place.ts';
import { checkNotSpot } from './spot.ts';
import { labelsOfTags, PROTECTED } from './tags.ts';
import { holdersOf } from './tellFleet.ts';
import { finishLaunch, isEnded } from './finishLaunch.ts';
import { idOf, instanceIn, volumeIn, volumesOf, type Work } from './workbench.ts';

type Of<K extends Action['kind']> = Extract<Action, { kind: K }>;

const LIMIT_MS = 900_000;

function checkProof(
  work: Work,
  ref: Ref,
  { proof }: Of<'delete-vm' | 'delete-disk' | 'delete-snapshot'>,
  asset: Told<unknown> | undefined,
): void {
  if (proof.assetId !== idOf(ref))
    throw refusal('refused', `${work.attempt}: the proof is about another asset, ${proof.assetId}`);
  if (asset === undefined) return;
  // A run can be held up between proof and deletion: the mark may have come or gone since.
  const isMarked = labelsOfTags(asset.tags).deleting === true;
  if (proof.erase && !isMarked)
    throw refusal('refused', `${work.attempt}: it is not marked for deletion any more`);
  if (!proof.erase && isMarked)
    throw refusal('refused', `${work.attempt}: it is being deleted by another command`);
}

/** A deletion whose object is positively not there is done. */
async function unlessGone(delete_: () => Promise<unknown>): Promise<void> {
  try {
    await delete_();
  } catch (error) {
    if (!(error instanceof ChewsError) || error.code !== 'not-found') throw error;
  }
}

export async function deleteVm(work: Work, action: Of<'delete-vm'>): Promise<void> {
  const { bench, attempt } = work;
  const look = await bench.look(work);
  const instance = instanceIn(look, action.vm);
  checkProof(work, action.vm, action, instance);
  if (instance === undefined) return;
  const { id, raw } = instance;
  if (raw.State?.Name !== 'shutting-down') {
    // EC2 would do it; here a running VM is somebody at work.
    if (raw.State?.Name !== 'stopped') throw refusal('refused', `${attempt}: it is ${raw.State?.Name}`);
    const doomed = (raw.BlockDeviceMappings ?? []).find(({ Ebs }) => Ebs?.DeleteOnTermination !== false);
    if (doomed !== undefined)
      throw refusal('refused', `${attempt}: its disk at ${doomed.DeviceName} would be deleted along with it`);
    checkNotSpot(raw, work);
    // Afterwards nothing could tell which disk is which.
    await finishLaunch(work, raw);
    if (instance.tags[PROTECTED] === 'true') {
      const lifted = { InstanceId: id, DisableApiTermination: { Value: false } };
      await unlessGone(() => bench.ec2.change('modifyInstanceAttribute', lifted, work));
    }
    await unlessGone(() => bench.ec2.change('terminateInstances', { InstanceIds: [id] }, work));
  }
  await bench.watch.instance(id, isEnded, work, LIMIT_MS);
  bench.gone.add(id);
  bench.forget(id);
  const disks = volumesOf(look, id).map((volume) => volume.id);
  await Promise.all(
    disks.map((disk) =>
      bench.watch.volume(
        disk,
        (volume) => (volume === undefined || holdersOf(volume).length === 0 ? true : undefined),
        work,
        LIMIT_MS,
      ),
    ),
  );
  bench.expect(`${id} state`, ({ instances }) =>
    instances.every((vm) => vm.id !== id || vm.raw.State?.Name === 'terminated'),
  );
  for (const disk of disks) {
    bench.forget(disk);
    bench.expect(`${disk} itself`, ({ volumes }) =>
      volumes.every((volume) => volume.id !== disk || holdersOf(volume.raw).length === 0),
    );
  }
}

export async function deleteDisk(work: Work, action: Of<'delete-disk'>): Promise<void> {
  const { bench, attempt } = work;
  const volume = volumeIn(await bench.look(work), action.disk);
  checkProof(work, action.disk, action, volume);
  if (volume === undefined) return;
  const { id } = volume;
  const [holder] = holdersOf(volume.raw);
  if (holder !== undefined) throw refusal('refused', `${attempt}: it is attached to VM ${holder}`);
  await unlessGone(() => bench.ec2.change('deleteVolume', { VolumeId: id }, work));
  await bench.watch.volume(
    id,
    (seen) => (seen === undefined || seen.State === 'deleted' ? true : undefined),
    work,
    LIMIT_MS,
  );
  bench.gone.add(id);
  bench.forget(id);
  bench.expect(`${id} itself`, ({ volumes }) =>
    volumes.every((seen) => seen.id !== id || seen.raw.State === 'deleted'),
  );
}

export async function deleteSnapshot(work: Work, action: Of<'delete-snapshot'>): Promise<void> {
  const { bench } = work;
  const id = idOf(action.snapshot);
  const snapshot = (await bench.look(work)).snapshots.find((candidate) => candidate.id === id);
  checkProof(work, action.snapshot, action, snapshot);
  if (snapshot === undefined) return;
  const remove = () => bench.ec2.change('deleteSnapshot', { SnapshotId: id }, work);
  await unlessGone(async () => {
    try {
      await remove();
    } catch (error) {
      // An image that a killed run has left.
      if (ec2CodeOf(error) !== 'InvalidSnapshot.InUse' || !(await dropImagesOf(bench.ec2, id, work)))
        throw error;
      await remove();
    }
  });
  await bench.watch.snapshot(id, (seen) => (seen === undefined ? true : undefined), work, LIMIT_MS);
  bench.forget(id);
  bench.expect(`${id} state`, ({ snapshots }) => snapshots.every((seen) => seen.id !== id));
}
