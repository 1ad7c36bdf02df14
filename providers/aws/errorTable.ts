import { ChewsError, type Effect, type ErrorCode } from '../../src/core/errors.ts';
import { cut } from '../../src/core/printable.ts';

/** The services of AWS that are asked, as users know them. */
export type Service = 'EC2' | 'SSM';

/** What one of their error codes means to a user. */
export interface ErrorRow {
  readonly code: ErrorCode;
  /** Goes behind `cannot <verb> <kind> <name>: `; the service's own sentence where it says more than we could. */
  readonly why?: string | ((said: string, service: Service) => string);
  readonly remedy?: string;
  /** The same call may succeed a little later. */
  readonly retryable?: boolean;
  /** 'none' where it is not given: it was refused before anything was done. */
  readonly effect?: Effect;
}

const login = 'Log in again (aws sso login), or check AWS_PROFILE and the provider’s profile in the file.';
const quota =
  'Ask AWS for more under Service Quotas, or delete what is not needed: chews status shows what there is.';

const credentials = (why: string): ErrorRow => ({ code: 'credentials', why, remedy: login });
const limit = (what: string): ErrorRow => ({
  code: 'quota',
  why: `the account may have no more ${what}`,
  remedy: quota,
});
const missing = (what: string): ErrorRow => ({ code: 'not-found', why: `EC2 knows no such ${what}` });
const wrong: ErrorRow = { code: 'configuration' };
const throttled: ErrorRow = {
  code: 'unreachable',
  why: (_, service) => `${service} is asked for too much at once`,
  retryable: true,
};
const outage: ErrorRow = {
  code: 'unreachable',
  why: (_, service) => `${service} has trouble of its own`,
  retryable: true,
  effect: 'maybe',
};
const noCapacity: ErrorRow = {
  code: 'no-capacity',
  why: noCapacityWhy,
  remedy: 'Try again later, name further zones under location, or another size.',
};
const denied: ErrorRow = {
  code: 'permission',
  why: deniedWhy,
  remedy: 'Ask whoever administers the account for it, or check that the profile is the right one.',
};
const busy: ErrorRow = { code: 'busy', retryable: true };

