import { describe, expect, it } from 'vitest';
import type { Lease, LeaseRequest } from '../../src/core/lease.ts';
import type { LeaseStore } from '../../src/core/provider.ts';
import { type Ec2Bench, ec2Bench } from './ec2Bench.ts';

function requestBy(token: string): LeaseRequest {
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
  };
}

async function take(store: LeaseStore, token: string, replacing?: Lease): Promise<Lease> {
  const answer = await store.take(requestBy(token), replacing);
  if ('heldBy' in answer) throw new Error(`held by ${answer.heldBy.token}`);
  return answer.taken;
}

/** A process that is held up before its n-th call, while `meanwhile` happens. */
async function heldUp(bench: Ec2Bench, call: number, meanwhile: () => Promise<void>): Promise<LeaseStore> {
  let calls = 0;
  const { provider } = await bench.open({
    gate: async () => {
      calls += 1;
      if (calls === call) await meanwhile();
    },
  });
  return provider.leases;
}

/** More than any of these makes. */
const MOST_CALLS = 12;

describe('two who take a lease', () => {
  it.each(['free', 'stale', 'over'] as const)(
    'are granted it once, wherever one is held up (%s)',
    async (before) => {
      for (let call = 1; call <= MOST_CALLS; call += 1) {
        const bench = ec2Bench();
        const other = (await bench.open()).provider.leases;
        let stale: Lease | undefined;
        if (before !== 'free') stale = await take(other, 'run-0');
        if (before === 'over' && stale !== undefined) {
          const [template] = bench.ec2.templates.values();
          const over = { kind: 'over', after: 1 };
          template?.versions.push({
            number: 2,
            description: undefined,
            data: { UserData: Buffer.from(JSON.stringify(over)).toString('base64') },
            createdAtMs: 0,
          });
        }
        let second: Awaited<ReturnType<LeaseStore['take']>> | undefined;
        const first = await heldUp(bench, call, async () => {
          second = await other.take(requestBy('run-2'), stale);
        });
        const answers = [await first.take(requestBy('run-1'), stale), second].filter(
          (one) => one !== undefined,
        );
        const taken = answers.flatMap((answer) => ('taken' in answer ? [answer.taken.token] : []));
        const { leases } = await other.list();
        if (second !== undefined) expect(taken, `held up before call ${call}`).toHaveLength(1);
        expect(leases.map(({ token }) => token)).toEqual(taken);
        for (const answer of answers) if ('heldBy' in answer) expect(answer.heldBy.token).toBe(taken[0]);
      }
    },
  );

  it('leave none to a holder who was held up in a renewal', async () => {
    for (let call = 1; call <= MOST_CALLS; call += 1) {
      const bench = ec2Bench();
      const other = (await bench.open()).provider.leases;
      let next: Awaited<ReturnType<LeaseStore['take']>> | undefined;
      const own = await take(other, 'run-1');
      const holder = await heldUp(bench, call, async () => {
        next = await other.take(requestBy('run-2'), own);
      });
      const lease = await holder.renew(own).catch(() => undefined);
      const { leases } = await other.list();
      expect(leases).toHaveLength(1);
      // Whoever comes second learns that he does.
      const winner = lease === undefined ? 'run-2' : 'run-1';
      expect(leases[0]?.token, `held up before call ${call}`).toBe(winner);
      if (next !== undefined) expect('taken' in next).toBe(lease === undefined);
    }
  });

  it('lose nothing by a lost answer', async () => {
    for (const when of ['before', 'after'] as const) {
      const bench = ec2Bench();
      const { provider } = await bench.open({ faults: [{ call: 1, when, kind: 'error' }] });
      await expect(provider.leases.take(requestBy('run-1'), undefined)).rejects.toMatchObject({
        retryable: true,
      });
      const lease = await take(provider.leases, 'run-1');
      expect((await provider.leases.list()).leases).toEqual([lease]);
      expect(bench.ec2.templates.size).toBe(1);
    }
  });

  it('leave nothing behind', async () => {
    const bench = ec2Bench();
    const { leases } = (await bench.open()).provider;
    await leases.release(await leases.renew(await take(leases, 'run-1')));
    expect(bench.ec2.templates.size).toBe(0);
  });
});
