import { describe, expect, it } from 'vitest';
import type { Labels } from '../../src/core/assets.ts';
import { type Bench, labelsOf, refOf, refused } from './bench.ts';
import { quickTimeout, type SubjectKind } from './subject.ts';

/** Every field of the labels. */
const everyLabel: Required<Labels> = {
  workstation: 'test',
  owner: 'a1b2c3',
  disk: 'data',
  role: 'data',
  set: '20260301120000',
  setIndex: 2,
  setSize: 3,
  clean: false,
  restoredFrom: 'snapshot-17',
  members: ['boot', 'data', 'a-rather-long-name-of-a-disk'],
  putInto: '20260101000000',
  settings: '0123abcd',
  endOn: true,
  deleting: true,
};

export function describeDisks(kind: SubjectKind, bench: () => Bench): void {
  describe('disks', { timeout: quickTimeout(kind) }, () => {
    it('lists an empty world as empty', async () => {
      const fleet = await bench().list();
      expect(fleet).toMatchObject({ vms: [], disks: [], snapshots: [] });
      expect(fleet.account).not.toBe('');
      expect(fleet.readAtMs).toBeGreaterThan(0);
    });

    it('shows a new disk as soon as it is made, and as it was asked for', async () => {
      const { makeDisk, subject, list } = bench();
      const before = (await list()).readAtMs;
      const disk = await makeDisk();
      expect(disk).toMatchObject({
        status: 'ready',
        location: subject.location,
        sizeBytes: subject.diskBytes,
        type: subject.diskType,
        origin: { from: 'blank' },
        attachedTo: [],
        labels: labelsOf('data'),
      });
      expect(disk.createdAtMs).toBeGreaterThanOrEqual(before);
      expect(disk.lastWritable.kind).toBe(kind.lastWritable === 'always' ? 'never' : 'unknown');
      expect(disk.contentVersion !== undefined).toBe(kind.contentVersions);
    });

    it('makes one disk of two equal requests', async () => {
      await bench().applyTwice(bench().createDisk());
    });

    it('finds its disk again although labels were added and time has passed', async () => {
      const { createDisk, makeDisk, apply, disk, subject } = bench();
      const made = await makeDisk();
      await apply({
        kind: 'set-labels',
        assetKind: 'disk',
        asset: refOf(made),
        labels: { members: ['data'], endOn: true },
      });
      await subject.advance(1500);
      await apply(createDisk());
      expect((await disk(made.name)).id).toBe(made.id);
    });

    it('takes another disk of the name for a conflict, never for a find', async () => {
      const { createDisk, makeDisk, apply, list, subject } = bench();
      await makeDisk();
      const { readAtMs: _before, ...there } = await list();
      await refused(apply(createDisk({ sizeBytes: subject.diskBytes * 2 })), 'conflict');
      await refused(apply(createDisk({ type: subject.otherDiskType })), 'conflict');
      await refused(apply(createDisk({ labels: { ...labelsOf('data'), owner: 'somebody' } })), 'conflict');
      await refused(apply(createDisk({ labels: { ...labelsOf('data'), workstation: 'other' } })), 'conflict');
      const { readAtMs: _after, ...after } = await list();
      expect(after).toEqual(there);
    });

    it('gives back every field of the labels, on every kind of asset', async () => {
      const { makeDisk, makeSnapshot, createBootDisk, makeVm, sameVm, apply, vm, provider } = bench();
      const { bootsLiveDisks } = provider.capabilities;
      const boot = createBootDisk({ labels: everyLabel });
      const disk = await makeDisk(bootsLiveDisks ? boot : { labels: everyLabel });
      expect(disk.labels).toEqual(everyLabel);
      const snapshot = await makeSnapshot(disk, { labels: everyLabel });
      expect(snapshot.labels).toEqual(everyLabel);
      if (!provider.capabilities.createsStopped && kind.bootsAreSlow) return;
      if (bootsLiveDisks) await apply(await sameVm(boot, [], { labels: everyLabel }));
      else await makeVm(boot, [], { labels: everyLabel });
      expect((await bench().disk(boot.name)).labels).toEqual(everyLabel);
      expect((await vm('test')).labels).toEqual(everyLabel);
    });

    it('merges labels, and takes away those that are undefined', async () => {
      const { makeDisk, makeSnapshot, applyTwice, disk, snapshot } = bench();
      const data = await makeDisk();
      await applyTwice({
        kind: 'set-labels',
        assetKind: 'disk',
        asset: refOf(data),
        labels: { members: ['boot', 'data'], role: undefined, deleting: true },
      });
      const { role: _role, ...rest } = labelsOf('data');
      expect((await disk(data.name)).labels).toStrictEqual({
        ...rest,
        members: ['boot', 'data'],
        deleting: true,
      });
      const taken = await makeSnapshot(data);
      await applyTwice({
        kind: 'set-labels',
        assetKind: 'snapshot',
        asset: refOf(taken),
        labels: { deleting: true, clean: undefined },
      });
      const { clean: _clean, ...kept } = taken.labels;
      expect((await snapshot(taken.name)).labels).toStrictEqual({ ...kept, deleting: true });
    });

    it('deletes a disk once, and does not mind a second time', async () => {
      const { makeDisk, deleteDisk, list } = bench();
      const disk = await makeDisk();
      await deleteDisk(refOf(disk));
      expect((await list()).disks).toEqual([]);
      await deleteDisk(refOf(disk));
    });

    it('gives every incarnation an id of its own, and leaves the new one alone when the old is meant', async () => {
      const { makeDisk, deleteDisk, disk } = bench();
      const first = await makeDisk();
      await deleteDisk(refOf(first));
      const second = await makeDisk();
      expect(second.id).not.toBe(first.id);
      await deleteDisk(refOf(first)).catch(() => undefined);
      expect(await disk(second.name)).toEqual(second);
      const grow = { kind: 'grow-disk', sizeBytes: second.sizeBytes * 2 } as const;
      await refused(bench().apply({ ...grow, disk: refOf(first) }), 'not-found');
      expect(await disk(second.name)).toEqual(second);
    });

    it('grows a disk, and refuses to shrink it', async () => {
      const { makeDisk, applyTwice, apply, disk, provider } = bench();
      const before = await makeDisk();
      const sizeBytes = before.sizeBytes * 2;
      if (provider.capabilities.grow === 'never') {
        await refused(apply({ kind: 'grow-disk', disk: refOf(before), sizeBytes }), 'refused');
        return;
      }
      await applyTwice({ kind: 'grow-disk', disk: refOf(before), sizeBytes });
      const after = await disk(before.name);
      expect(after).toMatchObject({ id: before.id, sizeBytes, status: 'ready' });
      await refused(
        apply({ kind: 'grow-disk', disk: refOf(before), sizeBytes: before.sizeBytes }),
        'refused',
      );
      expect((await disk(before.name)).sizeBytes).toBe(sizeBytes);
    });

    it('keeps the content while a disk grows or changes its type', async () => {
      const { makeDisk, applyTwice, apply, disk, provider, subject } = bench();
      const before = await makeDisk();
      await subject.writeContent(before);
      const content = await subject.readContent(before);
      const change = {
        kind: 'change-disk-type',
        disk: refOf(before),
        type: subject.otherDiskType,
      } as const;
      if (provider.capabilities.changeType === 'never') await refused(apply(change), 'refused');
      else await applyTwice(change);
      const changed = await disk(before.name);
      expect(changed.id).toBe(before.id);
      expect(await subject.readContent(changed)).toBe(content);
    });

    it('takes names of the full length', async () => {
      const { makeDisk, makeSnapshot, provider } = bench();
      const fill = (start: string) => start.padEnd(provider.capabilities.longestName, '0');
      const disk = await makeDisk({ name: fill('test-data-') });
      const snapshot = await makeSnapshot(disk, { name: fill('ss-test-data-') });
      expect(snapshot.sourceDiskId).toBe(disk.id);
    });
  });
}
