import { describe, expect, it } from 'vitest';
import type { HarmlessAction } from '../../src/core/action.ts';
import type { Disk } from '../../src/core/assets.ts';
import { bind } from '../../src/core/bind.ts';
import {
  attachment,
  disk,
  diskName,
  GB,
  inventory,
  machine,
  NEW,
  OLD,
  type Parts,
  restored,
  running,
  set,
  snapshot,
  snapshotName,
  vm,
} from '../support/builders.ts';

const boot = disk('boot');
const data = disk('data');
const whole: Parts = { ...machine(), snapshots: set() };
const named = { name: diskName('data') };
const found = { name: diskName('data'), id: 'disk-data' };
const dev = { name: 'dev' };
const held = { name: 'dev', id: 'vm-1' };

function bound(action: HarmlessAction, parts: Parts): HarmlessAction | string {
  const verdict = bind(action, inventory(parts));
  return verdict.ok ? verdict.value : verdict.missing;
}

const take = (clean: boolean, of: { name: string; id?: string } = named): HarmlessAction => ({
  kind: 'snapshot-disk',
  disk: of,
  name: snapshotName('data', '20260101030000'),
  location: 'north',
  labels: { ...snapshot('data').labels, clean },
});

describe('the ids of what was found just now are filled in', () => {
  it.each<[string, HarmlessAction, HarmlessAction]>([
    ['start', { kind: 'start-vm', vm: dev }, { kind: 'start-vm', vm: held }],
    ['stop', { kind: 'stop-vm', vm: dev }, { kind: 'stop-vm', vm: held }],
    [
      'resize',
      { kind: 'resize-vm', vm: dev, size: { cpus: 4, memoryBytes: GB } },
      { kind: 'resize-vm', vm: held, size: { cpus: 4, memoryBytes: GB } },
    ],
    ['wait for', { kind: 'await-guest', vm: dev }, { kind: 'await-guest', vm: held }],
    ['clear flags', { kind: 'clear-deletion-flags', vm: held }, { kind: 'clear-deletion-flags', vm: held }],
    ['attach', { kind: 'attach-disk', vm: dev, disk: named }, { kind: 'attach-disk', vm: held, disk: found }],
    ['detach', { kind: 'detach-disk', vm: dev, disk: named }, { kind: 'detach-disk', vm: held, disk: found }],
    [
      'detach one that is gone',
      { kind: 'detach-disk', vm: dev, disk: { name: 'dev-gone', id: 'disk-gone' } },
      { kind: 'detach-disk', vm: held, disk: { name: 'dev-gone', id: 'disk-gone' } },
    ],
    [
      'grow',
      { kind: 'grow-disk', disk: named, sizeBytes: GB },
      { kind: 'grow-disk', disk: found, sizeBytes: GB },
    ],
    [
      'change',
      { kind: 'change-disk-type', disk: named, type: 'fast' },
      { kind: 'change-disk-type', disk: found, type: 'fast' },
    ],
    [
      'label a VM',
      { kind: 'set-labels', assetKind: 'vm', asset: dev, labels: {} },
      { kind: 'set-labels', assetKind: 'vm', asset: held, labels: {} },
    ],
    [
      'label a disk',
      { kind: 'set-labels', assetKind: 'disk', asset: named, labels: {} },
      { kind: 'set-labels', assetKind: 'disk', asset: found, labels: {} },
    ],
    [
      'label a snapshot',
      {
        kind: 'set-labels',
        assetKind: 'snapshot',
        asset: { name: snapshot('data').name },
        labels: {},
      },
      {
        kind: 'set-labels',
        assetKind: 'snapshot',
        asset: { name: snapshot('data').name, id: snapshot('data').id },
        labels: {},
      },
    ],
  ])('%s', (_, action, expected) => {
    expect(bound(action, whole)).toEqual(expected);
  });

  it('and of two snapshots of a name the one whose id was seen gets its label', () => {
    const twin = snapshot('data', undefined, { id: 'snapshot-twin' });
    const parts = { ...whole, snapshots: [...set(), twin] };
    const label = (asset: { name: string; id?: string }): HarmlessAction => ({
      kind: 'set-labels',
      assetKind: 'snapshot',
      asset,
      labels: { deleting: true },
    });
    for (const { name, id } of [twin, snapshot('data')])
      expect(bound(label({ name, id }), parts)).toEqual(label({ name, id }));
    expect(bound(label({ name: twin.name }), parts)).toBe(`there are 2 snapshots named ${twin.name}`);
  });

  it('none into an order to make a disk: it is not there yet', () => {
    const action: HarmlessAction = {
      kind: 'create-disk',
      name: data.name,
      location: 'north',
      sizeBytes: GB,
      type: 'standard',
      source: { from: 'blank' },
      labels: {},
    };
    expect(bound(action, {})).toEqual(action);
  });

  it('all disks of a VM that is made, in their order', () => {
    const action: HarmlessAction = {
      kind: 'create-vm',
      name: 'dev',
      location: 'north',
      size: { cpus: 1, memoryBytes: GB },
      image: 'debian-13',
      disks: [{ name: boot.name }, named],
      labels: {},
      firstBoot: false,
    };
    expect(bound(action, { disks: [data, boot] })).toMatchObject({
      disks: [{ id: 'disk-boot' }, { id: 'disk-data' }],
    });
    expect(bound(action, { disks: [boot] })).toBe(`disk ${data.name} is not there any more`);
  });

  it('a disk of another snapshot than the plan made is not taken, and one of which nobody tells is', () => {
    const make = (madeFrom: string): HarmlessAction => ({
      kind: 'create-vm',
      name: 'dev',
      location: 'north',
      size: { machineType: 'small' },
      image: 'plain',
      disks: [{ name: boot.name, madeFrom }],
      labels: {},
      firstBoot: false,
    });
    const copy = restored('boot');
    const others = inventory({ disks: [copy, restored('data', OLD)] });
    expect(bind(make(`snapshot-boot-${NEW}`), others).ok).toBe(true);
    const unplanned = { ...make(''), disks: [{ name: boot.name }] } as HarmlessAction;
    expect(bind(unplanned, others).ok).toBe(true);
    const told = (live: Disk) => {
      const action = bound(make(`snapshot-boot-${NEW}`), { disks: [live] });
      return typeof action === 'string' ? action : action.kind === 'create-vm' && action.disks[0]?.id;
    };
    expect(told(copy)).toBe(copy.id);
    expect(told({ ...copy, origin: { from: 'unknown' } })).toBe(copy.id);
    expect(told(restored('boot', OLD))).toBe(
      `disk ${copy.name} has been replaced by a copy of another snapshot`,
    );
  });

  it('first-boot data goes to no disk that was written to since the plan was made', () => {
    const action: HarmlessAction = {
      kind: 'create-vm',
      name: 'dev',
      location: 'north',
      size: { cpus: 1, memoryBytes: GB },
      image: 'debian-13',
      disks: [{ name: boot.name }],
      labels: {},
      firstBoot: true,
    };
    const later = (lastWritable: Disk['lastWritable']) => ({ disks: [{ ...boot, lastWritable }, data] });
    const written = `disk ${boot.name} was written to meanwhile`;
    expect(bound(action, later({ kind: 'at', atMs: 1 }))).toBe(written);
    expect(bound(action, later({ kind: 'now' }))).toBe(written);
    expect(bound(action, later({ kind: 'never' }))).toMatchObject({ firstBoot: true });
    expect(bound(action, later({ kind: 'unknown' }))).toMatchObject({ firstBoot: true });
    expect(bound({ ...action, firstBoot: false }, later({ kind: 'now' }))).toMatchObject({
      firstBoot: false,
    });
  });
});

