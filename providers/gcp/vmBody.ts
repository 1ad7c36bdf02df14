import type { CreateVm } from '../../src/core/action.ts';
import { findMachineType } from './askOnce.ts';
import type { RequestOf, WireDisk, WireInterface } from './calls.ts';
import { refusal, regionOf, type Work, zoneLink } from './gcpWork.ts';
import { encodeLabels } from './labels.ts';
import { loginMetadata } from './sshAccess.ts';
import { type GcpWorkstation, readWorkstation, scopesOf } from './workstationSettings.ts';

type VmBody = NonNullable<RequestOf<'instances.insert'>['instanceResource']>;

/** What a VM is asked for with. Every disk is attached by its link and stays when the VM goes; the first one boots. */
export async function vmBody(action: CreateVm, disks: readonly WireDisk[], work: Work): Promise<VmBody> {
  const { gcp } = work;
  const { name, location: zone, size, labels } = action;
  if (!('machineType' in size))
    throw refusal('configuration', work, 'a VM of Compute Engine has a machine type');
  const own = readWorkstation(action.settings);
  const metadata = {
    ...own.metadata,
    // The guest writes its host keys there, so that they are learned out of band.
    'enable-guest-attributes': 'TRUE',
    ...(await loginMetadata(action, gcp)),
    ...(action.firstBoot &&
      own.startupScript !== undefined && { 'startup-script': onFirstBoot(own.startupScript) }),
  };
  return {
    name,
    description: `chews: workstation ${labels.workstation ?? name}.`,
    machineType: zoneLink(gcp, zone, 'machineTypes', size.machineType),
    labels: { ...own.labels, ...encodeLabels(labels) },
    disks: disks.map((disk, index) => ({
      source: zoneLink(gcp, zone, 'disks', disk.name ?? ''),
      // What the guest sees stays the same through every cycle, so that mounts survive (design.md 3).
      deviceName: disk.name ?? '',
      mode: 'READ_WRITE',
      type: 'PERSISTENT',
      boot: index === 0,
      autoDelete: false,
    })),
    networkInterfaces: [await networkInterface(own, zone, work)],
    metadata: { items: Object.entries(metadata).map(([key, value]) => ({ key, value })) },
    ...(own.tags.length > 0 && { tags: { items: [...own.tags] } }),
    ...(own.serviceAccount !== undefined && {
      serviceAccounts: [{ email: own.serviceAccount, scopes: [...scopesOf(own)] }],
    }),
    ...(own.deletionProtection && { deletionProtection: true }),
    ...(own.shielded !== undefined && {
      shieldedInstanceConfig: {
        enableSecureBoot: own.shielded.secureBoot,
        enableVtpm: own.shielded.vtpm,
        enableIntegrityMonitoring: own.shielded.integrityMonitoring,
      },
    }),
    ...(own.accelerators.length > 0 && {
      guestAccelerators: own.accelerators.map(({ type, count }) => ({
        acceleratorType: zoneLink(gcp, zone, 'acceleratorTypes', type),
        acceleratorCount: count,
      })),
    }),
    ...(await scheduling(own, size.machineType, zone, work)),
  };
}

/**
 * A preempted workstation is stopped, never deleted. One with accelerators cannot be moved while it runs, and is refused where
 * it is not said that it stops instead (cloud.google.com/compute/docs/gpus/gpu-host-maintenance).
 */
async function scheduling(
  own: GcpWorkstation,
  machineType: string,
  zone: string,
  work: Work,
): Promise<Pick<VmBody, 'scheduling'>> {
  if (own.spot)
    return {
      scheduling: {
        provisioningModel: 'SPOT',
        instanceTerminationAction: 'STOP',
        automaticRestart: false,
        onHostMaintenance: 'TERMINATE',
      },
    };
  const isFixed = own.accelerators.length > 0 || (await hasOwnAccelerators(machineType, zone, work));
  return isFixed ? { scheduling: { onHostMaintenance: 'TERMINATE' } } : {};
}

/** Some machine types have accelerators built in, which the file does not name. */
async function hasOwnAccelerators(machineType: string, zone: string, work: Work): Promise<boolean> {
  const found = await findMachineType(machineType, zone, work);
  return (found?.accelerators ?? []).length > 0;
}

async function networkInterface(own: GcpWorkstation, zone: string, work: Work): Promise<WireInterface> {
  const natIP =
    own.address === undefined ? undefined : await reservedAddress(own.address, regionOf(zone), work);
  const { network, subnetwork } = networkOf(own, zone, work);
  return {
    ...(network !== undefined && { network }),
    ...(subnetwork !== undefined && { subnetwork }),
    ...(own.publicAddress && {
      accessConfigs: [
        { type: 'ONE_TO_ONE_NAT', name: 'External NAT', ...(natIP !== undefined && { natIP }) },
      ],
    }),
  };
}

/** A subnetwork says which network it is of; without either it is the network that every new project has. */
export function networkOf(
  own: GcpWorkstation,
  zone: string,
  { gcp }: Work,
): { readonly network?: string; readonly subnetwork?: string } {
  const project = `projects/${gcp.settings.project}`;
  const full = (reference: string, place: string, collection: string) =>
    reference.includes('/') ? reference : `${project}/${place}/${collection}/${reference}`;
  const subnetwork = own.subnetwork && full(own.subnetwork, `regions/${regionOf(zone)}`, 'subnetworks');
  const network = own.network ?? (subnetwork === undefined ? 'default' : undefined);
  return {
    ...(network !== undefined && { network: full(network, 'global', 'networks') }),
    ...(subnetwork !== undefined && { subnetwork }),
  };
}

async function reservedAddress(address: string, region: string, work: Work): Promise<string> {
  if (/^\d/.test(address)) return address;
  const { connection, settings } = work.gcp;
  const found = await connection.find(
    'addresses.get',
    { project: settings.project, region, address },
    address,
    work,
  );
  if (found?.address) return found.address;
  throw refusal('configuration', work, `there is no reserved address ${address} in region ${region}`);
}

/**
 * Compute Engine runs a startup script at every boot. A mark on the boot disk, written before anything else, makes it one in
 * the life of that disk: a script that formats must never see a restored one (safety.md 8).
 */
function onFirstBoot(script: string): string {
  const encoded = Buffer.from(script).toString('base64');
  return [
    '#!/bin/sh',
    'folder=/var/lib/chews',
    '[ -e "$folder/first-boot-is-over" ] && exit 0',
    'mkdir -p "$folder" && : > "$folder/first-boot-is-over" && sync || exit 1',
    `printf %s '${encoded}' | base64 -d > "$folder/first-boot" && chmod 700 "$folder/first-boot" || exit 1`,
    'exec "$folder/first-boot"',
    '',
  ].join('\n');
}
