import type { Snapshot, Vm } from './assets.ts';
import type { Decision, Goal, PlanRequest } from './plan.ts';
import {
  type After,
  addRest,
  addSeal,
  addSnapshots,
  addStart,
  addStopForWork,
  addUp,
  addVm,
  addVmRelease,
  chooseSet,
  type Draft,
  diskName,
  draft,
  has,
  looseMembers,
  refOf,
  refuse,
  refuseProblems,
} from './planParts.ts';
import { planDown, planRehydrate, planUp } from './planGoals.ts';
import { addAllMissing, addRestored, addSpareDeletion, restoreProblem, sparesOf } from './planRestore.ts';
import { proveOnlyCopy, proveRestorable } from './contentProofs.ts';
import type { SnapshotSet } from './snapshotSets.ts';

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
      return putAway(request, true);
    case 'OFF':
      return putAway(request, false);
    case 'INCONSISTENT':
      if (has(request, 'detached') && goal.stop) return putAway(request, true);
      // What is on the disks is put away as the newest set; the one that overtook them stays beside it.
      if (has(request, 'overtaken')) return putAway(request, true);
      if (has(request, 'cut-off') && newestSet !== undefined) return restoreDisks(request, newestSet);
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
  return putAway(request, false);
}

/** To DESSICATED. A VM that runs now is stopped first, and then only a new set can hold what it wrote. */
function putAway(request: PlanRequest, running: boolean): Decision {
  const { situation, claim } = request;
  const set = chooseSet(request, running);
  if (!set.ok) {
    const recovers = request.goal.kind === 'recover';
    const remedy = recovers ? choices(request) : `chews recover ${claim.workstation.name}`;
    return refuse(request, 'refused', set.missing, remedy);
  }
  const to = draft();
  const { vm, membership } = situation;
  const stopped: After =
    running && vm?.status === 'running' ? [to.add({ kind: 'stop-vm', vm: refOf(vm) })] : [];
  const safe = addSnapshots(request, to, set.value, stopped);
  const free: After = vm === undefined ? safe : [addVmRelease(request, to, vm, safe, set.value.timestamp)];
  const { timestamp } = set.value;
  const noted = addNotes(request, to, timestamp, free);
  for (const { live, record } of membership.members) {
    const disk = live ?? record;
    if (disk !== undefined) to.add({ kind: 'delete-disk', disk: refOf(disk), into: timestamp }, noted);
  }
  return to.finish(request, 'DESSICATED');
}

/**
 * Where the provider does not tell when a loose disk could last be written, the proof would end with this run: it is noted on
 * every disk before the first one goes.
 */
function addNotes(request: PlanRequest, to: Draft, putInto: string, after: After): After {
  const live = request.situation.membership.members.flatMap((member) => member.live ?? []);
  if (request.capabilities.tellsOfLooseDisks === 'last-write' || live.length < 2) return after;
  const noted = live
    .filter(({ labels }) => labels.putInto !== putInto)
    .map((disk) =>
      to.add({ kind: 'set-labels', assetKind: 'disk', asset: refOf(disk), labels: { putInto } }, after),
    );
  return noted.length === 0 ? after : noted;
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
    if (goal.to === 'DESSICATED' && has(request, 'vm-missing')) return putAway(request, false);
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
    return unused ? putAway(request, false) : refuseProblems(request, choices(request));
  }
  if (has(request, 'partly-away') && newestSet !== undefined) {
    if (goal.to === 'ON' || goal.to === 'OFF') return restoreMissing(request, goal.to);
    const whole = proveRestorable(newestSet, membership.members, request);
    return whole.ok ? putAway(request, false) : refuse(request, 'refused', whole.missing, choices(request));
  }
  if (has(request, 'cut-off') && newestSet !== undefined) {
    return goal.to === 'DESSICATED'
      ? restoreDisks(request, newestSet)
      : restoreMissing(request, goal.to ?? 'OFF');
  }
  if (goal.to === 'OFF' && has(request, 'lost', 'failed') && vm?.status !== 'running')
    return restoreMissing(request, 'OFF');
  return refuseProblems(request, choices(request));
}

/** What a person can choose where data would be guessed at. */
function choices(request: PlanRequest): string {
  const { situation, claim } = request;
  const { name } = claim.workstation;
  const whole = [...situation.sets].reverse().find((set) => set.flaws.length === 0);
  const lost = situation.membership.members.filter(
    ({ live }) => live === undefined || live.status === 'failed',
  );
  const held = lost.every((member) =>
    situation.sets.some((set) => set.byDisk.get(member.name)?.status === 'ready'),
  );
  const options: string[] = [];
  if (has(request, 'overtaken')) {
    options.push(
      `chews dessicate ${name} keeps what is on its disks as the newest set, and the older sets beside it`,
    );
  } else if (has(request, 'disorder')) {
    const known = situation.sets.filter((set) => set.flaws.length === 0).map((set) => set.timestamp);
    options.push(
      `chews rehydrate ${name} --set TIMESTAMP goes on from the set that you know to be the newest: ${known.join(', ')}`,
    );
  } else if (has(request, 'broken-set')) {
    options.push('put the missing snapshot back');
    if (whole !== undefined)
      options.push(`chews rehydrate ${name} --set ${whole.timestamp} goes back to that older set`);
  } else if (situation.vm?.status === 'running') {
    options.push(`chews down ${name} first`);
  } else if (lost.length > 0) {
    const unusable = lost.flatMap(({ live }) => (live === undefined ? [] : [live.name]));
    options.push(
      unusable.length === 0
        ? 'put the missing disk back'
        : `delete disk ${unusable.join(', ')} with the provider’s own tools, then run chews recover ${name} again`,
    );
    const begun = situation.sets.find(
      (set) => proveRestorable(set, situation.membership.members, request).ok,
    );
    if (unusable.length === 0 && begun !== undefined)
      options.push(`chews rehydrate ${name} --set ${begun.timestamp} goes on from that set`);
    const { boot } = situation.membership;
    const removable = situation.vm?.status === 'stopped' && lost.every((member) => member.name !== boot);
    if (unusable.length === 0 && held)
      options.push(
        `chews recover ${name} --to OFF restores it from its last snapshot, older than the other disks`,
      );
    else if (unusable.length === 0 && removable)
      options.push(
        `chews apply ${name} --remove-disk ${lost.map((member) => member.name).join(' --remove-disk ')} goes on without it`,
      );
  }
  options.push(`chews delete ${name} gives everything up`);
  return `choose: ${options.join('; or ')}`;
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

/** The disks that are gone, beside those that are alive: the plan after this one puts all of them away into a new set. */
function restoreDisks(request: PlanRequest, set: SnapshotSet): Decision {
  const problem = restoreProblem(request, set);
  if (problem !== undefined) return refuse(request, 'refused', problem, choices(request));
  const to = draft();
  addRestored(request, to, set);
  to.note('its provider cannot tell whether its disks are as the set has them: all are put away anew');
  return to.finish(request, 'DESSICATED');
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
  const refs = membership.members.map((member) =>
    member.live?.status === 'ready' ? refOf(member.live) : { name: diskName(request, member.name) },
  );
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
