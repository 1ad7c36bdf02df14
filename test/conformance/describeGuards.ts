import { describe, expect, it } from 'vitest';
import type { PlannedAction } from '../../src/core/action.ts';
import { forgeDiskProof, forgeSnapshotProof, forgeVmProof } from '../support/forgeProof.ts';
import { type Bench, refOf, refused } from './bench.ts';
import { bootTimeout, type SubjectKind } from './subject.ts';

export function describeGuards(kind: SubjectKind, bench: () => Bench): void {
  describe('guards', { timeout: bootTimeout(kind) }, () => {
    it('refuses a deletion whose proof is about another asset', async () => {
      const { makeRestingVm, makeDisk, makeSnapshot, apply, list } = bench();
      const { vm, boot, data } = await makeRestingVm();
      const spare = await makeDisk({ name: 'test-spare' });
      const snapshot = await makeSnapshot(data);
      const { readAtMs: _before, ...before } = await list();
      await refused(
        apply({ kind: 'delete-disk', disk: refOf(spare), proof: forgeDiskProof(boot.id) }),
        'refused',
      );
      await refused(apply({ kind: 'delete-vm', vm: refOf(vm), proof: forgeVmProof(boot.id) }), 'refused');
      await refused(
        apply({
          kind: 'delete-snapshot',
          snapshot: refOf(snapshot),
          proof: forgeSnapshotProof(data.id),
        }),
        'refused',
      );
      const { readAtMs: _after, ...after } = await list();
      expect(after).toEqual(before);
    });

    it('refuses to delete a disk that is attached to a stopped VM', async () => {
      const { makeRestingVm, deleteDisk, disk, subject } = bench();
      const { data } = await makeRestingVm();
      const content = await subject.readContent(data);
      await refused(deleteDisk(refOf(data)), 'refused');
      const after = await disk(data.name);
      expect(after.id).toBe(data.id);
      expect(await subject.readContent(after)).toBe(content);
    });

    it('refuses what is about an asset that is not there', async () => {
      const { apply, snapshotDisk, makeDisk, deleteDisk, subject } = bench();
      const vm = { name: 'test', id: 'no-such-vm' };
      await refused(apply({ kind: 'start-vm', vm }), 'not-found');
      await refused(apply({ kind: 'stop-vm', vm }), 'not-found');
      if (subject.setDeletionFlag) await refused(apply({ kind: 'clear-deletion-flags', vm }), 'not-found');
      const gone = await makeDisk();
      await deleteDisk(refOf(gone));
      await refused(apply(snapshotDisk(gone)), 'not-found');
      await refused(
        apply({ kind: 'set-labels', assetKind: 'disk', asset: refOf(gone), labels: { deleting: true } }),
        'not-found',
      );
    });

    it('has nothing against actions that it can carry out', async () => {
      const { createDisk, createVm, createBootDisk, provider, list } = bench();
      const boot = createBootDisk();
      const data = createDisk();
      const actions: PlannedAction[] = provider.capabilities.bootsLiveDisks
        ? [boot, data, createVm([{ name: boot.name }])]
        : [createVm([], { makes: [boot, data] })];
      expect(await provider.check([])).toEqual([]);
      expect(await provider.check(actions)).toEqual([]);
      expect((await list()).disks).toEqual([]);
    });

    it('says in a sentence what it would refuse, and changes nothing', async () => {
      const { createDisk, provider, apply, list, subject } = bench();
      const action = createDisk({ location: subject.badLocation });
      const refusals = await provider.check([createDisk(), action]);
      const sentences = refusals.map(({ sentence }) => sentence);
      expect(sentences).toHaveLength(1);
      expect(sentences[0]).toContain(subject.badLocation);
      expect(sentences[0]).toMatch(/\S+ \S+ \S+/);
      await refused(apply(action), 'configuration', 'refused', 'not-found');
      expect((await list()).disks).toEqual([]);
    });

    it('refuses what its capabilities rule out, though nobody should have asked for it', async () => {
      const { createDisk, provider, apply, list } = bench();
      await refused(apply(createDisk({ type: 'no-such-type' })), 'configuration', 'refused');
      const tooLong = 'a'.repeat(provider.capabilities.longestName + 100);
      await refused(apply(createDisk({ name: tooLong })), 'configuration', 'refused');
      await refused(apply(createDisk({ name: '../data' })), 'configuration', 'refused');
      expect((await list()).disks).toEqual([]);
    });

    it('does nothing once it is told to stop', async () => {
      const { createDisk, provider, list } = bench();
      const signal = AbortSignal.abort();
      await refused(provider.apply(createDisk(), { signal }), 'interrupted');
      await refused(provider.list({ signal }), 'interrupted');
      await refused(provider.check([createDisk()], { signal }), 'interrupted');
      expect((await list()).disks).toEqual([]);
    });

    it('shows one process what another has done', async () => {
      const { makeDisk, deleteDisk, subject, list, provider } = bench();
      const other = await subject.connect();
      // What others did so lately may be missing from a list: the port promises no more.
      const catchUp = () => subject.advance(provider.capabilities.listLagMs ?? 0);
      const disk = await makeDisk();
      await catchUp();
      expect((await other.list()).disks).toEqual([disk]);
      await deleteDisk(refOf(disk));
      await catchUp();
      expect((await other.list()).disks).toEqual((await list()).disks);
    });

    it('makes one asset of two equal requests at once', async () => {
      const { createDisk, provider, subject, list } = bench();
      const other = await subject.connect();
      const outcomes = await Promise.allSettled([provider.apply(createDisk()), other.apply(createDisk())]);
      // One of them may find the other at work and say so; it must not make a second one.
      expect(outcomes.some(({ status }) => status === 'fulfilled')).toBe(true);
      expect((await list()).disks).toHaveLength(1);
    });
  });
}
