import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Fleet, Labels } from '../../src/core/assets.ts';
import { inventoryOf, lookalikesOf, splitFleet, strangeness } from '../../src/core/inventory.ts';
import { snapshotSetsOf } from '../../src/core/snapshotSets.ts';
import {
  attachment,
  bare,
  claim,
  disk,
  fleet,
  inventory,
  machine,
  NEW,
  OLD,
  set,
  snapshot,
  vm,
} from '../support/builders.ts';

const labels: fc.Arbitrary<Labels> = fc.constantFrom<Labels>(
  {},
  { workstation: 'dev', owner: 'a1b2c3d4' },
  { workstation: 'other', owner: 'a1b2c3d4' },
  { workstation: 'dev', owner: 'ffffffff' },
);

/** Assets of `dev`, of others, and of nobody by their labels; VMs that hold any of the disks. */
const fleets: fc.Arbitrary<Fleet> = fc
  .record({
    disks: fc.array(fc.record({ name: fc.constantFrom('boot', 'data', 'more'), labels }), { maxLength: 4 }),
    snapshots: fc.array(fc.record({ name: fc.constantFrom('boot', 'data', 'more'), labels }), {
      maxLength: 4,
    }),
    vms: fc.array(
      fc.record({
        name: fc.constantFrom('dev', 'other'),
        labels,
        holds: fc.array(fc.nat(3), { maxLength: 2 }),
      }),
      { maxLength: 3 },
    ),
    attachedTo: fc.array(fc.nat(2), { maxLength: 4 }),
  })
  .map((drawn) => {
    const disks = drawn.disks.map(({ name, labels: own }, index) => {
      const holder = drawn.attachedTo[index];
      return disk(name, {
        id: `disk-${index}`,
        labels: { ...own, disk: name },
        attachedTo: holder === undefined ? [] : [`vm-${holder}`],
      });
    });
    return fleet({
      disks,
      snapshots: drawn.snapshots.map(({ name, labels: own }, index) =>
        snapshot(name, NEW, { id: `snapshot-${index}`, labels: { ...own, disk: name } }),
      ),
      vms: drawn.vms.map(({ name, labels: own, holds }, index) =>
        vm({
          id: `vm-${index}`,
          name,
          labels: own,
          attachments: holds.flatMap((at) => {
            const held = disks[at];
            return held === undefined ? [] : [attachment(held)];
          }),
        }),
      ),
    });
  });

const ids = (assets: readonly { readonly id: string }[]) => assets.map(({ id }) => id).sort();

describe('a fleet', () => {
  it('cut into what each workstation could own gives each the same inventory as the whole', () => {
    fc.assert(
      fc.property(fleets, (whole) => {
        const part = inventoryOf(splitFleet(whole)('dev'), claim());
        const all = inventoryOf(whole, claim());
        for (const key of ['vms', 'disks', 'snapshots', 'strangers'] as const)
          expect(ids(part[key]), key).toEqual(ids(all[key]));
      }),
      { seed: 20_260_301, numRuns: 500 },
    );
  });

  it('is looked through only as far as it could be ours', () => {
    const others = [1, 2, 3].map((index) =>
      disk('boot', { id: `disk-${index}`, labels: { workstation: `w${index}`, disk: 'boot' } }),
    );
    const part = splitFleet(fleet({ disks: [...others, disk('boot'), bare(disk('data'))] }))('dev');
    expect(ids(part.disks)).toEqual(['disk-boot', 'disk-data']);
  });
});

