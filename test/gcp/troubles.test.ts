import { describe, expect, it } from 'vitest';
import { gcpKind } from '../../providers/gcp/gcp.ts';
import type { Action } from '../../src/core/action.ts';
import type { Fleet } from '../../src/core/assets.ts';
import { ChewsError } from '../../src/core/errors.ts';
import { withRetry } from '../../src/engine/retry.ts';
import { type Bench, refOf, refused } from '../conformance/bench.ts';
import type { Fault } from '../support/datacenter/faults.ts';
import { createDisk as createInModel } from '../support/datacenter/diskCalls.ts';
import { gceWire } from '../support/datacenter/quirks.ts';
import { inProcess } from '../support/gce/transport.ts';
import { forgeDiskProof, forgeSnapshotProof, forgeVmProof } from '../support/forgeProof.ts';
import { gcpStage, GiB, type Stage } from './gcpStage.ts';

const durations = { createDiskMs: 3000, snapshotMs: 60_000, startMs: 5000, stopMs: 20_000 };
const slow = { ...gceWire, durations };

/** A stopped VM of two disks, a loose disk, and a snapshot of it. */
async function furnished(): Promise<{ stage: Stage; bench: Bench; fleet: Fleet }> {
  const stage = await gcpStage(slow);
  const bench = stage.benchFor(await stage.open());
  await bench.makeRestingVm();
  const loose = await bench.makeDisk({ name: 'test-loose' });
  await bench.makeSnapshot(loose, { name: 'ss-test-loose' });
  return { stage, bench, fleet: await bench.list() };
}

/** Every action that changes something, where it has something to change. */
const mutations: readonly {
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

function never(): never {
  throw new Error('it is not there');
}

function vmIn(fleet: Fleet) {
  return refOf(fleet.vms[0] ?? never());
}

function looseIn(fleet: Fleet) {
  return refOf(fleet.disks.find(({ name }) => name === 'test-loose') ?? never());
}

function heldIn(fleet: Fleet) {
  return refOf(
    fleet.disks.find(({ labels, attachedTo }) => labels.role === 'data' && attachedTo.length > 0) ?? never(),
  );
}

/** What there is, without what no two runs share. */
function essence(fleet: Fleet): unknown {
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

describe('an answer that is lost', () => {
  it.each(mutations)('$what: has the effect of once when the call is repeated', async ({ action }) => {
    const calm = await furnished();
    await calm.bench.apply(action(calm.bench, calm.fleet));
    const wanted = essence(await calm.bench.list());
    for (const when of ['after', 'before'] as const) {
      const { stage, fleet } = await furnished();
      const fault: Fault = { call: 1, when, kind: 'error', effect: when === 'after' ? 'maybe' : 'none' };
      const connected = await stage.open({ faults: [fault] });
      const bench = stage.benchFor(connected);
      const wish = action(bench, fleet);
      await expect(connected.provider.apply(wish)).rejects.toMatchObject({
        code: 'unreachable',
        retryable: true,
        effect: when === 'after' ? 'maybe' : 'none',
      });
      await connected.provider.apply(wish);
      expect(essence(await bench.list())).toEqual(wanted);
      stage.datacenter.oracle.assertNothingLost();
    }
  });

  it.each(mutations)(
    '$what: is repeated by the wrapper of the engine, in another process too',
    async ({ action }) => {
      const { stage, fleet } = await furnished();
      const faults: Fault[] = [{ call: 1, when: 'after', kind: 'error' }];
      const { provider } = await stage.open({ faults });
      const { sleep } = stage.datacenter.context();
      const patient = withRetry(provider, { sleep, random: () => 0.5, attempts: 3, firstPauseMs: 100 });
      const bench = stage.benchFor({ provider: patient, client: stage.datacenter.connect() });
      const wish = action(bench, fleet);
      await patient.apply(wish);
      const once = essence(await bench.list());
      await (await stage.open()).provider.apply(wish);
      expect(essence(await bench.list())).toEqual(once);
    },
  );
});

describe('an operation that ends in an error', () => {
  it.each(mutations)('$what: is no success, and the action can be carried out again', async ({ action }) => {
    const { stage, bench, fleet } = await furnished();
    stage.knobs.nextErrors.push('INTERNAL_ERROR');
    await refused(bench.apply(action(bench, fleet)), 'failed');
    expect(essence(await bench.list())).toEqual(essence(fleet));
    // Compute Engine remembers a request that has failed as well as any other: another id has to be made.
    stage.datacenter.advance(5000);
    await bench.apply(action(bench, fleet));
    expect(essence(await bench.list())).not.toEqual(essence(fleet));
  });

  it('leaves nothing of a VM where there is no room, and says where there is some', async () => {
    const { stage, bench, fleet } = await furnished();
    for (const location of stage.datacenter.world.locations)
      location.outOfCapacity = location.name === 'north-a';
    const wish = bench.createVm([looseIn(fleet)], { name: 'other' });
    const error: unknown = await bench.apply(wish).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'no-capacity', effect: 'none', retryable: false });
    expect(String(error)).toContain("The zone 'north-a' does not have enough resources");
    expect(String(error)).toContain('there is room in north-b, south-a');
    expect((await bench.list()).vms).toHaveLength(1);
    for (const location of stage.datacenter.world.locations) location.outOfCapacity = false;
    await bench.apply(wish);
    expect((await bench.list()).vms).toHaveLength(2);
  });

  it.each([
    { quota: { vms: 1 }, name: 'of VMs, which an operation tells' },
    { quota: { disks: 3 }, name: 'of disks, which the call itself tells' },
  ])('says that the quota is used up: $name', async ({ quota }) => {
    const stage = await gcpStage({ ...gceWire, quota });
    const bench = stage.benchFor(await stage.open());
    await bench.makeRestingVm();
    const loose = await bench.makeDisk({ name: 'test-loose' });
    const wish =
      quota.vms === undefined
        ? bench.createDisk({ name: 'more' })
        : bench.createVm([refOf(loose)], { name: 'other' });
    await refused(bench.apply(wish), 'quota');
  });
});

