import { lstat, stat } from 'node:fs/promises';
import type { AssetKind, Disk, Fleet, LastWritable, Snapshot, Vm } from '../../src/core/assets.ts';
import { ChewsError } from '../../src/core/errors.ts';
import { type Found, moved, readAbandoned, readKind } from './assetFolders.ts';
import { stopIfAborted } from './fileErrors.ts';
import {
  contentVersion,
  diskBytes,
  imageDamage,
  imageFacts,
  imagePath,
  isAsTaken,
  stampOf,
} from './imageHeader.ts';
import { describeWriter, readWriters, type WriterTest } from './imageWriters.ts';
import { mapLimited } from './mapLimited.ts';
import { kindFolder, type Location, readStore, type Store } from './store.ts';
import { scanMachines } from './vmProcess.ts';
import { type VmState, vmState } from './vmState.ts';

const kinds = ['vm', 'disk', 'snapshot'] as const;
const attempts = 20;

/**
 * Everything in all locations, all of it or an error. The folders' times are compared before and after, so that the answer
 * is of one moment although other runs create and delete meanwhile.
 */
export async function listStore(store: Store, signal?: AbortSignal): Promise<Fleet> {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    stopIfAborted(signal, `cannot list ${store.settings.root}`);
    const fleet = await readOnce(store);
    if (fleet !== moved) return fleet;
    await store.context.sleep(20 * (attempt + 1), signal);
  }
  throw new ChewsError('busy', `cannot list ${store.settings.root}: it changes faster than it can be read`, {
    remedy: 'Try again in a moment.',
    retryable: true,
    effect: 'none',
  });
}

async function readOnce(store: Store): Promise<Fleet | typeof moved> {
  const readAtMs = store.context.nowMs();
  const view = await readStore(store);
  const before = await folderTimes(view.locations);
  const entries: { [K in AssetKind]: Found<K>[] } = { vm: [], disk: [], snapshot: [] };
  for (const location of view.locations) {
    for (const kind of kinds) {
      for (const read of [readKind, readAbandoned]) {
        const found = await read(location, kind);
        if (found === moved) return moved;
        (entries[kind] as Found<typeof kind>[]).push(...found);
      }
    }
  }
  for (const kind of kinds) refuseTwins(entries[kind]);
  const machines = await scanMachines();
  const told = await mapLimited(entries.vm, async (entry) =>
    vmOf(entry, await vmState(entry.folder, machines)),
  );
  const writers = await readWriters();
  const disks = await mapLimited(entries.disk, (entry) => diskOf(entry, told, writers));
  const written = new Set(
    disks.filter(({ lastWritable }) => lastWritable.kind === 'now').map(({ id }) => id),
  );
  const vms = await mapLimited(told, async (vm) => {
    const doubtful = vm.status === 'stopped' && vm.attachments.some(({ diskId }) => written.has(diskId));
    return doubtful ? lookAgain(vm, entries) : vm;
  });
  const snapshots = await mapLimited(entries.snapshot, snapshotOf);
  if ((await folderTimes(view.locations)) !== before) return moved;
  return { readAtMs, account: view.id, place: `the store ${store.settings.root}`, vms, disks, snapshots };
}

async function folderTimes(locations: readonly Location[]): Promise<string> {
  const folders = locations.flatMap((location) => kinds.map((kind) => kindFolder(location, kind)));
  const times = await Promise.all(
    folders.map(async (folder) => (await stat(folder, { bigint: true })).mtimeNs),
  );
  return times.join();
}

/** One id in two folders: a folder was copied by hand, and what is done to one would be taken for done to the other. */
function refuseTwins(
  entries: readonly { readonly folder: string; readonly record: { readonly id: string } }[],
): void {
  const seen = new Map<string, string>();
  for (const { folder, record } of entries) {
    const other = seen.get(record.id);
    if (other !== undefined) {
      throw new ChewsError('unreadable', `cannot read the store: ${folder} is a copy of ${other}`, {
        remedy: 'Move one of the two out of the store. Until then nothing is changed.',
        effect: 'none',
      });
    }
    seen.set(record.id, folder);
  }
}

