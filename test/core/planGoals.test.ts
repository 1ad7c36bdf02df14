import { describe, expect, it } from 'vitest';
import type { Disk } from '../../src/core/assets.ts';
import { type Goal, plan } from '../../src/core/plan.ts';
import type { Workstation } from '../../src/core/workstation.ts';
import {
  attachment,
  disk,
  diskSpec,
  machine,
  MIDDLE,
  NEW,
  OLD,
  restored,
  running,
  set,
  snapshot,
  timeOf,
  vm,
  without,
} from '../support/builders.ts';
import { type Circumstances, decisionOn, requestOf, text } from '../support/decide.ts';

const create: Goal = { kind: 'create', off: false };
const up: Goal = { kind: 'up' };
const down: Goal = { kind: 'down' };
const rehydrate = (named?: string, off = false): Goal => ({
  kind: 'rehydrate',
  off,
  ...(named === undefined ? {} : { set: named }),
});
const boot = disk('boot');
const data = disk('data');
const untold: Partial<Disk> = { lastWritable: { kind: 'unknown' } };
const three: Partial<Workstation> = { disks: [diskSpec('boot'), diskSpec('data'), diskSpec('more')] };
const cloud: Circumstances = { can: { createsStopped: false } };
const busy = { status: 'changing', statusText: 'RESIZING' } as const;

describe('create', () => {
  it('names everything of that name that is elsewhere', () => {
    const elsewhere = ['provider there has 2 assets of it', 'location south has 1 asset of it'];
    expect(decisionOn({ ...requestOf(create, {}), elsewhere })).toMatchInlineSnapshot(`
      "refused: cannot create workstation dev: something of that name is there already: provider there has 2 assets of it; location south has 1 asset of it
      → look whether the file names the right provider, location and account; making an empty twin would hide the real one"
    `);
  });

  it('starts no VM of which a set was taken, though nothing is known of its last stop', () => {
    const { vms, disks } = machine();
    const parts = { disks, vms: vms.map((held) => without(held, 'lastStoppedAtMs')), snapshots: set() };
    expect(text(create, parts)).toMatchInlineSnapshot(`
      "refused: cannot create workstation dev: it exists already and is OFF
      → chews up dev switches it on"
    `);
  });
});

describe('create, where a VM is made together with its disks', () => {
  it('says all that is the matter where it cannot go on with what is left', () => {
    const lone = disk('boot', {
      labels: without(boot.labels, 'members'),
      lastWritable: { kind: 'never' },
    });
    const request = requestOf(create, { disks: [lone] }, { can: { bootsLiveDisks: false } });
    const problems = [
      ...request.situation.problems,
      { kind: 'held', sentence: 'VM other holds a disk of it' },
    ] as const;
    expect(decisionOn({ ...request, situation: { ...request.situation, problems } })).toMatchInlineSnapshot(`
      "refused: cannot create workstation dev: its creation was cut off: data and the VM are not made yet; VM other holds a disk of it; and its provider makes no VM of disks that exist already
      → chews delete dev removes what is left, then chews create dev"
    `);
  });
});

describe('down', () => {
  it('stops nothing while a disk of a running VM is changing', () => {
    expect(text(down, machine([boot, { ...data, ...busy }], running))).toMatchInlineSnapshot(`
      "busy: cannot switch off workstation dev: disk dev-data is RESIZING
      → wait until its provider has finished, then run chews down dev again"
    `);
  });

  it('stops neither of two VMs of one name', () => {
    const { vms, disks } = machine([boot, data], running);
    const other = vm({ id: 'vm-2', location: 'south' });
    expect(text(down, { vms: [...vms, other], disks })).toMatchInlineSnapshot(`
      "refused: cannot switch off workstation dev: there are 2 VMs named dev: vm-1 in north, vm-2 in south
      → chews never picks: put it right with the provider’s own tools"
    `);
    expect(text(down, { vms: [other, ...vms], disks })).toBe(
      text(down, { vms: [...vms, other], disks }).replace(
        'vm-1 in north, vm-2 in south',
        'vm-2 in south, vm-1 in north',
      ),
    );
  });

  it('stops nothing that it does not understand', () => {
    const odd = { status: 'unknown', statusText: 'REPAIRING' } as const;
    expect(text(down, machine([boot, { ...data, ...odd }], running))).toMatchInlineSnapshot(`
      "refused: cannot switch off workstation dev: dev-data is in a state that chews does not know: REPAIRING
      → chews never picks: put it right with the provider’s own tools"
    `);
  });

  it('says of a suspended VM that it is suspended, not that nothing runs', () => {
    const parts = machine([boot, data], { status: 'suspended', statusText: 'SUSPENDED' });
    expect(text(down, parts)).toMatchInlineSnapshot(`
      "refused: cannot switch off workstation dev: VM dev is suspended: what it holds in memory is in none of its disks
      → chews never picks: put it right with the provider’s own tools"
    `);
  });

  it('says all that is the matter with a stopped VM', () => {
    const parts = { vms: [vm({ attachments: [attachment(boot), attachment(data)] })] };
    expect(text(down, parts)).toMatchInlineSnapshot(`
      "inconsistent: cannot switch off workstation dev: nothing of it runs, and it is INCONSISTENT: disk boot is gone, and there is no snapshot of it in the newest set; disk data is gone, and there is no snapshot of it in the newest set
      → chews recover dev"
    `);
  });

  it('names no command where none mends it', () => {
    const stranger = vm({ id: 'vm-9', name: 'other', labels: {}, attachments: [attachment(data)] });
    expect(text(down, { disks: [boot, data], vms: [stranger] })).toMatchInlineSnapshot(`
      "inconsistent: cannot switch off workstation dev: nothing of it runs, and it is INCONSISTENT: VM other, which is not of workstation dev, holds a disk of it
      → "
    `);
  });

  it('takes the note that it is to end ON off the VM itself', () => {
    const noted = machine([boot, data], { labels: { ...vm().labels, endOn: true } });
    const decision = plan(requestOf(down, noted));
    expect(decision.kind === 'plan' && decision.plan.steps.map(({ action }) => action)).toEqual([
      {
        kind: 'set-labels',
        assetKind: 'vm',
        asset: { name: 'dev', id: 'vm-1' },
        labels: { endOn: undefined },
      },
    ]);
  });
});

