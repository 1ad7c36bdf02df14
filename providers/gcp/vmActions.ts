import type {
  AttachDisk,
  ClearDeletionFlags,
  CreateVm,
  DetachDisk,
  ResizeVm,
  StartVm,
  StopVm,
} from '../../src/core/action.ts';
import type { WireAttachment, WireDisk, WireVm } from './calls.ts';
import { ensure, paced, refuseBadName, sameIdentity } from './creation.ts';
import { addressOf, settledDisk, settledVm, vmNamed } from './findAssets.ts';
import { idOf, lastWord, refusal, settled, type Work, zoneLink } from './gcpWork.ts';
import { decodeLabels } from './labels.ts';
import { change } from './operations.ts';
import { localPath, vmStatus } from './tellAssets.ts';
import { vmBody } from './vmBody.ts';

/** clouds.md: "A restored disk can answer `resourceNotReady` for minutes." */
const notReadyPace = {
  reasons: ['resourceNotReady', 'RESOURCE_NOT_READY'],
  pauseMs: 5000,
  limitMs: 15 * 60_000,
  say: 'Compute Engine says that a part of it is not ready yet: waiting.',
};

export async function createVm(action: CreateVm, work: Work): Promise<void> {
  const { name, location: zone } = action;
  const { gcp } = work;
  refuseBadName(name, work);
  if ((action.makes ?? []).length > 0)
    throw refusal('refused', work, 'on Compute Engine a VM is made of disks that are there already');
  const look = () =>
    settled(
      () => vmNamed(name, zone, work),
      (found) => found !== undefined && vmStatus(found) === 'changing',
      work,
    );
  const disks: WireDisk[] = [];
  for (const ref of action.disks) disks.push(await settledDisk(ref, work));
  const vm = await ensure<WireVm>(
    {
      action,
      look,
      idOf: (found) => String(found.id),
      whyNot: (found) => whyNotVm(found, action, disks),
      create: async (wanted) => {
        const instanceResource = await vmBody(action, disks, work);
        const request = { project: gcp.settings.project, zone, instanceResource };
        return paced(() => change('instances.insert', request, work, wanted), notReadyPace, work);
      },
    },
    work,
  );
  gcp.places.set(String(vm.id), { name, zone });
}

function whyNotVm(found: WireVm, action: CreateVm, disks: readonly WireDisk[]): string | undefined {
  const type = lastWord(found.machineType);
  if (!('machineType' in action.size) || type !== action.size.machineType) return `it is a ${type}`;
  const held = (found.disks ?? []).filter(({ source }) => source).map(({ source }) => localPath(source));
  if (held.join() !== disks.map(({ selfLink }) => localPath(selfLink)).join()) return 'it has other disks';
  return sameIdentity(decodeLabels(found.labels ?? {}), action.labels)
    ? undefined
    : 'its labels say that it is not ours';
}

export async function startVm(action: StartVm, work: Work): Promise<void> {
  const vm = await settledVm(action.vm, work);
  if (vmStatus(vm) === 'running') return;
  if (vmStatus(vm) !== 'stopped')
    throw refusal(
      'refused',
      work,
      `it is ${vm.status ?? ''}`,
      'Resume it with: gcloud compute instances resume',
    );
  const { zone, name } = addressOf(vm);
  await change('instances.start', { project: work.gcp.settings.project, zone, instance: name }, work, [
    vm.id,
    vm.lastStartTimestamp,
    vm.lastStopTimestamp,
  ]);
  const after = await settledVm(action.vm, work);
  if (vmStatus(after) !== 'running') throw refusal('failed', work, 'it was accepted, and did not come up');
}

/** Compute Engine asks the guest to power down, waits for it, and pulls the plug by itself after its patience. */
export async function stopVm(action: StopVm, work: Work): Promise<void> {
  const vm = await settledVm(action.vm, work);
  if (vmStatus(vm) === 'stopped') return;
  if (vmStatus(vm) !== 'running')
    throw refusal(
      'refused',
      work,
      `it is ${vm.status ?? ''}`,
      'Resume it first with: gcloud compute instances resume',
    );
  const { zone, name } = addressOf(vm);
  await change('instances.stop', { project: work.gcp.settings.project, zone, instance: name }, work, [
    vm.id,
    vm.lastStartTimestamp,
    vm.lastStopTimestamp,
  ]);
  const after = await settledVm(action.vm, work);
  if (vmStatus(after) !== 'stopped')
    throw refusal('failed', work, `it was accepted, and it is ${after.status ?? ''}`);
}

