import { describe, expect, it } from 'vitest';
import type { Action, PlannedAction } from '../../src/core/action.ts';
import type { Fleet } from '../../src/core/assets.ts';
import { describeAction } from '../../src/core/describe.ts';
import { inventoryOf } from '../../src/core/inventory.ts';
import type { Plan } from '../../src/core/plan.ts';
import type { Provider } from '../../src/core/provider.ts';
import { type ExecuteOutcome, execute, startWatch } from '../../src/engine/execute.ts';
import { claim, disk, fleet, machine, NEW, type Parts, set, snapshotName } from '../support/builders.ts';
import { fakeCapabilities } from '../support/fakeKind.ts';

/** Enough for whatever can go on without being let go. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

interface Stage {
  readonly applied: string[];
  /** Lets the action go that is held under these words; with an error, it fails. */
  readonly end: (words: string, error?: Error) => Promise<void>;
  readonly outcome: Promise<ExecuteOutcome>;
  readonly stop: AbortController;
}

type Planned = readonly [action: PlannedAction, ...after: number[]];

/** A plan under way at a provider that shows what it is told to and holds every action until it is let go. */
function stage(steps: readonly Planned[], shown: () => Parts, nowMs: () => number = () => 0): Stage {
  const applied: string[] = [];
  const held = new Map<string, (error?: Error) => void>();
  const never = () => Promise.reject(new Error('nobody asks for leases here'));
  const provider: Provider = {
    capabilities: fakeCapabilities,
    list: async (): Promise<Fleet> => fleet(shown()),
    apply: (action: Action) => {
      const words = describeAction(action).replace(/-[0-9a-f]{32}/g, '');
      applied.push(words);
      return new Promise((resolve, reject) => {
        held.set(words, (error) => (error === undefined ? resolve() : reject(error)));
      });
    },
    check: async () => [],
    guest: async () => undefined,
    leases: { list: never, take: never, renew: never, release: never, clear: never },
  };
  const plan: Plan = {
    workstation: 'dev',
    goal: 'dessicate',
    from: 'OFF',
    to: 'DESSICATED',
    steps: steps.map(([action, ...after], index) => ({ id: index + 1, after, action })),
    notes: [],
  };
  const stop = new AbortController();
  const { signal: cut } = new AbortController();
  const watch = startWatch(provider, claim(), async () => inventoryOf(await provider.list(), claim()), cut);
  return {
    applied,
    end: async (words, error) => {
      await settle();
      held.get(words)?.(error);
      await settle();
    },
    outcome: execute(plan, watch, false, { stop: stop.signal, cut }, nowMs, () => undefined),
    stop,
  };
}

const label = (name: string): PlannedAction => ({
  kind: 'set-labels',
  assetKind: 'disk',
  asset: { name: disk(name).name },
  labels: { members: [name] },
});
const note = (name: string) => `note on dev-${name} which disks belong together`;
const twoChains: readonly Planned[] = [
  [label('boot')],
  [label('data')],
  [{ kind: 'start-vm', vm: { name: 'dev' } }, 2],
];

