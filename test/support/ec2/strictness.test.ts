import { EC2 } from '@aws-sdk/client-ec2';
import { describe, expect, it, vi } from 'vitest';
import type { ErrorCode } from '../../../src/core/errors.ts';
import type { Datacenter } from '../datacenter/datacenter.ts';
import { type ClientOptions, Killed } from '../datacenter/client.ts';
import { DataLost } from '../datacenter/oracle.ts';
import {
  ACCOUNT,
  apiBuckets,
  createEc2Datacenter,
  DEBIAN_OWNER,
  type Ec2Options,
  OTHER_ACCOUNT,
  REGION,
} from './ec2World.ts';
import { ec2Face } from './ec2Face.ts';
import { credentials } from './openEc2.ts';
import { inProcess, serveEc2 } from './transports.ts';

const ZONE = `${REGION}a`;

/** The SDK's own client, without any of the adapter's manners. */
function connect(datacenter: Datacenter, options: ClientOptions = {}): EC2 {
  const face = ec2Face(datacenter.connect(options), () => datacenter.world);
  return new EC2({
    region: REGION,
    endpoint: 'http://ec2.test',
    credentials,
    requestHandler: inProcess(face),
    maxAttempts: 1,
  });
}

function open(options: Ec2Options = {}): { readonly datacenter: Datacenter; readonly ec2: EC2 } {
  const datacenter = createEc2Datacenter(options);
  return { datacenter, ec2: connect(datacenter) };
}

async function codeOf(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => 'no error',
    (error: unknown) => (error instanceof Error ? error.name : String(error)),
  );
}

async function imageId(ec2: EC2, name = 'debian-13-amd64-20260201'): Promise<string> {
  const { Images } = await ec2.describeImages({
    Owners: [DEBIAN_OWNER],
    Filters: [{ Name: 'name', Values: [name] }],
  });
  return Images?.[0]?.ImageId ?? '';
}

const one = {
  MinCount: 1,
  MaxCount: 1,
  InstanceType: 't3.small',
  Placement: { AvailabilityZone: ZONE },
} as const;

async function run(ec2: EC2, more: Partial<Parameters<EC2['runInstances']>[0]> = {}) {
  const { Instances } = await ec2.runInstances({ ...one, ImageId: await imageId(ec2), ...more });
  const [instance] = Instances ?? [];
  if (instance?.InstanceId === undefined) throw new Error('nothing was launched');
  return { ...instance, InstanceId: instance.InstanceId };
}

async function volume(ec2: EC2, more: Partial<Parameters<EC2['createVolume']>[0]> = {}): Promise<string> {
  const made = await ec2.createVolume({ AvailabilityZone: ZONE, Size: 8, VolumeType: 'gp3', ...more });
  return made.VolumeId ?? '';
}

