import type { Inventory } from './assets.ts';
import { formatBytes } from './units.ts';

/** What goes on costing money, or space, as it stands: one phrase an asset kind; empty when nothing does. */
export function billsOf(inventory: Inventory): string[] {
  const { vms, snapshots } = inventory;
  const disks = inventory.disks.filter((disk) => disk.status !== 'gone');
  const many = (count: number, word: string) => `${count} ${word}${count === 1 ? '' : 's'}`;
  const known = vms.filter(({ status }) => status !== 'stopped' && status !== 'unknown');
  const unknown = vms.filter(({ status }) => status === 'unknown');
  const bills: string[] = [];
  if (known.length > 0) bills.push(`${many(known.length, 'VM')} running`);
  if (unknown.length > 0) bills.push(`${many(unknown.length, 'VM')} perhaps running`);
  if (disks.length > 0) {
    const total = disks.reduce((sum, disk) => sum + disk.sizeBytes, 0);
    bills.push(`${many(disks.length, 'disk')} of ${formatBytes(total)}${stored(disks)}`);
  }
  if (snapshots.length > 0) bills.push(`${many(snapshots.length, 'snapshot')}${stored(snapshots)}`);
  return bills;
}

function stored(assets: readonly { readonly storedBytes?: number }[]): string {
  const known = assets.flatMap(({ storedBytes }) => (storedBytes === undefined ? [] : [storedBytes]));
  return known.length < assets.length
    ? ''
    : ` (${formatBytes(known.reduce((sum, bytes) => sum + bytes, 0))} stored)`;
}
