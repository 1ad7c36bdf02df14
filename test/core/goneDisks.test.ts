import { describe, expect, it } from 'vitest';
import type { Disk, Vm } from '../../src/core/assets.ts';
import { proveInSet } from '../../src/core/contentProofs.ts';
import type { Member } from '../../src/core/membership.ts';
import { nothingObserved } from '../../src/core/observations.ts';
import { snapshotSetsOf } from '../../src/core/snapshotSets.ts';
import { infer } from '../../src/core/state.ts';
import {
  attachment,
  claim,
  disk,
  inventory,
  NEW,
  OLD,
  type Parts,
  restored,
  running,
  set,
  snapshotName,
  timeOf,
  vm,
} from '../support/builders.ts';

const boot = disk('boot');
const data = disk('data');
const kept = `snapshot ${snapshotName('data', NEW)} holds it`;
const perhapsNewer = `disk data is gone, and may have been newer than set ${NEW}`;
const gone: Partial<Disk> = { status: 'gone', statusText: 'MISSING' };

/** What is said of a data disk that is gone, where its newest set is there. */
function said(parts: Parts, record?: Disk): string {
  const all = inventory({ ...parts, snapshots: parts.snapshots ?? set() });
  const newest = snapshotSetsOf(all, claim()).at(-1);
  if (newest === undefined) throw new Error('there is no set');
  const member: Member = { name: 'data', role: 'data', live: undefined, record, spec: undefined };
  const verdict = proveInSet(newest, member, { inventory: all, seen: nothingObserved });
  return verdict.ok ? verdict.value : verdict.missing;
}

describe('a disk that is gone without a trace', () => {
  const holder = (changes: Partial<Vm> = {}) => ({
    vms: [vm({ attachments: [attachment(boot), attachment(data)], ...changes })],
  });

  it('is in the set where its VM was stopped before that was taken, with that very disk', () => {
    expect(said(holder())).toBe(kept);
    expect(said({})).toBe(kept);
  });

  it.each<[string, Partial<Vm>]>([
    ['its VM was stopped after the set was taken', { lastStoppedAtMs: timeOf(NEW) + 1 }],
    ['its VM runs, whenever it was stopped before', running],
    ['its VM is in the middle of a change', { status: 'changing', statusText: 'STARTING' }],
    ['its VM holds another disk in its place', { attachments: [attachment(boot)] }],
  ])('may have been newer than the set where %s', (_, changes) => {
    expect(said(holder(changes))).toBe(perhapsNewer);
  });
});

describe('a disk of which only the record is left', () => {
  const written: Partial<Disk> = { ...gone, lastWritable: { kind: 'unknown' } };

  it('is in the set that it was an unused copy of, though the set was taken of the disk before it', () => {
    expect(said({}, restored('data', NEW, gone))).toBe(kept);
  });

  it('is in the set where it was not written to since', () => {
    expect(said({}, disk('data', gone))).toBe(kept);
  });

  it.each<[string, Disk]>([
    ['somebody may have used its copy', restored('data', NEW, written)],
    ['it was an unused copy of an older set', restored('data', OLD, gone)],
    ['nobody knows when it was written', disk('data', written)],
  ])('may have been newer than the set where %s', (_, record) => {
    expect(said({ snapshots: [...set(OLD), ...set()] }, record)).toBe(perhapsNewer);
  });
});

describe('a workstation of which a disk is gone while its VM is there', () => {
  const record = disk('data', gone);
  const kindsOf = (holder: Vm) => {
    const all = inventory({ vms: [holder], disks: [boot, record], snapshots: set() });
    return infer(all, claim()).problems.map(({ kind }) => kind);
  };

  it('is partly put away where the VM is stopped: it can be rebuilt from the set', () => {
    expect(kindsOf(vm())).toEqual(['partly-away']);
  });

  it('is not while the VM runs: nobody takes it from under its user', () => {
    expect(kindsOf(vm(running))).toEqual(['lost']);
  });
});
