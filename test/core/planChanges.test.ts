import { describe, expect, it } from 'vitest';
import type { Disk, Vm } from '../../src/core/assets.ts';
import type { Goal } from '../../src/core/plan.ts';
import type { Workstation } from '../../src/core/workstation.ts';
import {
  attachment,
  disk,
  diskName,
  diskSpec,
  GB,
  machine,
  MIDDLE,
  NEW,
  OLD,
  OWNER,
  type Parts,
  running,
  set,
  snapshot,
  timeOf,
  vm,
  without,
} from '../support/builders.ts';
import { actionsOf, decide, text } from '../support/decide.ts';

const boot = disk('boot');
const data = disk('data');
const more = disk('more');
const later = { lastWritable: { kind: 'at', atMs: timeOf(NEW) + 1 } } as const;
const failed: Partial<Disk> = { status: 'failed', statusText: 'ERROR' };
const sealedOver = (...members: string[]) => ({ labels: { ...boot.labels, members } });
const bootOfThree = disk('boot', sealedOver('boot', 'data', 'more'));
const one: Partial<Workstation> = { disks: [diskSpec('boot')] };
const larger: Partial<Workstation> = { size: { cpus: 4, memoryBytes: 8 * GB } };
const apply: Goal = { kind: 'apply', stop: false, removeDisks: [] };
const removing = (...removeDisks: string[]): Goal => ({ kind: 'apply', stop: false, removeDisks });
const remove: Goal = { kind: 'delete' };

describe('apply --remove-disk of a disk that is not there', () => {
  it('asks whether another was meant where the name is nearly one of its own', () => {
    expect(text(removing('dta'), machine(), { file: one })).toMatchInlineSnapshot(`
      "usage: cannot apply workstation dev: it has no disk dta
      → did you mean data?"
    `);
  });

  it('says where its last content is where it was let go before', () => {
    const parts = {
      ...machine([disk('boot', sealedOver('boot'))]),
      snapshots: [...set(OLD), ...set(MIDDLE), snapshot('boot')],
    };
    expect(text(removing('data'), parts, { file: one })).toMatchInlineSnapshot(`
      "nothing: dev is as the file wants it
      note: disk data is gone already; its last content is in set 20260101010000"
    `);
  });

  it('says where its last content is where it is made anew', () => {
    const parts = {
      ...machine([disk('boot', sealedOver('boot'))]),
      snapshots: [...set(OLD), ...set(MIDDLE), snapshot('boot')],
    };
    expect(text({ kind: 'apply', stop: false, removeDisks: [] }, parts)).toContain(
      `\n  note: disk data is made blank: what one of that name held is in set ${MIDDLE}`,
    );
    const never = { ...parts, snapshots: [snapshot('boot')] };
    expect(text({ kind: 'apply', stop: false, removeDisks: [] }, never)).not.toContain('  note: ');
  });

  it('says so too where its name is nearly one of those that are left', () => {
    const parts = {
      ...machine([disk('boot', sealedOver('boot', 'data')), data]),
      snapshots: [snapshot('data2'), snapshot('boot')],
    };
    expect(text(removing('data2'), parts)).toMatchInlineSnapshot(`
      "nothing: dev is as the file wants it
      note: disk data2 is gone already; its last content is in set 20260101020000"
    `);
  });
});

