import type { Fleet } from '../../src/core/assets.ts';
import { ChewsError } from '../../src/core/errors.ts';
import type { Client } from './datacenter/client.ts';

/** All pages, or an error: a shorter fleet would be taken for an emptier world. */
export async function readFleet(client: Client, signal?: AbortSignal): Promise<Fleet> {
  let fleet: Fleet | undefined;
  let after: string | undefined;
  do {
    const { part, next, warning } = await client.page(after, signal);
    if (warning !== undefined) {
      throw new ChewsError('unreadable', `cannot list the fleet: the answer is not whole: ${warning}`, {
        retryable: true,
        effect: 'none',
      });
    }
    fleet =
      fleet === undefined
        ? part
        : {
            ...fleet,
            vms: [...fleet.vms, ...part.vms],
            disks: [...fleet.disks, ...part.disks],
            snapshots: [...fleet.snapshots, ...part.snapshots],
          };
    after = next;
  } while (after !== undefined);
  return fleet;
}
