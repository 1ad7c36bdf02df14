import { expect, it } from 'vitest';
import type { Goal } from '../../src/core/plan.ts';
import type { Situation } from '../../src/core/state.ts';
import { drawsFrom } from '../prove/draws.ts';
import { whens } from '../prove/killed.ts';
import { playTurns } from '../prove/turns.ts';
import { kinds } from './kinds.ts';
import { isNormal, type Lab, look, openLab, run } from './lab.ts';

const away: Goal = { kind: 'dessicate', stop: true };
const back = { kind: 'rehydrate', off: true } as const;

/** Which sets the disks were made from, the oldest being 0. */
function madeFrom({ membership, sets }: Situation): number[] {
  return membership.members.map(({ name, live }) =>
    sets.findIndex(
      ({ byDisk }) => live?.origin.from === 'snapshot' && byDisk.get(name)?.id === live.origin.snapshotId,
    ),
  );
}

/** Goes back to the older of two sets, dies at every call, and tells where what follows leads. */
async function killedOnTheWay(
  lab: Lab,
  follow: (toOlder: Goal) => readonly Goal[],
  judge: (situation: Situation, wasMade: boolean, story: string) => void,
): Promise<void> {
  for (const goal of [{ kind: 'create', off: false }, away, { kind: 'up' }, away] satisfies Goal[])
    await run(lab, goal);
  const { sets } = await look(lab);
  const toOlder = { ...back, set: sets[0]?.timestamp ?? '' };
  const saved = lab.datacenter.save();
  const { calls } = await run(lab, toOlder);
  expect(madeFrom(await look(lab))).toEqual([0, 0]);
  for (let call = 1; call <= calls; call += 1) {
    for (const when of whens) {
      lab.datacenter.restore(saved);
      lab.story.length = 0;
      await run(lab, toOlder, { faults: [{ kind: 'kill', call, when }] });
      const wasMade = lab.datacenter.world.vms.size > 0;
      for (const goal of follow(toOlder)) await run(lab, goal);
      const situation = await look(lab);
      const story = lab.story.join('\n');
      expect(lab.harm, story).toEqual([]);
      expect(isNormal(situation), story).toBe(true);
      judge(situation, wasMade, story);
    }
  }
}

it.each([...kinds])(
  'going back to an older set is over with its VM, and else never was: %s',
  async (_, quirks) => {
    const followers: Goal[][] = [[back], [{ kind: 'recover' }, back], [{ kind: 'recover', to: 'OFF' }]];
    for (const followed of followers) {
      await killedOnTheWay(
        openLab(quirks, 2),
        () => followed,
        (situation, wasMade, story) => expect(madeFrom(situation), story).toEqual(wasMade ? [0, 0] : [1, 1]),
      );
    }
  },
);

it.each([...kinds])('the same again goes on with the older set: %s', async (_, quirks) => {
  await killedOnTheWay(
    openLab(quirks, 2),
    (toOlder) => [toOlder],
    (situation, __, story) => expect(madeFrom(situation), story).toEqual([0, 0]),
  );
});

// On EC2, where names are not unique, nothing but the lease keeps two runs that want different things from a VM each.
it.each(kinds.filter(([kind, { uniqueNames }]) => !kind.includes('slow') && uniqueNames !== 'nowhere'))(
  'two runs with two sets never make a workstation of both: %s',
  async (_, quirks) => {
    const lab = openLab(quirks, 3);
    for (const goal of [{ kind: 'create', off: false }, away, { kind: 'up' }, away] satisfies Goal[])
      await run(lab, goal);
    const { sets } = await look(lab);
    const toOlder = { ...back, set: sets[0]?.timestamp ?? '' };
    const saved = lab.datacenter.save();
    const draws = drawsFrom(1);
    const ends = new Set<string>();
    for (let round = 0; round < 150; round += 1) {
      lab.datacenter.restore(saved);
      lab.story.length = 0;
      const order = Array.from({ length: 60 }, () => (draws.chance(0.5) ? 1 : 0));
      await playTurns(lab, [toOlder, back], order, true);
      await run(lab, { kind: 'recover' });
      const situation = await look(lab);
      const story = lab.story.join('\n');
      expect(lab.harm, story).toEqual([]);
      expect(isNormal(situation), story).toBe(true);
      const sources = new Set(madeFrom(situation));
      expect(sources.size, story).toBe(1);
      ends.add([...sources].join());
    }
    expect(ends.size).toBeGreaterThan(1);
  },
);
