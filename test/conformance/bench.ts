import { expect } from 'vitest';
import type { Action, CreateDisk, CreateVm, Ref, SnapshotDisk } from '../../src/core/action.ts';
import type { Disk, Fleet, Labels, Snapshot, Vm } from '../../src/core/assets.ts';
import { ChewsError, type ErrorCode } from '../../src/core/errors.ts';
import { classicScheme } from '../../src/core/names.ts';
import type { Provider } from '../../src/core/provider.ts';
import { forgeDiskProof, forgeSnapshotProof, forgeVmProof } from '../support/forgeProof.ts';
import type { Subject } from './subject.ts';

/** Short ways to make things with the provider under test and to look at them. */
export interface Bench {
  readonly provider: Provider;
  readonly subject: Subject;
  apply(action: Action): Promise<void>;
  /** Applies it, and again: what the first has done must be all there is afterwards. */
  applyTwice(action: Action): Promise<void>;
  list(): Promise<Fleet>;
  disk(name: string): Promise<Disk>;
  vm(name: string): Promise<Vm>;
  snapshot(name: string): Promise<Snapshot>;
  createDisk(changes?: Partial<CreateDisk>): CreateDisk;
  createVm(disks: readonly Ref[], changes?: Partial<CreateVm>): CreateVm;
  /** The boot disk of `makeRestingVm`, or of another VM. */
  createBootDisk(changes?: Partial<CreateDisk>): CreateDisk;
  /**
   * Makes a VM with a new boot disk, and with existing data disks: the boot disk first where a live disk boots, along with
   * the VM where none does.
   */
  makeVm(boot: CreateDisk, data: readonly Ref[], changes?: Partial<CreateVm>): Promise<void>;
  /** What made a VM, asked for again: of the disks that it has. */
  sameVm(boot: CreateDisk, data: readonly Ref[], changes?: Partial<CreateVm>): Promise<CreateVm>;
  snapshotDisk(disk: Disk, changes?: Partial<SnapshotDisk>): SnapshotDisk;
  makeDisk(changes?: Partial<CreateDisk>): Promise<Disk>;
  makeSnapshot(disk: Disk, changes?: Partial<SnapshotDisk>): Promise<Snapshot>;
  /** A stopped VM of a boot disk and a data disk. It has booted only where the provider cannot make one stopped. */
  makeRestingVm(): Promise<{ vm: Vm; boot: Disk; data: Disk }>;
  deleteVm(vm: Ref): Promise<void>;
  deleteDisk(disk: Ref): Promise<void>;
  deleteSnapshot(snapshot: Ref): Promise<void>;
}

export const SET = '20260301120000';

