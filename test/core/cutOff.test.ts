import { describe, expect, it } from 'vitest';
import type { Disk } from '../../src/core/assets.ts';
import { infer } from '../../src/core/state.ts';
import {
  claim,
  disk,
  inventory,
  NEW,
  OLD,
  type Parts,
  restored,
  set,
  snapshot,
  vm,
} from '../support/builders.ts';

/** As a provider that tells nothing of loose disks shows them. */
const untold: Partial<Disk> = { lastWritable: { kind: 'unknown' } };
const boot = disk('boot');
const noted = (putInto: string = NEW, changes: Partial<Disk> = {}) =>
  disk('boot', { labels: { ...boot.labels, putInto }, ...untold, ...changes });

const three = claim({
  disks: ['boot', 'data', 'more'].map((name) => ({
    name,
    sizeBytes: boot.sizeBytes,
    type: 'standard',
  })) as never,
});
const labels = { ...boot.labels, members: ['boot', 'data', 'more'], putInto: NEW };
const setOfThree = ['boot', 'data', 'more'].map((name) => {
  const taken = snapshot(name);
  return { ...taken, labels: { ...taken.labels, disk: name, setSize: 3 } };
});

function problemOf(parts: Parts, of = claim()): string | undefined {
  return infer(inventory(parts, of), of).problems[0]?.kind;
}

describe('a workstation of which some disks are gone, at a provider that tells nothing of loose disks', () => {
  it.each<[string, Parts, string]>([
    ['noted as put away into the newest set', { disks: [noted()], snapshots: set() }, 'cut-off'],
    [
      'noted as put away into an older set',
      { disks: [noted(OLD)], snapshots: [...set(OLD), ...set()] },
      'lost',
    ],
    ['without a note', { disks: [disk('boot', untold)], snapshots: set() }, 'lost'],
    ['noted, with a VM', { vms: [vm()], disks: [noted()], snapshots: set() }, 'lost'],
    [
      'restored, the list of members not written yet',
      { disks: [restored('boot', NEW, untold)], snapshots: set() },
      'cut-off',
    ],
    [
      'restored from an older set',
      { disks: [restored('boot', OLD, untold)], snapshots: [...set(OLD), ...set()] },
      'lost',
    ],
    [
      'of which the data disk alone was restored',
      { disks: [restored('data', NEW, untold)], snapshots: set() },
      'lost',
    ],
    [
      'noted, and attached elsewhere',
      { disks: [noted(NEW, { attachedTo: ['vm-9'] })], snapshots: set() },
      'lost',
    ],
    [
      'noted, where the provider knows when it could be written',
      { disks: [noted(NEW, { lastWritable: { kind: 'at', atMs: Date.UTC(2027, 0) } })], snapshots: set() },
      'lost',
    ],
  ])('%s', (_, parts, kind) => {
    expect(problemOf(parts)).toBe(kind);
  });

  it('goes on where its own restoring was cut off again', () => {
    const more = restored('more', NEW, untold);
    const disks = [disk('boot', { labels, ...untold }), more];
    expect(problemOf({ disks, snapshots: setOfThree }, three)).toBe('cut-off');
  });
});
