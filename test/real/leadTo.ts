import type { RealStatus } from './realChews.ts';
import { type Killed, plainShape, type RandomDisks, type Sums } from './randomDisks.ts';

/** Snapshots pile up: then the workstation is made anew. */
const MANY_SETS = 6;

export type NormalState = 'NOT_EXIST' | 'OFF' | 'ON' | 'DESSICATED';

export interface Bench {
  readonly disks: RandomDisks;
  /** What the disks are to hold. */
  sums: Sums;
  /** As it was told after the last command; undefined where that has to be asked. */
  known?: RealStatus | undefined;
}

/** Runs a command of which something is expected, and tells the story. */
export async function tell(bench: Bench, args: readonly string[], story: string[]): Promise<Killed> {
  const ended = await bench.disks.run(args);
  story.push(
    `chews ${args.join(' ')} → ${ended.status}: ${ended.stderr.trim().split('\n').slice(-6).join(' | ')}`,
  );
  return ended;
}

async function mustRun(bench: Bench, args: readonly string[], story: string[]): Promise<void> {
  const { status } = await tell(bench, args, story);
  if (status !== 0) throw new Error(`chews ${args.join(' ')} ended with ${status}`);
}

/** From any normal state to another one, by commands; `anew` where nothing of before is to be left, not even the store. */
export async function leadTo(
  bench: Bench,
  start: NormalState,
  anew: boolean,
  story: string[],
): Promise<void> {
  const { disks } = bench;
  const found = bench.known ?? (await disks.chews.status());
  bench.known = undefined;
  let { state } = found;
  const isSpent = anew || found.sets.length >= MANY_SETS;
  if (state !== 'NOT_EXIST' && (start === 'NOT_EXIST' || isSpent)) {
    await mustRun(bench, ['delete', 'dev', '--confirm', 'dev'], story);
    state = 'NOT_EXIST';
  }
  await disks.shape(plainShape);
  if (start === 'NOT_EXIST') {
    if (anew) await disks.removeStore();
    bench.sums = disks.unwritten;
    return;
  }
  if (state === start && state !== 'OFF') return;
  const toOff: Readonly<Record<string, readonly string[]>> = {
    NOT_EXIST: ['create', 'dev', '--off'],
    ON: ['down', 'dev'],
    DESSICATED: ['rehydrate', 'dev', '--off'],
  };
  const way = toOff[state];
  if (way !== undefined) await mustRun(bench, way, story);
  // New bytes each time: an old snapshot that was taken for a new one would be noticed.
  bench.sums = await disks.fill();
  if (start === 'ON') await mustRun(bench, ['up', 'dev'], story);
  if (start === 'DESSICATED') await mustRun(bench, ['dessicate', 'dev'], story);
}
