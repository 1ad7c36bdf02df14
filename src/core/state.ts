import type { Disk, Inventory, Snapshot, Vm } from './assets.ts';
import { type Drift, driftOf } from './drift.ts';
import type { Claim } from './inventory.ts';
import { type Member, type Membership, membershipOf } from './membership.ts';
import { nothingObserved, type Observations } from './observations.ts';
import {
  isOvertaken,
  isRemainder,
  proveCutOff,
  proveInSet,
  proveRestorable,
  type Sight,
} from './contentProofs.ts';
import { proveOnlyCopy, staleCopies } from './onlyCopy.ts';
import { proveUnderstood } from './proveUnderstood.ts';
import { disorderOf, type SnapshotSet, snapshotSetsOf } from './snapshotSets.ts';

export type State = 'CHANGING' | 'ON' | 'OFF' | 'DESSICATED' | 'NOT_EXIST' | 'INCONSISTENT';

/**
 * What keeps a workstation from a normal state, in kinds that the planner can tell apart.
 * 'unmade': its creation was cut off. 'vm-missing': all disks are alive, the VM is not. 'partly-away': some disks are only in
 * the newest set, and the live ones provably agree with it. 'cut-off': the same, but that the provider cannot tell whether the live ones are
 * newer than the set. 'stale-copies': no VM was made of its disks, and some are unused copies of another set than the newest.
 * 'lost': some are gone while the live ones know better.
 * 'broken-set': nothing is alive and the newest set is not whole. 'detached': a running VM lacks one of its disks.
 * 'overtaken': a disk was made before the newest set was taken, and from something else.
 * 'trouble': it is ON, and the provider knows what keeps it from working.
 */
export type ProblemKind =
  | 'changing'
  | 'ambiguous'
  | 'unknown'
  | 'deleting'
  | 'suspended'
  | 'held'
  | 'unmade'
  | 'vm-missing'
  | 'partly-away'
  | 'cut-off'
  | 'stale-copies'
  | 'lost'
  | 'failed'
  | 'detached'
  | 'overtaken'
  | 'trouble'
  | 'broken-set'
  | 'disorder';

export interface Problem {
  readonly kind: ProblemKind;
  /** In the user's words, with the ids where there are two of a name. */
  readonly sentence: string;
}

/** Where the newest content of a disk is. */
export interface ContentPlace {
  readonly disk: string;
  readonly place: string;
}

/** What an inventory means. */
export interface Situation {
  readonly state: State;
  /** Why it is CHANGING or INCONSISTENT, or what troubles it while it is ON; empty otherwise. */
  readonly problems: readonly Problem[];
  /** The command that mends it, without the program's name. */
  readonly mend: string | undefined;
  readonly drift: readonly Drift[];
  readonly vm: Vm | undefined;
  readonly membership: Membership;
  readonly sets: readonly SnapshotSet[];
  readonly newestSet: SnapshotSet | undefined;
  readonly newestContent: readonly ContentPlace[];
  /** A command stopped the VM for its work and was cut off: it is to end ON. */
  readonly endOn: boolean;
}

function twins(assets: readonly (Vm | Disk)[], kind: string): Problem[] {
  const byName = new Map<string, string[]>();
  for (const { name, id, location } of assets)
    byName.set(name, [...(byName.get(name) ?? []), `${id} in ${location}`]);
  return [...byName]
    .filter(([, ids]) => ids.length > 1)
    .map(([name, ids]) => ({
      kind: 'ambiguous',
      sentence: `there are ${ids.length} ${kind} named ${name}: ${ids.join(', ')}`,
    }));
}

/** The provider is at work on the VM or a disk, or on a snapshot while no live disk holds the same data. */
function changesOf(inventory: Inventory): string[] {
  const live = new Set<string | undefined>(inventory.disks.map((disk) => disk.id));
  const busy = (asset: Vm | Disk | Snapshot, kind: string) => `${kind} ${asset.name} is ${asset.statusText}`;
  return [
    ...inventory.vms.filter((vm) => vm.status === 'changing').map((vm) => busy(vm, 'VM')),
    ...inventory.disks.filter((disk) => disk.status === 'changing').map((disk) => busy(disk, 'disk')),
    ...inventory.snapshots
      .filter(({ status, sourceDiskId }) => status === 'changing' && !live.has(sourceDiskId))
      .map((snapshot) => busy(snapshot, 'snapshot')),
  ];
}

function isAttached(disk: Disk, vm: Vm): boolean {
  return vm.attachments.some((attachment) => attachment.diskId === disk.id);
}

