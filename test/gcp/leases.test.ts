import { describe, expect, it } from 'vitest';
import type { Lease, LeaseRequest } from '../../src/core/lease.ts';
import type { LeaseStore } from '../../src/core/provider.ts';
import { refused } from '../conformance/bench.ts';
import { gcpStage, type Stage } from './gcpStage.ts';

const request = (token: string): LeaseRequest => ({
  workstation: 'test',
  token,
  user: 'ann',
  host: 'desk',
  hostId: 'host-1',
  pid: 4711,
  processStart: '1',
  hostBoot: 'boot-1',
  command: 'up',
  durationMs: 60_000,
});

async function take(store: LeaseStore, token: string, replacing?: Lease): Promise<Lease> {
  const answer = await store.take(request(token), replacing);
  if ('heldBy' in answer) throw new Error(`held by ${answer.heldBy.token}`);
  return answer.taken;
}

function standing({ datacenter }: Stage): string[] {
  return [...datacenter.world.gce.healthChecks.values()].map(({ name }) => name);
}

/** A process that is held up before the n-th call that changes something, while `meanwhile` happens. */
async function heldUp(stage: Stage, call: number, meanwhile: () => Promise<unknown>): Promise<LeaseStore> {
  const { provider } = await stage.open({
    gate: async ({ number }) => {
      if (number === call) await meanwhile();
    },
  });
  return provider.leases;
}

describe('leases on health checks', () => {
  it('let one alone win who both saw that it was free', async () => {
    const stage = await gcpStage();
    const other = (await stage.open()).provider.leases;
    const late = await heldUp(stage, 1, () => take(other, 'run-2'));
    expect(await late.take(request('run-1'), undefined)).toMatchObject({ heldBy: { token: 'run-2' } });
    expect((await other.list()).leases).toMatchObject([{ token: 'run-2' }]);
  });

  it('are not taken by a number that has become free again behind the back of a process', async () => {
    const stage = await gcpStage();
    const other = (await stage.open()).provider.leases;
    const late = await heldUp(stage, 1, async () => {
      const first = await take(other, 'run-2');
      await other.release(first);
      await take(other, 'run-3');
    });
    expect(await late.take(request('run-1'), undefined)).toMatchObject({ heldBy: { token: 'run-3' } });
    expect((await other.list()).leases).toMatchObject([{ token: 'run-3' }]);
  });

  it('are lost to a holder who was held up while another took over', async () => {
    const stage = await gcpStage();
    const other = (await stage.open()).provider.leases;
    const lease = await take(stage.subject.provider.leases, 'run-1');
    const late = await heldUp(stage, 1, () => take(other, 'run-2', lease));
    await refused(late.renew(lease), 'busy');
    await stage.subject.provider.leases.release(lease);
    expect((await other.list()).leases).toMatchObject([{ token: 'run-2' }]);
  });

  it('are found again after an answer that was lost', async () => {
    const stage = await gcpStage();
    const { provider } = await stage.open({ faults: [{ call: 1, when: 'after', kind: 'error' }] });
    await refused(provider.leases.take(request('run-1'), undefined), 'unreachable');
    const taken = await take(provider.leases, 'run-1');
    expect((await provider.leases.list()).leases).toEqual([taken]);
  });

  it('leave one note behind, whatever was done with them', async () => {
    const stage = await gcpStage();
    const { leases } = stage.subject.provider;
    let lease = await take(leases, 'run-1');
    for (let round = 0; round < 3; round += 1) lease = await leases.renew(lease);
    expect(standing(stage)).toEqual(['chews-lease-test-0000000004']);
    await leases.release(lease);
    expect(standing(stage)).toEqual(['chews-lease-test-0000000005']);
    expect(await leases.list()).toMatchObject({ leases: [], unreadable: [] });
  });

  it.each([-3_600_000, 0, 3_600_000])(
    'go by the clock of Compute Engine, with one that is %d ms off here',
    async (offMs) => {
      const stage = await gcpStage();
      const { world } = stage.datacenter;
      stage.datacenter.advance(700);
      const { provider } = await stage.open({}, undefined, { nowMs: () => world.nowMs + offMs });
      const { nowMs } = await provider.leases.list();
      expect(nowMs).toBeLessThanOrEqual(world.nowMs);
      expect(nowMs).toBeGreaterThan(world.nowMs - 1000);
      const { readAtMs } = await provider.list();
      expect(Math.abs(readAtMs - world.nowMs)).toBeLessThan(1000);
      expect((await take(provider.leases, 'run-1')).sinceMs).toBeLessThanOrEqual(world.nowMs);
    },
  );

  it.each(['Test', '../x', '', 'x'.repeat(60)])(
    'are refused for %j, which is no workstation',
    async (workstation) => {
      const { leases } = (await gcpStage()).subject.provider;
      await refused(leases.take({ ...request('run-1'), workstation }, undefined), 'configuration');
    },
  );

  it('of a workstation whose name begins like another are kept apart', async () => {
    const { leases } = (await gcpStage()).subject.provider;
    const short = await take(leases, 'run-1');
    const answer = await leases.take({ ...request('run-2'), workstation: 'test-two' }, undefined);
    expect(answer).toHaveProperty('taken');
    expect((await leases.list({ workstation: 'test' })).leases).toEqual([short]);
    expect((await leases.list()).leases).toHaveLength(2);
  });
});
