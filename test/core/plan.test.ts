import { describe, expect, it } from 'vitest';
import type { Disk, Labels, Vm } from '../../src/core/assets.ts';
import type { Goal } from '../../src/core/plan.ts';
import type { Capabilities } from '../../src/core/provider.ts';
import type { Workstation } from '../../src/core/workstation.ts';
import {
  attachment,
  disk,
  diskSpec,
  GB,
  MIDDLE,
  machine,
  NEW,
  OLD,
  type Parts,
  restored,
  running,
  set,
  snapshot,
  timeOf,
  vm,
  without,
} from '../support/builders.ts';
import { type Circumstances, planned, text } from '../support/decide.ts';

const create: Goal = { kind: 'create', off: false };
const createOff: Goal = { kind: 'create', off: true };
const up: Goal = { kind: 'up' };
const down: Goal = { kind: 'down' };
const dessicate: Goal = { kind: 'dessicate', stop: false };
const dessicateStop: Goal = { kind: 'dessicate', stop: true };
const rehydrate: Goal = { kind: 'rehydrate', off: false };
const rehydrateOff: Goal = { kind: 'rehydrate', off: true };
const resize: Goal = { kind: 'resize', stop: false };
const resizeStop: Goal = { kind: 'resize', stop: true };
const apply: Goal = { kind: 'apply', stop: false, removeDisks: [] };
const applyStop: Goal = { kind: 'apply', stop: true, removeDisks: [] };
const applyRemove: Goal = { kind: 'apply', stop: false, removeDisks: ['data'] };
const recover: Goal = { kind: 'recover' };
const remove: Goal = { kind: 'delete' };
const to = (state: 'ON' | 'OFF' | 'DESSICATED'): Goal => ({ kind: 'recover', to: state });

const cloud: Partial<Capabilities> = {
  createsStopped: false,
  attach: 'running',
  grow: 'running',
  changeType: 'never',
};
const boot = disk('boot');
const data = disk('data');
const never = { lastWritable: { kind: 'never' } } as const;
const later = { lastWritable: { kind: 'at', atMs: timeOf(NEW) + 1 } } as const;
const unsealed: Labels = without(boot.labels, 'members');
const freshBoot = disk('boot', { ...never, labels: unsealed });
const noted = (changes: Partial<Vm> = {}): Parts =>
  machine([boot, data], { labels: { workstation: 'dev', owner: 'a1b2c3d4', endOn: true }, ...changes });
const marked = <T extends { readonly labels: Labels }>(asset: T): T => ({
  ...asset,
  labels: { ...asset.labels, deleting: true },
});

const none: Parts = {};
const on = machine([boot, data], running);
const off = machine();
const away: Parts = { snapshots: set() };
const vmGone: Parts = { disks: [boot, data], snapshots: set() };
/** A dessicate that was cut off after the first of its disks. */
const halfAway: Parts = { disks: [data], snapshots: set() };
/** A rehydrate that was cut off after the first of its disks. */
const halfBack: Parts = { disks: [restored('boot')], snapshots: set() };
const lost: Parts = { disks: [{ ...boot, ...later }], snapshots: set() };
const lostInVm: Parts = { ...machine([{ ...boot, ...later }]), snapshots: set() };
const broken: Parts = { snapshots: [...set(OLD), snapshot('boot')] };
const loose: Parts = { vms: machine([boot], running).vms, disks: [...machine([boot], running).disks, data] };
const busy = machine([boot, data], { status: 'changing', statusText: 'STOPPING' });
const deleting: Parts = { disks: [marked(boot), data], snapshots: set() };
const three: Partial<Workstation> = { disks: [diskSpec('boot'), diskSpec('data'), diskSpec('more')] };
const grown: Partial<Workstation> = { disks: [diskSpec('boot'), diskSpec('data', { sizeBytes: 20 * GB })] };
const shrunk: Partial<Workstation> = { disks: [diskSpec('boot'), diskSpec('data', { sizeBytes: 5 * GB })] };
const swapped: Partial<Workstation> = { disks: [diskSpec('data'), diskSpec('boot')] };
const one: Partial<Workstation> = { disks: [diskSpec('boot')] };
const larger: Partial<Workstation> = { size: { cpus: 4, memoryBytes: 8 * GB } };

describe('create', () => {
  it('create: NOT_EXIST', () => {
    expect(text(create, none)).toMatchInlineSnapshot(`
      "dev: NOT_EXIST → ON
        1  make disk dev-boot (10GB, standard) from image debian-13
        2  make disk dev-data (10GB, standard)
        3  note on dev-boot which disks belong together  (after 1, 2)
        4  make VM dev (2 cpu, 4GB) of 2 disks  (after 3)
        5  start VM dev  (after 4)
        6  wait for VM dev to answer on ssh  (after 5)"
    `);
  });
  it('create --off: NOT_EXIST', () => {
    expect(text(createOff, none)).toMatchInlineSnapshot(`
      "dev: NOT_EXIST → OFF
        1  make disk dev-boot (10GB, standard) from image debian-13
        2  make disk dev-data (10GB, standard)
        3  note on dev-boot which disks belong together  (after 1, 2)
        4  make VM dev (2 cpu, 4GB) of 2 disks  (after 3)"
    `);
  });
  it('create --off: NOT_EXIST, on a cloud', () => {
    expect(text(createOff, none, { can: cloud })).toMatchInlineSnapshot(`
      "dev: NOT_EXIST → OFF
        1  make disk dev-boot (10GB, standard) from image debian-13
        2  make disk dev-data (10GB, standard)
        3  note on dev-boot which disks belong together  (after 1, 2)
        4  make VM dev (2 cpu, 4GB) of 2 disks  (after 3)
        5  stop VM dev  (after 4)
        note: its provider starts every VM that it makes: it boots once and is stopped again"
    `);
  });
  it('create: NOT_EXIST, a look-alike elsewhere', () => {
    expect(text(create, none, { elsewhere: ['provider there has 2 assets of it'] })).toMatchInlineSnapshot(`
      "refused: cannot create workstation dev: something of that name is there already: provider there has 2 assets of it
      → look whether the file names the right provider, location and account; making an empty twin would hide the real one"
    `);
  });
  it('create: ON', () => {
    expect(text(create, on)).toMatchInlineSnapshot(`"nothing: dev exists already and is ON"`);
  });
  it('create --off: ON', () => {
    expect(text(createOff, on)).toMatchInlineSnapshot(`
      "refused: cannot create workstation dev: it exists already and is ON
      → chews down dev"
    `);
  });
  it('create: OFF', () => {
    expect(text(create, off)).toMatchInlineSnapshot(`
      "refused: cannot create workstation dev: it exists already and is OFF
      → chews up dev switches it on"
    `);
  });
  it('create --off: OFF', () => {
    expect(text(createOff, off)).toMatchInlineSnapshot(`"nothing: dev exists already and is OFF"`);
  });
  it('create: OFF, never used', () => {
    expect(text(create, machine([freshBoot, disk('data', never)]))).toMatchInlineSnapshot(`
      "dev: OFF → ON
        1  start VM dev
        2  wait for VM dev to answer on ssh  (after 1)"
    `);
  });
  it('create: OFF, cut off in its first start', () => {
    const { vms, disks } = machine();
    const started = { disks, vms: vms.map((vm) => without(vm, 'lastStoppedAtMs')) };
    expect(text(create, started)).toMatchInlineSnapshot(`
      "dev: OFF → ON
        1  start VM dev
        2  wait for VM dev to answer on ssh  (after 1)"
    `);
  });
  it('create: DESSICATED', () => {
    expect(text(create, away)).toMatchInlineSnapshot(`
      "refused: cannot create workstation dev: it exists already and is DESSICATED
      → chews up dev brings it back"
    `);
  });
  it('create: CHANGING', () => {
    expect(text(create, busy)).toMatchInlineSnapshot(`
      "busy: cannot create workstation dev: VM dev is STOPPING
      → wait until its provider has finished, then run chews create dev again"
    `);
  });
  it('create: a create cut off between two disks', () => {
    expect(text(create, { disks: [freshBoot] })).toMatchInlineSnapshot(`
      "dev: INCONSISTENT → ON
        1  make disk dev-data (10GB, standard)
        2  note on dev-boot which disks belong together  (after 1)
        3  make VM dev (2 cpu, 4GB) of 2 disks  (after 2)
        4  start VM dev  (after 3)
        5  wait for VM dev to answer on ssh  (after 4)"
    `);
  });
  it('create --off: a create cut off between two disks, on a cloud', () => {
    expect(text(createOff, { disks: [freshBoot] }, { can: cloud })).toMatchInlineSnapshot(`
      "dev: INCONSISTENT → OFF
        1  make disk dev-data (10GB, standard)
        2  note on dev-boot which disks belong together  (after 1)
        3  make VM dev (2 cpu, 4GB) of 2 disks  (after 2)
        4  stop VM dev  (after 3)
        note: its provider starts every VM that it makes: it boots once and is stopped again"
    `);
  });
  it('create: a create cut off before the VM', () => {
    expect(text(create, { disks: [freshBoot, disk('data', never)] })).toMatchInlineSnapshot(`
      "dev: INCONSISTENT → ON
        1  note on dev-boot which disks belong together
        2  make VM dev (2 cpu, 4GB) of 2 disks  (after 1)
        3  start VM dev  (after 2)
        4  wait for VM dev to answer on ssh  (after 3)"
    `);
  });
  it('create: a VM gone, its set taken', () => {
    expect(text(create, vmGone)).toMatchInlineSnapshot(`
      "refused: cannot create workstation dev: all its disks are there, its VM is not
      → chews recover dev"
    `);
  });
  it('create: a rehydrate cut off between two disks', () => {
    expect(text(create, halfBack)).toMatchInlineSnapshot(`
      "refused: cannot create workstation dev: only in snapshot set 20260101020000: data; still there as disks: boot
      → chews recover dev"
    `);
  });
  it('create: a lost disk', () => {
    expect(text(create, lost)).toMatchInlineSnapshot(`
      "refused: cannot create workstation dev: disk data is gone, its last snapshot is ss-dev-data-20260101020000
      → chews recover dev"
    `);
  });
  it('create: a broken newest set', () => {
    expect(text(create, broken)).toMatchInlineSnapshot(`
      "refused: cannot create workstation dev: the newest snapshot set 20260101020000 is not whole: it holds 1 of 2 disks
      → chews recover dev"
    `);
  });
  it('create: a deletion begun', () => {
    expect(text(create, deleting)).toMatchInlineSnapshot(`
      "refused: cannot create workstation dev: its deletion was begun and not finished (1 assets are marked)
      → chews delete dev"
    `);
  });
});

