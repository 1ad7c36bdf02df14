import type { Pairs, Spread } from './pairs.ts';

/** One figure, and what becomes of its goal. */
export interface Finding {
  readonly what: string;
  readonly measured: string;
  readonly verdict: Verdict;
}

export type Verdict =
  | { readonly kind: 'met' | 'short'; readonly goal: string }
  | { readonly kind: 'not measured'; readonly why: string };

/** Where the goals in seconds were set, `node -e 0` took so long. A machine that is slower or busy is not to be blamed on chews. */
export const NODE_MS = 34;

export function ratioFinding(what: string, pairs: Pairs, most: number): Finding {
  const measured = `${times(pairs.ratio)}: ${ms(pairs.oneMs)} against ${ms(pairs.otherMs)}, ${pairs.count} pairs`;
  return { what, measured, verdict: atMost(pairs.ratio.median, most, `× node`, 2) };
}

export function memoryFinding(what: string, peaks: Spread, most: number, unit = 'MiB'): Finding {
  const measured = `${peaks.median.toFixed(0)} MiB (${peaks.least.toFixed(0)} to ${peaks.most.toFixed(0)})`;
  return { what, measured, verdict: atMost(peaks.median, most, unit, 0) };
}

export function atMost(value: number, most: number, unit: string, digits: number): Verdict {
  const goal = `at most ${most} ${unit}`.trim();
  if (value <= most) return { kind: 'met', goal };
  return { kind: 'short', goal: `${goal}, missed by ${(value - most).toFixed(digits)}` };
}

export function atLeast(value: number, least: number, unit: string): Verdict {
  const goal = `at least ${least} ${unit}`.trim();
  if (value >= least) return { kind: 'met', goal };
  return { kind: 'short', goal: `${goal}, missed by ${(least - value).toFixed(1)}` };
}

export function notMeasured(what: string, why: string): Finding {
  return { what, measured: '', verdict: { kind: 'not measured', why } };
}

/** `3.41 × (3.20 to 3.90)` */
export function times({ median, least, most }: Spread): string {
  return `${median.toFixed(2)} × (${least.toFixed(2)} to ${most.toFixed(2)})`;
}

export function ms({ median }: Spread): string {
  return `${median.toFixed(0)} ms`;
}

export function textOf({ what, measured, verdict }: Finding): string {
  switch (verdict.kind) {
    case 'met':
      return `${what}: ${measured}; the goal is met (${verdict.goal})`;
    case 'short':
      return `${what}: ${measured}; FALLS SHORT of the goal (${verdict.goal})`;
    case 'not measured':
      return `${what}: not measured, ${verdict.why}`;
  }
}
