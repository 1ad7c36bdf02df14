import type { Decision, PlanRequest } from './plan.ts';
import { draft, refOf } from './planParts.ts';
import { proveOnlyCopy } from './onlyCopy.ts';
import { infer } from './state.ts';

/**
 * Disks whose making was accepted and failed, and that provably never held anything of their own, are in the way of the
 * ones that are to be made in their place: they go first, each with its own proof, and the plan after this one goes on.
 * Undefined where there are none, or where something else is the matter: what is refused changes nothing.
 * @param next what is planned once they are gone
 */
export function planFailedCopies(
  request: PlanRequest,
  next: (request: PlanRequest) => Decision,
): Decision | undefined {
  const { situation, inventory, claim, seen } = request;
  const mendable = situation.problems.every(({ kind }) => ['failed', 'lost', 'unmade'].includes(kind));
  if (situation.state !== 'INCONSISTENT' || !mendable) return undefined;
  const failed = inventory.disks.filter(
    (disk) => disk.status === 'failed' && disk.attachedTo.length === 0 && proveOnlyCopy(disk, inventory).ok,
  );
  const rest = { ...inventory, disks: inventory.disks.filter((disk) => !failed.includes(disk)) };
  const onwards = () => next({ ...request, inventory: rest, situation: infer(rest, claim, seen) });
  if (failed.length === 0 || onwards().kind === 'refused') return undefined;
  const to = draft();
  for (const disk of failed) to.add({ kind: 'delete-disk', disk: refOf(disk) });
  to.note('what failed while it was made, and never held anything, goes first');
  return to.finish(request, 'INCONSISTENT');
}
