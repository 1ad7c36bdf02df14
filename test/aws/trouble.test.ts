import { describe, expect, it } from 'vitest';
import { openAws } from '../../providers/aws/aws.ts';
import type { Provider } from '../../src/core/provider.ts';
import type { Client } from '../support/datacenter/client.ts';
import { apiBuckets, modelId, REGION } from '../support/ec2/ec2World.ts';
import { ec2Face } from '../support/ec2/ec2Face.ts';
import { credentials } from '../support/ec2/openEc2.ts';
import { inProcess } from '../support/ec2/transports.ts';
import { forgeDiskProof, forgeSnapshotProof, forgeVmProof } from '../support/forgeProof.ts';
import {
  diskIn,
  errorOf,
  type Ec2Bench,
  ec2Bench,
  newDisk,
  newSnapshot,
  newVm,
  snapshotIn,
  vmIn,
  ZONE,
} from './ec2Bench.ts';

const ref = ({ id, name }: { readonly id: string; readonly name: string }) => ({ id, name });

function lastChange({ trace }: Client): string | undefined {
  return trace.findLast(({ number }) => number > 0)?.what;
}

/** A process whose every answer goes through somebody's hands. */
function openTampered(
  bench: Ec2Bench,
  tamper: (action: string, answer: string) => string,
): Promise<Provider> {
  const face = ec2Face(bench.datacenter.connect(), () => bench.datacenter.world);
  const requestHandler = inProcess(async (body, signal) => {
    const answer = await face(body, signal);
    const action = new URLSearchParams(body).get('Action') ?? '';
    return answer === 'lost' ? answer : { ...answer, body: tamper(action, answer.body) };
  });
  return openAws({ region: REGION }, bench.datacenter.context(), {
    client: { requestHandler, credentials, endpoint: 'http://ec2.test' },
  });
}

describe('a run that was killed right after the launch', () => {
  it('has left disks that a list knows, and that keep their labels once they are parted from their VM', async () => {
    const bench = ec2Bench();
    const wanted = [newDisk('boot'), newDisk('data')];
    const dying = await bench.open({ faults: [{ call: 1, when: 'answered', kind: 'kill' }] });
    await dying.provider.apply(newVm(wanted)).catch(() => undefined);
    expect(lastChange(dying.client)).toContain('RunInstances');

    const { provider, client } = await bench.open();
    const fleet = await provider.list();
    for (const { name, labels, source } of wanted)
      expect(fleet.disks.find((disk) => disk.name === name)).toMatchObject({ labels, origin: source });
    const vm = ref(vmIn(fleet));
    await provider.apply({ kind: 'stop-vm', vm });
    await provider.apply({ kind: 'detach-disk', vm, disk: ref(diskIn(fleet, 'boot')) });
    const whats = client.trace.filter(({ number }) => number > 0).map(({ what }) => what.split(' ')[0]);
    expect(whats).toEqual(['StopInstances', 'CreateTags', 'CreateTags', 'DetachVolume']);
    await provider.apply({ kind: 'delete-vm', vm, proof: forgeVmProof(vm.id) });
    const after = await provider.list();
    expect(after.vms).toEqual([]);
    for (const { name, labels, source } of wanted)
      expect(after.disks.find((disk) => disk.name === name)).toMatchObject({
        labels,
        origin: source,
        attachedTo: [],
      });
  });
});