describe('what is not as the plan saw it is refused', () => {
  const start: HarmlessAction = { kind: 'start-vm', vm: held };
  it.each<[string, HarmlessAction, Parts, string]>([
    ['a VM that is gone', start, { disks: [boot] }, 'VM dev is not there any more'],
    [
      'a VM that was replaced',
      start,
      { vms: [vm({ id: 'vm-2' })] },
      'VM dev has been replaced by another of its name',
    ],
    ['a VM that has a twin', start, { vms: [vm(), vm({ id: 'vm-2' })] }, 'there are 2 VMs named dev'],
    [
      'a disk that is gone',
      { kind: 'attach-disk', vm: held, disk: found },
      { vms: [vm()] },
      `disk ${data.name} is not there any more`,
    ],
    [
      'an attachment to a VM that is gone',
      { kind: 'attach-disk', vm: held, disk: found },
      { disks: [data] },
      'VM dev is not there any more',
    ],
    [
      'a detachment from a VM that is gone',
      { kind: 'detach-disk', vm: held, disk: found },
      { disks: [data] },
      'VM dev is not there any more',
    ],
    [
      'a disk that was replaced',
      { kind: 'grow-disk', disk: found, sizeBytes: GB },
      { disks: [{ ...data, id: 'disk-new' }] },
      `disk ${data.name} has been replaced by another of its name`,
    ],
    [
      'a snapshot of a disk that is gone',
      take(true),
      { vms: [vm()] },
      `disk ${data.name} is not there any more`,
    ],
    [
      'labels for what is gone',
      { kind: 'set-labels', assetKind: 'snapshot', asset: named, labels: {} },
      whole,
      `snapshot ${data.name} is not there any more`,
    ],
  ])('%s', (_, action, parts, why) => {
    expect(bound(action, parts)).toBe(why);
  });
});

describe('a clean snapshot', () => {
  const stranger = vm({
    id: 'vm-9',
    name: 'other',
    labels: {},
    attachments: [attachment(data)],
    ...running,
  });
  it.each<[string, HarmlessAction, Parts, string | undefined]>([
    ['of a stopped VM’s disk', take(true), machine(), undefined],
    ['of a disk that is attached to nothing', take(true), { disks: [data] }, undefined],
    [
      'beside a VM that runs without it',
      take(true),
      { vms: [vm({ attachments: [attachment(boot)], ...running })], disks: [data] },
      undefined,
    ],
    [
      'of a VM that somebody started',
      take(true),
      machine([boot, data], running),
      'VM dev is not stopped (RUNNING): somebody started it',
    ],
    [
      'of a VM that is still stopping',
      take(true),
      machine([boot, data], { status: 'changing', statusText: 'STOPPING' }),
      'VM dev is not stopped (STOPPING)',
    ],
    [
      'of a disk that a stranger runs on',
      take(true),
      { disks: [data], vms: [stranger] },
      'VM other is not stopped (RUNNING): somebody started it',
    ],
    ['not asked to be clean', take(false), machine([boot, data], running), undefined],
  ])('%s', (_, action, parts, why) => {
    const result = bound(action, parts);
    if (why === undefined) expect(result).toMatchObject({ disk: found });
    else expect(result).toBe(why);
  });
});
