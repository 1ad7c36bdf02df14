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

/** Left to itself the SDK waits for as long as the system does for a connection, and for an answer for good. */
const IN_TIME = { connectionTimeout: 5000, throwOnRequestTimeout: true };
const CALL_MS = 30_000;
/** As long as nobody has answered anything there may be nobody. */
const FIRST_CALL_MS = 8000;

/** `noteDate` gets what the server's clock said in each answer. */
export function connectSdk(config: EC2ClientConfig, noteDate: (atMs: number) => void): RawCall {
  // Every repetition is decided by chews: the SDK repeats any HTTP 500, which is no matter of indifference (R8).
  const client = new EC2Client({ requestHandler: IN_TIME, ...config, maxAttempts: 1 });
  // Nobody reads its log; it prepares every answer for it, field by field.
  client.middlewareStack.remove('loggerMiddleware');
  let isAnswered = false;
  client.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      isAnswered = true;
      const { headers } = result.response as { readonly headers?: Readonly<Record<string, string>> };
      const atMs = Date.parse(headers?.['date'] ?? '');
      if (!Number.isNaN(atMs)) noteDate(atMs);
      return result;
    },
    { step: 'deserialize', priority: 'low', name: 'noteDate' },
  );
  return async (name, input, signal) => {
    const Command = commands[name] as new (input: unknown) => Parameters<typeof client.send>[0];
    const output: unknown = await client.send(new Command(input), {
      requestTimeout: isAnswered ? CALL_MS : FIRST_CALL_MS,
      ...(signal !== undefined && { abortSignal: signal }),
    });
    return output as CallOutput<typeof name>;
  };
}
