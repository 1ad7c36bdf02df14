import { type Exchange, fieldOf, type Look } from './exchange.ts';
import { lacks } from './permissionsFor.ts';
import { findDisk, findSnapshot, findVm } from './finds.ts';

function testing(find: (exchange: Exchange, name: string) => object): Look {
  return {
    what: ({ path }) => `ask permissions ${path['resource']}`,
    answer: (exchange) => {
      find(exchange, fieldOf(exchange, 'resource'));
      const asked = exchange.body['permissions'];
      const granted = (Array.isArray(asked) ? asked : [])
        .map(String)
        .filter((permission) => !lacks(exchange.world.gce.knobs, permission));
      return granted.length === 0 ? {} : { permissions: granted };
    },
  };
}

/** Which of those that are asked about the caller has, on one asset: a list that is left out where it has none. */
export const permissionLooks: Readonly<Record<string, Look>> = {
  'instances.testIamPermissions': testing(findVm),
  'disks.testIamPermissions': testing(findDisk),
  'snapshots.testIamPermissions': testing(findSnapshot),
};
