import type { Disk } from './assets.ts';
import { proveHolds, proveOnlyCopy } from './contentProofs.ts';
import type { Decision, PlanRequest } from './plan.ts';
import { draft, refOf } from './planParts.ts';

/**
 * Where there turned out to be no room for the VM, what was made there goes, each disk with its own proof: it is made again in the
 * next location, or the workstation is left as it was before. Undefined where there is nothing of it there, or where a disk
 * is more than a copy.
 */
export function planElsewhere(request: PlanRequest): Decision | undefined {
  const { situation, full = [] } = request;
  const live = situation.membership.members.flatMap((member) => member.live ?? []);
  const stuck = live.filter(({ location }) => full.includes(location));
  if (situation.vm !== undefined || stuck.length === 0 || !live.every((disk) => isSpare(request, disk)))
    return undefined;
  const to = draft();
  for (const disk of live) to.add({ kind: 'delete-disk', disk: refOf(disk) });
  return to.finish(request, situation.newestSet === undefined ? 'NOT_EXIST' : 'DESSICATED');
}

function isSpare(request: PlanRequest, disk: Disk): boolean {
  const { inventory } = request;
  return (
    proveOnlyCopy(disk, inventory).ok ||
    inventory.snapshots.some((snapshot) => proveHolds(snapshot, disk, request).ok)
  );
}
