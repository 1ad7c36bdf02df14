import type { Desk } from './ec2World.ts';
import * as images from './images.ts';
import * as instances from './instances.ts';
import * as templates from './launchTemplates.ts';
import * as offerings from './offerings.ts';
import { runInstances } from './runInstances.ts';
import * as snapshots from './snapshots.ts';
import { createTags, deleteTags } from './tagging.ts';
import * as volumes from './volumes.ts';

/** One action of EC2 as the fake knows it. */
export interface Ec2Action {
  /** 'lagging': a read of a world that may be a while old. */
  readonly kind: 'change' | 'read' | 'lagging';
  /** The parameters that mean something here; any other is refused, so that none is ever ignored. */
  readonly takes: readonly string[];
  run(desk: Desk, input: Record<string, unknown>): object | undefined;
}

function action<I extends object>(
  kind: Ec2Action['kind'],
  takes: readonly (keyof I & string)[],
  run: (desk: Desk, input: I) => object | void,
): Ec2Action {
  return { kind, takes: [...takes, 'DryRun'], run: (desk, input) => run(desk, input as I) ?? undefined };
}

const page = ['Filters', 'MaxResults', 'NextToken'] as const;

export const actions: ReadonlyMap<string, Ec2Action> = new Map([
  ['DescribeInstances', action('lagging', ['InstanceIds', ...page], instances.describeInstances)],
  ['DescribeVolumes', action('lagging', ['VolumeIds', ...page], volumes.describeVolumes)],
  ['DescribeSnapshots', action('lagging', ['SnapshotIds', 'OwnerIds', ...page], snapshots.describeSnapshots)],
  ['DescribeImages', action('read', ['ImageIds', 'Owners', ...page], images.describeImages)],
  [
    'RunInstances',
    action(
      'change',
      [
        'ImageId',
        'InstanceType',
        'MinCount',
        'MaxCount',
        'ClientToken',
        'BlockDeviceMappings',
        'Placement',
        'SubnetId',
        'SecurityGroupIds',
        'NetworkInterfaces',
        'KeyName',
        'UserData',
        'IamInstanceProfile',
        'InstanceInitiatedShutdownBehavior',
        'MetadataOptions',
        'DisableApiTermination',
        'TagSpecifications',
      ],
      runInstances,
    ),
  ],
  ['StartInstances', action('change', ['InstanceIds'], instances.startInstances)],
  ['StopInstances', action('change', ['InstanceIds', 'Force'], instances.stopInstances)],
  ['TerminateInstances', action('change', ['InstanceIds'], instances.terminateInstances)],
  [
    'ModifyInstanceAttribute',
    action(
      'change',
      ['InstanceId', 'InstanceType', 'BlockDeviceMappings', 'DisableApiTermination'],
      instances.modifyInstanceAttribute,
    ),
  ],
  [
    'DescribeInstanceAttribute',
    action('read', ['InstanceId', 'Attribute'], instances.describeInstanceAttribute),
  ],
  ['GetConsoleOutput', action('read', ['InstanceId', 'Latest'], instances.getConsoleOutput)],
  [
    'CreateVolume',
    action(
      'change',
      [
        'AvailabilityZone',
        'Size',
        'SnapshotId',
        'VolumeType',
        'ClientToken',
        'TagSpecifications',
        'Encrypted',
        'KmsKeyId',
      ],
      volumes.createVolume,
    ),
  ],
  ['DeleteVolume', action('change', ['VolumeId'], volumes.deleteVolume)],
  ['AttachVolume', action('change', ['VolumeId', 'InstanceId', 'Device'], volumes.attachVolume)],
  ['DetachVolume', action('change', ['VolumeId', 'InstanceId'], volumes.detachVolume)],
  ['ModifyVolume', action('change', ['VolumeId', 'Size', 'VolumeType'], volumes.modifyVolume)],
  [
    'CreateSnapshot',
    action('change', ['VolumeId', 'Description', 'TagSpecifications'], snapshots.createSnapshot),
  ],
  ['DeleteSnapshot', action('change', ['SnapshotId'], snapshots.deleteSnapshot)],
  ['CreateTags', action('change', ['Resources', 'Tags'], createTags)],
  ['DeleteTags', action('change', ['Resources', 'Tags'], deleteTags)],
  [
    'RegisterImage',
    action(
      'change',
      [
        'Name',
        'Description',
        'Architecture',
        'VirtualizationType',
        'EnaSupport',
        'BootMode',
        'RootDeviceName',
        'BlockDeviceMappings',
        'TagSpecifications',
      ],
      images.registerImage,
    ),
  ],
  ['DeregisterImage', action('change', ['ImageId'], images.deregisterImage)],
  [
    'CreateLaunchTemplate',
    action(
      'change',
      ['LaunchTemplateName', 'LaunchTemplateData', 'VersionDescription', 'TagSpecifications', 'ClientToken'],
      templates.createLaunchTemplate,
    ),
  ],
  [
    'CreateLaunchTemplateVersion',
    action(
      'change',
      ['LaunchTemplateId', 'LaunchTemplateData', 'VersionDescription', 'ClientToken'],
      templates.createLaunchTemplateVersion,
    ),
  ],
  ['DeleteLaunchTemplate', action('change', ['LaunchTemplateId'], templates.deleteLaunchTemplate)],
  [
    'DescribeLaunchTemplates',
    action('read', ['LaunchTemplateIds', ...page], templates.describeLaunchTemplates),
  ],
  [
    'DescribeLaunchTemplateVersions',
    action('read', ['LaunchTemplateId', 'MaxResults', 'NextToken'], templates.describeLaunchTemplateVersions),
  ],
  ['DescribeAddresses', action('read', ['AllocationIds'], offerings.describeAddresses)],
  [
    'AssociateAddress',
    action('change', ['AllocationId', 'InstanceId', 'AllowReassociation'], offerings.associateAddress),
  ],
  [
    'DescribeInstanceTypeOfferings',
    action('read', ['LocationType', ...page], offerings.describeInstanceTypeOfferings),
  ],
  ['DescribeInstanceTypes', action('read', ['InstanceTypes', ...page], offerings.describeInstanceTypes)],
  ['DescribeSecurityGroups', action('read', ['GroupIds', ...page], offerings.describeSecurityGroups)],
  ['DescribeSubnets', action('read', ['SubnetIds'], offerings.describeSubnets)],
  ['DescribeKeyPairs', action('read', ['KeyNames'], offerings.describeKeyPairs)],
]);
