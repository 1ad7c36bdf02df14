import { describe, expect, it } from 'vitest';
import type { Disk } from '../../src/core/assets.ts';
import type { Goal } from '../../src/core/plan.ts';
import { addSnapshots, commandTo, draft } from '../../src/core/planParts.ts';
import {
  disk,
  diskName,
  diskSpec,
  GB,
  machine,
  NEW,
  OLD,
  OWNER,
  type Parts,
  running,
  set,
  snapshot,
  snapshotName,
  timeOf,
  without,
} from '../support/builders.ts';
import { actionsOf, requestOf, text } from '../support/decide.ts';

const boot = disk('boot');
const data = disk('data');
const bootRef = { name: diskName('boot'), id: 'disk-boot' };
const dataRef = { name: diskName('data'), id: 'disk-data' };
const vmRef = { name: 'dev', id: 'vm-1' };
const ours = { workstation: 'dev', owner: OWNER };
const after = '20260101030000';
const later = { lastWritable: { kind: 'at', atMs: timeOf(NEW) + 1 } } as const;
const failed = { status: 'failed', statusText: 'ERROR' } as const;
const create: Goal = { kind: 'create', off: false };
const up: Goal = { kind: 'up' };
const dessicate: Goal = { kind: 'dessicate', stop: false };
const removeOf = (...removeDisks: string[]): Goal => ({ kind: 'apply', stop: false, removeDisks });
const sealedOver = (...members: string[]) => ({ ...boot.labels, members });
const noted = (of: Disk) => ({ ...of, labels: { ...of.labels, putInto: NEW } });

describe('the steps of a plan, as a provider gets them', () => {
  it('a new workstation: whose every asset is, from its first call', () => {
    const made = { location: 'north', sizeBytes: 10 * GB, type: 'standard' };
    expect(actionsOf(create, {})).toStrictEqual([
      {
        kind: 'create-disk',
        name: diskName('boot'),
        ...made,
        source: { from: 'image', image: 'debian-13' },
        labels: { ...ours, disk: 'boot', role: 'boot' },
      },
      {
        kind: 'create-disk',
        name: diskName('data'),
        ...made,
        source: { from: 'blank' },
        labels: { ...ours, disk: 'data', role: 'data' },
      },
      {
        kind: 'set-labels',
        assetKind: 'disk',
        asset: { name: diskName('boot') },
        labels: { members: ['boot', 'data'] },
      },
      {
        kind: 'create-vm',
        name: 'dev',
        location: 'north',
        size: { cpus: 2, memoryBytes: 4 * GB },
        image: 'debian-13',
        disks: [{ name: diskName('boot') }, { name: diskName('data') }],
        labels: ours,
        firstBoot: true,
      },
      { kind: 'start-vm', vm: { name: 'dev' } },
      { kind: 'await-guest', vm: { name: 'dev' } },
    ]);
  });

  it('a configuration without an id labels nothing as its own', () => {
    const [made] = actionsOf(create, {}, { by: { owner: undefined as never } });
    expect(made).toMatchObject({ labels: { workstation: 'dev' } });
    expect(made?.kind === 'create-disk' && 'owner' in made.labels).toBe(false);
  });

  it('put away: all of it into one set, the VM too', () => {
    const taken = { location: 'north' };
    const labels = { ...ours, set: after, setSize: 2, clean: true };
    expect(actionsOf({ kind: 'dessicate', stop: true }, machine([boot, data], running))).toStrictEqual([
      { kind: 'stop-vm', vm: vmRef },
      {
        kind: 'snapshot-disk',
        disk: bootRef,
        name: snapshotName('boot', after),
        ...taken,
        labels: { ...labels, disk: 'boot', role: 'boot', setIndex: 1 },
      },
      {
        kind: 'snapshot-disk',
        disk: dataRef,
        name: snapshotName('data', after),
        ...taken,
        labels: { ...labels, disk: 'data', role: 'data', setIndex: 2 },
      },
      { kind: 'clear-deletion-flags', vm: vmRef },
      { kind: 'delete-vm', vm: vmRef, into: after },
      { kind: 'delete-disk', disk: bootRef, into: after },
      { kind: 'delete-disk', disk: dataRef, into: after },
    ]);
  });

  it('a VM that is made anew of the same disks is put away into no set', () => {
    const parts = { ...machine([{ ...boot, ...later }]), snapshots: set() };
    const gone = actionsOf({ kind: 'recover', to: 'OFF' }, parts).find(({ kind }) => kind === 'delete-vm');
    expect(gone).toStrictEqual({ kind: 'delete-vm', vm: vmRef });
  });

  it('a stop for work: noted on the VM first, and the note taken off once it is ON', () => {
    const file = { size: { cpus: 4, memoryBytes: 8 * GB } };
    const parts = machine([boot, data], running);
    expect(actionsOf({ kind: 'resize', stop: true }, parts, { file })).toStrictEqual([
      { kind: 'set-labels', assetKind: 'vm', asset: vmRef, labels: { endOn: true } },
      { kind: 'stop-vm', vm: vmRef },
      { kind: 'resize-vm', vm: vmRef, size: file.size },
      { kind: 'start-vm', vm: vmRef },
      { kind: 'set-labels', assetKind: 'vm', asset: vmRef, labels: { endOn: undefined } },
      { kind: 'await-guest', vm: vmRef },
    ]);
  });

  it('disks that are there are named with their ids, those that are still to be made by their names', () => {
    const parts = { disks: [{ ...boot, ...later }], snapshots: set() };
    const made = actionsOf({ kind: 'recover', to: 'OFF' }, parts).find(({ kind }) => kind === 'create-vm');
    expect(made).toMatchObject({ disks: [bootRef, { name: diskName('data') }] });
    const whole = actionsOf(up, { disks: [boot, data] }).find(({ kind }) => kind === 'create-vm');
    expect(whole).toMatchObject({ disks: [bootRef, dataRef] });
  });

  it('a disk is restored where another disk of the workstation is, whatever the file says', () => {
    const parts = { disks: [disk('data', { location: 'south' })], snapshots: set() };
    expect(actionsOf(up, parts)[0]).toMatchObject({ name: diskName('boot'), location: 'south' });
  });
});

