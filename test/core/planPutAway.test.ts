import { describe, expect, it } from 'vitest';
import type { Goal } from '../../src/core/plan.ts';
import { disk, diskSpec, machine, NEW, set } from '../support/builders.ts';
import { actionsOf, text } from '../support/decide.ts';

const boot = disk('boot');
const data = disk('data');
const noted = (name: string) => disk(name, { labels: { ...disk(name).labels, putInto: NEW } });
const dessicate: Goal = { kind: 'dessicate', stop: false };
const untold = { can: { tellsOfLooseDisks: 'last-attachment' } } as const;

it('a dessicate after the last second that a name can tell is refused', () => {
  const written = { lastWritable: { kind: 'at', atMs: Number.MAX_SAFE_INTEGER } } as const;
  const parts = { disks: [disk('boot', written), disk('data', written)], snapshots: set('99991231235959') };
  expect(text(dessicate, parts)).toMatchInlineSnapshot(`
    "refused: cannot dessicate workstation dev: no new set can be later than its newest one
    → chews recover dev"
  `);
});

describe('a dessicate, where the provider does not tell when a loose disk could last be written', () => {
  it('notes on every disk that the set holds it, before the first one goes', () => {
    expect(text(dessicate, { ...machine(), snapshots: set() }, untold)).toMatchInlineSnapshot(`
      "dev: OFF → DESSICATED
        1  detach disk dev-boot
        2  detach disk dev-data  (after 1)
        3  see that no disk is deleted along with VM dev  (after 1, 2)
        4  delete VM dev, which keeps its disks  (after 3)
        5  note on dev-boot that set 20260101020000 holds it  (after 4)
        6  note on dev-data that set 20260101020000 holds it  (after 4)
        7  delete disk dev-boot, once it is proven to be in the set  (after 5, 6)
        8  delete disk dev-data, once it is proven to be in the set  (after 5, 6)"
    `);
    expect(actionsOf(dessicate, { ...machine(), snapshots: set() }, untold)[4]).toMatchObject({
      kind: 'set-labels',
      assetKind: 'disk',
      asset: { id: 'disk-boot' },
      labels: { putInto: NEW },
    });
  });

  it('notes it on those that do not bear the note yet', () => {
    expect(text(dessicate, { disks: [noted('boot'), data], snapshots: set() }, untold))
      .toMatchInlineSnapshot(`
      "dev: INCONSISTENT → DESSICATED
        1  note on dev-data that set 20260101020000 holds it
        2  delete disk dev-boot, once it is proven to be in the set  (after 1)
        3  delete disk dev-data, once it is proven to be in the set  (after 1)"
    `);
  });

  it('deletes after the VM where all bear the note already', () => {
    const parts = { ...machine([noted('boot'), noted('data')]), snapshots: set() };
    expect(text(dessicate, parts, untold)).toMatchInlineSnapshot(`
      "dev: OFF → DESSICATED
        1  detach disk dev-boot
        2  detach disk dev-data  (after 1)
        3  see that no disk is deleted along with VM dev  (after 1, 2)
        4  delete VM dev, which keeps its disks  (after 3)
        5  delete disk dev-boot, once it is proven to be in the set  (after 4)
        6  delete disk dev-data, once it is proven to be in the set  (after 4)"
    `);
  });

  it('takes from the VM what it has, once all is in the set, and nothing that is not there', () => {
    const [holder] = machine([data]).vms;
    const later = { lastWritable: { kind: 'at', atMs: Number.MAX_SAFE_INTEGER } } as const;
    const parts = { vms: [holder], disks: [disk('boot', later), { ...data, attachedTo: ['vm-1'] }] };
    expect(text(dessicate, parts, untold)).toMatchInlineSnapshot(`
      "dev: OFF → DESSICATED
        1  snapshot disk dev-boot as ss-dev-boot-20260101030000
        2  snapshot disk dev-data as ss-dev-data-20260101030000
        3  detach disk dev-data  (after 1, 2)
        4  see that no disk is deleted along with VM dev  (after 3)
        5  delete VM dev, which keeps its disks  (after 4)
        6  note on dev-boot that set 20260101030000 holds it  (after 5)
        7  note on dev-data that set 20260101030000 holds it  (after 5)
        8  delete disk dev-boot, once it is proven to be in the set  (after 6, 7)
        9  delete disk dev-data, once it is proven to be in the set  (after 6, 7)"
    `);
    const lost = { vms: machine().vms, disks: [{ ...boot, attachedTo: ['vm-1'] }], snapshots: set() };
    expect(text({ kind: 'recover', to: 'OFF' }, lost, untold)).toMatchInlineSnapshot(`
      "dev: INCONSISTENT → OFF
        1  make disk dev-data (10GB, standard) from its snapshot
        2  detach disk dev-boot  (after 1)
        3  see that no disk is deleted along with VM dev  (after 2)
        4  delete VM dev, which keeps its disks  (after 3)
        5  make VM dev (2 cpu, 4GB) of 2 disks  (after 4)"
    `);
    const empty = { vms: machine([]).vms, disks: [disk('boot', later), data] };
    expect(text(dessicate, empty, untold)).toMatchInlineSnapshot(`
      "dev: OFF → DESSICATED
        1  snapshot disk dev-boot as ss-dev-boot-20260101030000
        2  snapshot disk dev-data as ss-dev-data-20260101030000
        3  see that no disk is deleted along with VM dev  (after 1, 2)
        4  delete VM dev, which keeps its disks  (after 3)
        5  note on dev-boot that set 20260101030000 holds it  (after 4)
        6  note on dev-data that set 20260101030000 holds it  (after 4)
        7  delete disk dev-boot, once it is proven to be in the set  (after 5, 6)
        8  delete disk dev-data, once it is proven to be in the set  (after 5, 6)"
    `);
  });

  it('notes nothing on a disk that is the only one', () => {
    const file = { disks: [diskSpec('boot')] } as const;
    const only = disk('boot', { labels: { ...boot.labels, members: ['boot'] } });
    expect(text(dessicate, machine([only]), { ...untold, file })).toMatchInlineSnapshot(`
      "dev: OFF → DESSICATED
        1  snapshot disk dev-boot as ss-dev-boot-20260101030000
        2  detach disk dev-boot  (after 1)
        3  see that no disk is deleted along with VM dev  (after 2)
        4  delete VM dev, which keeps its disks  (after 3)
        5  delete disk dev-boot, once it is proven to be in the set  (after 4)"
    `);
  });

  it('notes nothing on the last one of a run that was cut off', () => {
    expect(text(dessicate, { disks: [data], snapshots: set() }, untold)).toMatchInlineSnapshot(`
      "dev: INCONSISTENT → DESSICATED
        1  delete disk dev-data, once it is proven to be in the set"
    `);
  });
});
