import type { Inventory } from '../core/assets.ts';
import { ChewsError, type ErrorCode } from '../core/errors.ts';
import { inventoryOf } from '../core/inventory.ts';
import type { HostView } from '../core/lease.ts';
import { type Decision, type Goal, type Plan, type PlanRequest, plan, type Step } from '../core/plan.ts';
import { planElsewhere } from '../core/planElsewhere.ts';
import { commandTo, verbOf } from '../core/planParts.ts';
import type { Provider } from '../core/provider.ts';
import { infer, type Situation } from '../core/state.ts';
import type { Workstation } from '../core/workstation.ts';
import { execute, type StepEvent, type StepFailure, type Stopping, type Watch } from './execute.ts';
import { type HeldLease, type LeaseOptions, type Runner, takeLease } from './leaseholder.ts';
import { type LaneWatch, openLaneWatch, settle } from './laneWatch.ts';
import { lookElsewhere, type Session } from './session.ts';

/** After that many plans something outside keeps changing the workstation. */
const MAX_ROUNDS = 6;
/**
 * A missing proof is answered by a new snapshot once in a run (R3), and once more after the VM has gone where nothing tells
 * whether it had been given a disk again in its last moment.
 */
const MAX_UNPROVEN = 3;
const LAST_LOOK_MS = 5_000;
/** A VM that was started so lately may still be booting. */
const BOOTING_MS = 5 * 60_000;

export type LaneEvent =
  StepEvent | { readonly kind: 'planned'; readonly plan: Plan; readonly situation: Situation };

export interface LaneOptions {
  readonly dryRun: boolean;
  /** Wait for another run that is at work on the workstation. */
  readonly wait: boolean;
  /** How long to wait for the provider to finish what it is at. */
  readonly settleMs: number;
  /** Waits for another run without keeping a further workstation from its turn. */
  readonly aside?: LeaseOptions['aside'];
  readonly runner: Runner;
  readonly view: HostView;
  /** Asks the person; answers true where nobody is to be asked. Called once, before the first step. */
  readonly confirm: (plan: Plan, situation: Situation) => Promise<boolean>;
  readonly report: (event: LaneEvent) => void;
}

export type LaneOutcome =
  | { readonly kind: 'done' }
  | { readonly kind: 'nothing'; readonly sentence: string }
  | { readonly kind: 'planned'; readonly plan: Plan }
  | { readonly kind: 'declined' }
  | {
      readonly kind: 'failed';
      readonly code: ErrorCode | 'internal';
      readonly sentence: string;
      readonly remedy: string | undefined;
      readonly error?: unknown;
    };

export interface LaneResult {
  readonly workstation: string;
  readonly outcome: LaneOutcome;
  readonly notes: readonly string[];
  /** Every step that was carried out, over all plans of the run. */
  readonly done: readonly Step[];
  readonly notDone: readonly Step[];
  /** What was found first, and what there is at the end; undefined where it could not be read. */
  readonly before: Situation | undefined;
  readonly after: Situation | undefined;
  readonly inventory: Inventory | undefined;
}

function failed(error: unknown): LaneOutcome {
  if (error instanceof ChewsError) {
    return { kind: 'failed', code: error.code, sentence: error.message, remedy: error.remedy, error };
  }
  const sentence = error instanceof Error ? error.message : String(error);
  return { kind: 'failed', code: 'internal', sentence, remedy: undefined, error };
}

/** Whether a call ended because it was told to: what it throws then is no news. */
function wasCut(error: unknown): boolean {
  return !(error instanceof ChewsError) || error.code === 'interrupted';
}

function interrupted(goal: Goal, workstation: string, hadLease = true): LaneOutcome {
  const attempt = `cannot ${verbOf(goal.kind)} workstation ${workstation}`;
  const again = commandTo(goal, workstation);
  if (!hadLease) {
    return {
      kind: 'failed',
      code: 'interrupted',
      sentence: `${attempt}: interrupted before it was begun`,
      remedy: `${again} begins again`,
    };
  }
  return {
    kind: 'failed',
    code: 'interrupted',
    sentence: `${attempt}: interrupted before it was done`,
    remedy: `${again} goes on; chews recover ${workstation} leads to the nearest normal state`,
  };
}

function takenOver(goal: Goal, workstation: string): LaneOutcome {
  const sentence = `cannot go on with ${goal.kind} of workstation ${workstation}: another run has taken it over, or it was unlocked`;
  return { kind: 'failed', code: 'busy', sentence, remedy: `chews status ${workstation}` };
}

/**
 * One workstation from what is observed to its goal: read, infer, plan, carry out, and again until there is nothing left
 * to plan. Never throws: whatever happens becomes the outcome.
 */
