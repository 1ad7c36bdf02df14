import type { Ref } from '../../src/core/action.ts';
import type { AssetKind } from '../../src/core/assets.ts';
import type { WireDisk, WireSnapshot, WireVm } from './calls.ts';
import { idOf, missingAsset, type Place, settled, type Work } from './gcpWork.ts';
import { listDisks, listSnapshots, listVms } from './listFleet.ts';
import { lastWord } from './gcpWork.ts';
import { diskStatus, snapshotStatus, vmStatus } from './tellAssets.ts';

/** Where the asset of an id is; undefined where there is positively none. */
async function placeOf(kind: AssetKind, ref: Ref, work: Work): Promise<Place | undefined> {
  const { places } = work.gcp;
  const known = places.get(idOf(ref));
  if (known !== undefined) return known;
  const found = await { vm: listVms, disk: listDisks, snapshot: listSnapshots }[kind](work.gcp, work);
  for (const asset of found) {
    const zone = 'zone' in asset && asset.zone ? lastWord(asset.zone) : undefined;
    if (asset.id && asset.name) places.set(String(asset.id), { name: asset.name, zone });
  }
  return places.get(idOf(ref));
}

/** Each of these gives the asset of that very id. Another incarnation of the name is not it. */
export async function findVm(ref: Ref, work: Work): Promise<WireVm | undefined> {
  const place = await placeOf('vm', ref, work);
  if (place?.zone === undefined) return undefined;
  const vm = await vmNamed(place.name, place.zone, work);
  return vm !== undefined && String(vm.id) === idOf(ref) ? vm : undefined;
}

export async function findDisk(ref: Ref, work: Work): Promise<WireDisk | undefined> {
  const place = await placeOf('disk', ref, work);
  if (place?.zone === undefined) return undefined;
  const disk = await diskNamed(place.name, place.zone, work);
  return disk !== undefined && String(disk.id) === idOf(ref) ? disk : undefined;
}

export async function findSnapshot(ref: Ref, work: Work): Promise<WireSnapshot | undefined> {
  const place = await placeOf('snapshot', ref, work);
  if (place === undefined) return undefined;
  const snapshot = await snapshotNamed(place.name, work);
  return snapshot !== undefined && String(snapshot.id) === idOf(ref) ? snapshot : undefined;
}

export function vmNamed(name: string, zone: string, work: Work): Promise<WireVm | undefined> {
  const { connection, settings } = work.gcp;
  return connection.find('instances.get', { project: settings.project, zone, instance: name }, name, work);
}

export function diskNamed(name: string, zone: string, work: Work): Promise<WireDisk | undefined> {
  const { connection, settings } = work.gcp;
  return connection.find('disks.get', { project: settings.project, zone, disk: name }, name, work);
}

export function snapshotNamed(name: string, work: Work): Promise<WireSnapshot | undefined> {
  const { connection, settings } = work.gcp;
  return connection.find('snapshots.get', { project: settings.project, snapshot: name }, name, work);
}

/** Each of these waits until no change of it is in progress; 'not-found' where it is gone. */
export async function settledVm(ref: Ref, work: Work): Promise<WireVm> {
  const vm = await settled(
    () => findVm(ref, work),
    (found) => found !== undefined && vmStatus(found) === 'changing',
    work,
  );
  if (vm === undefined) throw missingAsset('vm', ref, work);
  return vm;
}

export async function settledDisk(ref: Ref, work: Work): Promise<WireDisk> {
  const disk = await settled(
    () => findDisk(ref, work),
    (found) => found !== undefined && diskStatus(found) === 'changing',
    work,
  );
  if (disk === undefined) throw missingAsset('disk', ref, work);
  return disk;
}

export async function settledSnapshot(ref: Ref, work: Work): Promise<WireSnapshot> {
  const snapshot = await settled(
    () => findSnapshot(ref, work),
    (found) => found !== undefined && snapshotStatus(found) === 'changing',
    work,
  );
  if (snapshot === undefined) throw missingAsset('snapshot', ref, work);
  return snapshot;
}

/** The zone and name that every call about it takes. */
export function addressOf(asset: WireVm | WireDisk): { readonly zone: string; readonly name: string } {
  return { zone: lastWord(asset.zone), name: asset.name ?? '' };
}
