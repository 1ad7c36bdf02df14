import { billsOf } from '../core/bills.ts';
import { describeAction } from '../core/describe.ts';
import type { LaneResult } from '../engine/runLane.ts';
import { messageOf } from './errorText.ts';

/** One workstation in the JSON of a command that acts. */
export function resultJson(result: LaneResult): Record<string, unknown> {
  const { workstation, outcome, before, after, done, notDone, notes, inventory } = result;
  const planned = outcome.kind === 'planned' ? outcome.plan : undefined;
  return {
    name: workstation,
    outcome: outcome.kind,
    from: before?.state ?? null,
    to: planned?.to ?? after?.state ?? null,
    steps:
      planned !== undefined
        ? planned.steps.map(({ id, after: waits, action }) => ({
            id,
            after: waits,
            description: describeAction(action),
            action,
            done: false,
          }))
        : [
            ...done.map((step) => ({ step, ended: true })),
            ...notDone.map((step) => ({ step, ended: false })),
          ].map(({ step, ended }) => ({ description: describeAction(step.action), done: ended })),
    notes,
    bills: inventory === undefined ? null : billsOf(inventory),
    ...(outcome.kind === 'nothing' ? { sentence: outcome.sentence } : {}),
    ...(outcome.kind === 'failed'
      ? {
          error: { code: outcome.code, message: messageOf(outcome.sentence) },
          remedy: outcome.remedy ?? null,
        }
      : {}),
  };
}
