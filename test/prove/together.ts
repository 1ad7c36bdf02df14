import { hostname, userInfo } from 'node:os';
import { type Bench, leadTo, type NormalState } from '../real/leadTo.ts';
import { type Killed, plainShape, randomDisks, type Shape } from '../real/randomDisks.ts';
import { drawsFrom } from './draws.ts';
import { realCode } from './realCode.ts';
import type { Played, Row, Scale, Unit, Violation } from './row.ts';

const ROUNDS = 3;
const BUSY = 6;
/** What a command that is none for the state says: of the command line, or because data would be guessed at. */
const REFUSALS: readonly unknown[] = [2, 7];
const normalStates: readonly string[] = ['NOT_EXIST', 'OFF', 'ON', 'DESSICATED'];

/** Where both begin; 'cut off' is what a dessicate left that was killed between its deletions. */
type Start = NormalState | 'cut off';

interface Contender {
  readonly args: readonly string[];
  /** Where it has something to do. */
  readonly start: Start;
  readonly shape?: Partial<Shape>;
}

/** Every command that makes or deletes assets, and those that stop and start around it. */
const contenders: readonly Contender[] = [
  { args: ['create', 'dev', '--off'], start: 'NOT_EXIST' },
  { args: ['up', 'dev'], start: 'DESSICATED' },
  { args: ['dessicate', 'dev'], start: 'OFF' },
  { args: ['dessicate', 'dev', '--stop'], start: 'ON' },
  { args: ['rehydrate', 'dev', '--off'], start: 'DESSICATED' },
  { args: ['apply', 'dev'], start: 'OFF', shape: { more: true } },
  {
    args: ['apply', 'dev', '--remove-disk', 'data', '--yes'],
    start: 'OFF',
    shape: { data: false },
  },
  { args: ['resize', 'dev'], start: 'OFF', shape: { cpus: 2 } },
  { args: ['recover', 'dev', '--yes'], start: 'cut off' },
  { args: ['delete', 'dev', '--confirm', 'dev'], start: 'OFF' },
];

interface PairUnit extends Unit {
  readonly first: number;
  readonly second: number;
  readonly start: Start;
}

function allUnits(): PairUnit[] {
  return contenders.flatMap((one, first) =>
    contenders.slice(first).flatMap((other, offset) => {
      const starts = [...new Set([one.start, other.start])];
      return starts.map((start): PairUnit => {
        const name = `${one.args.join(' ')} and ${other.args.join(' ')} at once, from ${start}`;
        return { name, first, second: first + offset, start };
      });
    }),
  );
}

function units({ seed, share }: Scale): readonly Unit[] {
  const all = allUnits();
  return drawsFrom(seed).some(all, Math.max(1, Math.round(all.length * share)));
}

async function play(unit: Unit): Promise<Played> {
  const { first, second, start } = unit as PairUnit;
  const pair = [contenders[first], contenders[second]].filter((found) => found !== undefined);
  const disks = await randomDisks();
  const bench: Bench = { disks, sums: {} };
  const violations: Violation[] = [];
  let cases = 0;
  try {
    for (let round = 0; round < ROUNDS && violations.length === 0; round += 1) {
      const story: string[] = [];
      // Whoever is begun first has a small lead: it changes sides.
      const ordered = round % 2 === 0 ? pair : pair.toReversed();
      const wrong = await race(bench, ordered, start, story).catch((error: unknown) => [
        error instanceof Error ? error.message : String(error),
      ]);
      cases += 1;
      for (const sentence of wrong) violations.push({ sentence: `${unit.name}: ${sentence}`, story });
    }
  } finally {
    await disks.chews.end();
  }
  return { cases, violations };
}

