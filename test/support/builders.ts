import type { Attachment, Disk, Fleet, Inventory, Labels, Snapshot, Vm } from '../../src/core/assets.ts';
import { type Claim, inventoryOf } from '../../src/core/inventory.ts';
import { classicScheme } from '../../src/core/names.ts';
import type { DiskSpec, Workstation } from '../../src/core/workstation.ts';

/** Assets of workstation `dev` as chews makes them, one call each, to be bent where a test wants them otherwise. */

export const GB = 1024 ** 3;
export const OWNER = 'a1b2c3d4';
/** Three sets, an hour apart. */
export const SETS = ['20260101000000', '20260101010000', '20260101020000'] as const;
export const [OLD, MIDDLE, NEW] = SETS;

export function timeOf(set: string): number {
  return classicScheme.timeOf(set) ?? Number.NaN;
}

/** The provider's clock at the time of the read. */
export const NOW_MS = timeOf(NEW) + 3_600_000;

export function diskSpec(name: string, changes: Partial<DiskSpec> = {}): DiskSpec {
  return { name, sizeBytes: 10 * GB, type: 'standard', ...changes };
}

export function workstation(changes: Partial<Workstation> = {}): Workstation {
  return {
    name: 'dev',
    provider: 'here',
    locations: ['north'],
    size: { cpus: 2, memoryBytes: 4 * GB },
    image: 'debian-13',
    keepSnapshots: 3,
    disks: [diskSpec('boot'), diskSpec('data')],
    ...changes,
  };
}

export function claim(changes: Partial<Workstation> = {}, others: Partial<Claim> = {}): Claim {
  return {
    workstation: workstation(changes),
    owner: OWNER,
    scheme: classicScheme,
    account: 'home',
    ...others,
  };
}

export function diskName(disk: string, name = 'dev'): string {
  return classicScheme.diskName({ workstation: name, disk }, 63);
}

export function snapshotName(disk: string, set: string): string {
  return classicScheme.snapshotName({ workstation: 'dev', disk, set }, 63);
}

function ours(disk: string): Labels {
  return { workstation: 'dev', owner: OWNER, disk, role: disk === 'boot' ? 'boot' : 'data' };
}

/** A disk that was written to until the middle set's time, attached to nothing. */
export function disk(name: string, changes: Partial<Disk> = {}): Disk {
  const members = name === 'boot' ? { members: ['boot', 'data'] } : {};
  return {
    id: `disk-${name}`,
    name: diskName(name),
    location: 'north',
    labels: { ...ours(name), ...members },
    status: 'ready',
    statusText: 'READY',
    sizeBytes: 10 * GB,
    type: 'standard',
    origin: name === 'boot' ? { from: 'image', image: 'debian-13' } : { from: 'blank' },
    createdAtMs: timeOf(OLD) - 3_600_000,
    attachedTo: [],
    lastWritable: { kind: 'at', atMs: timeOf(MIDDLE) },
    ...changes,
  };
}

export function attachment(held: Disk, changes: Partial<Attachment> = {}): Attachment {
  return {
    diskId: held.id,
    diskName: held.name,
    boot: held.labels.role === 'boot',
    deletedWithVm: false,
    ...changes,
  };
}

export function vm(changes: Partial<Vm> = {}): Vm {
  return {
    id: 'vm-1',
    name: 'dev',
    location: 'north',
    labels: { workstation: 'dev', owner: OWNER },
    status: 'stopped',
    statusText: 'STOPPED',
    size: { cpus: 2, memoryBytes: 4 * GB },
    attachments: [],
    lastStartedAtMs: timeOf(OLD),
    lastStoppedAtMs: timeOf(MIDDLE),
    diesWithVm: [],
    ...changes,
  };
}

/** A snapshot of the disk of that name, taken at its set's time, one of two. */
export function snapshot(name: string, set: string = NEW, changes: Partial<Snapshot> = {}): Snapshot {
  return {
    id: `snapshot-${name}-${set}`,
    name: snapshotName(name, set),
    location: 'north',
    labels: { ...ours(name), set, setIndex: name === 'boot' ? 1 : 2, setSize: 2, clean: true },
    status: 'ready',
    statusText: 'READY',
    sourceDiskId: `disk-${name}`,
    sizeBytes: 10 * GB,
    takenAtMs: timeOf(set),
    kind: 'taken',
    ...changes,
  };
}

/** Both snapshots of a set. */
export function set(timestamp: string = NEW, changes: Partial<Snapshot> = {}): Snapshot[] {
  return [snapshot('boot', timestamp, changes), snapshot('data', timestamp, changes)];
}

export interface Parts {
  readonly vms?: readonly Vm[];
  readonly disks?: readonly Disk[];
  readonly snapshots?: readonly Snapshot[];
}

export function fleet(parts: Parts = {}): Fleet {
  return { readAtMs: NOW_MS, account: 'home', vms: [], disks: [], snapshots: [], ...parts };
}

export function inventory(parts: Parts = {}, by: Claim = claim()): Inventory {
  return inventoryOf(fleet(parts), by);
}

/** The VM with all these disks attached, by both accounts. Running, it can write to them now. */
export function machine(
  disks: readonly Disk[] = [disk('boot'), disk('data')],
  changes: Partial<Vm> = {},
): Parts & { readonly vms: readonly [Vm]; readonly disks: readonly Disk[] } {
  const holder = vm({ attachments: disks.map((held) => attachment(held)), ...changes });
  const running = holder.status !== 'stopped';
  return {
    vms: [holder],
    disks: disks.map((held) => ({
      ...held,
      attachedTo: [holder.id],
      ...(running ? { lastWritable: { kind: 'now' as const } } : {}),
    })),
  };
}

export const running: Partial<Vm> = { status: 'running', statusText: 'RUNNING' };

/** A disk that nobody has written to since it was made from that set's snapshot. */
export function restored(name: string, from: string = NEW, changes: Partial<Disk> = {}): Disk {
  return disk(name, {
    id: `disk-${name}-restored`,
    origin: { from: 'snapshot', snapshotId: `snapshot-${name}-${from}` },
    lastWritable: { kind: 'never' },
    labels: { ...ours(name), restoredFrom: `snapshot-${name}-${from}` },
    ...changes,
  });
}

/** As the first implementation left them, or a person made them by hand. */
export function bare<T extends { readonly labels: Labels }>(asset: T): T {
  return { ...asset, labels: {} };
}

export function without<T extends object, K extends keyof T>(asset: T, ...keys: readonly K[]): Omit<T, K> {
  return Object.fromEntries(
    Object.entries(asset).filter(([key]) => !keys.some((gone) => gone === key)),
  ) as Omit<T, K>;
}
