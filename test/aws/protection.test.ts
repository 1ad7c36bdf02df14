import { describe, expect, it } from 'vitest';
import type { Goal } from '../../src/core/plan.ts';
import { command } from './command.ts';
import { ec2Bench } from './ec2Bench.ts';

/** A workstation whose VM somebody protected by hand against termination. */
async function protectedBench() {
  const bench = ec2Bench();
  await command(bench, { kind: 'create', off: true });
  for (const instance of bench.ec2.instances.values()) instance.isProtected = true;
  bench.datacenter.advance(60_000);
  return bench;
}

describe('a protection against termination that is not of chews’ making', () => {
  it.each<Goal>([{ kind: 'dessicate', stop: false }, { kind: 'delete' }])(
    'is met before the first step: $kind',
    async (goal) => {
      const bench = await protectedBench();
      const { said, state, trace } = await command(bench, goal);
      expect(said).toContain(
        `refused: cannot ${goal.kind} workstation test: cannot delete VM test: somebody has protected it against termination. Switch`,
      );
      expect(state).toBe('OFF');
      expect(trace.filter(({ number, what }) => number > 0 && !what.includes('LaunchTemplate'))).toEqual([]);
      for (const instance of bench.ec2.instances.values()) instance.isProtected = false;
      if (goal.kind === 'delete') bench.datacenter.oracle.letGo('test');
      expect((await command(bench, goal)).code).toBeUndefined();
    },
  );
});
