import { ChewsError } from '../../src/core/errors.ts';
import type { Lease } from '../../src/core/lease.ts';
import type { LeaseStore } from '../../src/core/provider.ts';
import type { Client } from './datacenter/client.ts';
import { drawId, type World } from './datacenter/world.ts';

/** Leases inside the model. Each method is one call, and a call is atomic: the model is single-threaded. */
export function memoryLeases(client: Client): LeaseStore {
  const keyOf = (workstation: string) => `${client.account}/${workstation}`;

  function ours(world: World, lease: Lease): boolean {
    return world.leases.get(keyOf(lease.workstation))?.id === lease.id;
  }

  return {
    list: (options) =>
      client.read(
        'list leases',
        (world) => ({
          nowMs: world.nowMs,
          leases: [...world.leases]
            .filter(([key]) => key.startsWith(`${client.account}/`))
            .map(([, lease]) => lease),
        }),
        options?.signal,
      ),

    take: (request, replacing, options) =>
      client.mutate(
        `take lease ${request.workstation}`,
        (world) => {
          const key = keyOf(request.workstation);
          const held = world.leases.get(key);
          // A token is drawn by a run for itself, so this is our own take whose answer was lost.
          if (held?.token === request.token) return { taken: held };
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
          world.leases.set(key, taken);
          return { taken };
        },
        options?.signal,
      ),

    renew: (lease, options) =>
      client.mutate(
        `renew lease ${lease.workstation}`,
        (world) => {
          const held = world.leases.get(keyOf(lease.workstation));
          if (held === undefined || !ours(world, lease)) {
            throw new ChewsError('busy', `cannot renew lease ${lease.workstation}: it is no longer ours`, {
              effect: 'none',
            });
          }
          const renewed = { ...held, untilMs: world.nowMs + (lease.untilMs - lease.sinceMs) };
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
  };
}
