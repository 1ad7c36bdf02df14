import { describe, expect, it } from 'vitest';
import type { Disk, Snapshot } from '../../src/core/assets.ts';
import {
  isOvertaken,
  isRemainder,
  proveCutOff,
  proveHolds,
  proveInSet,
  proveRestorable,
} from '../../src/core/contentProofs.ts';
import { proveOnlyCopy } from '../../src/core/onlyCopy.ts';
import { type Member, membershipOf } from '../../src/core/membership.ts';
import { noteSnapshotRequested, nothingObserved, observe } from '../../src/core/observations.ts';
import { type SnapshotSet, snapshotSetsOf } from '../../src/core/snapshotSets.ts';
import type { Verdict } from '../../src/core/verdict.ts';
import {
  bare,
  claim,
  disk,
  inventory,
  NEW,
  OLD,
  type Parts,
  restored,
  set,
  snapshot,
  snapshotName,
  timeOf,
  vm,
  without,
} from '../support/builders.ts';

/** The sentence of a verdict: what shows it, or what is missing. */
function say(verdict: Verdict<unknown>): string {
  if (!verdict.ok) return `no: ${verdict.missing}`;
  return typeof verdict.value === 'string' ? verdict.value : 'proven';
}

const data = disk('data');
const kept = snapshotName('data', NEW);
const untold: Partial<Disk> = { lastWritable: { kind: 'unknown' } };
const never: Partial<Disk> = { lastWritable: { kind: 'never' } };
const before = timeOf(NEW) - 1;
const elsewhere = { sourceDiskId: 'disk-elsewhere' };
const overtaken = restored('data', OLD, { createdAtMs: before });

function newestSet(snapshots: readonly Snapshot[], of = claim()): SnapshotSet {
  const newest = snapshotSetsOf(inventory({ snapshots }, of), of).at(-1);
  if (newest === undefined) throw new Error('there is no set');
  return newest;
}

function member(live: Disk | undefined, name = 'data'): Member {
  return { name, role: name === 'boot' ? 'boot' : 'data', live, record: undefined, spec: undefined };
}

describe('what shows that a snapshot holds what is on a disk', () => {
  const whole = { disks: [disk('data', untold)] };
  const seen = observe(
    noteSnapshotRequested(observe(nothingObserved, inventory(whole)), kept),
    inventory({ ...whole, snapshots: set() }),
  );
  it.each([
    [
      'the provider’s word on the content',
      snapshot('data', NEW, { contentVersion: 'v1' }),
      { ...data, ...untold, contentVersion: 'v1' },
      `snapshot ${kept} holds its content`,
    ],
    [
      'that nobody ever wrote to the disk',
      snapshot('data'),
      { ...data, ...never },
      `snapshot ${kept} holds its content, which never changed`,
    ],
    [
      'the provider’s times',
      snapshot('data'),
      data,
      `snapshot ${kept} was taken after the last moment at which it could be written`,
    ],
    [
      'what this run saw',
      snapshot('data'),
      { ...data, ...untold },
      `snapshot ${kept} was taken by this run while nothing could write to it`,
    ],
  ])('%s', (_, taken, of, why) => {
    expect(say(proveHolds(taken, of, { seen }))).toBe(why);
  });

  it('is not a content that one side does not tell, or neither', () => {
    const told = { contentVersion: 'v1' };
    const pairs: [Snapshot, Disk][] = [
      [snapshot('data'), { ...data, ...untold }],
      [snapshot('data'), { ...data, ...untold, ...told }],
      [snapshot('data', NEW, told), { ...data, ...untold }],
    ];
    for (const [taken, of] of pairs)
      expect(say(proveHolds(taken, of, { seen: nothingObserved }))).toMatch(/^no: .*may have been written/);
  });
});