/** Problems that no command may reason past: who is who, what is whose, what a value means. */
function blockersOf(inventory: Inventory, membership: Membership, claim: Claim): Problem[] {
  const problems: Problem[] = [...twins(inventory.vms, 'VMs'), ...twins(inventory.disks, 'disks')];
  if (inventory.vms.length > 1 && problems.length === 0) {
    problems.push({
      kind: 'ambiguous',
      sentence: `there are ${inventory.vms.length} VMs: ${inventory.vms.map((vm) => vm.id).join(', ')}`,
    });
  }
  if (membership.bootConflict)
    problems.push({ kind: 'ambiguous', sentence: 'two disks say that they are the boot disk' });
  const understood = proveUnderstood(inventory);
  if (!understood.ok) problems.push({ kind: 'unknown', sentence: understood.missing });
  const doomed = [...inventory.vms, ...inventory.disks, ...inventory.snapshots].filter(
    (asset) => asset.labels.deleting === true,
  );
  if (doomed.length > 0) {
    problems.push({
      kind: 'deleting',
      sentence: `its deletion was begun and not finished (${doomed.length} assets are marked)`,
    });
  }
  for (const vm of inventory.vms.filter((candidate) => candidate.status === 'suspended')) {
    problems.push({
      kind: 'suspended',
      sentence: `VM ${vm.name} is suspended: what it holds in memory is in none of its disks`,
    });
  }
  for (const vm of inventory.strangers) {
    problems.push({
      kind: 'held',
      sentence: `VM ${vm.name}, which is not of workstation ${claim.workstation.name}, holds a disk of it`,
    });
  }
  return problems;
}

function failuresOf(members: readonly Member[]): Problem[] {
  return members.flatMap(({ name, live }) =>
    live?.status === 'failed'
      ? [{ kind: 'failed' as const, sentence: `disk ${name} is unusable: ${live.statusText}` }]
      : [],
  );
}

/** What is wrong when the assets fit no normal state. At least one problem. */
function problemsOf(
  inventory: Inventory,
  membership: Membership,
  newestSet: SnapshotSet | undefined,
  seen: Observations,
  isInOrder: boolean,
): Problem[] {
  const [vm] = inventory.vms;
  const { members, unmade } = membership;
  const live = members.flatMap(({ name, live: disk }) => (disk === undefined ? [] : [{ name, disk }]));
  const gone = members.filter((member) => member.live === undefined);
  const names = (list: readonly { name: string }[]) => list.map(({ name }) => name).join(', ');

  if (live.length === 0 && vm === undefined && members.every(({ record }) => record === undefined)) {
    const flaws = newestSet === undefined ? ['it cannot be read'] : newestSet.flaws;
    return [
      {
        kind: 'broken-set',
        sentence: `the newest snapshot set ${newestSet?.timestamp ?? ''} is not whole: ${flaws.join('; ')}`,
      },
    ];
  }
  if (unmade.length > 0) {
    return [
      { kind: 'unmade', sentence: `its creation was cut off: ${names(unmade)} and the VM are not made yet` },
    ];
  }
  const failures = failuresOf(members);
  if (gone.length > 0 || failures.length > 0) {
    const whole =
      failures.length > 0 || vm?.status === 'running'
        ? undefined
        : proveRestorable(newestSet, members, { inventory, seen });
    if (whole?.ok === true) {
      return [
        {
          kind: 'partly-away',
          sentence: `only in snapshot set ${whole.value.timestamp}: ${names(gone)}; still there as disks: ${live.length === 0 ? 'none' : names(live)}`,
        },
      ];
    }
    const cutOff = failures.length > 0 ? undefined : proveCutOff(newestSet, membership, { inventory, seen });
    if (cutOff?.ok === true) {
      return [
        {
          kind: 'cut-off',
          sentence: `a run was cut off: only in snapshot set ${cutOff.value.timestamp}: ${names(gone)}; still there as disks, as new as that set or newer: ${names(live)}`,
        },
      ];
    }
    const lost = gone.map(({ name, record }): Problem => {
      const snapshot = newestSet?.byDisk.get(name);
      const rest =
        snapshot === undefined
          ? 'and there is no snapshot of it in the newest set'
          : `its last snapshot is ${snapshot.name}`;
      const how = record === undefined ? '' : ` (${record.statusText})`;
      return { kind: 'lost', sentence: `disk ${name} is gone${how}, ${rest}` };
    });
    return [...failures, ...lost];
  }
  if (vm === undefined) {
    const stale = isInOrder
      ? staleCopies(
          newestSet,
          live.map(({ disk }) => disk),
          inventory,
        )
      : [];
    if (newestSet !== undefined && stale.length > 0) {
      const which = live.filter(({ disk }) => stale.includes(disk));
      const sentence = `its disks are unused copies of which no VM was made, and these are not of the newest set, ${newestSet.timestamp}: ${names(which)}`;
      return [{ kind: 'stale-copies', sentence }];
    }
    return [{ kind: 'vm-missing', sentence: 'all its disks are there, its VM is not' }];
  }
  const loose = live.filter(({ disk }) => !isAttached(disk, vm));
  if (loose.length > 0) return [{ kind: 'detached', sentence: `the VM runs without ${names(loose)}` }];
  return [{ kind: 'failed', sentence: `VM ${vm.name} has no disk, and nothing tells of any that it had` }];
}

