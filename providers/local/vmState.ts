import type { VmStatus } from '../../src/core/assets.ts';
import type { VmRecord } from './assetFile.ts';
import { type Found, readAll } from './assetFolders.ts';
import type { StoreView } from './store.ts';
import { vmFolderState } from './vmFolderState.ts';

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
}

/** What QEMU says of the VM of a folder, in the core's words. */
export async function vmState(folder: string): Promise<VmState> {
  const state = await vmFolderState({ folder });
  switch (state.status) {
    case 'stopped':
      return { status: 'stopped', statusText: 'stopped' };
    case 'unknown':
      return { status: 'unknown', statusText: `in an unknown state (${state.why})` };
    case 'running':
      return {
        status: statuses[state.qmpStatus] ?? 'unknown',
        statusText: state.qmpStatus,
        ...(troubles[state.qmpStatus] !== undefined && { trouble: troubles[state.qmpStatus] }),
      };
  }
}

/** A VM that has a disk attached, and its status at this moment. */
export type Holder = Found<'vm'> & VmState;

/** All VMs of the store that have a disk. */
export async function vmsWithDisk(view: StoreView, diskId: string): Promise<Holder[]> {
  const holders: Holder[] = [];
  for (const found of await readAll(view, 'vm')) {
    if (hasDisk(found.record, diskId)) holders.push({ ...found, ...(await vmState(found.folder)) });
  }
  return holders;
}

function hasDisk(record: VmRecord, diskId: string): boolean {
  return record.disks.some(({ id }) => id === diskId);
}
