import type { Service } from './calls.ts';

/** All of the SDK, and nothing of ours: what is bundled into a file of its own, and loaded when a project is spoken to. */

export const loadFallback = () => import('google-gax/fallback');
export const loadAuthLibrary = () => import('google-auth-library');

/** What is used of a client of the SDK: its stub, the plain calls without the SDK's own retries, pages and logs. */
export interface WireClient {
  initialize(): Promise<object>;
}

export type ClientClass = new (options: object, gax: object) => WireClient;

/** Single files: the index of the SDK takes two seconds to load. */
export const loadClient: { readonly [S in Service]: () => Promise<ClientClass> } = {
  projects: async () =>
    (await import('@google-cloud/compute/build/src/v1/projects_client.js')).ProjectsClient as ClientClass,
  regions: async () =>
    (await import('@google-cloud/compute/build/src/v1/regions_client.js')).RegionsClient as ClientClass,
  machineTypes: async () =>
    (await import('@google-cloud/compute/build/src/v1/machine_types_client.js'))
      .MachineTypesClient as ClientClass,
  acceleratorTypes: async () =>
    (await import('@google-cloud/compute/build/src/v1/accelerator_types_client.js'))
      .AcceleratorTypesClient as ClientClass,
  diskTypes: async () =>
    (await import('@google-cloud/compute/build/src/v1/disk_types_client.js')).DiskTypesClient as ClientClass,
  images: async () =>
    (await import('@google-cloud/compute/build/src/v1/images_client.js')).ImagesClient as ClientClass,
  networks: async () =>
    (await import('@google-cloud/compute/build/src/v1/networks_client.js')).NetworksClient as ClientClass,
  subnetworks: async () =>
    (await import('@google-cloud/compute/build/src/v1/subnetworks_client.js'))
      .SubnetworksClient as ClientClass,
  addresses: async () =>
    (await import('@google-cloud/compute/build/src/v1/addresses_client.js')).AddressesClient as ClientClass,
  instances: async () =>
    (await import('@google-cloud/compute/build/src/v1/instances_client.js')).InstancesClient as ClientClass,
  disks: async () =>
    (await import('@google-cloud/compute/build/src/v1/disks_client.js')).DisksClient as ClientClass,
  snapshots: async () =>
    (await import('@google-cloud/compute/build/src/v1/snapshots_client.js')).SnapshotsClient as ClientClass,
  healthChecks: async () =>
    (await import('@google-cloud/compute/build/src/v1/health_checks_client.js'))
      .HealthChecksClient as ClientClass,
  zoneOperations: async () =>
    (await import('@google-cloud/compute/build/src/v1/zone_operations_client.js'))
      .ZoneOperationsClient as ClientClass,
  globalOperations: async () =>
    (await import('@google-cloud/compute/build/src/v1/global_operations_client.js'))
      .GlobalOperationsClient as ClientClass,
};