function mendOf(problems: readonly Problem[], name: string): string | undefined {
  const kinds = new Set(problems.map((problem) => problem.kind));
  if (kinds.has('ambiguous') || kinds.has('unknown') || kinds.has('held') || kinds.has('suspended'))
    return undefined;
  if (kinds.has('deleting')) return `delete ${name}`;
  if (kinds.has('unmade')) return `create ${name}`;
  return `recover ${name}`;
}

function newestPlaceOf(
  member: Member,
  members: readonly Member[],
  sets: readonly SnapshotSet[],
  sight: Sight,
): string {
  const disk = member.live?.status === 'failed' ? undefined : member.live;
  const live = members.flatMap((other) => other.live ?? []);
  const [newest] = [...sets].reverse().flatMap((set) => {
    const snapshot = set.byDisk.get(member.name);
    return snapshot?.status === 'ready' ? [{ set, snapshot }] : [];
  });
  if (newest === undefined) return disk === undefined ? 'nowhere' : `disk ${disk.name}`;
  const { set, snapshot } = newest;
  if (disk === undefined) {
    const isAway = proveInSet(set, member, sight).ok;
    return `snapshot ${snapshot.name}${isAway ? '' : ', perhaps older than the disk was'}`;
  }
  // An unused copy of an older snapshot, in a workstation that is not whole, is not where the newest content is.
  const older = disk.origin.from === 'snapshot' && disk.origin.snapshotId !== snapshot.id;
  const isPassedOver = isRemainder(set, members) || staleCopies(set, live, sight.inventory).includes(disk);
  if (older && isPassedOver && proveOnlyCopy(disk, sight.inventory).ok) return `snapshot ${snapshot.name}`;
  return proveInSet(set, member, sight).ok
    ? `disk ${disk.name} and snapshot ${snapshot.name}`
    : `disk ${disk.name}`;
}

/** Gives every inventory exactly one state: the first row of the design's table that fits. Pure and total. */
export function infer(inventory: Inventory, claim: Claim, seen: Observations = nothingObserved): Situation {
  const sets = snapshotSetsOf(inventory, claim);
  const newestSet = sets.at(-1);
  const membership = membershipOf(inventory, claim, newestSet);
  const [vm] = inventory.vms;
  const { members } = membership;
  const common = {
    vm,
    membership,
    sets,
    newestSet,
    newestContent: members.map((member) => ({
      disk: member.name,
      place: newestPlaceOf(member, members, sets, { inventory, seen }),
    })),
    endOn: vm?.labels.endOn === true && vm.status === 'stopped',
  };
  const abnormal = (state: 'CHANGING' | 'INCONSISTENT', problems: readonly Problem[]): Situation => ({
    ...common,
    state,
    problems,
    mend: state === 'CHANGING' ? undefined : mendOf(problems, claim.workstation.name),
    drift: [],
  });
  const normal = (state: 'ON' | 'OFF' | 'DESSICATED' | 'NOT_EXIST'): Situation => ({
    ...common,
    state,
    problems: vm?.trouble === undefined ? [] : [{ kind: 'trouble', sentence: vm.trouble }],
    mend: common.endOn ? `recover ${claim.workstation.name}` : undefined,
    drift: driftOf(claim.workstation, state, vm, membership, newestSet),
  });

  const changes = changesOf(inventory);
  if (changes.length > 0)
    return abnormal(
      'CHANGING',
      changes.map((sentence) => ({ kind: 'changing', sentence })),
    );
  const blockers = blockersOf(inventory, membership, claim);
  if (blockers.length > 0) return abnormal('INCONSISTENT', blockers);

  const live = members.flatMap((member) => member.live ?? []);
  if (newestSet !== undefined && vm?.status !== 'running' && live.length === members.length) {
    const overtaken = members.filter((member) => isOvertaken(newestSet, member));
    if (overtaken.length > 0) {
      const names = overtaken.map(({ name }) => name).join(', ');
      const sentence = `set ${newestSet.timestamp} was taken of other disks, after ${names} was made: a run that was held up put it there`;
      return abnormal('INCONSISTENT', [{ kind: 'overtaken', sentence }]);
    }
  }

  const whole = live.length === members.length && live.every(({ status }) => status === 'ready');
  if (vm !== undefined && members.length > 0 && whole) {
    if (vm.status === 'stopped') return normal('OFF');
    if (vm.status === 'running' && live.every((disk) => isAttached(disk, vm))) return normal('ON');
  }
  if (vm === undefined && inventory.disks.length === 0) {
    if (inventory.snapshots.length === 0) return normal('NOT_EXIST');
    const disorder = disorderOf(sets);
    if (newestSet !== undefined && newestSet.flaws.length === 0) {
      return disorder === undefined
        ? normal('DESSICATED')
        : abnormal('INCONSISTENT', [{ kind: 'disorder', sentence: disorder }]);
    }
  }
  return abnormal(
    'INCONSISTENT',
    problemsOf(inventory, membership, newestSet, seen, disorderOf(sets) === undefined),
  );
}
