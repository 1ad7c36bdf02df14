import type { CreateDisk, Ref } from './action.ts';
import type { Disk, Snapshot, Vm } from './assets.ts';
import { type Guard, pass } from './guard.ts';
import type { Member } from './membership.ts';
import type { Decision, PlanRequest } from './plan.ts';
import {
  type After,
  addSeal,
  addVm,
  addVmRelease,
  baseLabels,
  type Draft,
  diskName,
  draft,
  newDisk,
  placeOf,
  refOf,
  settingsOf,
} from './planParts.ts';
import { proveInSet } from './contentProofs.ts';
import { isOfSet, proveOnlyCopy } from './onlyCopy.ts';
import type { SnapshotSet } from './snapshotSets.ts';
import { formatApart } from './units.ts';

/** First-boot data can format whatever it finds (safety 8): it goes along only where no disk holds anything yet. */
export const firstBoot: readonly Guard<readonly Member[]>[] = [
  {
    name: 'disks-never-written',
    rule: 'R1',
    missing: (members) => {
      const used = members.find(({ live }) => live?.lastWritable.kind !== 'never');
      return used && `disk ${used.name} may have been written to`;
    },
  },
  {
    name: 'disks-not-restored',
    rule: 'R1',
    missing: (members) => {
      const restored = members.find(
        ({ live }) => live?.origin.from !== 'blank' && live?.origin.from !== 'image',
      );
      return restored && `disk ${restored.name} was made from a snapshot`;
    },
  },
];

/** All disks are blank or of an image, and no guest ever started on them. */
export function isNeverUsed({ situation }: PlanRequest): boolean {
  return pass(firstBoot, situation.membership.members, true).ok;
}

/** Nothing tells of a use of any disk, and none comes from a snapshot: as a cut-off `create` leaves them. */
export function isAsCreated({ situation }: PlanRequest): boolean {
  return situation.membership.members.every(
    ({ live }) =>
      (live?.lastWritable.kind === 'never' || live?.lastWritable.kind === 'unknown') &&
      (live.origin.from === 'blank' || live.origin.from === 'image'),
  );
}

/** Why disks cannot be made of a set as the file wants them: a disk cannot shrink, nor another one boot. */
export function restoreProblem(request: PlanRequest, set: SnapshotSet | undefined): string | undefined {
  const { situation, claim } = request;
  const { boot } = situation.membership;
  if (set === undefined) return 'there is no snapshot set';
  if (claim.workstation.disks[0].name !== boot) {
    return `it boots from ${boot}, and the file lists ${claim.workstation.disks[0].name} first`;
  }
  for (const [disk, snapshot] of set.byDisk) {
    const spec = claim.workstation.disks.find((candidate) => candidate.name === disk);
    if (spec !== undefined && spec.sizeBytes < snapshot.sizeBytes) {
      const [has, wants] = formatApart(snapshot.sizeBytes, spec.sizeBytes);
      return `disk ${disk} has ${has} and the file wants ${wants}: a disk cannot shrink`;
    }
  }
  return undefined;
}

/** A disk as its snapshot has it, of the size and type that the file wants by now. */
function restoredDisk(request: PlanRequest, disk: string, snapshot: Snapshot): CreateDisk {
  const { capabilities, claim, situation } = request;
  const spec = claim.workstation.disks.find((candidate) => candidate.name === disk);
  return {
    kind: 'create-disk',
    name: diskName(request, disk),
    location: placeOf(request),
    sizeBytes: spec?.sizeBytes ?? snapshot.sizeBytes,
    type: spec?.type ?? capabilities.diskTypes?.[0] ?? claim.workstation.disks[0].type,
    source: { from: 'snapshot', snapshotId: snapshot.id },
    labels: {
      ...baseLabels(request),
      disk,
      role: disk === situation.membership.boot ? 'boot' : 'data',
      restoredFrom: snapshot.id,
    },
    ...settingsOf(request),
  };
}

/** One disk from each snapshot of the set whose disk is not there, side by side. */
export function addRestored(request: PlanRequest, to: Draft, set: SnapshotSet): After {
  const { boot, members } = request.situation.membership;
  const missing = [...set.byDisk].filter(
    ([disk]) => members.find(({ name }) => name === disk)?.live?.status !== 'ready',
  );
  return addInOrder(
    request,
    missing,
    ([disk]) => disk === boot,
    ([disk, snapshot], after) => to.add(restoredDisk(request, disk, snapshot), after),
  );
}

/** The VM with all disks of the set, which come into being with it, where the provider boots no disk that exists. */
export function addVmOfSet(request: PlanRequest, to: Draft, set: SnapshotSet): number {
  const makes = [...set.byDisk].map(([disk, snapshot]): Made => [
    disk,
    restoredDisk(request, disk, snapshot),
  ]);
  return addVm(request, to, [], false, [], sealedMakes(makes));
}

