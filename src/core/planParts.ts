import type { CreateDisk, PlannedAction, Ref } from './action.ts';
import type { Disk, DiskRole, Labels, Vm } from './assets.ts';
import type { ErrorCode } from './errors.ts';
import type { Member } from './membership.ts';
import { nextSet, settingsDigest } from './names.ts';
import type { Decision, Goal, PlanRequest, Step } from './plan.ts';
import { proveHolds, proveRestorable } from './contentProofs.ts';
import { disorderOf, type SnapshotSet } from './snapshotSets.ts';
import type { State } from './state.ts';
import { granted, missing, type Verdict } from './verdict.ts';
import type { DiskSpec, Settings } from './workstation.ts';

export type After = readonly number[];

/** Collects the steps of one plan. */
export interface Draft {
  readonly add: (action: PlannedAction, after?: After) => number;
  readonly note: (sentence: string) => void;
  /** `nothing` is what it says where there are no steps. */
  readonly finish: (request: PlanRequest, to: State, nothing?: string) => Decision;
}

export function draft(): Draft {
  const steps: Step[] = [];
  const notes: string[] = [];
  return {
    add: (action, after = []) => {
      steps.push({ id: steps.length + 1, after, action });
      return steps.length;
    },
    note: (sentence) => notes.push(sentence),
    finish: ({ goal, claim, situation, elsewhere }, to, nothing = 'there is nothing to do') =>
      steps.length === 0
        ? { kind: 'nothing', sentence: nothing, notes: [...notes, ...elsewhere] }
        : {
            kind: 'plan',
            plan: {
              workstation: claim.workstation.name,
              goal: goal.kind,
              from: situation.state,
              to,
              steps,
              notes,
            },
          },
  };
}

/** A goal as the verb of a sentence: the others are verbs already. */
export function verbOf(goal: Goal['kind']): string {
  return goal === 'up' ? 'switch on' : goal === 'down' ? 'switch off' : goal;
}

/** The command that goes on towards a goal, with what was chosen for it. */
export function commandTo(goal: Goal, workstation: string): string {
  return [`chews ${goal.kind} ${workstation}`, ...chosen(goal)].join(' ');
}

function chosen(goal: Goal): string[] {
  switch (goal.kind) {
    case 'create':
      return goal.off ? ['--off'] : [];
    case 'rehydrate':
      return [...(goal.set === undefined ? [] : [`--set ${goal.set}`]), ...(goal.off ? ['--off'] : [])];
    case 'dessicate':
    case 'resize':
      return goal.stop ? ['--stop'] : [];
    case 'apply':
      return [...(goal.stop ? ['--stop'] : []), ...goal.removeDisks.map((disk) => `--remove-disk ${disk}`)];
    case 'recover':
      return goal.to === undefined ? [] : [`--to ${goal.to}`];
    case 'up':
    case 'down':
    case 'delete':
      return [];
  }
}

export function refuse(request: PlanRequest, code: ErrorCode, why: string, remedy?: string): Decision {
  const sentence = `cannot ${verbOf(request.goal.kind)} workstation ${request.claim.workstation.name}: ${why}`;
  return { kind: 'refused', code, sentence, remedy };
}

/** The refusal that a problem leads to, where no command may go on without guessing. */
export function refuseProblems(request: PlanRequest, remedy?: string): Decision {
  const { problems, mend, state } = request.situation;
  const why = problems.map((problem) => problem.sentence).join('; ');
  if (state === 'CHANGING') {
    const again = commandTo(request.goal, request.claim.workstation.name);
    return refuse(request, 'busy', why, `wait until its provider has finished, then run ${again} again`);
  }
  const usual =
    mend === undefined ? 'chews never picks: put it right with the provider’s own tools' : `chews ${mend}`;
  return refuse(request, 'refused', why, remedy ?? usual);
}

export function has(request: PlanRequest, ...kinds: readonly string[]): boolean {
  return request.situation.problems.some((problem) => kinds.includes(problem.kind));
}

export function refOf(asset: { readonly name: string; readonly id: string }): Ref {
  return { name: asset.name, id: asset.id };
}

export function diskName(request: PlanRequest, disk: string): string {
  const { claim, capabilities } = request;
  return claim.scheme.diskName({ workstation: claim.workstation.name, disk }, capabilities.longestName);
}

export function baseLabels({ claim }: PlanRequest): Labels {
  return {
    workstation: claim.workstation.name,
    ...(claim.owner === undefined ? {} : { owner: claim.owner }),
  };
}

/** Disks can only be attached where they are: what is alive decides, then the file. */
export function placeOf(request: PlanRequest): string {
  const live = request.situation.membership.members.find((member) => member.live !== undefined)?.live;
  const { situation, claim, full = [] } = request;
  const { locations } = claim.workstation;
  return (
    live?.location ??
    situation.vm?.location ??
    locations.find((location) => !full.includes(location)) ??
    locations[0]
  );
}

