import type { Action, CreateDisk, CreateVm } from '../../src/core/action.ts';
import type { Fleet } from '../../src/core/assets.ts';
import { ChewsError } from '../../src/core/errors.ts';
import { classicScheme } from '../../src/core/names.ts';
import type { Provider, ProviderContext } from '../../src/core/provider.ts';
import type { Client, ClientOptions } from '../support/datacenter/client.ts';
import type { Datacenter } from '../support/datacenter/datacenter.ts';
import {
  createEc2Datacenter,
  DEBIAN_OWNER,
  type Ec2Options,
  type Ec2State,
  REGION,
} from '../support/ec2/ec2World.ts';
import { openEc2 } from '../support/ec2/openEc2.ts';

const GiB = 1024 ** 3;
export const ZONE = `${REGION}a`;
export const IMAGE = `${DEBIAN_OWNER}/debian-13-amd64-*`;
export const SET = '20260301120000';

/** A simulated EC2 and processes at work on it through the real adapter. */
export interface Ec2Bench {
  readonly datacenter: Datacenter;
  readonly ec2: Ec2State;
  /** A new process; what it asks for is in the trace of its client. */
  open(
    options?: ClientOptions,
    overrides?: Partial<ProviderContext>,
  ): Promise<{ provider: Provider; client: Client }>;
}

export function ec2Bench(options: Ec2Options = {}): Ec2Bench {
  const datacenter = createEc2Datacenter(options);
  return {
    datacenter,
    get ec2() {
      const { ec2 } = datacenter.world;
      if (ec2 === undefined) throw new Error('there is no EC2');
      return ec2;
    },
    async open(clientOptions, overrides) {
      const client = datacenter.connect(clientOptions);
      return { provider: await openEc2(datacenter, client, overrides), client };
    },
  };
}

export function diskName(disk: string): string {
  return classicScheme.diskName({ workstation: 'test', disk }, 255);
}

export function newDisk(disk: string, changes: Partial<CreateDisk> = {}): CreateDisk {
  const boots = disk === 'boot';
  return {
    kind: 'create-disk',
    name: diskName(disk),
    location: ZONE,
    sizeBytes: 8 * GiB,
    type: 'gp3',
    source: boots ? { from: 'image', image: IMAGE } : { from: 'blank' },
    labels: { workstation: 'test', owner: 'a1b2c3', disk, role: boots ? 'boot' : 'data' },
    ...changes,
  };
}

export function newVm(makes: readonly CreateDisk[], changes: Partial<CreateVm> = {}): CreateVm {
  return {
    kind: 'create-vm',
    name: 'test',
    location: ZONE,
    size: { machineType: 't3.small' },
    image: IMAGE,
    disks: [],
    makes,
    labels: { workstation: 'test', owner: 'a1b2c3' },
    firstBoot: true,
    ...changes,
  };
}

export function newSnapshot(fleet: Fleet, disk: string): Action {
  const { id, name, labels } = diskIn(fleet, disk);
  return {
    kind: 'snapshot-disk',
    disk: { id, name },
    name: classicScheme.snapshotName({ workstation: 'test', disk, set: SET }, 255),
    location: ZONE,
    labels: { ...labels, set: SET, setIndex: 1, setSize: 2, clean: true },
  };
}

export function diskIn(fleet: Fleet, disk: string) {
  return only(fleet.disks, diskName(disk));
}

export function vmIn(fleet: Fleet) {
  return only(fleet.vms, 'test');
}

export function snapshotIn(fleet: Fleet, disk: string) {
  return only(fleet.snapshots, classicScheme.snapshotName({ workstation: 'test', disk, set: SET }, 255));
}

function only<T extends { readonly name: string }>(assets: readonly T[], name: string): T {
  const [asset, another] = assets.filter((candidate) => candidate.name === name);
  if (asset === undefined || another !== undefined) throw new Error(`there is not exactly one ${name}`);
  return asset;
}

/** All that a fleet says but for ids and times, which differ from run to run. */
export function gist(fleet: Fleet): unknown {
  const setOf = new Map(fleet.snapshots.map(({ id, name }) => [id, name]));
  return {
    vms: fleet.vms.map(({ name, status, labels, location, size, attachments }) => ({
      name,
      status,
      labels,
      location,
      size,
      attachments: attachments.map(({ diskName: held, boot, deletedWithVm }) => ({
        held,
        boot,
        deletedWithVm,
      })),
    })),
    disks: fleet.disks
      .map(({ name, status, labels, location, sizeBytes, type, origin, attachedTo }) => ({
        name,
        status,
        labels: { ...labels, restoredFrom: setOf.get(labels.restoredFrom ?? '') },
        location,
        sizeBytes,
        type,
        origin: origin.from === 'snapshot' ? setOf.get(origin.snapshotId) : origin,
        attached: attachedTo.length,
      }))
      .toSorted((left, right) => (left.name < right.name ? -1 : 1)),
    snapshots: fleet.snapshots
      .map(({ name, status, labels, sizeBytes, kind }) => ({ name, status, labels, sizeBytes, kind }))
      .toSorted((left, right) => (left.name < right.name ? -1 : 1)),
  };
}

/** What something was refused with. */
export async function errorOf(work: Promise<unknown>): Promise<ChewsError> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof ChewsError) return error;
  throw new Error(`should have been refused: ${String(error)}`);
}
