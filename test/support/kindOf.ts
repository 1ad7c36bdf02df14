import { gcpKind } from '../../providers/gcp/gcp.ts';
import type { ProviderKind } from '../../src/core/provider.ts';
import type { Client, ClientOptions } from './datacenter/client.ts';
import type { Datacenter } from './datacenter/datacenter.ts';
import { inProcess, loadSdk, type Sleep } from './gce/transport.ts';
import { memoryKind } from './memoryProvider.ts';

export type Connect = (options?: ClientOptions) => Client;

/** What talks to a datacenter: the port itself, or the real adapter where it has a cloud's own wire format. */
export function kindOf(datacenter: Datacenter, connect: Connect, sleep: Sleep): ProviderKind {
  if (datacenter.world.quirks.wire === undefined) return memoryKind(datacenter, connect);
  return {
    ...gcpKind(),
    open: async (settings, context) => {
      await loadSdk();
      const client = connect({ account: String(settings['project']) });
      const fetch = inProcess(datacenter, client, sleep);
      return gcpKind({ fetch, reach: async () => true }).open(settings, context);
    },
  };
}

/** The settings that pin the account of a lab, in the words of its kind. */
export function settingsOf({ world }: Datacenter): Readonly<Record<string, unknown>> {
  const [account = ''] = world.accounts;
  return world.quirks.wire === undefined ? { account } : { project: account };
}
