import type { PlannedAction, Ref } from '../../src/core/action.ts';
import type { AssetKind } from '../../src/core/assets.ts';
import type { CallOptions } from '../../src/core/provider.ts';
import { type Gcp, type Place, refusal, type Work, workOf } from './gcpWork.ts';

/** What the caller must be allowed to do with an asset that is there already. */
interface Need {
  readonly kind: AssetKind;
  readonly ref: Ref;
  readonly permissions: readonly string[];
}

const collections: Readonly<Record<AssetKind, string>> = {
  vm: 'instances',
  disk: 'disks',
  snapshot: 'snapshots',
};

/** By action. What is made anew cannot be asked about: Compute Engine tells of permissions by asset alone. */
function needsOf(action: PlannedAction): readonly Need[] {
  const vm = (ref: Ref, ...verbs: readonly string[]): Need => need('vm', ref, verbs);
  const disk = (ref: Ref, ...verbs: readonly string[]): Need => need('disk', ref, verbs);
  switch (action.kind) {
    case 'create-disk':
      return action.source.from === 'snapshot'
        ? [need('snapshot', { name: 'its source', id: action.source.snapshotId }, ['useReadOnly'])]
        : [];
    case 'create-vm':
      return action.disks.map((ref) => disk(ref, 'use'));
    case 'start-vm':
      return [vm(action.vm, 'start')];
    case 'stop-vm':
      return [vm(action.vm, 'stop')];
    case 'resize-vm':
      return [vm(action.vm, 'setMachineType')];
    case 'attach-disk':
      return [vm(action.vm, 'attachDisk'), disk(action.disk, 'use')];
    case 'detach-disk':
      return [vm(action.vm, 'detachDisk')];
    case 'clear-deletion-flags':
      return [vm(action.vm, 'setDiskAutoDelete')];
    case 'delete-vm':
      return [vm(action.vm, 'delete')];
    case 'snapshot-disk':
      return [disk(action.disk, 'createSnapshot')];
    case 'grow-disk':
      return [disk(action.disk, 'resize')];
    case 'delete-disk':
      return [disk(action.disk, 'delete')];
    case 'delete-snapshot':
      return [need('snapshot', action.snapshot, ['delete'])];
    case 'set-labels':
      return [need(action.assetKind, action.asset, ['setLabels'])];
    case 'change-disk-type':
    case 'await-guest':
      return [];
  }
}

function need(kind: AssetKind, ref: Ref, verbs: readonly string[]): Need {
  return { kind, ref, permissions: verbs.map((verb) => `compute.${collections[kind]}.${verb}`) };
}

/** One question for each asset, about everything that the plan does with it: nobody is to be stopped half-way for want of a role. */
export function permissionQuestions(
  gcp: Gcp,
  actions: readonly PlannedAction[],
  options: CallOptions,
): readonly (() => Promise<void>)[] {
  const byAsset = new Map<
    string,
    { readonly need: Need; readonly place: Place; readonly permissions: Set<string> }
  >();
  for (const found of actions.flatMap(needsOf)) {
    const { id } = found.ref;
    // What is not known by now is made by an earlier step, or is looked for when its turn comes.
    const place = id === undefined ? undefined : gcp.places.get(id);
    if (id === undefined || place === undefined) continue;
    const known = byAsset.get(id) ?? { need: found, place, permissions: new Set<string>() };
    for (const permission of found.permissions) known.permissions.add(permission);
    byAsset.set(id, known);
  }
  return [...byAsset.values()].map(({ need: { kind }, place, permissions }) => async () => {
    const work = workOf(gcp, `cannot change ${kind === 'vm' ? 'VM' : kind} ${place.name}`, options);
    const granted = await ask(kind, place, [...permissions], work);
    const missing = [...permissions].filter((permission) => !granted.includes(permission));
    if (missing.length > 0)
      throw refusal(
        'permission',
        work,
        `the permission ${missing.join(', ')} is missing`,
        'Ask an owner of the project for the role Compute Instance Admin (v1).',
      );
  });
}

async function ask(
  kind: AssetKind,
  { name, zone = '' }: Place,
  permissions: string[],
  work: Work,
): Promise<readonly string[]> {
  const { connection, settings } = work.gcp;
  const request = {
    project: settings.project,
    resource: name,
    testPermissionsRequestResource: { permissions },
  };
  // Gone meanwhile: that is told where it matters.
  const answer = {
    vm: () => connection.find('instances.testIamPermissions', { ...request, zone }, name, work),
    disk: () => connection.find('disks.testIamPermissions', { ...request, zone }, name, work),
    snapshot: () => connection.find('snapshots.testIamPermissions', request, name, work),
  }[kind];
  const found = await answer();
  return found === undefined ? permissions : (found.permissions ?? []);
}
