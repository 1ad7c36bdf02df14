import { bind } from '../../src/core/bind.ts';
import { proveCutOff, proveHolds, proveInSet, proveRestorable } from '../../src/core/contentProofs.ts';
import { proveOnlyCopy } from '../../src/core/onlyCopy.ts';
import type { Disk, Snapshot } from '../../src/core/assets.ts';
import { type Membership, membershipOf } from '../../src/core/membership.ts';
import { pass } from '../../src/core/guard.ts';
import { strangeness } from '../../src/core/inventory.ts';
import { firstBoot } from '../../src/core/planRestore.ts';
import { nothingObserved } from '../../src/core/observations.ts';
import {
  type Evidence,
  proveDiskDeletion,
  proveSnapshotDeletion,
  proveVmDeletion,
} from '../../src/core/proofs.ts';
import { proveUnderstood } from '../../src/core/proveUnderstood.ts';
import { type SnapshotSet, snapshotSetsOf } from '../../src/core/snapshotSets.ts';
import { granted, missing, type Verdict } from '../../src/core/verdict.ts';
import {
  attachment,
  claim,
  disk,
  inventory,
  MIDDLE,
  machine,
  NEW,
  OLD,
  type Parts,
  restored,
  running,
  set,
  snapshot,
  timeOf,
  vm,
} from '../support/builders.ts';

/** What only one guard stands against: with it there is no proof, without it there would be one. */
export interface GuardCase {
  readonly guard: string;
  readonly verdict: () => Verdict<unknown>;
}

const boot = disk('boot');
const data = disk('data');
const both = [boot, data];
const later = timeOf(NEW) + 1;
const written: Partial<Disk> = { lastWritable: { kind: 'at', atMs: later } };
const untold: Partial<Disk> = { lastWritable: { kind: 'unknown' } };

function marked<T extends Disk | Snapshot>(asset: T): T {
  return { ...asset, labels: { ...asset.labels, deleting: true } };
}

function evidence(parts: Parts, others: Partial<Evidence> = {}): Evidence {
  return { claim: claim(), inventory: inventory(parts), seen: nothingObserved, erase: false, ...others };
}

const deleteData = (parts: Parts, others: Partial<Evidence> = {}) =>
  proveDiskDeletion('disk-data', evidence(parts, others));
const deleteVm = (parts: Parts) => proveVmDeletion('vm-1', evidence(parts));
const holdsData = (snapshotChanges: Partial<Snapshot>, diskChanges: Partial<Disk> = {}) =>
  proveHolds(snapshot('data', NEW, snapshotChanges), { ...data, ...diskChanges }, { seen: nothingObserved });

function fromSets<T>(
  parts: Parts,
  prove: (newest: SnapshotSet | undefined, membership: Membership, evidence: Evidence) => Verdict<T>,
  of = claim(),
): Verdict<T> {
  const given = { ...evidence(parts), claim: of, inventory: inventory(parts, of) };
  const newest = snapshotSetsOf(given.inventory, of).at(-1);
  return prove(newest, membershipOf(given.inventory, of, newest), given);
}

function ownVerdict(asset: Disk): Verdict<true> {
  const strange = strangeness(asset, claim());
  return strange === undefined ? granted(true) : missing(strange);
}

const firstBootOn = (...live: readonly Disk[]): Verdict<true> => {
  const given = inventory({ disks: live });
  return pass(firstBoot, membershipOf(given, claim(), undefined).members, true);
};

const restore = (parts: Parts, of = claim()) =>
  fromSets(parts, (newest, { members }, given) => proveRestorable(newest, members, given), of);
const goOn = (parts: Parts, of = claim()) => fromSets(parts, proveCutOff, of);
const inNewest = (parts: Parts) =>
  fromSets(parts, (newest, { members }, given) => {
    const member = members.find(({ name }) => name === 'data');
    if (newest === undefined || member === undefined) throw new Error('there is no set, or no data disk');
    return proveInSet(newest, member, given);
  });
const noted = (changes: Partial<Disk> = {}): Disk =>
  disk('boot', { labels: { ...boot.labels, putInto: NEW }, ...untold, ...changes });
const oneDisk = claim({ disks: [{ name: 'boot', sizeBytes: boot.sizeBytes, type: 'standard' }] });
const alone = disk('boot', { labels: { ...boot.labels, members: ['boot'] } });

