import { describe, expect, it } from 'vitest';
import type { Action, CreateDisk } from '../../src/core/action.ts';
import type { Disk, Vm } from '../../src/core/assets.ts';
import type { InPlace } from '../../src/core/provider.ts';
import { type Bench, labelsOf, refOf, refused } from './bench.ts';
import { bootTimeout, type SubjectKind } from './subject.ts';

export function describeVms(kind: SubjectKind, bench: () => Bench): void {
  describe('VMs', { timeout: bootTimeout(kind) }, () => {
    it('makes a VM of existing disks, once', async () => {
      const { makeRestingVm, createBootDisk, sameVm, apply, vm, disk, list, provider } = bench();
      const made = await makeRestingVm();
      expect(made.vm).toMatchObject({
        status: 'stopped',
        location: bench().subject.location,
        size: bench().subject.size,
        labels: { workstation: 'test', owner: 'a1b2c3' },
        diesWithVm: [],
      });
      expect(made.vm.attachments).toEqual([
        { diskId: made.boot.id, diskName: made.boot.name, boot: true, deletedWithVm: false },
        { diskId: made.data.id, diskName: made.data.name, boot: false, deletedWithVm: false },
      ]);
      expect(made.boot.attachedTo).toEqual([made.vm.id]);
      expect((await disk(made.data.name)).attachedTo).toEqual([made.vm.id]);
      if (provider.capabilities.createsStopped) expect(made.data.lastWritable.kind).not.toBe('now');

      const boot = createBootDisk();
      const data = [refOf(made.data)];
      await apply(await sameVm(boot, data));
      expect((await vm('test')).id).toBe(made.vm.id);
      await refused(apply(await sameVm(boot, data, { size: bench().subject.otherSize })), 'conflict');
      await refused(apply(await sameVm(boot, [])), 'conflict');
      const labels = { workstation: 'test', owner: 'other' };
      await refused(apply(await sameVm(boot, data, { labels })), 'conflict');
      expect((await list()).vms).toHaveLength(1);
    });

    it('refuses a VM of a disk that another holds, and one of no such disk', async () => {
      const { makeRestingVm, createVm, createBootDisk, apply, list, provider } = bench();
      const { boot, data } = await makeRestingVm();
      const spare = createBootDisk({ name: 'other-boot' });
      const own = provider.capabilities.bootsLiveDisks ? {} : { makes: [spare] };
      const held = provider.capabilities.bootsLiveDisks ? boot : data;
      await refused(apply(createVm([refOf(held)], { name: 'other', ...own })), 'refused');
      const gone = { name: 'gone', id: 'no-such-disk' };
      await refused(apply(createVm([gone], { name: 'other', ...own })), 'not-found');
      expect((await list()).vms.map(({ name }) => name)).toEqual(['test']);
      expect((await list()).disks).toHaveLength(2);
    });

    it('attaches and detaches a disk while the VM is stopped', async () => {
      const { makeRestingVm, makeDisk, apply, applyTwice, vm, disk, provider } = bench();
      const { vm: resting } = await makeRestingVm();
      const extra = await makeDisk({ name: 'test-extra' });
      const both = { vm: refOf(resting), disk: refOf(extra) };
      if (provider.capabilities.attach === 'never') {
        await refused(apply({ kind: 'attach-disk', ...both }), 'refused');
        return;
      }
      await applyTwice({ kind: 'attach-disk', ...both });
      expect((await vm('test')).attachments[2]).toEqual({
        diskId: extra.id,
        diskName: extra.name,
        boot: false,
        deletedWithVm: false,
      });
      expect((await disk(extra.name)).attachedTo).toEqual([resting.id]);
      await applyTwice({ kind: 'detach-disk', ...both });
      expect((await vm('test')).attachments).toHaveLength(2);
      expect((await disk(extra.name)).attachedTo).toEqual([]);
    });

    it('refuses to attach a disk that another VM holds', async () => {
      const { makeRestingVm, makeVm, createBootDisk, apply, vm, disk } = bench();
      const { data } = await makeRestingVm();
      await makeVm(createBootDisk({ name: 'other-boot' }), [], { name: 'other' });
      const other = await vm('other');
      if (other.status === 'running') await apply({ kind: 'stop-vm', vm: refOf(other) });
      await refused(apply({ kind: 'attach-disk', vm: refOf(other), disk: refOf(data) }), 'refused');
      expect((await disk(data.name)).attachedTo).toEqual(data.attachedTo);
    });

    it('clears deletion flags that the owner has set, and keeps every disk when the VM goes', async () => {
      const { makeRestingVm, applyTwice, deleteVm, vm, list, subject } = bench();
      const { vm: resting, data } = await makeRestingVm();
      await subject.setDeletionFlag?.(resting, data);
      const flags = (await vm('test')).attachments.map(({ deletedWithVm }) => deletedWithVm);
      expect(flags).toEqual([false, subject.setDeletionFlag !== undefined]);
      await applyTwice({ kind: 'clear-deletion-flags', vm: refOf(resting) });
      expect((await vm('test')).attachments.every(({ deletedWithVm }) => !deletedWithVm)).toBe(true);
      await deleteVm(refOf(resting));
      const fleet = await list();
      expect(fleet.vms).toEqual([]);
      expect(fleet.disks.map(({ status, attachedTo }) => ({ status, attachedTo }))).toEqual([
        { status: 'ready', attachedTo: [] },
        { status: 'ready', attachedTo: [] },
      ]);
      await deleteVm(refOf(resting));
    });

    it('makes disks along with a VM, each as it was asked for', async () => {
      const {
        createVm,
        createDisk,
        createBootDisk,
        applyTwice,
        makeSnapshot,
        deleteVm,
        deleteDisk,
        disk,
        vm,
      } = bench();
      if (bench().provider.capabilities.bootsLiveDisks) return;
      const wanted = [
        createBootDisk(),
        createDisk(),
        createDisk({ name: 'test-more', labels: labelsOf('more') }),
      ];
      await applyTwice(createVm([], { makes: wanted }));
      const first = await vm('test');
      for (const { name, sizeBytes, type, labels, source } of wanted) {
        const made = await disk(name);
        expect(made).toMatchObject({ sizeBytes, type, labels, origin: source, status: 'ready' });
        expect(made.attachedTo).toEqual([first.id]);
      }
      expect(first.attachments.map(({ diskName }) => diskName)).toEqual(wanted.map(({ name }) => name));
      expect(first.attachments.map(({ boot }) => boot)).toEqual([true, false, false]);
      expect(first.attachments.every(({ deletedWithVm }) => !deletedWithVm)).toBe(true);

      if (first.status === 'running') await bench().apply({ kind: 'stop-vm', vm: refOf(first) });
      const restored: CreateDisk[] = [];
      for (const make of wanted) {
        const made = await disk(make.name);
        const { id: snapshotId } = await makeSnapshot(made);
        restored.push({
          ...make,
          source: { from: 'snapshot', snapshotId },
          labels: { ...make.labels, restoredFrom: snapshotId },
        });
      }
      await deleteVm(refOf(first));
      for (const { name } of wanted) await deleteDisk(refOf(await disk(name)));
      await applyTwice(createVm([], { makes: restored, firstBoot: false }));
      const second = await vm('test');
      expect(second.id).not.toBe(first.id);
      for (const { name, labels, source } of restored)
        expect(await disk(name)).toMatchObject({ labels, origin: source, attachedTo: [second.id] });
    });

    it('gives every incarnation of a VM an id of its own', async () => {
      const {
        makeRestingVm,
        deleteVm,
        deleteDisk,
        makeSnapshot,
        createVm,
        createBootDisk,
        apply,
        vm,
        provider,
      } = bench();
      const { vm: first, boot, data } = await makeRestingVm();
      if (provider.capabilities.bootsLiveDisks) {
        await deleteVm(refOf(first));
        await apply(createVm([refOf(boot), refOf(data)], { firstBoot: false }));
      } else {
        const { id: snapshotId } = await makeSnapshot(boot);
        await deleteVm(refOf(first));
        await deleteDisk(refOf(boot));
        const again = createBootDisk({ source: { from: 'snapshot', snapshotId } });
        await apply(createVm([refOf(data)], { makes: [again], firstBoot: false }));
      }
      const second = await vm('test');
      expect(second.id).not.toBe(first.id);
      await deleteVm(refOf(first)).catch(() => undefined);
      expect((await vm('test')).id).toBe(second.id);
      await refused(apply({ kind: 'start-vm', vm: refOf(first) }), 'not-found');
    });

    it('starts and stops, and knows when its disks could last be written', async () => {
      const { makeRestingVm, apply, applyTwice, list, vm, disk, makeSnapshot, subject, provider } = bench();
      const resting = await makeRestingVm();
      const ref = refOf(resting.vm);
      const extra = await bench().makeDisk({ name: 'test-extra' });
      // So that no clock, however coarse, takes this start for the one of the creation.
      await subject.advance(1100);
      const beforeStart = (await list()).readAtMs;
      await applyTwice({ kind: 'start-vm', vm: ref });
      const running = await vm('test');
      expect(running).toMatchObject({ id: ref.id, status: 'running' });
      for (const { name } of [resting.boot, resting.data]) {
        expect((await disk(name)).lastWritable).toEqual({ kind: 'now' });
      }
      await provider.guest(running);
      await apply({ kind: 'await-guest', vm: ref });

      await tryWhileRunning(bench(), running, resting.data, extra);

      const beforeStop = (await list()).readAtMs;
      await applyTwice({ kind: 'stop-vm', vm: ref });
      expect((await vm('test')).status).toBe('stopped');
      const stopped = await disk(resting.data.name);
      expect(stopped.lastWritable.kind).toBe('at');
      if (stopped.lastWritable.kind === 'at') {
        expect(stopped.lastWritable.atMs).toBeGreaterThanOrEqual(beforeStop);
      }

      // What is put away after the stop is provably all there is: without it nothing could ever be dessicated.
      await subject.advance(2000);
      const snapshot = await makeSnapshot(stopped);
      const after = await disk(resting.data.name);
      expect(after.lastWritable).toEqual(stopped.lastWritable);
      if (after.lastWritable.kind === 'at') {
        expect(snapshot.takenAtMs).toBeGreaterThanOrEqual(after.lastWritable.atMs);
      }
      expect(snapshot.contentVersion).toBe(after.contentVersion);

      await bench().deleteVm(ref);
      const free = await disk(resting.data.name);
      expect(free.attachedTo).toEqual([]);
      expect(free.lastWritable.kind).toBe(kind.lastWritable === 'always' ? 'at' : 'unknown');
      if (running.lastStartedAtMs !== undefined) {
        expect(running.lastStartedAtMs, 'the last start').toBeGreaterThanOrEqual(beforeStart);
      }
    });

    it('changes the size of a stopped VM', async () => {
      const { makeRestingVm, apply, applyTwice, vm, subject, provider } = bench();
      const { vm: resting } = await makeRestingVm();
      const resize = { kind: 'resize-vm', vm: refOf(resting), size: subject.otherSize } as const;
      if (provider.capabilities.resize === 'never') {
        await refused(apply(resize), 'refused');
        return;
      }
      await applyTwice(resize);
      expect(await vm('test')).toMatchObject({ id: resting.id, size: subject.otherSize, status: 'stopped' });
    });
  });
}