describe('apply --remove-disk of a disk that is gone', () => {
  it('takes it off the VM by the id that this names, and asks nothing of a VM that it was taken off', () => {
    const { vms, disks } = machine([boot, data]);
    const [dev] = vms;
    const lost = { vms, disks: disks.filter(({ name }) => name !== data.name) };
    expect(actionsOf(removing('data'), lost, { file: one }).map(({ kind }) => kind)).toEqual([
      'set-labels',
      'detach-disk',
    ]);
    expect(actionsOf(removing('data'), lost, { file: one })[1]).toEqual({
      kind: 'detach-disk',
      vm: { name: 'dev', id: 'vm-1' },
      disk: { name: data.name, id: data.id },
    });
    const off = { ...lost, vms: [{ ...vm(), ...dev, attachments: [attachment(boot)] }] };
    expect(actionsOf(removing('data'), off, { file: one }).map(({ kind }) => kind)).toEqual(['set-labels']);
  });

  const unmended = (parts: Parts, ...names: string[]) => text(removing(...names), parts, { file: one });

  it('is refused while the VM runs', () => {
    expect(unmended(machine([boot], running), 'data')).toMatchInlineSnapshot(`
      "refused: cannot apply workstation dev: disk data is gone, and there is no snapshot of it in the newest set
      → chews recover dev"
    `);
  });

  it('is refused where the VM is gone too', () => {
    expect(unmended({ disks: [{ ...boot, ...later }], snapshots: set() }, 'data')).toMatchInlineSnapshot(`
      "refused: cannot apply workstation dev: disk data is gone, its last snapshot is ss-dev-data-20260101020000
      → chews recover dev"
    `);
  });

  it('is refused where others are gone that nobody gave up', () => {
    const sealed = disk('boot', { ...sealedOver('boot', 'data', 'more', 'other'), ...later });
    expect(unmended(machine([sealed]), 'data')).toMatchInlineSnapshot(`
      "refused: cannot apply workstation dev: disk more, other is gone too
      → chews recover dev"
    `);
  });

  it('waits where a disk that nobody gave up is gone, though it is there itself', () => {
    const sealed = disk('boot', { ...sealedOver('boot', 'data', 'more'), ...later });
    expect(unmended(machine([sealed, data]), 'data')).toMatchInlineSnapshot(`
      "refused: cannot apply workstation dev: disk more is gone too
      → chews recover dev"
    `);
  });

  it('goes first where others are still there', () => {
    const sealed = disk('boot', sealedOver('boot', 'data', 'more', 'other'));
    expect(unmended(machine([sealed, data]), 'data', 'more', 'other')).toMatchInlineSnapshot(`
      "refused: cannot apply workstation dev: the last set cannot hold a disk that is gone or unusable
      → chews apply dev --remove-disk more --remove-disk other first"
    `);
  });

  it('goes first, too, where it is unusable: no last set can be taken of what is still there', () => {
    const parts = { ...machine([bootOfThree, disk('data', failed), more]), snapshots: set() };
    expect(unmended(parts, 'data', 'more')).toMatchInlineSnapshot(`
      "refused: cannot apply workstation dev: the last set cannot hold a disk that is gone or unusable
      → chews apply dev --remove-disk data first"
    `);
  });

  it('takes them off the VM one after the other', () => {
    const labels = { workstation: 'dev', owner: OWNER, endOn: true } as const;
    const { vms, disks } = machine([bootOfThree, data, more], { labels });
    const parts = { vms, disks: disks.filter(({ name }) => name === boot.name) };
    expect(unmended(parts, 'data', 'more')).toMatchInlineSnapshot(`
      "dev: INCONSISTENT → ON
        1  note on dev-boot which disks belong together
        2  detach disk dev-data  (after 1)
        3  detach disk dev-more  (after 2)
        4  start VM dev  (after 3)
        5  clear the note on dev  (after 4)
        6  wait for VM dev to answer on ssh  (after 4)"
    `);
  });
});