/** What the kind alone understands goes along with all that is made. */
export function settingsOf({ claim }: PlanRequest): { readonly settings?: Settings } {
  const { settings } = claim.workstation;
  return settings === undefined ? {} : { settings };
}

/** A disk as `create` makes it: the boot disk of the image, the others blank. */
export function newDisk(request: PlanRequest, spec: DiskSpec, boot: boolean): CreateDisk {
  return {
    kind: 'create-disk',
    name: diskName(request, spec.name),
    location: placeOf(request),
    sizeBytes: spec.sizeBytes,
    type: spec.type,
    source: boot ? { from: 'image', image: request.claim.workstation.image } : { from: 'blank' },
    labels: { ...baseLabels(request), disk: spec.name, role: boot ? 'boot' : 'data' },
    ...settingsOf(request),
  };
}

/** Writes the list of members onto the boot disk, once they all exist. Nothing where it is there already. */
export function addSeal(
  request: PlanRequest,
  to: Draft,
  boot: Ref,
  names: readonly string[],
  after: After,
): After {
  const { sealed } = request.situation.membership;
  const same =
    sealed !== undefined && sealed.length === names.length && names.every((name) => sealed.includes(name));
  if (same) return after;
  return [to.add({ kind: 'set-labels', assetKind: 'disk', asset: boot, labels: { members: names } }, after)];
}

/** From here on its disks can be written to: what was noted on them is over. */
export function addVm(
  request: PlanRequest,
  to: Draft,
  disks: readonly Ref[],
  firstBoot: boolean,
  after: After,
  makes: readonly CreateDisk[] = [],
): number {
  const { workstation } = request.claim;
  const settings = settingsDigest(workstation);
  const over = request.situation.membership.members.flatMap(({ live }) =>
    live?.labels.putInto === undefined
      ? []
      : [
          to.add(
            { kind: 'set-labels', assetKind: 'disk', asset: refOf(live), labels: { putInto: undefined } },
            after,
          ),
        ],
  );
  return to.add(
    {
      kind: 'create-vm',
      name: workstation.name,
      location: placeOf(request),
      size: workstation.size,
      image: workstation.image,
      disks,
      ...(makes.length === 0 ? {} : { makes }),
      labels: { ...baseLabels(request), ...(settings === undefined ? {} : { settings }) },
      firstBoot,
      ...(workstation.sshKey === undefined ? {} : { sshKey: workstation.sshKey }),
      ...(workstation.sshUser === undefined ? {} : { sshUser: workstation.sshUser }),
      ...settingsOf(request),
    },
    over.length === 0 ? after : over,
  );
}

/** Starts the VM, forgets that it was to end ON, and waits for the guest. */
export function addStart(to: Draft, vm: Ref, after: After, endOn: boolean): number {
  const started = to.add({ kind: 'start-vm', vm }, after);
  if (endOn) {
    to.add({ kind: 'set-labels', assetKind: 'vm', asset: vm, labels: { endOn: undefined } }, [started]);
  }
  return to.add({ kind: 'await-guest', vm }, [started]);
}

/** Ends OFF: a cloud's VM runs as soon as it is made, so that it has to be stopped again. */
export function addRest(request: PlanRequest, to: Draft, made: number): void {
  if (request.capabilities.createsStopped) return;
  to.add({ kind: 'stop-vm', vm: { name: request.claim.workstation.name } }, [made]);
  to.note('its provider starts every VM that it makes: it boots once and is stopped again');
}

/** Notes on the VM that it is to end ON, then stops it: a run cut off after the stop still ends there. */
export function addStopForWork(to: Draft, vm: Vm): number {
  const noted = to.add({ kind: 'set-labels', assetKind: 'vm', asset: refOf(vm), labels: { endOn: true } });
  return to.add({ kind: 'stop-vm', vm: refOf(vm) }, [noted]);
}

/** A member whose disk is there and can be read. */
export interface UsableMember extends Member {
  readonly live: Disk;
}

function isUsable(member: Member): member is UsableMember {
  return member.live !== undefined && member.live.status !== 'failed';
}

/** Members that exist and that the VM does not hold. */
export function looseMembers({ situation }: PlanRequest, vm: Vm): UsableMember[] {
  return situation.membership.members
    .filter(isUsable)
    .filter(({ live }) => vm.attachments.every((attachment) => attachment.diskId !== live.id));
}