describe('a private image that a killed run has left', () => {
  it('keeps no snapshot from being deleted', async () => {
    const bench = ec2Bench();
    const { provider } = await bench.open();
    await provider.apply(newVm([newDisk('boot')]));
    await provider.apply({ kind: 'stop-vm', vm: ref(vmIn(await provider.list())) });
    await provider.apply(newSnapshot(await provider.list(), 'boot'));
    const fleet = await provider.list();
    const vm = ref(vmIn(fleet));
    await provider.apply({ kind: 'delete-vm', vm, proof: forgeVmProof(vm.id) });
    const boot = diskIn(fleet, 'boot');
    await provider.apply({ kind: 'delete-disk', disk: ref(boot), proof: forgeDiskProof(boot.id) });
    const snapshot = ref(snapshotIn(fleet, 'boot'));
    const dying = await bench.open({ faults: [{ call: 1, when: 'answered', kind: 'kill' }] });
    const again = newDisk('boot', { source: { from: 'snapshot', snapshotId: snapshot.id } });
    await dying.provider.apply(newVm([again], { firstBoot: false })).catch(() => undefined);
    expect(lastChange(dying.client)).toContain('RegisterImage');
    bench.datacenter.oracle.letGo('test');
    const proof = forgeSnapshotProof(snapshot.id);
    await (await bench.open()).provider.apply({ kind: 'delete-snapshot', snapshot, proof });
    expect((await provider.list()).snapshots).toEqual([]);
  });
});

describe('a zone without capacity', () => {
  it('is told, and nothing is made', async () => {
    const bench = ec2Bench();
    const { provider } = await bench.open();
    await provider.apply(newVm([newDisk('boot')]));
    const resting = ref(vmIn(await provider.list()));
    await provider.apply({ kind: 'stop-vm', vm: resting });
    await provider.apply(newSnapshot(await provider.list(), 'boot'));
    const fleet = await provider.list();
    await provider.apply({ kind: 'delete-vm', vm: resting, proof: forgeVmProof(resting.id) });
    const boot = diskIn(fleet, 'boot');
    await provider.apply({ kind: 'delete-disk', disk: ref(boot), proof: forgeDiskProof(boot.id) });
    const zone = bench.datacenter.world.locations.find(({ name }) => name === ZONE);
    if (zone !== undefined) zone.outOfCapacity = true;
    const source = { from: 'snapshot', snapshotId: snapshotIn(fleet, 'boot').id } as const;
    const images = bench.ec2.images.size;
    const refused = await errorOf(provider.apply(newVm([newDisk('boot', { source })], { firstBoot: false })));
    expect(refused).toMatchObject({ code: 'no-capacity', effect: 'none', retryable: false });
    expect(refused.message).toContain(`${REGION}b`);
    expect(bench.ec2.images.size).toBe(images);
    const elsewhere = `${REGION}b`;
    const moved = newDisk('boot', { source, location: elsewhere });
    await provider.apply(newVm([moved], { location: elsewhere, firstBoot: false }));
    expect(vmIn(await provider.list())).toMatchObject({ location: elsewhere, status: 'running' });
    expect(bench.ec2.images.size).toBe(images);
  });
});

describe('what EC2 tells of the dead', () => {
  it('is no VM, though it bears the name', async () => {
    const bench = ec2Bench();
    const { provider } = await bench.open();
    const generations: string[] = [];
    for (let round = 0; round < 3; round += 1) {
      await provider.apply(newVm([newDisk('boot')]));
      const fleet = await provider.list();
      const vm = vmIn(fleet);
      expect(fleet.ended?.map(({ id }) => id)).toEqual(generations);
      generations.push(vm.id);
      await provider.apply({ kind: 'stop-vm', vm: ref(vm) });
      const { lastStartedAtMs } = vmIn(await provider.list());
      await provider.apply({ kind: 'delete-vm', vm: ref(vm), proof: forgeVmProof(vm.id) });
      expect((await provider.list()).ended).toContainEqual({ id: vm.id, lastStartedAtMs });
      bench.datacenter.oracle.letGo('test');
      const boot = ref(diskIn(fleet, 'boot'));
      await provider.apply({ kind: 'delete-disk', disk: boot, proof: forgeDiskProof(boot.id) });
    }
    expect(new Set(generations).size).toBe(3);
    bench.datacenter.advance(3_700_000);
    expect((await provider.list()).ended).toEqual([]);
    // Its token is remembered for longer than it is listed: another process must not be given the dead.
    const other = (await bench.open()).provider;
    await other.apply(newVm([newDisk('boot')]));
    expect(generations).not.toContain(vmIn(await other.list()).id);
  });
});

