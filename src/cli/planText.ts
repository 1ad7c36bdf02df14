import type { Plan } from '../core/plan.ts';
import { printable } from '../core/printable.ts';
import { stepText } from './stepText.ts';

/** `1, 3–5`: numbers in their order, three and more that follow each other as a range. */
export function numbersText(numbers: readonly number[]): string {
  const sorted = [...new Set(numbers)].sort((one, other) => one - other);
  const runs: { first: number; last: number }[] = [];
  for (const number of sorted) {
    const run = runs.at(-1);
    if (run !== undefined && number === run.last + 1) run.last = number;
    else runs.push({ first: number, last: number });
  }
  return runs
    .map(({ first, last }) => {
      if (first === last) return String(first);
      return last === first + 1 ? `${first}, ${last}` : `${first}–${last}`;
    })
    .join(', ');
}

/** A plan for people: one line a step, with what each waits for. */
export function planText({ workstation, from, to, steps, notes }: Plan): string[] {
  const width = String(steps.length).length;
  return [
    `${workstation}: ${from} → ${to}`,
    ...steps.map((step) => {
      const waits = step.after.length === 0 ? '' : `  (after ${numbersText(step.after)})`;
      return `  ${String(step.id).padStart(width)}  ${stepText(step)}${waits}`;
    }),
    ...notes.map((note) => `  note: ${printable(note)}`),
  ];
}
