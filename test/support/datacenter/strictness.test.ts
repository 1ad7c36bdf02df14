import { describe, expect, it } from 'vitest';
import * as disks from './diskCalls.ts';
import { advance } from './guests.ts';
import type { Quirks } from './quirks.ts';
import { ec2Like, gceLike, localLike, plain } from './quirks.ts';
import { tellDisk, tellFleet, tellVm } from './tellFleet.ts';
import * as vms from './vmCalls.ts';
import { createWorld, type World } from './world.ts';

const GB = 1_000_000_000;

function worldOf(changes: Partial<Quirks> = {}): World {
  return createWorld({ quirks: { ...plain, ...changes }, seed: 7, startAtMs: 1_700_000_000_000 });
}

function disk(world: World, changes: Partial<disks.NewDisk> = {}): string {
  return disks.createDisk(world, 'home', {
    name: 'data',
    location: 'north-a',
    sizeBytes: 20 * GB,
    type: world.quirks.diskTypes[0] ?? '',
    source: { from: 'blank' },
    labels: { workstation: 'test', disk: 'data' },
    ...changes,
  });
}

function vm(world: World, diskIds: readonly string[], changes: Partial<vms.NewVm> = {}): string {
  const [machineType] = world.quirks.machineTypes ?? [];
  return vms.createVm(world, 'home', {
    name: 'test',
    location: 'north-a',
    size: machineType === undefined ? { cpus: 1, memoryBytes: GB } : { machineType },
    image: 'debian',
    disks: diskIds.map((diskId) => ({ diskId })),
    labels: { workstation: 'test' },
    firstBoot: false,
    ...changes,
  });
}

function snapshot(world: World, diskId: string, name = 'ss-data-1'): string {
  return disks.snapshotDisk(world, 'home', { diskId, name, location: 'north-a', labels: {} });
}

