import { expect, it } from 'vitest';
import { openLaneWatch } from '../../src/engine/laneWatch.ts';
import { openSession } from '../../src/engine/session.ts';
import { quirksOf } from '../property/kinds.ts';
import { openLab } from '../property/lab.ts';
import { kindOf, settingsOf } from '../support/kindOf.ts';

it('a first list that was long in coming is no younger for it', async () => {
  const quirks = { ...quirksOf('ec2Like'), listLagMs: 5000 };
  const { datacenter, workstation } = openLab(quirks, 1);
  const context = datacenter.context({ sleep: async (ms) => void datacenter.advance(ms) });
  const kind = kindOf(datacenter, (options) => datacenter.connect(options), context.sleep);
  const providers = [{ name: 'here', kind: kind.kind, settings: settingsOf(datacenter) }];
  const configuration = { id: 'a1b2c3d4', providers, workstations: [workstation] };
  const session = openSession(
    configuration,
    () => Promise.resolve(kind),
    context,
    () => 0,
  );
  const provider = await session.provider(workstation.provider);
  const slow = {
    ...provider,
    list: async () => {
      const fleet = await provider.list();
      datacenter.advance(30_000);
      return fleet;
    },
  };
  const { signal } = new AbortController();
  const watch = await openLaneWatch(
    session,
    slow,
    workstation,
    { stop: signal, cut: signal },
    async () => {},
  );
  await expect(watch.catchUp()).resolves.toBe(true);
  await expect(watch.catchUp()).resolves.toBe(false);
});
