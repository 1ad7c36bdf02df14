import {
  DeleteLaunchTemplateCommand,
  DeleteSnapshotCommand,
  DeleteVolumeCommand,
  DeregisterImageCommand,
  DescribeImagesCommand,
  DescribeInstancesCommand,
  DescribeLaunchTemplatesCommand,
  DescribeSnapshotsCommand,
  DescribeVolumesCommand,
  EC2Client,
  ModifyInstanceAttributeCommand,
  type Tag,
  TerminateInstancesCommand,
  waitUntilInstanceTerminated,
} from '@aws-sdk/client-ec2';
import { openAws } from '../../providers/aws/aws.ts';
import { fromTagList, tagsOfLabels } from '../../providers/aws/tags.ts';
import { ec2Owner } from '../conformance/ec2Owner.ts';
import type { Account } from './account.ts';
import { liveContext } from './liveContext.ts';
import { OWNER } from './liveLabel.ts';
import { liveSubject } from './liveSubject.ts';

const GiB = 1024 ** 3;
/** Debian's own account: https://wiki.debian.org/Cloud/AmazonEC2Image */
const IMAGE = '136693071363/debian-13-amd64-*';
const LEASE = 'chews-lock-';

/** Everything of an account in a region that bills, or that these tests make. */
async function assetsIn(ec2: EC2Client) {
  const { Reservations = [] } = await ec2.send(new DescribeInstancesCommand());
  const { Volumes = [] } = await ec2.send(new DescribeVolumesCommand());
  const { Snapshots = [] } = await ec2.send(new DescribeSnapshotsCommand({ OwnerIds: ['self'] }));
  const { Images = [] } = await ec2.send(new DescribeImagesCommand({ Owners: ['self'] }));
  const { LaunchTemplates = [] } = await ec2.send(new DescribeLaunchTemplatesCommand());
  return {
    vms: Reservations.flatMap(({ Instances = [] }) => Instances).filter(
      ({ State }) => State?.Name !== 'terminated',
    ),
    disks: Volumes.filter(({ State }) => State !== 'deleting' && State !== 'deleted'),
    snapshots: Snapshots,
    images: Images,
    leases: LaunchTemplates.filter(({ LaunchTemplateName = '' }) => LaunchTemplateName.startsWith(LEASE)),
  };
}

const ours = Object.entries(tagsOfLabels({ owner: OWNER }));

function isOurs({ Tags }: { readonly Tags?: readonly Tag[] | undefined }): boolean {
  const tags = fromTagList(Tags);
  return ours.every(([key, value]) => tags[key] === value);
}

async function sweep(ec2: EC2Client): Promise<void> {
  const { vms, snapshots, images, leases } = await assetsIn(ec2);
  const held = vms.filter(isOurs);
  const InstanceIds = held.flatMap(({ InstanceId }) => InstanceId ?? []);
  if (InstanceIds.length > 0) {
    for (const InstanceId of InstanceIds)
      await ec2.send(
        new ModifyInstanceAttributeCommand({ InstanceId, DisableApiTermination: { Value: false } }),
      );
    await ec2.send(new TerminateInstancesCommand({ InstanceIds }));
    await waitUntilInstanceTerminated({ client: ec2, maxWaitTime: 600 }, { InstanceIds });
  }
  // A disk that came with a VM gets its own labels later: it is known by the VM that had it.
  const onOurs = new Set(
    held.flatMap(({ BlockDeviceMappings = [] }) =>
      BlockDeviceMappings.flatMap(({ Ebs }) => Ebs?.VolumeId ?? []),
    ),
  );
  // Those that went along with their VM are gone by now.
  for (const disk of (await assetsIn(ec2)).disks)
    if (isOurs(disk) || onOurs.has(disk.VolumeId ?? ''))
      await ec2.send(new DeleteVolumeCommand({ VolumeId: disk.VolumeId }));
  const doomed = snapshots.filter(isOurs);
  const ids = new Set(doomed.map(({ SnapshotId }) => SnapshotId));
  for (const { ImageId, BlockDeviceMappings = [] } of images)
    if (BlockDeviceMappings.some(({ Ebs }) => ids.has(Ebs?.SnapshotId)))
      await ec2.send(new DeregisterImageCommand({ ImageId }));
  for (const { SnapshotId } of doomed) await ec2.send(new DeleteSnapshotCommand({ SnapshotId }));
  for (const { LaunchTemplateId } of leases)
    await ec2.send(new DeleteLaunchTemplateCommand({ LaunchTemplateId }));
}

/** `keyName` and `group`: of the account, so that ssh gets in. */
export function awsAccount(region: string, zone: string, keyName: string, group: string): Account {
  const ec2 = new EC2Client({ region });
  const words: Account['words'] = {
    provider: `{ kind: aws, region: ${region} }`,
    location: zone,
    size: 't3.micro',
    otherSize: 't3.small',
    image: IMAGE,
    diskType: 'gp3',
    more: `key-name: ${keyName}, security-groups: [${group}]`,
  };
  const open = () => openAws({ region }, liveContext());
  return {
    cloud: 'aws',
    left: async () => {
      const { vms, disks, snapshots, images, leases } = await assetsIn(ec2);
      return [
        ...vms.map(({ InstanceId }) => `VM ${InstanceId}`),
        ...disks.map(({ VolumeId }) => `disk ${VolumeId}`),
        ...snapshots.map(({ SnapshotId }) => `snapshot ${SnapshotId}`),
        ...images.map(({ ImageId }) => `image ${ImageId}`),
        ...leases.map(({ LaunchTemplateName }) => `launch template ${LaunchTemplateName}`),
      ];
    },
    sweep: async () => await sweep(ec2),
    subject: async () =>
      await liveSubject(words, open, {
        otherDiskType: 'gp2',
        diskBytes: 8 * GiB,
        ...ec2Owner(ec2),
        cleanup: async () => await sweep(ec2),
      }),
    words,
  };
}
