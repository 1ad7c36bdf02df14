import type {
  Address,
  AssociateAddressRequest,
  AssociateAddressResult,
  DescribeAddressesRequest,
  DescribeAddressesResult,
  DescribeInstanceTypeOfferingsRequest,
  DescribeInstanceTypeOfferingsResult,
  DescribeInstanceTypesRequest,
  DescribeInstanceTypesResult,
  DescribeKeyPairsRequest,
  DescribeKeyPairsResult,
  DescribeSecurityGroupsRequest,
  DescribeSecurityGroupsResult,
  DescribeSubnetsRequest,
  DescribeSubnetsResult,
  InstanceTypeInfo,
  InstanceTypeOffering,
  KeyPairInfo,
  SecurityGroup,
  Subnet,
  _InstanceType,
} from '@aws-sdk/client-ec2';
import { assetById, type Desk, wireId } from './ec2World.ts';
import { chosen, filtered, paged } from './filters.ts';
import { Ec2Refusal } from './refusal.ts';
import { zoneOfSubnet } from './runInstances.ts';

/** What can be had where, and what an account has from its beginning. */

function addresses({ ec2 }: Desk): Address[] {
  return [...ec2.addresses].map(([AllocationId, vmId]) => ({
    AllocationId,
    PublicIp: '198.51.100.7',
    ...(vmId !== undefined && { InstanceId: wireId(vmId) }),
  }));
}

export function describeAddresses(
  desk: Desk,
  { AllocationIds }: DescribeAddressesRequest,
): DescribeAddressesResult {
  const all = addresses(desk);
  const idOf = ({ AllocationId = '' }: Address) => AllocationId;
  return { Addresses: [...chosen(all, AllocationIds, idOf, 'InvalidAllocationID')] };
}

export function associateAddress(desk: Desk, input: AssociateAddressRequest): AssociateAddressResult {
  const { world, ec2 } = desk;
  const vm = assetById(desk, world.vms, input.InstanceId, 'InvalidInstanceID');
  const [address] = chosen(
    addresses(desk),
    [input.AllocationId ?? ''],
    ({ AllocationId = '' }) => AllocationId,
    'InvalidAllocationID',
  );
  if (
    address?.InstanceId !== undefined &&
    address.InstanceId !== input.InstanceId &&
    input.AllowReassociation !== true
  )
    throw new Ec2Refusal(
      'Resource.AlreadyAssociated',
      `resource ${input.AllocationId} is already associated`,
    );
  if (vm.settling !== undefined)
    throw new Ec2Refusal(
      'IncorrectInstanceState',
      `The pending instance '${input.InstanceId}' is not in a valid state`,
    );
  ec2.addresses.set(input.AllocationId ?? '', vm.id);
  return { AssociationId: 'eipassoc-0123456789abcdef0' };
}

export function describeInstanceTypeOfferings(
  desk: Desk,
  input: DescribeInstanceTypeOfferingsRequest,
): DescribeInstanceTypeOfferingsResult {
  const { world, ec2 } = desk;
  if (input.LocationType !== 'availability-zone')
    throw new Ec2Refusal('InvalidParameterValue', 'the fake knows zones only');
  const zones = world.locations.filter(({ region }) => region === ec2.region).map(({ name }) => name);
  const all = [...ec2.types].flatMap(([type, known]) =>
    zones
      .filter((zone) => known.zones === undefined || known.zones.includes(zone))
      .map((Location): InstanceTypeOffering => ({
        InstanceType: type as _InstanceType,
        LocationType: 'availability-zone',
        Location,
      })),
  );
  const kept = filtered(
    desk,
    all,
    input.Filters,
    {
      'instance-type': ({ InstanceType }) => InstanceType,
      location: ({ Location }) => Location,
    },
    () => '',
  );
  const { items, NextToken } = paged(kept, input, world.quirks.pageSize);
  return { InstanceTypeOfferings: [...items], ...(NextToken !== undefined && { NextToken }) };
}

export function describeInstanceTypes(
  desk: Desk,
  input: DescribeInstanceTypesRequest,
): DescribeInstanceTypesResult {
  const { ec2, world } = desk;
  const infos = [...ec2.types].map(([type, { architectures, storeGB }]): InstanceTypeInfo => ({
    InstanceType: type as _InstanceType,
    ProcessorInfo: { SupportedArchitectures: [...architectures] as ('x86_64' | 'arm64')[] },
    InstanceStorageSupported: storeGB !== undefined,
    ...(storeGB !== undefined && { InstanceStorageInfo: { TotalSizeInGB: storeGB } }),
  }));
  const unknown = input.InstanceTypes?.find((type) => !ec2.types.has(type));
  if (unknown !== undefined)
    throw new Ec2Refusal(
      'InvalidInstanceType',
      `The following supplied instance types do not exist: [${unknown}]`,
    );
  if (input.InstanceTypes !== undefined && input.MaxResults !== undefined)
    throw new Ec2Refusal(
      'InvalidParameterCombination',
      'MaxResults and instance types may not be specified on the same request',
    );
  if ((input.MaxResults ?? 0) > 100)
    throw new Ec2Refusal('InvalidParameterValue', `Value (${input.MaxResults}) for maxResults is invalid`);
  const some = infos.filter(
    ({ InstanceType }) => input.InstanceTypes?.some((type) => type === InstanceType) ?? true,
  );
  const typeOf = ({ InstanceType }: InstanceTypeInfo): string => InstanceType ?? '';
  const kept = filtered(desk, some, input.Filters, { 'instance-type': typeOf }, () => '');
  const { items, NextToken } = paged(kept, input, world.quirks.pageSize);
  return { InstanceTypes: [...items], ...(NextToken !== undefined && { NextToken }) };
}

export function describeSecurityGroups(
  desk: Desk,
  input: DescribeSecurityGroupsRequest,
): DescribeSecurityGroupsResult {
  const all: SecurityGroup[] = [
    {
      GroupId: 'sg-00000000000000001',
      GroupName: 'default',
      OwnerId: desk.account,
      Description: 'default VPC security group',
    },
  ];
  const idOf = ({ GroupId = '' }: SecurityGroup) => GroupId;
  const some = chosen(all, input.GroupIds, idOf, 'InvalidGroup');
  return {
    SecurityGroups: filtered(desk, some, input.Filters, { 'group-name': ({ GroupName }) => GroupName }, idOf),
  };
}

export function describeSubnets(desk: Desk, input: DescribeSubnetsRequest): DescribeSubnetsResult {
  const all = ['a', 'b'].map((letter): Subnet => {
    const SubnetId = `subnet-0000000000000000${letter}`;
    return { SubnetId, AvailabilityZone: zoneOfSubnet(SubnetId) ?? '', OwnerId: desk.account };
  });
  return { Subnets: [...chosen(all, input.SubnetIds, ({ SubnetId = '' }) => SubnetId, 'InvalidSubnetID')] };
}

export function describeKeyPairs(
  { ec2 }: Desk,
  { KeyNames = [] }: DescribeKeyPairsRequest,
): DescribeKeyPairsResult {
  const pairs = KeyNames.map((KeyName): KeyPairInfo => {
    if (!ec2.keyPairs.has(KeyName))
      throw new Ec2Refusal('InvalidKeyPair.NotFound', `The key pair '${KeyName}' does not exist`);
    return { KeyName };
  });
  return { KeyPairs: pairs };
}
