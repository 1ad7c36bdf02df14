import type { PlannedAction } from './action.ts';
import type { Inventory } from './assets.ts';
import type { ErrorCode } from './errors.ts';
import type { Claim } from './inventory.ts';
import type { Observations } from './observations.ts';
import { planApply, planDelete, planResize } from './planChanges.ts';
import { planFailedCopies } from './planFailedCopies.ts';
import { planCreate, planDown, planRehydrate, planUp } from './planGoals.ts';
import { planDessicate, planRecover } from './planRest.ts';
import type { Capabilities } from './provider.ts';
import type { Situation, State } from './state.ts';

/** Where the user wants to be, and what was said along with it. */
export type Goal =
  | { readonly kind: 'create'; readonly off: boolean }
  | { readonly kind: 'up' }
  | { readonly kind: 'down' }
  | { readonly kind: 'dessicate'; readonly stop: boolean }
  | { readonly kind: 'rehydrate'; readonly off: boolean; readonly set?: string }
  | { readonly kind: 'resize'; readonly stop: boolean }
  | { readonly kind: 'apply'; readonly stop: boolean; readonly removeDisks: readonly string[] }
  | { readonly kind: 'recover'; readonly to?: 'ON' | 'OFF' | 'DESSICATED' }
  | { readonly kind: 'delete' };

export interface Step {
  /** Counted from 1 within the plan. */
  readonly id: number;
  /** The steps that must have ended well before this one starts. */
  readonly after: readonly number[];
  readonly action: PlannedAction;
}

/** The ordered graph of steps that leads to the goal. Plain data: it prints as text and as JSON. */
export interface Plan {
  readonly workstation: string;
  readonly goal: Goal['kind'];
  readonly from: State;
  readonly to: State;
  readonly steps: readonly Step[];
  /** What the user should know before it begins, and what it leaves undone. */
  readonly notes: readonly string[];
}

export type Decision =
  | { readonly kind: 'plan'; readonly plan: Plan }
  | { readonly kind: 'nothing'; readonly sentence: string; readonly notes: readonly string[] }
  | {
      readonly kind: 'refused';
      readonly code: ErrorCode;
      readonly sentence: string;
      readonly remedy: string | undefined;
    };

export interface PlanRequest {
  readonly goal: Goal;
  readonly claim: Claim;
  readonly inventory: Inventory;
  readonly situation: Situation;
  readonly seen: Observations;
  readonly capabilities: Capabilities;
  /** The client's clock; it only ever names new sets. */
  readonly nowMs: number;
  /** Where else something of this name was found: sentences. `create` makes no twin of it. */
  readonly elsewhere: readonly string[];
  /** Locations that turned out in this run to have no room for the VM. */
  readonly full?: readonly string[];
}

/** From what is observed to the steps that lead to the goal. Pure and total; the same input gives the same plan. */
export function plan(request: PlanRequest): Decision {
  const { goal } = request;
  switch (goal.kind) {
    case 'create':
      return planFailedCopies(request, plan) ?? planCreate(request, goal);
    case 'up':
      return planFailedCopies(request, plan) ?? planUp(request);
    case 'down':
      return planDown(request);
    case 'dessicate':
      return planDessicate(request, goal);
    case 'rehydrate':
      return planFailedCopies(request, plan) ?? planRehydrate(request, goal);
    case 'resize':
      return planResize(request, goal);
    case 'apply':
      return planFailedCopies(request, plan) ?? planApply(request, goal);
    case 'recover':
      return planFailedCopies(request, plan) ?? planRecover(request, goal);
    case 'delete':
      return planDelete(request);
  }
}
