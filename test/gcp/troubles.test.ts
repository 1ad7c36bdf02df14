import { describe, expect, it } from 'vitest';
import { gcpKind } from '../../providers/gcp/gcp.ts';
import { ChewsError } from '../../src/core/errors.ts';
import { createDisk as createInModel } from '../support/datacenter/diskCalls.ts';
import { gceWire } from '../support/datacenter/quirks.ts';
import { inProcess } from '../support/gce/transport.ts';
import { refOf, refused } from '../conformance/bench.ts';
import { forgeDiskProof } from '../support/forgeProof.ts';
import { durations, furnished, looseIn, never, vmIn } from './furnished.ts';
import { GiB, gcpStage } from './gcpStage.ts';

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

describe('a change that was accepted', () => {
  it('may have had its effect, whatever was the matter with the wait for its end', async () => {
    const { stage, bench } = await furnished();
    stage.knobs.denied.add('compute.zoneOperations.get');
    const wish = bench.createDisk({ name: 'test-more' });
    await expect(bench.apply(wish)).rejects.toMatchObject({
      code: 'permission',
      effect: 'maybe',
      message:
        'cannot create disk test-more: the permission compute.zoneOperations.get is missing for projects/home',
    });
    stage.knobs.denied.clear();
    expect((await bench.list()).disks.map(({ name }) => name)).toContain('test-more');
  });
});

describe('a project that lets nobody in', () => {
  it('is told after some seconds, and waited for where it has let in anything', async () => {
    const throttle = { refusedShare: 1 };
    const stage = await gcpStage({ ...gceWire, throttle });
    const { world } = stage.datacenter;
    const beganMs = world.nowMs;
    const told = (await stage.open()).provider.list();
    await expect(told).rejects.toMatchObject({ code: 'unreachable', retryable: false, effect: 'none' });
    expect(world.nowMs - beganMs).toBeLessThan(8000);
    const { provider } = await stage.open();
    throttle.refusedShare = 0;
    await provider.list();
    throttle.refusedShare = 1;
    const since = world.nowMs;
    await expect(provider.list()).rejects.toMatchObject({ code: 'unreachable', retryable: true });
    expect(world.nowMs - since).toBeGreaterThan(60_000);
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
    const warned: string[] = [];
    const options = { warn: (sentence: string) => warned.push(sentence) };
    await provider.apply({ kind: 'await-guest', vm: vmIn(fleet) }, options);
    expect(warned).toEqual([expect.stringContaining('VM test does not answer on ssh at 192.0.2.1')]);
    expect(warned[0]).toContain('gcloud compute instances get-serial-port-output test');
    stage.knobs.hasGuests = false;
    await provider.apply({ kind: 'await-guest', vm: vmIn(fleet) }, options);
    expect(warned[1]).toBe('VM test does not answer: it has no address.');
    expect(client.calls).toBe(0);
  });

  it('ends at once where the VM has stopped by itself', async () => {
    const { bench, fleet } = await furnished();
    const silent = bench.apply({ kind: 'await-guest', vm: vmIn(fleet) });
    await expect(silent).rejects.toMatchObject({ code: 'timeout', effect: 'none' });
    await expect(silent).rejects.toThrow('cannot wait for the guest of VM test: it has stopped by itself');
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