describe('the simulated datacenter refuses what real ones refuse', () => {
  const refusals: {
    [what: string]: { quirks?: Partial<Quirks>; code: string; act: (world: World) => void };
  } = {
    'a second disk of a name': {
      code: 'conflict',
      act: (world) => [disk(world), disk(world)],
    },
    'a second VM of a name': {
      code: 'conflict',
      act: (world) => [vm(world, [disk(world)]), vm(world, [disk(world, { name: 'more' })])],
    },
    'a second snapshot of a name': {
      code: 'conflict',
      act: (world) => {
        const source = disk(world);
        snapshot(world, source);
        snapshot(world, source);
      },
    },
    'to delete an attached disk': {
      code: 'refused',
      act: (world) => {
        const held = disk(world);
        vm(world, [held]);
        disks.deleteDisk(world, 'home', held);
      },
    },
    'to delete a running VM, where the files are guarded': {
      code: 'refused',
      act: (world) => vms.deleteVm(world, 'home', vm(world, [disk(world)])),
    },
    'to attach an attached disk': {
      code: 'refused',
      act: (world) => {
        const held = disk(world);
        const other = vm(world, [disk(world, { name: 'boot' })], { name: 'other' });
        vm(world, [held]);
        vms.attachDisk(world, 'home', other, held);
      },
    },
    'a VM of an attached disk': {
      code: 'refused',
      act: (world) => {
        const held = disk(world);
        vm(world, [held]);
        vm(world, [held], { name: 'other' });
      },
    },
    'a VM of a disk in another location': {
      code: 'refused',
      act: (world) => vm(world, [disk(world, { location: 'north-b' })]),
    },
    'a snapshot of no disk': { code: 'not-found', act: (world) => snapshot(world, 'disk-0') },
    'a disk from no snapshot': {
      code: 'not-found',
      act: (world) => disk(world, { source: { from: 'snapshot', snapshotId: 'snapshot-0' } }),
    },
    'a disk from a snapshot that is not ready': {
      quirks: { durations: { ...plain.durations, snapshotMs: 5000 } },
      code: 'busy',
      act: (world) => {
        const snapshotId = snapshot(world, disk(world));
        disk(world, { name: 'copy', source: { from: 'snapshot', snapshotId } });
      },
    },
    'a disk that is smaller than its snapshot': {
      code: 'refused',
      act: (world) => {
        const snapshotId = snapshot(world, disk(world));
        disk(world, { name: 'copy', sizeBytes: 10 * GB, source: { from: 'snapshot', snapshotId } });
      },
    },
    'a disk from a snapshot of another region': {
      quirks: ec2Like,
      code: 'refused',
      act: (world) => {
        const snapshotId = snapshot(world, disk(world));
        disk(world, { location: 'south-a', source: { from: 'snapshot', snapshotId } });
      },
    },
    'to shrink a disk': {
      code: 'refused',
      act: (world) => disks.growDisk(world, 'home', disk(world), 10 * GB),
    },
    'to resize a running VM': {
      code: 'refused',
      act: (world) => vms.resizeVm(world, 'home', vm(world, [disk(world)]), { machineType: 'medium' }),
    },
    'to start a running VM': {
      code: 'refused',
      act: (world) => vms.startVm(world, 'home', vm(world, [disk(world)])),
    },
    'to detach the disk that a VM runs from': {
      code: 'refused',
      act: (world) => {
        const boot = disk(world);
        vms.detachDisk(world, 'home', vm(world, [boot]), boot);
      },
    },
    'to change a type in place, where that takes a cycle': {
      quirks: gceLike,
      code: 'refused',
      act: (world) => disks.changeDiskType(world, 'home', disk(world), 'pd-ssd'),
    },
    'to copy the disk of a running VM, where the image is locked': {
      quirks: { ...localLike, createsStopped: false },
      code: 'refused',
      act: (world) => {
        const held = disk(world);
        vm(world, [held], { size: { machineType: 'small' } });
        snapshot(world, held);
      },
    },
    'an unknown location': { code: 'configuration', act: (world) => disk(world, { location: 'west' }) },
    'an unknown disk type': { code: 'configuration', act: (world) => disk(world, { type: 'tape' }) },
    'an unknown size': {
      code: 'configuration',
      act: (world) => vm(world, [disk(world)], { size: { machineType: 'enormous' } }),
    },
    'a name that is too long': {
      code: 'configuration',
      act: (world) => disk(world, { name: 'd'.repeat(64) }),
    },
    "another account's disk": {
      code: 'not-found',
      act: (world) => disks.deleteDisk(world, 'elsewhere', disk(world)),
    },
    'a VM where there is no capacity': {
      code: 'no-capacity',
      act: (world) => {
        for (const location of world.locations) location.outOfCapacity = true;
        vm(world, [disk(world)]);
      },
    },
  };

  it.each(Object.entries(refusals))('%s', (_what, { quirks, code, act }) => {
    const world = worldOf(quirks);
    expect(() => act(world)).toThrow(expect.objectContaining({ code, effect: 'none' }));
  });
});

