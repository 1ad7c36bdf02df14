import type { protos } from '@google-cloud/compute';

/**
 * The calls of Compute Engine that are made, with the types of the SDK's own schema: a field that the schema does not know
 * is dropped by the SDK without a word (clouds.md), so that every request has to be checked by the compiler.
 */
export interface Calls {
  'projects.get': [
    protos.google.cloud.compute.v1.IGetProjectRequest,
    protos.google.cloud.compute.v1.IProject,
  ];
  'regions.get': [protos.google.cloud.compute.v1.IGetRegionRequest, protos.google.cloud.compute.v1.IRegion];
  'machineTypes.get': [protos.google.cloud.compute.v1.IGetMachineTypeRequest, WireMachineType];
  'acceleratorTypes.get': [
    protos.google.cloud.compute.v1.IGetAcceleratorTypeRequest,
    protos.google.cloud.compute.v1.IAcceleratorType,
  ];
  'diskTypes.get': [
    protos.google.cloud.compute.v1.IGetDiskTypeRequest,
    protos.google.cloud.compute.v1.IDiskType,
  ];
  'images.get': [protos.google.cloud.compute.v1.IGetImageRequest, WireImage];
  'images.getFromFamily': [protos.google.cloud.compute.v1.IGetFromFamilyImageRequest, WireImage];
  'networks.get': [
    protos.google.cloud.compute.v1.IGetNetworkRequest,
    protos.google.cloud.compute.v1.INetwork,
  ];
  'subnetworks.get': [
    protos.google.cloud.compute.v1.IGetSubnetworkRequest,
    protos.google.cloud.compute.v1.ISubnetwork,
  ];
  'addresses.get': [
    protos.google.cloud.compute.v1.IGetAddressRequest,
    protos.google.cloud.compute.v1.IAddress,
  ];
  'instances.get': [protos.google.cloud.compute.v1.IGetInstanceRequest, WireVm];
  'instances.aggregatedList': [
    protos.google.cloud.compute.v1.IAggregatedListInstancesRequest,
    protos.google.cloud.compute.v1.IInstanceAggregatedList,
  ];
  'instances.getGuestAttributes': [
    protos.google.cloud.compute.v1.IGetGuestAttributesInstanceRequest,
    protos.google.cloud.compute.v1.IGuestAttributes,
  ];
  'instances.insert': [protos.google.cloud.compute.v1.IInsertInstanceRequest, WireOperation];
  'instances.start': [protos.google.cloud.compute.v1.IStartInstanceRequest, WireOperation];
  'instances.stop': [protos.google.cloud.compute.v1.IStopInstanceRequest, WireOperation];
  'instances.delete': [protos.google.cloud.compute.v1.IDeleteInstanceRequest, WireOperation];
  'instances.setMachineType': [protos.google.cloud.compute.v1.ISetMachineTypeInstanceRequest, WireOperation];
  'instances.attachDisk': [protos.google.cloud.compute.v1.IAttachDiskInstanceRequest, WireOperation];
  'instances.detachDisk': [protos.google.cloud.compute.v1.IDetachDiskInstanceRequest, WireOperation];
  'instances.setDiskAutoDelete': [
    protos.google.cloud.compute.v1.ISetDiskAutoDeleteInstanceRequest,
    WireOperation,
  ];
  'instances.setDeletionProtection': [
    protos.google.cloud.compute.v1.ISetDeletionProtectionInstanceRequest,
    WireOperation,
  ];
  'instances.setLabels': [protos.google.cloud.compute.v1.ISetLabelsInstanceRequest, WireOperation];
  'disks.get': [protos.google.cloud.compute.v1.IGetDiskRequest, WireDisk];
  'disks.aggregatedList': [
    protos.google.cloud.compute.v1.IAggregatedListDisksRequest,
    protos.google.cloud.compute.v1.IDiskAggregatedList,
  ];
  'disks.insert': [protos.google.cloud.compute.v1.IInsertDiskRequest, WireOperation];
  'disks.delete': [protos.google.cloud.compute.v1.IDeleteDiskRequest, WireOperation];
  'disks.resize': [protos.google.cloud.compute.v1.IResizeDiskRequest, WireOperation];
  'disks.createSnapshot': [protos.google.cloud.compute.v1.ICreateSnapshotDiskRequest, WireOperation];
  'disks.setLabels': [protos.google.cloud.compute.v1.ISetLabelsDiskRequest, WireOperation];
  'snapshots.get': [protos.google.cloud.compute.v1.IGetSnapshotRequest, WireSnapshot];
  'snapshots.list': [
    protos.google.cloud.compute.v1.IListSnapshotsRequest,
    protos.google.cloud.compute.v1.ISnapshotList,
  ];
  'snapshots.delete': [protos.google.cloud.compute.v1.IDeleteSnapshotRequest, WireOperation];
  'snapshots.setLabels': [protos.google.cloud.compute.v1.ISetLabelsSnapshotRequest, WireOperation];
  'healthChecks.insert': [protos.google.cloud.compute.v1.IInsertHealthCheckRequest, WireOperation];
  'healthChecks.list': [
    protos.google.cloud.compute.v1.IListHealthChecksRequest,
    protos.google.cloud.compute.v1.IHealthCheckList,
  ];
  'healthChecks.delete': [protos.google.cloud.compute.v1.IDeleteHealthCheckRequest, WireOperation];
  'instances.testIamPermissions': [
    protos.google.cloud.compute.v1.ITestIamPermissionsInstanceRequest,
    protos.google.cloud.compute.v1.ITestPermissionsResponse,
  ];
  'disks.testIamPermissions': [
    protos.google.cloud.compute.v1.ITestIamPermissionsDiskRequest,
    protos.google.cloud.compute.v1.ITestPermissionsResponse,
  ];
  'snapshots.testIamPermissions': [
    protos.google.cloud.compute.v1.ITestIamPermissionsSnapshotRequest,
    protos.google.cloud.compute.v1.ITestPermissionsResponse,
  ];
  'zoneOperations.wait': [protos.google.cloud.compute.v1.IWaitZoneOperationRequest, WireOperation];
  'globalOperations.wait': [protos.google.cloud.compute.v1.IWaitGlobalOperationRequest, WireOperation];
}

export type Rpc = keyof Calls;
export type RequestOf<R extends Rpc> = Calls[R][0];
export type AnswerOf<R extends Rpc> = Calls[R][1];

export type WireVm = protos.google.cloud.compute.v1.IInstance;
export type WireAttachment = protos.google.cloud.compute.v1.IAttachedDisk;
export type WireDisk = protos.google.cloud.compute.v1.IDisk;
export type WireSnapshot = protos.google.cloud.compute.v1.ISnapshot;
export type WireImage = protos.google.cloud.compute.v1.IImage;
export type WireMachineType = protos.google.cloud.compute.v1.IMachineType;
export type WireQuota = protos.google.cloud.compute.v1.IQuota;
export type WireOperation = protos.google.cloud.compute.v1.IOperation;
export type WireWarning = protos.google.cloud.compute.v1.IWarning;
export type WireInterface = protos.google.cloud.compute.v1.INetworkInterface;

export type Service = Rpc extends `${infer S}.${string}` ? S : never;

export function serviceOf(rpc: Rpc): Service {
  return rpc.slice(0, rpc.indexOf('.')) as Service;
}

export function methodOf(rpc: Rpc): string {
  return rpc.slice(rpc.indexOf('.') + 1);
}
