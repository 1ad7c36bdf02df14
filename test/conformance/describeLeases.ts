import { describe, expect, it } from 'vitest';
import type { Lease, LeaseRequest } from '../../src/core/lease.ts';
import type { LeaseStore } from '../../src/core/provider.ts';
import { type Bench, refused } from './bench.ts';
import { quickTimeout, type SubjectKind } from './subject.ts';

function requestBy(token: string, changes: Partial<LeaseRequest> = {}): LeaseRequest {
  return {
    workstation: 'test',
    token,
    user: 'ann',
    host: 'desk',
    hostId: 'host-1',
    pid: 4711,
    processStart: '1234567',
    hostBoot: 'boot-1',
    command: 'dessicate',
    durationMs: 60_000,
    ...changes,
  };
}

async function take(store: LeaseStore, request: LeaseRequest, replacing?: Lease): Promise<Lease> {
  const answer = await store.take(request, replacing);
  if ('heldBy' in answer) throw new Error(`held by ${answer.heldBy.token}`);
  return answer.taken;
}

export function describeLeases(kind: SubjectKind, bench: () => Bench): void {
  describe('leases', { timeout: quickTimeout(kind) }, () => {
    it('takes a free lease, with the times of the provider', async () => {
      const { leases } = bench().provider;
      expect((await leases.list()).leases).toEqual([]);
      const { nowMs } = await leases.list();
      const { durationMs, ...who } = requestBy('run-1');
      const lease = await take(leases, requestBy('run-1'));
      expect(lease).toMatchObject(who);
      expect(lease.sinceMs).toBeGreaterThanOrEqual(nowMs);
      expect(lease.untilMs - lease.sinceMs).toBe(durationMs);
      expect((await leases.list()).leases).toEqual([lease]);
    });

    it('refuses it to a second run, and says who holds it', async () => {
      const { provider, subject } = bench();
      const lease = await take(provider.leases, requestBy('run-1'));
      const other = (await subject.connect()).leases;
      expect(await other.take(requestBy('run-2'), undefined)).toEqual({ heldBy: lease });
      expect((await other.list()).leases).toEqual([lease]);
    });

    it('keeps the leases of several workstations apart', async () => {
      const { leases } = bench().provider;
      const one = await take(leases, requestBy('run-1'));
      const two = await take(leases, requestBy('run-2', { workstation: 'other' }));
      expect(one.id).not.toBe(two.id);
      await leases.release(one);
      expect((await leases.list()).leases).toEqual([two]);
    });

    it('replaces exactly the lease that was judged stale', async () => {
      const { provider, subject } = bench();
      const stale = await take(provider.leases, requestBy('run-1', { durationMs: 20 }));
      await subject.advance(50);
      // Time alone frees nothing: whoever takes it says which holding he has judged.
      expect(await provider.leases.take(requestBy('run-2'), undefined)).toEqual({ heldBy: stale });
      const second = await take(provider.leases, requestBy('run-2'), stale);
      expect(second.id).not.toBe(stale.id);
      expect(await provider.leases.take(requestBy('run-3'), stale)).toEqual({ heldBy: second });
    });

    it('takes a lease that was given back in the meantime', async () => {
      const { leases } = bench().provider;
      const first = await take(leases, requestBy('run-1'));
      await leases.release(first);
      const second = await take(leases, requestBy('run-2'), first);
      expect((await leases.list()).leases).toEqual([second]);
    });

    it('lets one of two win who take it at once, free or stale', async () => {
      const { provider, subject } = bench();
      const stores = [provider.leases, (await subject.connect()).leases];
      let held: Lease | undefined;
      for (const round of [1, 2, 3]) {
        const replacing = held;
        const answers = await Promise.all(
          stores.map((store, index) => store.take(requestBy(`run-${round}-${index}`), replacing)),
        );
        const taken = answers.flatMap((answer) => ('taken' in answer ? [answer.taken] : []));
        expect(taken).toHaveLength(1);
        expect((await provider.leases.list()).leases).toEqual(taken);
        [held] = taken;
      }
    });

    it('renews what is ours, and says so when it is not', async () => {
      const { provider, subject } = bench();
      const first = await take(provider.leases, requestBy('run-1'));
      await subject.advance(30);
      const renewed = await provider.leases.renew(first);
      expect(renewed).toMatchObject({ id: first.id, token: 'run-1', sinceMs: first.sinceMs });
      expect(renewed.untilMs).toBeGreaterThan(first.untilMs);
      expect((await provider.leases.list()).leases).toEqual([renewed]);
      const second = await take(provider.leases, requestBy('run-2'), renewed);
      await refused(provider.leases.renew(renewed), 'busy');
      await provider.leases.release(renewed);
      expect((await provider.leases.list()).leases).toEqual([second]);
    });

    it('pushes the end on by as much as was asked for, however often', async () => {
      const { provider, subject } = bench();
      let lease = await take(provider.leases, requestBy('run-1'));
      for (let round = 0; round < 4; round += 1) {
        await subject.advance(30);
        const { nowMs } = await provider.leases.list();
        lease = await provider.leases.renew(lease);
        const after = await provider.leases.list();
        expect(lease.untilMs).toBeGreaterThanOrEqual(nowMs + 60_000);
        expect(lease.untilMs).toBeLessThanOrEqual(after.nowMs + 60_000);
      }
    });

    it('takes away exactly the lease that was shown, and its holder learns of it', async () => {
      const { provider, subject } = bench();
      const other = (await subject.connect()).leases;
      const shown = await take(provider.leases, requestBy('run-1'));
      expect(await other.clear(shown)).toBe(true);
      expect(await other.clear(shown)).toBe(false);
      expect((await other.list()).leases).toEqual([]);
      await refused(provider.leases.renew(shown), 'busy');
      const next = await take(other, requestBy('run-2'));
      await provider.leases.release(shown);
      expect((await other.list()).leases).toEqual([next]);
    });

    it('leaves a lease that was renewed since it was shown, or that another has taken', async () => {
      const { provider, subject } = bench();
      const other = (await subject.connect()).leases;
      const shown = await take(provider.leases, requestBy('run-1'));
      await subject.advance(30);
      const renewed = await provider.leases.renew(shown);
      expect(await other.clear(shown)).toBe(false);
      expect((await other.list()).leases).toEqual([renewed]);
      const next = await take(provider.leases, requestBy('run-2'), renewed);
      expect(await other.clear(renewed)).toBe(false);
      expect((await other.list()).leases).toEqual([next]);
    });

    it('tells of a lease that cannot be read, beside those that can', async () => {
      const { provider, subject } = bench();
      const { leases } = provider;
      await take(leases, requestBy('run-1'));
      const fine = await take(leases, requestBy('run-2', { workstation: 'other' }));
      await subject.tearLease('test');
      const listed = await leases.list();
      expect(listed.leases).toEqual([fine]);
      expect(listed.unreadable).toMatchObject([{ workstation: 'test' }]);
      expect(listed.unreadable[0]?.why).not.toBe('');
      expect((await leases.list({ workstation: 'other' })).unreadable).toEqual([]);
      await refused(leases.take(requestBy('run-3'), undefined), 'unreadable');
    });

    it('takes away a lease that cannot be read, once, and never what came after it', async () => {
      const { provider, subject } = bench();
      const { leases } = provider;
      const torn = await take(leases, requestBy('run-1'));
      await subject.tearLease('test');
      const [shown] = (await leases.list()).unreadable;
      if (shown === undefined) throw new Error('it is not told');
      // What was shown before it was torn is not what stands there now.
      expect(await leases.clear(torn)).toBe(false);
      expect(await leases.clear(shown)).toBe(true);
      expect(await leases.list()).toMatchObject({ leases: [], unreadable: [] });
      await refused(leases.renew(torn), 'busy');
      const next = await take(leases, requestBy('run-2'));
      expect(await leases.clear(shown)).toBe(false);
      await subject.tearLease('test');
      expect(await leases.clear(shown)).toBe(false);
      expect((await leases.list()).unreadable).toHaveLength(1);
      await refused(leases.renew(next), 'unreadable');
    });

    it('gives a lease back once and for all', async () => {
      const { leases } = bench().provider;
      const lease = await take(leases, requestBy('run-1'));
      await leases.release(lease);
      await leases.release(lease);
      expect((await leases.list()).leases).toEqual([]);
      await refused(leases.renew(lease), 'busy');
    });
  });
}
