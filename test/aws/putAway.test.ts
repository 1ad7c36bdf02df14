import { describe, expect, it } from 'vitest';
import type { Goal } from '../../src/core/plan.ts';
import type { Fault } from '../support/datacenter/faults.ts';
import type { Deed } from '../support/datacenter/owner.ts';
import type { Quirks } from '../support/datacenter/quirks.ts';
import { command } from './command.ts';
import { diskIn, diskName, type Ec2Bench, ec2Bench, newDisk, newVm, vmIn } from './ec2Bench.ts';

/** A workstation that is ON, as `create` leaves it, and has been written to. */
async function makeOn(bench: Ec2Bench): Promise<void> {
  const { provider } = await bench.open();
  await provider.apply(newVm([newDisk('boot'), newDisk('data')]));
  const { id } = diskIn(await provider.list(), 'boot');
  await provider.apply({
    kind: 'set-labels',
    assetKind: 'disk',
    asset: { id, name: diskName('boot') },
    labels: { members: ['boot', 'data'] },
  });
  bench.datacenter.advance(60_000);
}

const dessicate: Goal = { kind: 'dessicate', stop: true };

/** The same command again, three times at the most. */
async function untilAway(bench: Ec2Bench, story: string[]): Promise<void> {
  for (let round = 0; round < 3; round += 1) {
    const { said, state } = await command(bench, dessicate);
    story.push(said);
    if (state === 'DESSICATED') return;
  }
}

/** The newest content of every disk is in a ready snapshot. */
function expectPutAway({ datacenter }: Ec2Bench, story: string): void {
  const { world, oracle } = datacenter;
  expect(world.vms.size, story).toBe(0);
  expect(world.disks.size, story).toBe(0);
  for (const disk of ['boot', 'data']) {
    const newest = oracle.newestContent('test', disk);
    expect(newest, story).toBeDefined();
    expect(oracle.whereHeld(newest ?? -1), `${story}: ${disk}`).toContainEqual(
      expect.objectContaining({ kind: 'snapshot' }),
    );
  }
}

type Death = Extract<Fault, { kind: 'kill' }>['when'];

const durations = { createDiskMs: 3000, snapshotMs: 60_000, startMs: 5000, stopMs: 20_000 };
/** Each with a moment to die at; all moments of all commands are in the lines of the proof. */
const worlds: readonly (readonly [name: string, quirks: Partial<Quirks>, when: Death])[] = [
  ['in no hurry', { durations }, 'answered'],
  ['where lists lag', { durations, listLagMs: 5000 }, 'after'],
];

describe.each(worlds)('a workstation on EC2 is put away, %s', (_name, quirks, when) => {
  it('whole, and for good', async () => {
    const bench = ec2Bench({ quirks });
    await makeOn(bench);
    expect(vmIn(await (await bench.open()).provider.list()).status).toBe('running');
    const { said, state } = await command(bench, dessicate);
    expect(state, said).toBe('DESSICATED');
    expectPutAway(bench, said);
    bench.datacenter.advance(7_200_000);
    expect((await command(bench, dessicate)).said).toContain('DESSICATED');
  });

  it(`though the run dies ${when} any of its calls`, { timeout: 120_000 }, async () => {
    const bench = ec2Bench({ quirks });
    await makeOn(bench);
    const begun = bench.datacenter.save();
    const { calls } = await command(bench, dessicate);
    for (let call = 1; call <= calls; call += 1) {
      bench.datacenter.restore(begun);
      const story = [(await command(bench, dessicate, { faults: [{ call, when, kind: 'kill' }] })).said];
      await untilAway(bench, story);
      const told = `killed ${when} call ${call}: ${story.join('\n  then ')}`;
      expect(story.at(-1), told).toContain('DESSICATED');
      expectPutAway(bench, told);
    }
  });
});

describe('a storm of errors', () => {
  it('loses nothing, and is over when it is over', { timeout: 120_000 }, async () => {
    const bench = ec2Bench({ quirks: { durations } });
    await makeOn(bench);
    const begun = bench.datacenter.save();
    for (let seed = 1; seed <= 6; seed += 1) {
      bench.datacenter.restore(begun);
      const storm = { seed, changesShare: 0.2, readsShare: 0.1 };
      const story = [(await command(bench, dessicate, { storm })).said];
      await untilAway(bench, story);
      expectPutAway(bench, `storm ${seed}: ${story.join('\n  then ')}`);
    }
  });
});

describe('what an owner does in between', () => {
  const deeds: readonly (readonly [name: string, deeds: readonly Deed[]])[] = [
    [
      'starts it, works and stops it',
      [
        { deed: 'start-vm', vm: 'test' },
        { deed: 'wait', milliseconds: 60_000 },
        { deed: 'stop-vm', vm: 'test' },
        { deed: 'wait', milliseconds: 60_000 },
      ],
    ],
    [
      'works on a loose disk elsewhere',
      [
        { deed: 'write-disk', disk: diskName('data') },
        { deed: 'wait', milliseconds: 60_000 },
      ],
    ],
    ['flips a flag', [{ deed: 'flip-deletion-flag', vm: 'test', disk: diskName('data'), to: true }]],
  ];

  it.each(deeds)('%s, and nothing is lost', { timeout: 120_000 }, async (_name, done) => {
    const bench = ec2Bench({ quirks: { durations } });
    await makeOn(bench);
    const begun = bench.datacenter.save();
    const { calls } = await command(bench, dessicate);
    for (let call = 1; call <= calls; call += 1) {
      bench.datacenter.restore(begun);
      const story = [
        (await command(bench, dessicate, { faults: [{ call, when: 'answered', kind: 'kill' }] })).said,
      ];
      for (const deed of done) bench.datacenter.owner(deed);
      bench.datacenter.advance(10_000);
      await untilAway(bench, story);
      const told = `killed after call ${call}: ${story.join('\n  then ')}`;
      bench.datacenter.oracle.assertNothingLost();
      if (bench.datacenter.world.vms.size === 0 && bench.datacenter.world.disks.size === 0)
        expectPutAway(bench, told);
    }
  });
});
