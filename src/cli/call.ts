import type { CommandData } from './commandTable.ts';
import type { Interruption } from './interruption.ts';
import type { Options } from './optionTable.ts';
import type { Surroundings } from './surroundings.ts';
import type { Talk } from './talk.ts';

/** One command line, ready to be carried out. */
export interface Call {
  readonly command: CommandData;
  readonly options: Options;
  /** The workstations named. */
  readonly names: readonly string[];
  /** What stands after `--`. */
  readonly rest: readonly string[];
  readonly surroundings: Surroundings;
  readonly talk: Talk;
  readonly interruption: Interruption;
}

/** Gives the exit code. */
export type CommandRun = (call: Call) => Promise<number>;
