import { proveRestorable } from './contentProofs.ts';
import { proveOnlyCopy } from './onlyCopy.ts';
import type { Decision, PlanRequest } from './plan.ts';
import { draft, refOf } from './planParts.ts';

/**
 * Where there turned out to be no room for the VM, what was made there goes, each disk with its own proof: it is made again in the
 * next location, or the workstation is left as it was before. Undefined where there is nothing of it there, or where a disk
 * is more than a copy and the newest set does not hold the whole workstation as it is.
 */
export function planElsewhere(request: PlanRequest): Decision | undefined {
  const { situation, inventory, full = [] } = request;
  const { newestSet, membership } = situation;
  const live = membership.members.flatMap((member) => member.live ?? []);
  const stuck = live.filter(({ location }) => full.includes(location));
  if (situation.vm !== undefined || stuck.length === 0) return undefined;
  const isSpare = live.every((disk) => proveOnlyCopy(disk, inventory).ok);
  const whole = proveRestorable(newestSet, membership.members, request);
  if (!isSpare && !whole.ok) return undefined;
  const into = !isSpare && whole.ok ? { into: whole.value.timestamp } : {};
  const to = draft();
  // Without the list of members a create that is cut off here is seen to be one: what is gone by then was never used.
  const labels = { members: undefined };
  const unsealed = (newestSet === undefined && live.length > 1 ? live : [])
    .filter((disk) => disk.labels.members !== undefined)
    .map((disk) => to.add({ kind: 'set-labels', assetKind: 'disk', asset: refOf(disk), labels }));
  for (const disk of live) to.add({ kind: 'delete-disk', disk: refOf(disk), ...into }, unsealed);
  return to.finish(request, newestSet === undefined ? 'NOT_EXIST' : 'DESSICATED');
}
