import { type Bench, leadTo, tell } from '../real/leadTo.ts';
import { plainShape, randomDisks } from '../real/randomDisks.ts';
import { realScenarios, type Scenario } from './realScenarios.ts';
import { realCode } from './realCode.ts';
import { playGuest } from './realGuest.ts';
import { drawsFrom } from './draws.ts';
import type { Played, Row, Scale, Unit, Violation } from './row.ts';

/** Into so many units the moments of a command are dealt out, so that a part of them can be played. */
const SLICES = 24;
const normalStates: readonly string[] = ['NOT_EXIST', 'OFF', 'ON', 'DESSICATED'];

type Follow = 'recover' | 'the same again';

interface KillUnit extends Unit {
  readonly scenario: string;
  readonly follow: Follow;
  readonly slice: number;
}

function killUnits(): KillUnit[] {
  return realScenarios.flatMap(({ name: scenario, args }) => {
    // A deletion goes on by itself alone; and a recovery is its own recovery.
    const alone = ['delete', 'recover'].includes(args[0] ?? '');
    const follows: readonly Follow[] = alone ? ['the same again'] : ['recover', 'the same again'];
    return follows.flatMap((follow) =>
      Array.from({ length: SLICES }, (_, slice): KillUnit => {
        const name = `${scenario}, killed, then ${follow}; part ${slice + 1} of ${SLICES}`;
        return { name, scenario, follow, slice };
      }),
    );
  });
}

/** A whole system boots in these, which takes long: at every seventh moment. */
const GUEST_MOMENTS = Array.from({ length: 12 }, (_, index) => 3 + 7 * index);

interface GuestUnit extends Unit {
  readonly guestAt: number;
}

function guestUnits(): GuestUnit[] {
  return GUEST_MOMENTS.map((guestAt) => ({
    name: `a whole system as the guest, every command killed at moment ${guestAt}`,
    guestAt,
  }));
}

function units({ seed, share }: Scale): readonly Unit[] {
  const all: readonly Unit[] = [...killUnits(), ...guestUnits()];
  return drawsFrom(seed).some(all, Math.max(1, Math.round(all.length * share)));
}

async function play(unit: Unit): Promise<Played> {
  const { guestAt } = unit;
  if (typeof guestAt === 'number') return await playGuest(guestAt);
  const { scenario: name, follow, slice } = unit as KillUnit;
  const scenario = realScenarios.find((candidate) => candidate.name === name);
  if (scenario === undefined) throw new Error(`there is no scenario ${name}`);
  const disks = await randomDisks();
  const violations: Violation[] = [];
  let cases = 0;
  try {
    const bench: Bench = { disks, sums: {} };
    for (let at = slice + 1; ; at += SLICES) {
      const story: string[] = [];
      const wrong = await killOnce(bench, scenario, follow, at, story).catch((error: unknown) => [
        error instanceof Error ? error.message : String(error),
      ]);
      if (wrong === 'lived') break;
      cases += 1;
      for (const sentence of wrong) violations.push({ sentence: `${name}: ${sentence}`, story });
      // What comes after would only tell of the same.
      if (wrong.length > 0) break;
    }
  } finally {
    await disks.chews.end();
  }
  return { cases, violations };
}

