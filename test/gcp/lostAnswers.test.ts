import { describe, expect, it } from 'vitest';
import { withRetry } from '../../src/engine/retry.ts';
import type { Fault } from '../support/datacenter/faults.ts';
import { gceWire } from '../support/datacenter/quirks.ts';
import { refOf, refused } from '../conformance/bench.ts';
import { essence, furnished, looseIn, mutations } from './furnished.ts';
import { gcpStage } from './gcpStage.ts';

describe('an answer that is lost', () => {
  it.each(mutations)('$what: has the effect of once when the call is repeated', async ({ action }) => {
    const calm = await furnished();
    await calm.bench.apply(action(calm.bench, calm.fleet));
    const wanted = essence(await calm.bench.list());
    for (const when of ['after', 'before'] as const) {
      const { stage, fleet } = await furnished();
      const fault: Fault = { call: 1, when, kind: 'error', effect: when === 'after' ? 'maybe' : 'none' };
      const connected = await stage.open({ faults: [fault] });
      const bench = stage.benchFor(connected);
      const wish = action(bench, fleet);
      await expect(connected.provider.apply(wish)).rejects.toMatchObject({
        code: 'unreachable',
        retryable: true,
        effect: when === 'after' ? 'maybe' : 'none',
      });
      await connected.provider.apply(wish);
      expect(essence(await bench.list())).toEqual(wanted);
      stage.datacenter.oracle.assertNothingLost();
    }
  });

  it.each(mutations)(
    '$what: is repeated by the wrapper of the engine, in another process too',
    async ({ action }) => {
      const { stage, fleet } = await furnished();
      const faults: Fault[] = [{ call: 1, when: 'after', kind: 'error' }];
      const { provider } = await stage.open({ faults });
      const { sleep } = stage.datacenter.context();
      const patient = withRetry(provider, { sleep, random: () => 0.5, attempts: 3, firstPauseMs: 100 });
      const bench = stage.benchFor({ provider: patient, client: stage.datacenter.connect() });
      const wish = action(bench, fleet);
      await patient.apply(wish);
      const once = essence(await bench.list());
      await (await stage.open()).provider.apply(wish);
      expect(essence(await bench.list())).toEqual(once);
    },
  );
});

describe('an operation that ends in an error', () => {
  it.each(mutations)('$what: is no success, and the action can be carried out again', async ({ action }) => {
    const { stage, bench, fleet } = await furnished();
    stage.knobs.nextErrors.push('INTERNAL_ERROR');
    await refused(bench.apply(action(bench, fleet)), 'failed');
    expect(essence(await bench.list())).toEqual(essence(fleet));
    // Compute Engine remembers a request that has failed as well as any other: another id has to be made.
    stage.datacenter.advance(5000);
    await bench.apply(action(bench, fleet));
    expect(essence(await bench.list())).not.toEqual(essence(fleet));
  });

  it('leaves nothing of a VM where there is no room, and says where there is some', async () => {
    const { stage, bench, fleet } = await furnished();
    for (const location of stage.datacenter.world.locations)
      location.outOfCapacity = location.name === 'north-a';
    const wish = bench.createVm([looseIn(fleet)], { name: 'other' });
    const error: unknown = await bench.apply(wish).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'no-capacity', effect: 'none', retryable: false });
    expect(String(error)).toContain("The zone 'north-a' does not have enough resources");
    expect(String(error)).toContain('there is room in north-b, south-a');
    expect((await bench.list()).vms).toHaveLength(1);
    for (const location of stage.datacenter.world.locations) location.outOfCapacity = false;
    await bench.apply(wish);
    expect((await bench.list()).vms).toHaveLength(2);
  });

  it.each([
    { quota: { vms: 1 }, name: 'of VMs, which an operation tells' },
    { quota: { disks: 3 }, name: 'of disks, which the call itself tells' },
  ])('says that the quota is used up: $name', async ({ quota }) => {
    const stage = await gcpStage({ ...gceWire, quota });
    const bench = stage.benchFor(await stage.open());
    await bench.makeRestingVm();
    const loose = await bench.makeDisk({ name: 'test-loose' });
    const wish =
      quota.vms === undefined
        ? bench.createDisk({ name: 'more' })
        : bench.createVm([refOf(loose)], { name: 'other' });
    await refused(bench.apply(wish), 'quota');
  });
});