describe('a stop', () => {
  it('is over when it is over, not when it was asked for', async () => {
    const bench = ec2Bench({
      quirks: { durations: { createDiskMs: 0, snapshotMs: 0, startMs: 0, stopMs: 30_000 } },
    });
    const { provider } = await bench.open();
    await provider.apply(newVm([newDisk('boot')]));
    const fleet = await provider.list();
    bench.datacenter.owner({ deed: 'stop-vm', vm: 'test' });
    bench.datacenter.advance(10_000);
    expect(vmIn(await provider.list()).status).toBe('changing');
    await provider.apply(newSnapshot(fleet, 'boot'));
    bench.datacenter.advance(3_600_000);
    // Whoever comes later has not seen when it was over, and must not think that the snapshot came after it.
    const after = await (await bench.open()).provider.list();
    const { lastWritable } = diskIn(after, 'boot');
    expect(lastWritable.kind).toBe('at');
    if (lastWritable.kind === 'at')
      expect(lastWritable.atMs).toBeGreaterThan(snapshotIn(after, 'boot').takenAtMs);
  });
});

describe('answers that are not what they should be', () => {
  it('are no empty world', async () => {
    const bench = ec2Bench();
    await (await bench.open()).provider.apply(newDisk('data'));
    for (const [action, list] of [
      ['DescribeVolumes', 'volumeSet'],
      ['DescribeInstances', 'reservationSet'],
      ['DescribeSnapshots', 'snapshotSet'],
    ]) {
      const cut = new RegExp(`<${list}>.*</${list}>`, 's');
      const provider = await openTampered(bench, (asked, answer) =>
        asked === action ? answer.replace(cut, '') : answer,
      );
      expect(await errorOf(provider.list())).toMatchObject({ code: 'unreadable', effect: 'none' });
    }
    const broken = await openTampered(bench, (_action, answer) => answer.slice(0, answer.length / 2));
    expect(await errorOf(broken.list())).toMatchObject({ code: 'unreadable', effect: 'none' });
    const page = await openTampered(bench, () => '<html><body>Service unavailable</body></html>');
    expect(await errorOf(page.list())).toMatchObject({ code: 'unreadable' });
  });

  it('go round in no circle', async () => {
    const bench = ec2Bench();
    const provider = await openTampered(bench, (_action, answer) =>
      answer.replace('</DescribeVolumesResponse>', '<nextToken>again</nextToken></DescribeVolumesResponse>'),
    );
    const error = await errorOf(provider.list());
    expect(error.code).toMatch(/unreadable|configuration/);
  });

  it('leave unknown what nobody has heard of', async () => {
    const bench = ec2Bench();
    const { provider } = await bench.open();
    await provider.apply(newVm([newDisk('boot')]));
    await provider.apply({ kind: 'stop-vm', vm: ref(vmIn(await provider.list())) });
    await provider.apply(newSnapshot(await provider.list(), 'boot'));
    const known = await provider.list();
    for (const { id } of [vmIn(known), diskIn(known, 'boot'), snapshotIn(known, 'boot')])
      bench.ec2.oddStates.set(modelId(id) ?? '', 'dreaming');
    bench.datacenter.advance(20_000);
    const odd = await provider.list();
    expect(vmIn(odd)).toMatchObject({ status: 'unknown', statusText: 'dreaming' });
    expect(diskIn(odd, 'boot')).toMatchObject({ status: 'unknown', lastWritable: { kind: 'now' } });
    expect(snapshotIn(odd, 'boot')).toMatchObject({ status: 'unknown' });
  });

  it('leave unknown what they say too little of', async () => {
    const bench = ec2Bench();
    await (await bench.open()).provider.apply(newVm([newDisk('boot')]));
    for (const cut of [
      /<instanceId>[^<]*<\/instanceId>/,
      /<size>\d+<\/size>/,
      /<createTime>[^<]*<\/createTime>/,
    ]) {
      const provider = await openTampered(bench, (asked, answer) =>
        asked === 'DescribeVolumes' ? answer.replace(cut, '') : answer,
      );
      expect(diskIn(await provider.list(), 'boot').status).toBe('unknown');
    }
  });

  it('tell copies and scheduled snapshots from those that were taken', async () => {
    const bench = ec2Bench();
    const { provider } = await bench.open();
    await provider.apply(newDisk('data'));
    await provider.apply(newSnapshot(await provider.list(), 'data'));
    const [model] = bench.datacenter.world.snapshots.values();
    if (model === undefined) throw new Error('there is no snapshot');
    for (const kind of ['copied', 'scheduled', 'taken'] as const) {
      model.kind = kind;
      expect(snapshotIn(await provider.list(), 'data').kind).toBe(kind);
    }
  });
});