describe('up', () => {
  it('up: NOT_EXIST', () => {
    expect(text(up, none)).toMatchInlineSnapshot(`
      "refused: cannot switch on workstation dev: it does not exist
      → chews create dev"
    `);
  });
  it('up: NOT_EXIST, a look-alike elsewhere', () => {
    expect(text(up, none, { elsewhere: ['provider there has 2 assets of it'] })).toMatchInlineSnapshot(`
      "refused: cannot switch on workstation dev: it does not exist; provider there has 2 assets of it
      → chews create dev"
    `);
  });
  it('up: ON', () => {
    expect(text(up, on)).toMatchInlineSnapshot(`"nothing: dev is ON already"`);
  });
  it('up: OFF', () => {
    expect(text(up, off)).toMatchInlineSnapshot(`
      "dev: OFF → ON
        1  start VM dev
        2  wait for VM dev to answer on ssh  (after 1)"
    `);
  });
  it('up: OFF, a disk attached to nothing', () => {
    expect(text(up, { vms: machine([boot]).vms, disks: [...machine([boot]).disks, data] }))
      .toMatchInlineSnapshot(`
      "dev: OFF → ON
        1  attach disk dev-data
        2  start VM dev  (after 1)
        3  wait for VM dev to answer on ssh  (after 2)"
    `);
  });
  it('up: OFF, and to end ON', () => {
    expect(text(up, noted())).toMatchInlineSnapshot(`
      "dev: OFF → ON
        1  start VM dev
        2  clear the note on dev  (after 1)
        3  wait for VM dev to answer on ssh  (after 1)"
    `);
  });
  it('up: DESSICATED', () => {
    expect(text(up, away)).toMatchInlineSnapshot(`
      "dev: DESSICATED → ON
        1  make disk dev-boot (10GB, standard) from its snapshot
        2  make disk dev-data (10GB, standard) from its snapshot
        3  note on dev-boot which disks belong together  (after 1, 2)
        4  make VM dev (2 cpu, 4GB) of 2 disks  (after 3)
        5  start VM dev  (after 4)
        6  wait for VM dev to answer on ssh  (after 5)"
    `);
  });
  it('up: DESSICATED, a disk more in the file', () => {
    expect(text(up, away, { file: three })).toMatchInlineSnapshot(`
      "dev: DESSICATED → ON
        1  make disk dev-boot (10GB, standard) from its snapshot
        2  make disk dev-data (10GB, standard) from its snapshot
        3  note on dev-boot which disks belong together  (after 1, 2)
        4  make VM dev (2 cpu, 4GB) of 2 disks  (after 3)
        5  start VM dev  (after 4)
        6  wait for VM dev to answer on ssh  (after 5)
        note: disk more is new in the file: chews apply dev makes it"
    `);
  });
  it('up: DESSICATED, a larger disk in the file', () => {
    expect(text(up, away, { file: grown })).toMatchInlineSnapshot(`
      "dev: DESSICATED → ON
        1  make disk dev-boot (10GB, standard) from its snapshot
        2  make disk dev-data (20GB, standard) from its snapshot
        3  note on dev-boot which disks belong together  (after 1, 2)
        4  make VM dev (2 cpu, 4GB) of 2 disks  (after 3)
        5  start VM dev  (after 4)
        6  wait for VM dev to answer on ssh  (after 5)"
    `);
  });
  it('up: DESSICATED, a smaller disk in the file', () => {
    expect(text(up, away, { file: shrunk })).toMatchInlineSnapshot(`
      "refused: cannot switch on workstation dev: disk data has 10GB and the file wants 5GB: a disk cannot shrink
      → put it right in the file; chews info dev shows what is there"
    `);
  });
  it('up: DESSICATED, another disk first in the file', () => {
    expect(text(up, away, { file: swapped })).toMatchInlineSnapshot(`
      "refused: cannot switch on workstation dev: it boots from boot, and the file lists data first
      → put it right in the file; chews info dev shows what is there"
    `);
  });
  it('up: DESSICATED, a disk less in the file', () => {
    expect(text(up, away, { file: one })).toMatchInlineSnapshot(`
      "dev: DESSICATED → ON
        1  make disk dev-boot (10GB, standard) from its snapshot
        2  make disk dev-data (10GB, standard) from its snapshot
        3  note on dev-boot which disks belong together  (after 1, 2)
        4  make VM dev (2 cpu, 4GB) of 2 disks  (after 3)
        5  start VM dev  (after 4)
        6  wait for VM dev to answer on ssh  (after 5)"
    `);
  });
  it('up: CHANGING', () => {
    expect(text(up, busy)).toMatchInlineSnapshot(`
      "busy: cannot switch on workstation dev: VM dev is STOPPING
      → wait until its provider has finished, then run chews up dev again"
    `);
  });
  it('up: a VM gone, its set taken', () => {
    expect(text(up, vmGone)).toMatchInlineSnapshot(`
      "dev: INCONSISTENT → ON
        1  make VM dev (2 cpu, 4GB) of 2 disks
        2  start VM dev  (after 1)
        3  wait for VM dev to answer on ssh  (after 2)"
    `);
  });
  it('up: a VM gone, no set, on a cloud', () => {
    expect(text(up, { disks: [boot, data] }, { can: cloud })).toMatchInlineSnapshot(`
      "dev: INCONSISTENT → ON
        1  make VM dev (2 cpu, 4GB) of 2 disks
        2  start VM dev  (after 1)
        3  wait for VM dev to answer on ssh  (after 2)"
    `);
  });
  it('up: a dessicate cut off between two disks', () => {
    expect(text(up, halfAway)).toMatchInlineSnapshot(`
      "dev: INCONSISTENT → ON
        1  make disk dev-boot (10GB, standard) from its snapshot
        2  note on dev-boot which disks belong together  (after 1)
        3  make VM dev (2 cpu, 4GB) of 2 disks  (after 2)
        4  start VM dev  (after 3)
        5  wait for VM dev to answer on ssh  (after 4)"
    `);
  });
  it('up: a rehydrate cut off between two disks', () => {
    expect(text(up, halfBack)).toMatchInlineSnapshot(`
      "dev: INCONSISTENT → ON
        1  make disk dev-data (10GB, standard) from its snapshot
        2  note on dev-boot which disks belong together  (after 1)
        3  make VM dev (2 cpu, 4GB) of 2 disks  (after 2)
        4  start VM dev  (after 3)
        5  wait for VM dev to answer on ssh  (after 4)"
    `);
  });
  it('up: a VM whose disks are all in the set', () => {
    expect(text(up, { vms: [vm({ attachments: [attachment(boot), attachment(data)] })], snapshots: set() }))
      .toMatchInlineSnapshot(`
      "dev: INCONSISTENT → ON
        1  make disk dev-boot (10GB, standard) from its snapshot
        2  make disk dev-data (10GB, standard) from its snapshot
        3  note on dev-boot which disks belong together  (after 1, 2)
        4  see that no disk is deleted along with VM dev  (after 3)
        5  delete VM dev, which keeps its disks  (after 4)
        6  make VM dev (2 cpu, 4GB) of 2 disks  (after 5)
        7  start VM dev  (after 6)
        8  wait for VM dev to answer on ssh  (after 7)"
    `);
  });
  it('up: a lost disk', () => {
    expect(text(up, lost)).toMatchInlineSnapshot(`
      "refused: cannot switch on workstation dev: disk data is gone, its last snapshot is ss-dev-data-20260101020000
      → chews recover dev"
    `);
  });
  it('up: a broken newest set', () => {
    expect(text(up, broken)).toMatchInlineSnapshot(`
      "refused: cannot switch on workstation dev: the newest snapshot set 20260101020000 is not whole: it holds 1 of 2 disks
      → chews recover dev"
    `);
  });
  it('up: a running VM without one of its disks', () => {
    expect(text(up, loose)).toMatchInlineSnapshot(`
      "refused: cannot switch on workstation dev: the VM runs without data
      → chews recover dev"
    `);
  });
  it('up: a deletion begun', () => {
    expect(text(up, deleting)).toMatchInlineSnapshot(`
      "refused: cannot switch on workstation dev: its deletion was begun and not finished (1 assets are marked)
      → chews delete dev"
    `);
  });
  it('up: a suspended VM', () => {
    expect(text(up, machine([boot, data], { status: 'suspended', statusText: 'SUSPENDED' })))
      .toMatchInlineSnapshot(`
      "refused: cannot switch on workstation dev: VM dev is suspended: what it holds in memory is in none of its disks
      → chews never picks: put it right with the provider’s own tools"
    `);
  });
});

describe('down', () => {
  it('down: NOT_EXIST', () => {
    expect(text(down, none)).toMatchInlineSnapshot(`"nothing: dev does not exist: nothing runs"`);
  });
  it('down: ON', () => {
    expect(text(down, on)).toMatchInlineSnapshot(`
      "dev: ON → OFF
        1  stop VM dev"
    `);
  });
  it('down: OFF', () => {
    expect(text(down, off)).toMatchInlineSnapshot(`"nothing: dev is OFF already"`);
  });
  it('down: OFF, and to end ON', () => {
    expect(text(down, noted())).toMatchInlineSnapshot(`
      "dev: OFF → OFF
        1  clear the note on dev"
    `);
  });
  it('down: DESSICATED', () => {
    expect(text(down, away)).toMatchInlineSnapshot(`"nothing: dev is DESSICATED: nothing runs"`);
  });
  it('down: CHANGING', () => {
    expect(text(down, busy)).toMatchInlineSnapshot(`
      "busy: cannot switch off workstation dev: VM dev is STOPPING
      → wait until its provider has finished, then run chews down dev again"
    `);
  });
  it('down: a VM gone, its set taken', () => {
    expect(text(down, vmGone)).toMatchInlineSnapshot(`
      "inconsistent: cannot switch off workstation dev: nothing of it runs, and it is INCONSISTENT: all its disks are there, its VM is not
      → chews recover dev"
    `);
  });
  it('down: a VM gone, its set taken, on a cloud', () => {
    expect(text(down, vmGone, { can: cloud })).toMatchInlineSnapshot(`
      "inconsistent: cannot switch off workstation dev: nothing of it runs, and it is INCONSISTENT: all its disks are there, its VM is not
      → chews recover dev"
    `);
  });
  it('down: a dessicate cut off between two disks', () => {
    expect(text(down, halfAway)).toMatchInlineSnapshot(`
      "inconsistent: cannot switch off workstation dev: nothing of it runs, and it is INCONSISTENT: only in snapshot set 20260101020000: boot; still there as disks: data
      → chews recover dev"
    `);
  });
  it('down: a lost disk', () => {
    expect(text(down, lost)).toMatchInlineSnapshot(`
      "inconsistent: cannot switch off workstation dev: nothing of it runs, and it is INCONSISTENT: disk data is gone, its last snapshot is ss-dev-data-20260101020000
      → chews recover dev"
    `);
  });
  it('down: a broken newest set', () => {
    expect(text(down, broken)).toMatchInlineSnapshot(`
      "inconsistent: cannot switch off workstation dev: nothing of it runs, and it is INCONSISTENT: the newest snapshot set 20260101020000 is not whole: it holds 1 of 2 disks
      → chews recover dev"
    `);
  });
  it('down: a running VM without one of its disks', () => {
    expect(text(down, loose)).toMatchInlineSnapshot(`
      "dev: INCONSISTENT → OFF
        1  stop VM dev"
    `);
  });
  it('down: ON but for a lost disk', () => {
    expect(text(down, machine([boot], running))).toMatchInlineSnapshot(`
      "dev: INCONSISTENT → INCONSISTENT
        1  stop VM dev"
    `);
  });
  it('down: a deletion begun, the VM running', () => {
    expect(text(down, machine([marked(boot), data], running))).toMatchInlineSnapshot(`
      "dev: INCONSISTENT → INCONSISTENT
        1  stop VM dev"
    `);
  });
});

