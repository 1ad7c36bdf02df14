import { describe, expect, it } from 'vitest';
import { billsOf } from '../../src/core/bills.ts';
import { disk, GB, inventory, set, snapshot, vm } from '../support/builders.ts';

it('says what goes on costing, and what may', () => {
  expect(billsOf(inventory())).toEqual([]);
  expect(billsOf(inventory({ vms: [vm()], disks: [disk('boot')], snapshots: set() }))).toEqual([
    '1 disk of 10GB',
    '2 snapshots',
  ]);
  expect(billsOf(inventory({ vms: [vm({ status: 'running' })] }))).toEqual(['1 VM running']);
  expect(billsOf(inventory({ vms: [vm({ status: 'changing' })] }))).toEqual(['1 VM running']);
  expect(billsOf(inventory({ vms: [vm({ status: 'unknown' })] }))).toEqual(['1 VM perhaps running']);
});

it('bills nobody for a disk of which only the record is left', () => {
  const gone = disk('data', { status: 'gone', statusText: 'MISSING' });
  expect(billsOf(inventory({ disks: [disk('boot'), gone] }))).toEqual(['1 disk of 10GB']);
  expect(billsOf(inventory({ disks: [gone] }))).toEqual([]);
});

describe('what is stored in truth, where a disk of 10GB may take one', () => {
  const storing = (gigabytes: number) => ({ storedBytes: gigabytes * GB });

  it('is summed up over all assets of a kind', () => {
    const disks = [disk('boot', storing(3)), disk('data', storing(1))];
    const snapshots = [snapshot('boot', undefined, storing(2)), snapshot('data', undefined, storing(5))];
    expect(billsOf(inventory({ disks, snapshots }))).toEqual([
      '2 disks of 20GB (4GB stored)',
      '2 snapshots (7GB stored)',
    ]);
  });

  it('is left out where it is known of some alone: a sum of those would be too small a bill', () => {
    const disks = [disk('boot', storing(3)), disk('data')];
    expect(billsOf(inventory({ disks }))).toEqual(['2 disks of 20GB']);
  });
});
