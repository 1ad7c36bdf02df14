import { describe, expect, it } from 'vitest';
import type { Disk, Snapshot } from '../../src/core/assets.ts';
import { type Bench, refOf, refused } from './bench.ts';
import { quickTimeout, type SubjectKind } from './subject.ts';

/** Whether a snapshot could pass for all that is on a disk, by what the provider says. */
function couldCover(snapshot: Snapshot, disk: Disk): boolean {
  if (snapshot.sourceDiskId !== disk.id) return false;
  if (disk.contentVersion !== undefined && snapshot.contentVersion !== undefined) {
    return disk.contentVersion === snapshot.contentVersion;
  }
  const { lastWritable } = disk;
  return (
    lastWritable.kind === 'never' || (lastWritable.kind === 'at' && lastWritable.atMs <= snapshot.takenAtMs)
  );
}

export function describeSnapshots(kind: SubjectKind, bench: () => Bench): void {
  describe('snapshots', { timeout: quickTimeout(kind) }, () => {
    it('shows a snapshot as soon as it is taken, with its lineage', async () => {
      const { makeDisk, makeSnapshot, list, subject } = bench();
      const disk = await makeDisk();
      const before = (await list()).readAtMs;
      await subject.advance(2000);
      const snapshot = await makeSnapshot(disk);
      expect(snapshot).toMatchObject({
        status: 'ready',
        kind: 'taken',
        sourceDiskId: disk.id,
        sizeBytes: disk.sizeBytes,
        labels: { workstation: 'test', disk: 'data', setIndex: 1, setSize: 2, clean: true },
      });
      const { readAtMs } = await list();
      expect(snapshot.takenAtMs).toBeGreaterThanOrEqual(before);
      expect(snapshot.takenAtMs).toBeLessThanOrEqual(readAtMs);
      expect(snapshot.contentVersion).toBe(disk.contentVersion);
      expect(snapshot.contentVersion !== undefined).toBe(kind.contentVersions);
    });

    it('takes one snapshot for two equal requests', async () => {
      const { makeDisk, applyTwice, snapshotDisk } = bench();
      await applyTwice(snapshotDisk(await makeDisk()));
    });

    it('takes another snapshot of the name for a conflict', async () => {
      const { makeDisk, makeSnapshot, snapshotDisk, apply, snapshot, createDisk } = bench();
      const disk = await makeDisk();
      const first = await makeSnapshot(disk);
      const other = await makeDisk({ name: `${createDisk().name.slice(0, 20)}-other` });
      await refused(apply({ ...snapshotDisk(other), name: first.name }), 'conflict');
      expect(await snapshot(first.name)).toEqual(first);
    });

    it('never takes the snapshot of an earlier incarnation for one of the present disk', async () => {
      const { makeDisk, makeSnapshot, snapshotDisk, deleteDisk, apply } = bench();
      const first = await makeDisk();
      const snapshot = await makeSnapshot(first);
      await deleteDisk(refOf(first));
      const second = await makeDisk();
      expect(couldCover(snapshot, second)).toBe(false);
      await refused(apply(snapshotDisk(second)), 'conflict');
    });

    it('brings the content back after the disk is gone', async () => {
      const { makeDisk, makeSnapshot, deleteDisk, deleteSnapshot, applyTwice } = bench();
      const { createDisk, disk, subject, list } = bench();
      const first = await makeDisk();
      const blank = await subject.readContent(first);
      await subject.writeContent(first);
      const content = await subject.readContent(first);
      expect(content).not.toBe(blank);
      const snapshot = await makeSnapshot(first);
      await deleteDisk(refOf(first));
      expect((await list()).snapshots).toEqual([snapshot]);
      const restore = createDisk({
        source: { from: 'snapshot', snapshotId: snapshot.id },
        labels: { ...first.labels, restoredFrom: snapshot.id },
      });
      await applyTwice(restore);
      const restored = await disk(first.name);
      expect(restored.id).not.toBe(first.id);
      expect(restored).toMatchObject({ status: 'ready', origin: restore.source, labels: restore.labels });
      expect(restored.lastWritable.kind).toBe(kind.lastWritable === 'always' ? 'never' : 'unknown');
      expect(await subject.readContent(restored)).toBe(content);
      await deleteSnapshot(refOf(snapshot));
      expect((await list()).snapshots).toEqual([]);
      expect(await subject.readContent(restored)).toBe(content);
      await deleteSnapshot(refOf(snapshot));
    });

    it('keeps a snapshot as it is while its disk is written to', async () => {
      const { makeDisk, makeSnapshot, subject } = bench();
      const source = await makeDisk();
      await subject.writeContent(source);
      const content = await subject.readContent(source);
      const snapshot = await makeSnapshot(source);
      await subject.writeContent(source);
      expect(await subject.readContent(source)).not.toBe(content);
      const copy = await makeDisk({
        name: 'test-copy',
        source: { from: 'snapshot', snapshotId: snapshot.id },
      });
      expect(await subject.readContent(copy)).toBe(content);
    });

    it('never lets a snapshot pass for content that was written after it', async () => {
      const { makeDisk, makeSnapshot, disk, snapshot, subject } = bench();
      const source = await makeDisk();
      await subject.writeContent(source);
      const taken = await makeSnapshot(source);
      // At once: a coarse clock must err to the safe side.
      await subject.writeContent(await disk(source.name));
      expect(couldCover(await snapshot(taken.name), await disk(source.name))).toBe(false);
    });

    it('restores into a larger disk, and not into a smaller one', async () => {
      const { makeDisk, makeSnapshot, createDisk, apply, list, subject } = bench();
      const source = await makeDisk();
      await subject.writeContent(source);
      const taken = await makeSnapshot(source);
      const from = { from: 'snapshot', snapshotId: taken.id } as const;
      const large = await makeDisk({ name: 'test-large', source: from, sizeBytes: source.sizeBytes * 3 });
      expect(large.sizeBytes).toBe(source.sizeBytes * 3);
      const sizeBytes = source.sizeBytes / 2;
      await refused(
        apply(createDisk({ name: 'test-small', source: from, sizeBytes })),
        'refused',
        'configuration',
      );
      expect((await list()).disks.map(({ name }) => name)).not.toContain('test-small');
    });

    it('refuses to restore from a snapshot that is not there', async () => {
      const { createDisk, apply, list } = bench();
      const source = { from: 'snapshot', snapshotId: 'no-such-snapshot' } as const;
      await refused(apply(createDisk({ source })), 'not-found');
      expect((await list()).disks).toEqual([]);
    });

    it('gives every incarnation of a snapshot an id of its own', async () => {
      const { makeDisk, makeSnapshot, deleteSnapshot, snapshot } = bench();
      const disk = await makeDisk();
      const first = await makeSnapshot(disk);
      await deleteSnapshot(refOf(first));
      const second = await makeSnapshot(disk);
      expect(second.id).not.toBe(first.id);
      await deleteSnapshot(refOf(first)).catch(() => undefined);
      expect(await snapshot(second.name)).toEqual(second);
    });
  });
}