describe('a VM with an address of its own and a protection', () => {
  const settings = { 'elastic-address': 'eipalloc-0123456789abcdef0', 'deletion-protection': true };

  it('has them in every cycle, and nobody else deletes it', async () => {
    const bench = ec2Bench();
    const { provider } = await bench.open();
    for (const round of [1, 2]) {
      await provider.apply(newVm([newDisk('boot', { name: `boot-${round}` })], { settings }));
      const vm = ref(vmIn(await provider.list()));
      expect(bench.ec2.addresses.get(settings['elastic-address'])).toBe(modelId(vm.id));
      const other = newVm([newDisk('boot', { name: 'boot-other' })], { name: 'other', settings });
      expect(await provider.check([other])).toMatchObject([{ code: 'conflict' }]);
      expect(bench.ec2.instances.get(modelId(vm.id) ?? '')).toMatchObject({
        isProtected: true,
        httpTokens: 'required',
        shutdownBehavior: 'stop',
      });
      await provider.apply({ kind: 'stop-vm', vm });
      await provider.apply({ kind: 'delete-vm', vm, proof: forgeVmProof(vm.id) });
      expect((await provider.list()).vms).toEqual([]);
    }
  });
});

describe('too much at once', () => {
  it('is waited out, call by call', async () => {
    const bench = ec2Bench({ quirks: { throttle: { refusedShare: 0.5, buckets: apiBuckets } } });
    const opened = await Promise.all(Array.from({ length: 5 }, () => bench.open()));
    await Promise.all(
      opened.map(({ provider }, index) =>
        provider.apply(newVm([newDisk('boot', { name: `ws${index}-boot` })], { name: `ws${index}` })),
      ),
    );
    const [first] = opened;
    const fleet = await first?.provider.list();
    expect(fleet?.vms).toHaveLength(5);
    expect(fleet?.disks).toHaveLength(5);
    const calls = opened.reduce((sum, { client }) => sum + client.trace.length, 0);
    expect(calls).toBeLessThan(5 * 60);
  });
});

describe('an account that lets nobody in', () => {
  it('is told after some seconds, and waited for where it has let in anything', async () => {
    const bench = ec2Bench({ quirks: { throttle: { refusedShare: 1 } } });
    const { provider } = await bench.open();
    const beganMs = bench.datacenter.world.nowMs;
    const told = await errorOf(provider.list());
    expect(told).toMatchObject({ code: 'unreachable', retryable: false, effect: 'none' });
    expect(bench.datacenter.world.nowMs - beganMs).toBeLessThan(8000);
    const throttle = { refusedShare: 0 };
    const other = ec2Bench({ quirks: { throttle } });
    const { provider: patient } = await other.open();
    await patient.list();
    throttle.refusedShare = 1;
    const since = other.datacenter.world.nowMs;
    expect(await errorOf(patient.list())).toMatchObject({ code: 'unreachable', retryable: true });
    expect(other.datacenter.world.nowMs - since).toBeGreaterThan(60_000);
  });

  it('is no account of another number', async () => {
    const bench = ec2Bench();
    const client = bench.datacenter.connect();
    const requestHandler = inProcess(ec2Face(client, () => bench.datacenter.world));
    const provider = await openAws({ region: REGION, account: '999900001111' }, bench.datacenter.context(), {
      client: { requestHandler, credentials, endpoint: 'http://ec2.test' },
    });
    for (const work of [() => provider.list(), () => provider.leases.list()])
      expect(await errorOf(work())).toMatchObject({ code: 'credentials', effect: 'none' });
    expect(client.calls).toBe(0);
  });
});

