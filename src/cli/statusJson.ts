import type { Disk, Snapshot, Vm } from '../core/assets.ts';
import type { SnapshotSet } from '../core/snapshotSets.ts';
import type { Look } from '../engine/session.ts';
import { errorJson } from './errorText.ts';
import { setTime, storedBytesOf } from './snapshotSetText.ts';
import { locationOf, type Row } from './statusText.ts';

/** Null for what a provider told and is no time: that alone must not keep the rest from being told. */
function isoTime(atMs: number): string | null {
  const time = new Date(atMs);
  return Number.isNaN(time.getTime()) ? null : time.toISOString();
}

function vmJson({ id, name, location, status, size, lastStartedAtMs }: Vm) {
  const started = lastStartedAtMs === undefined ? null : isoTime(lastStartedAtMs);
  return { id, name, location, status, size, started };
}

function diskJson(disk: string, role: string, configured: boolean, live: Disk) {
  const { id, name, location, status, sizeBytes, storedBytes, type } = live;
  return {
    disk,
    role,
    configured,
    id,
    name,
    location,
    status,
    sizeBytes,
    storedBytes: storedBytes ?? null,
    type,
  };
}

function snapshotJson(disk: string, { id, name, status, sizeBytes, storedBytes }: Snapshot) {
  return { disk, id, name, status, sizeBytes, storedBytes: storedBytes ?? null };
}

export function setJson(set: SnapshotSet) {
  return {
    timestamp: set.timestamp,
    time: `${setTime(set.timestamp).replace(' ', 'T')}Z`,
    complete: set.flaws.length === 0,
    flaws: set.flaws,
    clean: set.clean,
    storedBytes: storedBytesOf(set) ?? null,
    snapshots: [...set.byDisk].map(([disk, snapshot]) => snapshotJson(disk, snapshot)),
  };
}

function lookJson(look: Look) {
  const { situation } = look;
  return {
    location: locationOf(look) ?? null,
    state: situation.state,
    reasons: situation.problems.map(({ kind, sentence }) => ({ kind, sentence })),
    mend: situation.mend === undefined ? null : `chews ${situation.mend}`,
    drift: situation.drift.map(({ kind, disk, sentence, mend }) => ({
      kind,
      disk: disk ?? null,
      sentence,
      mend,
    })),
    vm: situation.vm === undefined ? null : vmJson(situation.vm),
    disks: situation.membership.members.flatMap(({ name, role, live, spec }) =>
      live === undefined ? [] : [diskJson(name, role, spec !== undefined, live)],
    ),
    sets: situation.sets.map(setJson),
    error: null,
  };
}

/** One workstation as `status.schema.json` describes it: every key is always there. */
export function workstationJson({ workstation: { name, provider }, found }: Row): Record<string, unknown> {
  const head = { name, provider };
  if ('look' in found) return { ...head, ...lookJson(found.look) };
  return {
    ...head,
    location: null,
    state: null,
    reasons: [],
    mend: null,
    drift: [],
    vm: null,
    disks: [],
    sets: [],
    error: errorJson(found.error),
  };
}
