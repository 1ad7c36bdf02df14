import type {
  CreateTagsRequest,
  DeleteTagsRequest,
  ResourceType,
  Tag,
  TagSpecification,
} from '@aws-sdk/client-ec2';
import { assetById, type Desk, modelId } from './ec2World.ts';
import { Ec2Refusal } from './refusal.ts';

/** What the tags of a resource are, by the type that TagSpecifications name. */
export function tagsFor(specifications: readonly TagSpecification[] | undefined, type: ResourceType): Tag[] {
  return (specifications ?? []).flatMap(({ ResourceType, Tags }) =>
    ResourceType === type ? (Tags ?? []) : [],
  );
}

/** Refuses specifications for what the call does not make. */
export function checkSpecifications(
  specifications: readonly TagSpecification[] | undefined,
  ...types: readonly ResourceType[]
): void {
  for (const { ResourceType, Tags } of specifications ?? []) {
    if (ResourceType === undefined || !types.includes(ResourceType)) {
      throw new Ec2Refusal(
        'InvalidParameterValue',
        `'${ResourceType}' is not a valid taggable resource type for this operation`,
      );
    }
    checkTags(new Map(), Tags ?? []);
  }
}

function checkTags(there: ReadonlyMap<string, string>, tags: readonly Tag[]): Map<string, string> {
  const merged = new Map(there);
  for (const { Key = '', Value = '' } of tags) {
    if (Key === '' || Key.length > 127 || Key.startsWith('aws:'))
      throw new Ec2Refusal('InvalidParameterValue', `Tag keys: '${Key}' cannot be a tag key`);
    if (Value.length > 256)
      throw new Ec2Refusal('InvalidParameterValue', `Tag value exceeds the maximum length of 256 characters`);
    merged.set(Key, Value);
  }
  if (merged.size > 50)
    throw new Ec2Refusal('TagLimitExceeded', 'The maximum number of tags for a resource has been reached');
  return merged;
}

/** Merges tags into those of a resource, and lets the model know whose data a disk holds. */
export function putTags({ world, ec2 }: Desk, id: string, tags: readonly Tag[]): void {
  const merged = checkTags(ec2.tags.get(id) ?? new Map(), tags);
  ec2.tags.set(id, merged);
  const asset = world.vms.get(id) ?? world.disks.get(id) ?? world.snapshots.get(id);
  if (asset !== undefined) asset.name = merged.get('Name') ?? '';
  const disk = world.disks.get(id);
  if (disk === undefined) return;
  disk.workstation = merged.get('chews:workstation') ?? disk.workstation;
  disk.disk = merged.get('chews:disk') ?? disk.disk;
}

/** Sets tags at once on all resources named, or on none. */
export function createTags(desk: Desk, { Resources = [], Tags = [] }: CreateTagsRequest): void {
  const ids = Resources.map((wire) => taggable(desk, wire));
  for (const id of ids) checkTags(desk.ec2.tags.get(id) ?? new Map(), Tags);
  for (const id of ids) putTags(desk, id, Tags);
}

/** A tag whose value is told goes only while it has that value. */
export function deleteTags(desk: Desk, { Resources = [], Tags = [] }: DeleteTagsRequest): void {
  for (const wire of Resources) {
    const id = taggable(desk, wire);
    const tags = desk.ec2.tags.get(id);
    for (const { Key = '', Value } of Tags) {
      if (Value === undefined || tags?.get(Key) === Value) tags?.delete(Key);
    }
    putTags(desk, id, []);
  }
}

function taggable(desk: Desk, wire: string): string {
  const { world, ec2 } = desk;
  const id = modelId(wire);
  if (id === undefined) throw new Ec2Refusal('InvalidID', `The ID '${wire}' is not valid`);
  if (wire.startsWith('i-')) {
    if (ec2.instances.get(id)?.endedAtMs !== undefined) return id;
    return assetById(desk, world.vms, wire, 'InvalidInstanceID').id;
  }
  if (wire.startsWith('vol-')) return assetById(desk, world.disks, wire, 'InvalidVolume').id;
  if (wire.startsWith('snap-')) return assetById(desk, world.snapshots, wire, 'InvalidSnapshot').id;
  if (wire.startsWith('ami-') && ec2.images.get(wire)?.ownerId === desk.account) return wire;
  if (wire.startsWith('lt-') && ec2.templates.get(wire)?.account === desk.account) return wire;
  throw new Ec2Refusal('InvalidID', `The ID '${wire}' is not valid`);
}
