import type { Instance } from '@aws-sdk/client-ec2';
import type { CreateVm, PlannedAction } from '../../src/core/action.ts';
import { ChewsError } from '../../src/core/errors.ts';
import type { Refusal } from '../../src/core/provider.ts';
import { checkNewDisk, whyNoName } from './diskActions.ts';
import { ec2CodeOf } from './errorTable.ts';
import { resolveImage } from './images.ts';
import { checkStop, checkStoreOf } from './instanceTypes.ts';
import type { Told } from './look.ts';
import { assignSlots, firstBootData, machineTypeOf, runInput } from './launch.ts';
import { refusal } from './place.ts';
import { GiB, whyNoDisk, whyNoZone } from './settings.ts';
import { checkNotSpot } from './spot.ts';
import { bootFactsOf, PROTECTED, SCRATCH } from './tags.ts';
import { nameOf } from './tellFleet.ts';
import { architecturesOf } from './vmCreation.ts';
import type { Work } from './workbench.ts';
import { readKeys } from './workstationKeys.ts';

/** Everything that EC2 can be asked before the first step. A sentence for each thing that it would refuse. */
export async function checkActions(
  work: Work,
  actions: readonly PlannedAction[],
): Promise<readonly Refusal[]> {
  const refusals = await Promise.all(actions.map((action) => checkAction(work, action)));
  return refusals.flat();
}

async function checkAction(work: Work, action: PlannedAction): Promise<Refusal[]> {
  switch (action.kind) {
    case 'create-disk':
      return refusing(async () =>
        checkNewDisk(action, work.bench.settings.region, `cannot create disk ${action.name}`),
      );
    case 'create-vm':
      return checkCreateVm({ ...work, attempt: `cannot create VM ${action.name}` }, action);
    case 'resize-vm':
      return refusing(async () => {
        const on = { ...work, attempt: `cannot resize VM ${action.vm.name}` };
        const told = (await work.bench.look(work)).instances.find(({ id }) => id === action.vm.id);
        const vm = told?.raw;
        // https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/interruption-behavior.html: its type cannot be changed.
        if (vm !== undefined) checkNotSpot(vm, on);
        const type = 'machineType' in action.size ? action.size.machineType : '';
        await checkOffered(on, type, vm?.Placement?.AvailabilityZone);
        const info = (await work.bench.types.told([type], on)).get(type);
        const known = info?.ProcessorInfo?.SupportedArchitectures;
        if (vm?.Architecture !== undefined && known?.some((one) => one === vm.Architecture) === false)
          throw refusal(
            'configuration',
            `${on.attempt}: its disks are for ${vm.Architecture}, ${type} is for ${known.join(' or ')}`,
          );
        checkStoreOf(info, told?.tags[SCRATCH] !== undefined, on);
      });
    case 'snapshot-disk':
      return refusing(async () => {
        const why = whyNoName(action.name);
        if (why !== undefined)
          throw refusal('configuration', `cannot create snapshot ${action.name}: ${why}`);
      });
    case 'grow-disk':
    case 'change-disk-type':
      return refusing(async () => {
        const volume = (await work.bench.look(work)).volumes.find(({ id }) => id === action.disk.id)?.raw;
        if (volume === undefined) return;
        const type = action.kind === 'grow-disk' ? (volume.VolumeType ?? '') : action.type;
        const bytes = action.kind === 'grow-disk' ? action.sizeBytes : (volume.Size ?? 0) * GiB;
        const why = bytes < (volume.Size ?? 0) * GiB ? 'a disk of EC2 cannot shrink' : whyNoDisk(type, bytes);
        if (why !== undefined)
          throw refusal('configuration', `cannot change disk ${action.disk.name}: ${why}`);
      });
    case 'stop-vm':
      return refusing(async () => {
        const on = { ...work, attempt: `cannot stop VM ${action.vm.name}` };
        if (action.hurry === true) return;
        // One that this very plan makes is not there yet.
        const vm = (await work.bench.look(on)).instances.find(({ id }) => id === action.vm.id);
        if (vm !== undefined) await checkStop(work.bench.types, vm, on);
      });
    case 'delete-vm':
      return refusing(async () => {
        const on = { ...work, attempt: `cannot delete VM ${action.vm.name}` };
        const vm = (await work.bench.look(on)).instances.find(({ id }) => id === action.vm.id);
        if (vm === undefined) return;
        checkNotSpot(vm.raw, on);
        await checkUnprotected(on, vm);
      });
    case 'start-vm':
    case 'attach-disk':
    case 'detach-disk':
    case 'clear-deletion-flags':
    case 'set-labels':
    case 'await-guest':
    case 'delete-disk':
    case 'delete-snapshot':
      return [];
  }
}

async function checkCreateVm(work: Work, action: CreateVm): Promise<Refusal[]> {
  const { bench, attempt } = work;
  const type = machineTypeOf(action);
  const place = await refusing(async () => {
    const why = whyNoName(action.name) ?? whyNoZone(action.location, bench.settings.region);
    if (why !== undefined) throw refusal('configuration', `${attempt}: ${why}`);
    await checkOffered(work, type, action.location);
    const info = (await bench.types.told([type], work)).get(type);
    checkStoreOf(info, readKeys(action.settings).isScratch, work);
  });
  if (place.length > 0) return place;
  const disks = await Promise.all((action.makes ?? []).map((disk) => checkAction(work, disk)));
  if (disks.flat().length > 0) return disks.flat();
  const keys = await refusing(() => checkNamed(work, action));
  const launch = await refusing(() => checkLaunch(work, action));
  return [...keys, ...launch];
}

