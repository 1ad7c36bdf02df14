import { describe, expect, it } from 'vitest';
import { refOf } from '../conformance/bench.ts';
import { openLab, run } from '../property/lab.ts';
import { gceWire } from '../support/datacenter/quirks.ts';
import { gcpStage } from './gcpStage.ts';

describe('the tier of snapshots', () => {
  it.each([
    { settings: { 'snapshot-tier': 'archive', 'snapshot-location': 'us' }, asked: 'ARCHIVE', place: ['us'] },
    { settings: { 'snapshot-tier': 'standard' }, asked: 'STANDARD', place: undefined },
    { settings: {}, asked: undefined, place: undefined },
  ])('is asked for as the file says: $settings', async ({ settings, asked, place }) => {
    const stage = await gcpStage();
    const bench = stage.benchFor(await stage.open());
    const disk = await bench.makeDisk();
    const snapshot = await bench.makeSnapshot(disk, { settings });
    const body = stage.datacenter.world.gce.extras.get(snapshot.id)?.asked;
    expect([body?.['snapshotType'], body?.['storageLocations']]).toEqual([asked, place]);
    expect(snapshot).toMatchObject({ kind: 'taken', status: 'ready', sourceDiskId: disk.id });
    await bench.applyTwice(bench.snapshotDisk(disk, { settings }));
    await bench.deleteDisk(refOf(disk));
    const restored = await bench.makeDisk({ source: { from: 'snapshot', snapshotId: snapshot.id } });
    expect(restored.origin).toEqual({ from: 'snapshot', snapshotId: snapshot.id });
    stage.datacenter.oracle.assertNothingLost();
  });

  it('goes along when a workstation is put away, and a set that is archived is restored', async () => {
    const lab = openLab(gceWire, 2);
    lab.workstation = { ...lab.workstation, settings: { 'snapshot-tier': 'archive' } };
    await run(lab, { kind: 'create', off: false });
    await run(lab, { kind: 'dessicate', stop: true });
    const { snapshots, gce } = lab.datacenter.world;
    const tiers = [...snapshots.keys()].map((id) => gce.extras.get(id)?.asked['snapshotType']);
    expect(tiers).toEqual(['ARCHIVE', 'ARCHIVE']);
    const { result } = await run(lab, { kind: 'rehydrate', off: false });
    expect(result.outcome.kind, lab.story.join('\n')).toBe('done');
    expect(lab.harm).toEqual([]);
  });
});