/** Every code that chews can meet. What is not in it is told in the service's own words. */
export const errorTable: Readonly<Record<string, ErrorRow>> = {
  AuthFailure: credentials('AWS does not accept the credentials'),
  ExpiredToken: credentials('the login has expired'),
  ExpiredTokenException: credentials('the login has expired'),
  RequestExpired: {
    code: 'credentials',
    why: 'the login has expired, or the clock of this computer is wrong',
    remedy: login,
  },
  SignatureDoesNotMatch: credentials('the secret key does not fit the access key'),
  // The same of services that speak JSON: https://docs.aws.amazon.com/systems-manager/latest/APIReference/CommonErrors.html
  InvalidSignatureException: credentials('the secret key does not fit the access key'),
  InvalidClientTokenId: credentials('AWS does not know the access key'),
  UnrecognizedClientException: credentials('AWS does not know the access key'),
  CredentialsProviderError: {
    code: 'credentials',
    why: 'no credentials were found',
    remedy:
      'Log in (aws configure, or aws sso login), or check AWS_PROFILE and the provider’s profile in the file.',
  },
  TokenProviderError: credentials('the login has expired'),
  OptInRequired: {
    code: 'permission',
    why: 'the account is not signed up for EC2',
    remedy: 'Finish the sign-up of the account, or name another region.',
  },
  PendingVerification: {
    code: 'permission',
    why: 'AWS is still verifying the account',
    remedy: 'This takes up to four hours; then run the command again.',
  },
  Blocked: { code: 'permission', why: 'AWS has blocked the account', remedy: 'Ask AWS Support.' },
  UnauthorizedOperation: denied,
  AccessDeniedException: denied,

  RequestLimitExceeded: throttled,
  Throttling: throttled,
  ThrottlingException: throttled,
  EC2ThrottledException: throttled,
  // Fifteen pending snapshots of a volume type, or five of one volume: they end by themselves.
  ConcurrentSnapshotLimitExceeded: { ...throttled, why: 'too many snapshots are being taken at once' },
  SnapshotCreationPerVolumeRateExceeded: {
    ...throttled,
    why: 'the last snapshot of this disk is only seconds old',
  },

  InternalError: outage,
  InternalFailure: outage,
  InternalServerError: outage,
  Unavailable: outage,
  ServiceUnavailable: outage,
  RequestTimeout: outage,

  InsufficientInstanceCapacity: noCapacity,
  InsufficientHostCapacity: noCapacity,
  InsufficientReservedInstanceCapacity: noCapacity,
  InsufficientCapacity: noCapacity,
  InsufficientVolumeCapacity: noCapacity,
  SpotMaxPriceTooLow: noCapacity,
  // Not here, in this zone: another zone of the list may have it.
  Unsupported: noCapacity,

  InstanceLimitExceeded: limit('instances'),
  VcpuLimitExceeded: limit('vCPUs of this kind'),
  MaxSpotInstanceCountExceeded: limit('spot instances'),
  // clouds.md: "After VolumeLimitExceeded the volume may exist."
  VolumeLimitExceeded: { ...limit('disks'), effect: 'maybe' },
  MaxIOPSLimitExceeded: limit('provisioned IOPS'),
  SnapshotLimitExceeded: limit('snapshots'),
  AttachmentLimitExceeded: limit('disks on this VM'),
  AddressLimitExceeded: limit('elastic addresses'),
  ResourceLimitExceeded: limit('of this'),
  TagLimitExceeded: limit('tags on this'),

  'InvalidInstanceID.NotFound': missing('VM'),
  'InvalidInstanceID.Malformed': missing('VM'),
  'InvalidVolume.NotFound': missing('disk'),
  'InvalidVolumeID.Malformed': missing('disk'),
  'InvalidVolume.Malformed': missing('disk'),
  'InvalidSnapshot.NotFound': missing('snapshot'),
  'InvalidSnapshotID.Malformed': missing('snapshot'),
  'InvalidSnapshot.Malformed': missing('snapshot'),
  'InvalidAMIID.NotFound': missing('image'),
  'InvalidAMIID.Malformed': missing('image'),
  'InvalidAMIID.Unavailable': missing('image'),
  InvalidID: missing('asset'),
  'InvalidLaunchTemplateId.NotFound': missing('lease'),
  'InvalidLaunchTemplateName.NotFoundException': missing('lease'),

  'InvalidKeyPair.NotFound': {
    code: 'configuration',
    why: 'the account has no such key pair in this region',
    remedy: 'Name another under key-name, or leave it out and write ssh-key.',
  },
  'InvalidGroup.NotFound': { code: 'configuration', why: 'there is no such security group' },
  'InvalidGroupId.Malformed': { code: 'configuration', why: 'that is no security group’s id' },
  'InvalidSubnetID.NotFound': { code: 'configuration', why: 'there is no such subnet' },
  'InvalidZone.NotFound': { code: 'configuration', why: 'the region has no such zone' },
  InvalidParameterValue: wrong,
  InvalidParameterCombination: wrong,
  InvalidParameter: wrong,
  MissingParameter: wrong,
  MissingInput: wrong,
  UnknownParameter: wrong,
  InvalidInstanceType: { code: 'configuration', why: 'the region has no such size' },
  InvalidInstanceAttributeValue: wrong,
  InvalidBlockDeviceMapping: wrong,
  UnknownVolumeType: { code: 'configuration', why: 'there is no such disk type' },
  InvalidFilter: wrong,
  ParameterNotFound: { code: 'configuration', why: 'the region has no such parameter' },
  VPCIdNotSpecified: {
    code: 'configuration',
    why: 'the account has no default network in this region',
    remedy: 'Name a subnet under subnet.',
  },
  MissingSubnet: {
    code: 'configuration',
    why: 'the zone has no default subnet',
    remedy: 'Name one under subnet.',
  },
  InsufficientFreeAddressesInSubnet: { code: 'quota', why: 'the subnet has no free address' },
  DefaultVpcDoesNotExist: {
    code: 'configuration',
    why: 'the account has no default network',
    remedy: 'Name a subnet under subnet.',
  },

  'Resource.AlreadyAssociated': {
    code: 'conflict',
    why: 'another VM has the address',
    remedy: 'Take it from that VM, or name another under elastic-address.',
  },
  'InvalidAllocationID.NotFound': {
    code: 'configuration',
    why: 'the account has no such address in this region',
  },
  IncorrectInstanceState: busy,
  IncorrectState: busy,
  IncorrectModificationState: {
    code: 'busy',
    why: 'an earlier change of the disk is not over yet',
    remedy: 'Run the command again in some hours: EC2 changes a disk once in six hours.',
  },
  VolumeModificationRateExceeded: {
    code: 'busy',
    why: 'the disk was changed less than six hours ago',
    remedy: 'Run the command again when they are over.',
  },
  VolumeInUse: { code: 'refused', why: 'the disk is attached to a VM' },
  'InvalidVolume.ZoneMismatch': { code: 'refused', why: 'the disk and the VM are in different zones' },
  'InvalidSnapshot.InUse': {
    code: 'refused',
    why: 'an image rests on the snapshot',
    remedy: 'Deregister the image, if nobody needs it.',
  },
  OperationNotPermitted: {
    code: 'refused',
    why: 'EC2 does not permit it: the VM is protected, or runs from this disk',
    remedy: 'A protection against termination or stopping is switched off in the console.',
  },
  IdempotentParameterMismatch: {
    code: 'conflict',
    why: 'the same was asked for a moment ago in another way',
    remedy: 'Run the command again: it looks first.',
  },
  'InvalidAMIName.Duplicate': { code: 'conflict', why: 'there is an image of that name' },
  'InvalidLaunchTemplateName.AlreadyExistsException': {
    code: 'conflict',
    why: 'there is a lease of that name',
  },
  UnsupportedOperation: { code: 'refused' },
};

