import { describe, expect, it } from 'vitest';
import * as disks from './diskCalls.ts';
import { advance } from './guests.ts';
import { tellLately } from './pictures.ts';
import { plain } from './quirks.ts';
import { tellFleet } from './tellFleet.ts';
import * as vms from './vmCalls.ts';
import { createWorld, type World } from './world.ts';

const LAG_MS = 5_000;

function worldOf(listLagMs = LAG_MS): World {
  const durations = { ...plain.durations, snapshotMs: 1_000 };
  return createWorld({ quirks: { ...plain, listLagMs, durations }, seed: 7, startAtMs: 1_700_000_000_000 });
}

function disk(world: World): string {
  advance(world, 10);
  return disks.createDisk(world, 'home', {
    name: 'data',
    location: 'north-a',
    sizeBytes: plain.smallestDiskBytes,
    type: 'standard',
    source: { from: 'blank' },
    labels: { workstation: 'test', disk: 'data' },
  });
}

function snapshot(world: World, diskId: string): string {
  advance(world, 10);
  return disks.snapshotDisk(world, 'home', { diskId, name: 'ss', location: 'north-a', labels: {} });
}

/** What many lists at this one moment tell, each different answer once. */
function told<T>(world: World, look: (fleet: ReturnType<typeof tellLately>) => T): T[] {
  const answers = Array.from({ length: 60 }, () => JSON.stringify(look(tellLately(world, 'home'))));
  return [...new Set(answers)].sort().map((answer) => JSON.parse(answer) as T);
}

describe('a list that lags', () => {
  it('lacks what was just made, and has it when the time is over', () => {
    const world = worldOf();
    disk(world);
    expect(told(world, (fleet) => fleet.disks.length)).toEqual([0, 1]);
    advance(world, LAG_MS);
    expect(told(world, (fleet) => fleet.disks.length)).toEqual([1]);
  });

  it('still has what is gone, although the calls know better', () => {
    const world = worldOf();
    const id = disk(world);
    advance(world, LAG_MS);
    disks.deleteDisk(world, 'home', id);
    advance(world, 10);
    expect(told(world, (fleet) => fleet.disks.length)).toEqual([0, 1]);
    expect(() => disks.deleteDisk(world, 'home', id)).toThrow('there is none of that id');
    advance(world, LAG_MS);
    expect(told(world, (fleet) => fleet.disks.length)).toEqual([0]);
  });

  it('can show an older picture after a younger one', () => {
    const world = worldOf();
    disk(world);
    const counts = Array.from({ length: 60 }, () => tellLately(world, 'home').disks.length);
    expect(counts.join('')).toContain('10');
  });

  it('tells statuses and labels of then', () => {
    const world = worldOf();
    const id = snapshot(world, disk(world));
    advance(world, LAG_MS);
    disks.mergeLabels(world.snapshots, 'home', id, { clean: true });
    advance(world, 10);
    expect(told(world, (fleet) => fleet.snapshots[0]?.labels)).toEqual([{ clean: true }, {}]);
    const later = worldOf();
    snapshot(later, disk(later));
    advance(later, 1_500);
    const statuses = told(later, (fleet) => fleet.snapshots.map(({ status }) => status));
    expect(statuses).toEqual([['changing'], ['ready'], []]);
  });

  it('tells of each kind as of a moment of its own', () => {
    const world = worldOf();
    const id = disk(world);
    advance(world, LAG_MS);
    vms.createVm(world, 'home', {
      name: 'test',
      location: 'north-a',
      size: { machineType: 'small' },
      image: 'debian',
      disks: [{ diskId: id }],
      labels: {},
      firstBoot: false,
    });
    advance(world, 10);
    const pairs = told(world, ({ vms: machines, disks: held }) => [
      machines.length,
      held[0]?.attachedTo.length,
    ]);
    expect(pairs).toEqual([
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
    ]);
  });

  it('says nothing of its age, and keeps no picture that no list can show any more', () => {
    const world = worldOf();
    for (let times = 0; times < 100; times += 1) advance(world, 1_000);
    expect(tellLately(world, 'home').readAtMs).toBe(world.nowMs);
    expect(world.pictures.length).toBeLessThanOrEqual(LAG_MS / 1_000 + 1);
  });
});

describe('a list that does not lag', () => {
  it('tells the truth, draws nothing and keeps no pictures', () => {
    const world = worldOf(0);
    disk(world);
    const { random } = world;
    expect(tellLately(world, 'home')).toEqual(tellFleet(world, 'home'));
    expect(world).toMatchObject({ pictures: [], random });
  });
});
