import type { Snapshot, Vm } from './assets.ts';
import { choices } from './choices.ts';
import type { Decision, Goal, PlanRequest } from './plan.ts';
import {
  type After,
  addRest,
  addSeal,
  addStart,
  addStopForWork,
  addUp,
  addVm,
  addVmRelease,
  type Draft,
  diskName,
  draft,
  has,
  looseMembers,
  refOf,
  refuse,
  refuseProblems,
} from './planParts.ts';
import type { Member } from './membership.ts';
import { planDown, planRehydrate, planUp, refuseRemains } from './planGoals.ts';
import { planPutAway, restoreDisks } from './planPutAway.ts';
import {
  addAllMissing,
  addRestored,
  addSpareDeletion,
  disksBeside,
  dropCopies,
  refTo,
  restoreProblem,
  sparesOf,
} from './planRestore.ts';
import { proveRestorable } from './contentProofs.ts';
import { proveOnlyCopy } from './onlyCopy.ts';

/** Stop, snapshot all into one set, delete the VM, delete the disks: nothing irreversible before the set is whole (R5). */
export function planDessicate(request: PlanRequest, goal: { readonly stop: boolean }): Decision {
  const { situation, claim } = request;
  const { name } = claim.workstation;
  const { newestSet } = situation;
  switch (situation.state) {
    case 'DESSICATED':
      return draft().finish(request, situation.state, `${name} is DESSICATED already`);
    case 'NOT_EXIST':
      return refuse(request, 'refused', 'it does not exist', `chews create ${name}`);
    case 'CHANGING':
      return refuseProblems(request);
    case 'ON':
      if (!goal.stop) {
        return refuse(
          request,
          'usage',
          'it is ON',
          `chews down ${name} first, or chews dessicate ${name} --stop`,
        );
      }
      return planPutAway(request, true);
    case 'OFF':
      return planPutAway(request, false);
    case 'INCONSISTENT':
      if (has(request, 'detached') && goal.stop) return planPutAway(request, true);
      // What is on the disks is put away as the newest set; the one that overtook them stays beside it.
      if (has(request, 'overtaken')) return planPutAway(request, true);
      if (has(request, 'cut-off') && newestSet !== undefined) return restoreDisks(request, newestSet);
      if (has(request, 'stale-copies')) return dropCopies(request, disksBeside(request));
      return has(request, 'vm-missing', 'partly-away', 'unmade')
        ? putAwayRest(request)
        : refuseProblems(request);
  }
}

function putAwayRest(request: PlanRequest): Decision {
  const { name } = request.claim.workstation;
  if (has(request, 'unmade')) {
    return refuse(
      request,
      'refused',
      'its creation was cut off, and there is nothing to put away',
      `chews create ${name}`,
    );
  }
  return planPutAway(request, false);
}

/** To the nearest normal state, never with fewer copies of data than before (R10). */
export function planRecover(request: PlanRequest, goal: Extract<Goal, { kind: 'recover' }>): Decision {
  const { situation, claim } = request;
  const { name } = claim.workstation;
  const { state, vm } = situation;
  switch (state) {
    case 'CHANGING':
      return refuseProblems(request);
    case 'NOT_EXIST':
      return draft().finish(request, state, `${name} does not exist: there is nothing to recover`);
    case 'ON':
    case 'OFF':
    case 'DESSICATED': {
      const meant = situation.endOn ? 'ON' : state;
      if (goal.to !== undefined && goal.to !== meant) return planOnwards(request, goal.to);
      const to = draft();
      if (situation.endOn && vm !== undefined) addUp(request, to, vm);
      return to.finish(request, meant, `${name} is ${state}: there is nothing to recover`);
    }
    case 'INCONSISTENT':
      return mend(request, goal);
  }
}

/** From a normal state to another one that was asked for: nothing has to be mended on the way. */
function planOnwards(request: PlanRequest, to: 'ON' | 'OFF' | 'DESSICATED'): Decision {
  switch (to) {
    case 'ON':
      return planUp(request);
    case 'OFF':
      return request.situation.state === 'DESSICATED'
        ? planRehydrate(request, { off: true })
        : planDown(request);
    case 'DESSICATED':
      return planDessicate(request, { stop: false });
  }
}

function mend(request: PlanRequest, goal: Extract<Goal, { kind: 'recover' }>): Decision {
  const { situation, claim } = request;
  const { name } = claim.workstation;
  const { vm, newestSet, membership } = situation;
  if (has(request, 'ambiguous', 'unknown', 'held', 'suspended')) return refuseProblems(request);
  if (has(request, 'deleting')) return takeBackDeletion(request, goal);
  if (has(request, 'detached') && vm !== undefined) return attachAgain(request, vm);
  if (has(request, 'unmade', 'vm-missing')) {
    const { bootsLiveDisks } = request.capabilities;
    const away = has(request, 'vm-missing') && (goal.to === 'DESSICATED' || !bootsLiveDisks);
    if (away) return planPutAway(request, false);
    if (!bootsLiveDisks) return refuseRemains(request);
    const to = draft();
    const made = addAllMissing(request, to);
    if (goal.to === 'ON') addStart(to, { name }, [made], false);
    else addRest(request, to, made);
    return to.finish(request, goal.to === 'ON' ? 'ON' : 'OFF');
  }
  if (has(request, 'overtaken') && newestSet !== undefined) {
    const unused = membership.members.every(
      ({ live }) => live !== undefined && proveOnlyCopy(live, request.inventory).ok,
    );
    return unused ? planPutAway(request, false) : refuseProblems(request, choices(request));
  }
  if (has(request, 'stale-copies')) return dropCopies(request, disksBeside(request));
  if (has(request, 'partly-away') && newestSet !== undefined) {
    const stays = goal.to === 'ON' || goal.to === 'OFF';
    if (stays && request.capabilities.bootsLiveDisks) return restoreMissing(request, goal.to);
    const whole = proveRestorable(newestSet, membership.members, request);
    return whole.ok
      ? planPutAway(request, false)
      : refuse(request, 'refused', whole.missing, choices(request));
  }
  if (has(request, 'cut-off') && newestSet !== undefined) {
    return goal.to === 'DESSICATED' || !request.capabilities.bootsLiveDisks
      ? restoreDisks(request, newestSet)
      : restoreMissing(request, goal.to ?? 'OFF');
  }
  if (goal.to === 'OFF' && has(request, 'lost', 'failed') && vm?.status !== 'running')
    return restoreMissing(request, 'OFF');
  return refuseProblems(request, choices(request));
}

