import type { Adapter } from '../property/kinds.ts';

/** Plain data: it goes to another process and into a file, and comes back the same. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** A part of a row that is played as a whole, in any order and in any process. The same unit always plays the same. */
export interface Unit {
  /** Of this row alone, for people: "gceLike, 2 disks, dessicate --stop". It replays the unit. */
  readonly name: string;
  readonly [key: string]: Json;
}

export interface Scale {
  readonly seed: number;
  /** 1 is the full run before a release; 0.01 goes with every test run. */
  readonly share: number;
}

export interface Played {
  /** What was counted: histories, interrupted runs, orders, inputs. */
  readonly cases: number;
  readonly violations: readonly Violation[];
}

export interface Violation {
  /** What was wrong, in a sentence. */
  readonly sentence: string;
  /** What happened, line by line, shortened as far as it could be. */
  readonly story: readonly string[];
}

/** One figure of the table that is published. */
export interface Row {
  /** As the table of the safety rules counts it; a letter where a figure has several lines. */
  readonly number: string;
  readonly figure: string;
  readonly target: string;
  /** What it plays: these files and all that they import. What was played counts for as long as none of it changes. */
  readonly code: readonly string[];
  /** The adapter that it is played through; undefined: through none. */
  readonly adapter?: Adapter;
  /** All units of a run of that scale; the same seed and share give the same units. */
  readonly units: (scale: Scale) => readonly Unit[];
  /** Throws only where the row itself is broken: what it finds is told in the answer. */
  readonly play: (unit: Unit) => Promise<Played>;
}
