import type { TagSpecification } from '@aws-sdk/client-ec2';
import { type Desk, modelId, REGION } from './ec2World.ts';
import { allows, type Policy, type Wish } from './policy.ts';
import { Ec2Refusal } from './refusal.ts';

/** What the parameters of the calls name, as far as it is a resource. */
interface Input {
  readonly ImageId?: string;
  readonly InstanceId?: string;
  readonly InstanceIds?: readonly string[];
  readonly VolumeId?: string;
  readonly SnapshotId?: string;
  readonly LaunchTemplateId?: string;
  readonly AllocationId?: string;
  readonly KeyName?: string;
  readonly Resources?: readonly string[];
  readonly Tags?: readonly { readonly Key?: string; readonly Value?: string }[];
  readonly BlockDeviceMappings?: readonly { readonly Ebs?: { readonly SnapshotId?: string } }[];
  readonly TagSpecifications?: readonly TagSpecification[];
}

type Subject =
  /** One that is to be there: what is not has no tags, so that a policy which asks for one does not allow it. */
  { readonly there: string } | { readonly made: string } | { readonly any: string };

const there = (id = ''): Subject => ({ there: id });
const made = (type: string): Subject => ({ made: type });
const instances = ({ InstanceIds = [] }: Input) => InstanceIds.map((id) => there(id));
const mapped = ({ BlockDeviceMappings = [] }: Input) =>
  BlockDeviceMappings.flatMap(({ Ebs }) => (Ebs?.SnapshotId === undefined ? [] : [there(Ebs.SnapshotId)]));

/**
 * What a call has to be allowed on. https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html;
 * where that leaves it open whether a resource counts, it counts.
 */
const subjects: Readonly<Record<string, (input: Input, desk: Desk) => readonly Subject[]>> = {
  RunInstances: (input) => [
    there(input.ImageId),
    made('instance'),
    made('volume'),
    { any: 'network-interface' },
    { any: 'security-group' },
    { any: 'subnet' },
    ...(input.KeyName === undefined ? [] : [{ any: 'key-pair' }]),
    ...mapped(input),
  ],
  StartInstances: instances,
  StopInstances: instances,
  TerminateInstances: instances,
  GetConsoleOutput: ({ InstanceId }) => [there(InstanceId)],
  ModifyInstanceAttribute: ({ InstanceId = '', BlockDeviceMappings }, { world, ec2 }) => {
    const id = modelId(InstanceId) ?? '';
    const held = BlockDeviceMappings === undefined ? [] : [...(ec2.instances.get(id)?.devices.keys() ?? [])];
    return [
      there(InstanceId),
      ...held
        .filter((disk) => world.disks.has(disk))
        .map((disk) => there(`vol-${disk.slice('disk-'.length).padStart(17, '0')}`)),
    ];
  },
  CreateVolume: ({ SnapshotId }) => [
    made('volume'),
    ...(SnapshotId === undefined ? [] : [there(SnapshotId)]),
  ],
  DeleteVolume: ({ VolumeId }) => [there(VolumeId)],
  ModifyVolume: ({ VolumeId }) => [there(VolumeId)],
  AttachVolume: ({ VolumeId, InstanceId }) => [there(VolumeId), there(InstanceId)],
  DetachVolume: ({ VolumeId, InstanceId }) => [there(VolumeId), there(InstanceId)],
  CreateSnapshot: ({ VolumeId }) => [there(VolumeId), made('snapshot')],
  DeleteSnapshot: ({ SnapshotId }) => [there(SnapshotId)],
  RegisterImage: (input) => [made('image'), ...mapped(input)],
  DeregisterImage: ({ ImageId }) => [there(ImageId)],
  CreateLaunchTemplate: () => [made('launch-template')],
  CreateLaunchTemplateVersion: ({ LaunchTemplateId }) => [there(LaunchTemplateId)],
  DeleteLaunchTemplate: ({ LaunchTemplateId }) => [there(LaunchTemplateId)],
  CreateTags: ({ Resources = [] }) => Resources.map((id) => there(id)),
  DeleteTags: ({ Resources = [] }) => Resources.map((id) => there(id)),
  AssociateAddress: ({ InstanceId }) => [
    { any: 'elastic-ip' },
    { any: 'network-interface' },
    there(InstanceId),
  ],
};

const typeByPrefix: Readonly<Record<string, string>> = {
  i: 'instance',
  vol: 'volume',
  snap: 'snapshot',
  ami: 'image',
  lt: 'launch-template',
};

/** Everything that a call has to be allowed, in the order in which EC2 would say that it is not. */
function wishesOf(desk: Desk, name: string, input: Input): Wish[] {
  const action = `ec2:${name}`;
  if (name.startsWith('Describe')) return [{ action, arn: '*', context: {} }];
  const find = subjects[name];
  if (find === undefined) throw new Error(`the fake does not know on what ${name} has to be allowed`);
  const arn = (type: string, id: string) => `arn:aws:ec2:${REGION}:${desk.account}:${type}/${id}`;
  const tagWishes = (input.TagSpecifications ?? []).map(({ ResourceType = '', Tags = [] }): Wish => ({
    action: 'ec2:CreateTags',
    arn: arn(ResourceType, '*'),
    context: { ...tagContext('Request', Tags), 'ec2:CreateAction': name },
  }));
  return [
    ...find(input, desk).map((subject): Wish => {
      if ('any' in subject) return { action, arn: arn(subject.any, 'any'), context: {} };
      if ('made' in subject) {
        const tags = input.TagSpecifications?.find(({ ResourceType }) => ResourceType === subject.made)?.Tags;
        return { action, arn: arn(subject.made, '*'), context: tagContext('Request', tags ?? []) };
      }
      const { there: id } = subject;
      const tags = desk.ec2.tags.get(modelId(id) ?? '') ?? desk.ec2.tags.get(id) ?? new Map<string, string>();
      const told = [...tags].map(([Key, Value]) => ({ Key, Value }));
      return {
        action,
        arn: arn(typeByPrefix[id.split('-')[0] ?? ''] ?? 'unknown', id),
        context: { ...tagContext('Resource', told), ...tagContext('Request', input.Tags ?? []) },
      };
    }),
    ...tagWishes,
  ];
}

function tagContext(
  kind: 'Request' | 'Resource',
  tags: readonly { readonly Key?: string | undefined; readonly Value?: string | undefined }[],
): Record<string, string> {
  return Object.fromEntries(tags.map(({ Key = '', Value = '' }) => [`aws:${kind}Tag/${Key}`, Value]));
}

/** Refuses what the policy of the caller does not allow, before anything else is looked at. */
export function authorize(
  desk: Desk,
  policy: Policy,
  name: string,
  input: Readonly<Record<string, unknown>>,
): void {
  const denied = wishesOf(desk, name, input as Input).find((wish) => !allows(policy, wish));
  if (denied === undefined) return;
  throw new Ec2Refusal(
    'UnauthorizedOperation',
    `You are not authorized to perform this operation. User: arn:aws:iam::${desk.account}:user/ann is not authorized to perform: ${denied.action} on resource: ${denied.arn} because no identity-based policy allows the ${denied.action} action`,
    403,
  );
}
