import { afterEach, describe, expect, it } from 'vitest';
import { gcpProvider } from '../../providers/gcp/gcp.ts';
import type { Provider } from '../../src/core/provider.ts';
import { refOf, refused } from '../conformance/bench.ts';
import type { ClientOptions } from '../support/datacenter/client.ts';
import { type Listening, listen } from '../support/gce/transport.ts';
import { gcpStage, type Stage } from './gcpStage.ts';

let listening: Listening | undefined;

afterEach(async () => {
  await listening?.close();
  listening = undefined;
});

/** The provider as it is shipped, with the SDK's own transport, over a socket of the loopback. */
async function overTheWire(options?: ClientOptions): Promise<{ stage: Stage; provider: Provider }> {
  const stage = await gcpStage();
  listening = await listen(stage.datacenter, stage.datacenter.connect(options));
  const env = { CHEWS_GCP_ENDPOINT: listening.endpoint };
  const provider = await gcpProvider.open({ project: 'home' }, stage.datacenter.context({ env }));
  return { stage, provider };
}

describe('over a real connection', () => {
  it('makes a workstation, puts it away and brings it back', async () => {
    const { stage, provider } = await overTheWire();
    const bench = stage.benchFor({ provider, client: stage.datacenter.connect() });
    const { vm, data } = await bench.makeRestingVm();
    const snapshot = await bench.makeSnapshot(data);
    await bench.apply({ kind: 'clear-deletion-flags', vm: refOf(vm) });
    await bench.deleteVm(refOf(vm));
    await bench.deleteDisk(refOf(data));
    const restored = await bench.makeDisk({ source: { from: 'snapshot', snapshotId: snapshot.id } });
    expect(restored).toMatchObject({
      status: 'ready',
      origin: { from: 'snapshot', snapshotId: snapshot.id },
    });
    stage.datacenter.oracle.assertNothingLost();
  });

  it('tells a refusal by its status from what the SDK makes of it', async () => {
    const { stage, provider } = await overTheWire();
    const bench = stage.benchFor({ provider, client: stage.datacenter.connect() });
    stage.knobs.denied.add('compute.disks.create');
    await refused(bench.apply(bench.createDisk()), 'permission');
    stage.knobs.denied.clear();
    await refused(bench.apply(bench.createDisk({ location: 'nowhere-a' })), 'configuration');
    await bench.apply(bench.createDisk());
    await refused(bench.apply(bench.createDisk({ type: 'pd-ssd' })), 'conflict');
  });

  it('says of a connection that was lost on the way that it may have had an effect', async () => {
    const { stage, provider } = await overTheWire({ faults: [{ call: 1, when: 'after', kind: 'error' }] });
    const bench = stage.benchFor({ provider, client: stage.datacenter.connect() });
    const lost = { code: 'unreachable', retryable: true, effect: 'maybe' };
    await expect(bench.apply(bench.createDisk())).rejects.toMatchObject(lost);
    await bench.apply(bench.createDisk());
    expect(stage.datacenter.world.disks.size).toBe(1);
  });

  it('says of a server that is not there that nothing was done', async () => {
    const { provider } = await overTheWire();
    await listening?.close();
    await expect(provider.list()).rejects.toMatchObject({
      code: 'unreachable',
      effect: 'none',
      retryable: true,
    });
  });

  it('waits out what is refused because too much is asked for', async () => {
    const { provider } = await overTheWire({ readFaults: [{ read: 1, kind: 'throttled' }] });
    expect(await provider.list()).toMatchObject({ account: 'home', vms: [] });
  });
});
