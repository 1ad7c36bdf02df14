import { nearest } from '../../src/core/nearest.ts';
import { cut } from '../../src/core/printable.ts';
import type { SettingProblem } from '../../src/core/provider.ts';
import type { Settings, Workstation } from '../../src/core/workstation.ts';
import { whyNoParameter } from './imageParameters.ts';
import { parseImage } from './images.ts';
import { whyNoDisk, whyNoZone } from './settings.ts';
import { WHY_NO_SPOT } from './spot.ts';
import type { Tags } from './tags.ts';

/** The keys of a workstation that EC2 alone understands. */
export const workstationKeys = [
  'subnet',
  'security-groups',
  'public-address',
  'instance-profile',
  'key-name',
  'tags',
  'user-data',
  'elastic-address',
  'deletion-protection',
  'encryption-key',
  'instance-store',
  'spot',
] as const;

export interface WorkstationKeys {
  readonly subnet?: string;
  readonly securityGroups: readonly string[];
  /** Undefined: what the subnet does by itself. */
  readonly publicAddress?: boolean;
  readonly instanceProfile?: string;
  readonly keyName?: string;
  readonly tags: Tags;
  /** First boot only. */
  readonly userData?: string;
  /** An address of the account's own, by its allocation: the VM has it in every cycle. */
  readonly elasticAddress?: string;
  /** Nobody else terminates the VM by mistake: chews lifts it right before it does so itself. */
  readonly deletionProtection: boolean;
  readonly encryptionKey?: string;
  /** Told knowingly that nothing on an instance store has to last. */
  readonly isScratch: boolean;
}

/** What each key takes: the sentence says what is wrong with a value, undefined where nothing is. */
const judges: Readonly<Record<(typeof workstationKeys)[number], (value: unknown) => string | undefined>> = {
  subnet: (value) =>
    isId(value, 'subnet') ? undefined : 'subnet must be the id of a subnet: subnet-0123456789abcdef0',
  'security-groups': (value) =>
    Array.isArray(value) && value.length > 0 && value.every((group) => isId(group, 'sg'))
      ? undefined
      : 'security-groups must be a list of ids: [sg-0123456789abcdef0]',
  'public-address': (value) =>
    typeof value === 'boolean' ? undefined : 'public-address must be true or false',
  'instance-profile': (value) =>
    isText(value) ? undefined : 'instance-profile must be the name or the ARN of an instance profile',
  'key-name': (value) =>
    isText(value) ? undefined : 'key-name must be the name of a key pair of the account',
  tags: whyNoTags,
  'user-data': (value) => {
    if (!isText(value)) return 'user-data must be a text: a script or a #cloud-config';
    return Buffer.byteLength(value) > 16_000 ? 'user-data is too long: EC2 takes 16KB' : undefined;
  },
  'elastic-address': (value) =>
    isId(value, 'eipalloc')
      ? undefined
      : 'elastic-address must be the id of an allocation: eipalloc-0123456789abcdef0',
  'deletion-protection': (value) =>
    typeof value === 'boolean' ? undefined : 'deletion-protection must be true or false',
  'encryption-key': (value) =>
    isText(value)
      ? undefined
      : 'encryption-key must be the id, the alias or the ARN of a KMS key: alias/work',
  'instance-store': (value) =>
    value === 'scratch'
      ? undefined
      : 'instance-store must be scratch, which says that nothing on it has to last: it is lost at every stop',
  spot: (value) => (value === false ? undefined : WHY_NO_SPOT),
};

function whyNoTags(value: unknown): string | undefined {
  if (!isMapping(value)) return 'tags must map names to texts: {team: blue}';
  for (const [key, text] of Object.entries(value)) {
    if (key === 'Name' || key.startsWith('chews:')) return `tag ${cut(key)} is one that chews writes itself`;
    if (key.startsWith('aws:')) return `tag ${cut(key)} begins with aws:, which AWS keeps for itself`;
    if (key === '' || key.length > 127) return `tag ${cut(key)} must have 1 to 127 characters`;
    if (typeof text !== 'string' || text.length > 256)
      return `tag ${cut(key)} must be a text of at most 256 characters`;
  }
  // EC2 takes 50 on an asset; chews needs the others.
  return Object.keys(value).length > 15 ? 'tags can be at most 15' : undefined;
}

