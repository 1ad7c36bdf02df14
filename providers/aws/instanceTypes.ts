import type { Instance, InstanceTypeInfo } from '@aws-sdk/client-ec2';
import { cut } from '../../src/core/printable.ts';
import { pages, type Told } from './look.ts';
import { type Attempt, type Ec2, refusal } from './place.ts';
import { SCRATCH } from './tags.ts';

/** What EC2 says of instance types. It does not change, so that a process asks once for each. */
export interface InstanceTypes {
  /** Those of them that the region knows. */
  told(types: readonly string[], on: Attempt): Promise<ReadonlyMap<string, InstanceTypeInfo>>;
}

/** EC2 takes so many values in one filter. */
const MOST_VALUES = 200;

export function openInstanceTypes(ec2: Ec2): InstanceTypes {
  const known = new Map<string, InstanceTypeInfo>();
  return {
    told: async (types, on) => {
      const missing = [...new Set(types)].filter((type) => !known.has(type));
      for (let start = 0; start < missing.length; start += MOST_VALUES) {
        // By a filter: one that is named as such and not known refuses the whole call.
        const Filters = [{ Name: 'instance-type', Values: missing.slice(start, start + MOST_VALUES) }];
        const infos = await pages(on, 'instance types', async (NextToken) => {
          const page = await ec2.read('describeInstanceTypes', { Filters, MaxResults: 100, NextToken }, on);
          return { items: page.InstanceTypes, next: page.NextToken };
        });
        for (const info of infos) known.set(info.InstanceType ?? '', info);
      }
      return known;
    },
  };
}

/**
 * Whether a VM of the type has drives of its host's, which EC2 erases at every stop; no list of disks shows them.
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-store-lifetime.html
 */
export function hasInstanceStore(info: InstanceTypeInfo | undefined): boolean {
  // What is not told was not read.
  return info?.InstanceStorageSupported ?? true;
}

/** Whether something that nobody gave up is on an instance store: an instance that is off has nothing on it any more. */
export function mayHoldStore({ raw, tags }: Told<Instance>): boolean {
  return raw.State?.Name !== 'stopped' && raw.State?.Name !== 'terminated' && tags[SCRATCH] === undefined;
}

/** safety.md 11: refused with the reason before the first step, unless told knowingly. */
export async function checkStop(types: InstanceTypes, instance: Told<Instance>, on: Attempt): Promise<void> {
  if (!mayHoldStore(instance)) return;
  const type = instance.raw.InstanceType ?? '';
  if (!hasInstanceStore((await types.told([type], on)).get(type))) return;
  throw refusal(
    'refused',
    `${on.attempt}: what is on its instance store would be lost, as ${cut(type)} loses it at every stop`,
    `Copy what has to stay onto a disk of the workstation, then shut the VM down from within; or say that all of it may go: aws ec2 create-tags --resources ${instance.id} --tags Key=${SCRATCH},Value=true`,
  );
}

/** A size with an instance store wants to be told that nothing on it lasts, before anything is. */
export function checkStoreOf(info: InstanceTypeInfo | undefined, isScratch: boolean, on: Attempt): void {
  if (isScratch || !hasInstanceStore(info)) return;
  throw refusal(
    'configuration',
    `${on.attempt}: ${info?.InstanceType ?? 'its size'} has an instance store, which loses all that is on it at every stop`,
    'Write instance-store: scratch where nothing on it has to last, or take a size without one',
  );
}
