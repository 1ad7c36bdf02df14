import { ChewsError } from '../../src/core/errors.ts';
import type { Lease, UnreadableLease } from '../../src/core/lease.ts';
import type { LeaseStore } from '../../src/core/provider.ts';
import type { Client } from './datacenter/client.ts';
import { drawId, type World } from './datacenter/world.ts';

/** What a mangled lease is in the model: it does not say until when it holds. */
function isTorn(lease: Lease): boolean {
  return Number.isNaN(lease.untilMs);
}

/** As a cut-off write or somebody's hand would leave it. */
export function tearLease(world: World, key: string): void {
  const lease = world.leases.get(key);
  if (lease === undefined) throw new Error(`there is no lease ${key} to tear`);
  world.leases.set(key, { ...lease, untilMs: Number.NaN });
}

function asUnreadable({ workstation, id }: Lease): UnreadableLease {
  return { workstation, id: `torn-${id}`, why: 'it does not say until when it holds' };
}

function readable(lease: Lease | undefined): Lease | undefined {
  if (lease === undefined || !isTorn(lease)) return lease;
  const { workstation, why } = asUnreadable(lease);
  throw new ChewsError('unreadable', `cannot read the lease of ${workstation}: ${why}`, { effect: 'none' });
}

/** Leases inside the model. Each method is one call, and a call is atomic: the model is single-threaded. */
export function memoryLeases(client: Client): LeaseStore {
  const keyOf = (workstation: string) => `${client.account}/${workstation}`;

  function ours(world: World, lease: Lease): boolean {
    return world.leases.get(keyOf(lease.workstation))?.id === lease.id;
  }

  /** How long each lease was asked for: it itself does not say so any more once it has been renewed. */
  const durations = new Map<string, number>();

  function own(world: World, workstation: string | undefined): Lease[] {
    return [...world.leases]
      .filter(([key]) =>
        workstation === undefined ? key.startsWith(`${client.account}/`) : key === keyOf(workstation),
      )
      .map(([, lease]) => lease);
  }

  return {
    list: (options) =>
      client.read(
        'list leases',
        (world) => ({
          nowMs: world.nowMs,
          leases: own(world, options?.workstation).filter((lease) => !isTorn(lease)),
          unreadable: own(world, options?.workstation).filter(isTorn).map(asUnreadable),
        }),
        options?.signal,
      ),

    take: (request, replacing, options) =>
      client.mutate(
        `take lease ${request.workstation}`,
        (world) => {
          const key = keyOf(request.workstation);
          const held = readable(world.leases.get(key));
          // A token is drawn by a run for itself, so this is our own take whose answer was lost.
          if (held?.token === request.token) {
            durations.set(held.id, request.durationMs);
            return { taken: held };
          }
          // A holder that was thought dead and has renewed since is not the one that was judged.
          const judged = held?.id === replacing?.id && held?.untilMs === replacing?.untilMs;
          if (held !== undefined && !judged) return { heldBy: held };
          const { durationMs, ...who } = request;
          const taken: Lease = {
            ...who,
            id: drawId(world, 'lease'),
            sinceMs: world.nowMs,
            untilMs: world.nowMs + durationMs,
          };
          durations.set(taken.id, durationMs);
          world.leases.set(key, taken);
          return { taken };
        },
        options?.signal,
      ),

    renew: (lease, options) =>
      client.mutate(
        `renew lease ${lease.workstation}`,
        (world) => {
          const held = readable(world.leases.get(keyOf(lease.workstation)));
          if (held === undefined || !ours(world, lease)) {
            throw new ChewsError('busy', `cannot renew lease ${lease.workstation}: it is no longer ours`, {
              effect: 'none',
            });
          }
          const renewed = {
            ...held,
            untilMs: world.nowMs + (durations.get(lease.id) ?? lease.untilMs - lease.sinceMs),
          };
          world.leases.set(keyOf(lease.workstation), renewed);
          return renewed;
        },
        options?.signal,
      ),

    release: (lease, options) =>
      client.mutate(
        `release lease ${lease.workstation}`,
        (world) => {
          if (ours(world, lease)) world.leases.delete(keyOf(lease.workstation));
        },
        options?.signal,
      ),

    clear: (shown, options) =>
      client.mutate(
        `clear lease ${shown.workstation}`,
        (world) => {
          const key = keyOf(shown.workstation);
          const held = world.leases.get(key);
          if (held === undefined) return false;
          const same = isTorn(held)
            ? asUnreadable(held).id === shown.id
            : 'untilMs' in shown && held.id === shown.id && held.untilMs === shown.untilMs;
          return same && world.leases.delete(key);
        },
        options?.signal,
      ),
  };
}