/** Mistakes in what EC2 alone can judge of a workstation. Pure. */
export function checkWorkstation(
  workstation: Workstation,
  settings: Readonly<Record<string, unknown>>,
): readonly SettingProblem[] {
  const problems: SettingProblem[] = [];
  const add = (path: SettingProblem['path'], message: string | undefined) => {
    if (message !== undefined) problems.push({ path, message });
  };
  add(['size'], whyNoSize(workstation));
  add(['image'], whyNoImage(workstation.image));
  const region = settings['region'];
  workstation.locations.forEach((location, index) => {
    if (typeof region === 'string') add(['locations', index], whyNoZone(location, region));
  });
  workstation.disks.forEach(({ type, sizeBytes }, index) => {
    const why = whyNoDisk(type, sizeBytes);
    add(['disks', index, why?.startsWith('unknown') === true ? 'type' : 'sizeBytes'], why);
  });
  for (const [key, value] of Object.entries(workstation.settings ?? {})) {
    const known = workstationKeys.find((name) => name === key);
    if (known !== undefined) {
      add([key], judges[known](value));
      continue;
    }
    const meant = nearest(key, workstationKeys);
    add([key], `unknown key ${cut(key)}${meant === undefined ? '' : `, did you mean ${meant}?`}`);
  }
  return problems;
}

function whyNoSize({ size }: Workstation): string | undefined {
  if (!('machineType' in size)) return 'a workstation on EC2 has an instance type as its size: t3.large';
  return /^[a-z0-9-]+\.[a-z0-9-]+$/.test(size.machineType)
    ? undefined
    : `${cut(size.machineType)} is no instance type: write t3.large`;
}

function whyNoImage(image: string): string | undefined {
  if (parseImage(image) !== undefined) return undefined;
  const whyNot = whyNoParameter(image);
  if (whyNot !== undefined) return whyNot;
  if (image.startsWith('ami-')) return `${cut(image)} is no image’s id: ami- and 17 digits from 0 to f`;
  return 'image must be ami-…, a public parameter, ssm:/aws/service/…, or an owner and a name: 136693071363/debian-13-amd64-* takes the newest of Debian';
}

/** To be called with what `checkWorkstation` found nothing wrong with; what is not understood is as if it were not there. */
export function readKeys(settings: Settings | undefined): WorkstationKeys {
  const value = (key: (typeof workstationKeys)[number]) => settings?.[key];
  const text = (key: (typeof workstationKeys)[number]) => {
    const found = value(key);
    return typeof found === 'string' ? found : undefined;
  };
  const subnet = text('subnet');
  const instanceProfile = text('instance-profile');
  const keyName = text('key-name');
  const userData = text('user-data');
  const encryptionKey = text('encryption-key');
  const elasticAddress = text('elastic-address');
  const publicAddress = value('public-address');
  const groups = value('security-groups');
  const tags = value('tags');
  return {
    securityGroups: Array.isArray(groups) ? groups.map(String) : [],
    tags: isMapping(tags)
      ? Object.fromEntries(Object.entries(tags).map(([key, one]) => [key, String(one)]))
      : {},
    deletionProtection: value('deletion-protection') === true,
    isScratch: value('instance-store') === 'scratch',
    ...(elasticAddress !== undefined && { elasticAddress }),
    ...(subnet !== undefined && { subnet }),
    ...(typeof publicAddress === 'boolean' && { publicAddress }),
    ...(instanceProfile !== undefined && { instanceProfile }),
    ...(keyName !== undefined && { keyName }),
    ...(userData !== undefined && { userData }),
    ...(encryptionKey !== undefined && { encryptionKey }),
  };
}

export function userTags({ tags }: WorkstationKeys): Tags {
  return tags;
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function isId(value: unknown, prefix: string): boolean {
  return typeof value === 'string' && new RegExp(`^${prefix}-([0-9a-f]{8}|[0-9a-f]{17})$`).test(value);
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
