import type { Disk, DiskRole, Inventory, Vm } from './assets.ts';
import { type Claim, diskOf } from './inventory.ts';
import type { SnapshotSet } from './snapshotSets.ts';
import type { DiskSpec } from './workstation.ts';

/** A disk that a workstation is known to have had. What exists and is remembered decides, not today's file. */
export interface Member {
  readonly name: string;
  readonly role: DiskRole;
  /** The live disk; undefined when it is away or lost. */
  readonly live: Disk | undefined;
  /** What is left of it where its content is positively gone: a record that remembers. */
  readonly record: Disk | undefined;
  /** What the file says of it; undefined once it has been taken out of the file. */
  readonly spec: DiskSpec | undefined;
}

export interface Membership {
  /** Boot disk first, then in the file's order, then the rest by name. */
  readonly members: readonly Member[];
  /** Configured, nowhere remembered: drift, made by `apply`. */
  readonly fresh: readonly DiskSpec[];
  /** Configured, and never sealed since `create` was cut off: the same command goes on. */
  readonly unmade: readonly DiskSpec[];
  /** The list on the boot disk, where there is one. */
  readonly sealed: readonly string[] | undefined;
  /** The disk that boots by what the assets remember; by the file where they remember nothing. */
  readonly boot: string;
  /** Two disks that both say that they boot. */
  readonly bootConflict: boolean;
}

function attachedNames(vm: Vm, claim: Claim): string[] {
  const identities = claim.workstation.disks.map((disk) => ({
    workstation: claim.workstation.name,
    disk: disk.name,
  }));
  return vm.attachments.flatMap((attachment) => {
    const identity = claim.scheme.parseDisk(attachment.diskName, identities);
    return identity === undefined ? [] : [identity.disk];
  });
}

/**
 * Whether a guest could have written to it. Where the provider tells nothing, the boot disk decides: it is made first, and
 * the list of members is written onto it before a VM is made.
 */
function isUsed({ status, lastWritable }: Disk, bootDisk: Disk | undefined): boolean {
  if (status === 'changing' || lastWritable.kind === 'never') return false;
  return lastWritable.kind !== 'unknown' || bootDisk === undefined;
}

export function membershipOf(
  inventory: Inventory,
  claim: Claim,
  newest: SnapshotSet | undefined,
): Membership {
  const { disks: specs } = claim.workstation;
  const live = new Map<string, Disk>();
  const records = new Map<string, Disk>();
  for (const disk of inventory.disks) {
    const name = diskOf(disk, claim);
    if (name !== undefined) (disk.status === 'gone' ? records : live).set(name, disk);
  }
  const known = new Map([...records, ...live]);
  const boots = [...known].filter(([, disk]) => disk.labels.role === 'boot');
  const bootDisk = boots[0]?.[1];
  const sealed = bootDisk?.labels.members;

  const remembered = new Set(known.keys());
  for (const vm of inventory.vms) for (const name of attachedNames(vm, claim)) remembered.add(name);
  if (sealed !== undefined) {
    // The list on a live boot disk is younger than any set: a disk that `apply --remove-disk` let go is in the set still.
    for (const name of sealed) remembered.add(name);
  } else if (newest !== undefined) {
    for (const name of newest.byDisk.keys()) remembered.add(name);
  }
  const labelled =
    [...known.values()].some((disk) => disk.labels.workstation !== undefined) ||
    inventory.snapshots.some((snapshot) => snapshot.labels.workstation !== undefined);
  const anything = remembered.size > 0;
  // Assets without labels are judged by their names and the file: the file is then the membership.
  if (anything && !labelled) for (const spec of specs) remembered.add(spec.name);

  // Once the VM exists, a set was taken, or a guest could write, all disks existed: what is missing is lost, not unmade.
  const wasWhole =
    sealed !== undefined ||
    inventory.vms.length > 0 ||
    inventory.snapshots.length > 0 ||
    inventory.disks.some((disk) => isUsed(disk, bootDisk));
  const attachedBoot = inventory.vms
    .flatMap((vm) => vm.attachments)
    .find((attachment) => attachment.boot)?.diskId;
  const boot =
    boots[0]?.[0] ??
    (labelled ? newest?.boot : undefined) ??
    [...known].find(([, disk]) => disk.id === attachedBoot)?.[0] ??
    specs[0].name;
  // A boot disk that is gone with all its labels was still a member: every workstation has one.
  if (anything && wasWhole) remembered.add(boot);
  const missing = specs.filter((spec) => !remembered.has(spec.name));

  const rank = (name: string) => {
    if (name === boot) return -1;
    const index = specs.findIndex((spec) => spec.name === name);
    return index === -1 ? specs.length : index;
  };
  return {
    members: [...remembered]
      .sort((left, right) => rank(left) - rank(right) || (left < right ? -1 : 1))
      .map((name) => ({
        name,
        role: name === boot ? 'boot' : 'data',
        live: live.get(name),
        record: live.has(name) ? undefined : records.get(name),
        spec: specs.find((spec) => spec.name === name),
      })),
    fresh: wasWhole ? missing : [],
    unmade: anything && !wasWhole ? missing : [],
    sealed,
    boot,
    bootConflict: boots.length > 1,
  };
}