/** In one go, because a VM may take long to start. */
async function tryWhileRunning(bench: Bench, vm: Vm, data: Disk, extra: Disk): Promise<void> {
  const { capabilities } = bench.provider;
  await refused(bench.deleteVm(refOf(vm)), 'refused');
  await refused(bench.deleteDisk(refOf(data)), 'refused');
  expect(await bench.disk(data.name)).toMatchObject({ id: data.id, attachedTo: [vm.id] });

  const attach = { vm: refOf(vm), disk: refOf(extra) };
  await allowedOrRefused(bench, capabilities.attach, { kind: 'attach-disk', ...attach });
  await bench.apply({ kind: 'detach-disk', ...attach });
  expect((await bench.disk(extra.name)).attachedTo).toEqual([]);

  const sizeBytes = data.sizeBytes * 2;
  await allowedOrRefused(bench, capabilities.grow, { kind: 'grow-disk', disk: refOf(data), sizeBytes });
  expect((await bench.disk(data.name)).sizeBytes).toBe(
    capabilities.grow === 'running' ? sizeBytes : data.sizeBytes,
  );

  const size = bench.subject.otherSize;
  await allowedOrRefused(bench, capabilities.resize, { kind: 'resize-vm', vm: refOf(vm), size });
  expect((await bench.vm(vm.name)).status).toBe('running');
}

async function allowedOrRefused(bench: Bench, when: InPlace, action: Action): Promise<void> {
  if (when === 'running') await bench.applyTwice(action);
  else await refused(bench.apply(action), 'refused');
}