export async function runLane(
  session: Session,
  workstation: Workstation,
  goal: Goal,
  options: LaneOptions,
  stopping: Stopping,
): Promise<LaneResult> {
  const progress = { done: [] as Step[], notDone: [] as Step[], notes: [] as string[] };
  let before: Situation | undefined;
  let lease: HeldLease | undefined;
  let watch: LaneWatch | undefined;
  let outcome: LaneOutcome;
  try {
    const provider = await session.provider(workstation.provider);
    if (!options.dryRun) lease = await lock(session, provider, workstation, goal, options, stopping);
    watch = await openLaneWatch(session, provider, workstation, stopping, async () => await lease?.confirm());
    before = infer(watch.latest(), watch.claim, watch.seen());
    const stop = lease === undefined ? stopping.stop : AbortSignal.any([stopping.stop, lease.lost]);
    outcome = await toGoal(
      session,
      workstation,
      goal,
      options,
      { stop, cut: stopping.cut },
      provider,
      watch,
      progress,
    );
    if (lease?.lost.aborted === true && outcome.kind !== 'done') outcome = takenOver(goal, workstation.name);
  } catch (error) {
    const isCut = wasCut(error);
    if (isCut && stopping.stop.aborted) outcome = interrupted(goal, workstation.name, lease !== undefined);
    else if (isCut && lease?.lost.aborted === true) outcome = takenOver(goal, workstation.name);
    else outcome = failed(error);
  }
  await lease?.release().catch((error: unknown) => {
    options.report({
      kind: 'said',
      sentence: `could not give the lease of ${workstation.name} back: ${error instanceof Error ? error.message : String(error)}`,
    });
  });
  // What ended well was read right before it was found to be done.
  const inventory = watch && (outcome.kind === 'failed' ? await lastLook(watch) : watch.latest());
  return {
    workstation: workstation.name,
    outcome,
    ...progress,
    before,
    after:
      inventory === undefined || watch === undefined
        ? undefined
        : infer(inventory, watch.claim, watch.seen()),
    inventory,
  };
}

async function lock(
  session: Session,
  provider: Provider,
  workstation: Workstation,
  goal: Goal,
  options: LaneOptions,
  stopping: Stopping,
): Promise<HeldLease> {
  return await takeLease({
    leases: provider.leases,
    workstation: workstation.name,
    command: goal.kind,
    verb: verbOf(goal.kind),
    runner: options.runner,
    view: options.view,
    wait: options.wait,
    ...(options.aside === undefined ? {} : { aside: options.aside }),
    sleep: session.context.sleep,
    nowMs: session.context.nowMs,
    say: (sentence) => options.report({ kind: 'said', sentence }),
    signal: stopping.stop,
  });
}

/** What there is at the end, whatever became of the run: not even an interruption keeps it from being said what still bills. */
async function lastLook(watch: Watch): Promise<Inventory | undefined> {
  const signal = AbortSignal.timeout(LAST_LOOK_MS);
  return await watch.provider.list({ signal }).then(
    (fleet) => inventoryOf(fleet, watch.claim),
    () => undefined,
  );
}

