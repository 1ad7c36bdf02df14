import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import {
  AttachVolumeCommand,
  DescribeVolumesCommand,
  DetachVolumeCommand,
  EC2Client,
  RunInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { openAws } from '../../providers/aws/aws.ts';
import type { Disk } from '../../src/core/assets.ts';
import type { ProviderContext } from '../../src/core/provider.ts';
import { IMAGE_ID, REGION, resetMoto } from '../moto/moto.ts';
import { ec2Owner } from './ec2Owner.ts';
import type { Deviation, Subject, SubjectKind } from './subject.ts';

/** moto has no states that last and no lists that lag: a sleep moves the clock on, and takes no time. */
function impatientContext(): ProviderContext {
  let skippedMs = 0;
  return {
    env: process.env,
    homeFolder: '/nonexistent',
    configFolder: '/nonexistent',
    nowMs: () => Date.now() + skippedMs,
    drawId: () => randomBytes(16).toString('hex'),
    sleep: async (milliseconds, signal) => {
      skippedMs += milliseconds;
      await delay(1, undefined, signal && { signal });
    },
  };
}

async function makeProvider(endpoint: string): Promise<Subject> {
  await resetMoto(endpoint);
  const owner = new EC2Client({ region: REGION, endpoint });
  const open = () => openAws({ region: REGION, endpoint }, impatientContext(), { answers: async () => true });
  const writes = new Map<string, number>();
  return {
    provider: await open(),
    connect: open,
    location: `${REGION}a`,
    badLocation: 'no-such-place',
    size: { machineType: 't3.small' },
    otherSize: { machineType: 't3.large' },
    image: IMAGE_ID,
    bootSource: { from: 'image', image: IMAGE_ID },
    diskType: 'gp3',
    otherDiskType: 'gp2',
    // moto says of every image that it is of 15 GB.
    diskBytes: 16 * 1024 ** 3,
    // A guest of another VM: what of its writing can be seen at EC2 is that the disk was attached in between.
    writeContent: async ({ id }: Disk) => {
      const { Instances } = await owner.send(
        new RunInstancesCommand({ ImageId: IMAGE_ID, MinCount: 1, MaxCount: 1 }),
      );
      const InstanceId = Instances?.[0]?.InstanceId ?? '';
      const holding = { InstanceId, VolumeId: id, Device: '/dev/sdf' };
      await owner.send(new AttachVolumeCommand(holding));
      writes.set(id, (writes.get(id) ?? 0) + 1);
      await owner.send(new DetachVolumeCommand(holding));
      await owner.send(new TerminateInstancesCommand({ InstanceIds: [InstanceId] }));
    },
    // moto keeps no bytes: a disk that was never restored holds what was written to it here, of others nothing can be told.
    readContent: async ({ id }) => {
      const { Volumes } = await owner.send(new DescribeVolumesCommand({ VolumeIds: [id] }));
      if (Volumes?.[0]?.SnapshotId) throw new Error('moto keeps no bytes');
      return `${id}, written ${writes.get(id) ?? 0} times`;
    },
    ...ec2Owner(owner),
    // It is this computer's clock. Its lists show everything at once: there is no lag to be waited for.
    advance: (milliseconds) => delay(Math.min(milliseconds, 2000)),
    cleanup: async () => owner.destroy(),
  };
}

/** The real adapter and the real SDK, over HTTP, on somebody else's idea of EC2. */
export function motoSubject(endpoint: string, deviations: readonly Deviation[]): SubjectKind {
  return {
    name: 'aws, on moto',
    makeProvider: () => makeProvider(endpoint),
    lastWritable: 'while-attached',
    contentVersions: false,
    deviations,
  };
}
