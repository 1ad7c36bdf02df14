import type { Instance } from '@aws-sdk/client-ec2';
import type { ClearDeletionFlags, Ref, ResizeVm, SetLabels, StartVm, StopVm } from '../../src/core/action.ts';
import { checkStop } from './instanceTypes.ts';
import type { Look, Told } from './look.ts';
import { LIST_LAG_MS, refusal } from './place.ts';
import { fromTagList, tagChanges, toTagList, type Tags } from './tags.ts';
import { idOf, requireInstance, requireVolume, type Work } from './workbench.ts';

const START_LIMIT_MS = 900_000;
/** The guest gets some minutes before EC2 pulls the plug; a host in trouble takes longer. */
const STOP_LIMIT_MS = 3_600_000;

/** The VM once no change of it is in progress. */
async function settled(work: Work, ref: Ref): Promise<Instance> {
  const { raw } = requireInstance(await work.bench.look(work), ref, work);
  const state = raw.State?.Name;
  if (state === 'running' || state === 'stopped') return raw;
  const now = await work.bench.watch.instance(ref.id ?? '', unlessChanging, work, STOP_LIMIT_MS);
  if (now.State?.Name === 'terminated')
    throw refusal('not-found', `${work.attempt}: there is no VM of id ${ref.id}`);
  return now;
}

function unlessChanging(instance: Instance | undefined): Instance | undefined {
  const state = instance?.State?.Name;
  return state === 'pending' || state === 'stopping' || state === 'shutting-down' ? undefined : instance;
}

function expectState(work: Work, id: string, state: string): void {
  work.bench.expect(`${id} state`, ({ instances }) =>
    instances.some((vm) => vm.id === id && vm.raw.State?.Name === state),
  );
}

export async function startVm(work: Work, action: StartVm): Promise<void> {
  const { bench, attempt } = work;
  const before = await settled(work, action.vm);
  const id = idOf(action.vm);
  if (before.State?.Name === 'running') return;
  await bench.ec2.change('startInstances', { InstanceIds: [id] }, work);
  const askedAtMs = bench.context.nowMs();
  const after = await bench.watch.instance(
    id,
    (seen) => {
      // For a while the answer can be older than the call.
      const mayBeOld = bench.context.nowMs() - askedAtMs < LIST_LAG_MS;
      return seen?.State?.Name === 'stopped' && mayBeOld ? undefined : unlessChanging(seen);
    },
    work,
    START_LIMIT_MS,
  );
  if (after.State?.Name !== 'running') {
    const { Message: message = '' } = after.StateReason ?? {};
    throw refusal(
      'failed',
      `${attempt}: it was accepted, and did not come up${message === '' ? '' : ` (${message})`}`,
    );
  }
  expectState(work, id, 'running');
}

/** EC2 powers down gracefully, and pulls the plug by itself when the guest does not follow. */
export async function stopVm(work: Work, action: StopVm): Promise<void> {
  const { bench, attempt } = work;
  const before = await settled(work, action.vm);
  const id = idOf(action.vm);
  if (before.State?.Name !== 'stopped') {
    if (action.hurry !== true)
      await checkStop(bench.types, { id, raw: before, tags: fromTagList(before.Tags) }, work);
    await bench.ec2.change('stopInstances', { InstanceIds: [id] }, work);
    const after = await bench.watch.instance(
      id,
      (seen) => (seen?.State?.Name === 'running' || seen?.State?.Name === 'stopping' ? undefined : seen),
      work,
      STOP_LIMIT_MS,
    );
    if (after.State?.Name !== 'stopped')
      throw refusal('failed', `${attempt}: it is ${after.State?.Name ?? 'in no known state'}`);
    bench.stops.note(after, bench.clock.latestMs());
  }
  expectState(work, id, 'stopped');
}

