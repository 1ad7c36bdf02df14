import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  assetFileName,
  type DiskRecord,
  formatRecord,
  type SnapshotRecord,
} from '../../providers/local/assetFile.ts';
import {
  contentVersion,
  type ImageFacts,
  imageFacts,
  imagePath,
  stampOf,
} from '../../providers/local/imageHeader.ts';
import { localProvider } from '../../providers/local/local.ts';
import { readSettings } from '../../providers/local/settings.ts';
import { ensureLocation, kindFolder, type Location, type Store } from '../../providers/local/store.ts';
import type { AssetKind, Labels } from '../../src/core/assets.ts';
import { classicScheme } from '../../src/core/names.ts';
import type { Provider } from '../../src/core/provider.ts';
import { capabilities } from '../../providers/local/settings.ts';
import { contextOf } from '../local/realContext.ts';

export const OWNER = 'a1b2c3d4';
export const SET = '20260301120000';
const SIZE_BYTES = 64 * 2 ** 20;
const MADE_AT_MS = Date.UTC(2026, 1, 1);

/** A store of the local provider whose two disks are wholly in a set: the next step of dessicate is to delete them. */
export interface RecordedStore {
  readonly folder: string;
  readonly provider: Provider;
  /** All files that a list reads, by what they are of. */
  readonly files: readonly StoredFile[];
  /** Writes all assets anew: an image's bytes can be put back, the moment at which they were written cannot. */
  readonly refill: () => Promise<void>;
}

export interface StoredFile {
  readonly path: string;
  readonly kind: 'record' | 'image' | 'store' | 'lease';
  /** The name of the disk, 'dev' for the VM; undefined for what is of the whole store. */
  readonly of: string | undefined;
}

/** The least that a reader of heads takes for an image of version 3. */
function qcow2(): Buffer {
  const image = Buffer.alloc(4_096, 7);
  image.fill(0, 0, 1_024);
  image.write('QFI\xfb', 0, 'latin1');
  image.writeUInt32BE(3, 4);
  image.writeUInt32BE(16, 20);
  image.writeBigUInt64BE(BigInt(SIZE_BYTES), 24);
  image.writeUInt32BE(1, 36);
  image.writeBigUInt64BE(1_024n, 40);
  image.writeBigUInt64BE(512n, 48);
  return image;
}

function labelsOf(disk: string): Labels {
  const role = disk === 'boot' ? 'boot' : 'data';
  return { workstation: 'dev', owner: OWNER, disk, role };
}

async function factsOf(path: string): Promise<ImageFacts> {
  const facts = await imageFacts(path);
  if (facts === undefined) throw new Error(`${path} is gone`);
  return facts;
}

async function addDisk(
  location: Location,
  disk: string,
  index: number,
  files: StoredFile[],
): Promise<DiskRecord> {
  const name = classicScheme.diskName({ workstation: 'dev', disk }, capabilities.longestName);
  const members = disk === 'boot' ? { members: ['boot', 'data'] } : {};
  const image = qcow2();
  const record: DiskRecord = {
    kind: 'disk',
    id: `disk-${disk}`,
    name,
    labels: { ...labelsOf(disk), ...members },
    createdAtMs: MADE_AT_MS,
    madeBy: 'made',
    type: 'standard',
    sizeBytes: SIZE_BYTES,
    imageBytes: image.length,
    origin: { from: 'blank' },
    generation: 1,
    pristineStamp: 'none',
    lastReleasedAtMs: MADE_AT_MS + 1,
  };
  const folder = await addAsset(location, 'disk', name, record, files, disk);
  const path = imagePath(folder, record);
  await writeFile(path, image);
  files.push({ path, kind: 'image', of: disk });
  await addSnapshot(location, record, contentVersion(record, await factsOf(path)), index, files);
  return record;
}

async function addSnapshot(
  location: Location,
  of: DiskRecord,
  version: string,
  index: number,
  files: StoredFile[],
): Promise<void> {
  const disk = of.labels.disk ?? '';
  const name = classicScheme.snapshotName({ workstation: 'dev', disk, set: SET }, capabilities.longestName);
  const folder = join(kindFolder(location, 'snapshot'), name);
  const path = join(folder, 'snapshot.qcow2');
  await mkdir(folder, { recursive: true });
  await writeFile(path, qcow2());
  const facts = await factsOf(path);
  const record: SnapshotRecord = {
    kind: 'snapshot',
    id: `snapshot-${disk}`,
    name,
    labels: { ...labelsOf(disk), set: SET, setIndex: index, setSize: 2, clean: true },
    createdAtMs: MADE_AT_MS + 2,
    madeBy: 'made',
    sourceDiskId: of.id,
    sourceDiskName: of.name,
    sizeBytes: of.sizeBytes,
    imageBytes: facts.fileBytes,
    imageStamp: stampOf(facts),
    takenAtMs: MADE_AT_MS + 2,
    contentVersion: version,
  };
  await addAsset(location, 'snapshot', name, record, files, disk);
  files.push({ path, kind: 'image', of: disk });
}

async function addAsset(
  location: Location,
  kind: AssetKind,
  name: string,
  record: object,
  files: StoredFile[],
  of: string,
): Promise<string> {
  const folder = join(kindFolder(location, kind), name);
  await mkdir(folder, { recursive: true });
  const path = join(folder, assetFileName);
  await writeFile(path, formatRecord(record));
  files.push({ path, kind: 'record', of });
  return folder;
}

async function fill(location: Location, whole: boolean): Promise<StoredFile[]> {
  const files: StoredFile[] = [];
  const disks = [await addDisk(location, 'boot', 1, files), await addDisk(location, 'data', 2, files)];
  if (whole) {
    const record = {
      kind: 'vm',
      id: 'vm-1',
      name: 'dev',
      labels: { workstation: 'dev', owner: OWNER },
      createdAtMs: MADE_AT_MS,
      madeBy: 'made',
      size: { cpus: 1, memoryBytes: 2 ** 28 },
      image: 'micro',
      disks: disks.map(({ id, name }) => ({ id, name })),
      firstBoot: false,
      hostKeys: [],
      lastStartedAtMs: MADE_AT_MS,
      lastStoppedAtMs: MADE_AT_MS + 1,
    };
    await addAsset(location, 'vm', 'dev', record, files, 'dev');
  }
  return files;
}

/** `whole`: with a VM that holds the disks; without one they are loose. */
export async function recordStore(whole: boolean): Promise<RecordedStore> {
  const folder = await mkdtemp(join(tmpdir(), 'chews-recorded-'));
  const context = contextOf(folder);
  const settings = { root: join(folder, 'root') };
  const store: Store = { settings: readSettings(settings, context), context, newId: context.drawId() };
  const location = await ensureLocation(store, 'home');
  const files = await fill(location, whole);
  const provider = await localProvider.open(settings, context);
  await provider.leases.take(
    {
      workstation: 'dev',
      command: 'down',
      token: 't',
      user: 'ann',
      host: 'ares',
      hostId: 'ares-1',
      pid: 1,
      processStart: '1',
      hostBoot: '1',
      durationMs: 1e9,
    },
    undefined,
  );
  for (const path of ['store.json', join('locations', 'home.json'), join('home', '.chews-location')])
    files.push({ path: join(folder, 'root', path), kind: 'store', of: undefined });
  const lease = join(folder, 'root', 'leases', 'dev', `${'1'.padStart(12, '0')}.json`);
  files.push({ path: lease, kind: 'lease', of: undefined });
  const refill = async () => {
    await fill(location, whole);
  };
  return { folder, provider, files, refill };
}

export async function removeStore({ folder }: RecordedStore): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}
