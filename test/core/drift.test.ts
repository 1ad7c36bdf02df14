import { expect, it } from 'vitest';
import { infer } from '../../src/core/state.ts';
import { bare, claim, inventory, machine, NEW, snapshot } from '../support/builders.ts';

it('a boot disk that no snapshot remembers has no size to differ in', () => {
  const taken = snapshot('data', NEW);
  const snapshots = [{ ...taken, labels: { ...taken.labels, setIndex: 1, setSize: 1 } }];
  const { state, membership, drift } = infer(inventory({ snapshots }), claim());
  expect([state, membership.members.map(({ name }) => name), drift]).toEqual([
    'DESSICATED',
    ['boot', 'data'],
    [],
  ]);
});

it('a VM that a person made by hand is not said to have other settings: nothing tells what it was made with', () => {
  const { vms, disks } = machine();
  const by = claim({ settings: { network: 'inner' } });
  const settingsOf = (held: typeof vms) =>
    infer(inventory({ vms: held, disks }, by), by).drift.filter(({ kind }) => kind === 'settings').length;
  expect([settingsOf(vms), settingsOf([bare(vms[0])])]).toEqual([1, 0]);
});
