import { gcpKind } from '../../providers/gcp/gcp.ts';
import type { Provider, ProviderContext } from '../../src/core/provider.ts';
import { type Bench, benchOf } from '../conformance/bench.ts';
import type { Subject } from '../conformance/subject.ts';
import type { Client, ClientOptions } from '../support/datacenter/client.ts';
import { createDatacenter, type Datacenter } from '../support/datacenter/datacenter.ts';
import { gceWire, type Quirks } from '../support/datacenter/quirks.ts';
import { setDeletionFlag } from '../support/datacenter/vmCalls.ts';
import type { Knobs } from '../support/gce/state.ts';
import { inProcess } from '../support/gce/transport.ts';

export const GiB = 1024 ** 3;
export const START_MS = Date.UTC(2026, 2, 1, 12);

export interface Connected {
  readonly provider: Provider;
  readonly client: Client;
}

/** The real adapter on a simulated Compute Engine, with an empty project. */
export interface Stage {
  readonly datacenter: Datacenter;
  readonly knobs: Knobs;
  readonly subject: Subject;
  /** Another process, with what is to go wrong in it. */
  open(
    options?: ClientOptions,
    settings?: Readonly<Record<string, unknown>>,
    context?: Partial<ProviderContext>,
  ): Promise<Connected>;
  /** The same things by short words, done by that process. */
  benchFor(connected: Connected): Bench;
}

export async function gcpStage(quirks: Quirks = gceWire): Promise<Stage> {
  const datacenter = createDatacenter({ quirks, seed: 1, startAtMs: START_MS });
  const open: Stage['open'] = async (options, settings = { project: 'home' }, context = {}) => {
    const client = datacenter.connect(options);
    const kind = gcpKind({ fetch: inProcess(datacenter, client), reach: async () => true });
    return { client, provider: await kind.open(settings, datacenter.context(context)) };
  };
  const subject: Subject = {
    provider: (await open()).provider,
    connect: async () => (await open()).provider,
    location: 'north-a',
    badLocation: 'no-such-place',
    size: { machineType: 'e2-small' },
    otherSize: { machineType: 'e2-medium' },
    image: 'debian-cloud/debian-13',
    bootSource: { from: 'image', image: 'debian-cloud/debian-13' },
    diskType: 'pd-standard',
    otherDiskType: 'pd-ssd',
    diskBytes: 20 * GiB,
    writeContent: async (disk) => {
      if (!datacenter.owner({ deed: 'write-disk', disk: disk.name })) throw new Error('cannot write');
    },
    readContent: async (disk) => String(datacenter.world.disks.get(disk.id)?.content),
    setDeletionFlag: async (vm, disk) => setDeletionFlag(datacenter.world, 'home', vm.id, disk.id),
    tearLease: async (workstation) => {
      const [newest] = [...datacenter.world.gce.healthChecks.values()]
        .filter((check) => check.name.startsWith(`chews-lease-${workstation}-`))
        .toSorted((one, other) => (one.name > other.name ? -1 : 1));
      if (newest === undefined) throw new Error(`there is no lease of ${workstation} to tear`);
      newest.description = newest.description.slice(0, 40);
    },
    advance: async (milliseconds) => datacenter.advance(milliseconds),
    cleanup: async () => undefined,
  };
  return {
    datacenter,
    knobs: datacenter.world.gce.knobs,
    subject,
    open,
    benchFor: ({ provider }) => benchOf({ ...subject, provider }),
  };
}
