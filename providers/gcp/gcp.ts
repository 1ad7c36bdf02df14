import type { Action } from '../../src/core/action.ts';
import { ChewsError } from '../../src/core/errors.ts';
import type { Provider, ProviderContext, ProviderKind } from '../../src/core/provider.ts';
import { checkActions } from './checks.ts';
import { connect, type FetchLike, interruptible } from './connection.ts';
import { deleteDisk, deleteSnapshot, deleteVm } from './deletions.ts';
import { createDisk, growDisk, snapshotDisk } from './diskActions.ts';
import { gcpLeases } from './gcpLeases.ts';
import { type Gcp, refusal, type Work, workOf } from './gcpWork.ts';
import { awaitGuest, guestAccess, guestWork, reachSsh } from './guest.ts';
import { setLabels } from './labelActions.ts';
import { listFleet } from './listFleet.ts';
import { capabilities, checkSettings, endpointProblem, readSettings } from './settings.ts';
import {
  attachDisk,
  clearDeletionFlags,
  createVm,
  detachDisk,
  resizeVm,
  startVm,
  stopVm,
} from './vmActions.ts';
import { checkWorkstation, workstationKeys } from './workstationSettings.ts';

/** How it reaches the outside, where that is not the real one. */
export interface Surroundings {
  readonly fetch?: FetchLike;
  readonly reach?: Gcp['reach'];
}

/** VMs, disks and snapshots of Compute Engine, in one project of Google Cloud. */
export const gcpProvider: ProviderKind = gcpKind();

export default gcpProvider;

/** The kind with other surroundings: for a simulated cloud. */
export function gcpKind(surroundings: Surroundings = {}): ProviderKind {
  return {
    kind: 'gcp',
    capabilities,
    workstationKeys,
    checkSettings,
    checkWorkstation,
    open: (settings, context) => openGcp(settings, context, surroundings),
  };
}

async function openGcp(
  raw: Readonly<Record<string, unknown>>,
  context: ProviderContext,
  surroundings: Surroundings,
): Promise<Provider> {
  const [problem] = checkSettings(raw);
  const settings = readSettings(raw, context);
  const why = problem?.message ?? endpointProblem(settings);
  if (why !== undefined)
    throw new ChewsError('configuration', `cannot open the provider of Google Cloud: ${why}`, {
      effect: 'none',
    });
  const gcp: Gcp = {
    settings,
    context,
    connection: await connect(settings, context, surroundings.fetch),
    places: new Map(),
    finished: new Set(),
    reach: surroundings.reach ?? reachSsh,
  };
  const account = rememberedAccount(gcp);
  return {
    capabilities,
    list: (options) =>
      interruptible({ attempt: `cannot list project ${settings.project}`, ...options }, () =>
        listFleet(gcp, account, options),
      ),
    apply: (action, options = {}) => {
      const work = workOf(gcp, attemptOf(action), options);
      return interruptible(work, () => carryOut(action, work));
    },
    check: (actions, options) =>
      interruptible({ attempt: 'cannot check what is needed', ...options }, () =>
        checkActions(gcp, actions, options),
      ),
    guest: (vm, options) => guestAccess(gcp, vm, guestWork(gcp, vm, options)),
    leases: gcpLeases(gcp),
  };
}

/** The project that answers, asked once: its number is its own for good, its name is what the file pins. */
function rememberedAccount(gcp: Gcp): () => Promise<string> {
  let known: Promise<string> | undefined;
  const ask = async () => {
    const { project, projectNumber } = gcp.settings;
    const at = { attempt: `cannot read project ${project}` };
    const { name, id } = await gcp.connection.call('projects.get', { project }, at);
    if (projectNumber !== undefined && String(id) !== projectNumber)
      throw new ChewsError(
        'refused',
        `${at.attempt}: its number is ${String(id)}, and the file says ${projectNumber}`,
        {
          remedy: 'Correct project or project-number in the file: they are of two projects.',
          effect: 'none',
        },
      );
    return name ?? '';
  };
  return () => {
    known ??= ask().catch((error: unknown) => {
      known = undefined;
      throw error;
    });
    return known;
  };
}

function carryOut(action: Action, work: Work): Promise<void> {
  switch (action.kind) {
    case 'create-disk':
      return createDisk(action, work);
    case 'create-vm':
      return createVm(action, work);
    case 'start-vm':
      return startVm(action, work);
    case 'stop-vm':
      return stopVm(action, work);
    case 'resize-vm':
      return resizeVm(action, work);
    case 'attach-disk':
      return attachDisk(action, work);
    case 'detach-disk':
      return detachDisk(action, work);
    case 'snapshot-disk':
      return snapshotDisk(action, work);
    case 'clear-deletion-flags':
      return clearDeletionFlags(action, work);
    case 'grow-disk':
      return growDisk(action, work);
    case 'change-disk-type':
      return Promise.reject(refusal('refused', work, 'it changes with the next dessicate and rehydrate'));
    case 'set-labels':
      return setLabels(action, work);
    case 'await-guest':
      return awaitGuest(action, work);
    case 'delete-vm':
      return deleteVm(action, work);
    case 'delete-disk':
      return deleteDisk(action, work);
    case 'delete-snapshot':
      return deleteSnapshot(action, work);
  }
}

const words = {
  'create-disk': 'create disk',
  'create-vm': 'create VM',
  'start-vm': 'start VM',
  'stop-vm': 'stop VM',
  'resize-vm': 'resize VM',
  'attach-disk': 'attach disk',
  'detach-disk': 'detach disk',
  'snapshot-disk': 'snapshot disk',
  'clear-deletion-flags': 'clear the deletion flags of VM',
  'grow-disk': 'grow disk',
  'change-disk-type': 'change the type of disk',
  'set-labels': 'label',
  'await-guest': 'wait for the guest of VM',
  'delete-vm': 'delete VM',
  'delete-disk': 'delete disk',
  'delete-snapshot': 'delete snapshot',
} as const satisfies Readonly<Record<Action['kind'], string>>;

function attemptOf(action: Action): string {
  return `cannot ${words[action.kind]} ${nameOf(action)}`;
}

function nameOf(action: Action): string {
  if ('disk' in action) return action.disk.name;
  if ('name' in action) return action.name;
  if ('vm' in action) return action.vm.name;
  return 'snapshot' in action ? action.snapshot.name : `${action.assetKind} ${action.asset.name}`;
}
