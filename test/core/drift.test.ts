import { expect, it } from 'vitest';
import { infer } from '../../src/core/state.ts';
import { claim, inventory, NEW, snapshot } from '../support/builders.ts';

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
