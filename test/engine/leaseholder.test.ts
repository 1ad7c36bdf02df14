import { describe, expect, it } from 'vitest';
import { ChewsError } from '../../src/core/errors.ts';
import type { HostView, Lease, LeaseRequest } from '../../src/core/lease.ts';
import type { LeaseStore } from '../../src/core/provider.ts';
import { type LeaseOptions, takeLease } from '../../src/engine/leaseholder.ts';
import { createDatacenter, type Datacenter } from '../support/datacenter/datacenter.ts';
import { plain } from '../support/datacenter/quirks.ts';
import { memoryLeases, tearLease } from '../support/memoryLeases.ts';

const view: HostView = { hostId: 'here', hostBoot: 'boot', processStartOf: () => 'start' };

function runner(token: string): LeaseOptions['runner'] {
  return {
    token,
    user: 'ann',
    host: 'ares',
    hostId: 'here',
    pid: 7,
    processStart: 'start',
    hostBoot: 'boot',
  };
}

function options(datacenter: Datacenter, token: string, changes: Partial<LeaseOptions> = {}): LeaseOptions {
  return {
    leases: memoryLeases(datacenter.connect()),
    workstation: 'dev',
    command: 'dessicate',
    verb: 'dessicate',
    runner: runner(token),
    view,
    wait: false,
    // Time passes by hand alone: the sleep of the renewal lasts until it is told to end.
    sleep: (_, signal) =>
      new Promise((resolve) => signal?.addEventListener('abort', () => resolve(), { once: true })),
    nowMs: () => datacenter.world.nowMs,
    say: () => undefined,
    ...changes,
  };
}

const opened = () => createDatacenter({ quirks: plain, seed: 1, startAtMs: 0 });

