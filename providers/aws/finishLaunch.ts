import type { Instance } from '@aws-sdk/client-ec2';
import { dropImage } from './images.ts';
import { decodeMakes } from './makes.ts';
import { NAME, TEMPORARY_IMAGE, toTagList } from './tags.ts';
import { holdersOf } from './tellFleet.ts';
import type { Work } from './workbench.ts';

export function isEnded(instance: Instance | undefined): true | undefined {
  return instance === undefined || instance.State?.Name === 'terminated' ? true : undefined;
}

/**
 * What is left to do once a launch has taken effect: every disk gets its own tags, and the private image goes. Anything that
 * could part the VM from its disks does this first.
 */
export async function finishLaunch(work: Work, instance: Instance): Promise<void> {
  const { bench } = work;
  const look = await bench.look(work);
  const told = look.instances.find(({ id }) => id === instance.InstanceId);
  const makes = decodeMakes(told?.tags ?? {});
  const held = new Map(
    (instance.BlockDeviceMappings ?? []).map(({ DeviceName, Ebs }) => [DeviceName, Ebs?.VolumeId]),
  );
  const owing = Object.entries(makes ?? {}).flatMap(([device, tags]) => {
    const id = held.get(device);
    const volume = look.volumes.find((candidate) => candidate.id === id);
    return id !== undefined && (volume === undefined || volume.owed !== undefined) ? [{ id, tags }] : [];
  });
  await Promise.all(
    owing.map(async ({ id, tags }) => {
      await bench.ec2.change('createTags', { Resources: [id], Tags: toTagList(tags) }, work);
    }),
  );
  for (const { id, tags } of owing) {
    const holder = instance.InstanceId ?? '';
    bench.expect(`${id} tag ${NAME}`, ({ volumes }) =>
      volumes.some((seen) => seen.id === id && seen.tags[NAME] === tags[NAME]),
    );
    bench.expect(`${id} itself`, ({ volumes }) =>
      volumes.some(
        (seen) => seen.id === id && seen.owed === undefined && holdersOf(seen.raw).includes(holder),
      ),
    );
    bench.expect(`${id} on its VM`, ({ instances }) =>
      instances.some(
        ({ id: vm, raw }) =>
          vm === holder && (raw.BlockDeviceMappings ?? []).some(({ Ebs }) => Ebs?.VolumeId === id),
      ),
    );
  }
  const image = told?.tags[TEMPORARY_IMAGE];
  if (image !== undefined && told !== undefined) {
    await dropImage(bench.ec2, image, work);
    await bench.ec2.change('deleteTags', { Resources: [told.id], Tags: [{ Key: TEMPORARY_IMAGE }] }, work);
  }
}
