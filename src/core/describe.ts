import type { CreateDisk, CreateVm, PlannedAction } from './action.ts';
import { describeSize } from './drift.ts';
import { formatBytes } from './units.ts';

/** An action in the user's words, without a full stop: "snapshot disk dev-boot-…". */
export function describeAction(action: PlannedAction): string {
  switch (action.kind) {
    case 'create-disk':
      return `make disk ${action.name} (${formatBytes(action.sizeBytes)}, ${action.type})${describeSource(action.source)}`;
    case 'create-vm':
      return `make VM ${action.name} (${describeSize(action.size)}) ${describeDisks(action)}`;
    case 'start-vm':
      return `start VM ${action.vm.name}`;
    case 'stop-vm':
      return `stop VM ${action.vm.name}`;
    case 'resize-vm':
      return `resize VM ${action.vm.name} to ${describeSize(action.size)}`;
    case 'attach-disk':
      return `attach disk ${action.disk.name}`;
    case 'detach-disk':
      return `detach disk ${action.disk.name}`;
    case 'snapshot-disk':
      return `snapshot disk ${action.disk.name} as ${action.name}`;
    case 'clear-deletion-flags':
      return `see that no disk is deleted along with VM ${action.vm.name}`;
    case 'grow-disk':
      return `grow disk ${action.disk.name} to ${formatBytes(action.sizeBytes)}`;
    case 'change-disk-type':
      return `change disk ${action.disk.name} to ${action.type}`;
    case 'set-labels':
      return describeLabels(action.asset.name, action.labels);
    case 'await-guest':
      return `wait for VM ${action.vm.name} to answer on ssh`;
    case 'delete-vm':
      return `delete VM ${action.vm.name}, which keeps its disks`;
    case 'delete-disk':
      return `delete disk ${action.disk.name}${action.into === undefined ? '' : ', once it is proven to be in the set'}`;
    case 'delete-snapshot':
      return `delete snapshot ${action.snapshot.name}`;
  }
}

function describeDisks({ disks, makes = [] }: CreateVm): string {
  const [made] = makes;
  const count = disks.length + makes.length;
  const all = `${count} disk${count === 1 ? '' : 's'}`;
  if (made === undefined) return `of ${all}`;
  return `with ${all}${made.source.from === 'snapshot' ? ' from their snapshots' : describeSource(made.source)}`;
}

function describeSource(source: CreateDisk['source']): string {
  switch (source.from) {
    case 'blank':
      return '';
    case 'image':
      return ` from image ${source.image}`;
    case 'snapshot':
      return ' from its snapshot';
  }
}

function describeLabels(
  name: string,
  labels: Extract<PlannedAction, { kind: 'set-labels' }>['labels'],
): string {
  if ('members' in labels)
    return labels.members === undefined
      ? `clear the note on ${name}`
      : `note on ${name} which disks belong together`;
  if ('putInto' in labels)
    return labels.putInto === undefined
      ? `clear the note on ${name}`
      : `note on ${name} that set ${labels.putInto} holds it`;
  if ('endOn' in labels)
    return labels.endOn === true ? `note on ${name} that it is to end ON` : `clear the note on ${name}`;
  if ('deleting' in labels)
    return labels.deleting === true ? `mark ${name} for deletion` : `take the deletion mark off ${name}`;
  return `label ${name}`;
}
