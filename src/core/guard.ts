import { granted, missing, type Verdict } from './verdict.ts';

/**
 * One condition that stands before something irreversible. Guards are data, in lists that the proofs go through, so that
 * the proof of this program can take each one out in turn and show that a test notices.
 */
export interface Guard<Case> {
  /** Of all guards alone. */
  readonly name: string;
  /** The rule of the design that it holds. */
  readonly rule: 'R1' | 'R2' | 'R4' | 'R5' | 'R6' | 'R7' | 'R9' | 'R11';
  /** The sentence that says what is missing; undefined where nothing is. */
  readonly missing: (of: Case) => string | undefined;
}

/** The value where every guard lets it pass, else what the first one says that does not. */
export function pass<Case, T>(guards: readonly Guard<Case>[], of: Case, value: T): Verdict<T> {
  for (const guard of guards) {
    const sentence = guard.missing(of);
    if (sentence !== undefined) return missing(sentence);
  }
  return granted(value);
}
