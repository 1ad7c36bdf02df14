import {
  ec2Like,
  gceLike,
  gceWire,
  localLike,
  plain,
  presets,
  type Quirks,
} from '../support/datacenter/quirks.ts';
import { ec2Quirks } from '../support/ec2/ec2World.ts';

/** What takes no time in the presets takes a while here: runs then meet assets that are still changing. */
const durations = { createDiskMs: 3_000, snapshotMs: 60_000, startMs: 5_000, stopMs: 20_000 };

const ec2Wire: Quirks = { ...ec2Quirks, wire: 'ec2' };

const ec2 = { ...ec2Like, bootsLiveDisks: false };

export type Kinds = readonly (readonly [name: string, quirks: Quirks])[];

/** The kinds of cloud that the rules must hold on, whole. */
export const kinds: Kinds = [
  ['plain', plain],
  ['localLike', localLike],
  ['gceLike', gceLike],
  ['ec2Like', ec2],
  ['localLike, slow', { ...localLike, durations }],
  ['gceLike, slow', { ...gceLike, durations }],
  ['ec2Like, slow', { ...ec2, durations }],
];

/** The same with a real adapter on top, which speaks a cloud's own wire format with the datacenter. */
export const adapterKinds = {
  gcp: [
    ['gcp', gceWire],
    ['gcp, slow', { ...gceWire, durations }],
  ],
  aws: [
    ['aws', ec2Wire],
    ['aws, slow', { ...ec2Wire, durations }],
  ],
} as const satisfies Readonly<Record<string, Kinds>>;

export type Adapter = keyof typeof adapterKinds;

/** All that there are. Where nothing tells whether a loose disk was written to, more is asked of its owner; nothing is lost. */
export const allKinds: Kinds = Object.entries(presets);

export function quirksOf(name: string): Quirks {
  const found = [...kinds, ...adapterKinds.gcp, ...adapterKinds.aws].find(([kind]) => kind === name)?.[1];
  if (found === undefined) throw new Error(`there is no kind of cloud ${name}`);
  return found;
}