describe('an asset that has been replaced', () => {
  it('is left alone when its name is that of one that was looked at before', async () => {
    const { stage, bench, fleet } = await furnished();
    const old = looseIn(fleet);
    await bench.deleteDisk(old);
    const made = await bench.makeDisk({ name: old.name });
    await bench.deleteDisk(old);
    expect((await bench.disk(old.name)).id).toBe(made.id);
    stage.datacenter.oracle.assertNothingLost();
  });

  it('is noticed even when it came between the last look and the deletion', async () => {
    const { stage, fleet } = await furnished();
    const { world } = stage.datacenter;
    const old = looseIn(fleet);
    const { provider } = await stage.open({
      gate: async ({ what }) => {
        if (!what.startsWith('delete-disk')) return;
        stage.datacenter.owner({ deed: 'delete-disk', disk: old.name });
        const source = { from: 'blank' } as const;
        createInModel(world, 'home', {
          name: old.name,
          location: 'north-a',
          sizeBytes: 20 * GiB,
          type: 'pd-ssd',
          source,
          labels: {},
        });
        stage.datacenter.advance(durations.createDiskMs);
      },
    });
    const error: unknown = await provider
      .apply({ kind: 'delete-disk', disk: old, proof: forgeDiskProof(old.id) })
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'conflict', effect: 'maybe' });
    expect(String(error)).toContain('another asset had taken its name');
  });

  it('is not restored from: a snapshot of the name with another id is none of what was asked for', async () => {
    const { bench, fleet } = await furnished();
    const old = fleet.snapshots[0] ?? never();
    await bench.deleteSnapshot(refOf(old));
    const loose = await bench.disk('test-loose');
    await bench.makeSnapshot(loose, { name: old.name });
    await refused(
      bench.apply(bench.createDisk({ name: 'test-more', source: { from: 'snapshot', snapshotId: old.id } })),
      'not-found',
    );
  });
});