/** Attaches what is loose, then starts. The boot disk first: a VM without one boots from what it is given next. */
export function addUp(request: PlanRequest, to: Draft, vm: Vm, after: After = []): void {
  const loose = looseMembers(request, vm);
  const attach = (role: DiskRole, ready: After) =>
    loose
      .filter((member) => member.role === role)
      .map(({ live }) => to.add({ kind: 'attach-disk', vm: refOf(vm), disk: refOf(live) }, ready));
  const boot = attach('boot', after);
  const begun = boot.length === 0 ? after : boot;
  const data = attach('data', begun);
  addStart(to, refOf(vm), [...begun, ...data], request.situation.endOn);
}

/**
 * Where only this run's own eyes prove that a disk was not written to since its snapshot, the stopped VM loses its disks before
 * it goes: the boot disk first, which a running VM does not give away and no VM starts without.
 */
function addDetachments({ capabilities, inventory }: PlanRequest, to: Draft, vm: Vm, after: After): After {
  if (capabilities.tellsOfLooseDisks === 'last-write') return after;
  const held = vm.attachments.filter(({ diskId }) => inventory.disks.some(({ id }) => id === diskId));
  const detach = (boot: boolean, ready: After) =>
    held
      .filter((attachment) => attachment.boot === boot)
      .map(({ diskId, diskName: name }) =>
        to.add({ kind: 'detach-disk', vm: refOf(vm), disk: { name, id: diskId } }, ready),
      );
  const begun = detach(true, after);
  const others = detach(false, begun.length === 0 ? after : begun);
  return [...begun, ...others].length === 0 ? after : [...begun, ...others];
}

/** The VM goes, and its disks stay. */
export function addVmRelease(request: PlanRequest, to: Draft, vm: Vm, after: After, into?: string): number {
  return addVmDeletion(to, vm, addDetachments(request, to, vm, after), into);
}

export function addVmDeletion(to: Draft, vm: Vm, after: After, into?: string): number {
  const cleared = to.add({ kind: 'clear-deletion-flags', vm: refOf(vm) }, after);
  return to.add({ kind: 'delete-vm', vm: refOf(vm), ...(into === undefined ? {} : { into }) }, [cleared]);
}

/** The set that a workstation is put away into, and which disks have no snapshot in it yet. */
export interface ChosenSet {
  readonly timestamp: string;
  readonly take: readonly UsableMember[];
}

function sameDisks(set: SnapshotSet, members: readonly Member[]): boolean {
  return (
    set.size === members.length &&
    [...set.byDisk.keys()].every((name) => members.some((member) => member.name === name))
  );
}

/**
 * The newest set where it provably holds everything; a cut-off one is gone on with only where what it has is provably
 * still the present; else a new one (R3), which needs every disk alive.
 */
export function chooseSet(request: PlanRequest, mustBeNew: boolean): Verdict<ChosenSet> {
  const { situation, claim, nowMs } = request;
  const { newestSet, sets, membership } = situation;
  const { members } = membership;
  if (
    !mustBeNew &&
    newestSet !== undefined &&
    sameDisks(newestSet, members) &&
    disorderOf(sets) === undefined
  ) {
    const { timestamp } = newestSet;
    if (proveRestorable(newestSet, members, request).ok) {
      return granted({ timestamp, take: [] });
    }
    const take = members.filter((member) => !newestSet.byDisk.has(member.name));
    const present = members.every((member) => {
      const snapshot = newestSet.byDisk.get(member.name);
      return (
        snapshot === undefined || (member.live !== undefined && proveHolds(snapshot, member.live, request).ok)
      );
    });
    if (present && take.length > 0 && take.length < members.length && take.every(isUsable)) {
      return granted({ timestamp, take });
    }
  }
  if (!members.every(isUsable)) {
    const gone = members.filter((member) => !isUsable(member)).map(({ name }) => name);
    return missing(`disk ${gone.join(', ')} is gone, and no set provably holds all disks as they are`);
  }
  const timestamps = sets.map(({ timestamp }) => timestamp);
  const timestamp = nextSet(claim.scheme, nowMs, timestamps);
  if (timestamp === undefined) return missing('no new set can be later than its newest one');
  return granted({ timestamp, take: members });
}

/** One snapshot of each disk that has none in the set yet, side by side. */
export function addSnapshots(request: PlanRequest, to: Draft, set: ChosenSet, after: After): After {
  const { claim, capabilities, situation } = request;
  const { members } = situation.membership;
  const added = set.take.map(({ name, role, live }) =>
    to.add(
      {
        kind: 'snapshot-disk',
        disk: refOf(live),
        name: claim.scheme.snapshotName(
          { workstation: claim.workstation.name, disk: name, set: set.timestamp },
          capabilities.longestName,
        ),
        location: live.location,
        labels: {
          ...baseLabels(request),
          disk: name,
          role,
          set: set.timestamp,
          setIndex: members.findIndex((member) => member.name === name) + 1,
          setSize: members.length,
          clean: true,
        },
        ...settingsOf(request),
      },
      after,
    ),
  );
  return added.length === 0 ? after : added;
}
