import type {
  DeregisterImageRequest,
  DescribeImagesRequest,
  DescribeImagesResult,
  Image,
  ImageState,
  RegisterImageRequest,
  RegisterImageResult,
} from '@aws-sdk/client-ec2';
import { drawId } from '../datacenter/world.ts';
import { type Desk, type Ec2Image, tagsOf, wireId } from './ec2World.ts';
import { chosen, type Fields, filtered, paged } from './filters.ts';
import { Ec2Refusal } from './refusal.ts';
import { checkSpecifications, putTags, tagsFor } from './tagging.ts';
import { GiB, restorable } from './volumes.ts';

function tellImage({ ec2 }: Desk, image: Ec2Image): Image {
  return {
    ImageId: image.id,
    OwnerId: image.ownerId,
    Public: image.isPublic,
    Name: image.name,
    State: (ec2.oddStates.get(image.id) ?? 'available') as ImageState,
    CreationDate: new Date(image.createdAtMs).toISOString(),
    Architecture: image.architecture,
    ...(image.bootMode !== undefined && { BootMode: image.bootMode }),
    EnaSupport: image.enaSupport,
    VirtualizationType: 'hvm',
    RootDeviceType: 'ebs',
    RootDeviceName: image.rootDeviceName,
    BlockDeviceMappings: [
      {
        DeviceName: image.rootDeviceName,
        Ebs: {
          SnapshotId:
            image.rootSnapshotId === undefined ? 'snap-0123456789abcdef0' : wireId(image.rootSnapshotId),
          VolumeSize: image.rootGiB,
          DeleteOnTermination: true,
        },
      },
    ],
    Tags: tagsOf(ec2, image.id),
  };
}

const fields: Fields<Image> = {
  name: ({ Name }) => Name,
  architecture: ({ Architecture }) => Architecture,
  state: ({ State }) => State,
  'root-device-type': ({ RootDeviceType }) => RootDeviceType,
  'virtualization-type': ({ VirtualizationType }) => VirtualizationType,
  'block-device-mapping.snapshot-id': ({ BlockDeviceMappings }) =>
    BlockDeviceMappings?.map(({ Ebs }) => Ebs?.SnapshotId ?? ''),
};

export function describeImages(desk: Desk, input: DescribeImagesRequest): DescribeImagesResult {
  const all = [...desk.ec2.images.values()]
    .filter(({ isPublic, ownerId }) => isPublic || ownerId === desk.account)
    .filter(({ ownerId }) => {
      const owners = input.Owners?.map((owner) => (owner === 'self' ? desk.account : owner));
      return owners === undefined || owners.includes(ownerId);
    })
    .map((image) => tellImage(desk, image));
  const idOf = ({ ImageId = '' }: Image) => ImageId;
  const some = chosen(all, input.ImageIds, idOf, 'InvalidAMIID');
  const kept = filtered(desk, some, input.Filters, fields, idOf);
  const { items, NextToken } = paged(kept, input, desk.world.quirks.pageSize);
  return { Images: [...items], ...(NextToken !== undefined && { NextToken }) };
}

export function registerImage(desk: Desk, input: RegisterImageRequest): RegisterImageResult {
  const { world, ec2, account } = desk;
  checkSpecifications(input.TagSpecifications, 'image');
  const name = input.Name ?? '';
  if (!/^[A-Za-z0-9()[\] ./\-'@_]{3,128}$/.test(name))
    throw new Ec2Refusal('InvalidAMIName.Malformed', 'AMI names must be between 3 and 128 characters long');
  const same = [...ec2.images.values()].find((image) => image.ownerId === account && image.name === name);
  if (same !== undefined)
    throw new Ec2Refusal('InvalidAMIName.Duplicate', `AMI name ${name} is already in use by AMI ${same.id}`);
  // safety.md 9: "EC2 RegisterImage defaults to i386 and paravirtual".
  if (input.VirtualizationType !== 'hvm')
    throw new Ec2Refusal('InvalidParameterCombination', 'Paravirtual images need a kernel');
  const root = input.BlockDeviceMappings?.find(({ DeviceName }) => DeviceName === input.RootDeviceName);
  if (root?.Ebs?.SnapshotId === undefined || input.RootDeviceName === undefined)
    throw new Ec2Refusal('InvalidBlockDeviceMapping', 'The root device is not mapped to a snapshot');
  const snapshot = restorable(desk, root.Ebs.SnapshotId, root.Ebs.VolumeSize);
  const id = wireId(drawId(world, 'ami'));
  ec2.images.set(id, {
    id,
    ownerId: account,
    isPublic: false,
    name,
    createdAtMs: world.nowMs,
    architecture: input.Architecture ?? 'i386',
    bootMode: input.BootMode,
    enaSupport: input.EnaSupport ?? false,
    rootDeviceName: input.RootDeviceName,
    rootSnapshotId: snapshot.id,
    rootGiB: root.Ebs.VolumeSize ?? snapshot.sizeBytes / GiB,
  });
  putTags(desk, id, tagsFor(input.TagSpecifications, 'image'));
  return { ImageId: id };
}

export function deregisterImage({ ec2, account }: Desk, { ImageId = '' }: DeregisterImageRequest): void {
  const image = ec2.images.get(ImageId);
  if (image === undefined)
    throw new Ec2Refusal('InvalidAMIID.Unavailable', `The image ID '${ImageId}' is no longer available`);
  if (image.ownerId !== account)
    throw new Ec2Refusal('AuthFailure', `Not authorized for images:[${ImageId}]`, 403);
  ec2.images.delete(ImageId);
  ec2.tags.delete(ImageId);
}
