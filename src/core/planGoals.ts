import type { Vm } from './assets.ts';
import type { Decision, PlanRequest } from './plan.ts';
import {
  type After,
  addRest,
  addSeal,
  addStart,
  addUp,
  addVm,
  addVmRelease,
  type Draft,
  draft,
  has,
  refOf,
  refuse,
  refuseProblems,
} from './planParts.ts';
import {
  addAllMissing,
  addRestored,
  addVmOfSet,
  addSpareDeletion,
  disksBeside,
  dropCopies,
  isAsCreated,
  isNeverUsed,
  refTo,
  restoreProblem,
  sparesOf,
} from './planRestore.ts';
import { proveRestorable } from './contentProofs.ts';
import { planPutAway, restoreDisks } from './planPutAway.ts';
import type { SnapshotSet } from './snapshotSets.ts';

export function planCreate(request: PlanRequest, goal: { readonly off: boolean }): Decision {
  const { situation, claim, elsewhere } = request;
  const { name } = claim.workstation;
  const { state, vm } = situation;
  const to = draft();
  const make = (): Decision => {
    if (leavesVmAlone(request)) return refuseRemains(request);
    const made = addAllMissing(request, to);
    if (goal.off) addRest(request, to, made);
    else addStart(to, { name }, [made], false);
    return to.finish(request, goal.off ? 'OFF' : 'ON');
  };
  if (state === 'CHANGING') return refuseProblems(request);
  switch (state) {
    case 'NOT_EXIST':
      return elsewhere.length === 0
        ? make()
        : refuse(
            request,
            'refused',
            `something of that name is there already: ${elsewhere.join('; ')}`,
            'look whether the file names the right provider, location and account; making an empty twin would hide the real one',
          );
    case 'ON':
      return goal.off
        ? refuse(request, 'refused', 'it exists already and is ON', `chews down ${name}`)
        : to.finish(request, state, `${name} exists already and is ON`);
    case 'OFF':
      if (goal.off) return to.finish(request, state, `${name} exists already and is OFF`);
      if (vm !== undefined && (isNeverUsed(request) || isStartCutOff(request, vm))) {
        addUp(request, to, vm);
        return to.finish(request, 'ON');
      }
      return refuse(request, 'refused', 'it exists already and is OFF', `chews up ${name} switches it on`);
    case 'DESSICATED':
      return refuse(
        request,
        'refused',
        'it exists already and is DESSICATED',
        `chews up ${name} brings it back`,
      );
    case 'INCONSISTENT':
      return has(request, 'unmade') || (has(request, 'vm-missing') && isAsCreated(request))
        ? make()
        : refuseProblems(request);
  }
}

/** Disks of it are alive, and its provider makes no VM of them: nothing that a `create` of chews leaves behind. */
function leavesVmAlone({ capabilities, situation }: PlanRequest): boolean {
  return !capabilities.bootsLiveDisks && situation.membership.members.some(({ live }) => live !== undefined);
}

/** Its creation was cut off, and no command can go on with what is left. */
export function refuseRemains(request: PlanRequest): Decision {
  const why = request.situation.problems.map(({ sentence }) => sentence).join('; ');
  const { name } = request.claim.workstation;
  return refuse(
    request,
    'refused',
    `${why}; and its provider makes no VM of disks that exist already`,
    `chews delete ${name} removes what is left, then chews create ${name}`,
  );
}

/** No stop is known of it and no set was taken: `create` was cut off in its first start, or its guest switched itself off. */
function isStartCutOff({ situation }: PlanRequest, vm: Vm): boolean {
  return vm.lastStoppedAtMs === undefined && situation.sets.length === 0;
}

export function planUp(request: PlanRequest): Decision {
  const { situation, claim } = request;
  const { name } = claim.workstation;
  const to = draft();
  if (situation.state === 'CHANGING') return refuseProblems(request);
  switch (situation.state) {
    case 'ON':
      return to.finish(request, situation.state, `${name} is ON already`);
    case 'OFF':
      // There is exactly one.
      for (const vm of request.inventory.vms) addUp(request, to, vm);
      return to.finish(request, 'ON');
    case 'DESSICATED':
      return rebuild(request, situation.newestSet, false);
    case 'NOT_EXIST':
      return refuse(
        request,
        'refused',
        ['it does not exist', ...request.elsewhere].join('; '),
        `chews create ${name}`,
      );
    case 'INCONSISTENT':
      return fromPieces(request, 'ON');
  }
}

