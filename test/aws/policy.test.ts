import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EC2 } from '@aws-sdk/client-ec2';
import { SSM } from '@aws-sdk/client-ssm';
import { beforeAll, describe, expect, it } from 'vitest';
import { ChewsError, exitCodeOf } from '../../src/core/errors.ts';
import type { Goal } from '../../src/core/plan.ts';
import type { Workstation } from '../../src/core/workstation.ts';
import { forgeSnapshotProof } from '../support/forgeProof.ts';
import { ec2Face } from '../support/ec2/ec2Face.ts';
import { ACCOUNT, REGION } from '../support/ec2/ec2World.ts';
import { credentials } from '../support/ec2/openEc2.ts';
import type { World } from '../support/datacenter/world.ts';
import { parsePolicy } from '../support/ec2/policy.ts';
import { inProcess } from '../support/ec2/transports.ts';
import { command, type Ended, workstation } from './command.ts';
import { type Ec2Bench, ec2Bench, newDisk, ZONE } from './ec2Bench.ts';

const GiB = 1024 ** 3;
const root = join(import.meta.dirname, '..', '..');
const text = readFileSync(join(root, 'examples/aws-policy.json'), 'utf8');
interface Statement {
  readonly Sid: string;
  readonly Action: readonly string[];
}

const policy = JSON.parse(text) as { readonly Statement: readonly Statement[] };
/** Each action with each statement that allows it. */
const grants = policy.Statement.flatMap(({ Sid, Action }) => Action.map((action) => ({ Sid, action })));

/** The policy without one of its grants. */
function without({ Sid, action }: (typeof grants)[number]): string {
  const left = policy.Statement.map((statement) =>
    statement.Sid === Sid
      ? { ...statement, Action: statement.Action.filter((one) => one !== action) }
      : statement,
  );
  return JSON.stringify({ ...policy, Statement: left });
}

const consoleOutput = { Sid: 'UseAndDeleteWhatBearsOurTag', action: 'ec2:GetConsoleOutput' };

function benchUnder(policy: string): Ec2Bench {
  const bench = ec2Bench();
  bench.ec2.policy = parsePolicy(policy);
  return bench;
}

const first: Workstation = {
  ...workstation,
  image: 'ssm:/aws/service/debian/release/13/latest/amd64',
  settings: {
    'elastic-address': 'eipalloc-0123456789abcdef0',
    'key-name': 'ann',
    'deletion-protection': true,
  },
};
const larger: Workstation = { ...first, size: { machineType: 't3.large' } };
const [boot, data] = first.disks;
const more: Workstation = {
  ...larger,
  disks: [
    boot,
    { name: 'data', type: 'gp3', sizeBytes: 20 * GiB },
    { name: 'more', type: 'gp3', sizeBytes: 4 * GiB },
  ],
};
const less: Workstation = { ...larger, disks: [boot, { ...(data ?? boot), sizeBytes: 20 * GiB }] };
const unprotected: Workstation = { ...less, settings: { 'key-name': 'ann' } };

/** Everything that there is to do with a workstation, with what the file says at the time. */
const life: readonly (readonly [goal: Goal, file: Workstation])[] = [
  [{ kind: 'create', off: false }, first],
  [{ kind: 'down' }, first],
  [{ kind: 'resize', stop: false }, larger],
  [{ kind: 'up' }, larger],
  [{ kind: 'apply', stop: true, removeDisks: [] }, more],
  [{ kind: 'apply', stop: true, removeDisks: ['more'] }, less],
  [{ kind: 'dessicate', stop: true }, less],
  [{ kind: 'rehydrate', off: false }, unprotected],
  [{ kind: 'delete' }, unprotected],
];

/** As a policy names what a trace does. */
function actionOf(what: string): string {
  const [call = ''] = what.split(' ');
  return call === 'GetParameter' ? `ssm:${call}` : `ec2:${call}`;
}

/** What the world was like before a step of that life, and what the step called. */
interface Stage {
  readonly before: World;
  readonly called: ReadonlySet<string>;
}

interface Lived {
  readonly ended: Pick<Ended, 'code' | 'said'> | undefined;
  readonly hostKeys: readonly string[];
}

/** A disk from a snapshot beside a VM that is there, as `recover` makes one. */
async function restoreOne(bench: Ec2Bench): Promise<Lived['ended']> {
  const { provider } = await bench.open();
  const [snapshot] = (await provider.list()).snapshots;
  const source = { from: 'snapshot', snapshotId: snapshot?.id ?? '' } as const;
  const { sizeBytes = 0 } = snapshot ?? {};
  return provider.apply(newDisk('again', { source, sizeBytes })).then(
    () => undefined,
    (error: unknown) => {
      if (error instanceof ChewsError) return { code: error.code, said: error.message };
      throw error;
    },
  );
}

