import { describe, expect, it } from 'vitest';
import type { Action } from '../../../src/core/action.ts';
import { memoryProvider } from '../memoryProvider.ts';
import type { ClientOptions } from './client.ts';
import { createDatacenter, type Datacenter } from './datacenter.ts';
import { brewStorm, type ReadFault } from './faults.ts';
import { ec2Buckets, plain, type Quirks } from './quirks.ts';

function createDisk(name: string): Action {
  return {
    kind: 'create-disk',
    name,
    location: 'north-a',
    sizeBytes: plain.smallestDiskBytes,
    type: 'standard',
    source: { from: 'blank' },
    labels: { workstation: 'test', disk: 'data' },
  };
}

function make(changes: Partial<Quirks> = {}): Datacenter {
  return createDatacenter({ quirks: { ...plain, ...changes }, seed: 5, startAtMs: 1_700_000_000_000 });
}

function open(datacenter: Datacenter, options: ClientOptions = {}) {
  const client = datacenter.connect(options);
  return { client, provider: memoryProvider(client, datacenter.context(), datacenter.world.quirks) };
}

const threeDisks = async (datacenter: Datacenter) => {
  const { provider } = open(datacenter);
  for (const name of ['one', 'two', 'three']) await provider.apply(createDisk(name));
};

describe('a read that fails', () => {
  it.each([
    { kind: 'unreachable', code: 'unreachable', retryable: true },
    { kind: 'unreadable', code: 'unreadable', retryable: false },
    { kind: 'credentials', code: 'credentials', retryable: false },
    { kind: 'partial', code: 'unreadable', retryable: true },
  ] as const)('once, $kind, is an error and no fleet', async ({ kind, code, retryable }) => {
    const datacenter = make();
    await threeDisks(datacenter);
    const { provider } = open(datacenter, { readFaults: [{ read: 1, kind }] });
    await expect(provider.list()).rejects.toMatchObject({ code, retryable, effect: 'none' });
    expect((await provider.list()).disks).toHaveLength(3);
  });

  it('because of throttling is made again until it is let in', async () => {
    const datacenter = make();
    const readFaults: ReadFault[] = [{ read: 1, kind: 'throttled', forMs: 2_000 }];
    const { provider, client } = open(datacenter, { readFaults });
    await provider.list();
    expect(client.trace.length).toBeGreaterThan(2);
  });

  it('goes on failing for its time', async () => {
    const datacenter = make();
    const { provider } = open(datacenter, { readFaults: [{ read: 2, kind: 'credentials', forMs: 1_000 }] });
    await provider.list();
    await expect(provider.list()).rejects.toMatchObject({ code: 'credentials' });
    datacenter.advance(999);
    await expect(provider.list()).rejects.toMatchObject({ code: 'credentials' });
    datacenter.advance(1);
    await provider.list();
  });
});

describe('a list in pages', () => {
  it('is all of it, page by page, each a read', async () => {
    const datacenter = make({ pageSize: 1 });
    await threeDisks(datacenter);
    const { provider, client } = open(datacenter);
    expect((await provider.list()).disks.map(({ name }) => name).sort()).toEqual(['one', 'three', 'two']);
    expect(client.trace).toHaveLength(3);
  });

  it.each([1, 2, 3])('is nothing at all where page %i is lost or cut', async (read) => {
    const datacenter = make({ pageSize: 1 });
    await threeDisks(datacenter);
    for (const kind of ['unreachable', 'partial'] as const) {
      const { provider } = open(datacenter, { readFaults: [{ read, kind }] });
      await expect(provider.list()).rejects.toMatchObject({ retryable: true });
    }
  });

  it('skips nothing that was there all the time while something goes', async () => {
    const datacenter = make({ pageSize: 1 });
    await threeDisks(datacenter);
    const client = datacenter.connect();
    const first = await client.page(undefined);
    const [gone] = first.part.disks;
    datacenter.owner({ deed: 'delete-disk', disk: gone?.name ?? '' });
    const second = await client.page(first.next);
    const third = await client.page(second.next);
    expect(third.next).toBeUndefined();
    const names = [first, second, third].flatMap(({ part }) => part.disks.map(({ name }) => name));
    expect(names.sort()).toEqual(['one', 'three', 'two']);
  });
});