describe('dessicate', () => {
  it('dessicate: NOT_EXIST', () => {
    expect(text(dessicate, none)).toMatchInlineSnapshot(`
      "refused: cannot dessicate workstation dev: it does not exist
      → chews create dev"
    `);
  });
  it('dessicate: ON', () => {
    expect(text(dessicate, on)).toMatchInlineSnapshot(`
      "usage: cannot dessicate workstation dev: it is ON
      → chews down dev first, or chews dessicate dev --stop"
    `);
  });
  it('dessicate --stop: ON', () => {
    expect(text(dessicateStop, on)).toMatchInlineSnapshot(`
      "dev: ON → DESSICATED
        1  stop VM dev
        2  snapshot disk dev-boot as ss-dev-boot-20260101030000  (after 1)
        3  snapshot disk dev-data as ss-dev-data-20260101030000  (after 1)
        4  see that no disk is deleted along with VM dev  (after 2, 3)
        5  delete VM dev, which keeps its disks  (after 4)
        6  delete disk dev-boot, once it is proven to be in the set  (after 5)
        7  delete disk dev-data, once it is proven to be in the set  (after 5)"
    `);
  });
  it('dessicate --stop: ON, and a set of earlier', () => {
    expect(text(dessicateStop, { ...on, snapshots: set() })).toMatchInlineSnapshot(`
      "dev: ON → DESSICATED
        1  stop VM dev
        2  snapshot disk dev-boot as ss-dev-boot-20260101030000  (after 1)
        3  snapshot disk dev-data as ss-dev-data-20260101030000  (after 1)
        4  see that no disk is deleted along with VM dev  (after 2, 3)
        5  delete VM dev, which keeps its disks  (after 4)
        6  delete disk dev-boot, once it is proven to be in the set  (after 5)
        7  delete disk dev-data, once it is proven to be in the set  (after 5)"
    `);
  });
  it('dessicate: OFF', () => {
    expect(text(dessicate, off)).toMatchInlineSnapshot(`
      "dev: OFF → DESSICATED
        1  snapshot disk dev-boot as ss-dev-boot-20260101030000
        2  snapshot disk dev-data as ss-dev-data-20260101030000
        3  see that no disk is deleted along with VM dev  (after 1, 2)
        4  delete VM dev, which keeps its disks  (after 3)
        5  delete disk dev-boot, once it is proven to be in the set  (after 4)
        6  delete disk dev-data, once it is proven to be in the set  (after 4)"
    `);
  });
  it('dessicate: OFF since before its set', () => {
    expect(text(dessicate, { ...off, snapshots: set() })).toMatchInlineSnapshot(`
      "dev: OFF → DESSICATED
        1  see that no disk is deleted along with VM dev
        2  delete VM dev, which keeps its disks  (after 1)
        3  delete disk dev-boot, once it is proven to be in the set  (after 2)
        4  delete disk dev-data, once it is proven to be in the set  (after 2)"
    `);
  });
  it('dessicate: OFF, one disk written to since the set', () => {
    expect(text(dessicate, { ...machine([boot, { ...data, ...later }]), snapshots: set() }))
      .toMatchInlineSnapshot(`
      "dev: OFF → DESSICATED
        1  snapshot disk dev-boot as ss-dev-boot-20260101030000
        2  snapshot disk dev-data as ss-dev-data-20260101030000
        3  see that no disk is deleted along with VM dev  (after 1, 2)
        4  delete VM dev, which keeps its disks  (after 3)
        5  delete disk dev-boot, once it is proven to be in the set  (after 4)
        6  delete disk dev-data, once it is proven to be in the set  (after 4)"
    `);
  });
  it('dessicate: OFF, a set cut off that still holds', () => {
    expect(text(dessicate, { ...off, snapshots: [snapshot('boot')] })).toMatchInlineSnapshot(`
      "dev: OFF → DESSICATED
        1  snapshot disk dev-data as ss-dev-data-20260101020000
        2  see that no disk is deleted along with VM dev  (after 1)
        3  delete VM dev, which keeps its disks  (after 2)
        4  delete disk dev-boot, once it is proven to be in the set  (after 3)
        5  delete disk dev-data, once it is proven to be in the set  (after 3)"
    `);
  });
  it('dessicate: OFF, a set cut off and the VM run since', () => {
    expect(text(dessicate, { ...machine([{ ...boot, ...later }, data]), snapshots: [snapshot('boot')] }))
      .toMatchInlineSnapshot(`
      "dev: OFF → DESSICATED
        1  snapshot disk dev-boot as ss-dev-boot-20260101030000
        2  snapshot disk dev-data as ss-dev-data-20260101030000
        3  see that no disk is deleted along with VM dev  (after 1, 2)
        4  delete VM dev, which keeps its disks  (after 3)
        5  delete disk dev-boot, once it is proven to be in the set  (after 4)
        6  delete disk dev-data, once it is proven to be in the set  (after 4)"
    `);
  });
  it('dessicate: OFF, a snapshot failed', () => {
    expect(
      text(dessicate, {
        ...off,
        snapshots: [snapshot('boot'), snapshot('data', NEW, { status: 'failed', statusText: 'ERROR' })],
      }),
    ).toMatchInlineSnapshot(`
      "dev: OFF → DESSICATED
        1  snapshot disk dev-boot as ss-dev-boot-20260101030000
        2  snapshot disk dev-data as ss-dev-data-20260101030000
        3  see that no disk is deleted along with VM dev  (after 1, 2)
        4  delete VM dev, which keeps its disks  (after 3)
        5  delete disk dev-boot, once it is proven to be in the set  (after 4)
        6  delete disk dev-data, once it is proven to be in the set  (after 4)"
    `);
  });
  it('dessicate: OFF, written to since the set, the clock at zero', () => {
    expect(text(dessicate, { ...machine([{ ...boot, ...later }, data]), snapshots: set() }, { nowMs: 0 }))
      .toMatchInlineSnapshot(`
      "dev: OFF → DESSICATED
        1  snapshot disk dev-boot as ss-dev-boot-20260101020001
        2  snapshot disk dev-data as ss-dev-data-20260101020001
        3  see that no disk is deleted along with VM dev  (after 1, 2)
        4  delete VM dev, which keeps its disks  (after 3)
        5  delete disk dev-boot, once it is proven to be in the set  (after 4)
        6  delete disk dev-data, once it is proven to be in the set  (after 4)"
    `);
  });
  it('dessicate: OFF, a disk more than the set has', () => {
    expect(text(dessicate, { ...off, disks: [...off.disks, disk('more')], snapshots: set() }))
      .toMatchInlineSnapshot(`
      "dev: OFF → DESSICATED
        1  snapshot disk dev-boot as ss-dev-boot-20260101030000
        2  snapshot disk dev-data as ss-dev-data-20260101030000
        3  snapshot disk dev-more as ss-dev-more-20260101030000
        4  see that no disk is deleted along with VM dev  (after 1, 2, 3)
        5  delete VM dev, which keeps its disks  (after 4)
        6  delete disk dev-boot, once it is proven to be in the set  (after 5)
        7  delete disk dev-data, once it is proven to be in the set  (after 5)
        8  delete disk dev-more, once it is proven to be in the set  (after 5)"
    `);
  });
  it('dessicate: OFF, a disk less in the file', () => {
    expect(text(dessicate, off, { file: one })).toMatchInlineSnapshot(`
      "dev: OFF → DESSICATED
        1  snapshot disk dev-boot as ss-dev-boot-20260101030000
        2  snapshot disk dev-data as ss-dev-data-20260101030000
        3  see that no disk is deleted along with VM dev  (after 1, 2)
        4  delete VM dev, which keeps its disks  (after 3)
        5  delete disk dev-boot, once it is proven to be in the set  (after 4)
        6  delete disk dev-data, once it is proven to be in the set  (after 4)"
    `);
  });
  it('dessicate: DESSICATED', () => {
    expect(text(dessicate, away)).toMatchInlineSnapshot(`"nothing: dev is DESSICATED already"`);
  });
  it('dessicate: CHANGING', () => {
    expect(text(dessicate, busy)).toMatchInlineSnapshot(`
      "busy: cannot dessicate workstation dev: VM dev is STOPPING
      → wait until its provider has finished, then run chews dessicate dev again"
    `);
  });
  it('dessicate: a VM gone, no set', () => {
    expect(text(dessicate, { disks: [boot, data] })).toMatchInlineSnapshot(`
      "dev: INCONSISTENT → DESSICATED
        1  snapshot disk dev-boot as ss-dev-boot-20260101030000
        2  snapshot disk dev-data as ss-dev-data-20260101030000
        3  delete disk dev-boot, once it is proven to be in the set  (after 1, 2)
        4  delete disk dev-data, once it is proven to be in the set  (after 1, 2)"
    `);
  });
  it('dessicate: a VM gone, its set taken', () => {
    expect(text(dessicate, vmGone)).toMatchInlineSnapshot(`
      "dev: INCONSISTENT → DESSICATED
        1  delete disk dev-boot, once it is proven to be in the set
        2  delete disk dev-data, once it is proven to be in the set"
    `);
  });
  it('dessicate: a dessicate cut off between two disks', () => {
    expect(text(dessicate, halfAway)).toMatchInlineSnapshot(`
      "dev: INCONSISTENT → DESSICATED
        1  delete disk dev-data, once it is proven to be in the set"
    `);
  });
  it('dessicate: a rehydrate cut off between two disks', () => {
    expect(text(dessicate, halfBack)).toMatchInlineSnapshot(`
      "dev: INCONSISTENT → DESSICATED
        1  delete disk dev-boot, once it is proven to be in the set"
    `);
  });
  it('dessicate: a create cut off between two disks', () => {
    expect(text(dessicate, { disks: [freshBoot] })).toMatchInlineSnapshot(`
      "refused: cannot dessicate workstation dev: its creation was cut off, and there is nothing to put away
      → chews create dev"
    `);
  });
  it('dessicate: a lost disk', () => {
    expect(text(dessicate, lost)).toMatchInlineSnapshot(`
      "refused: cannot dessicate workstation dev: disk data is gone, its last snapshot is ss-dev-data-20260101020000
      → chews recover dev"
    `);
  });
  it('dessicate: a broken newest set', () => {
    expect(text(dessicate, broken)).toMatchInlineSnapshot(`
      "refused: cannot dessicate workstation dev: the newest snapshot set 20260101020000 is not whole: it holds 1 of 2 disks
      → chews recover dev"
    `);
  });
  it('dessicate: a running VM without one of its disks', () => {
    expect(text(dessicate, loose)).toMatchInlineSnapshot(`
      "refused: cannot dessicate workstation dev: the VM runs without data
      → chews recover dev"
    `);
  });
  it('dessicate --stop: a running VM without one of its disks', () => {
    expect(text(dessicateStop, loose)).toMatchInlineSnapshot(`
      "dev: INCONSISTENT → DESSICATED
        1  stop VM dev
        2  snapshot disk dev-boot as ss-dev-boot-20260101030000  (after 1)
        3  snapshot disk dev-data as ss-dev-data-20260101030000  (after 1)
        4  see that no disk is deleted along with VM dev  (after 2, 3)
        5  delete VM dev, which keeps its disks  (after 4)
        6  delete disk dev-boot, once it is proven to be in the set  (after 5)
        7  delete disk dev-data, once it is proven to be in the set  (after 5)"
    `);
  });
  it('dessicate: a deletion begun', () => {
    expect(text(dessicate, deleting)).toMatchInlineSnapshot(`
      "refused: cannot dessicate workstation dev: its deletion was begun and not finished (1 assets are marked)
      → chews delete dev"
    `);
  });
  it('dessicate: OFF, a set that disagrees about its size', () => {
    const taken = snapshot('data');
    const disagreeing = { ...taken, labels: { ...taken.labels, setSize: 1 } };
    expect(text(dessicate, { ...off, snapshots: [snapshot('boot'), disagreeing] })).toMatchInlineSnapshot(`
      "dev: OFF → DESSICATED
        1  snapshot disk dev-boot as ss-dev-boot-20260101030000
        2  snapshot disk dev-data as ss-dev-data-20260101030000
        3  see that no disk is deleted along with VM dev  (after 1, 2)
        4  delete VM dev, which keeps its disks  (after 3)
        5  delete disk dev-boot, once it is proven to be in the set  (after 4)
        6  delete disk dev-data, once it is proven to be in the set  (after 4)"
    `);
  });
  it('dessicate: OFF, a set of as many disks, and not of these', () => {
    expect(text(dessicate, { ...off, snapshots: [snapshot('boot'), snapshot('more')] }))
      .toMatchInlineSnapshot(`
      "dev: OFF → DESSICATED
        1  snapshot disk dev-boot as ss-dev-boot-20260101030000
        2  snapshot disk dev-data as ss-dev-data-20260101030000
        3  see that no disk is deleted along with VM dev  (after 1, 2)
        4  delete VM dev, which keeps its disks  (after 3)
        5  delete disk dev-boot, once it is proven to be in the set  (after 4)
        6  delete disk dev-data, once it is proven to be in the set  (after 4)"
    `);
  });
  it('dessicate: a disk gone that a set of more disks holds', () => {
    const three = ['boot', 'data', 'more'].map((name) => {
      const taken = snapshot(name);
      return { ...taken, labels: { ...taken.labels, setSize: 3 } };
    });
    expect(text(dessicate, { disks: [boot], snapshots: three })).toMatchInlineSnapshot(`
      "refused: cannot dessicate workstation dev: disk data is gone, and no set provably holds all disks as they are
      → chews recover dev"
    `);
  });
  it('dessicate: OFF, the set of earlier disks of these names', () => {
    expect(text(dessicate, { ...off, snapshots: set(NEW, { sourceDiskId: 'disk-before' }) }))
      .toMatchInlineSnapshot(`
      "dev: INCONSISTENT → DESSICATED
        1  snapshot disk dev-boot as ss-dev-boot-20260101030000
        2  snapshot disk dev-data as ss-dev-data-20260101030000
        3  see that no disk is deleted along with VM dev  (after 1, 2)
        4  delete VM dev, which keeps its disks  (after 3)
        5  delete disk dev-boot, once it is proven to be in the set  (after 4)
        6  delete disk dev-data, once it is proven to be in the set  (after 4)"
    `);
  });
  it('dessicate: OFF, a set of more disks than there are', () => {
    expect(text(dessicate, { ...off, snapshots: [...set(), snapshot('more')] })).toMatchInlineSnapshot(`
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

describe('rehydrate', () => {
  it('rehydrate: NOT_EXIST', () => {
    expect(text(rehydrate, none)).toMatchInlineSnapshot(`
      "refused: cannot rehydrate workstation dev: it does not exist
      → chews create dev"
    `);
  });
  it('rehydrate: ON', () => {
    expect(text(rehydrate, on)).toMatchInlineSnapshot(`"nothing: dev is ON already"`);
  });
  it('rehydrate --off: ON', () => {
    expect(text(rehydrateOff, on)).toMatchInlineSnapshot(`
      "refused: cannot rehydrate workstation dev: it is ON
      → chews down dev"
    `);
  });
  it('rehydrate: OFF', () => {
    expect(text(rehydrate, off)).toMatchInlineSnapshot(`
      "dev: OFF → ON
        1  start VM dev
        2  wait for VM dev to answer on ssh  (after 1)"
    `);
  });
  it('rehydrate --off: OFF', () => {
    expect(text(rehydrateOff, off)).toMatchInlineSnapshot(`"nothing: dev is OFF already"`);
  });
  it('rehydrate: DESSICATED', () => {
    expect(text(rehydrate, away)).toMatchInlineSnapshot(`
      "dev: DESSICATED → ON
        1  make disk dev-boot (10GB, standard) from its snapshot
        2  make disk dev-data (10GB, standard) from its snapshot
        3  note on dev-boot which disks belong together  (after 1, 2)
        4  make VM dev (2 cpu, 4GB) of 2 disks  (after 3)
        5  start VM dev  (after 4)
        6  wait for VM dev to answer on ssh  (after 5)"
    `);
  });
  it('rehydrate --off: DESSICATED', () => {
    expect(text(rehydrateOff, away)).toMatchInlineSnapshot(`
      "dev: DESSICATED → OFF
        1  make disk dev-boot (10GB, standard) from its snapshot
        2  make disk dev-data (10GB, standard) from its snapshot
        3  note on dev-boot which disks belong together  (after 1, 2)
        4  make VM dev (2 cpu, 4GB) of 2 disks  (after 3)"
    `);
  });
  it('rehydrate --off: DESSICATED, on a cloud', () => {
    expect(text(rehydrateOff, away, { can: cloud })).toMatchInlineSnapshot(`
      "dev: DESSICATED → OFF
        1  make disk dev-boot (10GB, standard) from its snapshot
        2  make disk dev-data (10GB, standard) from its snapshot
        3  note on dev-boot which disks belong together  (after 1, 2)
        4  make VM dev (2 cpu, 4GB) of 2 disks  (after 3)
        5  stop VM dev  (after 4)
        note: its provider starts every VM that it makes: it boots once and is stopped again"
    `);
  });
  it('rehydrate: DESSICATED, a larger and faster disk in the file', () => {
    expect(
      text(rehydrate, away, {
        file: { disks: [diskSpec('boot'), diskSpec('data', { sizeBytes: 20 * GB, type: 'fast' })] },
      }),
    ).toMatchInlineSnapshot(`
      "dev: DESSICATED → ON
        1  make disk dev-boot (10GB, standard) from its snapshot
        2  make disk dev-data (20GB, fast) from its snapshot
        3  note on dev-boot which disks belong together  (after 1, 2)
        4  make VM dev (2 cpu, 4GB) of 2 disks  (after 3)
        5  start VM dev  (after 4)
        6  wait for VM dev to answer on ssh  (after 5)"
    `);
  });
  it('rehydrate: CHANGING', () => {
    expect(text(rehydrate, busy)).toMatchInlineSnapshot(`
      "busy: cannot rehydrate workstation dev: VM dev is STOPPING
      → wait until its provider has finished, then run chews rehydrate dev again"
    `);
  });
  it('rehydrate: a VM gone, its set taken', () => {
    expect(text(rehydrate, vmGone)).toMatchInlineSnapshot(`
      "dev: INCONSISTENT → ON
        1  make VM dev (2 cpu, 4GB) of 2 disks
        2  start VM dev  (after 1)
        3  wait for VM dev to answer on ssh  (after 2)"
    `);
  });
  it('rehydrate: a rehydrate cut off between two disks', () => {
    expect(text(rehydrate, halfBack)).toMatchInlineSnapshot(`
      "dev: INCONSISTENT → ON
        1  make disk dev-data (10GB, standard) from its snapshot
        2  note on dev-boot which disks belong together  (after 1)
        3  make VM dev (2 cpu, 4GB) of 2 disks  (after 2)
        4  start VM dev  (after 3)
        5  wait for VM dev to answer on ssh  (after 4)"
    `);
  });
  it('rehydrate --off: a dessicate cut off between two disks, on a cloud', () => {
    expect(text(rehydrateOff, halfAway, { can: cloud })).toMatchInlineSnapshot(`
      "dev: INCONSISTENT → OFF
        1  make disk dev-boot (10GB, standard) from its snapshot
        2  note on dev-boot which disks belong together  (after 1)
        3  make VM dev (2 cpu, 4GB) of 2 disks  (after 2)
        4  stop VM dev  (after 3)
        note: its provider starts every VM that it makes: it boots once and is stopped again"
    `);
  });
  it('rehydrate: a lost disk', () => {
    expect(text(rehydrate, lost)).toMatchInlineSnapshot(`
      "refused: cannot rehydrate workstation dev: disk data is gone, its last snapshot is ss-dev-data-20260101020000
      → chews recover dev"
    `);
  });
  it('rehydrate: a broken newest set', () => {
    expect(text(rehydrate, broken)).toMatchInlineSnapshot(`
      "refused: cannot rehydrate workstation dev: the newest snapshot set 20260101020000 is not whole: it holds 1 of 2 disks
      → chews recover dev"
    `);
  });
  it('rehydrate: a deletion begun', () => {
    expect(text(rehydrate, deleting)).toMatchInlineSnapshot(`
      "refused: cannot rehydrate workstation dev: its deletion was begun and not finished (1 assets are marked)
      → chews delete dev"
    `);
  });
  it('rehydrate: ON and OFF, whatever sets there are', () => {
    expect(text(rehydrate, { ...on, snapshots: set() })).toBe('nothing: dev is ON already');
    expect(text(rehydrateOff, { ...off, snapshots: set() })).toBe('nothing: dev is OFF already');
  });
  it.each<[string, Parts]>([
    ['one disk is of it', machine([restored('boot', OLD, { createdAtMs: timeOf(NEW) + 1 }), data])],
    ['all are of another', machine([restored('boot'), restored('data')])],
  ])('rehydrate --set OLD: OFF, and %s', (_, parts) => {
    expect(text({ ...rehydrate, set: OLD }, { ...parts, snapshots: [...set(OLD), ...set()] })).toBe(
      'refused: cannot rehydrate workstation dev: its disks are alive, and newer than any set\n→ chews dessicate dev puts them away first',
    );
  });
  it('rehydrate --set OLD: a live disk that it does not hold', () => {
    const parts = { disks: [disk('more', later)], snapshots: [...set(OLD), snapshot('boot')] };
    expect(text({ ...rehydrate, set: OLD }, parts)).toMatchInlineSnapshot(`
      "refused: cannot rehydrate workstation dev: set 20260101000000 has no snapshot of more
      → chews recover dev"
    `);
  });
  it('rehydrate --set OLD: a broken newest set that has another disk', () => {
    const newest = ['boot', 'more'].map((name) => {
      const taken = snapshot(name);
      return { ...taken, labels: { ...taken.labels, setSize: 3 } };
    });
    expect(text({ ...rehydrate, set: OLD }, { snapshots: [...set(OLD), ...newest] })).toMatchInlineSnapshot(`
      "dev: INCONSISTENT → ON
        1  make disk dev-boot (10GB, standard) from its snapshot
        2  make disk dev-data (10GB, standard) from its snapshot
        3  note on dev-boot which disks belong together  (after 1, 2)
        4  make VM dev (2 cpu, 4GB) of 2 disks  (after 3)
        5  start VM dev  (after 4)
        6  wait for VM dev to answer on ssh  (after 5)"
    `);
  });
  it('rehydrate --set of another year: DESSICATED', () => {
    expect(text({ ...rehydrate, set: '20200101000000' }, away)).toMatchInlineSnapshot(`
      "usage: cannot rehydrate workstation dev: it has no snapshot set 20200101000000
      → it has 20260101020000"
    `);
  });
  it('rehydrate --set of another year: NOT_EXIST', () => {
    expect(text({ ...rehydrate, set: '20200101000000' }, none)).toMatchInlineSnapshot(`
      "usage: cannot rehydrate workstation dev: it has no snapshot set 20200101000000
      → "
    `);
  });
  it('rehydrate --set OLD: DESSICATED with two sets', () => {
    expect(text({ ...rehydrate, set: OLD }, { snapshots: [...set(OLD), ...set()] })).toMatchInlineSnapshot(`
      "dev: DESSICATED → ON
        1  make disk dev-boot (10GB, standard) from its snapshot
        2  make disk dev-data (10GB, standard) from its snapshot
        3  note on dev-boot which disks belong together  (after 1, 2)
        4  make VM dev (2 cpu, 4GB) of 2 disks  (after 3)
        5  start VM dev  (after 4)
        6  wait for VM dev to answer on ssh  (after 5)"
    `);
  });
  it('rehydrate --set OLD: a broken newest set', () => {
    expect(text({ ...rehydrate, set: OLD }, broken)).toMatchInlineSnapshot(`
      "dev: INCONSISTENT → ON
        1  make disk dev-boot (10GB, standard) from its snapshot
        2  make disk dev-data (10GB, standard) from its snapshot
        3  note on dev-boot which disks belong together  (after 1, 2)
        4  make VM dev (2 cpu, 4GB) of 2 disks  (after 3)
        5  start VM dev  (after 4)
        6  wait for VM dev to answer on ssh  (after 5)"
    `);
  });
  it('rehydrate --set NEW: a broken newest set', () => {
    expect(text({ ...rehydrate, set: NEW }, broken)).toMatchInlineSnapshot(`
      "refused: cannot rehydrate workstation dev: set 20260101020000 is not whole: it holds 1 of 2 disks
      → chews recover dev"
    `);
  });
  it('rehydrate --set OLD: a rehydrate of the older set cut off', () => {
    expect(
      text(
        { ...rehydrate, set: OLD },
        { disks: [restored('boot', OLD)], snapshots: [...set(OLD), ...set()] },
      ),
    ).toMatchInlineSnapshot(`
      "dev: INCONSISTENT → ON
        1  make disk dev-data (10GB, standard) from its snapshot
        2  note on dev-boot which disks belong together  (after 1)
        3  make VM dev (2 cpu, 4GB) of 2 disks  (after 2)
        4  start VM dev  (after 3)
        5  wait for VM dev to answer on ssh  (after 4)"
    `);
  });
  it('rehydrate --set OLD: a lost disk, and two sets', () => {
    expect(text({ ...rehydrate, set: OLD }, { ...lost, snapshots: [...set(OLD), ...set()] }))
      .toMatchInlineSnapshot(`
      "refused: cannot rehydrate workstation dev: dev-boot may have been written to since snapshot ss-dev-boot-20260101000000 was taken
      → chews recover dev"
    `);
  });
  it('rehydrate --set OLD: OFF, and an old set', () => {
    expect(text({ ...rehydrate, set: OLD }, { ...off, snapshots: set(OLD) })).toMatchInlineSnapshot(`
      "refused: cannot rehydrate workstation dev: its disks are alive, and newer than any set
      → chews dessicate dev puts them away first"
    `);
  });
  it('rehydrate --set OLD: ON, and an old set', () => {
    expect(text({ ...rehydrate, set: OLD }, { ...on, snapshots: set(OLD) })).toMatchInlineSnapshot(`
      "refused: cannot rehydrate workstation dev: its disks are alive, and newer than any set
      → chews dessicate dev puts them away first"
    `);
  });
  it('rehydrate --set OLD: OFF, made of that set', () => {
    expect(
      text(
        { ...rehydrate, set: OLD },
        { ...machine([restored('boot', OLD), restored('data', OLD)]), snapshots: set(OLD) },
      ),
    ).toMatchInlineSnapshot(`
      "dev: OFF → ON
        1  start VM dev
        2  wait for VM dev to answer on ssh  (after 1)"
    `);
  });
  it('rehydrate --set OLD: a VM gone, and an old set', () => {
    expect(text({ ...rehydrate, set: OLD }, { disks: [boot, data], snapshots: set(OLD) }))
      .toMatchInlineSnapshot(`
      "refused: cannot rehydrate workstation dev: its disks are alive, and newer than any set
      → chews dessicate dev puts them away first"
    `);
  });
});

describe('resize', () => {
  it('resize: NOT_EXIST', () => {
    expect(text(resize, none)).toMatchInlineSnapshot(`
      "refused: cannot resize workstation dev: it does not exist
      → chews create dev"
    `);
  });
  it('resize: DESSICATED, a larger size in the file', () => {
    expect(text(resize, away, { file: larger })).toMatchInlineSnapshot(
      `"nothing: dev is DESSICATED: its next rehydrate takes the size of the file"`,
    );
  });
  it('resize: OFF', () => {
    expect(text(resize, off)).toMatchInlineSnapshot(`"nothing: dev has the size of the file already"`);
  });
  it('resize: OFF, a larger size in the file', () => {
    expect(text(resize, off, { file: larger })).toMatchInlineSnapshot(`
      "dev: OFF → OFF
        1  resize VM dev to 4 cpu, 8GB"
    `);
  });
  it('resize: ON, a larger size in the file', () => {
    expect(text(resize, on, { file: larger })).toMatchInlineSnapshot(`
      "usage: cannot resize workstation dev: it is ON, and its size can only change while it is OFF
      → chews resize dev --stop stops it, changes it and starts it again"
    `);
  });
  it('resize --stop: ON, a larger size in the file', () => {
    expect(text(resizeStop, on, { file: larger })).toMatchInlineSnapshot(`
      "dev: ON → ON
        1  note on dev that it is to end ON
        2  stop VM dev  (after 1)
        3  resize VM dev to 4 cpu, 8GB  (after 2)
        4  start VM dev  (after 3)
        5  clear the note on dev  (after 4)
        6  wait for VM dev to answer on ssh  (after 4)"
    `);
  });
  it('resize: ON, a larger size, taken while it runs', () => {
    expect(text(resize, on, { file: larger, can: { resize: 'running' } })).toMatchInlineSnapshot(`
      "dev: ON → ON
        1  resize VM dev to 4 cpu, 8GB"
    `);
  });
  it('resize: OFF, a larger size, never taken', () => {
    expect(text(resize, off, { file: larger, can: { resize: 'never' } })).toMatchInlineSnapshot(`
      "refused: cannot resize workstation dev: its provider cannot change the size of a VM
      → chews dessicate dev, then chews rehydrate dev"
    `);
  });
  it('resize: OFF, and to end ON, a larger size in the file', () => {
    expect(text(resize, noted(), { file: larger })).toMatchInlineSnapshot(`
      "dev: OFF → ON
        1  resize VM dev to 4 cpu, 8GB
        2  start VM dev  (after 1)
        3  clear the note on dev  (after 2)
        4  wait for VM dev to answer on ssh  (after 2)"
    `);
  });
  it('resize: OFF, and to end ON', () => {
    expect(text(resize, noted())).toMatchInlineSnapshot(`
      "dev: OFF → ON
        1  start VM dev
        2  clear the note on dev  (after 1)
        3  wait for VM dev to answer on ssh  (after 1)"
    `);
  });
  it('resize --stop: ON, and noted to end ON, a larger size in the file', () => {
    expect(text(resizeStop, noted(running), { file: larger })).toMatchInlineSnapshot(`
      "dev: ON → ON
        1  note on dev that it is to end ON
        2  stop VM dev  (after 1)
        3  resize VM dev to 4 cpu, 8GB  (after 2)
        4  start VM dev  (after 3)
        5  clear the note on dev  (after 4)
        6  wait for VM dev to answer on ssh  (after 4)"
    `);
  });
  it('resize: CHANGING, a larger size in the file', () => {
    expect(text(resize, busy, { file: larger })).toMatchInlineSnapshot(`
      "busy: cannot resize workstation dev: VM dev is STOPPING
      → wait until its provider has finished, then run chews resize dev again"
    `);
  });
  it('resize: a VM gone, its set taken, a larger size in the file', () => {
    expect(text(resize, vmGone, { file: larger })).toMatchInlineSnapshot(`
      "refused: cannot resize workstation dev: all its disks are there, its VM is not
      → chews recover dev"
    `);
  });
});

describe('apply', () => {
  it('apply: NOT_EXIST', () => {
    expect(text(apply, none)).toMatchInlineSnapshot(`
      "refused: cannot apply workstation dev: it does not exist
      → chews create dev"
    `);
  });
  it('apply: OFF', () => {
    expect(text(apply, off)).toMatchInlineSnapshot(`"nothing: dev is as the file wants it"`);
  });
  it('apply: ON', () => {
    expect(text(apply, on)).toMatchInlineSnapshot(`"nothing: dev is as the file wants it"`);
  });
  it('apply: DESSICATED, a larger disk in the file', () => {
    expect(text(apply, away, { file: grown })).toMatchInlineSnapshot(
      `"nothing: dev is DESSICATED: rehydrating it takes what the file says"`,
    );
  });
  it('apply: CHANGING', () => {
    expect(text(apply, busy)).toMatchInlineSnapshot(`
      "busy: cannot apply workstation dev: VM dev is STOPPING
      → wait until its provider has finished, then run chews apply dev again"
    `);
  });
  it('apply: a VM gone, its set taken', () => {
    expect(text(apply, vmGone)).toMatchInlineSnapshot(`
      "refused: cannot apply workstation dev: all its disks are there, its VM is not
      → chews recover dev"
    `);
  });
  it('apply: OFF, a larger size and a disk more', () => {
    expect(text(apply, off, { file: { ...three, ...larger } })).toMatchInlineSnapshot(`
      "dev: OFF → OFF
        1  resize VM dev to 4 cpu, 8GB
        2  make disk dev-more (10GB, standard)  (after 1)
        3  attach disk dev-more  (after 2)
        4  note on dev-boot which disks belong together  (after 3)"
    `);
  });
  it('apply: OFF, a larger disk in the file', () => {
    expect(text(apply, off, { file: grown })).toMatchInlineSnapshot(`
      "dev: OFF → OFF
        1  grow disk dev-data to 20GB"
    `);
  });
  it('apply: ON, a larger disk in the file', () => {
    expect(text(apply, on, { file: grown })).toMatchInlineSnapshot(`
      "usage: cannot apply workstation dev: it is ON, and this needs it OFF: disk data grows to 20GB
      → chews apply dev --stop stops it, changes it and starts it again"
    `);
  });
  it('apply --stop: ON, a larger disk in the file', () => {
    expect(text(applyStop, on, { file: grown })).toMatchInlineSnapshot(`
      "dev: ON → ON
        1  note on dev that it is to end ON
        2  stop VM dev  (after 1)
        3  grow disk dev-data to 20GB  (after 2)
        4  start VM dev  (after 3)
        5  clear the note on dev  (after 4)
        6  wait for VM dev to answer on ssh  (after 4)"
    `);
  });
  it('apply: ON, a larger disk, on a cloud', () => {
    expect(text(apply, on, { file: grown, can: cloud })).toMatchInlineSnapshot(`
      "dev: ON → ON
        1  grow disk dev-data to 20GB"
    `);
  });
  it('apply: ON, a disk more in the file', () => {
    expect(text(apply, on, { file: three })).toMatchInlineSnapshot(`
      "usage: cannot apply workstation dev: it is ON, and this needs it OFF: disk more is made and attached
      → chews apply dev --stop stops it, changes it and starts it again"
    `);
  });
  it('apply --stop: ON, a disk more in the file', () => {
    expect(text(applyStop, on, { file: three })).toMatchInlineSnapshot(`
      "dev: ON → ON
        1  note on dev that it is to end ON
        2  stop VM dev  (after 1)
        3  make disk dev-more (10GB, standard)  (after 2)
        4  attach disk dev-more  (after 3)
        5  note on dev-boot which disks belong together  (after 4)
        6  start VM dev  (after 5)
        7  clear the note on dev  (after 6)
        8  wait for VM dev to answer on ssh  (after 6)"
    `);
  });
  it('apply: ON, a disk more, on a cloud', () => {
    expect(text(apply, on, { file: three, can: cloud })).toMatchInlineSnapshot(`
      "dev: ON → ON
        1  make disk dev-more (10GB, standard)
        2  attach disk dev-more  (after 1)
        3  note on dev-boot which disks belong together  (after 2)"
    `);
  });
  it('apply: ON, a larger size and disk, on a cloud', () => {
    expect(text(apply, on, { file: { ...larger, ...grown }, can: cloud })).toMatchInlineSnapshot(`
      "dev: ON → ON
        1  grow disk dev-data to 20GB
        note: left, because it needs dev OFF: its size changes; chews apply dev --stop stops it, changes it and starts it again"
    `);
  });
  it('apply: ON, its list of disks never written, a disk more in the file', () => {
    expect(text(apply, machine([disk('boot', { labels: unsealed }), data], running), { file: three }))
      .toMatchInlineSnapshot(`
      "dev: ON → ON
        1  note on dev-boot which disks belong together
        note: left, because it needs dev OFF: disk more is made and attached; chews apply dev --stop stops it, changes it and starts it again"
    `);
  });
  it('apply: OFF, a smaller disk in the file', () => {
    expect(text(apply, off, { file: shrunk })).toMatchInlineSnapshot(`
      "refused: cannot apply workstation dev: disk data has 10GB, the file wants 5GB, and a disk cannot shrink
      → write size: 10GB for data in the file"
    `);
  });
  it('apply: OFF, another disk first in the file', () => {
    expect(text(apply, off, { file: swapped })).toMatchInlineSnapshot(`
      "refused: cannot apply workstation dev: it boots from boot, the file lists data first
      → list boot first in the file"
    `);
  });
  it('apply: OFF, another location and type', () => {
    expect(
      text(apply, off, {
        file: { locations: ['south'], disks: [diskSpec('boot'), diskSpec('data', { type: 'fast' })] },
      }),
    ).toMatchInlineSnapshot(`
      "dev: OFF → OFF
        1  change disk dev-data to fast
        note: it lives in north, the file wants south: chews dessicate dev, then chews rehydrate dev"
    `);
  });
  it('apply: OFF, another location and type, on a cloud', () => {
    expect(
      text(apply, off, {
        file: { disks: [diskSpec('boot'), diskSpec('data', { type: 'fast' })], locations: ['south'] },
        can: cloud,
      }),
    ).toMatchInlineSnapshot(`
      "nothing: dev is as the file wants it
      note: it lives in north, the file wants south: chews dessicate dev, then chews rehydrate dev
      note: disk data is of type standard, the file wants fast: chews dessicate dev, then chews rehydrate dev"
    `);
  });
  it('apply: OFF, its list of disks never written', () => {
    expect(text(apply, machine([disk('boot', { labels: unsealed }), data]))).toMatchInlineSnapshot(`
      "dev: OFF → OFF
        1  note on dev-boot which disks belong together"
    `);
  });
  it('apply: OFF, and to end ON', () => {
    expect(text(apply, noted())).toMatchInlineSnapshot(`
      "dev: OFF → ON
        1  start VM dev
        2  clear the note on dev  (after 1)
        3  wait for VM dev to answer on ssh  (after 1)"
    `);
  });
  it('apply: OFF, and to end ON, a disk more in the file', () => {
    expect(text(apply, noted(), { file: three })).toMatchInlineSnapshot(`
      "dev: OFF → ON
        1  make disk dev-more (10GB, standard)
        2  attach disk dev-more  (after 1)
        3  note on dev-boot which disks belong together  (after 2)
        4  start VM dev  (after 3)
        5  clear the note on dev  (after 4)
        6  wait for VM dev to answer on ssh  (after 4)"
    `);
  });
  it('apply: OFF, a disk attached to nothing', () => {
    expect(text(apply, { vms: machine([boot]).vms, disks: [...machine([boot]).disks, data] }))
      .toMatchInlineSnapshot(`
      "dev: OFF → OFF
        1  attach disk dev-data"
    `);
  });
  it('apply: OFF, a disk less in the file', () => {
    expect(text(apply, off, { file: one })).toMatchInlineSnapshot(`
      "nothing: dev is as the file wants it
      note: disk data exists and is no longer in the file: chews apply dev --remove-disk data lets it go with a last snapshot kept"
    `);
  });
  it('apply --remove-disk data: OFF, a disk less in the file', () => {
    expect(text(applyRemove, off, { file: one })).toMatchInlineSnapshot(`
      "dev: OFF → OFF
        1  snapshot disk dev-boot as ss-dev-boot-20260101030000
        2  snapshot disk dev-data as ss-dev-data-20260101030000
        3  note on dev-boot which disks belong together  (after 1, 2)
        4  detach disk dev-data  (after 3)
        5  delete disk dev-data  (after 4)"
    `);
  });
  it('apply --remove-disk data: OFF since before its set, a disk less in the file', () => {
    expect(text(applyRemove, { ...off, snapshots: set() }, { file: one })).toMatchInlineSnapshot(`
      "dev: OFF → OFF
        1  note on dev-boot which disks belong together
        2  detach disk dev-data  (after 1)
        3  delete disk dev-data  (after 2)"
    `);
  });
  it('apply --remove-disk data: ON, a disk less in the file', () => {
    expect(text(applyRemove, on, { file: one })).toMatchInlineSnapshot(`
      "usage: cannot apply workstation dev: it is ON, and this needs it OFF: disk data goes, with a last snapshot kept
      → chews apply dev --stop --remove-disk data stops it, changes it and starts it again"
    `);
  });
  it('apply --stop --remove-disk data: ON, a disk less in the file', () => {
    expect(text({ ...applyRemove, stop: true }, on, { file: one })).toMatchInlineSnapshot(`
      "dev: ON → ON
         1  note on dev that it is to end ON
         2  stop VM dev  (after 1)
         3  snapshot disk dev-boot as ss-dev-boot-20260101030000  (after 2)
         4  snapshot disk dev-data as ss-dev-data-20260101030000  (after 2)
         5  note on dev-boot which disks belong together  (after 3, 4)
         6  detach disk dev-data  (after 5)
         7  delete disk dev-data  (after 6)
         8  start VM dev  (after 7)
         9  clear the note on dev  (after 8)
        10  wait for VM dev to answer on ssh  (after 8)"
    `);
  });
  it('apply --remove-disk data: OFF, another disk in its place in the file', () => {
    expect(text(applyRemove, off, { file: { disks: [diskSpec('boot'), diskSpec('more')] } }))
      .toMatchInlineSnapshot(`
      "dev: OFF → OFF
        1  snapshot disk dev-boot as ss-dev-boot-20260101030000
        2  snapshot disk dev-data as ss-dev-data-20260101030000
        3  note on dev-boot which disks belong together  (after 1, 2)
        4  detach disk dev-data  (after 3)
        5  delete disk dev-data  (after 4)
        6  make disk dev-more (10GB, standard)  (after 5)
        7  attach disk dev-more  (after 6)
        8  note on dev-boot which disks belong together  (after 7)"
    `);
  });
  it('apply --remove-disk data: OFF', () => {
    expect(text(applyRemove, off)).toMatchInlineSnapshot(`
      "refused: cannot apply workstation dev: disk data is still in the file
      → take data out of the file, then run the command again"
    `);
  });
  it('apply --remove-disk boot: OFF', () => {
    expect(text({ ...applyRemove, removeDisks: ['boot'] }, off)).toMatchInlineSnapshot(`
      "refused: cannot apply workstation dev: boot is its boot disk
      → chews delete dev removes everything"
    `);
  });
  it('apply --remove-disk more: OFF', () => {
    expect(text({ ...applyRemove, removeDisks: ['more'] }, off)).toMatchInlineSnapshot(`
      "nothing: dev is as the file wants it
      note: it has no disk more: it has boot, data"
    `);
  });
  it('apply --remove-disk data: DESSICATED, a disk less in the file', () => {
    expect(text(applyRemove, away, { file: one })).toMatchInlineSnapshot(`
      "refused: cannot apply workstation dev: it is DESSICATED
      → chews rehydrate dev --off first"
    `);
  });
  it('apply --remove-disk data: a lost disk that was never put away, a disk less in the file', () => {
    expect(text(applyRemove, machine([boot]), { file: one })).toMatchInlineSnapshot(`
      "dev: INCONSISTENT → OFF
        1  note on dev-boot which disks belong together"
    `);
  });
  it('apply --remove-disk data: a lost disk that the VM still names, a disk less in the file', () => {
    expect(text(applyRemove, lostInVm, { file: one })).toMatchInlineSnapshot(`
      "dev: INCONSISTENT → OFF
        1  note on dev-boot which disks belong together"
    `);
  });
  it('apply: a lost disk that the VM still names, a disk less in the file', () => {
    expect(text(apply, lostInVm, { file: one })).toMatchInlineSnapshot(`
      "refused: cannot apply workstation dev: disk data is gone, its last snapshot is ss-dev-data-20260101020000
      → chews recover dev"
    `);
  });
  it('apply --remove-disk more: a disk gone that the set holds, a disk less in the file', () => {
    expect(
      text(
        { ...applyRemove, removeDisks: ['more'] },
        { ...machine([boot]), snapshots: set() },
        { file: one },
      ),
    ).toMatchInlineSnapshot(`
      "refused: cannot apply workstation dev: disk data is gone too
      → chews recover dev"
    `);
  });
  it('apply: DESSICATED', () => {
    expect(text(apply, away)).toMatchInlineSnapshot(
      `"nothing: dev is DESSICATED: rehydrating it takes what the file says"`,
    );
  });
  it('apply --stop: ON', () => {
    expect(text(applyStop, on)).toMatchInlineSnapshot(`"nothing: dev is as the file wants it"`);
  });
  it('apply --stop: ON, a larger size, on a cloud', () => {
    expect(text(applyStop, on, { file: larger, can: cloud })).toMatchInlineSnapshot(`
      "dev: ON → ON
        1  note on dev that it is to end ON
        2  stop VM dev  (after 1)
        3  resize VM dev to 4 cpu, 8GB  (after 2)
        4  start VM dev  (after 3)
        5  clear the note on dev  (after 4)
        6  wait for VM dev to answer on ssh  (after 4)"
    `);
  });
});

describe('recover', () => {
  it('recover: NOT_EXIST', () => {
    expect(text(recover, none)).toMatchInlineSnapshot(
      `"nothing: dev does not exist: there is nothing to recover"`,
    );
  });
  it('recover: ON', () => {
    expect(text(recover, on)).toMatchInlineSnapshot(`"nothing: dev is ON: there is nothing to recover"`);
  });
  it('recover: OFF', () => {
    expect(text(recover, off)).toMatchInlineSnapshot(`"nothing: dev is OFF: there is nothing to recover"`);
  });
  it('recover: OFF, and to end ON', () => {
    expect(text(recover, noted())).toMatchInlineSnapshot(`
      "dev: OFF → ON
        1  start VM dev
        2  clear the note on dev  (after 1)
        3  wait for VM dev to answer on ssh  (after 1)"
    `);
  });
  it('recover: OFF, to end ON, its disks detached', () => {
    expect(
      text(recover, {
        ...noted(),
        vms: [vm({ labels: { workstation: 'dev', endOn: true } })],
        disks: [boot, data],
      }),
    ).toMatchInlineSnapshot(`
      "dev: OFF → ON
        1  attach disk dev-boot
        2  attach disk dev-data  (after 1)
        3  start VM dev  (after 1, 2)
        4  clear the note on dev  (after 3)
        5  wait for VM dev to answer on ssh  (after 3)"
    `);
  });
  it('recover: DESSICATED', () => {
    expect(text(recover, away)).toMatchInlineSnapshot(
      `"nothing: dev is DESSICATED: there is nothing to recover"`,
    );
  });
  it('recover: CHANGING', () => {
    expect(text(recover, busy)).toMatchInlineSnapshot(`
      "busy: cannot recover workstation dev: VM dev is STOPPING
      → wait until its provider has finished, then run chews recover dev again"
    `);
  });
  it('recover: a create cut off between two disks', () => {
    expect(text(recover, { disks: [freshBoot] })).toMatchInlineSnapshot(`
      "dev: INCONSISTENT → OFF
        1  make disk dev-data (10GB, standard)
        2  note on dev-boot which disks belong together  (after 1)
        3  make VM dev (2 cpu, 4GB) of 2 disks  (after 2)"
    `);
  });
  it('recover --to ON: a create cut off between two disks', () => {
    expect(text(to('ON'), { disks: [freshBoot] })).toMatchInlineSnapshot(`
      "dev: INCONSISTENT → ON
        1  make disk dev-data (10GB, standard)
        2  note on dev-boot which disks belong together  (after 1)
        3  make VM dev (2 cpu, 4GB) of 2 disks  (after 2)
        4  start VM dev  (after 3)
        5  wait for VM dev to answer on ssh  (after 4)"
    `);
  });
  it('recover: a VM gone, its set taken', () => {
    expect(text(recover, vmGone)).toMatchInlineSnapshot(`
      "dev: INCONSISTENT → OFF
        1  make VM dev (2 cpu, 4GB) of 2 disks"
    `);
  });
  it('recover: a VM gone, its set taken, on a cloud', () => {
    expect(text(recover, vmGone, { can: cloud })).toMatchInlineSnapshot(`
      "dev: INCONSISTENT → OFF
        1  make VM dev (2 cpu, 4GB) of 2 disks
        2  stop VM dev  (after 1)
        note: its provider starts every VM that it makes: it boots once and is stopped again"
    `);
  });
  it('recover --to ON: a VM gone, its set taken', () => {
    expect(text(to('ON'), vmGone)).toMatchInlineSnapshot(`
      "dev: INCONSISTENT → ON
        1  make VM dev (2 cpu, 4GB) of 2 disks
        2  start VM dev  (after 1)
        3  wait for VM dev to answer on ssh  (after 2)"
    `);
  });
  it('recover --to DESSICATED: a VM gone, its set taken', () => {
    expect(text(to('DESSICATED'), vmGone)).toMatchInlineSnapshot(`
      "dev: INCONSISTENT → DESSICATED
        1  delete disk dev-boot, once it is proven to be in the set
        2  delete disk dev-data, once it is proven to be in the set"
    `);
  });
  it('recover --to DESSICATED: a VM gone, no set', () => {
    expect(text(to('DESSICATED'), { disks: [boot, data] })).toMatchInlineSnapshot(`
      "dev: INCONSISTENT → DESSICATED
        1  snapshot disk dev-boot as ss-dev-boot-20260101030000
        2  snapshot disk dev-data as ss-dev-data-20260101030000
        3  delete disk dev-boot, once it is proven to be in the set  (after 1, 2)
        4  delete disk dev-data, once it is proven to be in the set  (after 1, 2)"
    `);
  });
  it('recover: a dessicate cut off between two disks', () => {
    expect(text(recover, halfAway)).toMatchInlineSnapshot(`
      "dev: INCONSISTENT → DESSICATED
        1  delete disk dev-data, once it is proven to be in the set"
    `);
  });
  it('recover: a rehydrate cut off between two disks', () => {
    expect(text(recover, halfBack)).toMatchInlineSnapshot(`
      "dev: INCONSISTENT → DESSICATED
        1  delete disk dev-boot, once it is proven to be in the set"
    `);
  });
  it('recover --to OFF: a dessicate cut off between two disks', () => {
    expect(text(to('OFF'), halfAway)).toMatchInlineSnapshot(`
      "dev: INCONSISTENT → OFF
        1  make disk dev-boot (10GB, standard) from its snapshot
        2  note on dev-boot which disks belong together  (after 1)
        3  make VM dev (2 cpu, 4GB) of 2 disks  (after 2)"
    `);
  });
  it('recover --to ON: a rehydrate cut off between two disks', () => {
    expect(text(to('ON'), halfBack)).toMatchInlineSnapshot(`
      "dev: INCONSISTENT → ON
        1  make disk dev-data (10GB, standard) from its snapshot
        2  note on dev-boot which disks belong together  (after 1)
        3  make VM dev (2 cpu, 4GB) of 2 disks  (after 2)
        4  start VM dev  (after 3)
        5  wait for VM dev to answer on ssh  (after 4)"
    `);
  });
  it('recover: a VM whose disks are all in the set', () => {
    expect(
      text(recover, { vms: [vm({ attachments: [attachment(boot), attachment(data)] })], snapshots: set() }),
    ).toMatchInlineSnapshot(`
      "dev: INCONSISTENT → DESSICATED
        1  see that no disk is deleted along with VM dev
        2  delete VM dev, which keeps its disks  (after 1)"
    `);
  });
  it('recover: a lost disk', () => {
    expect(text(recover, lost)).toMatchInlineSnapshot(`
      "refused: cannot recover workstation dev: disk data is gone, its last snapshot is ss-dev-data-20260101020000
      → choose: put the missing disk back; or chews recover dev --to OFF restores it from its last snapshot, older than the other disks; or chews delete dev gives everything up"
    `);
  });
  it('recover --to OFF: a lost disk', () => {
    expect(text(to('OFF'), lost)).toMatchInlineSnapshot(`
      "dev: INCONSISTENT → OFF
        1  make disk dev-data (10GB, standard) from its snapshot
        2  make VM dev (2 cpu, 4GB) of 2 disks  (after 1)"
    `);
  });
  it('recover --to OFF: a lost disk that the VM still names', () => {
    expect(text(to('OFF'), lostInVm)).toMatchInlineSnapshot(`
      "dev: INCONSISTENT → OFF
        1  make disk dev-data (10GB, standard) from its snapshot
        2  see that no disk is deleted along with VM dev  (after 1)
        3  delete VM dev, which keeps its disks  (after 2)
        4  make VM dev (2 cpu, 4GB) of 2 disks  (after 3)"
    `);
  });
  it('recover --to ON: a lost disk', () => {
    expect(text(to('ON'), lost)).toMatchInlineSnapshot(`
      "refused: cannot recover workstation dev: disk data is gone, its last snapshot is ss-dev-data-20260101020000
      → choose: put the missing disk back; or chews recover dev --to OFF restores it from its last snapshot, older than the other disks; or chews delete dev gives everything up"
    `);
  });
  it('recover: a lost disk that was never put away', () => {
    expect(text(recover, machine([boot]))).toMatchInlineSnapshot(`
      "refused: cannot recover workstation dev: disk data is gone, and there is no snapshot of it in the newest set
      → choose: put the missing disk back; or chews apply dev --remove-disk data goes on without it; or chews delete dev gives everything up"
    `);
  });
  it('recover --to OFF: a lost disk that was never put away', () => {
    expect(text(to('OFF'), machine([boot]))).toMatchInlineSnapshot(`
      "refused: cannot recover workstation dev: there is no snapshot of disk data
      → choose: put the missing disk back; or chews apply dev --remove-disk data goes on without it; or chews delete dev gives everything up"
    `);
  });
  it('recover: ON but for a lost disk', () => {
    expect(text(recover, machine([boot], running))).toMatchInlineSnapshot(`
      "refused: cannot recover workstation dev: disk data is gone, and there is no snapshot of it in the newest set
      → choose: chews down dev first; or chews delete dev gives everything up"
    `);
  });
  it('recover: a rehydrate of the older set cut off', () => {
    expect(text(recover, { disks: [restored('boot', OLD)], snapshots: [...set(OLD), ...set()] }))
      .toMatchInlineSnapshot(`
      "dev: INCONSISTENT → DESSICATED
        1  delete disk dev-boot, once it is proven to be in the set"
    `);
  });
  it('rehydrate: unused copies of an older set go before the newest set is taken', () => {
    const parts = { disks: [restored('boot', OLD)], snapshots: [...set(OLD), ...set()] };
    expect(text(rehydrate, parts)).toMatchInlineSnapshot(`
      "dev: INCONSISTENT → ON
        1  delete disk dev-boot
        note: unused copies of another set go first"
    `);
    expect(text({ ...rehydrate, set: NEW }, parts)).toBe(text(rehydrate, parts));
  });
  const overtaken = (changes: Partial<Disk> = {}): Parts => ({
    ...machine([restored('boot', OLD, changes), restored('data', OLD, changes)]),
    snapshots: [...set(OLD), ...set()],
  });
  it('recover: disks of an older set that a run that was held up put there', () => {
    expect(text(recover, overtaken())).toMatchInlineSnapshot(`
      "dev: INCONSISTENT → DESSICATED
        1  see that no disk is deleted along with VM dev
        2  delete VM dev, which keeps its disks  (after 1)
        3  delete disk dev-boot, once it is proven to be in the set  (after 2)
        4  delete disk dev-data, once it is proven to be in the set  (after 2)"
    `);
  });
  it('recover: the same, and somebody has worked on them since', () => {
    expect(text(recover, overtaken({ ...later }))).toMatchInlineSnapshot(`
      "refused: cannot recover workstation dev: set 20260101020000 was taken of other disks, after boot, data was made: a run that was held up put it there
      → choose: chews dessicate dev keeps what is on its disks as the newest set, and the older sets beside it; or chews delete dev gives everything up"
    `);
    expect(text(up, overtaken({ ...later }))).toMatchInlineSnapshot(`
      "refused: cannot switch on workstation dev: set 20260101020000 was taken of other disks, after boot, data was made: a run that was held up put it there
      → chews recover dev"
    `);
  });
  it('dessicate: the same, which keeps them as the newest set', () => {
    expect(text(dessicate, overtaken({ ...later }))).toMatchInlineSnapshot(`
      "dev: INCONSISTENT → DESSICATED
        1  snapshot disk dev-boot as ss-dev-boot-20260101030000
        2  snapshot disk dev-data as ss-dev-data-20260101030000
        3  see that no disk is deleted along with VM dev  (after 1, 2)
        4  delete VM dev, which keeps its disks  (after 3)
        5  delete disk dev-boot, once it is proven to be in the set  (after 4)
        6  delete disk dev-data, once it is proven to be in the set  (after 4)"
    `);
  });
  it('dessicate: a set whose order is in doubt is not used again', () => {
    const sets = [...set(OLD, { takenAtMs: timeOf(NEW) + 1 }), ...set()];
    expect(text(dessicate, { ...off, snapshots: sets })).toMatchInlineSnapshot(`
      "dev: OFF → DESSICATED
        1  snapshot disk dev-boot as ss-dev-boot-20260101030000
        2  snapshot disk dev-data as ss-dev-data-20260101030000
        3  see that no disk is deleted along with VM dev  (after 1, 2)
        4  delete VM dev, which keeps its disks  (after 3)
        5  delete disk dev-boot, once it is proven to be in the set  (after 4)
        6  delete disk dev-data, once it is proven to be in the set  (after 4)"
    `);
  });
  it.each([
    ['OFF', to('ON'), off, up],
    ['OFF', to('DESSICATED'), off, dessicate],
    ['ON', to('OFF'), on, down],
    ['DESSICATED', to('OFF'), away, rehydrateOff],
    ['DESSICATED', to('ON'), away, up],
  ] as const)('recover from %s --to another normal state does what leads there', (_, goal, parts, same) => {
    expect(text(goal, parts)).toBe(text(same, parts));
    expect(planned(goal, parts).goal).toBe('recover');
  });
  it('recover --to OFF: one disk back of an older set, the other away', () => {
    const parts = { disks: [restored('boot', OLD)], snapshots: [...set(OLD), ...set()] };
    expect(text(to('OFF'), parts)).toMatchInlineSnapshot(`
      "dev: INCONSISTENT → OFF
        1  delete disk dev-boot
        note: unused copies of another set go first"
    `);
  });
  it('apply --remove-disk data --remove-disk more: one of them lost', () => {
    const sealed = disk('boot', { labels: { ...boot.labels, members: ['boot', 'data', 'more'] } });
    const goal: Goal = { ...applyRemove, removeDisks: ['data', 'more'] };
    expect(text(goal, machine([sealed, data]), { file: one })).toMatchInlineSnapshot(`
      "refused: cannot apply workstation dev: the last set cannot hold a disk that is gone or unusable
      → chews apply dev --remove-disk more first"
    `);
  });
  it('up: OFF, every disk detached, the boot disk goes first', () => {
    const file: Partial<Workstation> = { disks: [diskSpec('data'), diskSpec('boot'), diskSpec('more')] };
    const parts = { vms: [vm()], disks: [disk('more'), data, boot] };
    expect(text(up, parts, { file })).toMatchInlineSnapshot(`
      "dev: OFF → ON
        1  attach disk dev-boot
        2  attach disk dev-data  (after 1)
        3  attach disk dev-more  (after 1)
        4  start VM dev  (after 1, 2, 3)
        5  wait for VM dev to answer on ssh  (after 4)"
    `);
    expect(text(up, { ...machine([boot]), disks: [...machine([boot]).disks, data, disk('more')] }))
      .toMatchInlineSnapshot(`
      "dev: OFF → ON
        1  attach disk dev-data
        2  attach disk dev-more
        3  start VM dev  (after 1, 2)
        4  wait for VM dev to answer on ssh  (after 3)"
    `);
  });
  it('apply --remove-disk data: a disk attached to nothing is not attached first', () => {
    const parts = { vms: machine([boot]).vms, disks: [...machine([boot]).disks, data], snapshots: set() };
    expect(text(applyRemove, parts, { file: one })).toMatchInlineSnapshot(`
      "dev: OFF → OFF
        1  note on dev-boot which disks belong together
        2  detach disk dev-data  (after 1)
        3  delete disk dev-data  (after 2)"
    `);
  });
  it('apply --remove-disk data: an unusable disk', () => {
    const parts = machine([boot, { ...data, status: 'failed', statusText: 'ERROR' }]);
    expect(text(applyRemove, parts, { file: one })).toMatchInlineSnapshot(`
      "refused: cannot apply workstation dev: disk data is unusable, and no snapshot provably holds what is on it
      → delete disk dev-data with the provider’s own tools, then run the command again"
    `);
  });
  it('apply --remove-disk data: an unusable disk that the set holds', () => {
    const parts = {
      ...machine([boot, { ...data, status: 'failed', statusText: 'ERROR' }]),
      snapshots: set(),
    };
    expect(text(applyRemove, parts, { file: one })).toMatchInlineSnapshot(`
      "dev: INCONSISTENT → OFF
        1  note on dev-boot which disks belong together
        2  detach disk dev-data  (after 1)
        3  delete disk dev-data  (after 2)"
    `);
  });
  it('recover: a VM whose disks are all lost', () => {
    const parts = { vms: [vm({ attachments: [attachment(boot), attachment(data)] })] };
    expect(text(recover, parts)).toMatchInlineSnapshot(`
      "refused: cannot recover workstation dev: disk boot is gone, and there is no snapshot of it in the newest set; disk data is gone, and there is no snapshot of it in the newest set
      → choose: put the missing disk back; or chews delete dev gives everything up"
    `);
  });
  it('recover: two lost disks, one of them in a set', () => {
    const sealed = disk('boot', { ...later, labels: { ...boot.labels, members: ['boot', 'data', 'more'] } });
    const parts = { ...machine([sealed]), snapshots: set() };
    expect(text(recover, parts, { file: three })).toMatchInlineSnapshot(`
      "refused: cannot recover workstation dev: disk data is gone, its last snapshot is ss-dev-data-20260101020000; disk more is gone, and there is no snapshot of it in the newest set
      → choose: put the missing disk back; or chews apply dev --remove-disk data --remove-disk more goes on without it; or chews delete dev gives everything up"
    `);
    expect(text(to('OFF'), parts, { file: three })).toMatchInlineSnapshot(`
      "refused: cannot recover workstation dev: there is no snapshot of disk more
      → choose: put the missing disk back; or chews apply dev --remove-disk data --remove-disk more goes on without it; or chews delete dev gives everything up"
    `);
  });
  it('recover: an unusable disk', () => {
    expect(text(recover, machine([boot, { ...data, status: 'failed', statusText: 'ERROR' }])))
      .toMatchInlineSnapshot(`
      "refused: cannot recover workstation dev: disk data is unusable: ERROR
      → choose: delete disk dev-data with the provider’s own tools, then run chews recover dev again; or chews delete dev gives everything up"
    `);
  });
  it('recover --to OFF: an unusable disk that the set holds', () => {
    expect(
      text(to('OFF'), {
        ...machine([boot, { ...data, status: 'failed', statusText: 'ERROR' }]),
        snapshots: set(),
      }),
    ).toMatchInlineSnapshot(`
      "refused: cannot recover workstation dev: disk data is unusable and still there
      → choose: delete disk dev-data with the provider’s own tools, then run chews recover dev again; or chews delete dev gives everything up"
    `);
  });
  it('recover: a broken newest set', () => {
    expect(text(recover, broken)).toMatchInlineSnapshot(`
      "refused: cannot recover workstation dev: the newest snapshot set 20260101020000 is not whole: it holds 1 of 2 disks
      → choose: put the missing snapshot back; or chews rehydrate dev --set 20260101000000 goes back to that older set; or chews delete dev gives everything up"
    `);
  });
  it('recover: half a set and nothing else', () => {
    expect(text(recover, { snapshots: [snapshot('boot')] })).toMatchInlineSnapshot(`
      "refused: cannot recover workstation dev: the newest snapshot set 20260101020000 is not whole: it holds 1 of 2 disks
      → choose: put the missing snapshot back; or chews delete dev gives everything up"
    `);
  });
  it('recover: a running VM without one of its disks', () => {
    expect(text(recover, loose)).toMatchInlineSnapshot(`
      "dev: INCONSISTENT → ON
        1  note on dev that it is to end ON
        2  stop VM dev  (after 1)
        3  attach disk dev-data  (after 2)
        4  start VM dev  (after 3)
        5  clear the note on dev  (after 4)
        6  wait for VM dev to answer on ssh  (after 4)"
    `);
  });
  it('recover: a running VM without one of its disks, on a cloud', () => {
    expect(text(recover, loose, { can: cloud })).toMatchInlineSnapshot(`
      "dev: INCONSISTENT → ON
        1  attach disk dev-data"
    `);
  });
  it('recover: a deletion begun', () => {
    expect(text(recover, deleting)).toMatchInlineSnapshot(`
      "refused: cannot recover workstation dev: its deletion was begun and not finished (1 assets are marked)
      → chews delete dev goes on with it; chews recover dev --to OFF takes it back"
    `);
  });
  it('recover --to OFF: a deletion begun', () => {
    expect(text(to('OFF'), deleting)).toMatchInlineSnapshot(`
      "dev: INCONSISTENT → OFF
        1  take the deletion mark off dev-boot
        2  take the deletion mark off dev-data
        3  take the deletion mark off ss-dev-boot-20260101020000
        4  take the deletion mark off ss-dev-data-20260101020000"
    `);
  });
  it('recover: a deletion half done', () => {
    expect(text(recover, { disks: [marked(boot)], snapshots: set() })).toMatchInlineSnapshot(`
      "refused: cannot recover workstation dev: its deletion was begun and not finished (1 assets are marked)
      → chews delete dev goes on with it"
    `);
  });
  it('recover --to OFF: a deletion half done', () => {
    expect(text(to('OFF'), { disks: [marked(boot)], snapshots: set() })).toMatchInlineSnapshot(`
      "refused: cannot recover workstation dev: its deletion was begun and not finished (1 assets are marked)
      → chews delete dev goes on with it"
    `);
  });
  it('recover --to DESSICATED: a deletion begun, DESSICATED', () => {
    expect(text(to('DESSICATED'), { snapshots: set().map(marked) })).toMatchInlineSnapshot(`
      "dev: INCONSISTENT → DESSICATED
        1  take the deletion mark off ss-dev-boot-20260101020000
        2  take the deletion mark off ss-dev-data-20260101020000"
    `);
  });
  it('recover: two VMs', () => {
    expect(text(recover, { vms: [vm(), vm({ id: 'vm-2', location: 'south' })], disks: [boot, data] }))
      .toMatchInlineSnapshot(`
      "refused: cannot recover workstation dev: there are 2 VMs named dev: vm-1 in north, vm-2 in south
      → chews never picks: put it right with the provider’s own tools"
    `);
  });
  it('recover: sets in disorder', () => {
    expect(text(recover, { snapshots: [...set(OLD, { takenAtMs: timeOf(NEW) }), ...set(MIDDLE)] }))
      .toMatchInlineSnapshot(`
      "refused: cannot recover workstation dev: by its name set 20260101010000 is the newest, by the provider's clock set 20260101000000 is
      → choose: chews rehydrate dev --set TIMESTAMP goes on from the set that you know to be the newest: 20260101000000, 20260101010000; or chews delete dev gives everything up"
    `);
  });
  it('recover --to OFF: a lost disk that an older set holds', () => {
    expect(text(to('OFF'), { ...machine([boot]), snapshots: [...set(OLD), snapshot('boot')] }))
      .toMatchInlineSnapshot(`
      "dev: INCONSISTENT → OFF
        1  make disk dev-data (10GB, standard) from its snapshot
        2  see that no disk is deleted along with VM dev  (after 1)
        3  delete VM dev, which keeps its disks  (after 2)
        4  make VM dev (2 cpu, 4GB) of 2 disks  (after 3)"
    `);
  });
  it('recover: a lost boot disk that was never put away', () => {
    expect(text(recover, { ...machine([data]), disks: [...machine([data]).disks], snapshots: [] }))
      .toMatchInlineSnapshot(`
      "refused: cannot recover workstation dev: disk boot is gone, and there is no snapshot of it in the newest set
      → choose: put the missing disk back; or chews delete dev gives everything up"
    `);
  });
});

describe('delete', () => {
  it('delete: NOT_EXIST', () => {
    expect(text(remove, none)).toMatchInlineSnapshot(`"nothing: dev does not exist"`);
  });
  it('delete: ON', () => {
    expect(text(remove, on)).toMatchInlineSnapshot(`
      "dev: ON → NOT_EXIST
        1  mark dev for deletion
        2  mark dev-boot for deletion
        3  mark dev-data for deletion
        4  stop VM dev  (after 1, 2, 3)
        5  see that no disk is deleted along with VM dev  (after 4)
        6  delete VM dev, which keeps its disks  (after 5)
        7  delete disk dev-boot  (after 6)
        8  delete disk dev-data  (after 6)"
    `);
  });
  it('delete: OFF', () => {
    expect(text(remove, off)).toMatchInlineSnapshot(`
      "dev: OFF → NOT_EXIST
        1  mark dev for deletion
        2  mark dev-boot for deletion
        3  mark dev-data for deletion
        4  see that no disk is deleted along with VM dev  (after 1, 2, 3)
        5  delete VM dev, which keeps its disks  (after 4)
        6  delete disk dev-boot  (after 5)
        7  delete disk dev-data  (after 5)"
    `);
  });
  it('delete: OFF since before its set', () => {
    expect(text(remove, { ...off, snapshots: set() })).toMatchInlineSnapshot(`
      "dev: OFF → NOT_EXIST
         1  mark dev for deletion
         2  mark dev-boot for deletion
         3  mark dev-data for deletion
         4  mark ss-dev-boot-20260101020000 for deletion
         5  mark ss-dev-data-20260101020000 for deletion
         6  see that no disk is deleted along with VM dev  (after 1, 2, 3, 4, 5)
         7  delete VM dev, which keeps its disks  (after 6)
         8  delete disk dev-boot  (after 7)
         9  delete disk dev-data  (after 7)
        10  delete snapshot ss-dev-boot-20260101020000  (after 8, 9)
        11  delete snapshot ss-dev-data-20260101020000  (after 8, 9)"
    `);
  });
  it('delete: DESSICATED', () => {
    expect(text(remove, away)).toMatchInlineSnapshot(`
      "dev: DESSICATED → NOT_EXIST
        1  mark ss-dev-boot-20260101020000 for deletion
        2  mark ss-dev-data-20260101020000 for deletion
        3  delete snapshot ss-dev-boot-20260101020000  (after 1, 2)
        4  delete snapshot ss-dev-data-20260101020000  (after 1, 2)"
    `);
  });
  it('delete: a dessicate cut off between two disks', () => {
    expect(text(remove, halfAway)).toMatchInlineSnapshot(`
      "dev: INCONSISTENT → NOT_EXIST
        1  mark dev-data for deletion
        2  mark ss-dev-boot-20260101020000 for deletion
        3  mark ss-dev-data-20260101020000 for deletion
        4  delete disk dev-data  (after 1, 2, 3)
        5  delete snapshot ss-dev-boot-20260101020000  (after 4)
        6  delete snapshot ss-dev-data-20260101020000  (after 4)"
    `);
  });
  it('delete: a lost disk', () => {
    expect(text(remove, lost)).toMatchInlineSnapshot(`
      "dev: INCONSISTENT → NOT_EXIST
        1  mark dev-boot for deletion
        2  mark ss-dev-boot-20260101020000 for deletion
        3  mark ss-dev-data-20260101020000 for deletion
        4  delete disk dev-boot  (after 1, 2, 3)
        5  delete snapshot ss-dev-boot-20260101020000  (after 4)
        6  delete snapshot ss-dev-data-20260101020000  (after 4)"
    `);
  });
  it('delete: a deletion begun', () => {
    expect(text(remove, deleting)).toMatchInlineSnapshot(`
      "dev: INCONSISTENT → NOT_EXIST
        1  mark dev-data for deletion
        2  mark ss-dev-boot-20260101020000 for deletion
        3  mark ss-dev-data-20260101020000 for deletion
        4  delete disk dev-boot  (after 1, 2, 3)
        5  delete disk dev-data  (after 1, 2, 3)
        6  delete snapshot ss-dev-boot-20260101020000  (after 4, 5)
        7  delete snapshot ss-dev-data-20260101020000  (after 4, 5)"
    `);
  });
  it('delete: CHANGING', () => {
    expect(text(remove, busy)).toMatchInlineSnapshot(`
      "busy: cannot delete workstation dev: VM dev is STOPPING
      → wait until its provider has finished, then run chews delete dev again"
    `);
  });
  it('delete: two VMs', () => {
    expect(text(remove, { vms: [vm(), vm({ id: 'vm-2', location: 'south' })], disks: [boot, data] }))
      .toMatchInlineSnapshot(`
      "refused: cannot delete workstation dev: there are 2 VMs named dev: vm-1 in north, vm-2 in south
      → chews never picks: put it right with the provider’s own tools"
    `);
  });
});

describe('what a plan says beyond its text', () => {
  it.each<[string, Goal, Parts, boolean]>([
    ['create', create, none, true],
    ['create, cut off between two disks', create, { disks: [freshBoot] }, true],
    ['create, cut off before the VM', create, { disks: [freshBoot, disk('data', never)] }, true],
    ['recover of that', recover, { disks: [freshBoot, disk('data', never)] }, true],
    ['up from DESSICATED', up, away, false],
    ['up after the VM was deleted', up, vmGone, false],
    [
      'recover where one disk is a copy',
      recover,
      { disks: [freshBoot, restored('data')], snapshots: set() },
      false,
    ],
  ])('first-boot data goes along only where no disk was ever used: %s', (_, goal, parts, expected) => {
    const vmStep = planned(goal, parts).steps.find(({ action }) => action.kind === 'create-vm');
    const firstBoot = vmStep?.action.kind === 'create-vm' && vmStep.action.firstBoot;
    expect(firstBoot).toBe(expected);
  });
});

describe('what is made says whose it is', () => {
  const actions = (goal: Goal, parts: Parts, options: Circumstances = {}) =>
    planned(goal, parts, options).steps.map(({ action }) => action);
  const ours = { workstation: 'dev', owner: 'a1b2c3d4' };

  it('snapshots: which of how many', () => {
    expect(
      actions(dessicate, off).flatMap((action) => (action.kind === 'snapshot-disk' ? [action.labels] : [])),
    ).toEqual([
      { ...ours, disk: 'boot', role: 'boot', set: '20260101030000', setIndex: 1, setSize: 2, clean: true },
      { ...ours, disk: 'data', role: 'data', set: '20260101030000', setIndex: 2, setSize: 2, clean: true },
    ]);
  });

  it('disks: of which snapshot, and the list of all on the boot disk', () => {
    const made = actions(up, away);
    expect(made.flatMap((action) => (action.kind === 'create-disk' ? [action.labels] : []))).toEqual([
      { ...ours, disk: 'boot', role: 'boot', restoredFrom: `snapshot-boot-${NEW}` },
      { ...ours, disk: 'data', role: 'data', restoredFrom: `snapshot-data-${NEW}` },
    ]);
    expect(made.find((action) => action.kind === 'set-labels')?.labels).toEqual({
      members: ['boot', 'data'],
    });
  });

  it('the VM: with the key and the user of the file', () => {
    const file = { sshKey: 'ssh-ed25519 AAAA', sshUser: 'ann' };
    const [made] = actions(up, vmGone, { file });
    expect(made).toMatchObject({ kind: 'create-vm', labels: ours, ...file, location: 'north' });
    const [plain] = actions(up, vmGone);
    expect(plain !== undefined && ('sshKey' in plain || 'sshUser' in plain)).toBe(false);
  });

  it('where the live disks are, else where the VM is, else where the file wants it first', () => {
    const south = { disks: [disk('boot', { location: 'south' }), disk('data', { location: 'south' })] };
    expect(actions(up, south)[0]).toMatchObject({ kind: 'create-vm', location: 'south' });
    const file = { locations: ['east', 'south'] as const };
    expect(actions(create, none, { file: { locations: ['east', 'south'] } })[0]).toMatchObject({
      location: file.locations[0],
    });
    const held = {
      vms: [vm({ location: 'west', attachments: [attachment(boot), attachment(data)] })],
      snapshots: set(),
    };
    expect(actions(up, held)[0]).toMatchObject({ kind: 'create-disk', location: 'west' });
  });
});