/** Lives from a step on until something fails. */
async function live(bench: Ec2Bench, from = 0, stages: Stage[] = []): Promise<Lived> {
  let hostKeys: readonly string[] = [];
  for (const [goal, file] of life.slice(from)) {
    const before = bench.datacenter.save();
    if (goal.kind === 'delete') {
      const refused = await restoreOne(bench);
      if (refused !== undefined) return { ended: refused, hostKeys };
      bench.datacenter.oracle.letGo('test');
    }
    const ended = await command(bench, goal, {}, file);
    if (ended.code !== undefined) return { ended, hostKeys };
    stages.push({ before, called: new Set(ended.trace.map(({ what }) => actionOf(what))) });
    bench.datacenter.advance(60_000);
    if (goal.kind !== 'create') continue;
    const { provider } = await bench.open();
    const [vm] = (await provider.list()).vms;
    hostKeys = vm === undefined ? [] : ((await provider.guest(vm))?.hostKeys ?? []);
  }
  return { ended: undefined, hostKeys };
}

const clientOptions = { region: REGION, endpoint: 'http://ec2.test', credentials, maxAttempts: 1 };

function ownerOf({ datacenter }: Ec2Bench): EC2 {
  const face = ec2Face(datacenter.connect(), () => datacenter.world);
  return new EC2({ ...clientOptions, requestHandler: inProcess(face) });
}