describe('what is ours', () => {
  it.each([
    ['a VM', vm(), undefined],
    ['a disk', disk('boot'), undefined],
    ['a snapshot', snapshot('boot'), undefined],
    ['a disk without labels', bare(disk('boot')), undefined],
    ['a disk that the file does not list, by its label', disk('more'), undefined],
    ['a disk that the file does not list, without one', bare(disk('more')), 'is not a name that chews gives'],
    [
      'a disk that bears the name of another',
      { ...disk('boot'), name: disk('data').name },
      'is not a name that chews gives',
    ],
    [
      'a snapshot that bears the name of a disk',
      { ...snapshot('boot'), name: disk('boot').name },
      'is not a name that chews gives',
    ],
    ['a VM of another name', vm({ name: 'dev-2' }), 'is not the name of the VM of workstation dev'],
    [
      'a VM of another workstation',
      vm({ labels: { workstation: 'other' } }),
      'is labelled as a part of workstation other',
    ],
    [
      'a VM of another owner',
      vm({ labels: { workstation: 'dev', owner: 'ffffffff' } }),
      'belongs to another configuration (id ffffffff)',
    ],
  ])('%s', (_, asset, why) => {
    if (why === undefined) expect(strangeness(asset, claim())).toBeUndefined();
    else expect(strangeness(asset, claim())).toContain(why);
  });

  it('is what is told of twice, as ours and as another’s: nobody knows which of the two is true', () => {
    const twice = disk('data', { labels: { workstation: 'other' }, name: 'other' });
    const told = fleet({ disks: [disk('boot'), disk('data'), twice] });
    expect(inventoryOf(told, claim()).disks).toEqual(told.disks);
  });

  it('is a stranger what holds a disk of ours, by either account', () => {
    const stranger = vm({ id: 'vm-9', name: 'other', labels: {} });
    const byVm = { vms: [{ ...stranger, attachments: [attachment(disk('boot'))] }], disks: [disk('boot')] };
    const byDisk = { vms: [stranger], disks: [disk('boot', { attachedTo: ['vm-9'] })] };
    expect(ids(inventory(byVm).strangers)).toEqual(['vm-9']);
    expect(ids(inventory(byDisk).strangers)).toEqual(['vm-9']);
    expect(inventory({ vms: [stranger], disks: [disk('boot')] }).strangers).toEqual([]);
    expect(inventory(machine()).strangers).toEqual([]);
  });
});

describe('look-alikes', () => {
  const foreign = { workstation: 'dev', owner: 'ffffffff', disk: 'boot' };
  it('are assets of our names that are not ours', () => {
    const whole = fleet({
      vms: [
        vm({ id: 'vm-foreign', labels: foreign }),
        vm(),
        vm({ id: 'vm-far', name: 'far', labels: foreign }),
      ],
      disks: [disk('boot', { id: 'disk-foreign', labels: foreign }), disk('data')],
      snapshots: [
        snapshot('boot', NEW, { id: 'snapshot-other', labels: { workstation: 'other' } }),
        ...set(),
      ],
    });
    expect(ids(lookalikesOf(whole, claim()))).toEqual(['disk-foreign', 'snapshot-other', 'vm-foreign']);
  });
});

describe('snapshot sets', () => {
  it('come oldest first, whatever the order of the list', () => {
    const found = inventory({ snapshots: [...set(NEW), ...set(OLD)] });
    expect(snapshotSetsOf(found, claim()).map(({ timestamp }) => timestamp)).toEqual([OLD, NEW]);
  });
  it('are clean where every snapshot is', () => {
    const [boot, data] = [snapshot('boot'), snapshot('data')];
    const torn = { ...data, labels: { ...data.labels, clean: false } };
    const cleanOf = (snapshots: readonly (typeof boot)[]) =>
      snapshotSetsOf(inventory({ snapshots }), claim()).map(({ clean }) => clean);
    expect([cleanOf([boot, data]), cleanOf([boot, torn]), cleanOf([bare(boot), bare(data)])]).toEqual([
      [true],
      [false],
      [false],
    ]);
  });
  it('remember which disk boots, when they were taken, and how many they are', () => {
    const [found] = snapshotSetsOf(inventory({ snapshots: set() }), claim());
    expect(found).toMatchObject({ boot: 'boot', size: 2, flaws: [], timestamp: NEW });
    expect(found?.firstTakenAtMs).toBe(snapshot('boot').takenAtMs);
  });
});
