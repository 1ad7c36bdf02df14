/** Who is at work on a workstation. */
export interface LeaseRequest {
  readonly workstation: string;
  /** Of this run alone, drawn at its start. */
  readonly token: string;
  readonly user: string;
  readonly host: string;
  /** Two computers can share a name, not this. */
  readonly hostId: string;
  readonly pid: number;
  /** When the process began, in the host's own terms: a pid can be given to another process. */
  readonly processStart: string;
  /** The boot of the host that the pid belongs to. */
  readonly hostBoot: string;
  /** The command that it was taken for: "dessicate". */
  readonly command: string;
  readonly durationMs: number;
}

/** Times are the provider's. */
export interface Lease extends Omit<LeaseRequest, 'durationMs'> {
  /** Names this very holding: another take, by whomever, has another. */
  readonly id: string;
  readonly sinceMs: number;
  readonly untilMs: number;
}

/** A lease that cannot be read: it may be anybody's, and so it is neither free nor can it be told who holds it. */
export interface UnreadableLease {
  readonly workstation: string;
  /** Names what stands there now: another holding, or the same one mangled in another way, has another. */
  readonly id: string;
  /** "it is empty" */
  readonly why: string;
}

/** What a run knows of its own host, to tell whether the holder of a lease is dead. */
export interface HostView {
  readonly hostId: string;
  readonly hostBoot: string;
  /**
   * The start of the process of that pid, in the same terms as `processStart`; undefined when there is positively none,
   * 'hidden' when the system does not tell.
   */
  readonly processStartOf: (pid: number) => string | 'hidden' | undefined;
}

/** What this host can tell of the process that a lease was taken by. */
export type HolderSight = 'alive' | 'gone' | 'restarted' | 'hidden' | 'elsewhere';

export function seeHolder(lease: Lease, view: HostView): HolderSight {
  if (lease.hostId !== view.hostId) return 'elsewhere';
  if (lease.hostBoot !== view.hostBoot) return 'restarted';
  const started = view.processStartOf(lease.pid);
  if (started === undefined) return 'gone';
  if (started === 'hidden' || lease.processStart === 'hidden') return 'hidden';
  return started === lease.processStart ? 'alive' : 'gone';
}

export type LeaseVerdict =
  { readonly kind: 'free' } | { readonly kind: 'stale'; readonly why: string } | { readonly kind: 'held' };

/** Whether a lease still binds: its time is over, or its process is dead on this very host. */
export function judgeLease(lease: Lease | undefined, nowMs: number, view: HostView): LeaseVerdict {
  if (lease === undefined) return { kind: 'free' };
  if (lease.untilMs <= nowMs) return { kind: 'stale', why: 'its time is over' };
  switch (seeHolder(lease, view)) {
    case 'alive':
    case 'hidden':
    case 'elsewhere':
      return { kind: 'held' };
    case 'restarted':
      return { kind: 'stale', why: 'this computer has been restarted since' };
    case 'gone':
      return { kind: 'stale', why: `process ${lease.pid} is gone` };
  }
}
