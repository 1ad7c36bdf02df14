import type { Goal, Plan, Step } from '../core/plan.ts';
import { commandTo, verbOf } from '../core/planParts.ts';
import type { Situation } from '../core/state.ts';
import type { Configuration, Workstation } from '../core/workstation.ts';
import { type LaneEvent, type LaneOptions, type LaneResult, runLane } from '../engine/runLane.ts';
import type { Session } from '../engine/session.ts';
import { inTurn } from './ask.ts';
import type { Call } from './call.ts';
import { codeOfOutcome, inPool, LANES_AT_ONCE, sharedCode } from './lanes.ts';
import { openFile } from './openFile.ts';
import { createProgress, type Progress } from './progress.ts';
import { resultJson } from './resultJson.ts';
import { tellResult } from './resultText.ts';

/** How long to wait for a provider to finish what it is at. */
const SETTLE_MS = 5 * 60_000;

export interface Acting {
  readonly goal: Goal;
  /** Throws where the command line must not be carried out on these workstations. */
  readonly check?: (workstations: readonly Workstation[], session: Session) => Promise<void>;
  /**
   * Asks before the first step; left out where nothing is asked. Not called with --dry-run. Gives true, false, or why the
   * answer was not a yes.
   */
  readonly confirm?: (plan: Plan, situation: Situation) => Promise<boolean | string>;
  /** What else the person should know of where it ended. */
  readonly note?: (workstation: Workstation, after: Situation) => string | undefined;
  /** After a lane, whatever became of it. */
  readonly afterwards?: (
    workstation: Workstation,
    result: LaneResult,
    configuration: Configuration,
  ) => Promise<void>;
}

/** What a lane was seen to do, for the case that it has to be left behind. */
interface Trace {
  begun: boolean;
  plan: Plan | undefined;
  before: Situation | undefined;
  readonly done: Step[];
}

interface Lane {
  readonly result: LaneResult;
  /** Whether a step was begun: before that, nothing can have changed. */
  readonly begun: boolean;
  /** Why it was declined, where there is more to say than that. */
  readonly declined?: string;
}

function interruptedResult(
  workstation: string,
  goal: Goal,
  { plan, before, done }: Trace,
  why: string,
): LaneResult {
  const ended = new Set(done);
  return {
    workstation,
    outcome: {
      kind: 'failed',
      code: 'interrupted',
      sentence: `cannot ${verbOf(goal.kind)} workstation ${workstation}: ${why}`,
      remedy: `${commandTo(goal, workstation)} goes on; chews status ${workstation} shows what is there`,
    },
    notes: [],
    done,
    notDone: (plan?.steps ?? []).filter((step) => !ended.has(step)),
    before,
    after: undefined,
    inventory: undefined,
  };
}

async function laneOf(
  call: Call,
  session: Session,
  workstation: Workstation,
  acting: Acting,
  options: Omit<LaneOptions, 'report' | 'confirm'>,
  progress: Progress,
  turn: ReturnType<typeof inTurn>,
): Promise<Lane> {
  const { interruption } = call;
  const trace: Trace = { begun: false, plan: undefined, before: undefined, done: [] };
  if (interruption.stop.aborted)
    return {
      result: interruptedResult(workstation.name, acting.goal, trace, 'interrupted before it was begun'),
      begun: false,
    };
  let left = false;
  let declined: string | undefined;
  const report = (event: LaneEvent) => {
    if (left) return;
    if (event.kind === 'planned') {
      trace.plan = event.plan;
      trace.before ??= event.situation;
    }
    if (event.kind === 'step-started') {
      trace.begun = true;
      interruption.begin();
    }
    if (event.kind === 'step-done') trace.done.push(event.step);
    progress.event(workstation.name, event);
  };
  const confirm = async (plan: Plan, situation: Situation) => {
    const { confirm: asked } = acting;
    if (asked === undefined) return true;
    const answer = await turn(async () => {
      // Interrupted while another one was asked about.
      if (interruption.stop.aborted) return false;
      return await progress.aside(() => interruption.waiting(() => asked(plan, situation)));
    });
    if (typeof answer === 'string') declined = answer;
    return answer === true;
  };
  const lane = runLane(session, workstation, acting.goal, { ...options, report, confirm }, interruption);
  const gone = interruption.leave.then(() => {
    left = true;
    return interruptedResult(workstation.name, acting.goal, trace, 'interrupted, and not waited for');
  });
  const result = await Promise.race([lane, gone]);
  await acting.afterwards?.(workstation, result, session.configuration);
  const note = result.after === undefined ? undefined : acting.note?.(workstation, result.after);
  const notes = note === undefined ? result.notes : [...result.notes, note];
  return {
    result: { ...result, notes },
    begun: trace.begun,
    ...(declined === undefined ? {} : { declined }),
  };
}

/** Leads the workstations of a command line to a goal, each in a lane of its own, and says what became of them. */
export async function act(call: Call, acting: Acting): Promise<number> {
  const { surroundings, options, talk } = call;
  const { session, workstations } = await openFile(call);
  await acting.check?.(workstations, session);
  if (workstations.length === 0) talk.say('nothing to do: the file has no workstation');
  const { runner, view } = await surroundings.host();
  const progress = await createProgress(surroundings, talk, options.quiet, workstations.length);
  const { dryRun, wait } = options;
  const settings = { dryRun, wait, settleMs: SETTLE_MS, runner, view };
  const turn = inTurn();
  let lanes: Lane[];
  try {
    lanes = await inPool(workstations, LANES_AT_ONCE, (workstation, aside) =>
      laneOf(call, session, workstation, acting, { ...settings, aside }, progress, turn),
    );
  } finally {
    progress.end();
  }
  if (call.interruption.idle()) talk.complain('interrupted; nothing was changed');
  else
    for (const { result, begun, declined } of lanes)
      tellResult(call, result, {
        again: commandTo(acting.goal, result.workstation),
        begun,
        declined,
        alone: lanes.length === 1,
      });
  const results = lanes.map(({ result }) => result);
  if (options.json) talk.answerJson({ workstations: results.map(resultJson) });
  return sharedCode(results.map(({ outcome }) => codeOfOutcome(outcome)));
}
