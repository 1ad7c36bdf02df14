import type { CreateDisk, CreateVm, SnapshotDisk } from '../../src/core/action.ts';
import type { Labels, Vm } from '../../src/core/assets.ts';
import { ChewsError } from '../../src/core/errors.ts';
import { sameSize } from '../../src/core/workstation.ts';
import * as disks from './datacenter/diskCalls.ts';
import * as vms from './datacenter/vmCalls.ts';
import type { World } from './datacenter/world.ts';
import { type AssetOf, idOf, type Kind, present, problem, settled, type Workplace } from './memoryLook.ts';

/** One call that changes something. */
export type Change = <T>(change: (world: World, account: string) => T) => Promise<T>;

/**
 * Makes it, and comes back when every list must show it. After a lost answer too: whoever reads next is to see whether there
 * was an effect, or a call that takes no token would be made twice (R8).
 */
export async function changeWith<T>(
  place: Workplace,
  what: string,
  change: (world: World, account: string) => T,
): Promise<T> {
  const { client, context, listLagMs, options } = place;
  let isEffectKnown = false;
  try {
    return await client.mutate(what, (world) => change(world, client.account), options.signal);
  } catch (error) {
    isEffectKnown = !(error instanceof ChewsError) || error.effect === 'none';
    throw error;
  } finally {
    if (listLagMs > 0 && !isEffectKnown) await context.sleep(listLagMs, options.signal);
  }
}

export async function createDisk(place: Workplace, action: CreateDisk, call: Change): Promise<void> {
  const made = await ensure<'disks'>(place, {
    kind: 'disks',
    action,
    create: (token) => call((world, account) => disks.createDisk(world, account, action, token)),
    matches: (disk) =>
      disk.location === action.location &&
      disk.sizeBytes === action.sizeBytes &&
      disk.type === action.type &&
      JSON.stringify(disk.origin) === JSON.stringify(action.source) &&
      sameLabels(disk.labels, action.labels),
  });
  if (made.status !== 'ready') {
    throw problem('failed', `cannot create disk ${action.name}: it was accepted, and has failed`);
  }
}

export async function createVm(place: Workplace, action: CreateVm, call: Change): Promise<void> {
  const { makes = [] } = action;
  const wanted = action.disks.map(idOf);
  // Spoken of, because a flag that is not may be true.
  const attached = wanted.map((diskId) => ({ diskId, deletedWithVm: false }));
  const holds = ({ attachments }: Vm) =>
    makes.length === 0
      ? attachments.map(({ diskId }) => diskId).join() === wanted.join()
      : makes.every(({ name }) => attachments.some(({ diskName }) => diskName === name));
  const made = await ensure<'vms'>(place, {
    kind: 'vms',
    action,
    create: (token) =>
      call((world, account) =>
        vms.createVm(world, account, { ...action, disks: makes.length === 0 ? attached : [] }, token),
      ),
    matches: (vm) =>
      vm.location === action.location &&
      sameSize(vm.size, action.size) &&
      holds(vm) &&
      sameLabels(vm.labels, action.labels),
  });
  // What exists already joins what came into being with it.
  for (const diskId of wanted.filter((id) => made.attachments.every((held) => held.diskId !== id)))
    await call((world, account) => vms.attachDisk(world, account, made.id, diskId, false));
}

export async function snapshotDisk(place: Workplace, action: SnapshotDisk, call: Change): Promise<void> {
  const diskId = idOf(action.disk);
  const snapshot = await ensure<'snapshots'>(place, {
    kind: 'snapshots',
    action,
    create: () => call((world, account) => disks.snapshotDisk(world, account, { ...action, diskId })),
    matches: (taken) =>
      taken.sourceDiskId === diskId && taken.kind === 'taken' && sameLabels(taken.labels, action.labels),
  });
  if (snapshot.status !== 'ready') {
    throw problem('failed', `cannot snapshot disk ${action.disk.name}: the snapshot has failed`);
  }
}

interface Wanted<K extends Kind> {
  readonly kind: K;
  readonly action: { readonly name: string; readonly location: string };
  readonly create: (token: string | undefined) => Promise<string>;
  readonly matches: (asset: AssetOf<K>) => boolean;
}

/** Finds what an action makes, or makes it, and waits until it is usable. */
async function ensure<K extends Kind>(place: Workplace, wanted: Wanted<K>): Promise<AssetOf<K>> {
  const { kind, action } = wanted;
  const id = (await find(place, wanted)) ?? (await create(place, wanted));
  return settled(place, kind, id, action.name);
}

async function find<K extends Kind>(place: Workplace, wanted: Wanted<K>): Promise<string | undefined> {
  const { kind, action, matches } = wanted;
  const fleet = await place.see(place.options.signal);
  const assets: readonly AssetOf<Kind>[] = fleet[kind];
  const [only, another] = assets.filter(
    ({ name, location }) => name === action.name && (kind === 'snapshots' || location === action.location),
  ) as AssetOf<K>[];
  const verb = `cannot create ${action.name}`;
  if (another !== undefined) throw problem('conflict', `${verb}: there are two of that name`);
  if (only !== undefined && !matches(only)) {
    throw problem('conflict', `${verb}: there is something else of that name`);
  }
  return only?.id;
}

async function create<K extends Kind>(place: Workplace, wanted: Wanted<K>): Promise<string> {
  for (let generation = 0; ; generation += 1) {
    // Made of what is wanted, so that two processes that want the same get one asset.
    const token = place.clientTokens ? `${generation} ${JSON.stringify(wanted.action)}` : undefined;
    try {
      const id = await wanted.create(token);
      // A token that was used for an incarnation that is dead by now brings nothing back: take the next.
      if (token === undefined || (await present(place, wanted.kind, id)) !== undefined) return id;
    } catch (error) {
      if (!(error instanceof ChewsError) || error.code !== 'conflict') throw error;
      // Another process may have made it in between.
      const id = await find(place, wanted);
      if (id === undefined) throw error;
      return id;
    }
  }
}

/** Labels that say whose an asset is. The others come and go while it lives. */
const IDENTITY: readonly (keyof Labels)[] = [
  'workstation',
  'owner',
  'disk',
  'role',
  'set',
  'setIndex',
  'setSize',
];

function sameLabels(left: Labels, right: Labels): boolean {
  return IDENTITY.every((key) => left[key] === right[key]);
}