export async function resizeVm(work: Work, action: ResizeVm): Promise<void> {
  const { bench, attempt } = work;
  const { size } = action;
  if (!('machineType' in size))
    throw refusal('configuration', `${attempt}: a VM of EC2 has an instance type as its size`);
  const before = await settled(work, action.vm);
  if (before.InstanceType === size.machineType) return;
  if (before.State?.Name !== 'stopped') throw refusal('refused', `${attempt}: it is ${before.State?.Name}`);
  const id = idOf(action.vm);
  await bench.ec2.change(
    'modifyInstanceAttribute',
    { InstanceId: id, InstanceType: { Value: size.machineType } },
    work,
  );
  const isSo = (seen: Instance) => seen.InstanceType === size.machineType;
  await bench.watch.instance(
    id,
    (seen) => (seen !== undefined && isSo(seen) ? true : undefined),
    work,
    START_LIMIT_MS,
  );
  bench.expect(`${id} size`, ({ instances }) => instances.some((vm) => vm.id === id && isSo(vm.raw)));
}

function flagged({ BlockDeviceMappings }: Instance): string[] {
  return (BlockDeviceMappings ?? []).flatMap(({ DeviceName, Ebs }) =>
    DeviceName !== undefined && Ebs?.DeleteOnTermination !== false ? [DeviceName] : [],
  );
}

/** safety.md 3: said in so many words, since an omitted value means true, and read again. */
export async function clearDeletionFlags(work: Work, action: ClearDeletionFlags): Promise<void> {
  const { bench } = work;
  const { id, raw } = requireInstance(await bench.look(work), action.vm, work);
  const devices = flagged(raw);
  if (devices.length > 0) {
    await bench.ec2.change(
      'modifyInstanceAttribute',
      {
        InstanceId: id,
        BlockDeviceMappings: devices.map((DeviceName) => ({
          DeviceName,
          Ebs: { DeleteOnTermination: false },
        })),
      },
      work,
    );
  }
  const areClear = (seen: Instance) => flagged(seen).length === 0;
  await bench.watch.instance(
    id,
    (seen) => (seen !== undefined && areClear(seen) ? true : undefined),
    work,
    START_LIMIT_MS,
  );
  bench.expect(`${id} flags`, ({ instances }) => instances.some((vm) => vm.id === id && areClear(vm.raw)));
}

/** Merges into the tags of an asset. What a disk owes of its own is written with it. */
export async function setLabels(work: Work, action: SetLabels): Promise<void> {
  const { bench } = work;
  const look = await bench.look(work);
  const { id, tags, owed } = assetOf(work, look, action);
  const { set, remove } = tagChanges(tags, action.labels);
  const written: Tags = { ...owed, ...set };
  const removed = remove.filter((key) => key in tags);
  if (Object.keys(written).length > 0)
    await bench.ec2.change('createTags', { Resources: [id], Tags: toTagList(written) }, work);
  if (removed.length > 0)
    await bench.ec2.change('deleteTags', { Resources: [id], Tags: removed.map((Key) => ({ Key })) }, work);
  if (Object.keys(written).length + removed.length === 0) return;
  const list = listOf[action.assetKind];
  const wanted = [...Object.entries(written), ...removed.map((key) => [key, undefined] as const)];
  for (const [key, value] of wanted) {
    bench.expect(`${id} tag ${key}`, (seen) => {
      const all: readonly Told<unknown>[] = seen[list];
      return all.find((asset) => asset.id === id)?.tags[key] === value;
    });
  }
}

const listOf = { vm: 'instances', disk: 'volumes', snapshot: 'snapshots' } as const;

function assetOf(
  work: Work,
  look: Look,
  { assetKind, asset }: SetLabels,
): { readonly id: string; readonly tags: Tags; readonly owed?: Tags | undefined } {
  switch (assetKind) {
    case 'vm':
      return requireInstance(look, asset, work);
    case 'disk':
      return requireVolume(look, asset, work);
    case 'snapshot': {
      const snapshot = look.snapshots.find(({ id }) => id === asset.id);
      if (snapshot === undefined)
        throw refusal('not-found', `${work.attempt}: there is no snapshot of id ${asset.id}`);
      return snapshot;
    }
  }
}