const keyRow: ErrorRow = {
  code: 'permission',
  why: 'EC2 cannot use the encryption key: it is switched off, or its policy does not allow it',
  remedy: 'Enable the key in KMS, or name another under encryption-key.',
};

/** Why an instance ended that EC2 had accepted (`StateReason`), by its code. */
const endReasons: Readonly<Record<string, ErrorRow>> = {
  'Server.InsufficientInstanceCapacity': noCapacity,
  'Client.VolumeLimitExceeded': limit('disks'),
  'Client.InvalidKMSKey.InvalidState': keyRow,
  'Client.InvalidKMSKey.NotFound': keyRow,
};

/** Of an instance that was accepted and did not come up: nothing of it is left. */
export function launchFailure(
  attempt: string,
  { Code = '', Message = '' }: { readonly Code?: string | undefined; readonly Message?: string | undefined },
): ChewsError {
  const row = Object.hasOwn(endReasons, Code) ? endReasons[Code] : undefined;
  const said = Message === '' ? '' : ` (${cut(Message, 300)})`;
  const why =
    row === undefined ? `EC2 accepted it, and it did not come up${said}` : whyOf(row, Message, 'EC2');
  return new ChewsError(row?.code ?? 'failed', `${attempt}: ${why}`, {
    effect: 'none',
    ...(row?.remedy !== undefined && { remedy: row.remedy }),
  });
}

/** Its sentences name the zone, the type, and zones that have room, and go on for long. */
function noCapacityWhy(said: string): string {
  const type = /sufficient (\S+\.\S+) capacity/.exec(said)?.[1];
  const zone = /requested \(([a-z0-9-]+)\)/.exec(said)?.[1];
  const others = /choosing ([a-z0-9-]+(?:, [a-z0-9-]+)*)/.exec(said)?.[1];
  if (zone === undefined) return inItsWords(said, 'EC2');
  const room = others === undefined ? '' : `; there is room in ${others}`;
  return `${zone} has no room${type === undefined ? '' : ` for ${type}`}${room}`;
}

function deniedWhy(said: string): string {
  const action = /\b(?:ec2|ssm):[A-Za-z]+/.exec(said)?.[0] ?? 'it';
  return `the policy of these credentials does not allow ${action}`;
}

function inItsWords(said: string, service: Service): string {
  return `${service} says: ${cut(said.replace(/[.\s]+$/, ''), 300)}`;
}