describe('a read that is not whole', () => {
  it.each(['warning', 'unreachable'] as const)(
    'is an error, never a smaller world: a zone with a %s',
    async (how) => {
      const { stage, bench } = await furnished();
      stage.knobs.silentZones.set('south-a', how);
      await refused(bench.list(), 'unreadable');
      stage.knobs.silentZones.clear();
      expect((await bench.list()).vms).toHaveLength(1);
    },
  );

  it('is one in each of the three lists', async () => {
    const { stage } = await furnished();
    for (const read of [1, 2, 3]) {
      const { provider } = await stage.open({ readFaults: [{ read, kind: 'partial' }] });
      await refused(provider.list(), 'unreadable');
      expect((await provider.list()).disks).toHaveLength(3);
    }
  });

  it.each(['unreachable', 'credentials', 'unreadable', 'throttled'] as const)(
    '%s: is told, or waited out',
    async (kind) => {
      const { stage } = await furnished();
      for (const read of [1, 2, 3, 4]) {
        const { provider } = await stage.open({ readFaults: [{ read, kind }] });
        const fleet = await provider.list().catch((error: unknown) => error);
        if (kind === 'throttled') expect(fleet).toMatchObject({ account: 'home' });
        else expect(fleet).toBeInstanceOf(ChewsError);
      }
    },
  );

  it('takes as many calls for a hundred workstations as for one', async () => {
    const { stage } = await furnished();
    const { client, provider } = await stage.open();
    await provider.list();
    const first = client.trace.length;
    await provider.list();
    expect([first, client.trace.length - first]).toEqual([4, 3]);
  });
});

describe('what is not known', () => {
  it.each(['vms', 'disks', 'snapshots'] as const)(
    'of %s: a status is unknown, and told by its own word',
    async (kind) => {
      const { stage, bench, fleet } = await furnished();
      const asset: { readonly id: string; readonly name: string } = fleet[kind][0] ?? never();
      stage.knobs.statuses.set(asset.id, 'DREAMING');
      const now = (await bench.list())[kind].find(({ id }) => id === asset.id);
      expect(now).toMatchObject({ status: 'unknown', statusText: 'DREAMING' });
      if (kind === 'vms') await refused(bench.deleteVm(refOf(asset)), 'refused');
    },
  );

  it('says of a suspended VM what would die with it, and neither starts, stops nor deletes it', async () => {
    const { stage, bench, fleet } = await furnished();
    const vm = vmIn(fleet);
    stage.knobs.statuses.set(vm.id, 'SUSPENDED');
    const told = await bench.vm('test');
    expect(told).toMatchObject({
      status: 'suspended',
      diesWithVm: ['the memory that it was suspended with'],
    });
    expect((await bench.list()).disks.filter(({ lastWritable }) => lastWritable.kind === 'now')).toHaveLength(
      2,
    );
    for (const kind of ['start-vm', 'stop-vm'] as const) await refused(bench.apply({ kind, vm }), 'refused');
    await refused(bench.deleteVm(vm), 'refused');
  });

  it('says that a local SSD dies with its VM', async () => {
    const { stage, bench } = await furnished();
    stage.datacenter.owner({ deed: 'start-vm', vm: 'test' });
    stage.datacenter.advance(5000);
    stage.datacenter.owner({ deed: 'write-locally', vm: 'test' });
    const vm = await bench.vm('test');
    expect(vm.diesWithVm).toEqual(['what is on its local SSD local-ssd-0']);
    expect(vm.attachments).toHaveLength(2);
  });
});

