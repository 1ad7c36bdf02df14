import type { Attachment, Disk, Fleet, Labels, Snapshot, Vm } from '../../src/core/assets.ts';
import type { Draws } from './draws.ts';
import { hostileWords, steeringTexts } from './hostileTexts.ts';

/**
 * What a faulty cloud or adapter could tell, as changes of a true answer. The rules must hold against each of these.
 *
 * Beyond any tool, and not among them: that a snapshot is ready, was taken later, of another disk's contents or in another way
 * than it was; that a disk was last writable earlier than it was, bears the content version of a snapshot that it has
 * outgrown, or is positively gone; that a deletion flag which is set reads back as clear; that an id is that of a neighbour's
 * asset. Whoever is told so in well-formed words cannot know better: they are what an adapter must never make up.
 */
export type FleetLie = (fleet: Fleet, draws: Draws) => Fleet;

type Kind = 'vms' | 'disks' | 'snapshots';
type AssetOf<K extends Kind> = { vms: Vm; disks: Disk; snapshots: Snapshot }[K];

function anyText(draws: Draws): string {
  return draws.chance(0.5)
    ? draws.oneOf(hostileWords)
    : `${draws.oneOf(['', 'dev'])}${draws.oneOf(steeringTexts)}FORGED`;
}

const oddNumbers: readonly number[] = [Number.NaN, -1, 0, 1e30, Number.POSITIVE_INFINITY, 2 ** 53, 0.5];

/** Which of them it is about: seldom a neighbour's. */
function place(assets: readonly (Vm | Disk | Snapshot)[], draws: Draws): number {
  const own = [...assets.keys()].filter((at) => assets[at]?.labels.workstation !== 'other');
  return own.length > 0 && draws.chance(0.9) ? draws.oneOf(own) : draws.below(assets.length);
}

function atOne<K extends Kind>(
  kind: K,
  change: (asset: AssetOf<K>, draws: Draws, fleet: Fleet) => AssetOf<K>,
): FleetLie {
  return (fleet, draws) => {
    const assets: readonly AssetOf<Kind>[] = fleet[kind];
    if (assets.length === 0) return fleet;
    const at = place(assets, draws);
    return {
      ...fleet,
      [kind]: assets.map((asset, index) =>
        index === at ? change(asset as AssetOf<K>, draws, fleet) : asset,
      ),
    };
  };
}

const kinds: readonly Kind[] = ['vms', 'disks', 'snapshots'];

/** Of any kind, by what all have in common. */
function atAny(change: (asset: Vm | Disk | Snapshot, draws: Draws, fleet: Fleet) => object): FleetLie {
  return (fleet, draws) => {
    const filled = kinds.filter((kind) => fleet[kind].length > 0);
    if (filled.length === 0) return fleet;
    const kind = draws.oneOf(filled);
    const assets: readonly (Vm | Disk | Snapshot)[] = fleet[kind];
    const at = place(assets, draws);
    return {
      ...fleet,
      [kind]: assets.map((asset, index) =>
        index === at ? { ...asset, ...change(asset, draws, fleet) } : asset,
      ),
    };
  };
}

function listed(
  change: <T extends { readonly id: string }>(assets: readonly T[], at: number, draws: Draws) => T[],
) {
  return (fleet: Fleet, draws: Draws): Fleet => {
    const kind = draws.oneOf(kinds);
    const assets: readonly AssetOf<Kind>[] = fleet[kind];
    if (assets.length === 0) return fleet;
    return { ...fleet, [kind]: change(assets, place(assets, draws), draws) };
  };
}

function without<T extends object>(asset: T, key: keyof T): T {
  return Object.fromEntries(Object.entries(asset).filter(([name]) => name !== key)) as T;
}

function labelled(change: (labels: Labels, draws: Draws) => Labels): FleetLie {
  return atAny(({ labels }, draws) => ({ labels: change(labels, draws) }));
}

/** In its place, another value; left out where there is none. */
function relabelled(key: keyof Labels, values: (draws: Draws) => unknown): FleetLie {
  return labelled((labels, draws) => {
    if (draws.chance(0.3)) return without(labels, key);
    return { ...labels, [key]: values(draws) };
  });
}

function swapped<T>(list: readonly T[], one: number, other: number): T[] {
  return list.map((entry, at) =>
    at === one ? (list[other] ?? entry) : at === other ? (list[one] ?? entry) : entry,
  );
}