describe('a note on a disk that it was put away into a set', () => {
  const noted = (changes: Partial<Disk> = {}) =>
    disk('data', {
      ...untold,
      labels: { ...data.labels, putInto: NEW },
      lastAttachedAtMs: before,
      ...changes,
    });
  const judge = (live: Disk, taken = snapshot('data')) =>
    say(proveHolds(taken, live, { seen: nothingObserved }));
  const refused = `no: ${data.name} may have been written to since snapshot ${kept} was taken`;

  it('proves it where the disk was attached to nothing since', () => {
    expect(judge(noted())).toBe(
      `snapshot ${kept} held it when a run noted so, and it was attached to nothing since`,
    );
  });
  it.each<[string, Disk]>([
    ['was attached since', noted({ lastAttachedAtMs: timeOf(NEW) + 1 })],
    ['was attached in the very moment', noted({ lastAttachedAtMs: timeOf(NEW) })],
    ['was attached nobody knows when', disk('data', { ...untold, labels: { ...data.labels, putInto: NEW } })],
    ['is attached now', noted({ attachedTo: ['vm-9'] })],
    ['is noted for another set', noted({ labels: { ...data.labels, putInto: OLD } })],
    ['bears no note', noted({ labels: data.labels })],
  ])('proves nothing where the disk %s', (_, live) => {
    expect(judge(live)).toBe(refused);
  });
  it('is not read into a disk and a snapshot that bear no labels', () => {
    expect(judge(bare(noted()), bare(snapshot('data')))).toBe(refused);
  });
});

describe('what an unused disk is a copy of', () => {
  it.each<[string, Disk, string]>([
    ['nothing', disk('data', never), 'it is blank and was never used'],
    [
      'an image',
      disk('data', { ...never, origin: { from: 'image', image: 'debian-13' } }),
      'it is an unused copy of image debian-13',
    ],
    ['a snapshot', restored('data'), `it is an unused copy of snapshot ${kept}`],
  ])('%s', (_, copy, why) => {
    expect(say(proveOnlyCopy(copy, inventory({ snapshots: set() })))).toBe(why);
  });
  it('counts for nothing where that snapshot is not as it was taken, which is said with its name', () => {
    const copied = snapshot('data', NEW, { kind: 'copied', statusText: 'COPIED' });
    expect(say(proveOnlyCopy(restored('data'), inventory({ snapshots: [copied] })))).toBe(
      `no: snapshot ${kept}, which ${data.name} was made from, is not as it was taken (COPIED)`,
    );
  });
});

describe('a live disk was overtaken by a set', () => {
  it.each<[string, Snapshot, Disk | undefined, boolean]>([
    ['where it was made before, of an older set', snapshot('data', NEW, elsewhere), overtaken, true],
    ['where it was made before, of nothing', snapshot('data', NEW, elsewhere), data, true],
    [
      'not where it was made since',
      snapshot('data', NEW, elsewhere),
      restored('data', OLD, { createdAtMs: timeOf(NEW) }),
      false,
    ],
    ['not where the set was taken of it', snapshot('data'), data, false],
    [
      'not where nobody knows what the set was taken of',
      without(snapshot('data'), 'sourceDiskId'),
      overtaken,
      false,
    ],
    [
      'not where it was made of the set, whatever the times say',
      snapshot('data', NEW, elsewhere),
      restored('data', NEW, { createdAtMs: before }),
      false,
    ],
    [
      'not by a snapshot that is not ready',
      snapshot('data', NEW, { ...elsewhere, status: 'changing' }),
      overtaken,
      false,
    ],
    ['not by a snapshot of another disk', snapshot('boot', NEW, elsewhere), overtaken, false],
    ['not where it is not alive', snapshot('data', NEW, elsewhere), undefined, false],
  ])('%s', (_, taken, live, expected) => {
    expect(isOvertaken(newestSet([taken]), member(live))).toBe(expected);
  });

  it('and with it all that is alive is only a remainder, as where a member is gone', () => {
    const newest = newestSet(set(NEW, elsewhere));
    const since = member(restored('boot', NEW), 'boot');
    const away = member(undefined, 'boot');
    const remainders = [
      [since, member(overtaken)],
      [away, member(restored('data', NEW))],
      [since, member(restored('data', NEW))],
    ].map((members) => isRemainder(newest, members));
    expect(remainders).toEqual([true, true, false]);
  });
});

