import { type Exchange, fieldOf, type Look } from './exchange.ts';
import { findDisk, findSnapshot, findVm } from './finds.ts';

function testing(find: (exchange: Exchange, name: string) => object): Look {
  return {
    what: ({ path }) => `ask permissions ${path['resource']}`,
    permission: 'none',
    answer: (exchange) => {
      find(exchange, fieldOf(exchange, 'resource'));
      const asked = exchange.body['permissions'];
      const { denied } = exchange.world.gce.knobs;
      const granted = (Array.isArray(asked) ? asked : [])
        .map(String)
        .filter((permission) => !denied.has(permission));
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