/** chews lifts a protection of its own by itself; one that somebody else has set would be met only at the very end. */
async function checkUnprotected(work: Work, { id, tags }: Told<Instance>): Promise<void> {
  if (tags[PROTECTED] === 'true') return;
  const { DisableApiTermination } = await work.bench.ec2.read(
    'describeInstanceAttribute',
    { InstanceId: id, Attribute: 'disableApiTermination' },
    work,
  );
  if (DisableApiTermination?.Value === true)
    throw refusal(
      'refused',
      `${work.attempt}: somebody has protected it against termination`,
      `Switch that off first: aws ec2 modify-instance-attribute --instance-id ${id} --no-disable-api-termination`,
    );
}

async function checkOffered(work: Work, type: string, zone: string | undefined): Promise<void> {
  const Filters = [{ Name: 'instance-type', Values: [type] }];
  const { InstanceTypeOfferings = [] } = await work.bench.ec2.read(
    'describeInstanceTypeOfferings',
    { LocationType: 'availability-zone', Filters },
    work,
  );
  const zones = InstanceTypeOfferings.flatMap(({ InstanceType, Location }) =>
    InstanceType === type && Location !== undefined ? [Location] : [],
  );
  if (zones.length === 0)
    throw refusal(
      'configuration',
      `${work.attempt}: region ${work.bench.settings.region} has no size ${type}`,
      `See: aws ec2 describe-instance-type-offerings --region ${work.bench.settings.region}`,
    );
  if (zone !== undefined && !zones.includes(zone))
    throw refusal(
      'configuration',
      `${work.attempt}: ${zone} has no size ${type}, only ${zones.toSorted().join(' and ')}`,
    );
}

/** That what the file names of the account's own is there. */
async function checkNamed(work: Work, action: CreateVm): Promise<void> {
  const { keyName, elasticAddress } = readKeys(action.settings);
  if (keyName !== undefined) await work.bench.ec2.read('describeKeyPairs', { KeyNames: [keyName] }, work);
  if (elasticAddress === undefined) return;
  const { Addresses } = await work.bench.ec2.read(
    'describeAddresses',
    { AllocationIds: [elasticAddress] },
    work,
  );
  // Where nobody has it the elements can be missing or empty; a gateway has it without being a VM.
  const { InstanceId, NetworkInterfaceId } = Addresses?.[0] ?? {};
  const holder = InstanceId
    ? `VM ${InstanceId}`
    : NetworkInterfaceId
      ? `network interface ${NetworkInterfaceId}`
      : undefined;
  if (holder !== undefined)
    throw refusal('conflict', `${work.attempt}: ${holder} has address ${elasticAddress}`);
}

/** The launch itself, as a dry run: EC2 answers whether it would be allowed. */
async function checkLaunch(work: Work, action: CreateVm): Promise<void> {
  const { bench, attempt } = work;
  const look = await bench.look(work);
  const [boot] = action.makes ?? [];
  const known = await architecturesOf(work, action);
  if (boot?.source.from === 'snapshot') {
    const { snapshotId } = boot.source;
    const snapshot = look.snapshots.find(({ id }) => id === snapshotId);
    // One that this very plan takes does not exist yet.
    if (snapshot === undefined) return;
    const facts = bootFactsOf(snapshot.tags);
    if (facts === undefined)
      throw refusal('refused', `${attempt}: snapshot ${nameOf(snapshot)} does not say how its disk boots`);
    if (known?.includes(facts.architecture) === false)
      throw refusal(
        'configuration',
        `${attempt}: its disks are for ${facts.architecture}, the size is for ${known.join(' or ')}`,
      );
    return;
  }
  const text = boot?.source.from === 'image' ? boot.source.image : action.image;
  const image = await resolveImage(bench, text, known, work);
  const least =
    image.BlockDeviceMappings?.find(({ DeviceName }) => DeviceName === image.RootDeviceName)?.Ebs
      ?.VolumeSize ?? 0;
  if (boot !== undefined && boot.sizeBytes < least * GiB)
    throw refusal('configuration', `${attempt}: image ${text} needs a disk of at least ${least}GB`);
  if (boot === undefined) return;
  const slots = assignSlots(look, action, image.RootDeviceName ?? '', attempt);
  const userData = await firstBootData(action, bench.context);
  const input = runInput({ action, image, isTemporary: false, slots, userData, generation: 'check' });
  try {
    await bench.ec2.read('runInstances', { ...input, DryRun: true }, work);
  } catch (error) {
    // The way in which EC2 says that it would have done it.
    if (ec2CodeOf(error) !== 'DryRunOperation') throw error;
  }
}

/** What is refused becomes a sentence; trouble on the way to the answer stays an error. */
async function refusing(check: () => Promise<void>): Promise<Refusal[]> {
  try {
    await check();
    return [];
  } catch (error) {
    if (!(error instanceof ChewsError)) throw error;
    switch (error.code) {
      case 'configuration':
      case 'refused':
      case 'not-found':
      case 'conflict':
      case 'quota':
      case 'no-capacity':
      case 'permission':
        return [{ code: error.code, sentence: sentenceOf(error) }];
      case 'usage':
      case 'inconsistent':
      case 'credentials':
      case 'busy':
      case 'unreadable':
      case 'unreachable':
      case 'timeout':
      case 'failed':
      case 'interrupted':
        throw error;
    }
  }
}

function sentenceOf({ message, remedy }: ChewsError): string {
  return remedy === undefined ? message : `${message}. ${remedy}`;
}
