import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A program with all that it is started with. */
export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
}

/** Many measurements of one thing. */
export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

export interface Pairs {
  /** How many times as long the one took as the other, pair by pair. */
  readonly ratio: Spread;
  readonly oneMs: Spread;
  readonly otherMs: Spread;
  readonly count: number;
}

export class CommandFailed extends Error {}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((left, right) => left - right);
  const middle = sorted.length / 2;
  const at = (index: number) => sorted[index] ?? Number.NaN;
  const median = Number.isInteger(middle) ? (at(middle - 1) + at(middle)) / 2 : at(Math.floor(middle));
  return { median, least: at(0), most: at(sorted.length - 1) };
}

/** The two in turn, so that a machine that gets slower meanwhile slows both; the first pair warms up and does not count. */
export function runPairs(one: Command, other: Command, count: number): Pairs {
  const pairs = Array.from({ length: count + 1 }, () => [timeMs(one), timeMs(other)] as const).slice(1);
  return {
    ratio: spreadOf(pairs.map(([oneMs, otherMs]) => oneMs / otherMs)),
    oneMs: spreadOf(pairs.map(([oneMs]) => oneMs)),
    otherMs: spreadOf(pairs.map(([, otherMs]) => otherMs)),
    count,
  };
}

/** From before the process is made until it is gone. */
function timeMs(command: Command): number {
  const beganMs = performance.now();
  run(command);
  return performance.now() - beganMs;
}

export function run({ program, args, env, cwd }: Command): void {
  const { error, status, stderr } = spawnSync(program, args, {
    env,
    cwd,
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
  });
  if (status === 0) return;
  const why = error?.message ?? stderr.trim().split('\n').at(-1) ?? '';
  throw new CommandFailed(`${[program, ...args].join(' ')} ended with ${status}: ${why}`);
}

/** The most that a program of Node has in memory at once, in MiB; measured by itself, since it takes time to tell. */
export function peaksOf(command: Command, count: number): Spread {
  const told = join(command.cwd, 'peak');
  const env = {
    ...command.env,
    CHEWS_BENCH_PEAK: told,
    NODE_OPTIONS: `--require ${JSON.stringify(join(import.meta.dirname, 'tellPeak.cjs'))}`,
  };
  return spreadOf(
    Array.from({ length: count }, () => {
      run({ ...command, env });
      return Number(readFileSync(told, 'utf8')) / 1024;
    }),
  );
}
