import { billsOf } from '../core/bills.ts';
import { describeAction, describePlan } from '../core/describe.ts';
import type { Step } from '../core/plan.ts';
import { printable } from '../core/printable.ts';
import type { LaneOutcome, LaneResult } from '../engine/runLane.ts';
import type { Call } from './call.ts';
import { tellError, tellSentence } from './errorText.ts';
import { paintState } from './stateText.ts';

/** Beyond that many the rest is counted. */
const MOST_LISTED = 12;

type Failed = Extract<LaneOutcome, { kind: 'failed' }>;

/** What became of one workstation: the answer where it went well, the conversation where it did not. */
export function tellResult(call: Call, result: LaneResult): void {
  const { talk, options } = call;
  const { outcome, workstation } = result;
  const answers = !options.json && !options.quiet;
  switch (outcome.kind) {
    case 'planned':
      // The plan is what was asked for, so that --quiet does not silence it.
      if (!options.json) talk.answer(describePlan(outcome.plan).map(printable));
      return;
    case 'nothing':
      if (answers) talk.answer([`nothing to do: ${printable(outcome.sentence)}`, ...endings(result)]);
      return;
    case 'declined':
      talk.complain(`${workstation}: nothing was changed`);
      return;
    case 'done': {
      if (!answers) return;
      const state = result.after?.state;
      const is = state === undefined ? 'done, and could not be read again' : `is ${paintState(talk.paint, state)}`;
      const was = result.before === undefined || result.before.state === state ? '' : ` (was ${result.before.state})`;
      talk.answer([`${workstation} ${is}${was}`, ...endings(result)]);
      return;
    }
    case 'failed':
      tellFailure(call, result, outcome);
  }
}

function tellFailure(call: Call, result: LaneResult, outcome: Failed): void {
  const { talk, options, surroundings } = call;
  const withStack = options.verbose || (surroundings.env['CHEWS_DEBUG'] ?? '') !== '';
  if (outcome.code === 'internal') tellError(talk, outcome.error ?? new Error(outcome.sentence), withStack);
  else tellSentence(talk, outcome.sentence, undefined);
  if (!options.quiet) {
    for (const line of standing(result)) talk.complain(`  ${line}`);
    for (const line of endings(result)) talk.complain(line);
  }
  const remedy = outcome.remedy ?? usualRemedy(call, result, outcome);
  if (remedy !== undefined) talk.complain(`  → ${printable(remedy)}`);
}

function usualRemedy(call: Call, { workstation, notDone }: LaneResult, { code }: Failed): string | undefined {
  if (code === 'internal') return undefined;
  const again = `chews ${call.command.name} ${workstation}`;
  return notDone.length > 0 ? `${again} goes on where it stopped` : undefined;
}

/** Where things stand after something failed: what was done, what was not, and that nothing is lost. */
function standing({ workstation, done, notDone, before, after, outcome }: LaneResult): string[] {
  if (done.length === 0 && notDone.length === 0) return [];
  const lost = after?.problems.some(({ kind }) => kind === 'lost') ?? false;
  const marked = after?.problems.some(({ kind }) => kind === 'deleting') ?? false;
  const unclear = outcome.kind === 'failed' && outcome.code === 'internal' && after === undefined;
  const state = after === undefined ? `${workstation} was ${before?.state ?? 'not read'}` : `${workstation} is ${after.state}`;
  const close = marked
    ? `${state}: what is left of it is marked for deletion`
    : lost || unclear
      ? state
      : done.length === 0
        ? `nothing was changed, nothing is lost: ${state}`
        : `nothing is lost: ${state}`;
  return [...listed('done', done), ...listed('not done', notDone), close];
}

function listed(title: string, steps: readonly Step[]): string[] {
  const shown = steps.slice(0, MOST_LISTED).map((step) => `${title}: ${printable(describeAction(step.action))}`);
  return steps.length > shown.length ? [...shown, `${title}: ${steps.length - shown.length} more`] : shown;
}

/** What is said whenever a command ends: notes, and what goes on costing. */
function endings({ inventory, notes }: LaneResult): string[] {
  const lines = notes.map((note) => `  note: ${printable(note)}`);
  if (inventory !== undefined) lines.push(`  ${billsText(billsOf(inventory))}`);
  return lines;
}

export function billsText(bills: readonly string[]): string {
  return bills.length === 0 ? 'costs nothing' : `still costs: ${bills.join(', ')}`;
}