export async function resizeVm(action: ResizeVm, work: Work): Promise<void> {
  const { size } = action;
  if (!('machineType' in size))
    throw refusal('configuration', work, 'a VM of Compute Engine has a machine type');
  const vm = await settledVm(action.vm, work);
  if (lastWord(vm.machineType) === size.machineType) return;
  if (vmStatus(vm) !== 'stopped')
    throw refusal('refused', work, `it is ${vm.status ?? ''}, and has to be stopped for it`);
  const { zone, name } = addressOf(vm);
  await change(
    'instances.setMachineType',
    {
      project: work.gcp.settings.project,
      zone,
      instance: name,
      instancesSetMachineTypeRequestResource: {
        machineType: zoneLink(work.gcp, zone, 'machineTypes', size.machineType),
      },
    },
    work,
    [vm.id, vm.lastStopTimestamp, vm.machineType],
  );
}

function heldAs(vm: WireVm, disk: WireDisk): WireAttachment | undefined {
  return (vm.disks ?? []).find(({ source }) => localPath(source) === localPath(disk.selfLink));
}

export async function attachDisk(action: AttachDisk, work: Work): Promise<void> {
  const vm = await settledVm(action.vm, work);
  const disk = await settledDisk(action.disk, work);
  if (heldAs(vm, disk) !== undefined) return;
  const [user] = disk.users ?? [];
  if (user !== undefined) throw refusal('refused', work, `VM ${lastWord(user)} has it`);
  const { zone, name } = addressOf(vm);
  await paced(
    () =>
      change(
        'instances.attachDisk',
        {
          project: work.gcp.settings.project,
          zone,
          instance: name,
          attachedDiskResource: {
            source: zoneLink(work.gcp, lastWord(disk.zone), 'disks', disk.name ?? ''),
            deviceName: disk.name ?? '',
            mode: 'READ_WRITE',
            type: 'PERSISTENT',
            // A VM that has lost its boot disk gets it back as such.
            boot:
              decodeLabels(disk.labels ?? {}).role === 'boot' &&
              !(vm.disks ?? []).some(({ boot }) => boot === true),
            autoDelete: false,
          },
        },
        work,
        [vm.id, disk.id, disk.lastAttachTimestamp, disk.lastDetachTimestamp],
      ),
    notReadyPace,
    work,
  );
}

export async function detachDisk(action: DetachDisk, work: Work): Promise<void> {
  const vm = await settledVm(action.vm, work);
  const disk = await settledDisk(action.disk, work);
  const held = heldAs(vm, disk);
  if (held === undefined) return;
  const { zone, name } = addressOf(vm);
  await change(
    'instances.detachDisk',
    {
      project: work.gcp.settings.project,
      zone,
      instance: name,
      deviceName: held.deviceName ?? '',
    },
    work,
    [vm.id, disk.id, disk.lastAttachTimestamp, disk.lastDetachTimestamp],
  );
}

/** R4: read, set false, read again. */
export async function clearDeletionFlags(action: ClearDeletionFlags, work: Work): Promise<void> {
  const vm = await settledVm(action.vm, work);
  const { zone, name } = addressOf(vm);
  for (const { deviceName } of flagged(vm)) {
    // No id of the request: cleared, set again by hand and cleared again within the hour has to be three deeds.
    await change(
      'instances.setDiskAutoDelete',
      {
        project: work.gcp.settings.project,
        zone,
        instance: name,
        deviceName: deviceName ?? '',
        autoDelete: false,
      },
      work,
    );
  }
  const [still] = flagged(await settledVm({ ...action.vm, id: idOf(action.vm) }, work));
  if (still !== undefined)
    throw refusal('failed', work, `the flag of ${lastWord(still.source)} is set again`);
}

/** Local SSDs always go with their VM: their flag cannot be cleared, and `list` says what would be lost. */
function flagged(vm: WireVm): WireAttachment[] {
  return (vm.disks ?? []).filter(({ autoDelete, type }) => autoDelete === true && type !== 'SCRATCH');
}
