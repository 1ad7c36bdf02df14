import type { EC2ClientConfig } from '@aws-sdk/client-ec2';
import type { Action } from '../../src/core/action.ts';
import { ChewsError } from '../../src/core/errors.ts';
import type {
  ApplyOptions,
  CallOptions,
  LeaseStore,
  Provider,
  ProviderContext,
  ProviderKind,
} from '../../src/core/provider.ts';
import { openAccount } from './account.ts';
import { attachDisk, detachDisk } from './attachments.ts';
import { checkActions } from './checks.ts';
import { deleteDisk, deleteSnapshot, deleteVm } from './deletions.ts';
import { changeDiskType, createDisk, growDisk, snapshotDisk } from './diskActions.ts';
import { answersSsh, awaitGuest, guestAccess } from './guest.ts';
import { openImageParameters } from './imageParameters.ts';
import { hasInstanceStore } from './instanceTypes.ts';
import { launchTemplateLeases } from './launchTemplateLeases.ts';
import { patientEc2, type Place, refusal, throwIfAborted } from './place.ts';
import { providerClock } from './providerClock.ts';
import { capabilities, checkSettings, readSettings } from './settings.ts';
import { tellDisks, tellSnapshots, tellVms, typesToTell } from './tellFleet.ts';
import { clearDeletionFlags, resizeVm, setLabels, startVm, stopVm } from './vmActions.ts';
import { createVm } from './vmCreation.ts';
import { openWorkbench, type Work, type Workbench } from './workbench.ts';
import { checkWorkstation, workstationKeys } from './workstationKeys.ts';

/** Instances, volumes and snapshots of Amazon EC2, in one region of one account. */
export const awsProvider: ProviderKind = {
  kind: 'aws',
  capabilities,
  workstationKeys,
  checkSettings,
  checkWorkstation,
  open: (settings, context) => openAws(settings, context),
};

export default awsProvider;

/** What the outside world is, so that tests can be exact. */
export interface Surroundings {
  /** Goes over what the settings say: another transport, fixed credentials. */
  readonly client?: EC2ClientConfig;
  readonly answers?: Place['answers'];
}

/** Loads the SDK: it takes long, and `config check` and the like do without it. */
export async function openAws(
  settings: Readonly<Record<string, unknown>>,
  context: ProviderContext,
  surroundings: Surroundings = {},
): Promise<Provider> {
  const [problem] = checkSettings(settings);
  if (problem !== undefined)
    throw refusal('configuration', `cannot open the aws provider: ${problem.message}`);
  const own = readSettings(settings);
  const { connectSdk } = await import('./sdk.ts');
  const clock = providerClock(context.nowMs);
  const at = (variable: string) => {
    const endpoint = own.endpoint ?? context.env[variable] ?? context.env['AWS_ENDPOINT_URL'];
    return endpoint === undefined ? {} : { endpoint };
  };
  const who = { region: own.region, ...(own.profile !== undefined && { profile: own.profile }) };
  const { call, shared } = connectSdk(
    { ...who, ...at('AWS_ENDPOINT_URL_EC2'), ...surroundings.client },
    (atMs) => clock.note(atMs),
  );
  const connectToSsm = async () => {
    const { connectSsm } = await import('./ssmSdk.ts');
    const elsewhere = surroundings.client?.endpoint;
    const config = { ...who, ...at('AWS_ENDPOINT_URL_SSM'), ...(elsewhere && { endpoint: elsewhere }) };
    return connectSsm(config, shared);
  };
  const place: Place = {
    settings: own,
    context,
    clock,
    ec2: patientEc2(call, context),
    imageParameters: openImageParameters(connectToSsm, context, own.region),
    answers: surroundings.answers ?? answersSsh,
  };
  return providerOn(openWorkbench(place));
}

