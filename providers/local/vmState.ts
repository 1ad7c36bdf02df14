import type { VmStatus } from '../../src/core/assets.ts';
import { ChewsError } from '../../src/core/errors.ts';
import type { VmRecord } from './assetFile.ts';
import { type Found, readAll } from './assetFolders.ts';
import { mapLimited } from './mapLimited.ts';
import type { StoreView } from './store.ts';
import { vmFolderState } from './vmFolderState.ts';
import { type Machines, scanMachines } from './vmProcess.ts';

/** The table of QEMU's words for what a process of it is at. What is not in it is unknown (R7). */
const statuses: Readonly<Record<string, VmStatus>> = {
  running: 'running',
  // It has the disks, and the guest goes on from there: stopped by its owner, or since this computer's drive is full.
  paused: 'running',
  'io-error': 'running',
  debug: 'running',
  watchdog: 'running',
  'guest-panicked': 'running',
  'internal-error': 'running',
  prelaunch: 'changing',
  shutdown: 'changing',
  suspended: 'suspended',
};

/** What its owner should know of a process that is there and does not run on. */
const troubles: Readonly<Record<string, string>> = {
  'io-error':
    'the drive that holds its disks is full: it stands still and loses nothing; make room, then chews down and up',
  paused: 'it was paused from outside, and stands still',
  'guest-panicked': 'the system in it has crashed: chews down and up start it again',
  'internal-error': 'QEMU has met an error and stopped it: chews down and up start it again',
};

export interface VmState {
  readonly status: VmStatus;
  readonly statusText: string;
  readonly trouble?: string;
  /** It runs, and its monitor is gone. */
  readonly isDeaf?: true;
}

/** By QEMU's word, and not by one that every object knows. */
function wordOf<T>(table: Readonly<Record<string, T>>, word: string): T | undefined {
  return Object.hasOwn(table, word) ? table[word] : undefined;
}

/** What QEMU says of the VM of a folder, in the core's words; `machines` where a scan was made already. */
export async function vmState(folder: string, machines?: Machines): Promise<VmState> {
  const state = await vmFolderState({ folder, ...(machines && { machines }) });
  const trouble = 'qmpStatus' in state ? wordOf(troubles, state.qmpStatus) : undefined;
  switch (state.status) {
    case 'deaf':
      return {
        status: 'running',
        isDeaf: true,
        statusText: `running as process ${state.pid}, but its monitor is gone`,
        trouble:
          'its files were removed or moved away while it ran, and nothing can be asked of it: shut it down from within, ' +
          'or let chews down end it',
      };
    case 'stopped':
      return { status: 'stopped', statusText: 'stopped' };
    case 'unknown':
      return { status: 'unknown', statusText: `in an unknown state (${state.why})` };
    case 'running':
      return {
        status: wordOf(statuses, state.qmpStatus) ?? 'unknown',
        statusText: state.qmpStatus,
        ...(trouble !== undefined && { trouble }),
      };
  }
}

/** Throws 'refused' unless the VM of a folder is stopped beyond doubt. */
export async function refuseUnlessStopped(folder: string, attempt: string): Promise<void> {
  const { status, statusText } = await vmState(folder);
  if (status === 'stopped') return;
  throw new ChewsError('refused', `${attempt}: it is ${statusText}`, {
    remedy: 'Stop it first.',
    effect: 'none',
  });
}

/** A VM that has a disk attached, and its status at this moment. */
export type Holder = Found<'vm'> & VmState;

/** All VMs of the store that have a disk. */
export async function vmsWithDisk(view: StoreView, diskId: string): Promise<Holder[]> {
  const having = (await readAll(view, 'vm')).filter(({ record }) => hasDisk(record, diskId));
  if (having.length === 0) return [];
  const machines = await scanMachines();
  return mapLimited(having, async (found) => ({ ...found, ...(await vmState(found.folder, machines)) }));
}

function hasDisk(record: VmRecord, diskId: string): boolean {
  return record.disks.some(({ id }) => id === diskId);
}
