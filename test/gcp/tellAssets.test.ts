import { describe, expect, it } from 'vitest';
import type { WireDisk, WireSnapshot, WireVm } from '../../providers/gcp/calls.ts';
import {
  lastWritable,
  originOf,
  snapshotKind,
  tellDisk,
  tellSnapshot,
  tellVm,
} from '../../providers/gcp/tellAssets.ts';

const ROOT = 'https://www.googleapis.com/compute/v1/projects/p';
const at = { attempt: 'cannot list project p' };
const hour = (hours: number) => new Date(Date.UTC(2026, 2, 1, hours)).toISOString();
const hourMs = (hours: number) => Date.UTC(2026, 2, 1, hours);
const none = { disks: new Map(), vms: new Map() };

const disk = (changes: WireDisk = {}): WireDisk => ({
  id: '7',
  name: 'd',
  zone: `${ROOT}/zones/z-a`,
  selfLink: `${ROOT}/zones/z-a/disks/d`,
  type: `${ROOT}/zones/z-a/diskTypes/pd-ssd`,
  sizeGb: '20',
  status: 'READY',
  creationTimestamp: hour(1),
  ...changes,
});

const vm = (changes: WireVm = {}): WireVm => ({
  id: '9',
  name: 'v',
  zone: `${ROOT}/zones/z-a`,
  machineType: `${ROOT}/zones/z-a/machineTypes/e2-small`,
  status: 'TERMINATED',
  lastStartTimestamp: hour(2),
  lastStopTimestamp: hour(5),
  ...changes,
});

const held = { users: [`${ROOT}/zones/z-a/instances/v`], lastAttachTimestamp: hour(2) };

describe('when a disk could last be written', () => {
  it.each<{ what: string; disk: WireDisk; vm?: WireVm; is: unknown }>([
    { what: 'it never was attached', disk: disk(), is: { kind: 'never' } },
    {
      what: 'it was let go',
      disk: disk({ lastAttachTimestamp: hour(2), lastDetachTimestamp: hour(6) }),
      is: { kind: 'at', atMs: hourMs(6) },
    },
    {
      what: 'the letting go is not told',
      disk: disk({ lastAttachTimestamp: hour(2) }),
      is: { kind: 'unknown' },
    },
    {
      what: 'the letting go is an older one',
      disk: disk({ lastAttachTimestamp: hour(7), lastDetachTimestamp: hour(6) }),
      is: { kind: 'unknown' },
    },
    { what: 'its VM is stopped', disk: disk(held), vm: vm(), is: { kind: 'at', atMs: hourMs(5) } },
    {
      what: 'it was attached after the stop',
      disk: disk({ ...held, lastAttachTimestamp: hour(8) }),
      vm: vm(),
      is: { kind: 'at', atMs: hourMs(8) },
    },
    {
      what: 'it was let go elsewhere after the stop',
      disk: disk({ ...held, lastDetachTimestamp: hour(9) }),
      vm: vm(),
      is: { kind: 'at', atMs: hourMs(9) },
    },
    { what: 'its VM runs', disk: disk(held), vm: vm({ status: 'RUNNING' }), is: { kind: 'now' } },
    { what: 'its VM is on its way', disk: disk(held), vm: vm({ status: 'STOPPING' }), is: { kind: 'now' } },
    { what: 'its VM is suspended', disk: disk(held), vm: vm({ status: 'SUSPENDED' }), is: { kind: 'now' } },
    {
      what: 'its VM does what nobody knows',
      disk: disk(held),
      vm: vm({ status: 'DREAMING' }),
      is: { kind: 'now' },
    },
    { what: 'its VM was not listed', disk: disk(held), is: { kind: 'now' } },
    {
      what: 'the stop is an older one',
      disk: disk(held),
      vm: vm({ lastStopTimestamp: hour(1) }),
      is: { kind: 'unknown' },
    },
    {
      what: 'the stop is not told',
      disk: disk(held),
      vm: vm({ lastStopTimestamp: null }),
      is: { kind: 'unknown' },
    },
  ])('$what', ({ disk: told, vm: holder, is }) => {
    const vms = new Map(holder === undefined ? [] : [['zones/z-a/instances/v', holder]]);
    expect(lastWritable(told, { ...none, vms })).toEqual(is);
  });
});