describe('a computer without a network', () => {
  it('says so at once', async () => {
    const bench = ec2Bench();
    const requestHandler = inProcess(() =>
      Promise.reject(Object.assign(new Error('no'), { code: 'ENOTFOUND' })),
    );
    const provider = await openAws({ region: REGION }, bench.datacenter.context(), {
      client: { requestHandler, credentials },
    });
    const before = bench.datacenter.world.nowMs;
    expect(await errorOf(provider.list())).toMatchObject({
      code: 'unreachable',
      effect: 'none',
      retryable: true,
    });
    expect(bench.datacenter.world.nowMs).toBe(before);
  });
});

describe('a list', () => {
  it('takes three calls, whatever there is', async () => {
    const bench = ec2Bench();
    const { provider } = await bench.open();
    await provider.list();
    for (const more of [1, 9, 90]) {
      const before = (await provider.list()).disks.length;
      await Promise.all(
        Array.from({ length: more }, (_, index) =>
          provider.apply(newDisk('data', { name: `data-${before + index}` })),
        ),
      );
      const { provider: fresh, client } = await bench.open();
      await fresh.list();
      expect(client.trace.map(({ what }) => what)).toEqual([
        'DescribeInstances',
        'DescribeVolumes',
        'DescribeSnapshots',
      ]);
    }
  });

  it('says which account answers, though nothing is there', async () => {
    const { provider, client } = await ec2Bench().open();
    expect(await provider.list()).toMatchObject({
      account: '111122223333',
      vms: [],
      disks: [],
      snapshots: [],
    });
    await provider.list();
    expect(client.trace.filter(({ what }) => what.startsWith('DescribeSecurityGroups'))).toHaveLength(1);
  });
});

describe('many at once', () => {
  it('share their looks', async () => {
    const bench = ec2Bench({
      quirks: { durations: { createDiskMs: 20_000, snapshotMs: 0, startMs: 0, stopMs: 0 } },
    });
    const waits: Promise<void>[] = [];
    const { provider, client } = await bench.open();
    for (let index = 0; index < 20; index += 1)
      waits.push(provider.apply(newDisk('data', { name: `data-${index}` })));
    await Promise.all(waits);
    const looks = client.trace.filter(({ what }) => what.startsWith('Describe')).length;
    expect(looks).toBeLessThan(40);
  });
});

describe('what was accepted and then failed', () => {
  const later = { call: 1, when: 'later', kind: 'fails', extraMs: 1000 } as const;
  const durations = { createDiskMs: 1000, snapshotMs: 1000, startMs: 1000, stopMs: 1000 };

  it('is said to have failed, and is not taken for what was wanted', async () => {
    const bench = ec2Bench({ quirks: { durations } });
    const { provider } = await bench.open();
    await provider.apply(newVm([newDisk('boot')]));
    const vm = ref(vmIn(await provider.list()));
    await provider.apply({ kind: 'stop-vm', vm });
    const unlucky = async () => (await bench.open({ faults: [later] })).provider;
    const snapshot = newSnapshot(await provider.list(), 'boot');
    for (const [action, fleetShows] of [
      [newDisk('data'), async () => diskIn(await provider.list(), 'data').status],
      [snapshot, async () => snapshotIn(await provider.list(), 'boot').status],
    ] as const) {
      expect(await errorOf((await unlucky()).apply(action))).toMatchObject({ code: 'failed' });
      expect(await fleetShows()).toBe('failed');
      expect(await errorOf(provider.apply(action))).toMatchObject({ code: 'failed' });
    }
    expect(await errorOf((await unlucky()).apply({ kind: 'start-vm', vm }))).toMatchObject({
      code: 'failed',
    });
    expect(vmIn(await provider.list()).status).toBe('stopped');
    await provider.apply({ kind: 'start-vm', vm });
    expect(vmIn(await provider.list()).status).toBe('running');
  });
});