/** By the name of its disk. */
type Made = readonly [disk: string, create: CreateDisk];

/** The boot disk first, which bears the list of them all from its first moment. */
function sealedMakes(makes: readonly Made[]): CreateDisk[] {
  const boots = ([, { labels }]: Made) => labels.role === 'boot';
  const ordered = [...makes.filter(boots), ...makes.filter((made) => !boots(made))];
  const members = ordered.map(([disk]) => disk);
  return ordered.map((made) => {
    const [, create] = made;
    return boots(made) ? { ...create, labels: { ...create.labels, members } } : create;
  });
}

/**
 * Disks are made side by side. Where the provider tells nothing of loose disks the boot disk comes first, so that one without
 * the list of members shows that no VM was ever made of them.
 */
function addInOrder<T>(
  { capabilities }: PlanRequest,
  wanted: readonly T[],
  boots: (item: T) => boolean,
  add: (item: T, after: After) => number,
): After {
  const first = capabilities.tellsOfLooseDisks === 'nothing' ? wanted.filter(boots) : [];
  const begun = first.map((item) => add(item, []));
  return [...begun, ...wanted.filter((item) => !first.includes(item)).map((item) => add(item, begun))];
}

/** A disk of that name, whether it is alive or made by this very plan: then from which snapshot, if from one. */
export function refTo(request: PlanRequest, disk: string, madeFrom?: Snapshot): Ref {
  const live = request.situation.membership.members.find(({ name }) => name === disk)?.live;
  if (live !== undefined) return refOf(live);
  return { name: diskName(request, disk), ...(madeFrom && { madeFrom: madeFrom.id }) };
}

/**
 * What a cut-off `create` left out: the disks that were never made, the list of members, the VM. Gives the step that makes
 * the VM. First-boot data goes along only where no disk was ever used: on any other it could format (safety 8).
 */
export function addAllMissing(request: PlanRequest, to: Draft): number {
  const { claim, situation } = request;
  const { members, unmade, boot } = situation.membership;
  const specs = situation.state === 'NOT_EXIST' ? claim.workstation.disks : unmade;
  if (!request.capabilities.bootsLiveDisks) {
    const makes = specs.map((spec): Made => [spec.name, newDisk(request, spec, spec.name === boot)]);
    return addVm(request, to, [], isNeverUsed(request), [], sealedMakes(makes));
  }
  const made = addInOrder(
    request,
    specs,
    ({ name }) => name === boot,
    (spec, after) => to.add(newDisk(request, spec, spec.name === boot), after),
  );
  const all = [...members, ...specs].map(({ name }) => name);
  const names = [boot, ...all.filter((name) => name !== boot)];
  const sealed = addSeal(request, to, refTo(request, boot), names, made);
  const disks = names.map((name) => refTo(request, name));
  return addVm(request, to, disks, isNeverUsed(request), sealed);
}

/** Live disks that are unused copies of another set than the one that the rest comes from. */
export function sparesOf(request: PlanRequest, set: SnapshotSet | undefined): readonly Disk[] {
  return request.situation.membership.members.flatMap((member) => {
    const { live } = member;
    if (set === undefined || live?.status !== 'ready' || proveInSet(set, member, request).ok) return [];
    const elsewhere = live.origin.from === 'snapshot' && proveOnlyCopy(live, request.inventory).ok;
    return elsewhere && set.byDisk.get(member.name)?.status === 'ready' ? [live] : [];
  });
}

/** Something is alive, and all of it can be had again: nothing of it was ever used. */
export function isNothingButCopies({ situation, inventory }: PlanRequest): boolean {
  const live = situation.membership.members.flatMap((member) => member.live ?? []);
  return live.length > 0 && live.every((disk) => proveOnlyCopy(disk, inventory).ok);
}

/** The live disks but for those that were made from the set that is wanted. */
export function disksBeside({ situation }: PlanRequest, wanted?: SnapshotSet): readonly Disk[] {
  const live = situation.membership.members.flatMap((member) => member.live ?? []);
  return live.filter((disk) => wanted === undefined || !isOfSet(disk, wanted));
}

/** Where no VM was made of them: the plan after this one makes what is wanted. */
export function dropCopies(request: PlanRequest, copies: readonly Disk[]): Decision {
  const to = draft();
  addSpareDeletion(request, to, undefined, copies);
  return to.finish(request, 'DESSICATED');
}

/** Each goes with its own proof; the plan after this one builds the whole workstation from one set (R6). */
export function addSpareDeletion(
  request: PlanRequest,
  to: Draft,
  vm: Vm | undefined,
  spares: readonly Disk[],
): void {
  const free: After = vm === undefined ? [] : [addVmRelease(request, to, vm, [])];
  for (const disk of spares) to.add({ kind: 'delete-disk', disk: refOf(disk) }, free);
  to.note('unused copies of another set go first');
}
