import {
  type HolderSight,
  type HostView,
  judgeLease,
  type Lease,
  type LeaseVerdict,
  seeHolder,
  type UnreadableLease,
} from '../core/lease.ts';
import type { LeaseStore } from '../core/provider.ts';
import { formatDuration } from '../core/units.ts';
import { timeText } from './snapshotSetText.ts';

/** Who holds a workstation, as far as it can be told; the time is the provider's. */
export type Holding =
  | {
      readonly kind: 'held';
      readonly lease: Lease;
      readonly sight: HolderSight;
      readonly verdict: LeaseVerdict;
      readonly nowMs: number;
    }
  | { readonly kind: 'unreadable'; readonly lease: UnreadableLease };

/** Undefined where nobody holds it. */
export async function holdingOf(
  leases: LeaseStore,
  workstation: string,
  view: HostView,
  signal: AbortSignal,
): Promise<Holding | undefined> {
  const { nowMs, leases: readable, unreadable } = await leases.list({ signal, workstation });
  const torn = unreadable.find((lease) => lease.workstation === workstation);
  if (torn !== undefined) return { kind: 'unreadable', lease: torn };
  const lease = readable.find((candidate) => candidate.workstation === workstation);
  if (lease === undefined) return undefined;
  return {
    kind: 'held',
    lease,
    sight: seeHolder(lease, view),
    verdict: judgeLease(lease, nowMs, view),
    nowMs,
  };
}

export function holdingJson(holding: Holding): Record<string, unknown> {
  if (holding.kind === 'unreadable') return { unreadable: holding.lease.why };
  const { user, host, pid, command, sinceMs, untilMs } = holding.lease;
  const times = { since: new Date(sinceMs).toISOString(), until: new Date(untilMs).toISOString() };
  return { user, host, pid, command, ...times, stale: holding.verdict.kind === 'stale' };
}

/** All that is known of a holding, in lines; the first is the title of the others. */
export function holdingText(holding: Holding): string[] {
  const { workstation } = holding.lease;
  if (holding.kind === 'unreadable') {
    return [
      `${workstation} has a lease that cannot be read, so that nobody can tell who holds it:`,
      `  ${holding.lease.why}`,
    ];
  }
  const { lease, nowMs, verdict } = holding;
  const { command, pid, user, host, sinceMs, untilMs } = lease;
  const left =
    untilMs > nowMs ? `in ${formatDuration(untilMs - nowMs)} unless it is renewed` : 'and that is over';
  const freed = verdict.kind === 'stale' ? [`  the next command takes over by itself: ${verdict.why}`] : [];
  return [
    `${workstation} is held by chews ${command}, process ${pid} of ${user} on ${host}:`,
    `  since ${timeText(sinceMs)} UTC, ${formatDuration(nowMs - sinceMs)} ago`,
    `  until ${timeText(untilMs)} UTC, ${left}`,
    `  ${sightText(holding.sight)}`,
    ...freed,
  ];
}

function sightText(sight: HolderSight): string {
  switch (sight) {
    case 'alive':
      return 'its process is alive on this computer';
    case 'gone':
      return 'its process is gone from this computer';
    case 'restarted':
      return 'its process is gone: this computer has been restarted since';
    case 'hidden':
      return 'whether its process is alive on this computer cannot be told';
    case 'elsewhere':
      return 'its process is on another computer or in another container, and cannot be seen from here';
  }
}
