import { describe, expect, it } from 'vitest';
import type { Goal } from '../../src/core/plan.ts';
import { disk, diskSpec, machine, MIDDLE, NEW, restored, set, snapshot } from '../support/builders.ts';
import { actionsOf, type Circumstances, text } from '../support/decide.ts';

/** As on EC2: a VM is made together with its disks, and of none that exists. */
const apart: Circumstances = { can: { bootsLiveDisks: false, createsStopped: false } };
const boot = disk('boot');
const data = disk('data');
const create: Goal = { kind: 'create', off: false };
const up: Goal = { kind: 'up' };
const rehydrate: Goal = { kind: 'rehydrate', off: false };
const recover: Goal = { kind: 'recover' };

describe('where disks come into being with their VM', () => {
  it('create makes all in one step, and the boot disk bears the list of them', () => {
    expect(text(create, {}, apart)).toMatchInlineSnapshot(`
      "dev: NOT_EXIST → ON
        1  make VM dev (2 cpu, 4GB) with 2 disks from image debian-13
        2  start VM dev  (after 1)
        3  wait for VM dev to answer on ssh  (after 2)"
    `);
    const [made] = actionsOf(create, {}, apart);
    expect(made).toMatchObject({
      kind: 'create-vm',
      disks: [],
      firstBoot: true,
      makes: [
        { source: { from: 'image' }, labels: { disk: 'boot', role: 'boot', members: ['boot', 'data'] } },
        { source: { from: 'blank' }, labels: { disk: 'data', role: 'data' } },
      ],
    });
    expect(made?.kind === 'create-vm' && made.makes?.[1]?.labels.members).toBeUndefined();
  });

  it('rehydrate makes all from the set, with the sizes and types of the file, and without first-boot data', () => {
    const grown = {
      ...apart,
      file: { disks: [diskSpec('boot'), { ...diskSpec('data'), sizeBytes: 2 ** 40 }] } as const,
    };
    expect(text(rehydrate, { snapshots: set() }, grown)).toMatchInlineSnapshot(`
      "dev: DESSICATED → ON
        1  make VM dev (2 cpu, 4GB) with 2 disks from their snapshots
        2  start VM dev  (after 1)
        3  wait for VM dev to answer on ssh  (after 2)"
    `);
    expect(actionsOf(rehydrate, { snapshots: set() }, grown)[0]).toMatchObject({
      firstBoot: false,
      disks: [],
      makes: [
        {
          source: { from: 'snapshot', snapshotId: snapshot('boot', NEW).id },
          labels: { members: ['boot', 'data'], restoredFrom: snapshot('boot', NEW).id },
        },
        { sizeBytes: 2 ** 40, source: { from: 'snapshot', snapshotId: snapshot('data', NEW).id } },
      ],
    });
    expect(text({ kind: 'rehydrate', off: true }, { snapshots: set() }, apart)).toMatchInlineSnapshot(`
      "dev: DESSICATED → OFF
        1  make VM dev (2 cpu, 4GB) with 2 disks from their snapshots
        2  stop VM dev  (after 1)
        note: its provider starts every VM that it makes: it boots once and is stopped again"
    `);
  });

  it('disks that are alive without their VM are put away first, whatever leads on', () => {
    for (const goal of [up, rehydrate, recover, { kind: 'recover', to: 'ON' }] satisfies Goal[])
      expect(
        text(goal, { disks: [boot, data] }, apart)
          .split('\n')
          .slice(1)
          .join('\n'),
      ).toMatchInlineSnapshot(`
        "  1  snapshot disk dev-boot as ss-dev-boot-20260101030000
          2  snapshot disk dev-data as ss-dev-data-20260101030000
          3  delete disk dev-boot, once it is proven to be in the set  (after 1, 2)
          4  delete disk dev-data, once it is proven to be in the set  (after 1, 2)"
      `);
  });

  it('a set that provably holds what is alive is not taken again', () => {
    expect(text(up, { disks: [data], snapshots: set() }, apart)).toMatchInlineSnapshot(`
      "dev: INCONSISTENT → DESSICATED
        1  delete disk dev-data, once it is proven to be in the set"
    `);
    expect(text({ kind: 'recover', to: 'OFF' }, { disks: [data], snapshots: set() }, apart))
      .toMatchInlineSnapshot(`
      "dev: INCONSISTENT → DESSICATED
        1  delete disk dev-data, once it is proven to be in the set"
    `);
  });

  it('what was cut off where nothing tells of loose disks is made whole beside what is alive, and put away anew', () => {
    const untold = { ...apart, can: { ...apart.can, tellsOfLooseDisks: 'nothing' } } as const;
    const noted = disk('boot', {
      labels: { ...boot.labels, putInto: NEW },
      lastWritable: { kind: 'unknown' },
    });
    for (const goal of [up, rehydrate, recover, { kind: 'recover', to: 'OFF' }] satisfies Goal[])
      expect(
        text(goal, { disks: [noted], snapshots: set() }, untold)
          .split('\n')
          .slice(1)
          .join('\n'),
      ).toMatchInlineSnapshot(`
        "  1  make disk dev-data (10GB, standard) from its snapshot
          note: its provider cannot tell whether its disks are as the set has them: all are put away anew"
      `);
  });

  it('a lost disk is restored when the owner says so, and attached to the VM that is there', () => {
    const [holder] = machine([boot]).vms;
    const later = { lastWritable: { kind: 'at', atMs: Number.MAX_SAFE_INTEGER } } as const;
    const held = { ...disk('boot', later), attachedTo: ['vm-1'] };
    const parts = { vms: [holder], disks: [held], snapshots: set() };
    expect(text({ kind: 'recover', to: 'OFF' }, parts, apart)).toMatchInlineSnapshot(`
      "dev: INCONSISTENT → OFF
        1  make disk dev-data (10GB, standard) from its snapshot
        2  attach disk dev-data  (after 1)"
    `);
    expect(text({ kind: 'recover', to: 'OFF' }, { disks: [disk('boot', later)], snapshots: set() }, apart))
      .toMatchInlineSnapshot(`
      "dev: INCONSISTENT → DESSICATED
        1  make disk dev-data (10GB, standard) from its snapshot"
    `);
  });

  it('copies of a chosen set that are alive go first, with the VM that holds them', () => {
    const parts = { disks: [restored('boot', MIDDLE)], snapshots: [...set(MIDDLE), snapshot('boot', NEW)] };
    expect(text({ kind: 'rehydrate', off: false, set: MIDDLE }, parts, apart)).toMatchInlineSnapshot(`
      "dev: INCONSISTENT → ON
        1  delete disk dev-boot
        note: unused copies of another set go first"
    `);
  });

  it('what no create of ours leaves behind is not built upon', () => {
    const { members: _none, ...labels } = boot.labels;
    const lone = { disks: [disk('boot', { labels, lastWritable: { kind: 'never' } })] };
    expect(text(create, lone, apart)).toMatchInlineSnapshot(`
      "refused: cannot create workstation dev: its creation was cut off: data and the VM are not made yet; and its provider makes no VM of disks that exist already
      → chews delete dev removes what is left, then chews create dev"
    `);
    expect(text(recover, lone, apart)).toMatchInlineSnapshot(`
      "refused: cannot recover workstation dev: its creation was cut off: data and the VM are not made yet; and its provider makes no VM of disks that exist already
      → chews delete dev removes what is left, then chews create dev"
    `);
    expect(text(up, lone, apart)).toMatchInlineSnapshot(`
      "refused: cannot switch on workstation dev: its creation was cut off: data and the VM are not made yet; and its provider makes no VM of disks that exist already
      → chews delete dev removes what is left, then chews create dev"
    `);
  });

  it('a VM that is there is started, stopped and put away as anywhere', () => {
    expect(text(up, machine(), apart)).toMatchInlineSnapshot(`
      "dev: OFF → ON
        1  start VM dev
        2  wait for VM dev to answer on ssh  (after 1)"
    `);
    expect(text({ kind: 'dessicate', stop: false }, machine(), apart)).toMatchInlineSnapshot(`
      "dev: OFF → DESSICATED
        1  snapshot disk dev-boot as ss-dev-boot-20260101030000
        2  snapshot disk dev-data as ss-dev-data-20260101030000
        3  see that no disk is deleted along with VM dev  (after 1, 2)
        4  delete VM dev, which keeps its disks  (after 3)
        5  delete disk dev-boot, once it is proven to be in the set  (after 4)
        6  delete disk dev-data, once it is proven to be in the set  (after 4)"
    `);
  });
});