describe('rehydrate', () => {
  const twoSets = [...set(OLD), ...set()];

  it('--off: all its disks and no VM, on a cloud, is stopped again', () => {
    expect(text(rehydrate(undefined, true), { disks: [boot, data] }, cloud)).toMatchInlineSnapshot(`
      "dev: INCONSISTENT → OFF
        1  make VM dev (2 cpu, 4GB) of 2 disks
        2  stop VM dev  (after 1)
        note: its provider starts every VM that it makes: it boots once and is stopped again"
    `);
  });

  it.each([up, rehydrate()])(
    '$kind goes on where a rehydrate was cut off that nobody can tell the use of',
    (goal) => {
      const parts = { disks: [restored('boot', NEW, untold)], snapshots: set() };
      expect(text(goal, parts)).toMatchInlineSnapshot(`
        "dev: INCONSISTENT → ON
          1  make disk dev-data (10GB, standard) from its snapshot
          2  note on dev-boot which disks belong together  (after 1)
          3  make VM dev (2 cpu, 4GB) of 2 disks  (after 2)
          4  start VM dev  (after 3)
          5  wait for VM dev to answer on ssh  (after 4)"
      `);
    },
  );

  it('names the sets that there are, where there is none of that timestamp', () => {
    expect(text(rehydrate(MIDDLE), { snapshots: twoSets })).toMatchInlineSnapshot(`
      "usage: cannot rehydrate workstation dev: it has no snapshot set 20260101010000
      → it has 20260101000000, 20260101020000"
    `);
  });

  it('of a named set that is not whole is refused, though the newest is', () => {
    const parts = { snapshots: [snapshot('boot', OLD), ...set()] };
    expect(text(rehydrate(OLD), parts)).toMatchInlineSnapshot(`
      "refused: cannot rehydrate workstation dev: set 20260101000000 is not whole: it holds 1 of 2 disks
      → put it right in the file; chews info dev shows what is there"
    `);
  });

  it('of a named set is done already where it is ON with disks of that very set', () => {
    const disks = [restored('boot', OLD), restored('data', OLD)];
    expect(text(rehydrate(OLD), { ...machine(disks, running), snapshots: set(OLD) })).toMatchInlineSnapshot(
      `"nothing: dev is ON already"`,
    );
  });

  it('of a named set goes on where all disks are of that very set and the VM is not there', () => {
    const disks = [restored('boot', OLD), restored('data', OLD)];
    expect(text(rehydrate(OLD), { disks, snapshots: set(OLD) })).toMatchInlineSnapshot(`
      "dev: INCONSISTENT → ON
        1  note on dev-boot which disks belong together
        2  make VM dev (2 cpu, 4GB) of 2 disks  (after 1)
        3  start VM dev  (after 2)
        4  wait for VM dev to answer on ssh  (after 3)"
    `);
  });

  it('of a named set goes on from it where the order of the sets is in doubt', () => {
    const snapshots = [...set(OLD, { takenAtMs: timeOf(NEW) }), ...set(MIDDLE)];
    expect(text(rehydrate(MIDDLE), { snapshots })).toMatchInlineSnapshot(`
      "dev: INCONSISTENT → ON
        1  make disk dev-boot (10GB, standard) from its snapshot
        2  make disk dev-data (10GB, standard) from its snapshot
        3  note on dev-boot which disks belong together  (after 1, 2)
        4  make VM dev (2 cpu, 4GB) of 2 disks  (after 3)
        5  start VM dev  (after 4)
        6  wait for VM dev to answer on ssh  (after 5)"
    `);
  });

  it('of a named set takes unused copies of an older one out of its way, VM and all', () => {
    const disks = [restored('boot', OLD), restored('data', OLD)];
    expect(text(rehydrate(NEW, true), { ...machine(disks), snapshots: twoSets })).toMatchInlineSnapshot(`
      "dev: INCONSISTENT → OFF
        1  see that no disk is deleted along with VM dev
        2  delete VM dev, which keeps its disks  (after 1)
        3  delete disk dev-boot  (after 2)
        4  delete disk dev-data  (after 2)
        note: unused copies of another set go first"
    `);
  });

  it.each<[string, Disk]>([
    ['that is blank', disk('more')],
    ['of another set', restored('more', NEW)],
  ])('of a named set is refused where a disk is alive %s', (_, more) => {
    const members = ['boot', 'data', 'more'];
    const sealed = restored('boot', OLD, { labels: { ...boot.labels, members } });
    const parts = machine([sealed, restored('data', OLD), more]);
    expect(text(rehydrate(OLD), { ...parts, snapshots: set(OLD) }, { file: three })).toBe(
      'refused: cannot rehydrate workstation dev: its disks are alive, and newer than any set\n→ chews dessicate dev puts them away first',
    );
  });

  it('of a named set restores a disk that the newest set does not have, and does not call it new', () => {
    const older = ['boot', 'data', 'more'].map((name) => {
      const taken = snapshot(name, OLD);
      return { ...taken, labels: { ...taken.labels, setSize: 3 } };
    });
    expect(text(rehydrate(OLD), { snapshots: [...older, ...set()] }, { file: three })).toMatchInlineSnapshot(`
      "dev: DESSICATED → ON
        1  make disk dev-boot (10GB, standard) from its snapshot
        2  make disk dev-data (10GB, standard) from its snapshot
        3  make disk dev-more (10GB, standard) from its snapshot
        4  note on dev-boot which disks belong together  (after 1, 2, 3)
        5  make VM dev (2 cpu, 4GB) of 3 disks  (after 4)
        6  start VM dev  (after 5)
        7  wait for VM dev to answer on ssh  (after 6)"
    `);
  });

  it('of a named set makes no disk of a name that an unusable disk still bears', () => {
    const broken = disk('boot', { status: 'failed', statusText: 'ERROR' });
    expect(text(rehydrate(NEW), { disks: [broken], snapshots: set() })).toMatchInlineSnapshot(`
      "refused: cannot rehydrate workstation dev: disk boot is unusable: ERROR; disk data is gone, its last snapshot is ss-dev-data-20260101020000
      → chews recover dev"
    `);
  });

  it('makes nothing where there is no set to make it of', () => {
    const request = requestOf(rehydrate(), { snapshots: set() });
    expect(decisionOn({ ...request, situation: { ...request.situation, newestSet: undefined } }))
      .toMatchInlineSnapshot(`
      "refused: cannot rehydrate workstation dev: there is no snapshot set
      → put it right in the file; chews info dev shows what is there"
    `);
  });

  it('of what was cut off is refused where the set that would complete it is not there', () => {
    const cutOff = { disks: [restored('boot', NEW, untold)], snapshots: set() };
    const request = requestOf(rehydrate(), cutOff, { can: { bootsLiveDisks: false } });
    expect(plan(request).kind).toBe('plan');
    const unset = { ...request, situation: { ...request.situation, newestSet: undefined } };
    expect(decisionOn(unset)).toMatch(/^refused: cannot rehydrate workstation dev: a run was cut off/);
  });

  it('says of which snapshots nobody knows whether they hold what was on their disks', () => {
    const copied = snapshot('data', NEW, { kind: 'copied', statusText: 'COPIED' });
    const asTaken = text(rehydrate(), { snapshots: set() });
    expect(asTaken).not.toContain('note:');
    expect(text(rehydrate(), { snapshots: [snapshot('boot'), copied] })).toBe(
      `${asTaken}\n  note: snapshot ss-dev-data-20260101020000 is not known to hold what was on its disk (COPIED)`,
    );
  });

  it('makes the VM of the boot disk first, in whatever order its provider lists the snapshots', () => {
    const parts = {
      disks: [restored('more')],
      snapshots: ['more', 'data', 'boot'].map((name) => {
        const taken = snapshot(name);
        return { ...taken, labels: { ...taken.labels, setSize: 3 } };
      }),
    };
    const decision = plan(requestOf(rehydrate(), parts, { file: three }));
    const machines = decision.kind === 'plan' ? decision.plan.steps.map(({ action }) => action) : [];
    expect(machines.find(({ kind }) => kind === 'create-vm')).toMatchObject({
      disks: [
        { name: boot.name },
        { name: disk('more').name, id: 'disk-more-restored' },
        { name: data.name },
      ],
    });
  });
});
