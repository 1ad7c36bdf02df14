import { describe, expect, it } from 'vitest';
import { LIST_LAG_MS } from '../../providers/aws/place.ts';
import type { Action } from '../../src/core/action.ts';
import type { Fleet } from '../../src/core/assets.ts';
import { ChewsError } from '../../src/core/errors.ts';
import type { Provider } from '../../src/core/provider.ts';
import { Killed } from '../support/datacenter/client.ts';
import type { Fault } from '../support/datacenter/faults.ts';
import type { Quirks } from '../support/datacenter/quirks.ts';
import { forgeDiskProof, forgeSnapshotProof, forgeVmProof } from '../support/forgeProof.ts';
import { ACCOUNT } from '../support/ec2/ec2World.ts';
import {
  diskIn,
  type Ec2Bench,
  ec2Bench,
  gist,
  newDisk,
  newSnapshot,
  newVm,
  snapshotIn,
  vmIn,
} from './ec2Bench.ts';

/** What leads up to an action, and the action. */
interface Case {
  readonly name: string;
  prepare(provider: Provider): Promise<Action>;
}

const ref = ({ id, name }: { readonly id: string; readonly name: string }) => ({ id, name });

async function makeVm(provider: Provider): Promise<Fleet> {
  await provider.apply(newDisk('loose'));
  const loose = diskIn(await provider.list(), 'loose');
  await provider.apply(newVm([newDisk('boot'), newDisk('data')], { disks: [ref(loose)] }));
  return provider.list();
}

async function makeStopped(provider: Provider): Promise<Fleet> {
  await provider.apply({ kind: 'stop-vm', vm: ref(vmIn(await makeVm(provider))) });
  return provider.list();
}

/** Away: boot and data as snapshots, `loose` still there. */
async function makeAway(provider: Provider): Promise<Fleet> {
  const fleet = await makeStopped(provider);
  for (const disk of ['boot', 'data']) await provider.apply(newSnapshot(fleet, disk));
  const { id, name } = vmIn(fleet);
  await provider.apply({ kind: 'delete-vm', vm: { id, name }, proof: forgeVmProof(id) });
  for (const disk of ['boot', 'data']) {
    const gone = ref(diskIn(fleet, disk));
    await provider.apply({ kind: 'delete-disk', disk: gone, proof: forgeDiskProof(gone.id) });
  }
  return provider.list();
}

function restored(fleet: Fleet, disk: string) {
  const snapshotId = snapshotIn(fleet, disk).id;
  const plain = newDisk(disk);
  return {
    ...plain,
    source: { from: 'snapshot', snapshotId },
    labels: { ...plain.labels, restoredFrom: snapshotId },
  } as const;
}

const cases: readonly Case[] = [
  { name: 'create-disk', prepare: async () => newDisk('data') },
  {
    name: 'create-vm with an image and a loose disk',
    prepare: async (provider) => {
      await provider.apply(newDisk('loose'));
      const loose = diskIn(await provider.list(), 'loose');
      return newVm([newDisk('boot'), newDisk('data')], { disks: [ref(loose)] });
    },
  },
  {
    name: 'create-vm with snapshots',
    prepare: async (provider) => {
      const fleet = await makeAway(provider);
      const makes = [restored(fleet, 'boot'), restored(fleet, 'data')];
      return newVm(makes, { disks: [ref(diskIn(fleet, 'loose'))], firstBoot: false });
    },
  },
  {
    name: 'stop-vm',
    prepare: async (provider) => ({ kind: 'stop-vm', vm: ref(vmIn(await makeVm(provider))) }),
  },
  {
    name: 'start-vm',
    prepare: async (provider) => ({ kind: 'start-vm', vm: ref(vmIn(await makeStopped(provider))) }),
  },
  {
    name: 'resize-vm',
    prepare: async (provider) => ({
      kind: 'resize-vm',
      vm: ref(vmIn(await makeStopped(provider))),
      size: { machineType: 't3.large' },
    }),
  },
  { name: 'snapshot-disk', prepare: async (provider) => newSnapshot(await makeStopped(provider), 'boot') },
  {
    name: 'detach-disk',
    prepare: async (provider) => {
      const fleet = await makeStopped(provider);
      return { kind: 'detach-disk', vm: ref(vmIn(fleet)), disk: ref(diskIn(fleet, 'boot')) };
    },
  },
  {
    name: 'attach-disk',
    prepare: async (provider) => {
      const fleet = await makeStopped(provider);
      const both = { vm: ref(vmIn(fleet)), disk: ref(diskIn(fleet, 'boot')) };
      await provider.apply({ kind: 'detach-disk', ...both });
      return { kind: 'attach-disk', ...both };
    },
  },
  {
    name: 'grow-disk',
    prepare: async (provider) => ({
      kind: 'grow-disk',
      disk: ref(diskIn(await makeVm(provider), 'data')),
      sizeBytes: 20 * 1024 ** 3,
    }),
  },
  {
    name: 'set-labels',
    prepare: async (provider) => ({
      kind: 'set-labels',
      assetKind: 'disk',
      asset: ref(diskIn(await makeVm(provider), 'boot')),
      labels: { members: Array.from({ length: 40 }, (_, index) => `disk-number-${index}`), role: undefined },
    }),
  },
  {
    name: 'delete-vm',
    prepare: async (provider) => {
      const { id, name } = vmIn(await makeStopped(provider));
      return { kind: 'delete-vm', vm: { id, name }, proof: forgeVmProof(id) };
    },
  },
  {
    name: 'delete-snapshot',
    prepare: async (provider) => {
      await provider.apply(newSnapshot(await makeStopped(provider), 'data'));
      const { id, name } = snapshotIn(await provider.list(), 'data');
      return { kind: 'delete-snapshot', snapshot: { id, name }, proof: forgeSnapshotProof(id) };
    },
  },
];

