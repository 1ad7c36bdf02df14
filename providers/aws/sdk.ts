import {
  AssociateAddressCommand,
  AttachVolumeCommand,
  CreateLaunchTemplateCommand,
  CreateLaunchTemplateVersionCommand,
  CreateSnapshotCommand,
  CreateTagsCommand,
  CreateVolumeCommand,
  DeleteLaunchTemplateCommand,
  DeleteSnapshotCommand,
  DeleteTagsCommand,
  DeleteVolumeCommand,
  DeregisterImageCommand,
  DescribeAddressesCommand,
  DescribeImagesCommand,
  DescribeInstanceAttributeCommand,
  DescribeInstancesCommand,
  DescribeInstanceTypeOfferingsCommand,
  DescribeInstanceTypesCommand,
  DescribeKeyPairsCommand,
  DescribeLaunchTemplatesCommand,
  DescribeLaunchTemplateVersionsCommand,
  DescribeSecurityGroupsCommand,
  DescribeSnapshotsCommand,
  DescribeVolumesCommand,
  DetachVolumeCommand,
  EC2Client,
  type EC2ClientConfig,
  GetConsoleOutputCommand,
  ModifyInstanceAttributeCommand,
  ModifyVolumeCommand,
  RegisterImageCommand,
  RunInstancesCommand,
  StartInstancesCommand,
  StopInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { IN_TIME, mannerly } from './mannerly.ts';

/** The calls that chews makes, and no other. This file alone loads the SDK, and is itself loaded when a provider is opened. */
const commands = {
  associateAddress: AssociateAddressCommand,
  attachVolume: AttachVolumeCommand,
  createLaunchTemplate: CreateLaunchTemplateCommand,
  createLaunchTemplateVersion: CreateLaunchTemplateVersionCommand,
  createSnapshot: CreateSnapshotCommand,
  createTags: CreateTagsCommand,
  createVolume: CreateVolumeCommand,
  deleteLaunchTemplate: DeleteLaunchTemplateCommand,
  deleteSnapshot: DeleteSnapshotCommand,
  deleteTags: DeleteTagsCommand,
  deleteVolume: DeleteVolumeCommand,
  deregisterImage: DeregisterImageCommand,
  describeAddresses: DescribeAddressesCommand,
  describeImages: DescribeImagesCommand,
  describeInstanceAttribute: DescribeInstanceAttributeCommand,
  describeInstances: DescribeInstancesCommand,
  describeInstanceTypeOfferings: DescribeInstanceTypeOfferingsCommand,
  describeInstanceTypes: DescribeInstanceTypesCommand,
  describeKeyPairs: DescribeKeyPairsCommand,
  describeLaunchTemplates: DescribeLaunchTemplatesCommand,
  describeLaunchTemplateVersions: DescribeLaunchTemplateVersionsCommand,
  describeSecurityGroups: DescribeSecurityGroupsCommand,
  describeSnapshots: DescribeSnapshotsCommand,
  describeVolumes: DescribeVolumesCommand,
  detachVolume: DetachVolumeCommand,
  getConsoleOutput: GetConsoleOutputCommand,
  modifyInstanceAttribute: ModifyInstanceAttributeCommand,
  modifyVolume: ModifyVolumeCommand,
  registerImage: RegisterImageCommand,
  runInstances: RunInstancesCommand,
  startInstances: StartInstancesCommand,
  stopInstances: StopInstancesCommand,
  terminateInstances: TerminateInstancesCommand,
};

type Commands = typeof commands;
export type CallName = keyof Commands;
export type CallInput<K extends CallName> = ConstructorParameters<Commands[K]>[0];
/** What the SDK's own client answers to the command. */
export type CallOutput<K extends CallName> =
  InstanceType<Commands[K]> extends { resolveMiddleware: (...args: never[]) => infer H }
    ? H extends (...args: never[]) => Promise<{ output: infer O }>
      ? O
      : never
    : never;

/** One call, as it is: no retries, the SDK's own errors. */
export type RawCall = <K extends CallName>(
  name: K,
  input: CallInput<K>,
  signal: AbortSignal | undefined,
) => Promise<CallOutput<K>>;

/** A client of EC2, and what the clients of other services share with it. */
export interface Connection {
  readonly call: RawCall;
  /** Who asks, found out once, and how requests go out: the time limits and what is between here and AWS are the same for all. */
  readonly shared: Pick<EC2Client['config'], 'credentials' | 'requestHandler'>;
}

/** `noteDate` gets what the server's clock said in each answer. */
export function connectSdk(config: EC2ClientConfig, noteDate: (atMs: number) => void): Connection {
  // Every repetition is decided by chews: the SDK repeats any HTTP 500, which is no matter of indifference (R8).
  const client = new EC2Client({ requestHandler: IN_TIME, ...config, maxAttempts: 1 });
  const limitMs = mannerly(client.middlewareStack, (headers) => {
    const atMs = Date.parse(headers['date'] ?? '');
    if (!Number.isNaN(atMs)) noteDate(atMs);
  });
  const call: RawCall = async (name, input, signal) => {
    const Command = commands[name] as new (input: unknown) => Parameters<typeof client.send>[0];
    const output: unknown = await client.send(new Command(input), {
      requestTimeout: limitMs(),
      ...(signal !== undefined && { abortSignal: signal }),
    });
    return output as CallOutput<typeof name>;
  };
  const { credentials, requestHandler } = client.config;
  return { call, shared: { credentials, requestHandler } };
}
