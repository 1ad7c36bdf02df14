import { awsProvider } from '../../providers/aws/aws.ts';
import { gcpKind } from '../../providers/gcp/gcp.ts';
import type { ProviderKind } from '../../src/core/provider.ts';
import type { Client, ClientOptions } from './datacenter/client.ts';
import { createDatacenter, type Datacenter } from './datacenter/datacenter.ts';
import type { Quirks } from './datacenter/quirks.ts';
import { createEc2Datacenter, DEBIAN_OWNER, modelId, REGION } from './ec2/ec2World.ts';
import { openEc2 } from './ec2/openEc2.ts';
import { inProcess, loadSdk, type Sleep } from './gce/transport.ts';
import { memoryKind } from './memoryProvider.ts';

export type Connect = (options?: ClientOptions) => Client;

/** A datacenter of that kind, with what only its own wire format shows. */
export function openDatacenter(quirks: Quirks, seed: number, startAtMs: number): Datacenter {
  return quirks.wire === 'ec2'
    ? createEc2Datacenter({ quirks, seed, startAtMs })
    : createDatacenter({ quirks, seed, startAtMs });
}

/** What talks to a datacenter: the port itself, or the real adapter where it has a cloud's own wire format. */
export function kindOf(datacenter: Datacenter, connect: Connect, sleep: Sleep): ProviderKind {
  const { wire } = datacenter.world.quirks;
  if (wire === undefined) return memoryKind(datacenter, connect);
  switch (wire) {
    case 'compute-engine':
      return {
        ...gcpKind(),
        open: async (settings, context) => {
          await loadSdk();
          const client = connect({ account: String(settings['project']) });
          const fetch = inProcess(datacenter, client, sleep);
          return gcpKind({ fetch, reach: async () => true }).open(settings, context);
        },
      };
    case 'ec2':
      return {
        ...awsProvider,
        open: (settings, context) =>
          openEc2(datacenter, connect({ account: String(settings['account']) }), context),
      };
  }
}

/** The settings that pin the account of a lab, in the words of its kind. */
export function settingsOf({ world }: Datacenter): Readonly<Record<string, unknown>> {
  const [account = ''] = world.accounts;
  const { wire } = world.quirks;
  if (wire === undefined) return { account };
  switch (wire) {
    case 'compute-engine':
      // Without a key the adapter looks for one on the drive, and virtual time runs on while it does: no two plays were the same.
      return { project: account, 'ssh-key': 'ssh-ed25519 AAAA' };
    case 'ec2':
      return { region: REGION, account };
  }
}

/** Where a workstation lives, and what it is made of. */
export function placesOf({ wire }: Quirks): {
  readonly locations: readonly [string, string];
  readonly image: string;
} {
  if (wire === undefined) return { locations: ['north-a', 'north-b'], image: 'debian-13' };
  switch (wire) {
    case 'compute-engine':
      return { locations: ['north-a', 'north-b'], image: 'debian-cloud/debian-13' };
    case 'ec2':
      return { locations: [`${REGION}a`, `${REGION}b`], image: `${DEBIAN_OWNER}/debian-13-amd64-*` };
  }
}

/** The id by which the datacenter knows what the provider tells of by `id`. */
export function idInWorld({ world }: Datacenter, id: string): string {
  return world.quirks.wire === 'ec2' ? (modelId(id) ?? id) : id;
}