describe('what is told of an asset', () => {
  it.each<{ snapshot: WireSnapshot; kind: string }>([
    { snapshot: { sourceDiskId: '7' }, kind: 'taken' },
    { snapshot: { sourceDiskId: '7', snapshotType: 'ARCHIVE' }, kind: 'taken' },
    { snapshot: { sourceDiskId: '7', snapshotType: 'MIRRORED' }, kind: 'unknown' },
    { snapshot: { sourceDiskId: '7', autoCreated: true }, kind: 'scheduled' },
    { snapshot: { sourceDiskId: '7', sourceSnapshotSchedulePolicy: 'daily' }, kind: 'scheduled' },
    { snapshot: { sourceDiskId: '7', sourceInstantSnapshot: 'now' }, kind: 'instant' },
    { snapshot: { sourceDiskId: '7', sourceDiskForRecoveryCheckpoint: 'x' }, kind: 'unknown' },
    { snapshot: {}, kind: 'unknown' },
  ])('$snapshot is $kind', ({ snapshot, kind }) => {
    expect(snapshotKind(snapshot)).toBe(kind);
  });

  it.each<{ made: WireDisk; origin: unknown }>([
    { made: {}, origin: { from: 'blank' } },
    { made: { sourceSnapshotId: '5', sourceSnapshot: 'x' }, origin: { from: 'snapshot', snapshotId: '5' } },
    { made: { sourceSnapshot: 'x' }, origin: { from: 'unknown' } },
    { made: { sourceDisk: 'x' }, origin: { from: 'unknown' } },
    { made: { sourceInstantSnapshot: 'x' }, origin: { from: 'unknown' } },
    {
      made: { sourceImage: `${ROOT}/global/images/debian-13-v1`, sourceSnapshotId: '' },
      origin: { from: 'image', image: 'p/debian-13-v1' },
    },
  ])('$made is made from $origin', ({ made, origin }) => {
    expect(originOf(made)).toEqual(origin);
  });

  it('keeps apart what is a disk of its own and what goes with the VM', () => {
    const disks = [
      { type: 'PERSISTENT', source: `${ROOT}/zones/z-a/disks/d`, boot: true, autoDelete: true },
      { type: 'PERSISTENT', source: `${ROOT}/zones/z-a/disks/gone` },
      { type: 'SCRATCH', deviceName: 'ssd' },
      { type: 'FLOATING', deviceName: 'new' },
    ];
    const links = { ...none, disks: new Map([['zones/z-a/disks/d', disk()]]) };
    expect(tellVm(vm({ disks }), links, at)).toMatchObject({
      attachments: [
        { diskId: '7', diskName: 'd', boot: true, deletedWithVm: true },
        { diskId: 'unlisted:zones/z-a/disks/gone', diskName: 'gone', boot: false, deletedWithVm: false },
      ],
      diesWithVm: ['what is on its local SSD ssd', 'what is on its local SSD new'],
    });
  });

  it.each([
    { name: 'a VM without an id', tell: () => tellVm(vm({ id: null }), none, at) },
    { name: 'a VM without a status', tell: () => tellVm(vm({ status: '' }), none, at) },
    { name: 'a disk without a size', tell: () => tellDisk(disk({ sizeGb: null }), none, at) },
    { name: 'a disk of no size', tell: () => tellDisk(disk({ sizeGb: 'many' }), none, at) },
    { name: 'a disk without a zone', tell: () => tellDisk(disk({ zone: null }), none, at) },
    { name: 'a disk made at no time', tell: () => tellDisk(disk({ creationTimestamp: 'lately' }), none, at) },
    {
      name: 'a snapshot taken at no time',
      tell: () => tellSnapshot({ id: '1', name: 's', status: 'READY', diskSizeGb: '9' }, at),
    },
  ])('$name is an error, never a guess', ({ tell }) => {
    expect(tell).toThrow(expect.objectContaining({ code: 'unreadable' }));
  });

  it('is of its region where a disk has no zone', () => {
    const regional = disk({ zone: null, region: `${ROOT}/regions/z` });
    expect(tellDisk(regional, none, at).location).toBe('z');
  });
});
