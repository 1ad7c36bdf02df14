import { describe, expect, it } from 'vitest';
import type { Disk, EndedVm, Fleet } from '../../src/core/assets.ts';
import { inventoryOf } from '../../src/core/inventory.ts';
import {
  noteReleased,
  noteSnapshotRequested,
  nothingObserved,
  observe,
  sawQuietSince,
} from '../../src/core/observations.ts';
import {
  claim,
  disk,
  fleet,
  machine,
  NEW,
  OLD,
  set,
  snapshotName,
  timeOf,
  vm,
  without,
} from '../support/builders.ts';

const started = timeOf(OLD);
const ended: readonly EndedVm[] = [{ id: 'vm-1', lastStartedAtMs: started }];

describe('an inventory', () => {
  const cut = (changes: Partial<Fleet> = {}) => inventoryOf({ ...fleet(machine()), ...changes }, claim());

  it('says where it was looked: the name of an account alone may tell people nothing', () => {
    const place = 'the store /home/ann/vms';
    expect(cut({ place })).toMatchObject({ place, account: 'home' });
  });

  it('tells of the VMs that have ended, so that their disks are known to be as the set has them', () => {
    expect(cut({ ended })).toMatchObject({ ended, workstation: 'dev' });
  });

  it('says nothing of either where the provider does not: no place, and not that no VM has ended', () => {
    expect(Object.keys(cut()).filter((key) => key === 'place' || key === 'ended')).toEqual([]);
  });
});

describe('a VM that is gone from the list, its disks detached by this run before', () => {
  const untold: Partial<Disk> = { lastWritable: { kind: 'unknown' } };
  const disks = [disk('boot', untold), disk('data', untold)];
  const off = machine(disks);
  const loose = { disks, snapshots: set() };
  const name = snapshotName('data', NEW);
  const holder = vm({ attachments: [] });

  /** Whether it is known that nothing wrote to the disk since its snapshot, after a last read of this. */
  function isQuiet(last: Partial<Fleet>, before = holder): boolean {
    const read = (parts: Partial<Fleet>) => inventoryOf({ ...fleet(), ...parts }, claim());
    const asked = noteSnapshotRequested(observe(nothingObserved, read(off)), name);
    const taken = observe(asked, read({ ...off, snapshots: set() }));
    const emptied = observe(noteReleased(taken, 'disk-data'), read({ ...loose, vms: [before] }));
    return sawQuietSince(observe(emptied, read({ ...loose, ...last })), 'disk-data', name);
  }

  it('wrote nothing where the provider tells that it ended without another start: its disks can go', () => {
    expect(isQuiet({ ended })).toBe(true);
  });

  it('wrote nothing where others ended beside it', () => {
    expect(isQuiet({ ended: [{ id: 'vm-0', lastStartedAtMs: timeOf(NEW) }, ...ended] })).toBe(true);
  });

  it.each<[string, Partial<Fleet>]>([
    ['the provider tells of no VM that ended', {}],
    ['the provider knows of none', { ended: [] }],
    ['it was started once more before it ended', { ended: [{ id: 'vm-1', lastStartedAtMs: started + 1 }] }],
    [
      'it was another VM that ended, started in the same moment',
      { ended: [{ id: 'vm-2', lastStartedAtMs: started }] },
    ],
    [
      'it was started once more, and another one ended as it was',
      {
        ended: [
          { id: 'vm-1', lastStartedAtMs: started + 1 },
          { id: 'vm-2', lastStartedAtMs: started },
        ],
      },
    ],
    ['another VM of its name is there instead', { vms: [vm({ id: 'vm-2', attachments: [] })] }],
  ])('may have written to them where %s', (_, last) => {
    expect(isQuiet(last)).toBe(false);
  });

  it('may have written to them where nobody told of its start while it was there', () => {
    expect(isQuiet({ ended }, without(holder, 'lastStartedAtMs'))).toBe(false);
  });
});