describe('the fake of EC2 refuses', () => {
  it('actions and parameters that there are none of, and those that it has no notion of', async () => {
    const datacenter = createEc2Datacenter();
    const face = ec2Face(datacenter.connect(), () => datacenter.world);
    const code = async (body: string) => {
      const answer = await face(body);
      return answer === 'lost' ? answer : /<Code>(.*?)<\/Code>/.exec(answer.body)?.[1];
    };
    expect(await code('Action=DescribeVolumes&Version=2016-11-15')).toBeUndefined();
    expect(await code('Action=DescribeVolumes&Version=2015-01-01')).toBe('NoSuchVersion');
    expect(await code('Action=DescribeWishes&Version=2016-11-15')).toBe('InvalidAction');
    expect(await code('Action=RebootInstances&Version=2016-11-15&InstanceId.1=i-1')).toBe('InvalidAction');
    expect(await code('Action=DescribeVolumes&Version=2016-11-15&Wish=3')).toBe('UnknownParameter');
    expect(await code('Action=CreateVolume&Version=2016-11-15&Iops=3000')).toBe('UnsupportedOperation');
    expect(await code('Action=CreateVolume&Version=2016-11-15&Size=many')).toBe('InvalidParameterValue');
    expect(
      await code('Action=DescribeVolumes&Version=2016-11-15&Filter.1.Name=wish&Filter.1.Value.1=x'),
    ).toBe('InvalidParameterValue');
    expect(await code('Action=DescribeVolumes&Version=2016-11-15&MaxResults=2')).toBe(
      'InvalidParameterValue',
    );
  });

  it('one token for two wishes, and gives the dead for a token of the dead', async () => {
    const { datacenter, ec2 } = open();
    datacenter.world.contents.letGo.add('');
    const first = await volume(ec2, { ClientToken: 'a' });
    expect(await volume(ec2, { ClientToken: 'a' })).toBe(first);
    expect(await codeOf(volume(ec2, { ClientToken: 'a', Size: 9 }))).toBe('IdempotentParameterMismatch');
    const { InstanceId } = await run(ec2, { ClientToken: 'b' });
    expect((await run(ec2, { ClientToken: 'b' })).InstanceId).toBe(InstanceId);
    expect(await codeOf(run(ec2, { ClientToken: 'b', InstanceType: 't3.large' }))).toBe(
      'IdempotentParameterMismatch',
    );
    await ec2.terminateInstances({ InstanceIds: [InstanceId] });
    const again = await run(ec2, { ClientToken: 'b' });
    expect(again).toMatchObject({ InstanceId, State: { Name: 'pending' } });
    await ec2.deleteVolume({ VolumeId: first });
    expect(await volume(ec2, { ClientToken: 'a' })).toBe(first);
  });

  it('what is in the wrong state', async () => {
    const { ec2 } = open({
      quirks: { durations: { createDiskMs: 1000, snapshotMs: 1000, startMs: 1000, stopMs: 1000 } },
    });
    const id = await volume(ec2);
    expect(await codeOf(ec2.createSnapshot({ VolumeId: id }))).toBe('IncorrectState');
    expect(await codeOf(ec2.deleteVolume({ VolumeId: id }))).toBe('IncorrectState');
    const { InstanceId } = await run(ec2);
    const InstanceIds = [InstanceId];
    expect(await codeOf(ec2.stopInstances({ InstanceIds }))).toBe('IncorrectInstanceState');
    expect(
      await codeOf(ec2.modifyInstanceAttribute({ InstanceId, InstanceType: { Value: 't3.large' } })),
    ).toBe('IncorrectInstanceState');
  });

  it('disks of another zone, of another VM, at a slot that is taken, and roots of running VMs', async () => {
    const { ec2 } = open();
    const { InstanceId } = await run(ec2);
    const far = await volume(ec2, { AvailabilityZone: `${REGION}b` });
    const near = await volume(ec2);
    const attach = (VolumeId: string, Device = '/dev/sdf') =>
      codeOf(ec2.attachVolume({ VolumeId, InstanceId, Device }));
    expect(await attach(far)).toBe('InvalidVolume.ZoneMismatch');
    expect(await attach(near, '/dev/xvda')).toBe('InvalidParameterValue');
    expect(await attach(near)).toBe('no error');
    expect(await attach(near, '/dev/sdg')).toBe('VolumeInUse');
    expect(await codeOf(ec2.deleteVolume({ VolumeId: near }))).toBe('VolumeInUse');
    const root = (
      await ec2.describeVolumes({ Filters: [{ Name: 'status', Values: ['in-use'] }] })
    ).Volumes?.find(({ VolumeId }) => VolumeId !== near)?.VolumeId;
    expect(await codeOf(ec2.detachVolume({ VolumeId: root ?? '' }))).toBe('OperationNotPermitted');
    expect(await codeOf(ec2.detachVolume({ VolumeId: far }))).toBe('IncorrectState');
  });

  it('another root in the mapping of an image, a root that is too small, and an image of the wrong kind', async () => {
    const { ec2 } = open();
    const { SnapshotId } = await ec2.createSnapshot({ VolumeId: await volume(ec2) });
    const map = (Ebs: object) =>
      codeOf(run(ec2, { BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs }] }));
    expect(await map({ SnapshotId })).toBe('InvalidBlockDeviceMapping');
    expect(await map({ VolumeSize: 1 })).toBe('InvalidBlockDeviceMapping');
    expect(await codeOf(run(ec2, { InstanceType: 'm7g.large' }))).toBe('InvalidParameterValue');
    expect(await codeOf(run(ec2, { ImageId: 'ami-00000000000000000' }))).toBe('InvalidAMIID.NotFound');
    const register = (more: object) =>
      codeOf(
        ec2.registerImage({
          Name: 'mine',
          RootDeviceName: '/dev/xvda',
          BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { SnapshotId } }],
          ...more,
        }),
      );
    expect(await register({})).toBe('InvalidParameterCombination');
    expect(await register({ VirtualizationType: 'hvm' })).toBe('no error');
    expect(await register({ VirtualizationType: 'hvm' })).toBe('InvalidAMIName.Duplicate');
    expect(await codeOf(ec2.deleteSnapshot({ SnapshotId }))).toBe('InvalidSnapshot.InUse');
    const own = (await ec2.describeImages({ Owners: ['self'] })).Images?.[0];
    // Nobody said for what: it became i386.
    expect(own).toMatchObject({ Architecture: 'i386', EnaSupport: false });
    expect(await codeOf(run(ec2, { ImageId: own?.ImageId ?? '' }))).toBe('InvalidParameterValue');
  });

  it('too much, without room, without permission', async () => {
    const { datacenter, ec2 } = open({ quirks: { quota: { disks: 1 } } });
    expect(await codeOf(run(ec2, { DryRun: true }))).toBe('DryRunOperation');
    await volume(ec2);
    expect(await codeOf(volume(ec2))).toBe('VolumeLimitExceeded');
    expect(await codeOf(run(ec2))).toBe('VolumeLimitExceeded');
    const { locations, ec2: state } = datacenter.world;
    for (const location of locations) location.outOfCapacity = true;
    const roomy = open();
    for (const location of roomy.datacenter.world.locations) location.outOfCapacity = true;
    expect(await codeOf(run(roomy.ec2))).toBe('InsufficientInstanceCapacity');
    expect(roomy.datacenter.world.disks.size).toBe(0);
    state?.denied.add('CreateVolume');
    expect(await codeOf(volume(ec2))).toBe('UnauthorizedOperation');
    expect(await codeOf(volume(ec2, { DryRun: true }))).toBe('UnauthorizedOperation');
    if (state !== undefined) state.rejectsCredentials = true;
    expect(await codeOf(ec2.describeVolumes({}))).toBe('AuthFailure');
  });

  it('more calls than the buckets hold', async () => {
    const { ec2 } = open({ quirks: { throttle: { buckets: apiBuckets } } });
    const codes: string[] = [];
    for (let count = 0; count < 7; count += 1) codes.push(await codeOf(run(ec2)));
    expect(codes.slice(0, 5)).toEqual(Array.from({ length: 5 }, () => 'no error'));
    expect(codes.slice(5)).toEqual(['RequestLimitExceeded', 'RequestLimitExceeded']);
  });

  it('tags that are too long or too many', async () => {
    const { ec2 } = open();
    const Resources = [await volume(ec2)];
    const tag = (Tags: { Key: string; Value: string }[]) => codeOf(ec2.createTags({ Resources, Tags }));
    expect(await tag([{ Key: 'a', Value: 'x'.repeat(257) }])).toBe('InvalidParameterValue');
    expect(await tag([{ Key: 'aws:a', Value: 'x' }])).toBe('InvalidParameterValue');
    const many = Array.from({ length: 51 }, (_, index) => ({ Key: `key-${index}`, Value: '' }));
    expect(await tag(many)).toBe('TagLimitExceeded');
    expect(await tag(many.slice(0, 50))).toBe('no error');
    const unknown = { Resources: ['vol-00000000000000000'], Tags: [] };
    expect(await codeOf(ec2.createTags(unknown))).toBe('InvalidVolume.NotFound');
  });
});

