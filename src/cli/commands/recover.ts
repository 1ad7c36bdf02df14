import { ChewsError } from '../../core/errors.ts';
import { nearest } from '../../core/nearest.ts';
import type { Goal, Plan } from '../../core/plan.ts';
import { quoted } from '../../core/printable.ts';
import type { Situation } from '../../core/state.ts';
import { act } from '../act.ts';
import type { Call, CommandRun } from '../call.ts';
import { askYesNo } from '../consent.ts';
import { planText } from '../planText.ts';

type Target = NonNullable<Extract<Goal, { kind: 'recover' }>['to']>;

const TARGETS: Readonly<Record<string, Target>> = {
  on: 'ON',
  off: 'OFF',
  dessicated: 'DESSICATED',
  desiccated: 'DESSICATED',
};

function targetOf(text: string): Target {
  const key = text.toLowerCase();
  const target = Object.hasOwn(TARGETS, key) ? TARGETS[key] : undefined;
  if (target !== undefined) return target;
  const likely = nearest(text, ['OFF', 'ON', 'DESSICATED']);
  throw new ChewsError('usage', `cannot recover to ${quoted(text)}: there is no such state to choose`, {
    remedy: likely === undefined ? 'it is ON, OFF or DESSICATED' : `did you mean ${likely}?`,
    effect: 'none',
  });
}

/** Why this and nothing else: in terms of what becomes of the data. */
function whyOf(plan: Plan, chosen: string | undefined): string {
  if (chosen?.toUpperCase() === plan.to) return `${plan.to} is what --to asked for.`;
  const deletes = plan.steps.filter(({ action }) => action.kind.startsWith('delete-')).length;
  return deletes === 0
    ? `${plan.to} is the nearest normal state, and nothing is deleted on the way.`
    : `${plan.to} is the nearest normal state; what is deleted on the way is proven to be in a snapshot first.`;
}

function explain(
  plan: Plan,
  { state, problems, newestContent, endOn }: Situation,
  chosen: string | undefined,
): string[] {
  const found = problems.map(({ sentence }) => sentence);
  if (endOn) found.push('a command stopped it for its work and was cut off: it is to end ON');
  return [
    `${plan.workstation} is ${state}:`,
    ...found.map((sentence) => `  ${sentence}`),
    ...(newestContent.length === 0 ? [] : ['where the newest content of each disk is:']),
    ...newestContent.map(({ disk, place }) => `  ${disk}: ${place}`),
    'what would be done:',
    ...planText(plan).map((line) => `  ${line}`),
    whyOf(plan, chosen),
  ];
}

async function confirmRecovery(call: Call, plan: Plan, situation: Situation): Promise<boolean> {
  return await askYesNo(call, {
    told: explain(plan, situation, call.options.to),
    question: `Recover ${plan.workstation}?`,
    refusal: `cannot recover workstation ${plan.workstation}: nobody can be asked whether this is right`,
  });
}

export const recover: CommandRun = async (call) => {
  const { to } = call.options;
  const goal: Goal = to === undefined ? { kind: 'recover' } : { kind: 'recover', to: targetOf(to) };
  return await act(call, { goal, confirm: (plan, situation) => confirmRecovery(call, plan, situation) });
};
