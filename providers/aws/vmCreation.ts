import type { Image, Instance } from '@aws-sdk/client-ec2';
import type { CreateVm } from '../../src/core/action.ts';
import { ChewsError } from '../../src/core/errors.ts';
import { attachVolume } from './attachments.ts';
import { launchFailure } from './errorTable.ts';
import { finishLaunch, isEnded } from './finishLaunch.ts';
import { checkNewDisk, requireRestorable, whyNoName } from './diskActions.ts';
import { dropImage, registerFromSnapshot, resolveImage } from './images.ts';
import { assignSlots, firstBootData, machineTypeOf, runInput } from './launch.ts';
import type { Look, Told } from './look.ts';
import { refusal } from './place.ts';
import { GiB, whyNoZone } from './settings.ts';
import { labelsOfTags, sameIdentity } from './tags.ts';
import { holdersOf, nameOf } from './tellFleet.ts';
import { isThere, requireVolume, volumesOf, type Work } from './workbench.ts';
import { readKeys } from './workstationKeys.ts';

const START_LIMIT_MS = 900_000;

/** Makes a VM along with its disks in one call, then attaches the data disks that exist already. */
export async function createVm(work: Work, action: CreateVm): Promise<void> {
  const { bench, attempt } = work;
  checkNewVm(action, bench.settings.region, attempt);
  const look = await bench.look(work);
  for (const ref of action.disks) {
    const volume = requireVolume(look, ref, work);
    if (volume.raw.AvailabilityZone !== action.location)
      throw refusal('refused', `${attempt}: disk ${ref.name} is in ${volume.raw.AvailabilityZone}`);
  }
  const there = await findVm(work, look, action);
  const id = there?.id ?? (await launch(work, look, action));
  const instance = await untilRunning(work, id, there?.raw.State?.Name);
  bench.expect(`${id} state`, ({ instances }) =>
    instances.some((vm) => vm.id === id && vm.raw.State?.Name === instance.State?.Name),
  );
  await finishLaunch(work, instance);
  await giveAddress(work, action, id);
  const after = await bench.look(work);
  for (const ref of action.disks) await attachVolume(work, after, { name: action.name, id }, ref);
}

function checkNewVm(action: CreateVm, region: string, attempt: string): void {
  const [boot] = action.makes ?? [];
  const why = whyNoName(action.name) ?? whyNoZone(action.location, region);
  if (why !== undefined) throw refusal('configuration', `${attempt}: ${why}`);
  machineTypeOf(action);
  if (boot === undefined)
    throw refusal(
      'refused',
      `${attempt}: EC2 boots no disk that exists already, it makes the boot disk along with the VM`,
    );
  if (boot.source.from === 'blank') throw refusal('refused', `${attempt}: a blank disk does not boot`);
  for (const disk of action.makes ?? []) checkNewDisk(disk, region, attempt);
}

/** The VM of the name, if it is what is wanted. Dead ones do not count; one that is dying is waited for. */
async function findVm(work: Work, look: Look, action: CreateVm): Promise<Told<Instance> | undefined> {
  const { bench, attempt } = work;
  const named = look.instances.filter(
    (vm) => nameOf(vm) === action.name && vm.raw.State?.Name !== 'terminated',
  );
  const alive: Told<Instance>[] = [];
  for (const vm of named) {
    if (vm.raw.State?.Name === 'shutting-down')
      await bench.watch.instance(vm.id, isEnded, work, START_LIMIT_MS);
    else alive.push(vm);
  }
  const [only, another] = alive;
  if (another !== undefined) throw refusal('conflict', `${attempt}: there are two VMs of that name`);
  if (only !== undefined) {
    if (!isWanted(look, only, action))
      throw refusal('conflict', `${attempt}: there is something else of that name, ${only.id}`);
    return only;
  }
  for (const ref of action.disks) {
    const [holder] = holdersOf(requireVolume(look, ref, work).raw);
    if (holder !== undefined) throw refusal('refused', `${attempt}: VM ${holder} has disk ${ref.name}`);
  }
  for (const { name } of action.makes ?? []) {
    const same = look.volumes.find((volume) => nameOf(volume) === name && volume.raw.State !== 'deleting');
    if (same !== undefined)
      throw refusal('conflict', `${attempt}: there is a disk ${name} already, ${same.id}`);
  }
  return undefined;
}

/** A VM that was launched and not finished has all that it came with, and may lack what was to be attached to it. */
function isWanted(look: Look, { id, raw, tags }: Told<Instance>, action: CreateVm): boolean {
  const made = new Set((action.makes ?? []).map(({ name }) => name));
  const held = volumesOf(look, id);
  const heldNames = new Set(held.map(nameOf));
  return (
    raw.Placement?.AvailabilityZone === action.location &&
    raw.InstanceType === machineTypeOf(action) &&
    sameIdentity(labelsOfTags(tags), action.labels) &&
    [...made].every((name) => heldNames.has(name)) &&
    held.every((volume) => made.has(nameOf(volume)) || action.disks.some((ref) => ref.id === volume.id))
  );
}

