import { describe, expect, it } from 'vitest';
import type { Action } from '../../../src/core/action.ts';
import { forgeDiskProof, forgeVmProof } from '../forgeProof.ts';
import { memoryProvider } from '../memoryProvider.ts';
import { type Call, type ClientOptions, Killed } from './client.ts';
import { createDatacenter, type Datacenter } from './datacenter.ts';
import type { Fault } from './faults.ts';
import { plain } from './quirks.ts';

const GB = 1_000_000_000;
const name = 'test-data';

const createDisk: Action = {
  kind: 'create-disk',
  name,
  location: 'north-a',
  sizeBytes: 20 * GB,
  type: 'standard',
  source: { from: 'blank' },
  labels: { workstation: 'test', disk: 'data' },
};

function make(): Datacenter {
  return createDatacenter({ quirks: plain, seed: 5, startAtMs: 1_700_000_000_000 });
}

function open(datacenter: Datacenter, options: ClientOptions = {}) {
  const client = datacenter.connect(options);
  return { client, provider: memoryProvider(client, datacenter.context(), plain) };
}

describe('a fault', () => {
  it.each([
    { when: 'before', disks: 0, effect: 'none' },
    { when: 'after', disks: 1, effect: 'maybe' },
  ] as const)('of the connection $when the call leaves $disks disks', async ({ when, disks, effect }) => {
    const datacenter = make();
    const { provider } = open(datacenter, { faults: [{ call: 1, when, kind: 'error' }] });
    const lost = { code: 'unreachable', retryable: true, effect };
    await expect(provider.apply(createDisk)).rejects.toThrow(expect.objectContaining(lost));
    expect(datacenter.world.disks.size).toBe(disks);
    await provider.apply(createDisk);
    expect(datacenter.world.disks.size).toBe(1);
  });

  it.each([
    { when: 'before', disks: 0 },
    { when: 'after', disks: 1 },
  ] as const)('that kills $when the call leaves $disks disks and a dead process', async ({ when, disks }) => {
    const datacenter = make();
    const { client, provider } = open(datacenter, { faults: [{ call: 1, when, kind: 'kill' }] });
    await expect(provider.apply(createDisk)).rejects.toThrow(Killed);
    expect(datacenter.world.disks.size).toBe(disks);
    expect(client.dead).toBe(true);
    await expect(provider.list()).rejects.toThrow(Killed);
    await open(datacenter).provider.apply(createDisk);
    expect(datacenter.world.disks.size).toBe(1);
  });

  it('that kills after the answer lets the answer through, and nothing more', async () => {
    const datacenter = make();
    const { client } = open(datacenter, { faults: [{ call: 1, when: 'answered', kind: 'kill' }] });
    expect(await client.mutate('count', (world) => world.disks.size)).toBe(0);
    expect(client.dead).toBe(true);
    await expect(client.read('list', () => 0)).rejects.toThrow(Killed);
  });
});

describe('two processes', () => {
  it('take their turns as the gate says', async () => {
    const datacenter = make();
    const order: string[] = [];
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const slow = open(datacenter, {
      gate: async (call: Call) => {
        if (call.number === 1) await held;
        order.push(`slow ${call.number}`);
      },
    });
    const fast = open(datacenter, { gate: async (call) => void order.push(`fast ${call.number}`) });
    const waiting = slow.provider.apply(createDisk);
    await fast.provider.apply(createDisk);
    release();
    await waiting;
    expect(order.indexOf('slow 1')).toBeGreaterThan(order.indexOf('fast 1'));
    expect(datacenter.world.disks.size).toBe(1);
  });
});

/** Puts a workstation away, from whatever is there: the smallest thing that has to survive every kill. */
async function putAway(datacenter: Datacenter, faults: readonly Fault[]): Promise<number> {
  const { client, provider } = open(datacenter, { faults });
  const { vms, disks, snapshots } = await provider.list();
  for (const vm of vms) {
    const ref = { id: vm.id, name: vm.name };
    await provider.apply({ kind: 'stop-vm', vm: ref });
  }
  for (const disk of disks) {
    const ref = { id: disk.id, name: disk.name };
    if (!snapshots.some(({ sourceDiskId }) => sourceDiskId === disk.id)) {
      const labels = { ...disk.labels, set: '20260301120000' };
      await provider.apply({
        kind: 'snapshot-disk',
        disk: ref,
        name: `ss-${name}`,
        location: 'north-a',
        labels,
      });
    }
  }
  for (const vm of vms) {
    const ref = { id: vm.id, name: vm.name };
    await provider.apply({ kind: 'clear-deletion-flags', vm: ref });
    await provider.apply({ kind: 'delete-vm', vm: ref, proof: forgeVmProof(vm.id) });
  }
  for (const disk of disks) {
    const ref = { id: disk.id, name: disk.name };
    await provider.apply({ kind: 'delete-disk', disk: ref, proof: forgeDiskProof(disk.id) });
  }
  return client.calls;
}

async function switchedOn(): Promise<Datacenter> {
  const datacenter = make();
  const { provider } = open(datacenter);
  await provider.apply(createDisk);
  const [disk] = (await provider.list()).disks;
  await provider.apply({
    kind: 'create-vm',
    name: 'test',
    location: 'north-a',
    size: { machineType: 'small' },
    image: 'debian',
    disks: [{ name, id: disk?.id ?? '' }],
    labels: { workstation: 'test' },
    firstBoot: true,
  });
  datacenter.owner({ deed: 'flip-deletion-flag', vm: 'test', disk: name, to: true });
  return datacenter;
}

async function survives(datacenter: Datacenter, faults: readonly Fault[]): Promise<void> {
  await putAway(datacenter, faults).catch((error: unknown) => {
    if (!(error instanceof Killed)) throw error;
  });
}

describe('a run that is killed at every call and begun again', () => {
  it('loses nothing, and ends where it was to end', async () => {
    const datacenter = await switchedOn();
    const start = datacenter.save();
    const calls = await putAway(datacenter, []);
    expect(calls).toBe(5);
    for (let call = 1; call <= calls; call += 1) {
      for (const when of ['before', 'after', 'answered'] as const) {
        datacenter.restore(start);
        await survives(datacenter, [{ call, when, kind: 'kill' }]);
        await putAway(datacenter, []);
        expect(datacenter.world).toMatchObject({ vms: new Map(), disks: new Map() });
        datacenter.oracle.assertNothingLost();
      }
    }
  });

  it('is caught at the loss where the owner works in between and an old snapshot is believed', async () => {
    const datacenter = await switchedOn();
    const start = datacenter.save();
    const caught: string[] = [];
    for (let call = 1; call <= 5; call += 1) {
      datacenter.restore(start);
      await survives(datacenter, [{ call, when: 'after', kind: 'kill' }]);
      datacenter.owner({ deed: 'start-vm', vm: 'test' });
      datacenter.owner({ deed: 'wait', milliseconds: 60_000 });
      await putAway(datacenter, []).catch((error: Error) => caught.push(`${call}: ${error.name}`));
    }
    // After the second call the snapshot is there, and from the fourth on there is no VM to start.
    expect(caught).toEqual(['2: DataLost', '3: DataLost']);
  });
});
