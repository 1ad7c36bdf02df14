import { describe, expect, it } from 'vitest';
import { exitCodeOf } from '../../src/core/errors.ts';
import type { Goal } from '../../src/core/plan.ts';
import type { Workstation } from '../../src/core/workstation.ts';
import { ACCOUNT } from '../support/ec2/ec2World.ts';
import { command, type Ended, workstation } from './command.ts';
import { type Ec2Bench, ec2Bench, errorOf, newDisk, newVm } from './ec2Bench.ts';

const create: Goal = { kind: 'create', off: false };
const down: Goal = { kind: 'down' };
const larger: Workstation = { ...workstation, size: { machineType: 't3.large' } };

/** After these commands the account has as many vCPUs as it may. */
async function benchAfter(...goals: readonly Goal[]): Promise<Ec2Bench> {
  const bench = ec2Bench();
  for (const goal of goals) {
    expect((await command(bench, goal)).code).toBeUndefined();
    bench.datacenter.advance(60_000);
  }
  bench.ec2.hasVcpus = false;
  return bench;
}

/** Whatever there is, by its id, and what would bill or be left over. */
function assetsOf({ datacenter: { world }, ec2 }: Ec2Bench) {
  return {
    vms: [...world.vms.values()].map(({ id, power }) => `${id} ${power}`),
    disks: [...world.disks.values()].map(({ id, content }) => `${id} ${content}`),
    snapshots: [...world.snapshots.keys()],
    images: [...ec2.images.values()].filter(({ ownerId }) => ownerId === ACCOUNT).length,
    leases: ec2.templates.size,
  };
}

function expectQuota({ code, said }: Ended, what: string): void {
  expect(code).toBe('quota');
  expect(exitCodeOf('quota')).toBe(5);
  expect(said).toContain(
    `quota: cannot ${what} VM test: the account may have no more vCPUs of this kind; now `,
  );
}

describe('an account that may have no more vCPUs', () => {
  it('refuses a new VM, and nothing of it is there', async () => {
    const bench = await benchAfter();
    const before = assetsOf(bench);
    expectQuota(await command(bench, create), 'create');
    expect(assetsOf(bench)).toEqual(before);
    const { provider } = await bench.open();
    expect(await errorOf(provider.apply(newVm([newDisk('boot')])))).toMatchObject({
      effect: 'none',
      remedy:
        'Ask AWS for more under Service Quotas, or delete what is not needed: chews status shows what there is.',
    });
    bench.ec2.hasVcpus = true;
    expect((await command(bench, create)).state).toBe('ON');
  });

  it('refuses a VM of snapshots, which stay as they are', async () => {
    const bench = await benchAfter(create, { kind: 'dessicate', stop: true });
    const before = assetsOf(bench);
    const ended = await command(bench, { kind: 'rehydrate', off: false });
    expectQuota(ended, 'create');
    expect(ended.state).toBe('DESSICATED');
    expect(assetsOf(bench)).toEqual(before);
    bench.ec2.hasVcpus = true;
    expect((await command(bench, { kind: 'rehydrate', off: false })).state).toBe('ON');
  });

  it('refuses the start after a resize, and the disks stay as they are', async () => {
    const bench = await benchAfter(create);
    const resize: Goal = { kind: 'resize', stop: true };
    expectQuota(await command(bench, resize, {}, larger), 'start');
    const after = assetsOf(bench);
    expect(after.vms).toEqual([expect.stringMatching(/ off$/)]);
    expect(after.disks).toHaveLength(2);
    // The same command goes on with it.
    expectQuota(await command(bench, resize, {}, larger), 'start');
    expect(assetsOf(bench)).toEqual(after);
    bench.ec2.hasVcpus = true;
    expect((await command(bench, resize, {}, larger)).state).toBe('ON');
  });

  it('refuses the start of what was resized in between, and the disks stay as they are', async () => {
    const bench = await benchAfter(create, down);
    expect((await command(bench, { kind: 'resize', stop: false }, {}, larger)).code).toBeUndefined();
    const before = assetsOf(bench);
    expectQuota(await command(bench, { kind: 'up' }, {}, larger), 'start');
    expect(assetsOf(bench)).toEqual(before);
  });

  it('has nothing against what launches nothing', async () => {
    const bench = await benchAfter(create);
    const { state, trace } = await command(bench, { kind: 'dessicate', stop: true });
    expect(state).toBe('DESSICATED');
    expect(trace.filter(({ what }) => /^(RunInstances|StartInstances)\b/.test(what))).toEqual([]);
  });
});
