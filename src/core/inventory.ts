import type { Disk, Fleet, Inventory, Labels, Snapshot, Vm } from './assets.ts';
import { type Guard, pass } from './guard.ts';
import { type DiskIdentity, identitiesOf, type NamingScheme } from './names.ts';
import type { Workstation } from './workstation.ts';

/** What makes an asset ours. */
export interface Claim {
  readonly workstation: Workstation;
  /** The configuration's `id`, where it has one. */
  readonly owner?: string;
  readonly scheme: NamingScheme;
  /** The account, project or store that the assets must be in. */
  readonly account: string;
}

/** The disk that a live disk or a snapshot is, or is of: by its label, else by its name and the file. */
export function diskOf(asset: Disk | Snapshot, claim: Claim): string | undefined {
  const { labels, name } = asset;
  if (labels.workstation !== undefined) {
    return labels.workstation === claim.workstation.name ? labels.disk : undefined;
  }
  const identities = identitiesOf(claim.workstation);
  return (claim.scheme.parseDisk(name, identities) ?? claim.scheme.parseSnapshot(name, identities))?.disk;
}

/** The timestamp of the set that a snapshot belongs to. */
export function setOf(snapshot: Snapshot, claim: Claim): string | undefined {
  return (
    snapshot.labels.set ?? claim.scheme.parseSnapshot(snapshot.name, identitiesOf(claim.workstation))?.set
  );
}

interface OwnershipCase {
  readonly asset: Vm | Disk | Snapshot;
  readonly claim: Claim;
}

/** What keeps an asset from being a part of the workstation. Nobody's label may contradict us. */
export const ownership: readonly Guard<OwnershipCase>[] = [
  {
    name: 'own-configuration',
    rule: 'R9',
    missing: ({ asset: { labels, name }, claim }) =>
      labels.owner === undefined || claim.owner === undefined || labels.owner === claim.owner
        ? undefined
        : `${name} belongs to another configuration (id ${labels.owner})`,
  },
  {
    name: 'own-workstation',
    rule: 'R9',
    missing: ({ asset: { labels, name }, claim }) =>
      labels.workstation === undefined || labels.workstation === claim.workstation.name
        ? undefined
        : `${name} is labelled as a part of workstation ${labels.workstation}`,
  },
  {
    name: 'own-name',
    rule: 'R9',
    missing: ({ asset, claim }) => {
      const wanted = claim.workstation.name;
      if ('attachments' in asset)
        return asset.name === wanted
          ? undefined
          : `${asset.name} is not the name of the VM of workstation ${wanted}`;
      const { disk } = asset.labels;
      const identities: DiskIdentity[] =
        disk === undefined ? identitiesOf(claim.workstation) : [{ workstation: wanted, disk }];
      const parsed =
        'takenAtMs' in asset
          ? claim.scheme.parseSnapshot(asset.name, identities)
          : claim.scheme.parseDisk(asset.name, identities);
      return parsed === undefined
        ? `${asset.name} is not a name that chews gives to an asset of ${wanted}`
        : undefined;
    },
  },
];

/**
 * Whether name, label and lineage agree that an asset is ours, or the sentence that says what does not.
 * A label that says so while the name says otherwise was copied onto a stranger; neither alone is enough to delete.
 */
export function strangeness(asset: Vm | Disk | Snapshot, claim: Claim): string | undefined {
  const known = pass(ownership, { asset, claim }, asset);
  return known.ok ? undefined : known.missing;
}

/** What our label says is ours, whatever its name, unless another configuration's id is beside it; what bears none, by its name. */
function belongs(asset: Vm | Disk | Snapshot, claim: Claim): boolean {
  const named = asset.labels.workstation;
  if (named === undefined) return strangeness(asset, claim) === undefined;
  const sameConfiguration = ownership.filter(({ name }) => name === 'own-configuration');
  return named === claim.workstation.name && pass(sameConfiguration, { asset, claim }, asset).ok;
}

/** What is told of twice belongs here as soon as one telling says so: then nobody knows which of the two is true. */
function belonging<T extends Vm | Disk | Snapshot>(assets: readonly T[], claim: Claim): readonly T[] {
  const ids = new Set(assets.filter((asset) => belongs(asset, claim)).map(({ id }) => id));
  return assets.filter(({ id }) => ids.has(id));
}

/** The part of a fleet that belongs to one workstation. */
export function inventoryOf(fleet: Fleet, claim: Claim): Inventory {
  const vms = belonging(fleet.vms, claim);
  const disks = belonging(fleet.disks, claim);
  const ids = new Set(disks.map((disk) => disk.id));
  return {
    workstation: claim.workstation.name,
    readAtMs: fleet.readAtMs,
    account: fleet.account,
    ...(fleet.place !== undefined && { place: fleet.place }),
    ...(fleet.ended !== undefined && { ended: fleet.ended }),
    vms,
    disks,
    snapshots: belonging(fleet.snapshots, claim),
    strangers: fleet.vms.filter(
      (vm) =>
        !vms.includes(vm) &&
        (vm.attachments.some((attachment) => ids.has(attachment.diskId)) ||
          disks.some((disk) => disk.attachedTo.includes(vm.id))),
    ),
  };
}

/** A fleet cut into what each workstation could own, so that a thousand workstations are read in one pass. */
export function splitFleet(fleet: Fleet): (workstation: string) => Fleet {
  const unlabelled = { vms: [] as Vm[], disks: [] as Disk[], snapshots: [] as Snapshot[] };
  const labelled = new Map<string, typeof unlabelled>();
  const placeOf = (labels: Labels) => {
    if (labels.workstation === undefined) return unlabelled;
    const known = labelled.get(labels.workstation);
    if (known !== undefined) return known;
    const fresh: typeof unlabelled = { vms: [], disks: [], snapshots: [] };
    labelled.set(labels.workstation, fresh);
    return fresh;
  };
  for (const vm of fleet.vms) placeOf(vm.labels).vms.push(vm);
  for (const disk of fleet.disks) placeOf(disk.labels).disks.push(disk);
  for (const snapshot of fleet.snapshots) placeOf(snapshot.labels).snapshots.push(snapshot);
  const holders = new Map<string, Vm[]>();
  for (const vm of fleet.vms) {
    for (const { diskId } of vm.attachments) holders.set(diskId, [...(holders.get(diskId) ?? []), vm]);
  }
  const vmById = new Map(fleet.vms.map((vm) => [vm.id, vm]));
  return (workstation) => {
    const own = labelled.get(workstation);
    const disks = [...(own?.disks ?? []), ...unlabelled.disks];
    const vms = new Set([...(own?.vms ?? []), ...unlabelled.vms]);
    for (const disk of disks) {
      for (const vm of holders.get(disk.id) ?? []) vms.add(vm);
      for (const id of disk.attachedTo) {
        const vm = vmById.get(id);
        if (vm !== undefined) vms.add(vm);
      }
    }
    return {
      ...fleet,
      vms: [...vms],
      disks,
      snapshots: [...(own?.snapshots ?? []), ...unlabelled.snapshots],
    };
  };
}

/** Assets of our names that are somebody else's: making ours beside them would collide or hide them. */
export function lookalikesOf(fleet: Fleet, claim: Claim): readonly (Vm | Disk | Snapshot)[] {
  const bare = (asset: Vm | Disk | Snapshot) => ({ ...asset, labels: {} });
  return [...fleet.vms, ...fleet.disks, ...fleet.snapshots].filter(
    (asset) => !belongs(asset, claim) && strangeness(bare(asset), claim) === undefined,
  );
}