/** One death of one command, what follows, and what is wrong then; 'lived' where the command has fewer moments. */
async function killOnce(
  bench: Bench,
  scenario: Scenario,
  follow: Follow,
  at: number,
  story: string[],
): Promise<readonly string[] | 'lived'> {
  const { disks } = bench;
  await leadTo(bench, scenario.start, scenario.anew === true, story);
  if (scenario.shape !== undefined)
    await disks.shape({ ...plainShape, ...scenario.shape(await disks.chews.status()) });
  if (scenario.cut !== undefined) {
    const { args, where } = scenario.cut;
    const cut = await disks.run(args, { where });
    story.push(`chews ${args.join(' ')} was killed at: ${cut.died ?? 'never'}`);
    if (cut.died === undefined) throw new Error(`chews ${args.join(' ')} has no moment that fits ${where}`);
  }
  const killed = await disks.run(scenario.args, { at });
  if (killed.died === undefined) {
    if (killed.status !== 0) return [`it ended with ${killed.status} by itself: ${killed.stderr}`];
    return 'lived';
  }
  story.push(`chews ${scenario.args.join(' ')} was killed at: ${killed.died}`);
  const wrong: string[] = [];
  const keeps = scenario.args[0] !== 'delete';
  const isMade = scenario.start !== 'NOT_EXIST';
  if (keeps && isMade) wrong.push(...(await missingContents(bench)));

  const args = follow === 'recover' ? ['recover', 'dev', '--yes'] : scenario.args;
  const next = await tell(bench, args, story);
  if (next.status !== 0) wrong.push(`what follows it ended with ${next.status}`);
  wrong.push(...(await wrongAfterwards(bench, scenario, follow, story)));
  return wrong;
}

/** Rule 1: at every instant the newest content of each disk is in a disk or in a snapshot of it. */
async function missingContents({ disks, sums }: Bench): Promise<string[]> {
  const wrong: string[] = [];
  for (const [disk, sum] of Object.entries(sums)) {
    if (!(await disks.isHeld(disk, sum))) wrong.push(`right after it, nothing holds the bytes of ${disk}`);
  }
  return wrong;
}

async function wrongAfterwards(
  bench: Bench,
  scenario: Scenario,
  follow: Follow,
  story: string[],
): Promise<string[]> {
  const { disks, sums } = bench;
  const wrong: string[] = [];
  const status = await disks.chews.status();
  bench.known = status;
  const { state, reasons } = status;
  story.push(`status: ${state}`);
  if (follow === 'the same again' && state !== scenario.end)
    wrong.push(`it ends ${state}, not ${scenario.end}`);
  if (!normalStates.includes(state)) wrong.push(`it ends ${state}: ${JSON.stringify(reasons)}`);

  const found = await disks.sums();
  const expected = state === 'NOT_EXIST' ? {} : sums;
  const mayVanish = scenario.args[0] === 'delete' || scenario.start === 'NOT_EXIST';
  if (state === 'NOT_EXIST' && !mayVanish) wrong.push('the workstation is gone');
  if (state === 'NOT_EXIST' && Object.keys(found).length > 0)
    wrong.push('images are left that nobody tells of');
  for (const [disk, sum] of Object.entries(expected)) {
    if (found[disk] !== sum) wrong.push(`the bytes of ${disk} are not those that were written`);
  }

  const { machines, others } = await disks.machines();
  if (machines !== (state === 'ON' ? 1 : 0)) wrong.push(`${machines} machines run while it is ${state}`);
  if (others.length > 0) wrong.push(`still at work: ${others.join('; ')}`);

  const second = await disks.run(['recover', 'dev', '--yes', '--json']);
  const answer = JSON.parse(second.stdout || '{}') as { workstations?: { outcome: string }[] };
  const outcome = answer.workstations?.[0]?.outcome;
  // There is nothing to recover either way, and for what does not exist that is told as a refusal.
  if (outcome !== 'nothing' && !(state === 'NOT_EXIST' && second.status !== 0))
    wrong.push(`recover once more is not nothing: ${second.stdout}${second.stderr}`);
  const leftovers = await disks.leftovers();
  if (leftovers.length > 0) wrong.push(`left lying about: ${leftovers.join(', ')}`);
  return wrong;
}

export const realDisks: Row = {
  number: '10a',
  figure:
    'the local provider on real files and machines: two disks of random bytes, every command killed with SIGKILL at every step, then recover or the same command again',
  target: 'all end well, SHA-256 equal',
  code: ['test/prove/realDisks.ts', ...realCode],
  units,
  play,
};