/** A VM that is stopped by its own folder while something writes to one of its disks: started just now, or not known. */
async function lookAgain(
  vm: Vm,
  entries: { readonly vm: readonly Found<'vm'>[]; readonly disk: readonly Found<'disk'>[] },
): Promise<Vm> {
  const entry = entries.vm.find(({ record }) => record.id === vm.id);
  const state = entry && (await vmState(entry.folder));
  if (state !== undefined && state.status !== 'stopped') return { ...vm, ...state };
  const writers = await readWriters();
  for (const { folder, record } of entries.disk) {
    if (vm.attachments.every(({ diskId }) => diskId !== record.id)) continue;
    const facts = await imageFacts(imagePath(folder, record));
    const writer = facts && writers(facts);
    if (facts === undefined || writer === undefined) continue;
    const { who, remedy, passing } = await describeWriter(writer, facts);
    const statusText = `not running as far as its folder tells, while ${who} can write to its disk ${record.name}. ${remedy}`;
    return { ...vm, status: passing ? 'changing' : 'unknown', statusText };
  }
  return vm;
}

function vmOf({ location, record }: Found<'vm'>, { status, statusText, trouble }: VmState): Vm {
  const { id, name, labels, size, lastStartedAtMs, lastStoppedAtMs } = record;
  return {
    id,
    name,
    location: location.name,
    labels,
    status,
    statusText,
    size,
    attachments: record.disks.map((disk, index) => ({
      diskId: disk.id,
      diskName: disk.name,
      boot: index === 0,
      deletedWithVm: false,
    })),
    ...(lastStartedAtMs !== undefined && { lastStartedAtMs }),
    ...(lastStoppedAtMs !== undefined && { lastStoppedAtMs }),
    ...(trouble !== undefined && { trouble }),
    diesWithVm: [],
  };
}

async function diskOf(
  { location, folder, record }: Found<'disk'>,
  vms: readonly Vm[],
  writers: WriterTest,
): Promise<Disk> {
  const path = imagePath(folder, record);
  const facts = await imageFacts(path);
  const damage = imageDamage(record, facts, path);
  const holders = vms.filter((vm) => vm.attachments.some(({ diskId }) => diskId === record.id));
  const astray = facts === undefined && (await leadsNowhere(path));
  const inUse =
    (facts !== undefined && writers(facts) !== undefined) ||
    holders.some(({ status }) => status !== 'stopped');
  const lastWritable = ((): LastWritable => {
    if (inUse) return { kind: 'now' };
    if (facts === undefined) return { kind: 'unknown' };
    if (record.generation === 0 && stampOf(facts) === record.pristineStamp) return { kind: 'never' };
    // Whole milliseconds, rounded up: a moment too late is the safe side.
    const changedAtMs = Number((facts.mtimeNs + 999_999n) / 1_000_000n);
    return { kind: 'at', atMs: Math.max(changedAtMs, record.lastReleasedAtMs ?? 0) };
  })();
  return {
    id: record.id,
    name: record.name,
    location: location.name,
    labels: record.labels,
    status: astray ? 'unknown' : facts === undefined ? 'gone' : damage === undefined ? 'ready' : 'failed',
    statusText: astray
      ? `its file ${path} is a link that leads nowhere: is a drive not mounted?`
      : (damage ?? 'ready'),
    sizeBytes: diskBytes(record, facts),
    ...(facts !== undefined && { storedBytes: facts.storedBytes }),
    type: record.type,
    origin: record.origin,
    createdAtMs: record.createdAtMs,
    attachedTo: holders.map(({ id }) => id),
    lastWritable,
    ...(facts !== undefined && { contentVersion: contentVersion(record, facts) }),
  };
}

/** What lies behind a link may be on a drive that is not there at the moment: nobody can tell that it is gone. */
async function leadsNowhere(path: string): Promise<boolean> {
  return await lstat(path).then(
    (status) => status.isSymbolicLink(),
    () => false,
  );
}

async function snapshotOf({ location, folder, record }: Found<'snapshot'>): Promise<Snapshot> {
  const path = imagePath(folder, record);
  const facts = await imageFacts(path);
  const damage = imageDamage(record, facts, path);
  const astray = facts === undefined && (await leadsNowhere(path));
  // It may still be restored; but what it holds is not known to be what was on the disk.
  const asTaken = isAsTaken(record, facts);
  return {
    id: record.id,
    name: record.name,
    location: location.name,
    labels: record.labels,
    status: astray ? 'unknown' : damage === undefined ? 'ready' : 'failed',
    statusText: astray
      ? `its file ${path} is a link that leads nowhere: is a drive not mounted?`
      : (damage ?? (asTaken ? 'ready' : 'ready, but its file was changed or replaced after it was taken')),
    sourceDiskId: record.sourceDiskId,
    sizeBytes: record.sizeBytes,
    ...(facts !== undefined && { storedBytes: facts.storedBytes }),
    takenAtMs: record.takenAtMs,
    kind: asTaken ? 'taken' : 'copied',
    contentVersion: record.contentVersion,
  };
}
