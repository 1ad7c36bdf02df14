import { join } from 'node:path';
import type { AwaitGuest, StartVm, StopVm } from '../../src/core/action.ts';
import type { Vm } from '../../src/core/assets.ts';
import { ChewsError } from '../../src/core/errors.ts';
import type { ApplyOptions, GuestAccess } from '../../src/core/provider.ts';
import { rewriteAsset, type VmRecord } from './assetFile.ts';
import { type Found, findAsset, readAll, requireAsset } from './assetFolders.ts';
import { withAssetLocks } from './assetLock.ts';
import { fileFailure, stopIfAborted } from './fileErrors.ts';
import { imageDamage, imageFacts, imagePath } from './imageHeader.ts';
import { refuseWhileWritten } from './imageWriters.ts';
import { powerDown } from './powerDown.ts';
import { findFreePort, vmFiles } from './qemu.ts';
import { waitForSshBanner } from './sshKeys.ts';
import { QemuStartError, startQemu } from './startQemu.ts';
import { readStore, type Store, type StoreView } from './store.ts';
import { guestUser, loginKeys, machineSpec, prepareStart, startFailure } from './vmMachine.ts';
import { vmState, vmsWithDisk } from './vmState.ts';
import { consoleKeys, withConsole } from './withConsole.ts';

const graceMs = 90_000;
/** For a VM whose disks are about to be deleted with it. */
const hurryMs = 5_000;
const tellAfterMs = 8_000;
const guestMs = 180_000;
const portRange = { first: 22_000, last: 22_999 };
const portTries = 5;

/** Starts QEMU with the VM's disks; it outlives chews. Resolves when its monitor answers. A running VM is left as it is. */
export async function startVm(store: Store, action: StartVm, options: ApplyOptions): Promise<void> {
  const attempt = `cannot start VM ${action.vm.name}`;
  const first = await requireAsset(await readStore(store), 'vm', action.vm, attempt);
  const { status: known, isDeaf } = await vmState(first.folder);
  if (known === 'running' && isDeaf !== true) return;
  const disks = await disksOf(await readStore(store), first.record, attempt);
  // What takes long and changes nothing of the VM comes before the locks.
  const prepared = await prepareStart(store, first.record, attempt, options);
  const folders = [first.folder, ...disks.map(({ folder }) => folder)];
  await withAssetLocks(store.context, folders, attempt, async () => {
    const view = await readStore(store);
    const vm = await requireAsset(view, 'vm', action.vm, attempt);
    const { status, statusText, isDeaf } = await vmState(vm.folder);
    if (isDeaf === true) throw deafMachine(attempt, vm.record, statusText);
    if (status === 'running') return;
    if (status !== 'stopped')
      throw new ChewsError('busy', `${attempt}: it is ${statusText}`, { effect: 'none' });
    const now = await disksOf(view, vm.record, attempt);
    if (now.map(({ folder }) => folder).join() !== folders.slice(1).join()) {
      throw new ChewsError('busy', `${attempt}: its disks were changed by another run`, {
        retryable: true,
        effect: 'none',
      });
    }
    for (const disk of now) await refuseIfUnusable(view, vm, disk, attempt);
    stopIfAborted(options.signal, attempt);
    await launch(store, view, vm, now, prepared, attempt, options);
  });
}

/** A machine of that folder runs on, and is none that this folder's file could have started: nothing can be asked of it. */
function deafMachine(attempt: string, { name, labels }: VmRecord, statusText: string): ChewsError {
  return new ChewsError('failed', `${attempt}: it is ${statusText}`, {
    remedy: `chews down ${labels.workstation ?? name} ends that process; shut it down from within where it is still in use`,
    effect: 'none',
  });
}

