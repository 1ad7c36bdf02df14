import { describe, expect, it } from 'vitest';
import type { Goal } from '../../src/core/plan.ts';
import type { Fault } from '../support/datacenter/faults.ts';
import { command } from './command.ts';
import { type Ec2Bench, ec2Bench } from './ec2Bench.ts';

const create: Goal = { kind: 'create', off: false };
const dessicate: Goal = { kind: 'dessicate', stop: true };
const rehydrate: Goal = { kind: 'rehydrate', off: false };

const durations = { createDiskMs: 3000, snapshotMs: 60_000, startMs: 5000, stopMs: 20_000 };
const deaths: readonly Extract<Fault, { kind: 'kill' }>['when'][] = ['before', 'after', 'answered'];

describe('a workstation on EC2', () => {
  it('comes into being, goes and comes again, in the calls that it takes', async () => {
    const bench = ec2Bench();
    const story: string[] = [];
    for (const goal of [create, dessicate, rehydrate]) {
      const { said, trace } = await command(bench, goal);
      const calls = trace.filter(({ number, what }) => number > 0 && !what.includes('LaunchTemplate'));
      story.push(`${said}: ${calls.map(({ what }) => what.split(' ')[0]).join(' ')}`);
      bench.datacenter.advance(60_000);
    }
    expect(story).toEqual([
      'done; now ON: RunInstances CreateTags CreateTags',
      'done; now DESSICATED: StopInstances CreateSnapshot CreateSnapshot DetachVolume DetachVolume TerminateInstances CreateTags CreateTags DeleteVolume DeleteVolume',
      'done; now ON: RegisterImage RunInstances CreateTags CreateTags DeregisterImage DeleteTags',
    ]);
  });

  it.each([
    ['create', create, []],
    ['rehydrate', rehydrate, [create, dessicate]],
  ] as const)('%s ends well, wherever it dies', { timeout: 200_000 }, async (_name, goal, before) => {
    const bench: Ec2Bench = ec2Bench({ quirks: { durations } });
    for (const earlier of before) {
      await command(bench, earlier);
      bench.datacenter.advance(60_000);
    }
    const begun = bench.datacenter.save();
    const { calls, state: whole } = await command(bench, goal);
    expect(whole).toBe('ON');
    for (let call = 1; call <= calls; call += 1) {
      for (const when of deaths) {
        bench.datacenter.restore(begun);
        const story = [(await command(bench, goal, { faults: [{ call, when, kind: 'kill' }] })).said];
        for (let state; story.length < 3 && state !== 'ON';) {
          const again = await command(bench, goal);
          story.push(again.said);
          ({ state } = again);
        }
        const { world } = bench.datacenter;
        const told = `killed ${when} call ${call}: ${story.join('\n  then ')}`;
        expect(story.at(-1), told).toContain('ON');
        expect([world.vms.size, world.disks.size], told).toEqual([1, 2]);
      }
    }
  });
});
