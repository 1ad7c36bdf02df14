import type { CreateDisk } from '../../src/core/action.ts';
import type { Disk, Vm } from '../../src/core/assets.ts';
import type { Provider } from '../../src/core/provider.ts';
import type { Size } from '../../src/core/workstation.ts';

/** One provider over an empty world of its own, with what a test needs to know and to do behind its back. */
export interface Subject {
  readonly provider: Provider;
  /** A second process at the same provider. */
  connect(): Promise<Provider>;
  readonly location: string;
  /** A location that cannot be. */
  readonly badLocation: string;
  readonly size: Size;
  readonly otherSize: Size;
  readonly image: string;
  /** What a disk has to be made from for a VM to boot from it. Where no live disk boots, it is made with its VM. */
  readonly bootSource: CreateDisk['source'];
  readonly diskType: string;
  readonly otherDiskType: string;
  /** A size for disks; its half and its triple must be allowed too. */
  readonly diskBytes: number;
  /** Changes what is on a disk that no running VM holds, as a guest would, and no less visibly. */
  writeContent(disk: Disk): Promise<void>;
  /** Something that is equal exactly where the content is. */
  readContent(disk: Disk): Promise<string>;
  /** The owner sets a deletion flag by hand. Left out where a VM never takes a disk along. */
  setDeletionFlag?(vm: Vm, disk: Disk): Promise<void>;
  /** Leaves the lease that is held so that nobody can read it: a cut-off write, somebody's hand. */
  tearLease(workstation: string): Promise<void>;
  /** Lets the provider's clock pass, at least so far. */
  advance(milliseconds: number): Promise<void>;
  cleanup(): Promise<void>;
}

/** A test of the suite that cannot pass, because of something that the adapter is not to blame for. */
export interface Deviation {
  /** `describe > it` */
  readonly test: string;
  readonly why: string;
  /** What it fails with: anything else is a failure. */
  readonly failsWith: RegExp;
  /** It is a matter of luck. */
  readonly mayPass?: true;
}

/** A provider that is to pass, and where it may differ. */
export interface SubjectKind {
  readonly name: string;
  makeProvider(): Promise<Subject>;
  /** A VM takes seconds to start: tests that start one get time. */
  readonly bootsAreSlow?: boolean;
  /** Everything takes its real time: a test gets so long. */
  readonly limitMs?: number;
  /** 'while-attached': nothing tells of a disk that is attached to nothing (EC2). */
  readonly lastWritable: 'always' | 'while-attached';
  /** Whether disks and snapshots say which content they hold. */
  readonly contentVersions: boolean;
  /** Tests that are tried and must fail as it says here; they count as skipped. */
  readonly deviations?: readonly Deviation[];
  /** Why it cannot be tried on this computer. */
  readonly whyNot?: string;
}

export function quickTimeout({ limitMs = 20_000 }: SubjectKind): number {
  return limitMs;
}

export function bootTimeout(kind: SubjectKind): number {
  return kind.bootsAreSlow === true ? (kind.limitMs ?? 180_000) : quickTimeout(kind);
}