async function toGoal(
  session: Session,
  workstation: Workstation,
  goal: Goal,
  options: LaneOptions,
  stopping: Stopping,
  provider: Provider,
  watch: LaneWatch,
  progress: { done: Step[]; notDone: Step[]; notes: string[] },
): Promise<LaneOutcome> {
  const say = (sentence: string) => options.report({ kind: 'said', sentence });
  let unproven = 0;
  let lastMissing = '';
  /** What the user was to know of the plans that were carried out. */
  const told: string[] = [];
  const full: string[] = [];
  let noRoom: ChewsError | undefined;
  const isFullEverywhere = () => workstation.locations.every((location) => full.includes(location));
  const survey = async (round: number, isRead: boolean) => {
    const found = await settle(session, watch, isRead, options.settleMs, stopping, say);
    const looksElsewhere = found.situation.state === 'NOT_EXIST' && round === 0;
    const request: PlanRequest = {
      ...found,
      goal,
      claim: watch.claim,
      seen: watch.seen(),
      capabilities: provider.capabilities,
      nowMs: session.context.nowMs(),
      elsewhere: looksElsewhere
        ? await lookElsewhere(session, workstation, watch.fleet(), say, stopping.stop)
        : [],
      full,
    };
    const elsewhere = planElsewhere(request);
    const decision = elsewhere ?? plan(request);
    return { ...found, decision, isLast: elsewhere === undefined && isFullEverywhere() };
  };
  for (let round = 0; round < MAX_ROUNDS + 2 * full.length; round += 1) {
    let found = await survey(round, round === 0);
    // A killed run, or its owner, may have done a moment ago what no list shows yet.
    if (!options.dryRun && !isJudgedByProvider(found.decision) && (await watch.catchUp())) {
      found = await survey(round, false);
    }
    const { inventory, situation, decision } = found;
    if (noRoom !== undefined && found.isLast) return failed(noRoom);
    if (round > 0) await watch.confirm();
    // Whoever took the marks off meanwhile wants to keep it: they are set once in a run and never again.
    if (goal.kind === 'delete' && round > 0 && isUnmarked(inventory)) {
      const sentence = `cannot delete workstation ${workstation.name}: its deletion was taken back meanwhile`;
      return {
        kind: 'failed',
        code: 'conflict',
        sentence,
        remedy: `chews status ${workstation.name} shows what is there`,
      };
    }
    if (decision.kind === 'refused') {
      const { code, sentence, remedy } = decision;
      return { kind: 'failed', code, sentence, remedy };
    }
    const { notes } = decision.kind === 'plan' ? decision.plan : decision;
    progress.notes = [...new Set([...told, ...notes])];
    if (decision.kind === 'nothing') {
      if (round === 0 && !options.dryRun) await awaitBoot(goal, situation, inventory, watch, stopping, say);
      return round === 0 ? { kind: 'nothing', sentence: decision.sentence } : { kind: 'done' };
    }
    progress.notDone = [...decision.plan.steps];
    if (options.dryRun) return { kind: 'planned', plan: decision.plan };
    const refusals = await provider.check(
      decision.plan.steps.map((step) => step.action),
      { signal: stopping.stop },
    );
    const [firstRefusal] = refusals;
    if (firstRefusal !== undefined) {
      const list = refusals.map((refusal) => refusal.sentence).join('; ');
      const sentence = `cannot ${verbOf(goal.kind)} workstation ${workstation.name}: ${list}`;
      const remedy = `put that right, then run ${commandTo(goal, workstation.name)} again`;
      return { kind: 'failed', code: firstRefusal.code, sentence, remedy };
    }
    options.report({ kind: 'planned', plan: decision.plan, situation });
    if (round === 0 && !(await options.confirm(decision.plan, situation))) return { kind: 'declined' };
    if (stopping.stop.aborted) return interrupted(goal, workstation.name);
    const result = await execute(
      decision.plan,
      watch,
      goal.kind === 'delete',
      stopping,
      session.context.nowMs,
      options.report,
    );
    progress.done.push(...result.done);
    told.push(...decision.plan.notes);
    progress.notDone = [...result.notDone];
    const [failure] = result.failures;
    if (stopping.stop.aborted && result.notDone.length > 0) return interrupted(goal, workstation.name);
    if (failure !== undefined) {
      const location = locationWithoutRoom(failure);
      if (location === undefined || full.includes(location)) return failed(failure.error);
      full.push(location);
      noRoom = failure.error as ChewsError;
      const next = workstation.locations.find((candidate) => !full.includes(candidate));
      if (next !== undefined) say(`there is no room in ${location}: trying ${next}`);
      continue;
    }
    const [missing] = result.unproven;
    if (missing !== undefined) {
      unproven += 1;
      lastMissing = missing.sentence;
      if (unproven >= MAX_UNPROVEN) break;
      say(`not proven: ${missing.sentence}; looking again`);
    }
  }
  return {
    kind: 'failed',
    code: 'refused',
    sentence:
      lastMissing === ''
        ? `cannot ${verbOf(goal.kind)} workstation ${workstation.name}: something else keeps changing it`
        : `cannot ${verbOf(goal.kind)} workstation ${workstation.name}: ${lastMissing}`,
    remedy: `chews status ${workstation.name} shows what is there; nothing was deleted without a proof`,
  };
}

/** Where a VM could not be made because the provider has no room for it: another location may have. */
function locationWithoutRoom({ step: { action }, error }: StepFailure): string | undefined {
  const isFull = error instanceof ChewsError && error.code === 'no-capacity';
  return isFull && action.kind === 'create-vm' ? action.location : undefined;
}

/**
 * Whether a plan only switches on or off: the provider refuses what does not fit, and no data depends on it. All else (to
 * make, to copy, to delete, to refuse, to find nothing to do) rests on what lists show.
 */
function isJudgedByProvider(decision: Decision): boolean {
  return (
    decision.kind === 'plan' &&
    decision.plan.steps.every(({ action: { kind } }) => ['start-vm', 'stop-vm', 'await-guest'].includes(kind))
  );
}

/** Whether anything of it bears no mark of deletion. */
function isUnmarked({ vms, disks, snapshots }: Inventory): boolean {
  return [...vms, ...disks, ...snapshots].some(({ labels }) => labels.deleting !== true);
}

/** A command that leads to ON ends when the guest can be used, also where an earlier run was cut off while it booted. */
async function awaitBoot(
  goal: Goal,
  { state, vm }: Situation,
  { readAtMs }: Inventory,
  watch: Watch,
  stopping: Stopping,
  say: (sentence: string) => void,
): Promise<void> {
  const leadsOn = goal.kind === 'create' || goal.kind === 'up' || goal.kind === 'rehydrate';
  if (!leadsOn || state !== 'ON' || vm?.lastStartedAtMs === undefined) return;
  if (readAtMs - vm.lastStartedAtMs > BOOTING_MS) return;
  await watch.provider.apply(
    { kind: 'await-guest', vm: { name: vm.name, id: vm.id } },
    { signal: stopping.stop, warn: say },
  );
}