describe('a VM made of disks that were noted as put away', () => {
  it('comes after the notes were taken off: from then on the disks can be written to', () => {
    expect(text(up, { disks: [noted(boot), noted(data)], snapshots: set() })).toMatchInlineSnapshot(`
      "dev: INCONSISTENT → ON
        1  clear the note on dev-boot
        2  clear the note on dev-data
        3  make VM dev (2 cpu, 4GB) of 2 disks  (after 1, 2)
        4  start VM dev  (after 3)
        5  wait for VM dev to answer on ssh  (after 4)"
    `);
  });

  it('waits for the note of the one disk that has one', () => {
    const [note] = actionsOf(up, { disks: [boot, noted(data)], snapshots: set() });
    expect(note).toStrictEqual({
      kind: 'set-labels',
      assetKind: 'disk',
      asset: dataRef,
      labels: { putInto: undefined },
    });
  });
});

describe('an OFF workstation with loose disks', () => {
  it('is resized, then gets its disk back, then goes ON', () => {
    const { vms, disks } = machine([boot], { labels: { ...ours, endOn: true } });
    expect(
      text(
        { kind: 'resize', stop: false },
        { vms, disks: [...disks, data] },
        { file: { size: { cpus: 4, memoryBytes: GB } } },
      ),
    ).toMatchInlineSnapshot(`
      "dev: OFF → ON
        1  resize VM dev to 4 cpu, 1GB
        2  attach disk dev-data  (after 1)
        3  start VM dev  (after 1, 2)
        4  clear the note on dev  (after 3)
        5  wait for VM dev to answer on ssh  (after 3)"
    `);
  });
});