describe('a set stands for a disk', () => {
  const another = `no: snapshot ${kept} was made from another disk than this ${data.name}`;
  it.each<[string, Disk | undefined, readonly Snapshot[], string]>([
    ['that is away', undefined, set(), `snapshot ${kept} holds it`],
    [
      'that was not written to since',
      data,
      set(),
      `snapshot ${kept} was taken after the last moment at which it could be written`,
    ],
    ['that is an unused copy of it', restored('data'), set(), `it is an unused copy of snapshot ${kept}`],
    ['not for an unused copy of an older set', restored('data', OLD), [...set(OLD), ...set()], another],
    [
      'not for an unused blank disk of its name',
      disk('data', { ...never, id: 'disk-blank' }),
      set(),
      another,
    ],
    ['not for a used copy of it', restored('data', NEW, untold), set(), another],
    [
      'not by a snapshot that is not ready, where the disk is away',
      undefined,
      [snapshot('boot'), snapshot('data', NEW, { status: 'changing' })],
      `no: snapshot ${kept} is not ready`,
    ],
    [
      'not by a snapshot that is not ready, where the disk is alive',
      data,
      [snapshot('boot'), snapshot('data', NEW, { status: 'failed', statusText: 'ERROR' })],
      `no: snapshot ${kept} is not ready (ERROR)`,
    ],
    [
      'not where it has no snapshot of it',
      undefined,
      [snapshot('boot')],
      `no: set ${NEW} has no snapshot of data`,
    ],
  ])('%s', (_, live, snapshots, why) => {
    const sight = { inventory: inventory({ snapshots }), seen: nothingObserved };
    expect(say(proveInSet(newestSet(snapshots), member(live), sight))).toBe(why);
  });
});

const doomed = set().map((taken) => ({ ...taken, labels: { ...taken.labels, deleting: true } }));

/** What the newest set of some assets is asked. */
function ask(parts: Parts, prove: typeof proveCutOff | 'restore', of = claim()): string {
  const all = inventory(parts, of);
  const newest = snapshotSetsOf(all, of).at(-1);
  const membership = membershipOf(all, of, newest);
  const given = { inventory: all, seen: nothingObserved };
  return say(
    prove === 'restore'
      ? proveRestorable(newest, membership.members, given)
      : prove(newest, membership, given),
  );
}

const broken = [snapshot('boot'), snapshot('data', NEW, { status: 'failed', statusText: 'ERROR' })].map(
  (taken) => ({ ...taken, labels: { ...taken.labels, setSize: 3 } }),
);
const flaws = `set ${NEW} is not whole: it holds 2 of 3 disks; the snapshot of data is unusable (ERROR)`;

describe('a whole workstation is rebuilt from a set', () => {
  const onlySet = set(NEW, elsewhere);
  it.each<[string, Parts, string]>([
    ['not where it is not whole, with every reason', { snapshots: broken }, `no: ${flaws}`],
    [
      'not where it is being deleted',
      { snapshots: doomed },
      `no: snapshot ${snapshotName('boot', NEW)} is not ready`,
    ],
    [
      'over an unused copy of an older set that it overtook, all disks alive',
      { disks: [restored('boot'), overtaken], snapshots: [...set(OLD), ...onlySet] },
      'proven',
    ],
    [
      'not over one that somebody may have used',
      { disks: [restored('boot'), { ...overtaken, ...untold }], snapshots: [...set(OLD), ...onlySet] },
      `no: snapshot ${kept} was made from another disk than this ${data.name}`,
    ],
    [
      'not where it has no snapshot of an unused disk',
      { disks: [disk('more', never)], snapshots: set() },
      `no: set ${NEW} has no snapshot of more`,
    ],
    [
      'not where the boot disk could be spared and another one was written to',
      {
        disks: [restored('boot', OLD), disk('data', { lastWritable: { kind: 'at', atMs: timeOf(NEW) + 1 } })],
        snapshots: [...set(OLD), ...set()],
      },
      `no: ${data.name} may have been written to since snapshot ${kept} was taken`,
    ],
  ])('%s', (_, parts, why) => {
    expect(ask(parts, 'restore')).toBe(why);
  });
});

