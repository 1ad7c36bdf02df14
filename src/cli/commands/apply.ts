import type { Plan } from '../../core/plan.ts';
import { act } from '../act.ts';
import type { Call, CommandRun } from '../call.ts';
import { askYesNo } from '../consent.ts';
import { planText } from '../planText.ts';

/** A disk that goes is the one thing that apply cannot take back. */
async function confirmRemoval(call: Call, plan: Plan): Promise<boolean> {
  const { removeDisks } = call.options;
  const disks = `disk ${removeDisks.join(', ')}`;
  return await askYesNo(call, {
    told: [`${plan.workstation} is to lose ${disks}:`, ...planText(plan)],
    question: `Let ${disks} of ${plan.workstation} go?`,
    refusal: `cannot apply workstation ${plan.workstation}: nobody can be asked whether ${disks} is to go`,
  });
}

export const apply: CommandRun = (call) => {
  const { stop, removeDisks } = call.options;
  return act(call, {
    goal: { kind: 'apply', stop, removeDisks },
    ...(removeDisks.length === 0 ? {} : { confirm: (plan) => confirmRemoval(call, plan) }),
  });
};