const present: readonly FleetLie[] = [
  listed((assets, at) => assets.filter((_, index) => index !== at)),
  listed((assets, at) => [...assets, ...assets.slice(at, at + 1)]),
  listed((assets, at) => [...assets, ...assets.slice(at, at + 1).map((asset) => ({ ...asset, id: 'twin' }))]),
  listed((assets) => [...assets].reverse()),
  atAny(() => ({ id: 'nowhere' })),
  // Two of one workstation: what bears one's name is the other.
  (fleet, draws) => {
    const kind = draws.oneOf(['disks', 'snapshots'] as const);
    const own = fleet[kind].filter(({ labels }) => labels.workstation === 'dev');
    if (own.length < 2) return fleet;
    const [one, other] = [draws.oneOf(own).id, draws.oneOf(own).id];
    const turned = (id: string) => (id === one ? other : id === other ? one : id);
    return { ...fleet, [kind]: fleet[kind].map((asset) => ({ ...asset, id: turned(asset.id) })) };
  },
];

const statuses: readonly FleetLie[] = [
  atAny((_, draws) => ({ status: 'unknown', statusText: anyText(draws) })),
  atAny((_, draws) => ({ status: 'unknown', statusText: anyText(draws) })),
  atOne('vms', (vm, draws) => ({
    ...vm,
    status: draws.oneOf(['running', 'stopped', 'changing', 'suspended']),
    statusText: anyText(draws),
  })),
  atOne('disks', (disk, draws) => ({ ...disk, status: draws.oneOf(['changing', 'failed']) })),
  atOne('snapshots', (snapshot, draws) => ({ ...snapshot, status: draws.oneOf(['changing', 'failed']) })),
];

const times: readonly FleetLie[] = [
  atOne('vms', (vm, draws) => without(vm, draws.oneOf(['lastStartedAtMs', 'lastStoppedAtMs']))),
  atOne('vms', (vm, draws) => ({
    ...vm,
    [draws.oneOf(['lastStartedAtMs', 'lastStoppedAtMs'])]: draws.oneOf(oddNumbers),
  })),
  atOne('disks', (disk, draws) => ({ ...disk, createdAtMs: draws.oneOf(oddNumbers) })),
  atOne('disks', (disk, draws) => ({
    ...disk,
    lastWritable: draws.oneOf<Disk['lastWritable']>([
      { kind: 'unknown' },
      { kind: 'now' },
      { kind: 'at', atMs: Number.NaN },
      { kind: 'at', atMs: 1e30 },
    ]),
  })),
  atOne('snapshots', (snapshot, draws) => ({
    ...snapshot,
    takenAtMs: draws.oneOf([Number.NaN, -1, 0, snapshot.takenAtMs - 86_400_000]),
  })),
  (fleet, draws) => ({ ...fleet, readAtMs: draws.oneOf([Number.NaN, 0, 1e30]) }),
];

const lineage: readonly FleetLie[] = [
  (fleet, draws) => {
    const count = fleet.snapshots.length;
    if (count < 2) return fleet;
    const sources = swapped(
      fleet.snapshots.map(({ sourceDiskId }) => sourceDiskId),
      draws.below(count),
      draws.below(count),
    );
    return {
      ...fleet,
      snapshots: fleet.snapshots.map((snapshot, at) => {
        const sourceDiskId = sources[at];
        return sourceDiskId === undefined ? without(snapshot, 'sourceDiskId') : { ...snapshot, sourceDiskId };
      }),
    };
  },
  atOne('snapshots', (snapshot) => without(snapshot, 'sourceDiskId')),
  atOne('snapshots', (snapshot) => ({ ...snapshot, sourceDiskId: 'nowhere' })),
  atOne('snapshots', (snapshot, draws, fleet) =>
    fleet.disks.length === 0 ? snapshot : { ...snapshot, sourceDiskId: draws.oneOf(fleet.disks).id },
  ),
  atOne('snapshots', (snapshot, draws) => ({
    ...snapshot,
    kind: draws.oneOf(['copied', 'scheduled', 'instant', 'unknown']),
  })),
  atOne('disks', (disk, draws) => ({
    ...disk,
    origin: draws.oneOf<Disk['origin']>([
      { from: 'unknown' },
      { from: 'image', image: anyText(draws) },
      { from: 'snapshot', snapshotId: 'nowhere' },
    ]),
  })),
  atOne('disks', (disk) => without(disk, 'contentVersion')),
  atOne('disks', (disk) => ({ ...disk, contentVersion: 'another' })),
  atOne('snapshots', (snapshot) => without(snapshot, 'contentVersion')),
  atOne('snapshots', (snapshot) => ({ ...snapshot, contentVersion: 'another' })),
];

