import type { Action, HarmlessAction, PlannedAction } from '../core/action.ts';
import type { Inventory } from '../core/assets.ts';
import { bind } from '../core/bind.ts';
import { describeAction } from '../core/describe.ts';
import { ChewsError } from '../core/errors.ts';
import type { Claim } from '../core/inventory.ts';
import {
  noteReleased,
  noteSnapshotRequested,
  nothingObserved,
  type Observations,
  observe,
} from '../core/observations.ts';
import type { Plan, Step } from '../core/plan.ts';
import { prove, proveNote } from '../core/prove.ts';
import type { Provider } from '../core/provider.ts';

/** A proof is asked for, and used, within this time of the read that it rests on (R2). */
const PROOF_LASTS_MS = 10_000;
const MAX_SLOW_READS = 5;
const MAX_LOOKS_AT_CHANGE = 3;

export type StepEvent =
  | { readonly kind: 'step-started'; readonly step: Step }
  | { readonly kind: 'step-progress'; readonly step: Step; readonly fraction: number }
  | { readonly kind: 'step-done'; readonly step: Step; readonly elapsedMs: number }
  | { readonly kind: 'step-failed'; readonly step: Step; readonly error: unknown }
  | { readonly kind: 'said'; readonly sentence: string }
  | { readonly kind: 'warning'; readonly sentence: string };

/** What one lane shares between its steps: the reads, and what they showed. */
export interface Watch {
  readonly provider: Provider;
  readonly claim: Claim;
  /** A fresh inventory; whoever asks while one is about to be read shares it. */
  readonly read: () => Promise<Inventory>;
  readonly seen: () => Observations;
  readonly note: (change: (seen: Observations) => Observations) => void;
  /**
   * Waits until a list must show all that happened before the run began, and gives true; false where nothing has to be
   * waited for (any more). Who was told no by a list asks this, and then looks again.
   */
  readonly catchUp: () => Promise<boolean>;
  /** Waits as long as what a list shows can be old, and gives true; false where lists tell what is. */
  readonly outwaitLag: () => Promise<boolean>;
  /** Asked right before each action; throws where this run must not go on because another has taken over. */
  readonly confirm: () => Promise<void>;
}

export interface Stopping {
  /** Aborted: start nothing new. */
  readonly stop: AbortSignal;
  /** Aborted: cut the calls in flight. */
  readonly cut: AbortSignal;
}

export interface StepFailure {
  readonly step: Step;
  readonly error: unknown;
}

export interface ExecuteOutcome {
  readonly done: readonly Step[];
  readonly notDone: readonly Step[];
  readonly failures: readonly StepFailure[];
  /** Steps that a proof was missing for, with the sentence that says which. */
  readonly unproven: readonly { readonly step: Step; readonly sentence: string }[];
}

export function startWatch(
  provider: Provider,
  claim: Claim,
  take: (signal?: AbortSignal) => Promise<Inventory>,
  cut: AbortSignal,
  confirm: () => Promise<void> = async () => {},
  catchUp: () => Promise<boolean> = async () => false,
  outwaitLag: () => Promise<boolean> = async () => false,
): Watch {
  let seen = nothingObserved;
  let next: Promise<Inventory> | undefined;
  const read = async () => {
    const inventory = await take(cut);
    seen = observe(seen, inventory);
    return inventory;
  };
  const watch: Watch = {
    provider,
    claim,
    read: () => {
      next ??= Promise.resolve().then(() => {
        next = undefined;
        return read();
      });
      return next;
    },
    seen: () => seen,
    note: (change) => {
      seen = change(seen);
    },
    catchUp,
    outwaitLag,
    confirm,
  };
  return watch;
}

/** Carries a plan out: what does not depend on each other side by side. After a failure nothing new is begun. */
export async function execute(
  plan: Plan,
  watch: Watch,
  erase: boolean,
  stopping: Stopping,
  nowMs: () => number,
  report: (event: StepEvent) => void,
): Promise<ExecuteOutcome> {
  const done = new Set<number>();
  const failures: StepFailure[] = [];
  const unproven: { step: Step; sentence: string }[] = [];
  const running = new Map<number, Promise<void>>();
  const started = new Set<number>();

  const run = async (step: Step) => {
    const startedAtMs = nowMs();
    report({ kind: 'step-started', step });
    try {
      const sentence = await carryOut(step, watch, erase, stopping, nowMs, report);
      if (sentence === undefined) {
        done.add(step.id);
        report({ kind: 'step-done', step, elapsedMs: nowMs() - startedAtMs });
      } else {
        unproven.push({ step, sentence });
      }
    } catch (error) {
      failures.push({ step, error });
      report({ kind: 'step-failed', step, error });
    } finally {
      running.delete(step.id);
    }
  };

  for (;;) {
    const open = failures.length === 0 && unproven.length === 0 && !stopping.stop.aborted;
    const ready = open
      ? plan.steps.filter((step) => !started.has(step.id) && step.after.every((id) => done.has(id)))
      : [];
    for (const step of ready) {
      started.add(step.id);
      running.set(step.id, run(step));
    }
    if (running.size === 0) break;
    await Promise.race(running.values());
  }
  return {
    done: plan.steps.filter((step) => done.has(step.id)),
    notDone: plan.steps.filter((step) => !done.has(step.id)),
    failures,
    unproven,
  };
}