/** From the first line on the disks count as written to: their generation is raised, durably, before QEMU can write. */
async function launch(
  store: Store,
  view: StoreView,
  vm: Found<'vm'>,
  disks: readonly Found<'disk'>[],
  prepared: Awaited<ReturnType<typeof prepareStart>>,
  attempt: string,
  options: ApplyOptions,
): Promise<void> {
  const { context } = store;
  for (const { folder, record } of disks) {
    await rewriteAsset(folder, { ...record, generation: record.generation + 1 }, context.drawId());
  }
  const refused = new Set<number>();
  for (;;) {
    const port = await choosePort(view, vm.record, refused, attempt);
    const record: VmRecord = { ...vm.record, port, lastStartedAtMs: context.nowMs() };
    await rewriteAsset(vm.folder, record, context.drawId());
    const spec = await machineSpec({ ...vm, record }, disks, port, prepared);
    try {
      await startQemu(spec, options.signal === undefined ? {} : { signal: options.signal });
      return;
    } catch (error) {
      if (!(error instanceof QemuStartError) || error.code !== 'port-taken' || refused.size >= portTries) {
        throw startFailure(error, attempt, options.signal);
      }
      // Free a moment ago, and taken by the time that QEMU asked for it.
      refused.add(port);
    }
  }
}

/** The port that it had, as long as nobody else has it, so that the user's ssh configuration stays true. */
async function choosePort(
  view: StoreView,
  record: VmRecord,
  refused: ReadonlySet<number>,
  attempt: string,
): Promise<number> {
  const others = (await readAll(view, 'vm')).filter((other) => other.record.id !== record.id);
  const taken = new Set([...refused, ...others.flatMap((other) => other.record.port ?? [])]);
  const own =
    record.port === undefined
      ? undefined
      : await findFreePort(refused, { first: record.port, last: record.port });
  const port = own ?? (await findFreePort(taken, portRange)) ?? (await findFreePort(refused, portRange));
  if (port !== undefined) return port;
  throw new ChewsError('quota', `${attempt}: no port from ${portRange.first} to ${portRange.last} is free`, {
    effect: 'none',
  });
}

async function disksOf(view: StoreView, record: VmRecord, attempt: string): Promise<Found<'disk'>[]> {
  const disks: Found<'disk'>[] = [];
  for (const disk of record.disks) disks.push(await requireAsset(view, 'disk', disk, attempt));
  return disks;
}

async function refuseIfUnusable(
  view: StoreView,
  vm: Found<'vm'>,
  disk: Found<'disk'>,
  attempt: string,
): Promise<void> {
  const path = imagePath(disk.folder, disk.record);
  const damage = imageDamage(disk.record, await imageFacts(path), path);
  if (damage !== undefined)
    throw new ChewsError('failed', `${attempt}: disk ${disk.record.name}: ${damage}`, { effect: 'none' });
  const holders = await vmsWithDisk(view, disk.record.id);
  const other = holders.find(({ record, status }) => record.id !== vm.record.id && status !== 'stopped');
  if (other === undefined) return refuseWhileWritten(path, attempt);
  throw new ChewsError('busy', `${attempt}: VM ${other.record.name} runs with disk ${disk.record.name}`, {
    effect: 'none',
  });
}

/** Switches the VM off, gracefully if its guest follows in time, and notes when. A stopped VM is left as it is. */
export async function stopVm(store: Store, action: StopVm, options: ApplyOptions): Promise<void> {
  const attempt = `cannot stop VM ${action.vm.name}`;
  const { signal } = options;
  const { folder, record } = await requireAsset(await readStore(store), 'vm', action.vm, attempt);
  const patienceMs = action.hurry === true ? hurryMs : graceMs;
  const told = new AbortController();
  store.context
    .sleep(tellAfterMs, told.signal)
    .then(() => {
      if (!told.signal.aborted && patienceMs > tellAfterMs)
        options.say?.(`waiting for VM ${record.name} to power down, for up to ${patienceMs / 1000} s`);
    })
    .catch(() => undefined);
  const { how } = await powerDown({
    folder,
    graceMs: patienceMs,
    now: () => performance.now(),
    ...(signal && { signal }),
  })
    .catch((error: unknown) => {
      stopIfAborted(signal, attempt);
      throw fileFailure(attempt, error);
    })
    .finally(() => told.abort());
  if (how === 'already-off') return;
  if (how === 'pulled') {
    options.warn?.(`VM ${record.name} did not power down, so its plug was pulled`);
  }
  if (how === 'ended') {
    options.warn?.(
      `VM ${record.name} could not be asked to power down, since its monitor is gone, so its plug was pulled`,
    );
  }
  const stoppedAtMs = store.context.nowMs();
  await noteStop(store, action.vm, stoppedAtMs, attempt);
}

