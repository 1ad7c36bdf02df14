import type { Lease, LeaseRequest } from '../../src/core/lease.ts';

/** A run of somebody else on another computer. */
export const anotherRun: Omit<LeaseRequest, 'durationMs'> = {
  workstation: 'dev',
  token: 'other',
  user: 'bob',
  host: 'mars',
  hostId: 'host-2',
  pid: 12,
  processStart: '5',
  hostBoot: 'boot-2',
  command: 'dessicate',
};

/** The lease that it took 40 seconds ago, for five minutes. */
export function leaseOfAnother(nowMs: number, changes: Partial<Lease> = {}): Lease {
  return { ...anotherRun, id: 'lease-1', sinceMs: nowMs - 40_000, untilMs: nowMs + 260_000, ...changes };
}
