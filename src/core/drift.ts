import type { Vm } from './assets.ts';
import type { Membership } from './membership.ts';
import { settingsDigest } from './names.ts';
import type { SnapshotSet } from './snapshotSets.ts';
import { formatApart, formatBytes, formatExactBytes } from './units.ts';
import { type Size, sameSize, type Workstation } from './workstation.ts';

export type DriftKind =
  | 'size'
  | 'location'
  | 'settings'
  | 'disk-type'
  | 'disk-grown'
  | 'disk-shrunk'
  | 'disk-new'
  | 'disk-removed'
  | 'boot-order';

/** Where the inventory differs from the file although the state is normal. */
export interface Drift {
  readonly kind: DriftKind;
  readonly disk?: string;
  readonly sentence: string;
  /** What mends it: the command to type, or the words to write into the file. */
  readonly mend: string;
}

export function describeSize(size: Size): string {
  return 'machineType' in size ? size.machineType : `${size.cpus} cpu, ${formatBytes(size.memoryBytes)}`;
}

/**
 * What the file wants otherwise. A dessicated workstation has only its disks' sizes and their number to differ in: the
 * rest takes effect when it is rehydrated. What does not exist has no member to differ in.
 */
export function driftOf(
  workstation: Workstation,
  state: 'ON' | 'OFF' | 'DESSICATED' | 'NOT_EXIST',
  vm: Vm | undefined,
  membership: Membership,
  newestSet: SnapshotSet | undefined,
): Drift[] {
  const { name } = workstation;
  const drift: Drift[] = [];
  // Most changes need it OFF somewhere: --stop stops it only where that is so.
  const stop = state === 'ON' ? ' --stop' : '';
  const cycle = `chews dessicate ${name}${stop}, then chews rehydrate ${name}`;
  if (vm !== undefined) {
    if (!sameSize(vm.size, workstation.size)) {
      const sentence = `its size is ${describeSize(vm.size)}, the file wants ${describeSize(workstation.size)}`;
      drift.push({ kind: 'size', sentence, mend: `chews resize ${name}${stop}` });
    }
    if (!workstation.locations.includes(vm.location)) {
      const sentence = `it lives in ${vm.location}, the file wants ${workstation.locations.join(' or ')}`;
      drift.push({ kind: 'location', sentence, mend: cycle });
    }
    // What bears no labels of ours was not made by us, and nothing tells what it was made with.
    if (vm.labels.workstation !== undefined && vm.labels.settings !== settingsDigest(workstation)) {
      const sentence = 'its VM was made with other settings than the file has';
      drift.push({ kind: 'settings', sentence, mend: cycle });
    }
  }
  if (membership.boot !== workstation.disks[0].name) {
    const sentence = `it boots from ${membership.boot}, the file lists ${workstation.disks[0].name} first`;
    drift.push({
      kind: 'boot-order',
      sentence,
      mend: `list ${membership.boot} first in the file`,
    });
  }
  for (const { name: disk, live, spec } of membership.members) {
    if (spec === undefined) {
      const sentence = `disk ${disk} exists and is no longer in the file`;
      drift.push({
        kind: 'disk-removed',
        disk,
        sentence,
        mend: `chews apply ${name}${stop} --remove-disk ${disk}`,
      });
      continue;
    }
    const sizeBytes = live?.sizeBytes ?? newestSet?.byDisk.get(disk)?.sizeBytes;
    if (sizeBytes !== undefined && sizeBytes !== spec.sizeBytes) {
      const grown = spec.sizeBytes > sizeBytes;
      const [has, wants] = formatApart(sizeBytes, spec.sizeBytes);
      drift.push({
        kind: grown ? 'disk-grown' : 'disk-shrunk',
        disk,
        sentence: `disk ${disk} has ${has}, the file wants ${wants}${grown ? '' : ', and a disk cannot shrink'}`,
        mend: !grown
          ? `write size: ${formatExactBytes(sizeBytes)} for ${disk} in the file`
          : state === 'DESSICATED'
            ? `chews rehydrate ${name}`
            : `chews apply ${name}${stop}`,
      });
    }
    if (live !== undefined && live.type !== spec.type) {
      const sentence = `disk ${disk} is of type ${live.type}, the file wants ${spec.type}`;
      drift.push({ kind: 'disk-type', disk, sentence, mend: cycle });
    }
  }
  for (const { name: disk } of membership.fresh) {
    const sentence = `disk ${disk} is in the file and not made yet`;
    drift.push({
      kind: 'disk-new',
      disk,
      sentence,
      mend:
        state === 'DESSICATED'
          ? `chews rehydrate ${name} --off, then chews apply ${name}`
          : `chews apply ${name}${stop}`,
    });
  }
  return drift;
}