describe('the simulated datacenter does what real ones do', () => {
  it('deletes flagged disks along with their VM, and a flag that is not spoken of is set', () => {
    const world = worldOf(gceLike);
    const [boot, data] = [disk(world, { name: 'boot' }), disk(world)];
    const id = vm(world, [], { disks: [{ diskId: boot }, { diskId: data, deletedWithVm: false }] });
    vms.deleteVm(world, 'home', id);
    expect([...world.disks.keys()]).toEqual([data]);
  });

  it('takes a deletion flag that is left out for true', () => {
    const world = worldOf();
    const boot = disk(world);
    const id = vm(world, [], { disks: [{ diskId: boot, deletedWithVm: false }] });
    vms.setDeletionFlag(world, 'home', id, boot);
    expect(tellFleet(world, 'home').vms[0]?.attachments[0]?.deletedWithVm).toBe(true);
  });

  it('answers a client token with what it made first, though that is dead', () => {
    const world = worldOf(ec2Like);
    const wanted = { name: 'data', location: 'north-a', sizeBytes: 20 * GB, type: 'gp3', labels: {} };
    const request = { ...wanted, source: { from: 'blank' } as const };
    const first = disks.createDisk(world, 'home', request, 'token');
    disks.deleteDisk(world, 'home', first);
    expect(disks.createDisk(world, 'home', request, 'token')).toBe(first);
    expect(world.disks.size).toBe(0);
  });

  it('lets two things share a name where names are only tags', () => {
    const world = worldOf(ec2Like);
    expect(disk(world)).not.toBe(disk(world));
    expect(world.disks.size).toBe(2);
  });

  it('keeps a guest writing until its stop is over', () => {
    const world = worldOf({ durations: { ...plain.durations, stopMs: 3000 } });
    const boot = disk(world);
    const id = vm(world, [boot]);
    vms.stopVm(world, 'home', id);
    const content = () => world.disks.get(boot)?.content ?? 0;
    const atTheCall = content();
    advance(world, 1000);
    expect(content()).toBeGreaterThan(atTheCall);
    expect(tellFleet(world, 'home').vms[0]?.status).toBe('changing');
    advance(world, 5000);
    const stopped = content();
    advance(world, 5000);
    expect(content()).toBe(stopped);
    const told = tellFleet(world, 'home');
    expect(told.vms[0]).toMatchObject({ status: 'stopped', lastStoppedAtMs: 1_700_000_003_000 });
    expect(told.disks[0]?.lastWritable).toEqual({ kind: 'at', atMs: 1_700_000_003_000 });
  });

  it('holds in a snapshot what was there when it was asked for', () => {
    const world = worldOf({ durations: { ...plain.durations, snapshotMs: 3000 } });
    const boot = disk(world);
    vm(world, [boot]);
    advance(world, 1);
    const content = world.disks.get(boot)?.content;
    const id = snapshot(world, boot);
    advance(world, 5000);
    expect(world.snapshots.get(id)).toMatchObject({ content, status: 'ready', settling: undefined });
    expect(world.disks.get(boot)?.content).not.toBe(content);
  });

  it('errs late about a disk that was in another VM before', () => {
    const world = worldOf({ ...ec2Like, timeResolutionMs: 1 });
    const first = vm(world, [disk(world, { name: 'one' })], { name: 'first' });
    vms.stopVm(world, 'home', first);
    const moved = disk(world);
    const second = vm(world, [disk(world, { name: 'two' }), moved], { name: 'second' });
    advance(world, 5000);
    vms.detachDisk(world, 'home', second, moved);
    const model = world.disks.get(moved);
    if (model === undefined) throw new Error('the disk is gone');
    expect(tellDisk(world, model).lastWritable).toEqual({ kind: 'unknown' });
    vms.attachDisk(world, 'home', first, moved);
    expect(tellDisk(world, model).lastWritable).toEqual({ kind: 'at', atMs: world.nowMs });
  });

  it('rounds times to the safe side', () => {
    const world = worldOf({ timeResolutionMs: 1000 });
    advance(world, 300);
    const boot = disk(world);
    const id = vm(world, [boot]);
    advance(world, 300);
    vms.stopVm(world, 'home', id);
    snapshot(world, boot);
    const told = tellFleet(world, 'home');
    expect(told.disks[0]?.lastWritable).toEqual({ kind: 'at', atMs: 1_700_000_001_000 });
    expect(told.snapshots[0]?.takenAtMs).toBe(1_700_000_000_000);
    const model = world.vms.get(id);
    expect(model && tellVm(world, model).lastStoppedAtMs).toBe(1_700_000_001_000);
  });

  it('is the same again from the same seed', () => {
    const once = worldOf();
    const again = worldOf();
    for (const world of [once, again]) vm(world, [disk(world)]);
    expect(once).toEqual(again);
  });
});
