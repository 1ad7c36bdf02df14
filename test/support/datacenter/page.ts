import type { Disk, Fleet, Snapshot, Vm } from '../../../src/core/assets.ts';
import { tellLately } from './pictures.ts';
import type { World } from './world.ts';

/** One answer to a list. */
export interface Page {
  readonly part: Fleet;
  /** Where the next page goes on; undefined: this was the last. */
  readonly next: string | undefined;
  /** Why it is not all that there is (Compute Engine: "any other warning is a partial answer"). */
  readonly warning: string | undefined;
}

/** Pages go on behind the last asset, by kind and id, so that what comes and goes in between shifts nothing. */
export function tellPage(world: World, account: string, after: string | undefined): Page {
  const fleet = tellLately(world, account);
  const { pageSize } = world.quirks;
  if (pageSize === undefined) return { part: fleet, next: undefined, warning: undefined };
  const keyed = [
    ...fleet.vms.map((asset) => ({ key: `1 ${asset.id}`, asset })),
    ...fleet.disks.map((asset) => ({ key: `2 ${asset.id}`, asset })),
    ...fleet.snapshots.map((asset) => ({ key: `3 ${asset.id}`, asset })),
  ]
    .filter(({ key }) => after === undefined || key > after)
    .sort((left, right) => (left.key < right.key ? -1 : 1));
  const onPage = new Set<Vm | Disk | Snapshot>(keyed.slice(0, pageSize).map(({ asset }) => asset));
  return {
    part: only(fleet, (asset) => onPage.has(asset)),
    next: keyed.length > pageSize ? keyed[pageSize - 1]?.key : undefined,
    warning: undefined,
  };
}

/** The page without every second asset of a kind, as when a zone could not be asked. */
export function cutPage({ part, next }: Page): Page {
  let count = 0;
  return { part: only(part, () => (count += 1) % 2 === 1), next, warning: 'a zone did not answer' };
}

function only(fleet: Fleet, keeps: (asset: Vm | Disk | Snapshot) => boolean): Fleet {
  return {
    ...fleet,
    vms: fleet.vms.filter(keeps),
    disks: fleet.disks.filter(keeps),
    snapshots: fleet.snapshots.filter(keeps),
  };
}
