import type { Decision, PlanRequest } from './plan.ts';
import { draft, refOf } from './planParts.ts';
import { proveOnlyCopy } from './onlyCopy.ts';

/**
 * Disks whose making was accepted and failed, and that provably never held anything of their own, are in the way of the
 * ones that are to be made in their place: they go first, each with its own proof, and the plan after this one goes on.
 * Undefined where there are none, or where something else is the matter.
 */
export function planFailedCopies(request: PlanRequest): Decision | undefined {
  const { situation, inventory } = request;
  const mendable = situation.problems.every(({ kind }) => ['failed', 'lost', 'unmade'].includes(kind));
  if (situation.state !== 'INCONSISTENT' || !mendable) return undefined;
  const failed = inventory.disks.filter(
    (disk) => disk.status === 'failed' && disk.attachedTo.length === 0 && proveOnlyCopy(disk, inventory).ok,
  );
  if (failed.length === 0) return undefined;
  const to = draft();
  for (const disk of failed) to.add({ kind: 'delete-disk', disk: refOf(disk) });
  to.note('what failed while it was made, and never held anything, goes first');
  return to.finish(request, 'INCONSISTENT');
}