describe('execute', () => {
  it('carries out side by side what does not depend on each other, and the rest when its time has come', async () => {
    const { applied, end, outcome } = stage(twoChains, () => machine());
    await settle();
    expect(applied).toEqual([note('boot'), note('data')]);
    await end(note('data'));
    expect(applied).toEqual([note('boot'), note('data'), 'start VM dev']);
    await end('start VM dev');
    await end(note('boot'));
    expect((await outcome).done.map(({ id }) => id)).toEqual([1, 2, 3]);
  });

  it('begins nothing after a failure, and lets what is under way end', async () => {
    const { applied, end, outcome } = stage(twoChains, () => machine());
    await end(note('boot'), new Error('no'));
    await end(note('data'));
    const { done, notDone, failures } = await outcome;
    expect(applied).toEqual([note('boot'), note('data')]);
    expect([done, notDone, failures].map((list) => list.length)).toEqual([1, 2, 1]);
  });

  it('begins nothing after it was told to stop', async () => {
    const { applied, end, outcome, stop } = stage(twoChains, () => machine());
    await settle();
    stop.abort();
    await end(note('boot'));
    await end(note('data'));
    expect((await outcome).notDone.map(({ id }) => id)).toEqual([3]);
    expect(applied).toEqual([note('boot'), note('data')]);
  });

  it('begins nothing after a proof was missing', async () => {
    const lone: Planned = [{ kind: 'delete-disk', disk: { name: disk('data').name, id: 'disk-data' } }];
    const { applied, end, outcome } = stage([lone, [label('boot')], [label('data'), 2]], () => ({
      disks: [disk('boot'), disk('data')],
    }));
    await end(note('boot'));
    expect((await outcome).unproven.map(({ sentence }) => sentence)).toEqual([
      `there is no snapshot of ${disk('data').name}`,
    ]);
    expect(applied).toEqual([note('boot')]);
  });

  const doomed: Planned = [
    { kind: 'delete-disk', disk: { name: disk('data').name, id: 'disk-data' }, into: NEW },
  ];
  const away: Parts = { disks: [disk('boot'), disk('data')], snapshots: set() };

  it('hands a deletion over with its proof, from a read of that very moment', async () => {
    const { applied, end, outcome } = stage([doomed], () => away);
    await end('delete disk dev-data, once it is proven to be in the set');
    expect((await outcome).done.length).toBe(1);
    expect(applied.length).toBe(1);
  });

  it('takes a proof that took longer than ten seconds for none, and looks again, five times at the most', async () => {
    let reads = 0;
    const look = () => {
      reads += 1;
      return away;
    };
    let nowMs = 0;
    const slow = stage([doomed], look, () => {
      nowMs += 10_001;
      return nowMs;
    });
    expect((await slow.outcome).unproven[0]?.sentence).toBe(
      'the reads that were to prove it took longer than 10 s each',
    );
    expect(slow.applied).toEqual([]);
    expect(reads).toBe(5);

    const times = [0, 0, 10_001];
    const once = stage(
      [doomed],
      () => away,
      () => times.shift() ?? 10_001,
    );
    await once.end('delete disk dev-data, once it is proven to be in the set');
    expect((await once.outcome).done).toHaveLength(1);
  });

  it('deletes nothing that is gone already', async () => {
    const { applied, outcome } = stage([doomed], () => ({ snapshots: set() }));
    expect((await outcome).done.length).toBe(1);
    expect(applied).toEqual([]);
  });

  it('goes on with no asset that is not the one of the plan', async () => {
    const { outcome } = stage([[{ kind: 'start-vm', vm: { name: 'dev', id: 'vm-0' } }]], () => machine());
    const [failure] = (await outcome).failures;
    expect(failure?.error).toMatchObject({
      code: 'conflict',
      message: 'cannot start VM dev: VM dev has been replaced by another of its name',
    });
  });

  it('remembers which snapshots it asked for, and what it detached', async () => {
    let shown: Parts = machine([
      disk('boot', { lastWritable: { kind: 'unknown' }, lastAttachedAtMs: 1 }),
      disk('data', { lastWritable: { kind: 'unknown' }, lastAttachedAtMs: 1 }),
    ]);
    const { vms = [], disks = [] } = shown;
    const take = (name: string): Planned => [
      {
        kind: 'snapshot-disk',
        disk: { name: disk(name).name, id: `disk-${name}` },
        name: snapshotName(name, NEW),
        location: 'north',
        labels: {},
      },
    ];
    const detach = (name: string, ...after: readonly number[]): Planned => [
      {
        kind: 'detach-disk',
        vm: { name: 'dev', id: 'vm-1' },
        disk: { name: disk(name).name, id: `disk-${name}` },
      },
      ...after,
    ];
    const remove: Planned = [{ kind: 'delete-vm', vm: { name: 'dev', id: 'vm-1' } }, 3, 4];
    const { end, outcome, applied } = stage(
      [take('boot'), take('data'), detach('boot', 1, 2), detach('data', 3), remove, [doomed[0], 5]],
      () => shown,
    );
    await settle();
    shown = { vms, disks, snapshots: set() };
    await end(`snapshot disk dev-boot as ss-dev-boot-${NEW}`);
    await end(`snapshot disk dev-data as ss-dev-data-${NEW}`);
    const loose = disks.map((one) => ({ ...one, attachedTo: [] }));
    const [boot, data] = loose;
    const holding = (...names: readonly string[]) =>
      vms.map((vm) => ({
        ...vm,
        attachments: vm.attachments.filter(({ diskId }) => names.includes(diskId)),
      }));
    shown = {
      vms: holding('disk-data'),
      disks: [boot, disks[1]].flatMap((one) => one ?? []),
      snapshots: set(),
    };
    await end('detach disk dev-boot');
    shown = { vms: holding(), disks: [boot, data].flatMap((one) => one ?? []), snapshots: set() };
    await end('detach disk dev-data');
    shown = { disks: loose, snapshots: set() };
    await end('delete VM dev, which keeps its disks');
    await end('delete disk dev-data, once it is proven to be in the set');
    expect((await outcome).done.length, applied.join('; ')).toBe(6);
  });
});
