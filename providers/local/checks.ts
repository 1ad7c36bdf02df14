import { stat } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import type { PlannedAction } from '../../src/core/action.ts';
import { ChewsError } from '../../src/core/errors.ts';
import { formatBytes } from '../../src/core/units.ts';
import type { Refusal } from '../../src/core/provider.ts';
import { refuseInternalSnapshots, refuseOwnersFiles } from './assetContents.ts';
import { findAsset, requireById } from './assetFolders.ts';
import { ownersImage } from './diskImages.ts';
import { freeBytes } from './fileErrors.ts';
import { imageFacts, imagePath } from './imageHeader.ts';
import { programFolder } from './programs.ts';
import { installQemu } from './qemuImg.ts';
import { expandPath, microImage, whyNoLocation } from './settings.ts';
import { readStore, type Store, type StoreView } from './store.ts';
import { isKeyText } from './vmMachine.ts';

/**
 * A snapshot is compressed, and how far is not known: only what every image takes is certain. Putting disks away is what
 * makes room on a full drive, so nothing is refused that might succeed; a copy that does not fit fails, and nothing is lost.
 */
const leastSnapshotBytes = 2 ** 20;
/** Of QEMU's machine type q35. */
const mostCpus = 255;
const imageActions = ['create-disk', 'snapshot-disk', 'grow-disk'];

/** Everything that can be refused before the first step: one sentence for each. Changes nothing. */
export async function checkActions(
  store: Store,
  actions: readonly PlannedAction[],
): Promise<readonly Refusal[]> {
  const questions = [
    async () => refusals('failed', await missingPrograms(store, actions)),
    () => refusals('quota', missingMemory(actions)),
    () => refusals('configuration', unusableLocations(actions)),
    () => missingImages(store, actions),
    () => missingKeys(store, actions),
    () => whatWouldBeLost(store, actions),
    async () => refusals('quota', await missingSpace(store, await readStore(store), actions)),
  ];
  const answers: Refusal[] = [];
  for (const question of questions) {
    try {
      answers.push(...(await question()));
    } catch (error) {
      answers.push(refusalOf(error));
    }
  }
  return answers;
}

/** What a later step would fail with is an answer here; anything but an error for the user is a bug. */
function refusalOf(error: unknown): Refusal {
  if (!(error instanceof ChewsError)) throw error;
  const sentence = error.remedy === undefined ? error.message : `${error.message}. ${error.remedy}`;
  return { code: error.code, sentence };
}

function refusals(code: Refusal['code'], sentences: readonly string[]): Refusal[] {
  return sentences.map((sentence) => ({ code, sentence }));
}

async function missingPrograms(store: Store, actions: readonly PlannedAction[]): Promise<string[]> {
  const sentences: string[] = [];
  const has = async (program: string) =>
    (await programFolder(program, store.context.env['PATH'])) !== undefined;
  const images = actions.some(({ kind }) => imageActions.includes(kind));
  if (images && !(await has('qemu-img')))
    sentences.push(`cannot make disks: qemu-img is not installed. ${installQemu}`);
  if (actions.some(({ kind }) => kind === 'start-vm')) {
    if (!(await has('qemu-system-x86_64'))) {
      sentences.push(`cannot start a VM: qemu-system-x86_64 is not installed. ${installQemu}`);
    }
    if (!(await has('ssh'))) {
      sentences.push('cannot reach a VM: ssh is not installed. Install it: apt-get install openssh-client');
    }
  }
  return sentences;
}

function missingMemory(actions: readonly PlannedAction[]): string[] {
  const total = totalmem();
  return actions.flatMap((action) => {
    if (action.kind !== 'create-vm' && action.kind !== 'resize-vm') return [];
    const name = action.kind === 'create-vm' ? action.name : action.vm.name;
    if ('machineType' in action.size) return [`VM ${name}: a local VM has a size in numbers`];
    const { memoryBytes, cpus } = action.size;
    if (cpus > mostCpus) return [`VM ${name} wants ${cpus} cpus, and QEMU takes ${mostCpus} at the most`];
    if (memoryBytes <= total) return [];
    return [
      `VM ${name} wants ${formatBytes(memoryBytes)} of memory, and this computer has ${formatBytes(total)}`,
    ];
  });
}

/** A public key that is named by its path and cannot be read would only be missed once the disks are made. */
async function missingKeys(
  { settings, context }: Store,
  actions: readonly PlannedAction[],
): Promise<Refusal[]> {
  const found: Refusal[] = [];
  for (const action of actions) {
    const key = action.kind === 'create-vm' ? (action.sshKey ?? settings.sshKey) : undefined;
    if (key === undefined || isKeyText(key)) continue;
    const path = expandPath(key, context);
    const isFile = await stat(path).then(
      (status) => status.isFile(),
      () => false,
    );
    if (!isFile) {
      const sentence = `there is no public key at ${path}: correct ssh-key in the file, or make one with ssh-keygen -t ed25519`;
      found.push({ code: 'configuration', sentence });
    }
  }
  return found;
}

function unusableLocations(actions: readonly PlannedAction[]): string[] {
  const names = new Set(actions.flatMap((action) => ('location' in action ? [action.location] : [])));
  return [...names].flatMap((name) => whyNoLocation(name) ?? []);
}