describe('throttling', () => {
  it('refuses half of all calls, without an effect, and not the same half with another seed', async () => {
    const datacenter = make({ throttle: { refusedShare: 0.5 } });
    const client = datacenter.connect();
    const answers: string[] = [];
    for (let call = 0; call < 100; call += 1) {
      const answer = await client
        .mutate('count', (world) => (world.drawn += 1))
        .catch((error: unknown) => error);
      answers.push(typeof answer === 'number' ? 'done' : 'refused');
      if (typeof answer !== 'number') expect(answer).toMatchObject({ retryable: true, effect: 'none' });
    }
    const done = answers.filter((answer) => answer === 'done').length;
    expect(datacenter.world.drawn).toBe(done);
    expect(done).toBeGreaterThan(30);
    expect(done).toBeLessThan(70);
  });

  it('lets through what is in the bucket, and then what comes in', async () => {
    const datacenter = make({ throttle: { buckets: ec2Buckets }, callTakesMs: 0 });
    const client = datacenter.connect();
    const another = datacenter.connect();
    const start = () => client.mutate('start-vm x', () => 'started');
    for (let call = 0; call < 5; call += 1) await start();
    await expect(start()).rejects.toMatchObject({ retryable: true });
    // One bucket for the whole account, and one for each kind of call.
    await expect(another.mutate('create-vm y', () => 'made')).rejects.toMatchObject({ retryable: true });
    await client.mutate('create-disk z', () => 'made');
    datacenter.advance(500);
    await start();
    await expect(start()).rejects.toMatchObject({ retryable: true });
  });

  it('counts a list as the three Describes that it is', async () => {
    const datacenter = make({ throttle: { buckets: ec2Buckets } });
    const client = datacenter.connect();
    for (let list = 0; list < 33; list += 1) await client.page(undefined);
    await expect(client.page(undefined)).rejects.toMatchObject({ retryable: true });
  });
});

describe('what was accepted', () => {
  const fails = (call: number): ClientOptions => ({
    faults: [{ call, when: 'later', kind: 'fails', extraMs: 4_000 }],
  });

  it('as a disk can fail later', async () => {
    const datacenter = make();
    const { provider } = open(datacenter, fails(1));
    await expect(provider.apply(createDisk('one'))).rejects.toMatchObject({ code: 'failed' });
    expect((await provider.list()).disks).toMatchObject([{ status: 'failed' }]);
  });

  it('as a snapshot can fail later', async () => {
    const datacenter = make();
    await open(datacenter).provider.apply(createDisk('one'));
    const { provider } = open(datacenter, fails(1));
    const [disk] = (await provider.list()).disks;
    const action: Action = {
      kind: 'snapshot-disk',
      disk: { name: 'one', id: disk?.id ?? '' },
      name: 'ss-one',
      location: 'north-a',
      labels: {},
    };
    await expect(provider.apply(action)).rejects.toMatchObject({ code: 'failed' });
    expect((await provider.list()).snapshots).toMatchObject([{ status: 'failed' }]);
  });

  it('as a start can fail later, and its guest never ran', async () => {
    const datacenter = make({ createsStopped: true });
    const { provider } = open(datacenter, fails(3));
    await provider.apply(createDisk('one'));
    const [disk] = (await provider.list()).disks;
    await provider.apply({
      kind: 'create-vm',
      name: 'test',
      location: 'north-a',
      size: { machineType: 'small' },
      image: 'debian',
      disks: [{ name: 'one', id: disk?.id ?? '' }],
      labels: {},
      firstBoot: true,
    });
    const [vm] = (await provider.list()).vms;
    const start: Action = { kind: 'start-vm', vm: { name: 'test', id: vm?.id ?? '' } };
    await expect(provider.apply(start)).rejects.toMatchObject({ code: 'failed' });
    expect((await provider.list()).vms).toMatchObject([{ status: 'stopped' }]);
    expect(datacenter.world.contents.next).toBe(1);
    await provider.apply(start);
    expect((await provider.list()).vms).toMatchObject([{ status: 'running' }]);
  });

  it('can be slow, and is waited for', async () => {
    const datacenter = make();
    const { provider } = open(datacenter, {
      faults: [{ call: 1, when: 'later', kind: 'slow', extraMs: 3_600_000 }],
    });
    const before = datacenter.world.nowMs;
    await provider.apply(createDisk('one'));
    expect(datacenter.world.nowMs - before).toBeGreaterThanOrEqual(3_600_000);
  });
});

describe('a quota', () => {
  it('refuses one more, and the answer may be wrong about it', async () => {
    const datacenter = make({ quota: { disks: 1 } });
    const { provider } = open(datacenter);
    await provider.apply(createDisk('one'));
    await expect(provider.apply(createDisk('two'))).rejects.toMatchObject({
      code: 'quota',
      retryable: false,
    });
    const doubtful = make();
    const struck = open(doubtful, { faults: [{ call: 1, when: 'after', kind: 'error', code: 'quota' }] });
    await expect(struck.provider.apply(createDisk('one'))).rejects.toMatchObject({
      code: 'quota',
      effect: 'maybe',
    });
    expect(doubtful.world.disks.size).toBe(1);
  });
});

describe('a storm', () => {
  it('strikes many calls of one client, before and after, and is the same with the same seed', () => {
    const strike = (seed: number) => {
      const { change } = brewStorm({ seed, changesShare: 0.3, readsShare: 0 });
      return Array.from({ length: 200 }, (_, index) => change(index + 1));
    };
    const struck = strike(1).filter((fault) => fault !== undefined);
    expect(struck.length).toBeGreaterThan(40);
    expect(struck.length).toBeLessThan(80);
    expect(new Set(struck.map(({ when }) => when))).toEqual(new Set(['before', 'after']));
    expect(strike(1)).toEqual(strike(1));
    expect(strike(1)).not.toEqual(strike(2));
  });
});
