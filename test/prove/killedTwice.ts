import { run } from '../property/lab.ts';
import {
  begin,
  followersOf,
  judge,
  killsOf,
  sceneOfUnit,
  unitsOfCommands,
  violationOf,
  whens,
} from './killed.ts';
import { drawsFrom } from './draws.ts';
import type { Row, Violation } from './row.ts';

/** For more disks the square of the calls is drawn from: this many second kills at the most for one command. */
const DRAWN_KILLS = 1500;

export const killedTwice: Row = {
  number: '2',
  figure: 'the same with a second kill at every call of the recovery (drawn for 3 and 4 disks)',
  target: 'all, 0 lost',
  code: ['test/prove/killedTwice.ts'],
  units: ({ seed, share }) =>
    unitsOfCommands([1, 2, 3, 4])
      .filter((_, index) => share === 1 || index % 4 === 1)
      .map((unit, index) => ({ ...unit, seed: seed + index, share })),
  play: async (unit) => {
    const scene = await sceneOfUnit(unit);
    const random = drawsFrom(Number(unit['seed']));
    const whole = Number(unit['disks']) <= 2;
    const violations: Violation[] = [];
    let cases = 0;
    const firsts = followersOf(scene.command).flatMap((next) =>
      killsOf(scene).map((kill) => ({ next, kill })),
    );
    // As many of the second kills as come to the share, or to what is drawn, spread evenly over the first ones.
    const perFirst = Math.max(1, Math.ceil((DRAWN_KILLS * Number(unit['share'])) / firsts.length));
    const chosen =
      Number(unit['share']) === 1
        ? firsts
        : random.some(firsts, Math.ceil(DRAWN_KILLS * Number(unit['share'])));
    for (const { next, kill } of chosen) {
      const first = begin(scene);
      await run(first, scene.command.goal, kill);
      const between = first.datacenter.save();
      const told = [...first.story];
      const { calls } = await run(first, next);
      const seconds = Array.from({ length: calls }, (_, index) => index + 1).flatMap((call) =>
        whens.map((when) => ({ call, when })),
      );
      const played = whole && Number(unit['share']) === 1 ? seconds : random.some(seconds, perFirst);
      for (const { call, when } of played) {
        first.datacenter.restore(between);
        const lab = { ...first, story: [...told], harm: [] };
        await run(lab, next, { faults: [{ kind: 'kill', call, when }] });
        const ended = await run(lab, next);
        violations.push(...violationOf(lab, await judge(lab, next, ended)));
        cases += 1;
      }
    }
    return { cases, violations };
  },
};
