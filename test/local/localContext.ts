import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';
import { localProvider } from '../../providers/local/local.ts';
import type { Action, CreateDisk, CreateVm, SnapshotDisk } from '../../src/core/action.ts';
import type { Disk, Snapshot, Vm } from '../../src/core/assets.ts';
import type { ChewsError } from '../../src/core/errors.ts';
import type { DiskProof, SnapshotProof, VmProof } from '../../src/core/proofs.ts';
import type { Provider } from '../../src/core/provider.ts';
import type { ChildJob } from './actingChild.ts';
import { contextOf } from './realContext.ts';

export const mebibyte = 2 ** 20;

/** The provider on a store in the folder. */
export function openIn(folder: string, settings: Readonly<Record<string, unknown>> = {}): Promise<Provider> {
  return localProvider.open({ root: join(folder, 'root'), accel: 'tcg', ...settings }, contextOf(folder));
}

export interface Child {
  readonly lines: string[];
  /** Resolves when it has printed its first line. */
  readonly begun: Promise<void>;
  /** Resolves with all its lines when it is over, by itself or by `kill`. */
  readonly ended: Promise<readonly string[]>;
  readonly kill: () => void;
}

/** A process of its own that works on the store in the folder. */
export function startChild(folder: string, job: ChildJob): Child {
  const script = join(import.meta.dirname, 'actingChild.ts');
  const child = spawn(process.execPath, [script, folder, join(folder, 'root'), JSON.stringify(job)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  const lines: string[] = [];
  const reader = createInterface(child.stdout);
  const begun = new Promise<void>((resolve) => reader.once('line', () => resolve()));
  reader.on('line', (line) => lines.push(line));
  const ended = new Promise<readonly string[]>((resolve) => child.once('close', () => resolve(lines)));
  return { lines, begun, ended, kill: () => child.kill('SIGKILL') };
}

/** A folder that is gone when the test is over. */
export async function testFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'chews-local-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await mkdir(join(folder, 'home'));
  return folder;
}

export function createDisk(name: string, more: Partial<CreateDisk> = {}): CreateDisk {
  return {
    kind: 'create-disk',
    name,
    location: 'home',
    sizeBytes: 64 * mebibyte,
    type: 'standard',
    source: { from: 'blank' },
    labels: { workstation: 'test', disk: name, role: 'boot' },
    ...more,
  };
}

export function createVm(name: string, disks: readonly Disk[], more: Partial<CreateVm> = {}): CreateVm {
  return {
    kind: 'create-vm',
    name,
    location: 'home',
    size: { cpus: 1, memoryBytes: 256 * mebibyte },
    image: 'micro',
    disks: disks.map(refOf),
    labels: { workstation: name },
    firstBoot: true,
    ...more,
  };
}

export function snapshotDisk(disk: Disk, name: string, more: Partial<SnapshotDisk> = {}): SnapshotDisk {
  return { kind: 'snapshot-disk', disk: refOf(disk), name, location: 'home', labels: { set: name }, ...more };
}

export function refOf(asset: { readonly id: string; readonly name: string }) {
  return { id: asset.id, name: asset.name };
}

/** The proofs of the core are for its own plans; here the provider alone is tried. */
function proof<T>(asset: { readonly id: string }, more: ProofParts): T {
  const whole = {
    assetId: asset.id,
    because: 'a test wants it',
    readAtMs: Date.now(),
    erase: false,
    ...more,
  };
  return whole as T;
}

/** What a proof can say besides which asset it is about. */
export interface ProofParts {
  readonly erase?: boolean;
  readonly contentVersion?: string | undefined;
}

export function deleteVm(vm: Vm, more: ProofParts = {}): Action {
  return { kind: 'delete-vm', vm: refOf(vm), proof: proof<VmProof>(vm, more) };
}

export function deleteDisk(disk: Disk, more: ProofParts = {}): Action {
  return { kind: 'delete-disk', disk: refOf(disk), proof: proof<DiskProof>(disk, more) };
}

export function deleteSnapshot(snapshot: Snapshot, more: ProofParts = {}): Action {
  return { kind: 'delete-snapshot', snapshot: refOf(snapshot), proof: proof<SnapshotProof>(snapshot, more) };
}

export async function diskNamed(provider: Provider, name: string): Promise<Disk> {
  return only((await provider.list()).disks, name);
}

export async function vmNamed(provider: Provider, name: string): Promise<Vm> {
  return only((await provider.list()).vms, name);
}

export async function snapshotNamed(provider: Provider, name: string): Promise<Snapshot> {
  return only((await provider.list()).snapshots, name);
}

function only<T extends { readonly name: string }>(assets: readonly T[], name: string): T {
  const [asset, ...more] = assets.filter((candidate) => candidate.name === name);
  if (asset === undefined || more.length > 0)
    throw new Error(`there are ${more.length + (asset ? 1 : 0)} of ${name}`);
  return asset;
}

/** The error that a promise must end with. */
export async function failureOf(promise: Promise<unknown>): Promise<ChewsError> {
  const outcome = await promise.then(
    () => new Error('it did not fail'),
    (error: unknown) => error,
  );
  return outcome as ChewsError;
}
