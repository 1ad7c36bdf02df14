import type { ContentWrite, ModelDisk, ModelSnapshot, World } from './world.ts';

/** A place that holds a version of a disk's content for good: a disk, a ready snapshot, or the VM that it was written inside. */
export interface Holding {
  readonly kind: 'disk' | 'snapshot' | 'vm';
  readonly id: string;
  readonly name: string;
}

/** A version that nothing was built on and that exists nowhere any more. */
export type Loss = ContentWrite;

export class DataLost extends Error {
  readonly losses: readonly Loss[];

  constructor(losses: readonly Loss[], after: string) {
    const what = losses.map(({ workstation, disk, version }) => `${workstation}/${disk} version ${version}`);
    super(`data was lost after ${after}: ${what.join(', ')} is held nowhere`);
    this.name = 'DataLost';
    this.losses = losses;
  }
}

/** The newest version that a guest wrote to a disk of a workstation; undefined while nothing was written. */
export function newestContent(world: World, workstation: string, disk: string): number | undefined {
  let newest: number | undefined;
  for (const write of world.contents.writes.values()) {
    if (write.workstation === workstation && write.disk === disk) newest = write.version;
  }
  return newest;
}

function holdsForGood({ status, settling }: ModelDisk | ModelSnapshot): boolean {
  return status === 'ready' && settling === undefined;
}

/** Everything that holds exactly this version. */
export function whereHeld(world: World, version: number): Holding[] {
  const holds = (asset: ModelDisk | ModelSnapshot) => holdsForGood(asset) && asset.content === version;
  return [
    ...[...world.disks.values()].filter(holds).map(({ id, name }): Holding => ({ kind: 'disk', id, name })),
    ...[...world.snapshots.values()]
      .filter(holds)
      .map(({ id, name }): Holding => ({ kind: 'snapshot', id, name })),
    ...[...world.vms.values()]
      .filter(({ localContent }) => localContent === version)
      .map(({ id, name }): Holding => ({ kind: 'vm', id, name })),
  ];
}

/** All data that is gone although nobody asked for its end (R1). */
export function losses(world: World): Loss[] {
  const { heads, writes, letGo, lostByOwner } = world.contents;
  const lost: Loss[] = [];
  // Once for all heads: this is asked after every call, of fleets of hundreds.
  const held = new Set<number>();
  for (const assets of [world.disks, world.snapshots]) {
    for (const asset of assets.values()) if (holdsForGood(asset)) held.add(asset.content);
  }
  for (const { localContent } of world.vms.values()) if (localContent !== undefined) held.add(localContent);
  for (const version of heads) {
    const write = writes.get(version);
    if (write === undefined || lostByOwner.has(version)) continue;
    if (letGo.has(write.workstation) || letGo.has(`${write.workstation}/${write.disk}`)) continue;
    if (!held.has(version)) lost.push(write);
  }
  return lost;
}

export function assertNothingLost(world: World, after: string): void {
  const lost = losses(world);
  if (lost.length > 0) throw new DataLost(lost, after);
}

/** What the owner destroys by his own hand is his own to destroy: it is noted, and never counted again. */
export function blameOwner(world: World, lostBefore: readonly Loss[], deed: string): void {
  for (const loss of losses(world)) {
    if (!lostBefore.includes(loss)) world.contents.lostByOwner.set(loss.version, deed);
  }
}

/** The user has confirmed that the data of a workstation, or of one disk of it, may go. */
export function letGo(world: World, workstation: string, disk?: string): void {
  world.contents.letGo.add(disk === undefined ? workstation : `${workstation}/${disk}`);
}

/** From now on the data counts again: after a `delete`, before the next `create` of the same name. */
export function keepAgain(world: World, workstation: string, disk?: string): void {
  const { heads, writes, letGo } = world.contents;
  for (const version of heads) {
    const write = writes.get(version);
    const gone = write?.workstation === workstation && (disk === undefined || write.disk === disk);
    if (gone && whereHeld(world, version).length === 0) heads.delete(version);
  }
  letGo.delete(disk === undefined ? workstation : `${workstation}/${disk}`);
}

/** Names that two live VMs of one account share: what a second run must never bring about. */
export function twins(world: World): string[] {
  const names = [...world.vms.values()].map(({ account, name }) => `${account}/${name}`);
  return [...new Set(names.filter((name, index) => names.indexOf(name) !== index))];
}
