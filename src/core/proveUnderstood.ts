import type { Inventory } from './assets.ts';
import { type Guard, pass } from './guard.ts';
import type { Verdict } from './verdict.ts';

/** R7: there is nothing in the answer that chews does not understand. */
export const understood: readonly Guard<Inventory>[] = [
  {
    name: 'vm-status-known',
    rule: 'R7',
    missing: ({ vms, strangers }) => {
      const vm = [...vms, ...strangers].find(({ status }) => status === 'unknown');
      return vm && `VM ${vm.name} is in a state that chews does not know: ${vm.statusText}`;
    },
  },
  {
    name: 'asset-status-known',
    rule: 'R7',
    missing: ({ disks, snapshots }) => {
      const asset = [...disks, ...snapshots].find(({ status }) => status === 'unknown');
      return asset && `${asset.name} is in a state that chews does not know: ${asset.statusText}`;
    },
  },
];

export function proveUnderstood(inventory: Inventory): Verdict<Inventory> {
  return pass(understood, inventory, inventory);
}
