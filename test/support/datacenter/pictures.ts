import type { Fleet } from '../../../src/core/assets.ts';
import { tellFleet } from './tellFleet.ts';
import { draw, drawShare, type World } from './world.ts';

/**
 * Keeps what lists tell at this moment. Only time makes a picture old, so that it is enough to keep one before time passes,
 * and one wherever something comes to its end meanwhile.
 */
export function remember(world: World): void {
  const { listLagMs } = world.quirks;
  if (listLagMs === 0) return;
  const oldestMs = world.nowMs - listLagMs;
  const first = world.pictures.findLastIndex(({ atMs }) => atMs <= oldestMs);
  const kept = world.pictures.slice(Math.max(0, first));
  const fleets = world.accounts.map((account) => tellFleet(world, account));
  // What changed within one moment shows as it was at the moment's end.
  const { vms, disks, snapshots, ec2 } = world;
  const seen = ec2 && structuredClone({ vms, disks, snapshots, ec2 });
  world.pictures = [
    ...kept.filter(({ atMs }) => atMs !== world.nowMs),
    { atMs: world.nowMs, fleets, ...(seen && { seen }) },
  ];
}

/** The world as EC2 shows it to a read: of a moment within the lag, drawn for this read. */
export function seenLately(world: World): World {
  if (world.quirks.listLagMs === 0) return world;
  const seenAtMs = world.nowMs - drawLagMs(world);
  if (seenAtMs >= world.nowMs) return world;
  const picture = world.pictures.findLast(({ atMs }) => atMs <= seenAtMs) ?? world.pictures[0];
  return picture?.seen === undefined ? world : { ...world, ...picture.seen };
}

/** What a list tells: each kind as of a moment of its own, and with no word about how old it is. */
export function tellLately(world: World, account: string): Fleet {
  const truth = tellFleet(world, account);
  if (world.quirks.listLagMs === 0) return truth;
  const { vms, ended } = pictureOf(world, truth);
  return {
    ...truth,
    vms,
    ...(ended !== undefined && { ended }),
    disks: pictureOf(world, truth).disks,
    snapshots: pictureOf(world, truth).snapshots,
  };
}

function pictureOf(world: World, truth: Fleet): Fleet {
  const seenAtMs = world.nowMs - drawLagMs(world);
  if (seenAtMs >= world.nowMs) return truth;
  const picture = world.pictures.findLast(({ atMs }) => atMs <= seenAtMs) ?? world.pictures[0];
  return picture?.fleets.find(({ account }) => account === truth.account) ?? truth;
}

/** Often one of the ends: what is in between is the milder case. */
function drawLagMs(world: World): number {
  const { listLagMs } = world.quirks;
  switch (draw(world) % 4) {
    case 0:
      return 0;
    case 1:
      return listLagMs;
    default:
      return Math.floor(drawShare(world) * (listLagMs + 1));
  }
}