describe('the lease of a run', () => {
  it('is refused to a second one, with who holds it, since when and for what', async () => {
    const datacenter = opened();
    const first = await takeLease(options(datacenter, 'one'));
    datacenter.advance(40_000);
    const second = takeLease(options(datacenter, 'two', { command: 'up', verb: 'switch on' }));
    await expect(second).rejects.toMatchObject({ code: 'busy' });
    await expect(second).rejects.toThrow(
      'cannot switch on workstation dev: chews dessicate (process 7 of ann on ares) is at work on it, since 40s',
    );
    await first.release();
    await (await takeLease(options(datacenter, 'two'))).release();
  });

  it('is waited for where it is wanted, and said once', async () => {
    const datacenter = opened();
    const first = await takeLease(options(datacenter, 'one'));
    const said: string[] = [];
    let looks = 0;
    const sleep = async () => {
      looks += 1;
      if (looks === 3) await first.release();
    };
    const second = await takeLease(
      options(datacenter, 'two', {
        wait: true,
        say: (sentence) => said.push(sentence),
        sleep: (ms, signal) => (ms > 1000 ? options(datacenter, 'x').sleep(ms, signal) : sleep()),
      }),
    );
    expect(looks).toBe(3);
    expect(said).toHaveLength(1);
    await second.release();
  });

  it('is taken over where its process is dead, and said', async () => {
    const datacenter = opened();
    await takeLease(options(datacenter, 'one'));
    const said: string[] = [];
    const dead: HostView = { ...view, processStartOf: () => undefined };
    const second = await takeLease(
      options(datacenter, 'two', { view: dead, say: (text) => said.push(text) }),
    );
    expect(said).toEqual(['took over the lease of dev from an earlier run: process 7 is gone']);
    await second.release();
  });

  it('is taken over by one of two that find it dead at the same time; the other is told by whom', async () => {
    const datacenter = opened();
    await takeLease(options(datacenter, 'one'));
    const dead: HostView = { ...view, processStartOf: () => undefined };
    const asked = ['two', 'three'].map((token) => takeLease(options(datacenter, token, { view: dead })));
    const [winner, loser] = await Promise.allSettled(asked);
    expect(loser).toMatchObject({ status: 'rejected', reason: { code: 'busy' } });
    if (winner?.status !== 'fulfilled') throw new Error('nobody has taken it');
    const leases = memoryLeases(datacenter.connect());
    expect((await leases.list()).leases.map(({ token }) => token)).toEqual(['two']);
    await winner.value.release();
    expect((await leases.list()).leases).toEqual([]);
  });

  it('is found again by its token where the answer of the take was lost', async () => {
    const datacenter = opened();
    const leases = memoryLeases(datacenter.connect());
    let lost = false;
    const losing: LeaseStore = {
      ...leases,
      take: async (request: LeaseRequest, replacing: Lease | undefined) => {
        const answer = await leases.take(request, replacing);
        if (lost) return answer;
        lost = true;
        return { heldBy: 'taken' in answer ? answer.taken : answer.heldBy };
      },
    };
    const held = await takeLease(options(datacenter, 'one', { leases: losing }));
    await held.confirm();
    await held.release();
    expect((await leases.list()).leases).toEqual([]);
  });

  it('is renewed while the run lives, also after the provider could not be reached once', async () => {
    const datacenter = opened();
    const leases = memoryLeases(datacenter.connect());
    let reached = true;
    const shaky: LeaseStore = {
      ...leases,
      renew: async (lease) => {
        if (!reached) throw new ChewsError('unreachable', 'cannot renew: no way there', { effect: 'none' });
        return await leases.renew(lease);
      },
    };
    // Every pause ends when the test says so, after the time that it was to last.
    let wake: () => void = () => undefined;
    const sleep = async (milliseconds: number, signal?: AbortSignal) => {
      await new Promise<void>((resolve) => {
        wake = resolve;
        signal?.addEventListener('abort', () => resolve(), { once: true });
      });
      if (signal?.aborted !== true) datacenter.advance(milliseconds);
    };
    const turn = async () => {
      wake();
      await new Promise((resolve) => setImmediate(resolve));
      await new Promise((resolve) => setImmediate(resolve));
    };
    const held = await takeLease(options(datacenter, 'one', { leases: shaky, sleep }));
    const untilMs = async () => (await leases.list()).leases[0]?.untilMs ?? 0;
    // Far beyond what it was taken for.
    for (let round = 0; round < 20; round += 1) {
      reached = round % 2 === 0;
      await turn();
      const { world } = datacenter;
      expect((await untilMs()) - world.nowMs).toBeGreaterThan(3 * 60_000);
      expect((await untilMs()) - world.nowMs).toBeLessThanOrEqual(5 * 60_000);
    }
    expect(held.lost.aborted).toBe(false);
    await expect(takeLease(options(datacenter, 'two'))).rejects.toMatchObject({ code: 'busy' });
    const [shown] = (await leases.list()).leases;
    if (shown === undefined) throw new Error('nobody holds it');
    await leases.clear(shown);
    reached = true;
    await turn();
    expect(held.lost.aborted).toBe(true);
    await held.release();
  });

  it('is neither taken nor waited for where it cannot be read', async () => {
    const datacenter = opened();
    await takeLease(options(datacenter, 'one'));
    tearLease(datacenter.world, `${datacenter.world.accounts[0]}/dev`);
    const second = takeLease(options(datacenter, 'two', { wait: true }));
    await expect(second).rejects.toMatchObject({
      code: 'unreadable',
      remedy: 'chews unlock dev shows what is there, and takes the lease away',
    });
    await (await takeLease(options(datacenter, 'two', { workstation: 'spare' }))).release();
  });

  it('is confirmed after a long pause, and lost where another has taken it over', async () => {
    const datacenter = opened();
    const first = await takeLease(options(datacenter, 'one'));
    await first.confirm();
    datacenter.advance(10 * 60_000);
    // Nobody has taken it: a laptop that was closed goes on.
    await first.confirm();
    expect(first.lost.aborted).toBe(false);
    datacenter.advance(10 * 60_000);
    const second = await takeLease(options(datacenter, 'two'));
    await expect(first.confirm()).rejects.toBeInstanceOf(ChewsError);
    expect(first.lost.aborted).toBe(true);
    await first.release();
    await second.confirm();
    await second.release();
  });
});