/** Undefined when it is done; the sentence when a proof is missing. */
async function carryOut(
  step: Step,
  watch: Watch,
  erase: boolean,
  stopping: Stopping,
  nowMs: () => number,
  report: (event: StepEvent) => void,
): Promise<string | undefined> {
  const { action } = step;
  await watch.confirm();
  let bound = await decideFreshly(action, watch, erase, nowMs);
  if (bound !== 'gone' && !('action' in bound) && (await watch.catchUp()))
    bound = await decideFreshly(action, watch, erase, nowMs);
  // What has settled long since can show as under way for as long as lists lag, in one list and not in the one before.
  for (
    let looks = 0;
    looks < MAX_LOOKS_AT_CHANGE && isUnderWay(bound) && (await watch.outwaitLag());
    looks += 1
  )
    bound = await decideFreshly(action, watch, erase, nowMs);
  if (bound === 'gone') return undefined;
  if ('missing' in bound) return bound.missing;
  if ('changed' in bound) {
    throw new ChewsError('conflict', `cannot ${describeAction(action)}: ${bound.changed}`, {
      remedy: 'something else changed it meanwhile; run the command again',
      effect: 'none',
    });
  }
  if (bound.action.kind === 'snapshot-disk') {
    const { name } = bound.action;
    watch.note((seen) => noteSnapshotRequested(seen, name));
  }
  await watch.provider.apply(bound.action, {
    // To wait for a guest changes nothing, and ends nowhere near the few seconds that a call in flight gets.
    signal: bound.action.kind === 'await-guest' ? stopping.stop : stopping.cut,
    progress: (fraction) => report({ kind: 'step-progress', step, fraction }),
    say: (sentence) => report({ kind: 'said', sentence }),
    warn: (sentence) => report({ kind: 'warning', sentence }),
  });
  const released = releasedBy(bound.action);
  if (released !== undefined) watch.note((seen) => noteReleased(seen, released));
  return undefined;
}

function isDestructive(action: PlannedAction): action is Exclude<PlannedAction, HarmlessAction> {
  return action.kind === 'delete-vm' || action.kind === 'delete-disk' || action.kind === 'delete-snapshot';
}

type Bound =
  | 'gone'
  | { readonly missing: string; readonly isUnderWay?: boolean }
  | { readonly changed: string }
  | { readonly action: Action };

/** What the read of a provider in trouble proved in the end is too old to delete on: it is asked again, within bounds. */
async function decideFreshly(
  action: PlannedAction,
  watch: Watch,
  erase: boolean,
  nowMs: () => number,
): Promise<Bound> {
  for (let slow = 0; slow < MAX_SLOW_READS; slow += 1) {
    const readAtMs = nowMs();
    const bound = await decide(action, watch, erase);
    const isProven = bound !== 'gone' && 'action' in bound && 'proof' in bound.action;
    if (!isProven || nowMs() - readAtMs <= PROOF_LASTS_MS) return bound;
  }
  return { missing: `the reads that were to prove it took longer than ${PROOF_LASTS_MS / 1000} s each` };
}

async function decide(action: PlannedAction, watch: Watch, erase: boolean): Promise<Bound> {
  // A disk is made under a name that is checked by the provider: nothing of the inventory is needed for it.
  if (action.kind === 'create-disk') return { action };
  const inventory = await watch.read();
  const evidence = { claim: watch.claim, inventory, seen: watch.seen(), erase };
  if (isDestructive(action)) {
    const verdict = prove(action, evidence);
    if (!verdict.ok) return { missing: verdict.missing };
    return verdict.value === 'gone' ? 'gone' : { action: verdict.value };
  }
  const verdict = bind(action, inventory);
  // What is still on its way shows otherwise than the plan saw it: it is looked at again once it has settled.
  if (!verdict.ok) {
    const { missing } = verdict;
    return isChanging(inventory) ? { missing, isUnderWay: true } : { changed: missing };
  }
  const noted = proveNote(verdict.value, evidence);
  return noted.ok ? { action: verdict.value } : noted;
}

function isUnderWay(bound: Bound): boolean {
  return bound !== 'gone' && 'missing' in bound && bound.isUnderWay === true;
}

function isChanging({ vms, disks }: Inventory): boolean {
  return [...vms, ...disks].some(({ status }) => status === 'changing');
}

function releasedBy(action: Action): string | undefined {
  return action.kind === 'detach-disk' ? action.disk.id : undefined;
}