describe('the fake of EC2 has every trap', () => {
  it('deletes the root along with its VM unless told otherwise, and takes silence for yes', async () => {
    const { datacenter, ec2 } = open();
    const { InstanceId } = await run(ec2);
    const kept = await volume(ec2);
    await ec2.attachVolume({ VolumeId: kept, InstanceId, Device: '/dev/sdf' });
    const flags = async () =>
      (
        await ec2.describeInstances({ InstanceIds: [InstanceId] })
      ).Reservations?.[0]?.Instances?.[0]?.BlockDeviceMappings?.map(({ Ebs }) => Ebs?.DeleteOnTermination);
    expect(await flags()).toEqual([true, false]);
    const say = (DeviceName: string, Ebs: object) =>
      ec2.modifyInstanceAttribute({ InstanceId, BlockDeviceMappings: [{ DeviceName, Ebs }] });
    await say('/dev/xvda', { DeleteOnTermination: false });
    expect(await flags()).toEqual([false, false]);
    await say('/dev/sdf', {});
    expect(await flags()).toEqual([false, true]);
    datacenter.oracle.letGo('', kept);
    datacenter.world.contents.letGo.add('');
    await ec2.terminateInstances({ InstanceIds: [InstanceId] });
    expect((await ec2.describeVolumes({})).Volumes).toHaveLength(1);
  });

  it('lists the dead for an hour, and the snapshots of the world', async () => {
    const { datacenter, ec2 } = open();
    datacenter.world.contents.letGo.add('');
    const { InstanceId } = await run(ec2);
    await ec2.terminateInstances({ InstanceIds: [InstanceId] });
    const listed = async () =>
      (await ec2.describeInstances({})).Reservations?.flatMap(({ Instances = [] }) => Instances) ?? [];
    expect(await listed()).toMatchObject([{ InstanceId, State: { Name: 'terminated' } }]);
    datacenter.advance(3_700_000);
    expect(await listed()).toEqual([]);
    expect((await ec2.describeSnapshots({})).Snapshots).not.toEqual([]);
    expect((await ec2.describeSnapshots({ OwnerIds: ['self'] })).Snapshots).toEqual([]);
  });

  it('takes the values of filters for patterns', async () => {
    const { ec2 } = open();
    for (const Value of ['dev', 'dev-2'])
      await volume(ec2, { TagSpecifications: [{ ResourceType: 'volume', Tags: [{ Key: 'Name', Value }] }] });
    const count = async (Value: string) =>
      (await ec2.describeVolumes({ Filters: [{ Name: 'tag:Name', Values: [Value] }] })).Volumes?.length;
    expect(await count('dev')).toBe(1);
    expect(await count('dev*')).toBe(2);
    expect(await count('d?v')).toBe(1);
  });

  it('answers in pages, of which one can be empty', async () => {
    const { ec2 } = open();
    for (let count = 0; count < 7; count += 1) await volume(ec2);
    const first = await ec2.describeVolumes({ MaxResults: 5 });
    expect(first.Volumes).toHaveLength(5);
    const second = await ec2.describeVolumes({ MaxResults: 5, NextToken: first.NextToken });
    expect(second.Volumes).toHaveLength(2);
    expect(second.NextToken).toBeUndefined();
    expect(await codeOf(ec2.describeVolumes({ MaxResults: 5, NextToken: 'made up' }))).toBe(
      'InvalidParameterValue',
    );
  });

  it('does not know for a while what was made a moment ago', async () => {
    const { datacenter, ec2 } = open({ quirks: { listLagMs: 5000 } });
    const id = await volume(ec2);
    const codes = new Set<string>();
    for (let count = 0; count < 30; count += 1)
      codes.add(await codeOf(ec2.describeVolumes({ VolumeIds: [id] })));
    expect([...codes].toSorted()).toEqual(['InvalidVolume.NotFound', 'no error']);
    datacenter.advance(6000);
    for (let count = 0; count < 10; count += 1)
      expect(await codeOf(ec2.describeVolumes({ VolumeIds: [id] }))).toBe('no error');
  });

  it('keeps accounts apart', async () => {
    const { datacenter, ec2 } = open();
    const id = await volume(ec2);
    const other = connect(datacenter, { account: OTHER_ACCOUNT });
    expect((await other.describeVolumes({})).Volumes).toEqual([]);
    expect(await codeOf(other.deleteVolume({ VolumeId: id }))).toBe('InvalidVolume.NotFound');
    expect((await ec2.describeVolumes({})).Volumes).toMatchObject([{ VolumeId: id, OwnerId: ACCOUNT }]);
  });

  it('is watched by the oracle, and killed like any other', async () => {
    const { datacenter, ec2 } = open();
    const { InstanceId } = await run(ec2);
    datacenter.advance(1000);
    // Its root goes along: nobody has cleared the flag.
    await expect(ec2.terminateInstances({ InstanceIds: [InstanceId] })).rejects.toBeInstanceOf(DataLost);
    datacenter.world.contents.letGo.add('');
    const dying = connect(datacenter, { faults: [{ call: 1, when: 'after', kind: 'kill' }] });
    await expect(volume(dying)).rejects.toBeInstanceOf(Killed);
    expect(datacenter.world.disks.size).toBe(1);
    const deaf = connect(datacenter, { faults: [{ call: 1, when: 'after', kind: 'error' }] });
    expect(await codeOf(volume(deaf))).toBe('Error');
    expect(datacenter.world.disks.size).toBe(2);
  });

  it('an error that EC2 would never make of it breaks no connection: it is a mistake of the fake', async () => {
    const { datacenter } = open();
    const struck = (code: ErrorCode) =>
      volume(connect(datacenter, { faults: [{ call: 1, when: 'before', kind: 'error', code }] }));
    for (const code of ['unreachable', 'timeout'] as const)
      await expect(struck(code)).rejects.toMatchObject({ code: 'ECONNRESET' });
    for (const code of ['refused', 'conflict', 'not-found', 'configuration'] as const)
      await expect(struck(code)).rejects.toThrow(
        'the fake of EC2 has no answer where the model says: cannot',
      );
    await expect(struck('interrupted')).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('over a socket', () => {
  it('it answers as it does in the process', async () => {
    const datacenter = createEc2Datacenter();
    const server = await serveEc2(ec2Face(datacenter.connect(), () => datacenter.world));
    const ec2 = new EC2({ region: REGION, endpoint: server.endpoint, credentials, maxAttempts: 1 });
    try {
      const id = await volume(ec2);
      expect((await ec2.describeVolumes({})).Volumes).toMatchObject([{ VolumeId: id }]);
      expect(await codeOf(ec2.deleteVolume({ VolumeId: 'vol-x' }))).toBe('InvalidVolume.Malformed');
    } finally {
      ec2.destroy();
      await server.close();
    }
  });

  it('tells of its own mistakes before it breaks the connection', async () => {
    const told = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    const server = await serveEc2(async () => {
      throw new Error('a mistake');
    });
    const ec2 = new EC2({ region: REGION, endpoint: server.endpoint, credentials, maxAttempts: 1 });
    try {
      await expect(ec2.describeVolumes({})).rejects.toMatchObject({ code: 'ECONNRESET' });
      expect(told.mock.calls.map(([text]) => String(text).split('\n')[0])).toEqual([
        'the fake of EC2 failed: Error: a mistake',
      ]);
    } finally {
      told.mockRestore();
      ec2.destroy();
      await server.close();
    }
  });
});
