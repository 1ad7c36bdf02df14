import { describe, expect, it } from 'vitest';
import { createDatacenter, type Datacenter } from './datacenter.ts';
import * as disks from './diskCalls.ts';
import { DataLost } from './oracle.ts';
import { plain, type Quirks } from './quirks.ts';
import * as vms from './vmCalls.ts';

const GB = 1_000_000_000;

/** A workstation `test` that is ON, with one disk, `test/data`. */
function running(changes: Partial<Quirks> = {}): { datacenter: Datacenter; diskId: string; vmId: string } {
  const quirks = { ...plain, ...changes };
  const datacenter = createDatacenter({ quirks, seed: 3, startAtMs: 1_700_000_000_000 });
  const diskId = makeDisk(datacenter, { from: 'blank' });
  const vmId = makeVm(datacenter, diskId, true);
  datacenter.advance(1000);
  return { datacenter, diskId, vmId };
}

function makeDisk({ world }: Datacenter, source: disks.NewDisk['source'], name = 'test-data'): string {
  return disks.createDisk(world, 'home', {
    name,
    location: 'north-a',
    sizeBytes: 20 * GB,
    type: 'standard',
    source,
    labels: { workstation: 'test', disk: 'data' },
  });
}

function makeVm({ world }: Datacenter, diskId: string, firstBoot: boolean, name = 'test'): string {
  return vms.createVm(world, 'home', {
    name,
    location: 'north-a',
    size: { machineType: 'small' },
    image: 'debian',
    disks: [{ diskId, deletedWithVm: false }],
    labels: { workstation: 'test' },
    firstBoot,
  });
}

function makeSnapshot({ world }: Datacenter, diskId: string, name = 'ss-test-data'): string {
  return disks.snapshotDisk(world, 'home', { diskId, name, location: 'north-a', labels: {} });
}

function rest({ datacenter, vmId }: { datacenter: Datacenter; vmId: string }): void {
  vms.stopVm(datacenter.world, 'home', vmId);
  vms.deleteVm(datacenter.world, 'home', vmId);
}

describe('the oracle', () => {
  it('knows the newest content and where it is', () => {
    const { datacenter, diskId } = running();
    const { oracle } = datacenter;
    const first = oracle.newestContent('test', 'data') ?? 0;
    expect(oracle.whereHeld(first)).toEqual([{ kind: 'disk', id: diskId, name: 'test-data' }]);
    const snapshotId = makeSnapshot(datacenter, diskId);
    expect(oracle.whereHeld(first).map(({ id }) => id)).toEqual([diskId, snapshotId]);
    datacenter.guestWrites('test');
    const second = oracle.newestContent('test', 'data') ?? 0;
    expect(second).toBeGreaterThan(first);
    expect(oracle.whereHeld(first).map(({ id }) => id)).toEqual([snapshotId]);
    expect(oracle.newestContent('test', 'boot')).toBeUndefined();
    oracle.assertNothingLost();
  });

  it('sees the loss of the only copy, in the very call', async () => {
    const { datacenter, diskId, vmId } = running();
    const client = datacenter.connect();
    rest({ datacenter, vmId });
    const loss = client.mutate('delete disk', (world) => disks.deleteDisk(world, 'home', diskId));
    await expect(loss).rejects.toThrow(DataLost);
    await expect(loss).rejects.toThrow(/after call 1, delete disk: test\/data version \d+ is held nowhere/);
    expect(datacenter.oracle.losses()).toMatchObject([{ workstation: 'test', disk: 'data', diskId }]);
    await expect(client.read('list', () => 0)).rejects.toThrow('the process was killed');
  });

  it('is content with a ready snapshot of the newest content', () => {
    const { datacenter, diskId, vmId } = running();
    rest({ datacenter, vmId });
    makeSnapshot(datacenter, diskId);
    disks.deleteDisk(datacenter.world, 'home', diskId);
    datacenter.oracle.assertNothingLost();
  });

  it.each([
    [
      'a snapshot that is older than the last write',
      ({ datacenter, diskId, vmId }: ReturnType<typeof running>) => {
        makeSnapshot(datacenter, diskId);
        rest({ datacenter, vmId });
        disks.deleteDisk(datacenter.world, 'home', diskId);
      },
    ],
    [
      'a deletion flag that takes the disk along',
      ({ datacenter, diskId, vmId }: ReturnType<typeof running>) => {
        datacenter.owner({ deed: 'flip-deletion-flag', vm: 'test', disk: 'test-data', to: true });
        makeSnapshot(datacenter, diskId);
        rest({ datacenter, vmId });
      },
    ],
    [
      'one of two branches that were both written to',
      ({ datacenter, diskId, vmId }: ReturnType<typeof running>) => {
        rest({ datacenter, vmId });
        const copy = makeDisk(
          datacenter,
          { from: 'snapshot', snapshotId: makeSnapshot(datacenter, diskId) },
          'test-copy',
        );
        makeVm(datacenter, diskId, false);
        const second = makeVm(datacenter, copy, false, 'second');
        rest({ datacenter, vmId: second });
        disks.deleteDisk(datacenter.world, 'home', copy);
      },
    ],
    [
      'first-boot data that formats a disk',
      ({ datacenter, diskId, vmId }: ReturnType<typeof running>) => {
        rest({ datacenter, vmId });
        makeVm(datacenter, diskId, true);
      },
    ],
  ])('sees the loss by %s', (_what, lose) => {
    const workstation = running();
    lose(workstation);
    expect(() => workstation.datacenter.oracle.assertNothingLost()).toThrow(DataLost);
  });

  it('does not count a snapshot before it is ready', () => {
    const { datacenter, diskId, vmId } = running({ durations: { ...plain.durations, snapshotMs: 5000 } });
    rest({ datacenter, vmId });
    makeSnapshot(datacenter, diskId);
    disks.deleteDisk(datacenter.world, 'home', diskId);
    expect(datacenter.oracle.losses()).toHaveLength(1);
    datacenter.advance(5000);
    expect(datacenter.oracle.losses()).toEqual([]);
  });

  it('lets a copy go that never ran, and an older snapshot', () => {
    const { datacenter, diskId, vmId } = running();
    const old = makeSnapshot(datacenter, diskId, 'ss-old');
    rest({ datacenter, vmId });
    const snapshotId = makeSnapshot(datacenter, diskId);
    disks.deleteDisk(datacenter.world, 'home', diskId);
    const copy = makeDisk(datacenter, { from: 'snapshot', snapshotId });
    disks.deleteDisk(datacenter.world, 'home', copy);
    disks.deleteSnapshot(datacenter.world, 'home', old);
    datacenter.oracle.assertNothingLost();
  });

  it('lets go what the user has let go, and counts again afterwards', () => {
    const { datacenter, diskId, vmId } = running();
    datacenter.oracle.letGo('test');
    rest({ datacenter, vmId });
    disks.deleteDisk(datacenter.world, 'home', diskId);
    datacenter.oracle.assertNothingLost();
    datacenter.oracle.keepAgain('test');
    datacenter.oracle.assertNothingLost();
    const next = makeDisk(datacenter, { from: 'blank' });
    rest({ datacenter, vmId: makeVm(datacenter, next, true) });
    disks.deleteDisk(datacenter.world, 'home', next);
    expect(datacenter.oracle.losses()).toHaveLength(1);
  });

  it('sees two VMs of one name', () => {
    const { datacenter } = running({ uniqueNames: 'nowhere' });
    expect(datacenter.oracle.twins()).toEqual([]);
    makeVm(datacenter, makeDisk(datacenter, { from: 'blank' }), true);
    expect(datacenter.oracle.twins()).toEqual(['home/test']);
  });

  it('goes back to a saved world as often as is wanted', () => {
    const { datacenter, diskId, vmId } = running();
    const saved = datacenter.save();
    for (const _attempt of [1, 2]) {
      rest({ datacenter, vmId });
      disks.deleteDisk(datacenter.world, 'home', diskId);
      expect(datacenter.oracle.losses()).toHaveLength(1);
      datacenter.restore(saved);
      datacenter.oracle.assertNothingLost();
      expect(datacenter.world).toEqual(saved);
    }
  });
});

