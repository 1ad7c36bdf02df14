import { billsOf } from '../core/bills.ts';
import type { Step } from '../core/plan.ts';
import { printable } from '../core/printable.ts';
import type { LaneOutcome, LaneResult } from '../engine/runLane.ts';
import type { Call } from './call.ts';
import { tellError, tellSentence } from './errorText.ts';
import { planText } from './planText.ts';
import { paintState } from './stateText.ts';
import { stepText } from './stepText.ts';
import type { Talk } from './talk.ts';

/** Beyond that many the rest is counted. */
const MOST_LISTED = 12;

export interface Circumstances {
  /** The command that goes on. */
  readonly again: string;
  /** A step was begun: before that, nothing can have changed. */
  readonly begun: boolean;
  /** Why the answer to a question was no yes, where there is more to say than that. */
  readonly declined?: string | undefined;
  /** It is the only workstation of the command. */
  readonly alone: boolean;
}

type Failed = Extract<LaneOutcome, { kind: 'failed' }>;

/** What became of one workstation: the answer where it went well, the conversation where it did not. */
export function tellResult(call: Call, result: LaneResult, circumstances: Circumstances): void {
  const { talk, options } = call;
  const { outcome, workstation } = result;
  const answers = !options.json && !options.quiet;
  switch (outcome.kind) {
    case 'planned':
      // The plan is what was asked for, so that --quiet does not silence it.
      if (!options.json) talk.answer(planText(outcome.plan));
      return;
    case 'nothing':
      if (answers) talk.answer([nothingText(outcome.sentence), ...endings(result)]);
      return;
    case 'declined':
      talk.complain(circumstances.declined ?? `${workstation}: nothing was changed`);
      return;
    case 'done':
      if (answers) talk.answer([whereItIs(talk, result), ...endings(result)]);
      return;
    case 'failed':
      tellFailure(call, result, outcome, circumstances);
  }
}

/** Some sentences say by themselves that there is nothing to be done. */
function nothingText(sentence: string): string {
  const told = printable(sentence);
  return /\bthere is nothing to \w+/.test(told) ? told : `nothing to do: ${told}`;
}

function whereItIs({ paint }: Talk, { workstation, before, after }: LaneResult): string {
  if (after === undefined) return `${workstation}: done, and it could not be read again`;
  const was = before === undefined || before.state === after.state ? '' : ` (was ${before.state})`;
  return after.state === 'NOT_EXIST'
    ? `${workstation} does not exist any more${was}`
    : `${workstation} is ${paintState(paint, after.state)}${was}`;
}

function tellFailure(
  call: Call,
  result: LaneResult,
  outcome: Failed,
  { again, begun, alone }: Circumstances,
): void {
  const { talk, options, surroundings } = call;
  const withStack = options.verbose || (surroundings.env['CHEWS_DEBUG'] ?? '') !== '';
  const prefix = alone || outcome.sentence.includes(result.workstation) ? '' : `${result.workstation}: `;
  if (outcome.code === 'internal')
    tellError(talk, outcome.error ?? new Error(outcome.sentence), withStack, prefix);
  else tellSentence(talk, `${prefix}${outcome.sentence}`, undefined);
  for (const line of standing(result, outcome, begun)) talk.say(`  ${line}`);
  for (const remedy of remediesOf(again, result, outcome)) talk.complain(`  → ${printable(remedy)}`);
  for (const line of endings(result)) talk.say(line);
}

/** What puts it right, as the provider knows it, and then the command that goes on, unless that is said already. */
function remediesOf(again: string, { notDone }: LaneResult, { code, remedy }: Failed): string[] {
  const own = remedy === undefined ? [] : [remedy];
  const isSaid = code === 'internal' || code === 'usage' || remedy?.includes('chews ') === true;
  if (isSaid || notDone.length === 0) return own;
  return [...own, `${again} goes on where it stopped`];
}

/** Where things stand after something failed: what was done, what was not, and that nothing is lost. */
function standing(
  { workstation, done, notDone, before, after }: LaneResult,
  { code }: Failed,
  begun: boolean,
): string[] {
  if (notDone.length === 0 && done.length === 0)
    return code === 'interrupted' && !begun ? ['nothing was changed'] : [];
  const read = after ?? before;
  const state = `${workstation} ${after === undefined ? 'was' : 'is'} ${read?.state ?? 'not read'}`;
  if (!begun) return [`nothing was changed: ${state}`];
  const has = (kind: string) => after?.problems.some((problem) => problem.kind === kind) === true;
  const close = has('deleting')
    ? `${state}, and what is left of it is marked for deletion`
    : has('lost') || after === undefined
      ? `${state}${provesFirst([...done, ...notDone]) ? '; nothing is deleted before its data is proven to be in a snapshot' : ''}`
      : `nothing is lost: ${state}`;
  return [...listed('done', done), ...listed('not done', notDone), close];
}

/** Whether the command deletes what it has put away before. */
function provesFirst(steps: readonly Step[]): boolean {
  return steps.some(({ action }) => action.kind === 'delete-disk' && action.into !== undefined);
}

function listed(title: string, steps: readonly Step[]): string[] {
  const shown = steps.slice(0, MOST_LISTED).map((step) => `${title}: ${stepText(step)}`);
  return steps.length > shown.length ? [...shown, `${title}: ${steps.length - shown.length} more`] : shown;
}

/** What is said whenever a command ends: notes, and what goes on costing. */
function endings({ workstation, before, inventory, notes }: LaneResult): string[] {
  const lines = notes.map((note) => `  note: ${printable(note)}`);
  if (inventory !== undefined) lines.push(`  ${billsText(billsOf(inventory))}`);
  else if (before !== undefined)
    lines.push(`  what it still costs was not read: chews status ${workstation} tells`);
  return lines;
}

export function billsText(bills: readonly string[]): string {
  return bills.length === 0 ? 'costs nothing' : `still costs: ${bills.join(', ')}`;
}
