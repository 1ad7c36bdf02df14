import { expect, it } from 'vitest';
import { billsOf } from '../../src/core/bills.ts';
import { disk, inventory, set, vm } from '../support/builders.ts';

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
