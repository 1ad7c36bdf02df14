import { describeAction } from '../../src/core/describe.ts';
import type { Plan } from '../../src/core/plan.ts';

/** A plan as lines of text, one a step, with what each waits for. */
export function describePlan(plan: Plan): string[] {
  const width = String(plan.steps.length).length;
  return [
    `${plan.workstation}: ${plan.from} → ${plan.to}`,
    ...plan.steps.map(({ id, after, action }) => {
      const waits = after.length === 0 ? '' : `  (after ${after.join(', ')})`;
      return `  ${String(id).padStart(width)}  ${describeAction(action)}${waits}`;
    }),
    ...plan.notes.map((note) => `  note: ${note}`),
  ];
}
