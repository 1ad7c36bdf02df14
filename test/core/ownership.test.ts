import { describe, expect, it } from 'vitest';
import type { Disk, Labels, Snapshot, Vm } from '../../src/core/assets.ts';
import { diskOf, lookalikesOf, setOf, splitFleet, strangeness } from '../../src/core/inventory.ts';
import {
  attachment,
  bare,
  claim,
  disk,
  fleet,
  inventory,
  machine,
  NEW,
  type Parts,
  running,
  set,
  snapshot,
  vm,
  without,
} from '../support/builders.ts';

const boot = disk('boot');
const other: Labels = { workstation: 'other', owner: 'a1b2c3d4', disk: 'boot', role: 'boot' };
const foreign: Labels = { ...boot.labels, owner: 'ffffffff' };

function idsOf(parts: {
  readonly vms: readonly Vm[];
  readonly disks: readonly Disk[];
  readonly snapshots: readonly Snapshot[];
}): string[] {
  return [...parts.vms, ...parts.disks, ...parts.snapshots].map(({ id }) => id);
}

describe('which disk of the workstation an asset is, or is of', () => {
  it.each<[string, Disk | Snapshot, string | undefined]>([
    ['a disk, by its label', disk('more'), 'more'],
    ['a snapshot, by its label', snapshot('more'), 'more'],
    ['a disk without labels, by its name', bare(boot), 'boot'],
    ['a snapshot without labels, by its name', bare(snapshot('data')), 'data'],
    ['a disk without labels that the file does not list', bare(disk('more')), undefined],
    ['a disk of another workstation by its label, whatever its name', { ...boot, labels: other }, undefined],
    [
      'a disk that only its name tells of, in a workstation of ours',
      { ...boot, labels: { workstation: 'dev' } },
      undefined,
    ],
  ])('%s', (_, asset, name) => {
    expect(diskOf(asset, claim())).toBe(name);
  });
});

describe('which set a snapshot is in', () => {
  it.each<[string, Snapshot, string | undefined]>([
    ['by its label', snapshot('boot', NEW, { labels: { set: '20260101010000' } }), '20260101010000'],
    ['by its name, where it bears no label', bare(snapshot('boot')), NEW],
    ['by nothing', { ...bare(snapshot('boot')), name: 'keepsake' }, undefined],
  ])('%s', (_, taken, name) => {
    expect(setOf(taken, claim())).toBe(name);
  });
});

describe('why an asset is not ours', () => {
  const nameless = (name: string) => `${name} is not a name that chews gives to an asset of dev`;
  it.each<[string, Vm | Disk | Snapshot, string | undefined]>([
    [
      'another configuration’s label',
      vm({ labels: foreign }),
      'dev belongs to another configuration (id ffffffff)',
    ],
    [
      'another workstation’s label',
      vm({ labels: { workstation: 'other' } }),
      'dev is labelled as a part of workstation other',
    ],
    ['another name of a VM', vm({ name: 'dev-2' }), 'dev-2 is not the name of the VM of workstation dev'],
    ['a disk’s name that does not fit', { ...boot, name: 'photographs' }, nameless('photographs')],
    ['a snapshot with the name of a disk', { ...snapshot('boot'), name: boot.name }, nameless(boot.name)],
    [
      'a disk with the name of a snapshot',
      { ...boot, name: snapshot('boot').name },
      nameless(snapshot('boot').name),
    ],
    ['none: a label without an owner', vm({ labels: { workstation: 'dev' } }), undefined],
  ])('%s', (_, asset, why) => {
    expect(strangeness(asset, claim())).toBe(why);
  });
  it('is not its owner, where the file has no id', () => {
    expect(strangeness(vm({ labels: foreign }), without(claim(), 'owner'))).toBeUndefined();
  });
});

describe('what a workstation is made of', () => {
  it.each<[string, Parts, readonly string[]]>([
    ['what its labels say, of whatever name', { disks: [{ ...boot, name: 'photographs' }] }, ['disk-boot']],
    ['what bears no labels, by its name', { vms: [bare(vm())], disks: [bare(boot)] }, ['vm-1', 'disk-boot']],
    [
      'nothing without labels of another name',
      { vms: [bare(vm({ name: 'far' }))], disks: [{ ...bare(boot), name: 'x' }] },
      [],
    ],
    ['nothing of another workstation, of whatever name', { disks: [{ ...boot, labels: other }] }, []],
    [
      'nothing of another configuration, of whatever name',
      { snapshots: [snapshot('boot', NEW, { labels: foreign })] },
      [],
    ],
    [
      'nothing that only a label of another configuration tells of',
      { disks: [{ ...boot, labels: { owner: 'ffffffff' } }] },
      [],
    ],
  ])('%s', (_, parts, ids) => {
    expect(idsOf(inventory(parts))).toEqual(ids);
  });

  it('keeps what the read says of itself', () => {
    const { workstation, account, readAtMs } = inventory();
    expect({ workstation, account, readAtMs }).toEqual({
      workstation: 'dev',
      account: 'home',
      readAtMs: fleet().readAtMs,
    });
  });
});