async function launch(work: Work, look: Look, action: CreateVm): Promise<string> {
  const { bench, attempt } = work;
  const { image, isTemporary } = await imageFor(work, look, action);
  const slots = assignSlots(look, action, image.RootDeviceName ?? '/dev/xvda', attempt);
  const userData = await firstBootData(action, bench.context);
  const dead = look.instances.filter(
    (vm) => nameOf(vm) === action.name && vm.raw.State?.Name === 'terminated',
  );
  try {
    for (let round = 0; ; round += 1) {
      const generation = `${dead
        .map(({ id }) => id)
        .toSorted()
        .join(' ')} ${round}`;
      const input = runInput({ action, image, isTemporary, slots, userData, generation });
      const askedMs = bench.clock.nowMs();
      const { Instances } = await bench.ec2.change('runInstances', input, work);
      const [made] = Instances ?? [];
      if (made?.InstanceId === undefined) throw refusal('unreadable', `${attempt}: EC2’s answer has no id`);
      // clouds.md: "create, delete, create again replays the dead instance".
      // One that fails at its start is dying as well, and is no reason for another.
      const isDying = ({ State, LaunchTime }: Instance) =>
        (State?.Name === 'terminated' || State?.Name === 'shutting-down') &&
        (LaunchTime?.getTime() ?? 0) < askedMs - 1000;
      const isKnownDead = bench.gone.has(made.InstanceId) || isDying(made);
      if (!isKnownDead && (await isThere(work, bench.watch.instance, made.InstanceId, isDying)))
        return made.InstanceId;
    }
  } catch (error) {
    // Where nothing was made nothing stays; where it is not known, the next run needs the very image for the same token.
    const madeNothing =
      error instanceof ChewsError &&
      error.effect === 'none' &&
      !error.retryable &&
      error.code !== 'interrupted';
    if (isTemporary && madeNothing) await dropImage(bench.ec2, image.ImageId ?? '', work);
    throw error;
  }
}

async function imageFor(
  work: Work,
  look: Look,
  action: CreateVm,
): Promise<{ image: Image; isTemporary: boolean }> {
  const { bench, attempt } = work;
  for (const { source, sizeBytes } of action.makes ?? [])
    if (source.from === 'snapshot') requireRestorable(look, source.snapshotId, sizeBytes, attempt);
  const [boot] = action.makes ?? [];
  if (boot?.source.from === 'snapshot') {
    const snapshot = requireRestorable(look, boot.source.snapshotId, boot.sizeBytes, attempt);
    const image = await registerFromSnapshot(
      bench.ec2,
      snapshot,
      snapshot.raw.VolumeSize ?? boot.sizeBytes / GiB,
      work,
    );
    return { image, isTemporary: true };
  }
  const text = boot?.source.from === 'image' ? boot.source.image : action.image;
  return {
    image: await resolveImage(bench, text, await architecturesOf(work, action), work),
    isTemporary: false,
  };
}

/** What the size can run; undefined where EC2 does not say. */
export async function architecturesOf(work: Work, action: CreateVm): Promise<readonly string[] | undefined> {
  const type = machineTypeOf(action);
  return (await work.bench.types.told([type], work)).get(type)?.ProcessorInfo?.SupportedArchitectures;
}

/** A VM that was found stopped has been up before, and is let be. */
async function untilRunning(work: Work, id: string, wasState: string | undefined): Promise<Instance> {
  const { bench, attempt } = work;
  const instance = await bench.watch.instance(
    id,
    (seen) =>
      seen === undefined || seen.State?.Name === 'pending' || seen.State?.Name === 'stopping'
        ? undefined
        : seen,
    work,
    START_LIMIT_MS,
  );
  const state = instance.State?.Name;
  if (state === 'running' || (state === 'stopped' && wasState === 'stopped')) return instance;
  throw launchFailure(attempt, instance.StateReason ?? {});
}

/** The address that the file names. One that another VM has is not taken from it. */
async function giveAddress(work: Work, { settings, name }: CreateVm, id: string): Promise<void> {
  const { elasticAddress } = readKeys(settings);
  if (elasticAddress === undefined) return;
  const { ec2 } = work.bench;
  const on = { ...work, attempt: `cannot give VM ${name} its address ${elasticAddress}` };
  const { Addresses } = await ec2.read('describeAddresses', { AllocationIds: [elasticAddress] }, on);
  if (Addresses?.[0]?.InstanceId === id) return;
  await ec2.change(
    'associateAddress',
    { AllocationId: elasticAddress, InstanceId: id, AllowReassociation: false },
    on,
  );
}
