import { expect, it } from 'vitest';
import { nothingObserved } from '../../src/core/observations.ts';
import { proveDiskDeletion, proveSnapshotDeletion, proveVmDeletion } from '../../src/core/proofs.ts';
import type { Verdict } from '../../src/core/verdict.ts';
import { claim, disk, inventory, machine, set } from '../support/builders.ts';

it('a state that nobody knows of any asset stops every deletion, the last ones of delete among them', () => {
  const doomed = { deleting: true } as const;
  const marked = <T extends { readonly labels: object }>(asset: T): T => ({
    ...asset,
    labels: { ...asset.labels, ...doomed },
  });
  const deletions: ((unknown: boolean) => Verdict<unknown>)[] = [
    (unknown) => {
      const [first, ...others] = set().map(marked);
      const strange = first && {
        ...first,
        ...(unknown ? { status: 'unknown' as const, statusText: 'ODD' } : {}),
      };
      const all = inventory({ snapshots: [...(strange === undefined ? [] : [strange]), ...others] });
      const evidence = { claim: claim(), inventory: all, seen: nothingObserved, erase: true };
      return proveSnapshotDeletion(others[0]?.id ?? '', evidence);
    },
    (unknown) => {
      const boot = marked(disk('boot', unknown ? { status: 'unknown', statusText: 'ODD' } : {}));
      const all = inventory({ disks: [boot, marked(disk('data'))] });
      return proveDiskDeletion('disk-data', {
        claim: claim(),
        inventory: all,
        seen: nothingObserved,
        erase: true,
      });
    },
    (unknown) => {
      const parts = machine();
      const [boot, ...others] = parts.disks;
      const odd = boot && { ...boot, ...(unknown ? { status: 'unknown' as const, statusText: 'ODD' } : {}) };
      const all = inventory({ ...parts, disks: [...(odd === undefined ? [] : [odd]), ...others] });
      return proveVmDeletion('vm-1', { claim: claim(), inventory: all, seen: nothingObserved, erase: true });
    },
  ];
  for (const prove of deletions) {
    expect(prove(false)).toMatchObject({ ok: true });
    expect(prove(true)).toMatchObject({ ok: false, missing: expect.stringMatching(/does not know: ODD$/) });
  }
});