export function planDown(request: PlanRequest): Decision {
  const { situation, claim } = request;
  const { name } = claim.workstation;
  const { vm } = situation;
  const to = draft();
  if (situation.state === 'CHANGING') return refuseProblems(request);
  switch (situation.state) {
    case 'ON':
      // There is exactly one.
      for (const held of request.inventory.vms) to.add({ kind: 'stop-vm', vm: refOf(held) });
      return to.finish(request, 'OFF');
    case 'OFF':
      if (situation.endOn && vm !== undefined) {
        to.add({ kind: 'set-labels', assetKind: 'vm', asset: refOf(vm), labels: { endOn: undefined } });
      }
      return to.finish(request, 'OFF', `${name} is OFF already`);
    case 'DESSICATED':
      return to.finish(request, situation.state, `${name} is DESSICATED: nothing runs`);
    case 'NOT_EXIST':
      return to.finish(request, situation.state, `${name} does not exist: nothing runs`);
    case 'INCONSISTENT':
      // Stopping guesses at nothing, and it is what ends the bill: the rest is said once the VM has stopped.
      if (vm?.status === 'running' && !has(request, 'ambiguous', 'unknown')) {
        to.add({ kind: 'stop-vm', vm: refOf(vm) });
        return to.finish(request, has(request, 'detached') ? 'OFF' : 'INCONSISTENT');
      }
      if (request.inventory.vms.some(({ status }) => status !== 'stopped')) return refuseProblems(request);
      // Nothing runs, and who switches things off does not want any to be built.
      return refuse(
        request,
        'inconsistent',
        `nothing of it runs, and it is INCONSISTENT: ${situation.problems.map((problem) => problem.sentence).join('; ')}`,
        situation.mend === undefined ? undefined : `chews ${situation.mend}`,
      );
  }
}

/** From what a cut-off run left behind to a whole workstation, where the live disks and the set provably agree. */
function fromPieces(request: PlanRequest, wanted: 'ON' | 'OFF'): Decision {
  const { claim, situation } = request;
  const { name } = claim.workstation;
  if (!request.capabilities.bootsLiveDisks) return putPiecesAway(request);
  if (has(request, 'stale-copies')) return dropCopies(request, disksBeside(request, situation.newestSet));
  if (has(request, 'partly-away', 'cut-off')) return rebuild(request, situation.newestSet, wanted === 'OFF');
  if (!has(request, 'vm-missing')) return refuseProblems(request);
  const to = draft();
  const made = addAllMissing(request, to);
  if (wanted === 'OFF') addRest(request, to, made);
  else addStart(to, { name }, [made], false);
  return to.finish(request, wanted);
}

/** Where no VM can be made of what is alive, all of it is put away: the plan after that builds everything from its set. */
function putPiecesAway(request: PlanRequest): Decision {
  const { newestSet } = request.situation;
  if (has(request, 'cut-off') && newestSet !== undefined) return restoreDisks(request, newestSet);
  if (has(request, 'unmade')) return refuseRemains(request);
  return has(request, 'vm-missing', 'partly-away') ? planPutAway(request, false) : refuseProblems(request);
}