describe('the set that a workstation is put away into', () => {
  const ofDisks = (setSize: number, ...names: string[]) =>
    names.map((name) => {
      const taken = snapshot(name);
      return { ...taken, labels: { ...taken.labels, setSize } };
    });
  const snapshotsTaken = (goal: Goal, parts: Parts) =>
    actionsOf(goal, parts, { file: { disks: [diskSpec('boot')] } }).flatMap((action) =>
      action.kind === 'snapshot-disk' ? [action.name] : [],
    );

  it('is a new one where nobody knows of which disks the snapshots of the newest are', () => {
    const unnamed = set().map((taken) => ({ ...taken, labels: without(taken.labels, 'disk') }));
    expect(snapshotsTaken(dessicate, { ...machine(), snapshots: unnamed })).toEqual([
      snapshotName('boot', after),
      snapshotName('data', after),
    ]);
  });

  it('is not gone on with for the snapshot of a disk that is lost', () => {
    const parts = { ...machine([boot]), snapshots: [snapshot('data')] };
    expect(snapshotsTaken(removeOf('data'), parts)).toEqual([]);
  });

  it('is not gone on with by a snapshot of a disk that is unusable', () => {
    const broken = disk('data', { ...failed });
    const parts = {
      ...machine([disk('boot', { labels: sealedOver('boot', 'data', 'more') }), broken, disk('more')]),
      snapshots: [...set(OLD, { takenAtMs: timeOf(NEW) - 1 }), ...ofDisks(3, 'boot')],
    };
    expect(snapshotsTaken(removeOf('data'), parts)).toEqual([]);
  });

  it('is not begun anew with a snapshot of a disk that is unusable', () => {
    const parts = {
      ...machine([disk('boot', { ...later }), disk('data', { ...failed })]),
      snapshots: set(),
    };
    expect(snapshotsTaken(removeOf('data'), parts)).toEqual([]);
  });

  it('names every disk that is gone where it cannot be made', () => {
    const sealed = disk('boot', { labels: sealedOver('boot', 'data', 'more') });
    expect(text(dessicate, { disks: [sealed], snapshots: ofDisks(4, 'boot', 'data', 'more', 'other') }))
      .toMatchInlineSnapshot(`
      "refused: cannot dessicate workstation dev: disk data, more is gone, and no set provably holds all disks as they are
      → chews recover dev"
    `);
  });

  it('lets what follows wait for the same as before where it holds everything already', () => {
    const request = requestOf(dessicate, machine());
    expect(addSnapshots(request, draft(), { timestamp: NEW, take: [] }, [7])).toEqual([7]);
  });
});

describe('a plan without steps', () => {
  it('says that there is nothing to do where it has nothing better to say', () => {
    expect(draft().finish(requestOf(dessicate, {}), 'OFF')).toMatchObject({
      kind: 'nothing',
      sentence: 'there is nothing to do',
    });
  });
});

describe('the command that goes on', () => {
  it.each<[Goal, string]>([
    [{ kind: 'create', off: false }, 'chews create dev'],
    [{ kind: 'create', off: true }, 'chews create dev --off'],
    [{ kind: 'up' }, 'chews up dev'],
    [{ kind: 'down' }, 'chews down dev'],
    [{ kind: 'dessicate', stop: false }, 'chews dessicate dev'],
    [{ kind: 'dessicate', stop: true }, 'chews dessicate dev --stop'],
    [{ kind: 'rehydrate', off: false }, 'chews rehydrate dev'],
    [{ kind: 'rehydrate', off: true, set: NEW }, `chews rehydrate dev --set ${NEW} --off`],
    [{ kind: 'resize', stop: false }, 'chews resize dev'],
    [{ kind: 'resize', stop: true }, 'chews resize dev --stop'],
    [{ kind: 'apply', stop: false, removeDisks: [] }, 'chews apply dev'],
    [
      { kind: 'apply', stop: true, removeDisks: ['data', 'more'] },
      'chews apply dev --stop --remove-disk data --remove-disk more',
    ],
    [{ kind: 'recover' }, 'chews recover dev'],
    [{ kind: 'recover', to: 'OFF' }, 'chews recover dev --to OFF'],
    [{ kind: 'delete' }, 'chews delete dev'],
  ])('says again what was chosen: %j', (goal, command) => {
    expect(commandTo(goal, 'dev')).toBe(command);
  });
});
