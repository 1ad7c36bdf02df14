import { classicScheme } from '../../src/core/names.ts';
import { isNormal, type Lab, look, misplaced, run } from '../property/lab.ts';
import type { Deed } from '../support/datacenter/owner.ts';
import { drawsFrom } from './draws.ts';
import { begin, followersOf, killsOf, sceneOfUnit, unitsOfCommands, violationOf } from './killed.ts';
import type { Row, Scale, Unit, Violation } from './row.ts';

/** What an owner does with a workstation that was left in the middle of something. */
function handsOf(lab: Lab): readonly (readonly Deed[])[] {
  const longest = lab.datacenter.world.quirks.longestName;
  const disks = lab.workstation.disks.map(({ name }) =>
    classicScheme.diskName({ workstation: 'dev', disk: name }, longest),
  );
  const [last = ''] = disks.slice(-1);
  const vm = 'dev';
  const wait: Deed = { deed: 'wait', milliseconds: 60_000 };
  const work: Deed[] = [{ deed: 'start-vm', vm }, wait, { deed: 'write', vm }];
  const rest: Deed[] = [{ deed: 'stop-vm', vm }, wait];
  return [
    work,
    [...work, ...rest],
    disks.map((disk): Deed => ({ deed: 'flip-deletion-flag', vm, disk, to: true })),
    [wait, { deed: 'delete-vm', vm }, wait],
    [...work, ...rest, { deed: 'delete-vm', vm }, wait],
    [...work, { deed: 'power-off-inside', vm }, wait],
    [wait, { deed: 'attach-elsewhere', disk: last }, wait],
    [wait, { deed: 'write-disk', disk: last }, wait],
    [wait, ...disks.map((disk): Deed => ({ deed: 'write-disk', disk })), wait],
    [wait, { deed: 'detach', vm, disk: last }, { deed: 'write-disk', disk: last }, wait],
  ];
}

/** Normal, and a disk holds something else than what was written to it last, although nobody destroyed that. */
async function misled(lab: Lab): Promise<string[]> {
  const situation = await look(lab);
  const { world, oracle } = lab.datacenter;
  if (!isNormal(situation) || world.contents.lostByOwner.size > 0) return [];
  const elsewhere = oracle.losses().length;
  return elsewhere > 0 ? ['data was lost'] : misplaced(lab, situation);
}

export function ownerUnits(commands: readonly Unit[], { seed, share }: Scale): Unit[] {
  return commands
    .filter(({ command }) => !String(command).startsWith('delete'))
    .filter((_, index) => share === 1 || index % 4 === 2)
    .map((unit, index) => ({ ...unit, seed: seed + index, share }));
}

export const ownerBetween: Row = {
  number: '3',
  figure:
    'the same, and before the recovery the owner works, stops, sets deletion flags, deletes the VM, attaches disks elsewhere',
  target: '0 lost',
  code: ['test/prove/ownerBetween.ts'],
  units: (scale) => ownerUnits(unitsOfCommands([1, 2, 3]), scale),
  play: async (unit) => {
    const scene = await sceneOfUnit(unit);
    const random = drawsFrom(Number(unit['seed']));
    const violations: Violation[] = [];
    let cases = 0;
    const all = followersOf(scene.command).flatMap((next) => killsOf(scene).map((kill) => ({ next, kill })));
    const played = random.some(all, Math.ceil(all.length * Number(unit['share'])));
    for (const { next, kill } of played) {
      const first = begin(scene);
      await run(first, scene.command.goal, kill);
      const between = first.datacenter.save();
      const told = [...first.story];
      for (const deeds of handsOf(first)) {
        first.datacenter.restore(between);
        const lab: Lab = { ...first, story: [...told], harm: [...first.harm] };
        for (const deed of deeds) {
          const done = lab.datacenter.owner(deed);
          lab.story.push(`owner: ${JSON.stringify(deed)}${done ? '' : ', refused'}`);
        }
        await run(lab, next);
        violations.push(...violationOf(lab, [...lab.harm, ...(await misled(lab))]));
        cases += 1;
      }
    }
    return { cases, violations };
  },
};
