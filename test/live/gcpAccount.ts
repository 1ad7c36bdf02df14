import { gcpKind } from '../../providers/gcp/gcp.ts';
import { rawKey } from '../../providers/gcp/labels.ts';
import type { Subject } from '../conformance/subject.ts';
import type { Account } from './account.ts';
import { liveContext } from './liveContext.ts';
import { NO_BYTES, OWNER } from './liveLabel.ts';

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

async function sweep(compute: Compute, project: string): Promise<void> {
  const options = { fallback: true } as const;
  const { vms, disks, snapshots, leases } = await assetsIn(compute, project);
  const inZones = new compute.ZoneOperationsClient(options);
  const everywhere = new compute.GlobalOperationsClient(options);
  const instances = new compute.InstancesClient(options);
  const ended = async (zone: string | undefined, operation: string) => {
    for (let wait = 0; wait < WAITS; wait += 1) {
      const [{ status }] =
        zone === undefined
          ? await everywhere.wait({ project, operation })
          : await inZones.wait({ project, zone, operation });
      if (status === 'DONE') return;
    }
    throw new Error(`operation ${operation} does not end`);
  };
  for (const { name, zone = '' } of vms.filter(isOurs)) {
    const lifted = { project, zone, resource: name, deletionProtection: false };
    const [open] = await instances.setDeletionProtection(lifted);
    await ended(zone, open.name ?? '');
    const [gone] = await instances.delete({ project, zone, instance: name });
    await ended(zone, gone.name ?? '');
  }
  // Those that went along with their VM are gone by now.
  const left = (await assetsIn(compute, project)).disks;
  for (const { name, zone = '' } of left.filter(
    (disk) => isOurs(disk) && disks.some((old) => old.name === disk.name),
  )) {
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

async function liveSubject(compute: Compute, project: string, zone: string): Promise<Subject> {
  const open = () => Promise.resolve(gcpKind().open({ project }, liveContext()));
  return {
    provider: await open(),
    connect: open,
    location: zone,
    badLocation: 'no-such-place',
    size: { machineType: 'e2-micro' },
    otherSize: { machineType: 'e2-small' },
    image: IMAGE,
    bootSource: { from: 'image', image: IMAGE },
    diskType: 'pd-standard',
    otherDiskType: 'pd-ssd',
    diskBytes: 20 * GiB,
    writeContent: () => Promise.reject(new Error(NO_BYTES)),
    readContent: () => Promise.reject(new Error(NO_BYTES)),
    setDeletionFlag: async (vm, disk) => {
      const instances = new compute.InstancesClient({ fallback: true });
      const [{ disks = [] }] = await instances.get({ project, zone, instance: vm.name });
      const entry = disks?.find(({ source }) => source?.endsWith(`/${disk.name}`));
      const deviceName = entry?.deviceName ?? '';
      const flag = { project, zone, instance: vm.name, deviceName, autoDelete: true };
      const [{ name }] = await instances.setDiskAutoDelete(flag);
      await new compute.ZoneOperationsClient({ fallback: true }).wait({
        project,
        zone,
        operation: name ?? '',
      });
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
      await new compute.GlobalOperationsClient({ fallback: true }).wait({ project, operation: name ?? '' });
    },
    advance: async (milliseconds) => await liveContext().sleep(milliseconds),
    cleanup: async () => await sweep(compute, project),
  };
}

export function gcpAccount(project: string, zone: string): Account {
  const loaded = import('@google-cloud/compute').then(({ v1 }) => v1);
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
    subject: async () => await liveSubject(await loaded, project, zone),
    words: {
      provider: `{ kind: gcp, project: ${project} }`,
      location: zone,
      size: 'e2-micro',
      otherSize: 'e2-small',
      image: IMAGE,
      diskType: 'pd-standard',
      more: 'labels: { purpose: chews-test }',
    },
  };
}