describe('a part of a fleet for one workstation', () => {
  const others = [
    vm({ id: 'vm-other', name: 'other', labels: other, ...running }),
    vm({ id: 'vm-far', name: 'far', labels: { workstation: 'far' } }),
  ];
  const partOf = (parts: Parts, workstation = 'dev') => idsOf(splitFleet(fleet(parts))(workstation));

  it('holds what is labelled as its own, and what bears no labels', () => {
    const parts = { ...machine(), snapshots: set() };
    const unlabelled = [
      bare(disk('more', { id: 'disk-bare' })),
      disk('boot', { id: 'disk-other', labels: other }),
    ];
    const stray = [
      bare(snapshot('boot', NEW, { id: 'snapshot-bare' })),
      snapshot('boot', NEW, { id: 'snapshot-other', labels: other }),
    ];
    const found = partOf({
      vms: [...parts.vms, ...others, bare(vm({ id: 'vm-bare', name: 'x' }))],
      disks: [...parts.disks, ...unlabelled],
      snapshots: [...parts.snapshots, ...stray],
    });
    expect(found.toSorted()).toEqual(
      [
        'vm-1',
        'vm-bare',
        'disk-boot',
        'disk-data',
        'disk-bare',
        `snapshot-boot-${NEW}`,
        `snapshot-data-${NEW}`,
        'snapshot-bare',
      ].toSorted(),
    );
  });
  it('has the VMs of others that hold a disk of it, by either account, once each', () => {
    const [holder, bystander] = others;
    if (holder === undefined || bystander === undefined) throw new Error('there are two');
    const byVm = { vms: [{ ...holder, attachments: [attachment(boot)] }, bystander], disks: [boot] };
    const byDisk = { vms: others, disks: [disk('boot', { attachedTo: ['vm-other', 'vm-unseen'] })] };
    const byBoth = { vms: byVm.vms, disks: byDisk.disks };
    for (const parts of [byVm, byDisk, byBoth]) expect(partOf(parts)).toEqual(['vm-other', 'disk-boot']);
  });
  it('has every VM that says it holds the same disk', () => {
    const holders = others.map((holder) => ({ ...holder, attachments: [attachment(boot)] }));
    expect(partOf({ vms: holders, disks: [boot] })).toEqual(['vm-other', 'vm-far', 'disk-boot']);
  });
  it('is empty for one of which nothing is there', () => {
    expect(partOf({ ...machine(), snapshots: set() }, 'nobody')).toEqual([]);
  });
  it('keeps what the read says of itself', () => {
    const { vms, disks, snapshots, ...rest } = splitFleet(fleet(machine()))('dev');
    expect([vms.length, disks.length, snapshots.length]).toEqual([1, 2, 0]);
    expect(rest).toEqual({ account: 'home', readAtMs: fleet().readAtMs });
  });
});

describe('look-alikes', () => {
  const alike = (parts: Parts) => lookalikesOf(fleet(parts), claim()).map(({ id }) => id);
  it.each<[string, Parts, readonly string[]]>([
    [
      'are what bears our names for another configuration',
      { vms: [vm({ labels: foreign })], disks: [{ ...boot, labels: foreign }] },
      ['vm-1', 'disk-boot'],
    ],
    [
      'are what bears our names for another workstation',
      { snapshots: [snapshot('boot', NEW, { labels: other })] },
      [`snapshot-boot-${NEW}`],
    ],
    ['are not our own assets', { ...machine(), snapshots: set() }, []],
    [
      'are not what bears no labels: that is ours by its name',
      { vms: [bare(vm())], disks: [bare(boot)] },
      [],
    ],
    [
      'are not assets of other names',
      { vms: [vm({ name: 'far', labels: other })], disks: [{ ...boot, name: 'x', labels: foreign }] },
      [],
    ],
  ])('%s', (_, parts, ids) => {
    expect(alike(parts)).toEqual(ids);
  });
});
