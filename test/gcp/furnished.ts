import type { Action } from '../../src/core/action.ts';
import type { Fleet } from '../../src/core/assets.ts';
import { gceWire } from '../support/datacenter/quirks.ts';
import { type Bench, refOf } from '../conformance/bench.ts';
import { forgeDiskProof, forgeSnapshotProof, forgeVmProof } from '../support/forgeProof.ts';
import { gcpStage, GiB, type Stage } from './gcpStage.ts';

export const durations = { createDiskMs: 3000, snapshotMs: 60_000, startMs: 5000, stopMs: 20_000 };
const slow = { ...gceWire, durations };

/** A stopped VM of two disks, a loose disk, and a snapshot of it. */
export async function furnished(): Promise<{ stage: Stage; bench: Bench; fleet: Fleet }> {
  const stage = await gcpStage(slow);
  const bench = stage.benchFor(await stage.open());
  await bench.makeRestingVm();
  const loose = await bench.makeDisk({ name: 'test-loose' });
  await bench.makeSnapshot(loose, { name: 'ss-test-loose' });
  return { stage, bench, fleet: await bench.list() };
}

/** Every action that changes something, where it has something to change. */
export const mutations: readonly {
  readonly what: string;
  readonly action: (bench: Bench, fleet: Fleet) => Action;
}[] = [
  { what: 'create-disk', action: (bench) => bench.createDisk({ name: 'test-more' }) },
  {
    what: 'create-disk from a snapshot',
    action: (bench, fleet) =>
      bench.createDisk({
        name: 'test-more',
        source: { from: 'snapshot', snapshotId: fleet.snapshots[0]?.id ?? '' },
      }),
  },
  { what: 'create-vm', action: (bench, fleet) => bench.createVm([looseIn(fleet)], { name: 'other' }) },
  { what: 'start-vm', action: (_bench, fleet) => ({ kind: 'start-vm', vm: vmIn(fleet) }) },
  {
    what: 'resize-vm',
    action: (bench, fleet) => ({ kind: 'resize-vm', vm: vmIn(fleet), size: bench.subject.otherSize }),
  },
  {
    what: 'attach-disk',
    action: (_bench, fleet) => ({ kind: 'attach-disk', vm: vmIn(fleet), disk: looseIn(fleet) }),
  },
  {
    what: 'detach-disk',
    action: (_bench, fleet) => ({ kind: 'detach-disk', vm: vmIn(fleet), disk: heldIn(fleet) }),
  },
  {
    what: 'snapshot-disk',
    action: (bench, fleet) =>
      bench.snapshotDisk(fleet.disks.find(({ id }) => id === looseIn(fleet).id) ?? never()),
  },
  {
    what: 'grow-disk',
    action: (_bench, fleet) => ({ kind: 'grow-disk', disk: looseIn(fleet), sizeBytes: 40 * GiB }),
  },
  {
    what: 'set-labels',
    action: (_bench, fleet) => ({
      kind: 'set-labels',
      assetKind: 'disk',
      asset: looseIn(fleet),
      labels: { putInto: '20260301120000' },
    }),
  },
  {
    what: 'delete-disk',
    action: (_bench, fleet) => ({
      kind: 'delete-disk',
      disk: looseIn(fleet),
      proof: forgeDiskProof(looseIn(fleet).id),
    }),
  },
  {
    what: 'delete-vm',
    action: (_bench, fleet) => ({ kind: 'delete-vm', vm: vmIn(fleet), proof: forgeVmProof(vmIn(fleet).id) }),
  },
  {
    what: 'delete-snapshot',
    action: (_bench, fleet) => {
      const snapshot = refOf(fleet.snapshots[0] ?? never());
      return { kind: 'delete-snapshot', snapshot, proof: forgeSnapshotProof(snapshot.id) };
    },
  },
];

export function never(): never {
  throw new Error('it is not there');
}

export function vmIn(fleet: Fleet) {
  return refOf(fleet.vms[0] ?? never());
}

export function looseIn(fleet: Fleet) {
  return refOf(fleet.disks.find(({ name }) => name === 'test-loose') ?? never());
}

export function heldIn(fleet: Fleet) {
  return refOf(
    fleet.disks.find(({ labels, attachedTo }) => labels.role === 'data' && attachedTo.length > 0) ?? never(),
  );
}

/** What there is, without what no two runs share. */
export function essence(fleet: Fleet): unknown {
  const plain = ({ id: _id, ...rest }: object & { id: string }) => rest;
  return JSON.parse(
    JSON.stringify(
      [fleet.vms.map(plain), fleet.disks.map(plain), fleet.snapshots.map(plain)],
      (key, value: unknown) =>
        /AtMs$|^lastWritable$|^diskId$|^attachedTo$|^snapshotId$|^sourceDiskId$/.test(key)
          ? undefined
          : value,
    ),
  );
}