describe('the policy of the examples', () => {
  const stages: Stage[] = [];
  const whole = benchUnder(text);
  let lived: Lived;
  beforeAll(async () => {
    lived = await live(whole, 0, stages);
  });

  it('names what the adapter calls, and nothing else', () => {
    const namesIn = (file: string, pattern: RegExp) =>
      [...readFileSync(join(root, 'providers/aws', file), 'utf8').matchAll(pattern)].map(([, name]) => name);
    const calls = [
      ...namesIn('sdk.ts', /^ {2}\w+: (\w+)Command,$/gm).map((name) => `ec2:${name}`),
      ...namesIn('ssmSdk.ts', /new (\w+)Command\(/g).map((name) => `ssm:${name}`),
    ];
    const actions = new Set(grants.map(({ action }) => action));
    expect([...actions].toSorted()).toEqual(calls.toSorted());
  });

  it('is enough for all that is done with a workstation, and leaves nothing behind', async () => {
    expect(lived).toEqual({
      ended: undefined,
      hostKeys: [expect.stringContaining('ssh-ed25519')],
    });
    const { datacenter, ec2 } = whole;
    const own = [...ec2.images.values()].filter(({ ownerId }) => ownerId === ACCOUNT);
    expect([datacenter.world.vms.size, datacenter.world.disks.size, own.length, ec2.templates.size]).toEqual([
      0, 0, 0, 0,
    ]);
  });

  // Without it a user is asked for the host's key at the first connection.
  it('has one action that something is poorer without', async () => {
    expect(await live(benchUnder(without(consoleOutput)))).toEqual({ ended: undefined, hostKeys: [] });
  });

  it.each(grants.filter(({ action }) => action !== consoleOutput.action))(
    'cannot do without $action of $Sid, and says so',
    async (grant) => {
      // Up to the first step that calls it everything is as it was with the whole policy.
      const from = stages.findIndex(({ called }) => called.has(grant.action));
      const bench = ec2Bench();
      bench.datacenter.restore(stages[from]?.before ?? bench.datacenter.save());
      bench.ec2.policy = parsePolicy(without(grant));
      const { ended } = await live(bench, Math.max(from, 0));
      expect(ended?.code).toBe('permission');
      expect(exitCodeOf('permission')).toBe(4);
      const said = ended?.said.match(/the policy of these credentials does not allow \w+:\w+/g);
      expect(said).toEqual([`the policy of these credentials does not allow ${grant.action}`]);
    },
  );

  it('lets nobody touch what does not bear our tag, nor give it the tag', async () => {
    const bench = ec2Bench();
    await command(bench, { kind: 'create', off: true }, {});
    const owner = ownerOf(bench);
    const tag = { Key: 'team', Value: 'blue' };
    const { VolumeId = '' } = await owner.createVolume({
      AvailabilityZone: ZONE,
      Size: 1,
      VolumeType: 'gp3',
      TagSpecifications: [{ ResourceType: 'volume', Tags: [tag] }],
    });
    const { SnapshotId = '' } = await owner.createSnapshot({ VolumeId });
    const LaunchTemplateData = { UserData: 'e30=' };
    const { LaunchTemplate } = await owner.createLaunchTemplate({
      LaunchTemplateName: 'theirs',
      LaunchTemplateData,
    });
    const [id = ''] = bench.datacenter.world.vms.keys();
    bench.ec2.tags.get(id)?.delete('chews:workstation');
    const [vm] = (await owner.describeInstances({})).Reservations?.[0]?.Instances ?? [];
    const InstanceId = vm?.InstanceId ?? '';
    bench.ec2.policy = parsePolicy(text);
    const adopt = { Tags: [{ Key: 'chews:workstation', Value: 'test' }] };
    const attempts = [
      () => owner.deleteVolume({ VolumeId }),
      () => owner.modifyVolume({ VolumeId, Size: 2 }),
      () => owner.createTags({ Resources: [VolumeId], ...adopt }),
      () => owner.deleteTags({ Resources: [VolumeId], Tags: [tag] }),
      () => owner.createSnapshot({ VolumeId, TagSpecifications: [{ ResourceType: 'snapshot', ...adopt }] }),
      () => owner.deleteSnapshot({ SnapshotId }),
      () => owner.createTags({ Resources: [SnapshotId], ...adopt }),
      () => owner.deleteLaunchTemplate({ LaunchTemplateId: LaunchTemplate?.LaunchTemplateId }),
      () => owner.createVolume({ AvailabilityZone: ZONE, Size: 1, VolumeType: 'gp3' }),
      () => owner.startInstances({ InstanceIds: [InstanceId] }),
      () => owner.terminateInstances({ InstanceIds: [InstanceId] }),
      () => owner.createTags({ Resources: [InstanceId], ...adopt }),
      () => owner.modifyInstanceAttribute({ InstanceId, InstanceType: { Value: 't3.large' } }),
      () => owner.deregisterImage({ ImageId: [...bench.ec2.images.keys()][0] ?? '' }),
    ];
    const before = bench.datacenter.save();
    for (const attempt of attempts)
      await expect(attempt(), attempt.toString()).rejects.toMatchObject({ name: 'UnauthorizedOperation' });
    bench.datacenter.restore(before);
    expect([...bench.datacenter.world.disks.keys()]).toHaveLength(3);
  });

  it('lets nobody read what an account keeps in SSM itself', async () => {
    const { datacenter, ec2 } = benchUnder(text);
    ec2.parameters.set('/mine/password', { type: 'SecureString', value: 'secret', dataType: 'text' });
    const face = ec2Face(datacenter.connect(), () => datacenter.world);
    const owner = new SSM({ ...clientOptions, requestHandler: inProcess(face) });
    await expect(owner.getParameter({ Name: '/mine/password' })).rejects.toMatchObject({
      name: 'AccessDeniedException',
    });
    ec2.policy = undefined;
    expect((await owner.getParameter({ Name: '/mine/password' })).Parameter?.Value).toBe('secret');
  });

  it('makes of what is gone something that is not allowed, and a deletion of it ends well all the same', async () => {
    const bench = benchUnder(text);
    const { provider } = await bench.open();
    const owner = ownerOf(bench);
    await expect(owner.deleteVolume({ VolumeId: 'vol-0123456789abcdef0' })).rejects.toMatchObject({
      name: 'UnauthorizedOperation',
    });
    const snapshot = { id: 'snap-0123456789abcdef0', name: 'gone' };
    await provider.apply({ kind: 'delete-snapshot', snapshot, proof: forgeSnapshotProof(snapshot.id) });
  });
});

describe('the reading of a policy', () => {
  it.each([
    [{ Effect: 'Deny' }, 'the effect Deny'],
    [{ NotAction: 'ec2:RunInstances' }, 'NotAction in statement A'],
    [{ Action: 'ec2:*' }, 'the action ec2:*'],
    [{ Condition: { StringNotLike: {} } }, 'the condition StringNotLike'],
    [{ Condition: { StringLike: { 'aws:TagKeys': 'x' } } }, 'the key aws:TagKeys'],
  ])('refuses %j', (changes, what) => {
    const statement = { Sid: 'A', Effect: 'Allow', Action: 'ec2:RunInstances', Resource: '*', ...changes };
    const policy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
    expect(() => parsePolicy(policy)).toThrow(`the fake has no notion of ${what}`);
  });
});
