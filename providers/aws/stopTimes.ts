import type { Instance } from '@aws-sdk/client-ec2';
import { secondsUp } from './tellFleet.ts';

/**
 * StateTransitionReason tells when a stop was asked for. The guest writes on while it shuts down, and EC2 pulls the plug after
 * some minutes; this is longer than any of that.
 */
const LONGEST_STOP_MS = 3_600_000;

/** When stopped instances have stopped at the latest. */
export interface StopTimes {
  /** An instance was told to be stopped, by an answer of that time, erring late. */
  note(instance: Instance, atMs: number): void;
  /** By EC2's clock, erring late. */
  latest(instance: Instance, nowMs: number): number;
}

/**
 * Two bounds, of which the earlier counts: the request of the stop with all the time that it can take, and the first answer in
 * which this process saw this very stop as over. A new start has another launch time.
 */
export function stopTimes(): StopTimes {
  const firstSeen = new Map<string, number>();
  const keyOf = ({ InstanceId, LaunchTime, StateTransitionReason }: Instance) =>
    `${InstanceId} ${LaunchTime?.getTime()} ${StateTransitionReason}`;
  return {
    note(instance, atMs) {
      const key = keyOf(instance);
      if (instance.State?.Name === 'stopped' && !firstSeen.has(key)) firstSeen.set(key, secondsUp(atMs));
    },
    latest(instance, nowMs) {
      const seenAtMs = firstSeen.get(keyOf(instance)) ?? secondsUp(nowMs);
      const askedAtMs = stopAskedAtMs(instance.StateTransitionReason);
      return askedAtMs === undefined ? seenAtMs : Math.min(seenAtMs, askedAtMs + LONGEST_STOP_MS);
    },
  };
}

/** "User initiated (2026-03-01 12:00:05 GMT)"; undefined where it says nothing of the kind, as after a shutdown inside. */
export function stopAskedAtMs(reason: string | undefined): number | undefined {
  const [, day, time] = /\((\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d) GMT\)/.exec(reason ?? '') ?? [];
  const atMs = Date.parse(`${day}T${time}Z`);
  return Number.isNaN(atMs) ? undefined : atMs;
}
