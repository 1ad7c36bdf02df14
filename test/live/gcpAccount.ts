import { gcpKind } from '../../providers/gcp/gcp.ts';
import { rawKey } from '../../providers/gcp/labels.ts';
import type { Subject } from '../conformance/subject.ts';
import type { Account } from './account.ts';
import { liveContext } from './liveContext.ts';
import { OWNER } from './liveLabel.ts';
import { liveSubject } from './liveSubject.ts';

const GiB = 1024 ** 3;
const IMAGE = 'debian-cloud/debian-13';
const LEASE = 'chews-lease-';
/** An operation of Compute Engine is awaited so long, in parts of two minutes. */
const WAITS = 5;

interface Asset {
  readonly name: string;
  readonly zone: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
}

type Compute = typeof import('@google-cloud/compute').v1;

/** Everything of a project that bills, or that these tests make. */
async function assetsIn(
  { InstancesClient, DisksClient, SnapshotsClient, HealthChecksClient }: Compute,
  project: string,
) {
  const told = ({
    name,
    zone,
    labels,
  }: {
    name?: string | null;
    zone?: string | null;
    labels?: object | null;
  }): Asset => ({
    name: name ?? '',
    zone: zone?.split('/').at(-1),
    labels: { ...labels } as Record<string, string>,
  });
  const vms: Asset[] = [];
  const disks: Asset[] = [];
  for await (const [, scope] of new InstancesClient({ fallback: true }).aggregatedListAsync({ project }))
    vms.push(...(scope.instances ?? []).map(told));
  for await (const [, scope] of new DisksClient({ fallback: true }).aggregatedListAsync({ project }))
    disks.push(...(scope.disks ?? []).map(told));
  const [snapshots] = await new SnapshotsClient({ fallback: true }).list({ project });
  const [checks] = await new HealthChecksClient({ fallback: true }).list({ project });
  return {
    vms,
    disks,
    snapshots: snapshots.map(told),
    leases: checks.map(told).filter(({ name }) => name.startsWith(LEASE)),
  };
}

function isOurs({ labels }: Asset): boolean {
  return labels[rawKey('owner')] === OWNER;
}

/** Waits until an operation is done, of a zone or of no place at all. */
function waiting(compute: Compute, project: string) {
  const inZones = new compute.ZoneOperationsClient({ fallback: true });
  const everywhere = new compute.GlobalOperationsClient({ fallback: true });
  return async (zone: string | undefined, operation: string): Promise<void> => {
    for (let wait = 0; wait < WAITS; wait += 1) {
      const [{ status }] =
        zone === undefined
          ? await everywhere.wait({ project, operation })
          : await inZones.wait({ project, zone, operation });
      if (status === 'DONE') return;
    }
    throw new Error(`operation ${operation} does not end`);
  };
}

async function sweep(compute: Compute, project: string): Promise<void> {
  const options = { fallback: true } as const;
  const { vms, snapshots, leases } = await assetsIn(compute, project);
  const instances = new compute.InstancesClient(options);
  const ended = waiting(compute, project);
  for (const { name, zone = '' } of vms.filter(isOurs)) {
    const lifted = { project, zone, resource: name, deletionProtection: false };
    const [open] = await instances.setDeletionProtection(lifted);
    await ended(zone, open.name ?? '');
    const [gone] = await instances.delete({ project, zone, instance: name });
    await ended(zone, gone.name ?? '');
  }
  // Those that went along with their VM are gone by now.
  for (const { name, zone = '' } of (await assetsIn(compute, project)).disks.filter(isOurs)) {
    const [gone] = await new compute.DisksClient(options).delete({ project, zone, disk: name });
    await ended(zone, gone.name ?? '');
  }
  for (const { name } of snapshots.filter(isOurs)) {
    const [gone] = await new compute.SnapshotsClient(options).delete({ project, snapshot: name });
    await ended(undefined, gone.name ?? '');
  }
  for (const { name } of leases) {
    const [gone] = await new compute.HealthChecksClient(options).delete({ project, healthCheck: name });
    await ended(undefined, gone.name ?? '');
  }
}

/** What the owner of a project does to it by hand, through the SDK and past chews. */
function ownerOf(
  compute: Compute,
  project: string,
  zone: string,
): Required<Pick<Subject, 'setDeletionFlag' | 'tearLease'>> {
  const ended = waiting(compute, project);
  return {
    setDeletionFlag: async (vm, disk) => {
      const instances = new compute.InstancesClient({ fallback: true });
      const [{ disks = [] }] = await instances.get({ project, zone, instance: vm.name });
      const entry = disks?.find(({ source }) => source?.endsWith(`/${disk.name}`));
      const deviceName = entry?.deviceName ?? '';
      const flag = { project, zone, instance: vm.name, deviceName, autoDelete: true };
      const [{ name }] = await instances.setDiskAutoDelete(flag);
      await ended(zone, name ?? '');
    },
    tearLease: async (workstation) => {
      const checks = new compute.HealthChecksClient({ fallback: true });
      const { leases } = await assetsIn(compute, project);
      const newest = leases
        .map(({ name }) => name)
        .filter((name) => name.startsWith(`${LEASE}${workstation}-`))
        .toSorted()
        .at(-1);
      if (newest === undefined) throw new Error(`there is no lease of ${workstation} to tear`);
      const [{ name }] = await checks.patch({
        project,
        healthCheck: newest,
        healthCheckResource: { description: 'torn' },
      });
      await ended(undefined, name ?? '');
    },
  };
}

export function gcpAccount(project: string, zone: string): Account {
  const loaded = import('@google-cloud/compute').then(({ v1 }) => v1);
  const words: Account['words'] = {
    provider: `{ kind: gcp, project: ${project} }`,
    location: zone,
    size: 'e2-micro',
    otherSize: 'e2-small',
    image: IMAGE,
    diskType: 'pd-standard',
    more: 'labels: { purpose: chews-test }',
  };
  const open = () => Promise.resolve(gcpKind().open({ project }, liveContext()));
  return {
    cloud: 'gcp',
    left: async () => {
      const { vms, disks, snapshots, leases } = await assetsIn(await loaded, project);
      return [
        ...vms.map(({ name }) => `VM ${name}`),
        ...disks.map(({ name }) => `disk ${name}`),
        ...snapshots.map(({ name }) => `snapshot ${name}`),
        ...leases.map(({ name }) => `health check ${name}`),
      ];
    },
    sweep: async () => await sweep(await loaded, project),
    subject: async () =>
      await liveSubject(words, open, {
        otherDiskType: 'pd-ssd',
        diskBytes: 20 * GiB,
        ...ownerOf(await loaded, project, zone),
        cleanup: async () => await sweep(await loaded, project),
      }),
    words,
  };
}
