import type { AttachDisk, DetachDisk, Ref } from '../../src/core/action.ts';
import { ec2CodeOf } from './errorTable.ts';
import { freeSlot } from './launch.ts';
import type { Look } from './look.ts';
import { refusal } from './place.ts';
import { checkNotSpot } from './spot.ts';
import { DEVICE, labelsOfTags, toTagList } from './tags.ts';
import { holdersOf } from './tellFleet.ts';
import { untilVolume } from './diskActions.ts';
import { finishLaunch } from './finishLaunch.ts';
import { requireInstance, requireVolume, volumeIn, type Work } from './workbench.ts';

export async function attachDisk(work: Work, action: AttachDisk): Promise<void> {
  await attachVolume(work, await work.bench.look(work), action.vm, action.disk);
}

/** Gives a disk to a VM, in the slot that it always has. Deletion flags are false for what is attached later. */
export async function attachVolume(work: Work, look: Look, vm: Ref, disk: Ref): Promise<void> {
  const { bench, attempt } = work;
  const instance = requireInstance(look, vm, work);
  const volume = requireVolume(look, disk, work);
  const holders = holdersOf(volume.raw);
  const other = holders.find((id) => id !== instance.id);
  if (other !== undefined) {
    throw refusal(
      'refused',
      `${attempt}: VM ${other} has disk ${disk.name}`,
      'A disk belongs to one VM at a time: detach it there first.',
    );
  }
  const zone = instance.raw.Placement?.AvailabilityZone;
  if (volume.raw.AvailabilityZone !== zone)
    throw refusal('refused', `${attempt}: the disk is in ${volume.raw.AvailabilityZone}, the VM in ${zone}`);
  if (holders.length === 0) {
    const taken = new Set((instance.raw.BlockDeviceMappings ?? []).map(({ DeviceName = '' }) => DeviceName));
    const rootDevice = instance.raw.RootDeviceName ?? '';
    const boots = labelsOfTags(volume.tags).role === 'boot' && !taken.has(rootDevice);
    taken.add(rootDevice);
    const noted = volume.tags[DEVICE];
    const device = boots
      ? rootDevice
      : noted !== undefined && !taken.has(noted)
        ? noted
        : freeSlot(taken, attempt);
    if (!boots && noted !== device)
      await bench.ec2.change(
        'createTags',
        { Resources: [volume.id], Tags: toTagList({ [DEVICE]: device }) },
        work,
      );
    await bench.ec2.change(
      'attachVolume',
      { VolumeId: volume.id, InstanceId: instance.id, Device: device },
      work,
    );
  }
  await untilVolume(work, volume.id, ({ Attachments }) =>
    (Attachments ?? []).some(({ InstanceId, State }) => InstanceId === instance.id && State === 'attached'),
  );
  bench.expect(`${volume.id} on its VM`, ({ instances }) =>
    instances.some(
      ({ id, raw }) =>
        id === instance.id && (raw.BlockDeviceMappings ?? []).some(({ Ebs }) => Ebs?.VolumeId === volume.id),
    ),
  );
}

/** Takes a disk from a VM. One that it has not, or that no longer exists, is done already. */
export async function detachDisk(work: Work, action: DetachDisk): Promise<void> {
  const { bench, attempt } = work;
  const look = await bench.look(work);
  const instance = requireInstance(look, action.vm, work);
  const volume = action.disk.id === undefined ? undefined : volumeIn(look, action.disk);
  if (volume === undefined || !holdersOf(volume.raw).includes(instance.id)) return;
  const isRoot = (volume.raw.Attachments ?? []).some(({ Device }) => Device === instance.raw.RootDeviceName);
  if (isRoot && instance.raw.State?.Name !== 'stopped')
    throw refusal('refused', `${attempt}: the VM runs from it`, 'Stop the VM first.');
  if (isRoot) checkNotSpot(instance.raw, work);
  await finishLaunch(work, instance.raw);
  try {
    await bench.ec2.change('detachVolume', { VolumeId: volume.id, InstanceId: instance.id }, work);
  } catch (error) {
    // Detached in between, as was wanted: what is waited for below shows it.
    if (ec2CodeOf(error) !== 'IncorrectState') throw error;
  }
  await untilVolume(work, volume.id, (raw) => holdersOf(raw).length === 0 && raw.State === 'available');
  bench.expect(`${volume.id} on its VM`, ({ instances }) =>
    instances.every(
      ({ id, raw }) =>
        id !== instance.id || (raw.BlockDeviceMappings ?? []).every(({ Ebs }) => Ebs?.VolumeId !== volume.id),
    ),
  );
}