async function noteStop(
  store: Store,
  ref: StopVm['vm'],
  stoppedAtMs: number,
  attempt: string,
): Promise<void> {
  const view = await readStore(store);
  const vm = await findAsset(view, 'vm', ref);
  if (vm === undefined) return;
  const disks = (await Promise.all(vm.record.disks.map((disk) => findAsset(view, 'disk', disk)))).filter(
    (disk) => disk !== undefined,
  );
  const folders = [vm.folder, ...disks.map(({ folder }) => folder)];
  await withAssetLocks(store.context, folders, attempt, async () => {
    for (const { record } of disks) {
      const now = await findAsset(view, 'disk', record);
      if (now === undefined) continue;
      const lastReleasedAtMs = Math.max(stoppedAtMs, now.record.lastReleasedAtMs ?? 0);
      await rewriteAsset(now.folder, { ...now.record, lastReleasedAtMs }, store.context.drawId());
    }
    const now = await findAsset(view, 'vm', ref);
    if (now === undefined) return;
    const learned = await withConsole(now);
    await rewriteAsset(vm.folder, { ...learned, lastStoppedAtMs: stoppedAtMs }, store.context.drawId());
  });
}

/** Waits until the guest's ssh greets; 'timeout' where it stays silent or ends, with where to look. */
export async function awaitGuest(store: Store, action: AwaitGuest, options: ApplyOptions): Promise<void> {
  const attempt = `cannot wait for the guest of VM ${action.vm.name}`;
  const { folder, record } = await requireAsset(await readStore(store), 'vm', action.vm, attempt);
  const silent = (why: string) =>
    new ChewsError('timeout', `VM ${record.name} ${why}`, {
      remedy: `read its console: ${join(folder, vmFiles.console)}`,
      effect: 'none',
    });
  const { status } = await vmState(folder);
  if (status === 'stopped') throw silent('has stopped by itself');
  if (record.port === undefined) throw silent('runs, and its file does not tell how to reach it');
  const ended = new AbortController();
  const signal = AbortSignal.any([ended.signal, ...(options.signal ? [options.signal] : [])]);
  const watch = watchForEnd(store, folder, signal).then((over) => over && ended.abort());
  const banner = await waitForSshBanner({ port: record.port, timeoutMs: guestMs, signal }).catch(
    () => undefined,
  );
  const over = ended.signal.aborted;
  ended.abort();
  await watch;
  stopIfAborted(options.signal, attempt);
  if (banner === undefined) {
    throw silent(
      over ? 'has stopped by itself' : `runs, and does not answer on ssh after ${guestMs / 1000} s`,
    );
  }
  await withAssetLocks(store.context, [folder], attempt, async () => {
    const now = await requireAsset(await readStore(store), 'vm', action.vm, attempt);
    const learned = await withConsole(now);
    if (learned !== now.record) await rewriteAsset(folder, learned, store.context.drawId());
  });
}

/** Resolves with true when the VM is over, with false when the signal says that it does not matter any more. */
async function watchForEnd(store: Store, folder: string, signal: AbortSignal): Promise<boolean> {
  while (!signal.aborted) {
    await store.context.sleep(1_000, signal).catch(() => undefined);
    if (!signal.aborted && (await vmState(folder)).status === 'stopped') return true;
  }
  return false;
}

/** How to log in. The host keys are those of the present boot's console, or of an earlier one. */
export async function guestAccess(store: Store, vm: Vm): Promise<GuestAccess | undefined> {
  const found = await findAsset(await readStore(store), 'vm', vm);
  if (found?.record.port === undefined || (await vmState(found.folder)).status === 'stopped')
    return undefined;
  const keys = await consoleKeys(found.folder);
  const { identityFile } = await loginKeys(store, found.record, `cannot find the ssh key of VM ${vm.name}`);
  return {
    host: '127.0.0.1',
    port: found.record.port,
    user: guestUser(store, found.record),
    ...(identityFile !== undefined && { identityFile }),
    hostKeys: keys.length > 0 ? keys : found.record.hostKeys,
  };
}