function takeBackDeletion(request: PlanRequest, goal: Extract<Goal, { kind: 'recover' }>): Decision {
  const { inventory, situation, claim } = request;
  const { name } = claim.workstation;
  const whole = situation.membership.members.every(({ live }) => live !== undefined);
  const set = situation.newestSet;
  if (
    goal.to === undefined ||
    !(whole || (set !== undefined && inventory.disks.length === 0 && set.flaws.length === 0))
  ) {
    return refuseProblems(
      request,
      whole
        ? `chews delete ${name} goes on with it; chews recover ${name} --to OFF takes it back`
        : `chews delete ${name} goes on with it`,
    );
  }
  const to = draft();
  const unmark = { deleting: undefined };
  for (const vm of inventory.vms)
    to.add({ kind: 'set-labels', assetKind: 'vm', asset: refOf(vm), labels: unmark });
  for (const disk of inventory.disks)
    to.add({ kind: 'set-labels', assetKind: 'disk', asset: refOf(disk), labels: unmark });
  for (const snapshot of inventory.snapshots) {
    to.add({ kind: 'set-labels', assetKind: 'snapshot', asset: refOf(snapshot), labels: unmark });
  }
  return to.finish(request, whole ? 'OFF' : 'DESSICATED');
}

/** A running VM that lacks one of its disks gets it back, after a stop where the provider needs one. */
function attachAgain(request: PlanRequest, vm: Vm): Decision {
  const to = draft();
  const inPlace = request.capabilities.attach === 'running';
  const ready: After = inPlace ? [] : [addStopForWork(to, vm)];
  const attached = looseMembers(request, vm).map(({ live }) =>
    to.add({ kind: 'attach-disk', vm: refOf(vm), disk: refOf(live) }, ready),
  );
  if (!inPlace) addStart(to, refOf(vm), attached, true);
  return to.finish(request, 'ON');
}

/** Rebuilds what is missing from its last snapshots: provably equal to what is alive, or because the owner said so. */
function restoreMissing(request: PlanRequest, wanted: 'ON' | 'OFF'): Decision {
  const { situation, claim } = request;
  const { membership, newestSet, vm } = situation;
  const spares = sparesOf(request, newestSet);
  if (spares.length > 0) {
    const to = draft();
    addSpareDeletion(request, to, vm, spares);
    return to.finish(request, wanted);
  }
  const missing = membership.members.filter(({ live }) => live?.status !== 'ready');
  // Its name is taken by the disk that is unusable, and nothing proves that one to be of no worth.
  const unusable = missing.find(({ live }) => live !== undefined);
  if (unusable !== undefined)
    return refuse(request, 'refused', `disk ${unusable.name} is unusable and still there`, choices(request));
  const last = new Map<string, Snapshot>();
  for (const { name } of missing) {
    const set = [...situation.sets].reverse().find(({ byDisk }) => byDisk.get(name)?.status === 'ready');
    const snapshot = set?.byDisk.get(name);
    if (snapshot === undefined)
      return refuse(request, 'refused', `there is no snapshot of disk ${name}`, choices(request));
    last.set(name, snapshot);
  }
  if (newestSet === undefined) return refuseProblems(request, choices(request));
  const pieces = { ...newestSet, byDisk: last };
  const problem = restoreProblem(request, pieces);
  if (problem !== undefined) return refuse(request, 'refused', problem, choices(request));
  const to = draft();
  const made = addRestored(request, to, pieces);
  if (!request.capabilities.bootsLiveDisks) return attachRestored(request, to, vm, missing, made);
  // Whatever is not ready is gone, and made anew.
  const refs = membership.members.map(({ name }) => refTo(request, name, last.get(name)));
  const [bootRef] = refs;
  if (bootRef === undefined) return refuseProblems(request);
  const sealed = addSeal(
    request,
    to,
    bootRef,
    membership.members.map((member) => member.name),
    made,
  );
  // The old VM still names the disk that is gone: it is made anew, which loses nothing once its flags are clear.
  const free: After = vm === undefined ? sealed : [addVmRelease(request, to, vm, sealed)];
  const machine = addVm(request, to, refs, false, free);
  if (wanted === 'ON') addStart(to, { name: claim.workstation.name }, [machine], false);
  else addRest(request, to, machine);
  return to.finish(request, wanted);
}

/**
 * Where no VM can be made of them, the VM that is there gets what was restored, the boot disk first. Where there is none, the
 * plan after this one puts everything away.
 */
function attachRestored(
  request: PlanRequest,
  to: Draft,
  vm: Vm | undefined,
  missing: readonly Member[],
  made: After,
): Decision {
  if (vm === undefined) return to.finish(request, 'DESSICATED');
  let last = made;
  for (const { name } of missing)
    last = [to.add({ kind: 'attach-disk', vm: refOf(vm), disk: { name: diskName(request, name) } }, last)];
  return to.finish(request, 'OFF');
}