function whyOf({ why }: ErrorRow, said: string, service: Service): string {
  return typeof why === 'string' ? why : (why ?? inItsWords)(said, service);
}

/** The code of an error that a service answered with; undefined for anything else. */
export function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if (error.name === 'CredentialsProviderError' || error.name === 'TokenProviderError') return error.name;
  // What EC2 says it is becomes the name, and two of them would be no text.
  const name: unknown = '$metadata' in error && '$fault' in error ? error.name : undefined;
  return typeof name === 'string' ? name : undefined;
}

/** Whether a call was not let in because too much is asked for: it had no effect, and waiting helps. */
export function isThrottled(error: unknown): boolean {
  const code = ec2CodeOf(error) ?? '';
  const row = Object.hasOwn(errorTable, code) ? errorTable[code] : undefined;
  return row?.code === 'unreachable' && row.retryable === true && row.effect === undefined;
}

/** The code behind an error of ours. */
export function ec2CodeOf(error: unknown): string | undefined {
  return error instanceof ChewsError ? codeOf(error.cause) : undefined;
}

const connectionCodes = [
  'ECONNRESET',
  'ECONNREFUSED',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
];

/** Nothing of the request was sent. */
const unsentCodes = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'];

/**
 * An error of the SDK as an error for the user, `attempt` being `cannot <verb> <kind> <name>`. What is none of the network's
 * or the service's is given back as it is: a bug.
 */
export function translated(error: unknown, attempt: string, service: Service): unknown {
  if (!(error instanceof Error) || error instanceof ChewsError) return error;
  if (error.name === 'AbortError')
    return new ChewsError('interrupted', `${attempt}: interrupted`, { effect: 'maybe', cause: error });
  const code = codeOf(error);
  if (code !== undefined) return ofRow(rowOf(code, error), attempt, error, service);
  const network = connectionCode(error);
  if (network !== undefined) {
    const isUnsent = unsentCodes.includes(network);
    const why = isUnsent ? `${service} cannot be reached` : `the connection to ${service} was lost`;
    const sentence = network === 'ETIMEDOUT' ? `${service} does not answer` : `${why} (${network})`;
    return new ChewsError('unreachable', `${attempt}: ${sentence}`, {
      retryable: true,
      effect: isUnsent ? 'none' : 'maybe',
      cause: error,
      remedy: `Check the network, the region, and the endpoint where one is set (AWS_ENDPOINT_URL_${service}).`,
    });
  }
  // The SDK hides the raw answer under this key where it could not read it.
  if ('$response' in error || '$responseBodyText' in error || error instanceof SyntaxError) {
    return new ChewsError(
      'unreadable',
      `${attempt}: ${service}’s answer is not whole, or no answer of ${service}`,
      {
        retryable: true,
        effect: 'maybe',
        cause: error,
        remedy: `Run it again; where that does not help, look at what is between here and ${service}, such as a proxy.`,
      },
    );
  }
  return error;
}

function connectionCode(error: Error): string | undefined {
  if (error.name === 'TimeoutError') return 'ETIMEDOUT';
  const { code } = error as { readonly code?: unknown };
  return connectionCodes.find((known) => known === code);
}

function rowOf(code: string, error: Error): ErrorRow {
  const known = Object.hasOwn(errorTable, code) ? errorTable[code] : undefined;
  if (known !== undefined) return known;
  const { $metadata } = error as { readonly $metadata?: { readonly httpStatusCode?: number } };
  const status = $metadata?.httpStatusCode ?? 0;
  if (status >= 500) return outage;
  if (code.endsWith('.NotFound')) return { code: 'not-found' };
  if (code.endsWith('LimitExceeded')) return { code: 'quota', remedy: quota };
  return { code: 'failed' };
}

function ofRow(row: ErrorRow, attempt: string, error: Error, service: Service): ChewsError {
  // A mangled answer can have a message that is no text.
  return new ChewsError(row.code, `${attempt}: ${whyOf(row, String(error.message), service)}`, {
    retryable: row.retryable ?? false,
    effect: row.effect ?? 'none',
    cause: error,
    ...(row.remedy !== undefined && { remedy: row.remedy }),
  });
}
