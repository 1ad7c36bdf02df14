import type { PlannedAction } from '../../src/core/action.ts';
import type { Claim } from '../../src/core/inventory.ts';
import { nothingObserved, type Observations } from '../../src/core/observations.ts';
import { type Decision, type Goal, type Plan, type PlanRequest, plan } from '../../src/core/plan.ts';
import type { Capabilities } from '../../src/core/provider.ts';
import { infer, type Situation } from '../../src/core/state.ts';
import type { Workstation } from '../../src/core/workstation.ts';
import { claim, inventory, NOW_MS, type Parts } from './builders.ts';
import { describePlan } from './describePlan.ts';
import { fakeCapabilities } from './fakeKind.ts';

export interface Circumstances {
  readonly file?: Partial<Workstation>;
  readonly by?: Partial<Claim>;
  readonly can?: Partial<Capabilities>;
  /** In place of what the inventory means. */
  readonly situation?: Partial<Situation>;
  readonly seen?: Observations;
  readonly nowMs?: number;
  readonly elsewhere?: readonly string[];
}

export function requestOf(goal: Goal, parts: Parts, circumstances: Circumstances = {}): PlanRequest {
  const { file, by, can, situation, seen = nothingObserved, nowMs = NOW_MS, elsewhere = [] } = circumstances;
  const ours = claim(file, by);
  const all = inventory(parts, ours);
  return {
    goal,
    claim: ours,
    inventory: all,
    situation: { ...infer(all, ours, seen), ...situation },
    seen,
    capabilities: { ...fakeCapabilities, ...can },
    nowMs,
    elsewhere,
  };
}

export function decide(goal: Goal, parts: Parts, circumstances: Circumstances = {}): Decision {
  return plan(requestOf(goal, parts, circumstances));
}

export function planned(goal: Goal, parts: Parts, circumstances: Circumstances = {}): Plan {
  const decision = decide(goal, parts, circumstances);
  if (decision.kind !== 'plan') throw new Error(`not planned: ${JSON.stringify(decision)}`);
  return decision.plan;
}

/** The actions of the plan that was made, in the order of its steps. */
export function actionsOf(goal: Goal, parts: Parts, circumstances: Circumstances = {}): PlannedAction[] {
  return planned(goal, parts, circumstances).steps.map(({ action }) => action);
}

function linesOf(decision: Decision): string[] {
  switch (decision.kind) {
    case 'plan':
      return describePlan(decision.plan);
    case 'nothing':
      return [`nothing: ${decision.sentence}`, ...decision.notes.map((note) => `note: ${note}`)];
    case 'refused':
      return [`${decision.code}: ${decision.sentence}`, `→ ${decision.remedy ?? ''}`];
  }
}

/** A decision as a person reads it, without the hashes in names. */
export function decisionOn(request: PlanRequest): string {
  return linesOf(plan(request))
    .join('\n')
    .replace(/-[0-9a-f]{32}/g, '');
}

export function text(goal: Goal, parts: Parts, circumstances: Circumstances = {}): string {
  return decisionOn(requestOf(goal, parts, circumstances));
}
