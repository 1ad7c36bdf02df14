import type { Action } from '../../src/core/action.ts';
import { ChewsError } from '../../src/core/errors.ts';
import type { ApplyOptions, Provider, ProviderContext, ProviderKind } from '../../src/core/provider.ts';
import { checkActions } from './checks.ts';
import { deleteDisk, deleteSnapshot, deleteVm } from './deletions.ts';
import { createDisk, growDisk, snapshotDisk } from './diskActions.ts';
import { guarded } from './fileErrors.ts';
import { setLabels } from './labelActions.ts';
import { listStore } from './listStore.ts';
import { localLeases } from './localLeases.ts';
import { withReserve } from './reserve.ts';
import { capabilities, checkSettings, checkWorkstation, readSettings } from './settings.ts';
import type { Store } from './store.ts';
import { attachDisk, createVm, detachDisk, resizeVm } from './vmActions.ts';
import { awaitGuest, guestAccess, startVm, stopVm } from './vmPower.ts';

/** Virtual machines of QEMU on this computer, their disks as files in folders that the user names. */
export const localProvider: ProviderKind = {
  kind: 'local',
  capabilities,
  checkSettings,
  checkWorkstation,
  open: async (settings, context) => openLocal(settings, context),
};

export default localProvider;

function openLocal(settings: Readonly<Record<string, unknown>>, context: ProviderContext): Provider {
  const [problem] = checkSettings(settings);
  if (problem !== undefined) {
    throw new ChewsError('configuration', `cannot open the local provider: ${problem.message}`, {
      effect: 'none',
    });
  }
  const store: Store = { settings: readSettings(settings, context), context, newId: context.drawId() };
  const { root } = store.settings;
  return {
    capabilities,
    list: (options) =>
      guarded(`cannot list ${root}`, options, () => listStore(store, options?.signal), 'none'),
    apply: (action, options) =>
      guarded(attemptOf(action), options, () =>
        takesRoom(action)
          ? carryOut(store, action, options ?? {})
          : withReserve(store, () => carryOut(store, action, options ?? {})),
      ),
    check: (actions, options) =>
      guarded('cannot check what is needed', options, () => checkActions(store, actions), 'none'),
    guest: (vm, options) =>
      guarded(`cannot tell how to reach VM ${vm.name}`, options, () => guestAccess(store, vm), 'none'),
    leases: localLeases(store),
  };
}

/** What writes more than a few small files: on a full drive it has to fail. */
function takesRoom({ kind }: Action): boolean {
  return kind === 'create-disk' || kind === 'snapshot-disk' || kind === 'grow-disk' || kind === 'start-vm';
}

function carryOut(store: Store, action: Action, options: ApplyOptions): Promise<void> {
  switch (action.kind) {
    case 'create-disk':
      return createDisk(store, action, options);
    case 'create-vm':
      return createVm(store, action);
    case 'start-vm':
      return startVm(store, action, options);
    case 'stop-vm':
      return stopVm(store, action, options);
    case 'resize-vm':
      return resizeVm(store, action);
    case 'attach-disk':
      return attachDisk(store, action);
    case 'detach-disk':
      return detachDisk(store, action);
    case 'snapshot-disk':
      return snapshotDisk(store, action, options);
    case 'clear-deletion-flags':
      // No file of ours can say that a disk goes with its VM: `list` reads them all as false.
      return Promise.resolve();
    case 'grow-disk':
      return growDisk(store, action, options);
    case 'change-disk-type':
      return Promise.reject(
        new ChewsError('refused', `${attemptOf(action)}: it changes with the next dessicate and rehydrate`, {
          effect: 'none',
        }),
      );
    case 'set-labels':
      return setLabels(store, action);
    case 'await-guest':
      return awaitGuest(store, action, options);
    case 'delete-vm':
      return deleteVm(store, action);
    case 'delete-disk':
      return deleteDisk(store, action, options);
    case 'delete-snapshot':
      return deleteSnapshot(store, action);
  }
}

function attemptOf(action: Action): string {
  return `cannot ${action.kind.replaceAll('-', ' ')} ${nameOf(action)}`;
}

function nameOf(action: Action): string {
  if ('name' in action) return action.name;
  if ('disk' in action) return action.disk.name;
  if ('vm' in action) return action.vm.name;
  return 'snapshot' in action ? action.snapshot.name : action.asset.name;
}