const strikes: readonly (Fault extends infer F
  ? F extends { call: number }
    ? Omit<F, 'call'>
    : never
  : never)[] = [
  { when: 'before', kind: 'kill' },
  { when: 'after', kind: 'kill' },
  { when: 'answered', kind: 'kill' },
  { when: 'before', kind: 'error' },
  { when: 'after', kind: 'error' },
];

/** The images of the account, and what was launched: nothing may be left over, and nothing made twice. */
function leftOver({ ec2, datacenter }: Ec2Bench): unknown {
  return {
    images: [...ec2.images.values()].filter(({ ownerId }) => ownerId === ACCOUNT).length,
    vms: datacenter.world.vms.size,
    disks: datacenter.world.disks.size,
    snapshots: datacenter.world.snapshots.size,
  };
}

const durations = { createDiskMs: 3000, snapshotMs: 60_000, startMs: 5000, stopMs: 20_000 };
const worlds: readonly (readonly [name: string, quirks: Partial<Quirks>])[] = [
  ['in no hurry', { durations }],
  ['where lists lag', { listLagMs: LIST_LAG_MS }],
  ['where lists lag, in no hurry', { durations, listLagMs: LIST_LAG_MS }],
];
const everywhere = worlds.flatMap(([world, quirks]) => cases.map((one) => ({ world, quirks, ...one })));

describe.each(everywhere)(
  '$name, cut off at every call and carried out again, $world',
  ({ prepare, quirks }) => {
    /** Gives what a list says at the end, and how many calls the action made. */
    async function play(
      bench: Ec2Bench,
      action: Action,
      strike: (typeof strikes)[number] | undefined,
      call: number,
    ) {
      const fault = strike === undefined ? [] : [{ ...strike, call } as Fault];
      const first = await bench.open({ faults: fault });
      let ended: unknown;
      try {
        await first.provider.apply(action);
      } catch (error) {
        ended = error;
      }
      if (strike !== undefined && ended !== undefined) {
        if (strike.kind === 'kill') expect(ended).toBeInstanceOf(Killed);
        else
          expect(ended).toMatchObject({
            name: 'ChewsError',
            code: 'unreachable',
            retryable: true,
            effect: 'maybe',
          });
        // A lost answer is met by the same process, a death by the next.
        const next = strike.kind === 'kill' ? await bench.open() : first;
        // A run begins by waiting until a list must show what was done before it.
        if (strike.kind === 'kill') bench.datacenter.advance(quirks.listLagMs ?? 0);
        await next.provider.apply(action);
      } else if (ended !== undefined) {
        throw ended instanceof ChewsError ? new Error(`${ended.message} (${ended.code})`) : ended;
      }
      bench.datacenter.advance(quirks.listLagMs ?? 0);
      const { provider } = await bench.open();
      return { calls: first.client.calls, gist: gist(await provider.list()), leftOver: leftOver(bench) };
    }

    it('has the effect of once', async () => {
      const bench = ec2Bench({ quirks });
      const action = await prepare((await bench.open()).provider);
      bench.datacenter.advance(quirks.listLagMs ?? 0);
      const begun = bench.datacenter.save();
      const { calls, ...whole } = await play(bench, action, undefined, 0);
      expect(calls).toBeGreaterThan(0);
      for (let call = 1; call <= calls; call += 1) {
        for (const strike of strikes) {
          bench.datacenter.restore(begun);
          const { calls: _, ...again } = await play(bench, action, strike, call);
          expect(again, `${strike.kind} ${strike.when} call ${call}`).toEqual(whole);
        }
      }
    });
  },
);