describe('apply --remove-disk', () => {
  it('says which disks go, and asks for all of them again, where the workstation is ON', () => {
    const file = { ...one, ...larger };
    const parts = machine([bootOfThree, data, more], running);
    expect(text(removing('data', 'more'), parts, { file })).toMatchInlineSnapshot(`
      "usage: cannot apply workstation dev: it is ON, and this needs it OFF: disk data, more goes, with a last snapshot kept; its size changes
      → chews apply dev --stop --remove-disk data --remove-disk more stops it, changes it and starts it again"
    `);
  });

  it('lets one go and leaves the others, with a note', () => {
    expect(text(removing('more'), machine([bootOfThree, data, more]), { file: one })).toMatchInlineSnapshot(`
      "dev: OFF → OFF
        1  snapshot disk dev-boot as ss-dev-boot-20260101030000
        2  snapshot disk dev-data as ss-dev-data-20260101030000
        3  snapshot disk dev-more as ss-dev-more-20260101030000
        4  note on dev-boot which disks belong together  (after 1, 2, 3)
        5  detach disk dev-more  (after 4)
        6  delete disk dev-more  (after 5)
        note: disk data exists and is no longer in the file: chews apply dev --remove-disk data lets it go with a last snapshot kept"
    `);
  });

  it('takes the disk off the list before it goes, by its id', () => {
    const labelled = actionsOf(removing('data'), machine(), { file: one }).slice(2);
    expect(labelled).toStrictEqual([
      {
        kind: 'set-labels',
        assetKind: 'disk',
        asset: { name: diskName('boot'), id: 'disk-boot' },
        labels: { members: ['boot'] },
      },
      {
        kind: 'detach-disk',
        vm: { name: 'dev', id: 'vm-1' },
        disk: { name: diskName('data'), id: 'disk-data' },
      },
      { kind: 'delete-disk', disk: { name: diskName('data'), id: 'disk-data' } },
    ]);
  });

  it('writes the list twice where another disk is made: without the one that goes, then with the new one', () => {
    const file = { disks: [diskSpec('boot'), diskSpec('more')] } as const;
    const lists = actionsOf(removing('data'), machine(), { file }).flatMap((action) =>
      action.kind === 'set-labels' ? [action.labels.members] : [],
    );
    expect(lists).toEqual([['boot'], ['boot', 'more']]);
  });

  it('writes the list once where it was never written before', () => {
    const unsealed = { labels: { workstation: 'dev', owner: OWNER, disk: 'boot', role: 'boot' } } as const;
    expect(text(removing('data'), machine([disk('boot', unsealed), data]), { file: one }))
      .toMatchInlineSnapshot(`
      "dev: OFF → OFF
        1  snapshot disk dev-boot as ss-dev-boot-20260101030000
        2  snapshot disk dev-data as ss-dev-data-20260101030000
        3  note on dev-boot which disks belong together  (after 1, 2)
        4  detach disk dev-data  (after 3)
        5  delete disk dev-data  (after 4)"
    `);
  });

  it('takes a new set of a VM that runs, whatever the provider says of when its disks were written', () => {
    const on = machine([boot, data], running);
    const disks = on.disks.map((held) => ({ ...held, lastWritable: boot.lastWritable }));
    const goal: Goal = { kind: 'apply', stop: true, removeDisks: ['data'] };
    expect(text(goal, { vms: on.vms, disks, snapshots: set() }, { file: one })).toMatchInlineSnapshot(`
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

  it('attaches other disks that are loose, and not the one that goes', () => {
    const held = machine([bootOfThree]);
    const parts = { vms: held.vms, disks: [...held.disks, data, more], snapshots: [] };
    expect(text(removing('data'), parts, { file: { disks: [diskSpec('boot'), diskSpec('more')] } }))
      .toMatchInlineSnapshot(`
      "dev: OFF → OFF
        1  snapshot disk dev-boot as ss-dev-boot-20260101030000
        2  snapshot disk dev-more as ss-dev-more-20260101030000
        3  snapshot disk dev-data as ss-dev-data-20260101030000
        4  note on dev-boot which disks belong together  (after 1, 2, 3)
        5  detach disk dev-data  (after 4)
        6  delete disk dev-data  (after 5)
        7  attach disk dev-more  (after 6)"
    `);
  });
});

describe('apply where the provider cannot do it in place', () => {
  const grown: Partial<Workstation> = { disks: [diskSpec('boot'), diskSpec('data', { sizeBytes: 20 * GB })] };

  it.each([
    ['a larger size', larger, { resize: 'never' }],
    ['a larger disk', grown, { grow: 'never' }],
  ] as const)('leaves %s alone', (_, file, can) => {
    expect(decide(apply, machine(), { file, can }).kind).toBe('nothing');
  });

  it('says what every change is that needs it OFF', () => {
    const file = {
      ...larger,
      disks: [diskSpec('boot', { type: 'fast' }), diskSpec('data', { sizeBytes: 20 * GB })],
    } as const;
    expect(text(apply, machine([boot, data], running), { file })).toMatchInlineSnapshot(`
      "usage: cannot apply workstation dev: it is ON, and this needs it OFF: its size changes; disk boot becomes fast; disk data grows to 20GB
      → chews apply dev --stop stops it, changes it and starts it again"
    `);
  });

  it('says so beside what it does while it runs', () => {
    const file = {
      ...larger,
      disks: [diskSpec('boot', { type: 'fast' }), diskSpec('data', { sizeBytes: 20 * GB })],
    } as const;
    expect(text(apply, machine([boot, data], running), { file, can: { grow: 'running' } }))
      .toMatchInlineSnapshot(`
      "dev: ON → ON
        1  grow disk dev-data to 20GB
        note: left, because it needs dev OFF: its size changes; disk boot becomes fast; chews apply dev --stop stops it, changes it and starts it again"
    `);
  });
});

describe('delete', () => {
  const strange: Partial<Vm> = { id: 'vm-9', name: 'other', labels: {} };

  it.each<[string, Parts]>([
    ['a VM of a status that nobody knows', machine([boot, data], { status: 'unknown', statusText: 'WARP' })],
    ['a VM that is suspended', machine([boot, data], { status: 'suspended', statusText: 'SUSPENDED' })],
    [
      'a disk that a stranger holds',
      { vms: [vm(strange)], disks: [boot, { ...data, attachedTo: ['vm-9'] }] },
    ],
  ])('is refused for %s', (_, parts) => {
    expect(text(remove, parts)).toMatch(/^refused: cannot delete workstation dev: /);
  });

  it('does not wait for a guest whose disks go as well', () => {
    const actions = actionsOf(remove, machine([boot, data], running));
    expect(actions.find(({ kind }) => kind === 'stop-vm')).toStrictEqual({
      kind: 'stop-vm',
      vm: { name: 'dev', id: 'vm-1' },
      hurry: true,
    });
    expect(actions.find(({ kind }) => kind === 'delete-vm')).toStrictEqual({
      kind: 'delete-vm',
      vm: { name: 'dev', id: 'vm-1' },
    });
  });
});

describe('a disk that is off the list and out of the file, since another run lets it go', () => {
  const [holder] = machine([boot]).vms;
  const leaving = {
    vms: [holder],
    disks: [disk('boot', { ...sealedOver('boot'), attachedTo: ['vm-1'] }), data],
  };

  it('is neither listed nor attached again by apply', () => {
    expect(
      actionsOf(apply, machine([disk('boot', sealedOver('boot')), data]), { file: { ...one, ...larger } }),
    ).toEqual([expect.objectContaining({ kind: 'resize-vm' })]);
    expect(decide(apply, leaving, { file: one })).toMatchObject({ kind: 'nothing' });
  });

  it('is attached while it is on the list still', () => {
    const listed = {
      ...leaving,
      disks: [disk('boot', { ...sealedOver('boot', 'data'), attachedTo: ['vm-1'] }), data],
    };
    expect(actionsOf(apply, listed, { file: one }).map(({ kind }) => kind)).toEqual(['attach-disk']);
  });

  it('is listed and attached where the file has it, or no list was written yet', () => {
    expect(actionsOf(apply, leaving).map(({ kind }) => kind)).toEqual(['attach-disk', 'set-labels']);
    const unsealed = { ...boot, labels: without(boot.labels, 'members') };
    expect(actionsOf(apply, machine([unsealed, data]), { file: one }).map(({ kind }) => kind)).toEqual([
      'set-labels',
    ]);
  });
});
