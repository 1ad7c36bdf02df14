import type { Tag } from '@aws-sdk/client-ec2';
import type { Labels } from '../../src/core/assets.ts';

/** Tags by their keys. */
export type Tags = Readonly<Record<string, string>>;

/** How long a value can be; EC2 takes 256 characters. */
const LONGEST_VALUE = 250;

/** Tags of ours that are no labels. */
export const NAME = 'Name';
/** The slot that a data disk has in its VM, through every cycle. */
export const DEVICE = 'chews:device';
/** What an image of a root disk must say to boot: see `BootFacts`. */
export const BOOT = 'chews:boot';
/** On a volume that came with its VM: the client token of that launch. */
export const LAUNCH = 'chews:launch';
/** On a VM: the tags of the disks that came with it, in pieces. */
export const MAKES = 'chews:makes';
/** On a VM: the private image that it was made from, until that is deregistered. */
export const TEMPORARY_IMAGE = 'chews:temporary-image';
/** On a private image: that it is ours to deregister. */
export const TEMPORARY = 'chews:temporary';
/** On a disk that was made from an image: the image as the file names it. */
export const IMAGE = 'chews:image';
/** On a VM: that chews protects it against termination, and may lift that. */
export const PROTECTED = 'chews:protected';
export const SSH_USER = 'chews:ssh-user';
/** On a VM: that nothing on its instance store has to last. */
export const SCRATCH = 'chews:scratch';

const keys = {
  workstation: 'chews:workstation',
  owner: 'chews:owner',
  disk: 'chews:disk',
  role: 'chews:role',
  set: 'chews:set',
  setIndex: 'chews:k',
  setSize: 'chews:n',
  clean: 'chews:clean',
  restoredFrom: 'chews:from',
  members: 'chews:members',
  putInto: 'chews:put-into',
  endOn: 'chews:end-on',
  deleting: 'chews:deleting',
  settings: 'chews:settings',
} as const satisfies Record<keyof Labels, string>;

/** A text of any length as the tags that hold it: `key`, `key-1`, `key-2`, … */
export function pieces(key: string, text: string): Record<string, string> {
  const tags: Record<string, string> = {};
  for (let start = 0, index = 0; start === 0 || start < text.length; start += LONGEST_VALUE, index += 1)
    tags[index === 0 ? key : `${key}-${index}`] = text.slice(start, start + LONGEST_VALUE);
  return tags;
}

export function joined(tags: Tags, key: string): string | undefined {
  const first = tags[key];
  if (first === undefined) return undefined;
  let text = first;
  for (let index = 1; ; index += 1) {
    const more = tags[`${key}-${index}`];
    if (more === undefined) return text;
    text += more;
  }
}

export function tagsOfLabels(labels: Labels): Record<string, string> {
  const { members, ...plain } = labels;
  const tags: Record<string, string> = {};
  for (const [key, value] of Object.entries(plain)) {
    if (value !== undefined) tags[keys[key as keyof typeof plain]] = String(value);
  }
  return members === undefined ? tags : { ...tags, ...pieces(keys.members, members.join(',')) };
}

/** What cannot be read is left out. */
export function labelsOfTags(tags: Tags): Labels {
  const text = <K extends keyof Labels>(key: K) =>
    tags[keys[key]] === undefined ? {} : { [key]: tags[keys[key]] };
  const count = (key: 'setIndex' | 'setSize') =>
    /^\d{1,6}$/.test(tags[keys[key]] ?? '') ? { [key]: Number(tags[keys[key]]) } : {};
  const flag = (key: 'clean' | 'endOn' | 'deleting') => {
    const value = tags[keys[key]];
    return value === 'true' || value === 'false' ? { [key]: value === 'true' } : {};
  };
  const role = tags[keys.role];
  const members = joined(tags, keys.members);
  return {
    ...text('workstation'),
    ...text('owner'),
    ...text('disk'),
    ...((role === 'boot' || role === 'data') && { role }),
    ...text('set'),
    ...count('setIndex'),
    ...count('setSize'),
    ...flag('clean'),
    ...text('restoredFrom'),
    ...(members !== undefined && { members: members === '' ? [] : members.split(',') }),
    ...text('putInto'),
    ...flag('endOn'),
    ...flag('deleting'),
    ...text('settings'),
  };
}

/** What has to be set and what has to go, so that labels change as asked; nothing where they are so already. */
export function tagChanges(
  there: Tags,
  labels: { readonly [key in keyof Labels]: Labels[key] | undefined },
): { readonly set: Tags; readonly remove: readonly string[] } {
  const set: Record<string, string> = {};
  const remove: string[] = [];
  for (const [key, value] of Object.entries(labels)) {
    const tag = keys[key as keyof Labels];
    const wanted = value === undefined ? {} : tagsOfLabels({ [key]: value });
    for (const [name, text] of Object.entries(wanted)) if (there[name] !== text) set[name] = text;
    const pieceOf = (name: string) => name === tag || (name.startsWith(`${tag}-`) && /-\d+$/.test(name));
    for (const name of Object.keys(there)) if (pieceOf(name) && !(name in wanted)) remove.push(name);
  }
  return { set, remove };
}

export function fromTagList(list: readonly Tag[] | undefined): Tags {
  return Object.fromEntries((list ?? []).map(({ Key = '', Value = '' }) => [Key, Value]));
}

export function toTagList(tags: Tags): Tag[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

/** Labels that say whose an asset is. The others come and go while it lives. */
const identity: readonly (keyof Labels)[] = [
  'workstation',
  'owner',
  'disk',
  'role',
  'set',
  'setIndex',
  'setSize',
];

export function sameIdentity(left: Labels, right: Labels): boolean {
  return identity.every((key) => left[key] === right[key]);
}

/** What the registration of an image needs to know of a root disk, as it was when a VM ran from it. */
export interface BootFacts {
  readonly architecture: string;
  readonly rootDevice: string;
  readonly ena: boolean;
  readonly bootMode?: string;
}

export function bootFactsTag(facts: BootFacts): Tags {
  return {
    [BOOT]: `${facts.architecture} ${facts.rootDevice} ${facts.ena ? 'ena' : 'no-ena'} ${facts.bootMode ?? '-'}`,
  };
}

export function bootFactsOf(tags: Tags): BootFacts | undefined {
  const [architecture, rootDevice, ena, bootMode] = (tags[BOOT] ?? '').split(' ');
  if (!architecture || !rootDevice?.startsWith('/dev/') || (ena !== 'ena' && ena !== 'no-ena'))
    return undefined;
  return {
    architecture,
    rootDevice,
    ena: ena === 'ena',
    ...(bootMode !== undefined && bootMode !== '-' && { bootMode }),
  };
}