const labels: readonly FleetLie[] = [
  labelled(() => ({})),
  relabelled('owner', (draws) => draws.oneOf(['ffffffff', '', anyText(draws)])),
  relabelled('workstation', (draws) => draws.oneOf(['dev', 'other', '', anyText(draws)])),
  relabelled('disk', (draws) => draws.oneOf(['boot', 'data', '', anyText(draws)])),
  relabelled('role', (draws) => draws.oneOf(['boot', 'data'])),
  relabelled('set', (draws) =>
    draws.oneOf(['20251231235959', '20991231235959', '99991231235959', '99999999999999', anyText(draws)]),
  ),
  relabelled('setIndex', (draws) => draws.oneOf([1, 2, ...oddNumbers])),
  relabelled('setSize', (draws) => draws.oneOf([1, 2, 3, ...oddNumbers])),
  relabelled('clean', (draws) => draws.chance(0.5)),
  relabelled('restoredFrom', (draws) => anyText(draws)),
  relabelled('members', (draws) => draws.oneOf([[], ['boot'], ['boot', 'data', 'ghost'], [anyText(draws)]])),
  relabelled('endOn', (draws) => draws.chance(0.5)),
  relabelled('deleting', (draws) => draws.chance(0.8)),
];

function attached(
  change: (attachments: readonly Attachment[], draws: Draws) => readonly Attachment[],
): FleetLie {
  return atOne('vms', (vm, draws) => ({ ...vm, attachments: change(vm.attachments, draws) }));
}

const attachments: readonly FleetLie[] = [
  attached((list) => [
    ...list,
    { diskId: 'nowhere', diskName: 'nowhere', boot: false, deletedWithVm: false },
  ]),
  attached((list) => list.slice(1)),
  attached((list) => list.slice(0, -1)),
  attached((list) => [...list, ...list]),
  attached((list, draws) => list.map((entry) => ({ ...entry, boot: draws.chance(0.5) }))),
  attached((list, draws) =>
    list.map((entry) => ({ ...entry, deletedWithVm: entry.deletedWithVm || draws.chance(0.5) })),
  ),
  attached((list, draws) => list.map((entry) => ({ ...entry, diskName: anyText(draws) }))),
  attached((list) => list.map((entry) => ({ ...entry, diskId: 'nowhere' }))),
  atOne('disks', (disk) => ({ ...disk, attachedTo: [...disk.attachedTo, 'nowhere'] })),
  atOne('disks', (disk) => ({ ...disk, attachedTo: [] })),
  atOne('disks', (disk, draws, fleet) =>
    fleet.vms.length === 0 ? disk : { ...disk, attachedTo: [draws.oneOf(fleet.vms).id] },
  ),
];

const words: readonly FleetLie[] = [
  atAny((_, draws) => ({ name: anyText(draws) })),
  atAny((asset, draws) => ({ name: `${asset.name}${draws.oneOf(steeringTexts)}` })),
  (fleet, draws) => {
    const kind = draws.oneOf(kinds);
    const assets: readonly AssetOf<Kind>[] = fleet[kind];
    if (assets.length < 2) return fleet;
    const names = swapped(
      assets.map(({ name }) => name),
      draws.below(assets.length),
      draws.below(assets.length),
    );
    return { ...fleet, [kind]: assets.map((asset, at) => ({ ...asset, name: names[at] ?? asset.name })) };
  },
  atAny((_, draws) => ({ location: draws.oneOf(['north-b', 'south-a', anyText(draws)]) })),
  atAny((_, draws) => ({ statusText: anyText(draws) })),
  atAny((_, draws) => ({ id: anyText(draws) })),
  atOne('disks', (disk, draws) => ({ ...disk, type: anyText(draws) })),
  atOne('vms', (vm, draws) => ({ ...vm, trouble: anyText(draws) })),
  atOne('vms', (vm, draws) => ({ ...vm, diesWithVm: [anyText(draws)] })),
  (fleet, draws) => ({ ...fleet, account: draws.oneOf(['elsewhere', '', anyText(draws)]) }),
];

const numbers: readonly FleetLie[] = [
  atOne('disks', (disk, draws) => ({ ...disk, sizeBytes: draws.oneOf([...oddNumbers, disk.sizeBytes * 2]) })),
  atOne('snapshots', (snapshot, draws) => ({
    ...snapshot,
    sizeBytes: draws.oneOf([...oddNumbers, snapshot.sizeBytes * 2]),
  })),
  atOne('disks', (disk, draws) => ({ ...disk, storedBytes: draws.oneOf(oddNumbers) })),
  atOne('snapshots', (snapshot, draws) => ({ ...snapshot, storedBytes: draws.oneOf(oddNumbers) })),
  atOne('vms', (vm, draws) => ({
    ...vm,
    size: draws.oneOf<Vm['size']>([
      { machineType: anyText(draws) },
      { cpus: draws.oneOf(oddNumbers), memoryBytes: draws.oneOf(oddNumbers) },
    ]),
  })),
];

export const fleetLies: readonly FleetLie[] = [
  ...present,
  ...statuses,
  ...times,
  ...lineage,
  ...labels,
  ...attachments,
  ...words,
  ...numbers,
];