export function planRehydrate(
  request: PlanRequest,
  goal: { readonly off: boolean; readonly set?: string },
): Decision {
  const { situation, claim } = request;
  const { name } = claim.workstation;
  const named = situation.sets.find((set) => set.timestamp === goal.set);
  const wanted = goal.off ? 'OFF' : 'ON';
  const to = draft();
  const newerDisks = () =>
    refuse(
      request,
      'refused',
      'its disks are alive, and newer than any set',
      `chews dessicate ${name} puts them away first`,
    );
  if (goal.set !== undefined && named === undefined) {
    const known = situation.sets.map((set) => set.timestamp).join(', ');
    return refuse(
      request,
      'usage',
      `it has no snapshot set ${goal.set}`,
      known === '' ? undefined : `it has ${known}`,
    );
  }
  if (situation.state === 'CHANGING') return refuseProblems(request);
  switch (situation.state) {
    case 'DESSICATED':
      return rebuild(request, named ?? situation.newestSet, goal.off);
    case 'ON':
      if (named !== undefined && !isMadeFrom(request, named)) return newerDisks();
      return goal.off
        ? refuse(request, 'refused', 'it is ON', `chews down ${name}`)
        : to.finish(request, situation.state, `${name} is ON already`);
    case 'OFF':
      if (named !== undefined && !isMadeFrom(request, named)) return newerDisks();
      if (!goal.off && situation.vm !== undefined) addUp(request, to, situation.vm);
      return to.finish(request, wanted, `${name} is OFF already`);
    case 'NOT_EXIST':
      return refuse(request, 'refused', 'it does not exist', `chews create ${name}`);
    case 'INCONSISTENT':
      // An unusable disk that is still there bears the name of the one that would be made in its place.
      if (has(request, 'failed')) return refuseProblems(request);
      // An older set, chosen by name: when nothing is alive, or to go on where what is alive is an unused copy of that set.
      if (named !== undefined && has(request, 'broken-set', 'disorder', 'lost', 'partly-away', 'overtaken')) {
        const own = situation.membership.members.filter(
          ({ name: disk, live }) => live !== undefined || named.byDisk.has(disk),
        );
        const agreed = proveRestorable(named, own, request);
        return agreed.ok
          ? rebuild(request, named, goal.off)
          : refuse(request, 'refused', agreed.missing, `chews recover ${name}`);
      }
      if (named !== undefined && has(request, 'stale-copies')) {
        const others = disksBeside(request, named);
        return others.length > 0 ? dropCopies(request, others) : rebuild(request, named, goal.off);
      }
      if (named !== undefined && has(request, 'vm-missing') && !isMadeFrom(request, named))
        return newerDisks();
      return has(request, 'partly-away', 'cut-off', 'stale-copies', 'vm-missing')
        ? fromPieces(request, wanted)
        : refuseProblems(request);
  }
}

/** Whether every disk was made from that very set. */
function isMadeFrom({ situation }: PlanRequest, set: SnapshotSet): boolean {
  return situation.membership.members.every(
    ({ name, live }) =>
      live?.origin.from === 'snapshot' && live.origin.snapshotId === set.byDisk.get(name)?.id,
  );
}

/** Disks from one complete set, the list of members, the VM, and on. */
function rebuild(request: PlanRequest, set: SnapshotSet | undefined, off: boolean): Decision {
  const { situation, claim } = request;
  const { name } = claim.workstation;
  const impossible = (why: string) =>
    refuse(request, 'refused', why, `put it right in the file; chews info ${name} shows what is there`);
  if (set === undefined) return impossible('there is no snapshot set');
  const [flaw] = set.flaws;
  if (flaw !== undefined) return impossible(`set ${set.timestamp} is not whole: ${flaw}`);
  const problem = restoreProblem(request, set);
  if (problem !== undefined) return impossible(problem);
  const to = draft();
  const { bootsLiveDisks } = request.capabilities;
  // Unused copies of another set go first, each with its proof: one workstation is rebuilt from one set alone (R6).
  const spares = bootsLiveDisks
    ? sparesOf(request, set)
    : situation.membership.members.flatMap(({ live }) => live ?? []);
  if (spares.length > 0) {
    addSpareDeletion(request, to, situation.vm, spares);
    return to.finish(request, off ? 'OFF' : 'ON');
  }
  const machine = bootsLiveDisks ? addVmOfDisks(request, to, set) : addVmOfSet(request, to, set);
  if (off) addRest(request, to, machine);
  else addStart(to, { name }, [machine], false);
  for (const { kind, name: snapshot, statusText } of set.byDisk.values())
    if (kind !== 'taken')
      to.note(`snapshot ${snapshot} is not known to hold what was on its disk (${statusText})`);
  for (const spec of situation.membership.fresh.filter(({ name: disk }) => !set.byDisk.has(disk)))
    to.note(`disk ${spec.name} is new in the file: chews apply ${name} makes it`);
  return to.finish(request, off ? 'OFF' : 'ON');
}

/** The disks of the set that are not there, the list of them all, and the VM. */
function addVmOfDisks(request: PlanRequest, to: Draft, set: SnapshotSet): number {
  const { vm, membership } = request.situation;
  const { boot } = membership;
  const made = addRestored(request, to, set);
  const names = [boot, ...[...set.byDisk.keys()].filter((disk) => disk !== boot)];
  const sealed = addSeal(request, to, refTo(request, boot), names, made);
  const free: After = vm === undefined ? sealed : [addVmRelease(request, to, vm, sealed)];
  const disks = names.map((disk) => refTo(request, disk, set.byDisk.get(disk)));
  return addVm(request, to, disks, false, free);
}