async function missingImages(store: Store, actions: readonly PlannedAction[]): Promise<Refusal[]> {
  const found: Refusal[] = [];
  for (const action of actions) {
    if (action.kind !== 'create-disk' || action.source.from !== 'image' || action.source.image === microImage)
      continue;
    const attempt = `cannot create disk ${action.name}`;
    try {
      const image = await ownersImage(expandPath(action.source.image, store.context), attempt);
      if (image.virtualBytes > action.sizeBytes) {
        const [has, wanted] = [formatBytes(image.virtualBytes), formatBytes(action.sizeBytes)];
        found.push({
          code: 'configuration',
          sentence: `${attempt} of ${wanted}: ${image.path} holds a disk of ${has}`,
        });
      }
    } catch (error) {
      found.push(refusalOf(error));
    }
  }
  return found;
}

/** What lies in the folders of the assets that are to go and is no part of them, and what no snapshot would take along. */
async function whatWouldBeLost(store: Store, actions: readonly PlannedAction[]): Promise<Refusal[]> {
  const view = await readStore(store);
  const found = new Map<string, Refusal>();
  for (const action of actions) {
    try {
      await refuseIfLost(view, action);
    } catch (error) {
      const refusal = refusalOf(error);
      found.set(refusal.sentence, refusal);
    }
  }
  return [...found.values()];
}

/** An asset that an earlier step makes is not there yet, and holds nothing of anybody's. */
async function refuseIfLost(view: StoreView, action: PlannedAction): Promise<void> {
  switch (action.kind) {
    case 'delete-vm': {
      const vm = await findAsset(view, 'vm', action.vm);
      if (vm) await refuseOwnersFiles(vm.folder, vm.record, `cannot delete VM ${action.vm.name}`);
      return;
    }
    case 'delete-snapshot': {
      const { name } = action.snapshot;
      const snapshot = await findAsset(view, 'snapshot', action.snapshot);
      if (snapshot)
        await refuseOwnersFiles(snapshot.folder, snapshot.record, `cannot delete snapshot ${name}`);
      return;
    }
    case 'create-disk': {
      // It takes the place of a record whose image is gone.
      if (action.source.from !== 'snapshot') return;
      const disk = await findAsset(view, 'disk', { name: action.name });
      if (disk === undefined || (await imageFacts(imagePath(disk.folder, disk.record))) !== undefined) return;
      return refuseOwnersFiles(disk.folder, disk.record, `cannot create disk ${action.name}`);
    }
    case 'delete-disk':
    case 'snapshot-disk': {
      const attempt = `cannot ${action.kind === 'delete-disk' ? 'delete' : 'snapshot'} disk ${action.disk.name}`;
      const disk = await findAsset(view, 'disk', action.disk);
      if (disk === undefined) return;
      const { folder, record } = disk;
      if (action.kind === 'delete-disk') await refuseOwnersFiles(folder, record, attempt);
      // Its owner wants all of it gone.
      if (record.type === 'fast' || record.labels.deleting === true) return;
      const path = imagePath(folder, record);
      const facts = await imageFacts(path);
      if (facts) refuseInternalSnapshots(facts, path, attempt);
    }
  }
}

/** Adds up what each location's drive must take at the least, and compares with what is free on it. */
async function missingSpace(
  store: Store,
  view: StoreView,
  actions: readonly PlannedAction[],
): Promise<string[]> {
  const needed = new Map<string, number>();
  for (const action of actions) {
    if (action.kind !== 'create-disk' && action.kind !== 'snapshot-disk') continue;
    const bytes =
      action.kind === 'create-disk' ? await newDiskBytes(store, view, action) : leastSnapshotBytes;
    needed.set(action.location, (needed.get(action.location) ?? 0) + bytes);
  }
  const sentences: string[] = [];
  for (const [name, bytes] of needed) {
    const known = view.locations.find((location) => location.name === name)?.path;
    const path = known ?? store.settings.mapped.get(name) ?? join(store.settings.root, name);
    const free = await freeBytes(path);
    if (bytes > free) {
      sentences.push(
        `location ${name} needs at least ${formatBytes(bytes)}, and the drive of ${path} has ${formatBytes(free)} free`,
      );
    }
  }
  return sentences;
}

type Of<K extends PlannedAction['kind']> = Extract<PlannedAction, { kind: K }>;

/** What a new disk takes at once, erring low for a snapshot: how much its blocks grow when unpacked is not known. */
async function newDiskBytes(store: Store, view: StoreView, action: Of<'create-disk'>): Promise<number> {
  const { source, type, sizeBytes } = action;
  if (type === 'fast') return sizeBytes;
  if (source.from === 'blank' || (source.from === 'image' && source.image === microImage)) return 0;
  if (source.from === 'image') {
    return (await imageFacts(expandPath(source.image, store.context)))?.storedBytes ?? 0;
  }
  const { folder, record } = await requireById(
    view,
    'snapshot',
    source.snapshotId,
    `cannot create disk ${action.name}`,
  );
  return (await imageFacts(imagePath(folder, record)))?.storedBytes ?? 0;
}
