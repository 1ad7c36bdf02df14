import { describe, expect, it } from 'vitest';
import { type HolderSight, type HostView, judgeLease, type Lease, seeHolder } from '../../src/core/lease.ts';

const lease: Lease = {
  id: 'lease-1',
  workstation: 'dev',
  token: 'token-1',
  user: 'ann',
  host: 'ares',
  hostId: 'host-1',
  hostBoot: 'boot-1',
  pid: 4711,
  processStart: '12:00',
  command: 'dessicate',
  sinceMs: 1000,
  untilMs: 2000,
};
const here: HostView = {
  hostId: 'host-1',
  hostBoot: 'boot-1',
  processStartOf: (pid) => (pid === 4711 ? '12:00' : undefined),
};
const dead: HostView = { ...here, processStartOf: () => undefined };

describe('a lease', () => {
  it.each<[string, Lease | undefined, number, HostView, string]>([
    ['nobody holds', undefined, 1500, here, 'free'],
    ['of a living process', lease, 1500, here, 'held'],
    ['to its last moment', lease, 1999, here, 'held'],
    ['whose time is over', lease, 2000, here, 'stale: its time is over'],
    ['of a dead process of this host', lease, 1500, dead, 'stale: process 4711 is gone'],
    [
      'of a pid that another process has now',
      lease,
      1500,
      { ...here, processStartOf: () => '13:00' },
      'stale: process 4711 is gone',
    ],
    [
      'of an earlier boot of this host',
      { ...lease, hostBoot: 'boot-0' },
      1500,
      here,
      'stale: this computer has been restarted since',
    ],
    ['of another host, whatever its pid is here', { ...lease, hostId: 'host-2' }, 1500, dead, 'held'],
    [
      'of another host with the same name and another boot',
      { ...lease, hostId: 'host-2', hostBoot: 'boot-9' },
      1500,
      here,
      'held',
    ],
    ['of a process that the system hides', lease, 1500, { ...here, processStartOf: () => 'hidden' }, 'held'],
    [
      'that was taken where the system hid the process',
      { ...lease, processStart: 'hidden' },
      1500,
      here,
      'held',
    ],
    ['of another host, over', { ...lease, hostId: 'host-2' }, 2001, here, 'stale: its time is over'],
  ])('%s', (_, held, nowMs, view, expected) => {
    const verdict = judgeLease(held, nowMs, view);
    expect(verdict.kind === 'stale' ? `stale: ${verdict.why}` : verdict.kind).toBe(expected);
  });
});

describe('the holder of a lease', () => {
  it.each<[string, Lease, HostView, HolderSight]>([
    ['is at work on this host', lease, here, 'alive'],
    ['has ended', lease, dead, 'gone'],
    [
      'has ended, and its pid is another process’s',
      lease,
      { ...here, processStartOf: () => '13:00' },
      'gone',
    ],
    ['ran before this host was restarted', { ...lease, hostBoot: 'boot-0' }, here, 'restarted'],
    ['is hidden by the system', lease, { ...here, processStartOf: () => 'hidden' }, 'hidden'],
    ['was hidden when it took the lease', { ...lease, processStart: 'hidden' }, here, 'hidden'],
    ['has ended, hidden or not', { ...lease, processStart: 'hidden' }, dead, 'gone'],
    ['is on another host', { ...lease, hostId: 'host-2' }, here, 'elsewhere'],
  ])('%s', (_, held, view, sight) => {
    expect(seeHolder(held, view)).toBe(sight);
  });
});