describe('the owner', () => {
  it('loses on his own account what he deletes by hand', () => {
    const { datacenter } = running();
    expect(datacenter.owner({ deed: 'delete-disk', disk: 'test-data' })).toBe(false);
    expect(datacenter.owner({ deed: 'flip-deletion-flag', vm: 'test', disk: 'test-data', to: true })).toBe(
      true,
    );
    expect(datacenter.owner({ deed: 'stop-vm', vm: 'test' })).toBe(true);
    expect(datacenter.owner({ deed: 'delete-vm', vm: 'test' })).toBe(true);
    expect(datacenter.world.disks.size).toBe(0);
    datacenter.oracle.assertNothingLost();
  });

  it('cannot cover up what was lost before', () => {
    const { datacenter, diskId, vmId } = running();
    rest({ datacenter, vmId });
    const other = makeDisk(datacenter, { from: 'blank' }, 'other');
    disks.deleteDisk(datacenter.world, 'home', diskId);
    expect(datacenter.owner({ deed: 'delete-disk', disk: 'other' })).toBe(true);
    expect(datacenter.world.disks.has(other)).toBe(false);
    expect(datacenter.oracle.losses()).toHaveLength(1);
  });

  it('writes through other machines, and the disk tells of it', () => {
    const { datacenter, vmId, diskId } = running();
    rest({ datacenter, vmId });
    const before = datacenter.oracle.newestContent('test', 'data') ?? 0;
    expect(datacenter.owner({ deed: 'attach-elsewhere', disk: 'test-data' })).toBe(true);
    expect(datacenter.oracle.newestContent('test', 'data')).toBeGreaterThan(before);
    const [stranger] = datacenter.world.vms.values();
    expect(stranger).toMatchObject({ power: 'on', labels: {} });
    expect(stranger?.attachments.map((entry) => entry.diskId)).toEqual([diskId]);
  });

  it('can attach no disk that has failed, nor write to it', () => {
    const datacenter = createDatacenter({ quirks: plain, seed: 3, startAtMs: 1_700_000_000_000 });
    const diskId = makeDisk(datacenter, { from: 'blank' });
    const disk = datacenter.world.disks.get(diskId);
    if (disk === undefined) throw new Error('there is no disk');
    disk.status = 'failed';
    expect(datacenter.owner({ deed: 'attach-elsewhere', disk: disk.name })).toBe(false);
    expect(datacenter.owner({ deed: 'write-disk', disk: disk.name })).toBe(false);
    expect(datacenter.world.vms.size).toBe(0);
  });

  it('shuts down from inside the guest, without a call', () => {
    const { datacenter } = running();
    expect(datacenter.owner({ deed: 'power-off-inside', vm: 'test' })).toBe(true);
    expect([...datacenter.world.vms.values()]).toMatchObject([{ power: 'off' }]);
    expect(datacenter.owner({ deed: 'start-vm', vm: 'test' })).toBe(true);
    expect(datacenter.owner({ deed: 'start-vm', vm: 'test' })).toBe(false);
    expect(datacenter.owner({ deed: 'start-vm', vm: 'nobody' })).toBe(false);
  });
});
