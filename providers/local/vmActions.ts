import type { AttachDisk, CreateVm, DetachDisk, ResizeVm } from '../../src/core/action.ts';
import { ChewsError } from '../../src/core/errors.ts';
import type { VmRecord } from './assetFile.ts';
import { rewriteAsset } from './assetFile.ts';
import { createAsset, type Found, requireAsset } from './assetFolders.ts';
import { withAssetLocks } from './assetLock.ts';
import { ensureLocation, readStore, type Store } from './store.ts';
import { refuseUnlessStopped, vmsWithDisk } from './vmState.ts';

/** Makes a stopped VM of existing disks. */
export async function createVm(store: Store, action: CreateVm): Promise<void> {
  const attempt = `cannot create VM ${action.name}`;
  const { size } = action;
  if ('machineType' in size) {
    throw new ChewsError('configuration', `${attempt}: a local VM has a size in numbers`, { effect: 'none' });
  }
  const location = await ensureLocation(store, action.location);
  const view = await readStore(store);
  const disks: Found<'disk'>[] = [];
  for (const ref of action.disks) disks.push(await requireAsset(view, 'disk', ref, attempt));
  if (disks.length === 0)
    throw new ChewsError('configuration', `${attempt}: it has no disk to boot from`, { effect: 'none' });
  const attached = disks.map(({ record }) => ({ id: record.id, name: record.name }));
  const { kind: _, disks: __, ...rest } = action;
  const wanted = { ...rest, disks: attached };
  // Two runs that give one disk to two VMs meet at the disk's lock.
  const folders = disks.map(({ folder }) => folder);
  await withAssetLocks(store.context, folders, attempt, async () => {
    await createAsset(
      store,
      location,
      'vm',
      action.name,
      wanted,
      attempt,
      async (_folder, madeBy): Promise<VmRecord> => {
        for (const disk of disks) {
          if (disk.location.name === location.name) continue;
          const elsewhere = `disk ${disk.record.name} is in location ${disk.location.name}`;
          throw new ChewsError('refused', `${attempt} in ${location.name}: ${elsewhere}`, { effect: 'none' });
        }
        for (const { record } of disks)
          await refuseIfAttached(store, record.id, record.name, undefined, attempt);
        return {
          kind: 'vm',
          id: store.context.drawId(),
          name: action.name,
          labels: action.labels,
          createdAtMs: store.context.nowMs(),
          madeBy,
          size: { cpus: size.cpus, memoryBytes: size.memoryBytes },
          image: action.image,
          disks: attached,
          firstBoot: action.firstBoot || isAwaited(disks[0]),
          ...(action.sshKey !== undefined && { sshKey: action.sshKey }),
          ...(action.sshUser !== undefined && { sshUser: action.sshUser }),
          hostKeys: [],
        };
      },
    );
  });
}

/** Whether a boot disk comes from an unused image by way of a snapshot, and nothing has run on it since. */
function isAwaited(boot: Found<'disk'> | undefined): boolean {
  return boot?.record.awaitsGuest === true && boot.record.generation === 0;
}

/** Changes a stopped VM's size. */
export async function resizeVm(store: Store, action: ResizeVm): Promise<void> {
  const attempt = `cannot resize VM ${action.vm.name}`;
  const { size } = action;
  if ('machineType' in size) {
    throw new ChewsError('configuration', `${attempt}: a local VM has a size in numbers`, { effect: 'none' });
  }
  await changeStopped(store, action.vm, attempt, async (record) => {
    const { cpus, memoryBytes } = size;
    return record.size.cpus === cpus && record.size.memoryBytes === memoryBytes
      ? record
      : { ...record, size: { cpus, memoryBytes } };
  });
}

/** Gives a stopped VM one more disk, behind those that it has. */
export async function attachDisk(store: Store, action: AttachDisk): Promise<void> {
  const attempt = `cannot attach disk ${action.disk.name}`;
  const disk = await requireAsset(await readStore(store), 'disk', action.disk, attempt);
  const { id, name } = disk.record;
  const change = async (record: VmRecord) => {
    if (record.disks.some((other) => other.id === id)) return record;
    await requireAsset(await readStore(store), 'disk', { id, name }, attempt);
    await refuseIfAttached(store, id, name, record.id, attempt);
    return { ...record, disks: [...record.disks, { id, name }] };
  };
  await changeStopped(store, action.vm, attempt, change, [disk.folder]);
}

/** Takes a disk from a stopped VM. One that it has not, or no longer exists, is done already. */
export async function detachDisk(store: Store, action: DetachDisk): Promise<void> {
  const attempt = `cannot detach disk ${action.disk.name}`;
  await changeStopped(store, action.vm, attempt, async (record) => {
    const rest = record.disks.filter(
      ({ id, name }) => id !== action.disk.id && (action.disk.id !== undefined || name !== action.disk.name),
    );
    return rest.length === record.disks.length ? record : { ...record, disks: rest };
  });
}

/** Changes the file of a stopped VM under its lock; a record that comes back as it was is not written. */
async function changeStopped(
  store: Store,
  ref: { readonly name: string; readonly id?: string },
  attempt: string,
  change: (record: VmRecord) => Promise<VmRecord>,
  alsoLocked: readonly string[] = [],
): Promise<void> {
  const { folder } = await requireAsset(await readStore(store), 'vm', ref, attempt);
  await withAssetLocks(store.context, [folder, ...alsoLocked], attempt, async () => {
    const { record } = await requireAsset(await readStore(store), 'vm', ref, attempt);
    const changed = await change(record);
    if (changed === record) return;
    await refuseUnlessStopped(folder, attempt);
    await rewriteAsset(folder, changed, store.context.drawId());
  });
}

async function refuseIfAttached(
  store: Store,
  diskId: string,
  diskName: string,
  exceptVmId: string | undefined,
  attempt: string,
): Promise<void> {
  const holders = await vmsWithDisk(await readStore(store), diskId);
  const other = holders.find(({ record }) => record.id !== exceptVmId);
  if (other === undefined) return;
  throw new ChewsError('refused', `${attempt}: VM ${other.record.name} has disk ${diskName}`, {
    remedy: 'A disk belongs to one VM at a time: detach it there first.',
    effect: 'none',
  });
}