function providerOn(bench: Workbench): Provider {
  const { settings, context, clock, stops } = bench;
  const accountOf = openAccount(bench.ec2, settings.account);
  const work = (attempt: string, options: CallOptions = {}): Work => ({
    bench,
    attempt,
    signal: options.signal,
    options,
  });
  return {
    capabilities,
    leases: ofRightAccount(launchTemplateLeases(bench), async (options) => {
      const attempt = `cannot work in account ${settings.account}`;
      if (settings.account !== undefined) await accountOf({ owners: new Set() }, { attempt, ...options });
    }),
    list: (options) =>
      spoken('cannot list the fleet', options, async () => {
        const on = work('cannot list the fleet', options);
        const beganMs = context.nowMs();
        const look = await bench.look(on);
        const account = await accountOf(look, on);
        const types = await bench.types.told(typesToTell(look), on);
        const { vms, ended } = tellVms(look, (type) => hasInstanceStore(types.get(type)));
        return {
          readAtMs: clock.at(beganMs),
          account,
          place: `account ${account}, region ${settings.region}`,
          vms,
          ended,
          disks: tellDisks(look, (instance) => stops.latest(instance, clock.latestMs())),
          snapshots: tellSnapshots(look, settings.region),
        };
      }),
    apply: (action, options) =>
      spoken(attemptOf(action), options, () =>
        carryOut({ ...work(attemptOf(action), options), options: options ?? {} }, action),
      ),
    check: (actions, options) =>
      spoken('cannot check what is needed', options, () =>
        checkActions(work('cannot check what is needed', options), actions),
      ),
    guest: (vm, options) => {
      const attempt = `cannot tell how to reach VM ${vm.name}`;
      return spoken(attempt, options, () => guestAccess(work(attempt, options), vm));
    },
  };
}

/** A lease is the first that a run makes: not in an account that is none of its own. */
function ofRightAccount(leases: LeaseStore, check: (options?: CallOptions) => Promise<void>): LeaseStore {
  return {
    list: async (options) => {
      await check(options);
      return leases.list(options);
    },
    take: async (request, replacing, options) => {
      await check(options);
      return leases.take(request, replacing, options);
    },
    renew: leases.renew,
    release: leases.release,
    clear: async (shown, options) => {
      await check(options);
      return leases.clear(shown, options);
    },
  };
}

/** A wait that was cut short is an interruption. */
async function spoken<T>(attempt: string, { signal }: CallOptions = {}, act: () => Promise<T>): Promise<T> {
  throwIfAborted({ attempt, signal });
  try {
    return await act();
  } catch (error) {
    if (!isAborted(signal) || error instanceof ChewsError) throw error;
    throw new ChewsError('interrupted', `${attempt}: interrupted`, { effect: 'maybe', cause: error });
  }
}

function isAborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true;
}

function carryOut(work: Work & { readonly options: ApplyOptions }, action: Action): Promise<void> {
  switch (action.kind) {
    case 'create-disk':
      return createDisk(work, action);
    case 'create-vm':
      return createVm(work, action);
    case 'start-vm':
      return startVm(work, action);
    case 'stop-vm':
      return stopVm(work, action);
    case 'resize-vm':
      return resizeVm(work, action);
    case 'attach-disk':
      return attachDisk(work, action);
    case 'detach-disk':
      return detachDisk(work, action);
    case 'snapshot-disk':
      return snapshotDisk(work, action);
    case 'clear-deletion-flags':
      return clearDeletionFlags(work, action);
    case 'grow-disk':
      return growDisk(work, action);
    case 'change-disk-type':
      return changeDiskType(work, action);
    case 'set-labels':
      return setLabels(work, action);
    case 'await-guest':
      return awaitGuest(work, action);
    case 'delete-vm':
      return deleteVm(work, action);
    case 'delete-disk':
      return deleteDisk(work, action);
    case 'delete-snapshot':
      return deleteSnapshot(work, action);
  }
}

function attemptOf(action: Action): string {
  switch (action.kind) {
    case 'create-disk':
      return `cannot create disk ${action.name}`;
    case 'create-vm':
      return `cannot create VM ${action.name}`;
    case 'start-vm':
      return `cannot start VM ${action.vm.name}`;
    case 'stop-vm':
      return `cannot stop VM ${action.vm.name}`;
    case 'resize-vm':
      return `cannot resize VM ${action.vm.name}`;
    case 'attach-disk':
      return `cannot attach disk ${action.disk.name}`;
    case 'detach-disk':
      return `cannot detach disk ${action.disk.name}`;
    case 'snapshot-disk':
      return `cannot snapshot disk ${action.disk.name}`;
    case 'clear-deletion-flags':
      return `cannot clear the deletion flags of VM ${action.vm.name}`;
    case 'grow-disk':
      return `cannot grow disk ${action.disk.name}`;
    case 'change-disk-type':
      return `cannot change the type of disk ${action.disk.name}`;
    case 'set-labels':
      return `cannot label ${action.assetKind} ${action.asset.name}`;
    case 'await-guest':
      return `cannot wait for the guest of VM ${action.vm.name}`;
    case 'delete-vm':
      return `cannot delete VM ${action.vm.name}`;
    case 'delete-disk':
      return `cannot delete disk ${action.disk.name}`;
    case 'delete-snapshot':
      return `cannot delete snapshot ${action.snapshot.name}`;
  }
}
