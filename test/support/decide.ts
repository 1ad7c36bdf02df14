import { nothingObserved } from '../../src/core/observations.ts';
import { type Decision, type Goal, plan, type PlanRequest } from '../../src/core/plan.ts';
import type { Capabilities } from '../../src/core/provider.ts';
import { infer } from '../../src/core/state.ts';
import type { Workstation } from '../../src/core/workstation.ts';
import { claim, inventory, NOW_MS, type Parts } from './builders.ts';
import { describePlan } from './describePlan.ts';
import { fakeCapabilities } from './fakeKind.ts';

export interface Circumstances {
  readonly file?: Partial<Workstation>;
  readonly can?: Partial<Capabilities>;
}

/** What a command for workstation `dev` is decided from, where that is what its provider shows. */
export function requestFor(
  goal: Goal,
  parts: Parts,
  { file = {}, can = {} }: Circumstances = {},
): PlanRequest {
  const by = claim(file);
  const all = inventory(parts, by);
  return {
    goal,
    claim: by,
    inventory: all,
    situation: infer(all, by),
    seen: nothingObserved,
    capabilities: { ...fakeCapabilities, ...can },
    nowMs: NOW_MS,
    elsewhere: [],
  };
}

function linesOf(decision: Decision): string[] {
  switch (decision.kind) {
    case 'plan':
      return describePlan(decision.plan);
    case 'nothing':
      return [`nothing: ${decision.sentence}`];
    case 'refused':
      return [`${decision.code}: ${decision.sentence}`, `→ ${decision.remedy ?? ''}`];
  }
}

/** The decision as a person reads it, without the hashes in names. */
export function decisionOn(request: PlanRequest): string {
  return linesOf(plan(request))
    .join('\n')
    .replace(/-[0-9a-f]{32}/g, '');
}
