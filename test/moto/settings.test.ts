import {
  AllocateAddressCommand,
  CreateKeyPairCommand,
  CreateSecurityGroupCommand,
  DescribeAddressesCommand,
  DescribeInstanceAttributeCommand,
  DescribeInstancesCommand,
  DescribeSubnetsCommand,
  EC2Client,
} from '@aws-sdk/client-ec2';
import { afterAll, expect, it } from 'vitest';
import { benchOf } from '../conformance/bench.ts';
import { motoSubject } from '../conformance/motoSubject.ts';
import { IMAGE_ID, motoEndpoint, REGION } from './moto.ts';

const endpoint = motoEndpoint();
const owner = new EC2Client({ region: REGION, endpoint });
afterAll(() => owner.destroy());

/** Things of the account's own, by the keys that name them in a file. */
async function ownThings(zone: string) {
  const { Subnets = [] } = await owner.send(new DescribeSubnetsCommand());
  const { SubnetId = '', VpcId } = Subnets.find(({ AvailabilityZone }) => AvailabilityZone === zone) ?? {};
  const group = new CreateSecurityGroupCommand({ GroupName: 'desks', Description: 'desks', VpcId });
  const { GroupId = '' } = await owner.send(group);
  await owner.send(new CreateKeyPairCommand({ KeyName: 'my-key' }));
  const { AllocationId = '' } = await owner.send(new AllocateAddressCommand({ Domain: 'vpc' }));
  return {
    subnet: SubnetId,
    'security-groups': [GroupId],
    'public-address': false,
    'key-name': 'my-key',
    'elastic-address': AllocationId,
    'user-data': '#!/bin/sh\ntrue\n',
    tags: { team: 'blue' },
  };
}

it('what the file says of a VM arrives, past chews', async () => {
  const subject = await motoSubject(endpoint, []).makeProvider();
  const { createVm, createBootDisk, apply } = benchOf(subject);
  const settings = await ownThings(subject.location);
  const image = 'self/debian-13-*';
  const source = { from: 'image', image } as const;
  const action = createVm([], { image, settings, makes: [createBootDisk({ source, settings })] });
  expect(await subject.provider.check([action])).toEqual([]);
  await apply(action);

  const { Reservations } = await owner.send(new DescribeInstancesCommand());
  const vm = Reservations?.[0]?.Instances?.[0];
  expect(vm).toMatchObject({
    ImageId: IMAGE_ID,
    KeyName: 'my-key',
    SubnetId: settings.subnet,
    MetadataOptions: { HttpTokens: 'required' },
    NetworkInterfaces: [{ Groups: [{ GroupId: settings['security-groups'][0] }] }],
  });
  expect(vm?.Tags).toContainEqual({ Key: 'team', Value: 'blue' });
  const { Addresses } = await owner.send(new DescribeAddressesCommand());
  expect(Addresses).toMatchObject([{ InstanceId: vm?.InstanceId }]);
  const asked = { InstanceId: vm?.InstanceId, Attribute: 'userData' } as const;
  const { UserData } = await owner.send(new DescribeInstanceAttributeCommand(asked));
  expect(Buffer.from(UserData?.Value ?? '', 'base64').toString()).toBe(settings['user-data']);
});