describe('what is missing is restored beside live disks of which the provider tells nothing', () => {
  const boot = disk('boot');
  const noted = (changes: Partial<Disk> = {}) =>
    disk('boot', { labels: { ...boot.labels, putInto: NEW }, ...untold, ...changes });
  const unknown = (name: string) => `no: ${disk(name).name} is not known to come after set ${NEW}`;
  it.each<[string, Parts, string]>([
    ['where they are noted as put away', { disks: [noted()], snapshots: set() }, 'proven'],
    ['where they are being restored', { disks: [restored('boot', NEW, untold)], snapshots: set() }, 'proven'],
    [
      'where one is noted and another one was restored beside it',
      { disks: [noted(), restored('data', NEW, untold)], snapshots: set() },
      'proven',
    ],
    ['where they are as they were when the set was taken', { disks: [boot], snapshots: set() }, 'proven'],
    ['not without a set', { disks: [noted()] }, 'no: there is no snapshot set'],
    [
      'not from a set that is not whole, with every reason',
      { disks: [noted()], snapshots: broken },
      `no: ${flaws}`,
    ],
    [
      'not from a set that holds nothing of a restored boot disk',
      { disks: [restored('boot', NEW, untold)], snapshots: [snapshot('data')] },
      `no: set ${NEW} is not whole: it holds 1 of 2 disks`,
    ],
    [
      'not from a set that is being deleted',
      { disks: [disk('data', untold)], snapshots: doomed },
      `no: snapshot ${snapshotName('boot', NEW)} is not ready`,
    ],
    [
      'not where the set has nothing of the disk that is noted',
      {
        disks: [boot, disk('more', { ...untold, labels: { ...data.labels, disk: 'more', putInto: NEW } })],
        snapshots: set(),
      },
      `no: set ${NEW} has no snapshot of more`,
    ],
    ['not while there is a VM', { vms: [vm()], disks: [noted()], snapshots: set() }, 'no: its VM is there'],
    ['not without a mark', { disks: [disk('boot', untold)], snapshots: set() }, unknown('boot')],
    [
      'not where another disk alone is noted',
      {
        disks: [disk('boot', untold), disk('data', { ...untold, labels: { ...data.labels, putInto: NEW } })],
        snapshots: set(),
      },
      unknown('boot'),
    ],
    [
      'not beside a disk that was restored from an older set',
      { disks: [noted(), restored('data', OLD, untold)], snapshots: [...set(OLD), ...set()] },
      unknown('data'),
    ],
    [
      'not while the provider is at work on one',
      { disks: [noted({ status: 'changing' })], snapshots: set() },
      unknown('boot'),
    ],
    [
      'not where one is known to have been written to',
      { disks: [noted({ lastWritable: { kind: 'at', atMs: timeOf(NEW) + 1 } })], snapshots: set() },
      unknown('boot'),
    ],
    [
      'not where a restored boot disk bears the list of members already',
      {
        disks: [
          restored('boot', NEW, {
            ...untold,
            labels: { ...restored('boot').labels, members: ['boot', 'data'] },
          }),
        ],
        snapshots: set(),
      },
      unknown('boot'),
    ],
    [
      'not where the boot disk is away and another one was restored',
      { disks: [restored('data', NEW, untold)], snapshots: set() },
      unknown('data'),
    ],
    [
      'not where the set has nothing of a live disk',
      { disks: [noted(), disk('more', untold)], snapshots: set() },
      `no: set ${NEW} has no snapshot of more`,
    ],
  ])('%s', (_, parts, why) => {
    expect(ask(parts, proveCutOff)).toBe(why);
  });
});
