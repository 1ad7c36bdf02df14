import type { Fleet } from '../../src/core/assets.ts';
import type { Capabilities, Provider, ProviderContext, ProviderKind } from '../../src/core/provider.ts';
import type { Client } from './datacenter/client.ts';
import type { Datacenter } from './datacenter/datacenter.ts';
import type { Quirks } from './datacenter/quirks.ts';
import { tellLately } from './datacenter/pictures.ts';
import { applyInMemory } from './memoryActions.ts';
import { checkInMemory, workstationProblems } from './memoryChecks.ts';
import { memoryLeases } from './memoryLeases.ts';
import { patientClient } from './patientClient.ts';
import { readFleet } from './readFleet.ts';

export function capabilitiesOf(quirks: Quirks): Capabilities {
  return {
    longestName: quirks.longestName,
    diskTypes: quirks.diskTypes,
    smallestDiskBytes: quirks.smallestDiskBytes,
    largestDiskBytes: quirks.largestDiskBytes,
    grow: quirks.grow,
    changeType: quirks.changeType,
    resize: quirks.resize,
    attach: quirks.attach,
    tellsOfLooseDisks: (
      { exact: 'last-write', 'attach-times': 'last-attachment', 'while-attached': 'nothing' } as const
    )[quirks.lastWritable],
    bootsLiveDisks: true,
    createsStopped: quirks.createsStopped,
    listLagMs: quirks.listLagMs,
  };
}

/**
 * The port as the plain face of a simulated datacenter: it makes calls idempotent and guards what a provider has to
 * guard, and knows nothing else. What the proofs of the core are for it does not check again, so that a hole in them shows.
 */
export function memoryProvider(
  impatient: Client,
  context: Pick<ProviderContext, 'sleep'>,
  quirks: Quirks,
): Provider {
  const client = patientClient(impatient, context);
  const see = (signal?: AbortSignal): Promise<Fleet> => readFleet(client, signal);
  return {
    capabilities: capabilitiesOf(quirks),
    list: (options) => see(options?.signal),
    apply: (action, options = {}) =>
      applyInMemory(
        { client, context, see, options, clientTokens: quirks.clientTokens, listLagMs: quirks.listLagMs },
        action,
      ),
    check: (actions, options) =>
      client.read(
        'check',
        (world) => checkInMemory(world, tellLately(world, client.account), actions),
        options?.signal,
      ),
    guest: (vm, options) =>
      client.read(
        'guest',
        (world) =>
          world.vms.get(vm.id)?.power === 'on'
            ? { host: '192.0.2.1', port: 22, user: 'tester', hostKeys: [] }
            : undefined,
        options?.signal,
      ),
    leases: memoryLeases(client),
  };
}

/** `connect` makes the client of every run that opens it: the place to give it faults, or to keep hold of it. */
export function memoryKind(datacenter: Datacenter, connect = datacenter.connect): ProviderKind {
  const { quirks } = datacenter.world;
  return {
    kind: 'memory',
    capabilities: capabilitiesOf(quirks),
    checkSettings: (settings) =>
      Object.entries(settings).flatMap(([key, value]) => {
        if (key !== 'account') return [{ path: [key], message: 'there is no such setting' }];
        return typeof value === 'string' ? [] : [{ path: [key], message: 'must be a text' }];
      }),
    checkWorkstation: (workstation) => workstationProblems(datacenter.world, workstation),
    open: async (settings, context) => {
      const account = settings['account'];
      return memoryProvider(connect(typeof account === 'string' ? { account } : {}), context, quirks);
    },
  };
}