export const guardCases: readonly GuardCase[] = [
  {
    guard: 'vm-status-known',
    verdict: () => proveUnderstood(inventory({ vms: [vm({ status: 'unknown', statusText: 'REPAIRING' })] })),
  },
  {
    guard: 'asset-status-known',
    verdict: () =>
      deleteData({ disks: both, snapshots: [...set(), snapshot('boot', OLD, { status: 'unknown' })] }),
  },
  {
    guard: 'right-account',
    verdict: () => deleteData({ disks: both, snapshots: set() }, { claim: claim({}, { account: 'work' }) }),
  },
  { guard: 'one-of-the-id', verdict: () => deleteData({ disks: [boot, data, data], snapshots: set() }) },
  {
    guard: 'one-of-the-name',
    verdict: () => deleteData({ disks: [boot, data, { ...data, id: 'disk-twin' }], snapshots: set() }),
  },
  {
    guard: 'no-stranger',
    verdict: () => deleteData({ disks: [boot, { ...data, name: 'photographs' }], snapshots: set() }),
  },
  {
    guard: 'own-configuration',
    verdict: () =>
      deleteData({
        disks: [boot, { ...data, labels: { ...data.labels, owner: 'somebody' } }],
        snapshots: set(),
      }),
  },
  {
    guard: 'own-workstation',
    verdict: () => ownVerdict({ ...data, labels: { ...data.labels, workstation: 'other' } }),
  },
  { guard: 'own-name', verdict: () => ownVerdict({ ...data, name: 'photographs' }) },
  { guard: 'still-there', verdict: () => bind({ kind: 'start-vm', vm: { name: 'dev' } }, inventory()) },
  {
    guard: 'no-twin',
    verdict: () =>
      bind({ kind: 'start-vm', vm: { name: 'dev' } }, inventory({ vms: [vm(), vm({ id: 'vm-2' })] })),
  },
  {
    guard: 'not-replaced',
    verdict: () => bind({ kind: 'start-vm', vm: { name: 'dev', id: 'vm-0' } }, inventory({ vms: [vm()] })),
  },
  {
    guard: 'nobody-started-it',
    verdict: () =>
      bind(
        {
          kind: 'snapshot-disk',
          disk: { name: data.name },
          name: 'ss',
          location: 'north',
          labels: { clean: true },
        },
        inventory(machine(both, running)),
      ),
  },
  {
    guard: 'copy-of-the-planned-snapshot',
    verdict: () =>
      bind(
        {
          kind: 'create-vm',
          name: 'dev',
          location: 'north',
          size: { machineType: 'small' },
          image: 'plain',
          disks: [{ name: boot.name, madeFrom: `snapshot-boot-${OLD}` }],
          labels: {},
          firstBoot: false,
        },
        inventory({ disks: [restored('boot')] }),
      ),
  },
  {
    guard: 'disks-still-unused',
    verdict: () =>
      bind(
        {
          kind: 'create-vm',
          name: 'dev',
          location: 'north',
          size: { cpus: 1, memoryBytes: boot.sizeBytes },
          image: 'debian-13',
          disks: [{ name: boot.name }],
          labels: {},
          firstBoot: true,
        },
        inventory({ disks: [boot] }),
      ),
  },
  { guard: 'vm-stopped', verdict: () => deleteVm(machine(both, running)) },
  {
    guard: 'deletion-flags-clear',
    verdict: () =>
      deleteVm(machine(both, { attachments: [attachment(boot), attachment(data, { deletedWithVm: true })] })),
  },
  {
    guard: 'all-attachments-told',
    verdict: () => deleteVm(machine(both, { attachments: [attachment(boot)] })),
  },
  { guard: 'nothing-dies-with-vm', verdict: () => deleteVm(machine(both, { diesWithVm: ['a local SSD'] })) },
  {
    guard: 'unattached-by-disk',
    verdict: () => deleteData({ disks: [boot, { ...data, attachedTo: ['vm-9'] }], snapshots: set() }),
  },
  {
    guard: 'unattached-by-vms',
    verdict: () =>
      deleteData({ vms: [vm({ attachments: [attachment(data)] })], disks: both, snapshots: set() }),
  },
  {
    guard: 'no-vm-at-work',
    verdict: () => deleteData({ vms: [vm(running)], disks: both, snapshots: set() }),
  },
  {
    guard: 'end-asked-for-and-marked',
    verdict: () => deleteData({ disks: both, snapshots: set() }, { erase: true }),
  },
  {
    guard: 'not-marked-by-another',
    verdict: () => deleteData({ disks: [boot, marked(data)], snapshots: set() }),
  },
  {
    guard: 'sets-in-order',
    verdict: () =>
      deleteData({ disks: both, snapshots: [...set(MIDDLE, { takenAtMs: later }), ...set()] }, { into: NEW }),
  },
  {
    guard: 'set-is-the-newest',
    verdict: () => {
      const old: Partial<Disk> = { lastWritable: { kind: 'at', atMs: timeOf(OLD) } };
      const disks = both.map((live) => ({ ...live, ...old }));
      return deleteData({ disks, snapshots: [...set(MIDDLE), ...set()] }, { into: MIDDLE });
    },
  },
  {
    guard: 'set-holds-every-member',
    verdict: () => deleteData({ disks: [{ ...boot, ...written }, data], snapshots: set() }, { into: NEW }),
  },
  { guard: 'snapshot-ready', verdict: () => holdsData({ status: 'changing', statusText: 'UPLOADING' }) },
  { guard: 'snapshot-taken-from-disk', verdict: () => holdsData({ kind: 'scheduled' }) },
  {
    guard: 'snapshot-stays',
    verdict: () => proveHolds(marked(snapshot('data')), data, { seen: nothingObserved }),
  },
  { guard: 'same-incarnation', verdict: () => holdsData({ sourceDiskId: 'disk-of-last-year' }) },
  { guard: 'same-size', verdict: () => holdsData({ sizeBytes: data.sizeBytes - 1 }) },
  {
    guard: 'not-writable-now',
    verdict: () =>
      holdsData({ contentVersion: 'v1' }, { contentVersion: 'v1', lastWritable: { kind: 'now' } }),
  },
  {
    guard: 'same-content',
    verdict: () => holdsData({ contentVersion: 'v1' }, { contentVersion: 'v2' }),
  },
  { guard: 'not-written-since', verdict: () => holdsData({}, written) },
  { guard: 'never-written', verdict: () => proveOnlyCopy(data, inventory()) },
  {
    guard: 'origin-known',
    verdict: () =>
      proveOnlyCopy({ ...data, origin: { from: 'unknown' }, lastWritable: { kind: 'never' } }, inventory()),
  },
  { guard: 'source-still-there', verdict: () => proveOnlyCopy(restored('data'), inventory()) },
  {
    guard: 'source-as-taken',
    verdict: () =>
      proveOnlyCopy(restored('data'), inventory({ snapshots: [snapshot('data', NEW, { kind: 'copied' })] })),
  },
  {
    guard: 'gone-disk-was-put-away',
    verdict: () => inNewest({ disks: [boot], vms: [vm()], snapshots: set() }),
  },
  {
    guard: 'source-ready',
    verdict: () =>
      proveOnlyCopy(
        restored('data'),
        inventory({ snapshots: [snapshot('data', NEW, { status: 'failed' })] }),
      ),
  },
  {
    guard: 'snapshot-in-the-set',
    verdict: () => inNewest({ disks: [boot], snapshots: [snapshot('boot')] }),
  },
  {
    guard: 'last-copy-ready',
    verdict: () =>
      inNewest({
        disks: [boot],
        snapshots: [snapshot('boot'), snapshot('data', NEW, { status: 'changing' })],
      }),
  },
  { guard: 'set-whole', verdict: () => restore({ disks: [alone], snapshots: [snapshot('boot')] }, oneDisk) },
  {
    guard: 'live-disks-agree',
    verdict: () => restore({ disks: [{ ...boot, ...written }, data], snapshots: set() }),
  },
  {
    guard: 'cut-off-set-whole',
    verdict: () => goOn({ disks: [alone], snapshots: [snapshot('boot')] }, oneDisk),
  },
  {
    guard: 'cut-off-without-vm',
    verdict: () =>
      goOn({
        vms: [vm({ attachments: [attachment(boot), attachment(data)] })],
        disks: [noted()],
        snapshots: set(),
      }),
  },
  {
    guard: 'cut-off-descends-from-set',
    verdict: () => goOn({ disks: [disk('boot', untold)], snapshots: set() }),
  },
  {
    guard: 'snapshot-end-asked-for',
    verdict: () => proveSnapshotDeletion(`snapshot-data-${NEW}`, evidence({ snapshots: set().map(marked) })),
  },
  {
    guard: 'snapshot-marked',
    verdict: () =>
      proveSnapshotDeletion(`snapshot-data-${NEW}`, evidence({ snapshots: set() }, { erase: true })),
  },
  { guard: 'disks-never-written', verdict: () => firstBootOn(boot, data) },
  { guard: 'disks-not-restored', verdict: () => firstBootOn(restored('boot')) },
];