export function benchOf(subject: Subject): Bench {
  const { provider } = subject;
  const { longestName } = provider.capabilities;
  const diskName = (disk: string) => classicScheme.diskName({ workstation: 'test', disk }, longestName);
  const snapshotName = (disk: string, set: string) =>
    classicScheme.snapshotName({ workstation: 'test', disk, set }, longestName);

  const bench: Bench = {
    provider,
    subject,
    apply: (action) => provider.apply(action),
    async applyTwice(action) {
      await provider.apply(action);
      const once = await provider.list();
      await provider.apply(action);
      const { readAtMs: _first, ...before } = once;
      const { readAtMs: _second, ...after } = await provider.list();
      expect(withoutContent(after)).toEqual(withoutContent(before));
    },
    list: () => provider.list(),
    disk: async (name) => only((await provider.list()).disks, name),
    vm: async (name) => only((await provider.list()).vms, name),
    snapshot: async (name) => only((await provider.list()).snapshots, name),
    createDisk: (changes = {}) => ({
      kind: 'create-disk',
      name: diskName('data'),
      location: subject.location,
      sizeBytes: subject.diskBytes,
      type: subject.diskType,
      source: { from: 'blank' },
      labels: labelsOf('data'),
      ...changes,
    }),
    createVm: (disks, changes = {}) => ({
      kind: 'create-vm',
      name: 'test',
      location: subject.location,
      size: subject.size,
      image: subject.image,
      disks,
      labels: { workstation: 'test', owner: 'a1b2c3' },
      firstBoot: true,
      ...changes,
    }),
    snapshotDisk: (disk, changes = {}) => ({
      kind: 'snapshot-disk',
      disk: refOf(disk),
      name: snapshotName(disk.labels.disk ?? '', SET),
      location: subject.location,
      labels: { ...disk.labels, set: SET, setIndex: 1, setSize: 2, clean: true },
      ...changes,
    }),
    async makeDisk(changes) {
      const action = bench.createDisk(changes);
      await provider.apply(action);
      return bench.disk(action.name);
    },
    async makeSnapshot(disk, changes) {
      const action = bench.snapshotDisk(disk, changes);
      await provider.apply(action);
      return bench.snapshot(action.name);
    },
    createBootDisk: (changes = {}) =>
      bench.createDisk({
        name: diskName('boot'),
        source: subject.bootSource,
        labels: { ...labelsOf('boot'), role: 'boot' },
        ...changes,
      }),
    async makeVm(boot, data, changes) {
      if (provider.capabilities.bootsLiveDisks) await provider.apply(boot);
      await provider.apply(await bench.sameVm(boot, data, changes));
    },
    sameVm: async (boot, data, changes) =>
      provider.capabilities.bootsLiveDisks
        ? bench.createVm([refOf(await bench.disk(boot.name)), ...data], changes)
        : bench.createVm(data, { makes: [boot], ...changes }),
    async makeRestingVm() {
      const boot = bench.createBootDisk();
      const data = await bench.makeDisk();
      await bench.makeVm(boot, [refOf(data)]);
      const vm = await bench.vm('test');
      if (vm.status !== 'stopped') await provider.apply({ kind: 'stop-vm', vm: refOf(vm) });
      return {
        vm: await bench.vm('test'),
        boot: await bench.disk(boot.name),
        data: await bench.disk(data.name),
      };
    },
    deleteVm: (vm) => provider.apply({ kind: 'delete-vm', vm, proof: forgeVmProof(vm.id ?? '') }),
    deleteDisk: (disk) => provider.apply({ kind: 'delete-disk', disk, proof: forgeDiskProof(disk.id ?? '') }),
    deleteSnapshot: (snapshot) =>
      provider.apply({ kind: 'delete-snapshot', snapshot, proof: forgeSnapshotProof(snapshot.id ?? '') }),
  };
  return bench;
}

/** What moves by itself while a guest runs is no sign of a second effect. */
function withoutContent(fleet: Omit<Fleet, 'readAtMs'>): unknown {
  return {
    ...fleet,
    disks: fleet.disks.map(({ contentVersion: _version, storedBytes: _stored, ...disk }) => disk),
  };
}

export function labelsOf(disk: string): Labels {
  return { workstation: 'test', owner: 'a1b2c3', disk, role: 'data' };
}

export function refOf(asset: { readonly id: string; readonly name: string }): Ref & { readonly id: string } {
  return { id: asset.id, name: asset.name };
}

function only<T extends { readonly name: string }>(assets: readonly T[], name: string): T {
  const [asset, another] = assets.filter((candidate) => candidate.name === name);
  if (asset === undefined) throw new Error(`the list does not show ${name}`);
  if (another !== undefined) throw new Error(`the list shows ${name} twice`);
  return asset;
}

/** That it was refused, with an error that is meant for the user, of one of these classes. */
export async function refused(work: Promise<unknown>, ...codes: readonly ErrorCode[]): Promise<void> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error, `should have been refused with ${codes.join(' or ')}`).toBeInstanceOf(ChewsError);
  if (!(error instanceof ChewsError)) return;
  expect(codes, error.message).toContain(error.code);
  expect(error.message).toMatch(/^cannot /);
}