describe('what takes its time', () => {
  it('is said, and waited for, where Compute Engine takes one snapshot of a disk in ten minutes', async () => {
    const { stage, bench, fleet } = await furnished();
    stage.knobs.snapshotsPerWindow = 1;
    const loose = fleet.disks.find(({ id }) => id === looseIn(fleet).id) ?? never();
    const said: string[] = [];
    const before = stage.datacenter.world.nowMs;
    await bench.provider.apply(bench.snapshotDisk(loose), { say: (sentence) => said.push(sentence) });
    expect(said).toEqual([expect.stringContaining('one snapshot of a disk in ten minutes')]);
    expect(stage.datacenter.world.nowMs - before).toBeGreaterThan(8 * 60_000);
    expect((await bench.list()).snapshots).toHaveLength(2);
  });

  it('ends though waits come back early, and its progress is told', async () => {
    const { stage, bench, fleet } = await furnished();
    stage.knobs.waitMs = 10;
    const told: number[] = [];
    const loose = fleet.disks.find(({ id }) => id === looseIn(fleet).id) ?? never();
    await bench.provider.apply(bench.snapshotDisk(loose), { progress: (fraction) => told.push(fraction) });
    expect(told.at(-1)).toBe(1);
    expect((await bench.list()).snapshots).toHaveLength(2);
  });

  it('ends when it is interrupted, in a call, a pause or a wait, and goes on when it is begun again', async () => {
    const { stage, bench, fleet } = await furnished();
    const wish = bench.snapshotDisk(fleet.disks.find(({ id }) => id === looseIn(fleet).id) ?? never());
    stage.knobs.waitMs = 10;
    for (let pause = 1; pause <= 3; pause += 1) {
      const stop = new AbortController();
      let pauses = 0;
      const sleep = async (milliseconds: number) => {
        stage.datacenter.advance(milliseconds);
        pauses += 1;
        if (pauses < pause) return;
        stop.abort();
        throw new Error('the sleep was cut short');
      };
      const { provider } = await stage.open({}, undefined, { sleep });
      await refused(provider.apply(wish, { signal: stop.signal }), 'interrupted');
    }
    await bench.apply(wish);
    expect((await bench.list()).snapshots).toHaveLength(2);
  });

  it('ends where a guest does not answer, with where to look', async () => {
    const { stage, bench, fleet } = await furnished();
    await bench.apply({ kind: 'start-vm', vm: vmIn(fleet) });
    const client = stage.datacenter.connect();
    const kind = gcpKind({ fetch: inProcess(stage.datacenter, client), reach: async () => false });
    const provider = await kind.open({ project: 'home' }, stage.datacenter.context());
    const silent = provider.apply({ kind: 'await-guest', vm: vmIn(fleet) });
    await expect(silent).rejects.toMatchObject({ code: 'timeout', effect: 'none' });
    await expect(silent).rejects.toThrow('does not answer on ssh at 192.0.2.1');
    expect(client.calls).toBe(0);
  });
});

describe('labels', () => {
  it('are merged anew when somebody else was quicker', async () => {
    const { stage, bench, fleet } = await furnished();
    const loose = looseIn(fleet);
    const other = await stage.open();
    let raced = false;
    const { client, provider } = await stage.open({
      gate: async ({ what }) => {
        if (raced || !what.startsWith('set-labels')) return;
        raced = true;
        await other.provider.apply({
          kind: 'set-labels',
          assetKind: 'disk',
          asset: loose,
          labels: { endOn: true },
        });
      },
    });
    await provider.apply({ kind: 'set-labels', assetKind: 'disk', asset: loose, labels: { deleting: true } });
    expect(client.calls).toBe(2);
    expect((await bench.disk('test-loose')).labels).toMatchObject({ endOn: true, deleting: true });
  });

  it('of others stay as they are', async () => {
    const { stage, bench, fleet } = await furnished();
    const loose = looseIn(fleet);
    const extras = stage.datacenter.world.gce.extras.get(loose.id) ?? never();
    extras.labels = { ...extras.labels, team: 'red' };
    await bench.apply({
      kind: 'set-labels',
      assetKind: 'disk',
      asset: loose,
      labels: { role: undefined, endOn: true },
    });
    expect(extras.labels).toMatchObject({ team: 'red', 'chews-end-on': 'true' });
    expect(extras.labels).not.toHaveProperty('chews-role');
  });

  it('and a description say of a snapshot that it may be the only copy, and of what', async () => {
    const { stage, bench } = await furnished();
    const { id } = await bench.snapshot('ss-test-loose');
    const extras = stage.datacenter.world.gce.extras.get(id);
    expect(extras?.labels).toMatchObject({ 'do-not-delete': 'only-copy-of-a-workstation' });
    expect(extras?.asked['description']).toMatch(/ONLY COPY of disk data of workstation test/);
  });
});
