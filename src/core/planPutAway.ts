import { choices } from './choices.ts';
import type { Decision, PlanRequest } from './plan.ts';
import {
  type After,
  addSnapshots,
  addVmRelease,
  chooseSet,
  type Draft,
  draft,
  refOf,
  refuse,
} from './planParts.ts';
import { addRestored, disksBeside, dropCopies, isNothingButCopies, restoreProblem } from './planRestore.ts';
import type { SnapshotSet } from './snapshotSets.ts';

/** To DESSICATED. A VM that runs now is stopped first, and then only a new set can hold what it wrote. */
export function planPutAway(request: PlanRequest, running: boolean): Decision {
  const { situation, claim } = request;
  const set = chooseSet(request, running);
  if (!set.ok) {
    // Of unused copies nothing has to be put away.
    if (isNothingButCopies(request)) return dropCopies(request, disksBeside(request));
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

/** The disks that are gone, beside those that are alive: the plan after this one puts all of them away into a new set. */
export function restoreDisks(request: PlanRequest, set: SnapshotSet): Decision {
  const problem = restoreProblem(request, set);
  if (problem !== undefined) return refuse(request, 'refused', problem, choices(request));
  const to = draft();
  addRestored(request, to, set);
  to.note('its provider cannot tell whether its disks are as the set has them: all are put away anew');
  return to.finish(request, 'DESSICATED');
}