async function race(
  bench: Bench,
  pair: readonly Contender[],
  start: Start,
  story: string[],
): Promise<string[]> {
  const { disks } = bench;
  await leadTo(bench, start === 'cut off' ? 'OFF' : start, true, story);
  if (start === 'cut off') await disks.run(['dessicate', 'dev'], { where: 'before rm default/disks/.gone' });
  const shape = pair.reduce<Shape>((whole, { shape: part }) => ({ ...whole, ...part }), plainShape);
  await disks.shape(shape);
  const ended = await Promise.all(pair.map(({ args }) => disks.run(args)));
  for (const [index, { args }] of pair.entries()) {
    const { pid, status, stderr } = ended[index] as Killed;
    story.push(
      `chews ${args.join(' ')} (process ${pid}) → ${status}: ${stderr.trim().replaceAll('\n', ' | ')}`,
    );
  }
  return [...wrongAnswers(pair, ended), ...(await wrongOutcome(bench, pair, ended, start, story))];
}

/** Each ends well, or is told who is at work, or is refused because the other one was there before. */
function wrongAnswers(pair: readonly Contender[], ended: readonly Killed[]): string[] {
  const wrong: string[] = [];
  const statuses = ended.map(({ status }) => status);
  if (statuses.every((status) => status === BUSY)) wrong.push('both were turned away');
  for (const [index, { args }] of pair.entries()) {
    const { status, stderr } = ended[index] as Killed;
    const other = pair[1 - index]?.args[0];
    const [command] = args;
    if (status === 0) continue;
    if (status === BUSY) {
      const holder = `chews ${other} (process ${ended[1 - index]?.pid} of ${userInfo().username} on ${hostname()}) is at work on it, since `;
      if (!isRefusal(stderr) || !stderr.includes(`workstation dev: ${holder}`))
        wrong.push(`chews ${command} was not told who is at work: ${stderr}`);
      if (!stderr.includes('→ ')) wrong.push(`chews ${command} was not told what to do: ${stderr}`);
    } else if (!REFUSALS.includes(status) || !isRefusal(stderr)) {
      wrong.push(`chews ${command} ended with ${status}`);
    }
  }
  return wrong;
}

/** "cannot switch on workstation dev: " and why. */
function isRefusal(said: string): boolean {
  return /^cannot [a-z ]+ workstation dev: \S/m.test(said);
}

async function wrongOutcome(
  bench: Bench,
  pair: readonly Contender[],
  ended: readonly Killed[],
  start: Start,
  story: string[],
): Promise<string[]> {
  const { disks } = bench;
  const wrong: string[] = [];
  let { state } = await disks.chews.status();
  story.push(`status: ${state}`);
  const isAtWork = ended.some(({ status }) => status === 0);
  // Where neither command was one for that state, it stays as it was cut off.
  if (!isAtWork && start === 'cut off') {
    await disks.run(['recover', 'dev', '--yes']);
    ({ state } = await disks.chews.status());
  }
  if (!normalStates.includes(state)) wrong.push(`it ends ${state}`);
  const { machines, others } = await disks.machines();
  if (machines !== (state === 'ON' ? 1 : 0)) wrong.push(`${machines} machines run while it is ${state}`);
  if (others.length > 0) wrong.push(`still at work: ${others.join('; ')}`);

  const isDeleted = pair.some(({ args }, index) => args[0] === 'delete' && ended[index]?.status === 0);
  if (state === 'NOT_EXIST') {
    if (!isDeleted && start !== 'NOT_EXIST') wrong.push('the workstation is gone');
    return wrong;
  }
  const found = await disks.sums();
  for (const [disk, sum] of Object.entries(bench.sums)) {
    // What was made after a deletion, or for the first time, is new, and has the disks of the file.
    const isNew = isDeleted || start === 'NOT_EXIST';
    const isRight =
      found[disk] === sum || (isNew && [disks.unwritten[disk], undefined].includes(found[disk]));
    if (!isRight) wrong.push(`the bytes of ${disk} are not those that were written`);
  }
  return wrong;
}

export const together: Row = {
  number: '10b',
  figure:
    'two real runs at once on one local workstation: every pair of the commands that make or delete assets, three times each',
  target: 'nothing lost, and whoever is turned away is told by whom',
  code: ['test/prove/together.ts', ...realCode],
  units,
  play,
};
