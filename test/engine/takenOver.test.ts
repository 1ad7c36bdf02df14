import { expect, it } from 'vitest';
import { quirksOf } from '../property/kinds.ts';
import { openLab, run } from '../property/lab.ts';
import { leaseOfAnother } from '../support/anotherRun.ts';

it('a run whose lease is taken while it waits for something under way says so', async () => {
  const lab = openLab({ ...quirksOf('plain') }, 1);
  await run(lab, { kind: 'create', off: false });
  await run(lab, { kind: 'down' });
  await run(
    lab,
    { kind: 'dessicate', stop: false },
    {
      faults: [
        { call: 2, when: 'later', kind: 'fails', extraMs: 3_600_000 },
        { kind: 'kill', call: 3, when: 'before' },
      ],
    },
  );
  const { world } = lab.datacenter;
  const { result } = await run(
    lab,
    { kind: 'dessicate', stop: false },
    {
      gate: async ({ what }) => {
        if (!what.startsWith('renew')) return;
        for (const key of world.leases.keys()) world.leases.set(key, leaseOfAnother(world.nowMs));
      },
    },
  );
  expect(result.outcome).toMatchObject({
    kind: 'failed',
    code: 'busy',
    sentence:
      'cannot go on with dessicate of workstation dev: another run has taken it over, or it was unlocked',
  });
});
