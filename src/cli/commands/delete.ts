import { ChewsError } from '../../core/errors.ts';
import type { Plan } from '../../core/plan.ts';
import { quoted } from '../../core/printable.ts';
import type { Situation } from '../../core/state.ts';
import { act } from '../act.ts';
import { canAsk } from '../ask.ts';
import type { Call, CommandRun } from '../call.ts';
import { askForName } from '../consent.ts';
import { forgetPin } from '../knownHosts.ts';

const KEEP = 'to keep the data and pay next to nothing, use dessicate';

function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? '' : 's'}`;
}

function whatGoes(plan: Plan, { state, sets }: Situation): string[] {
  const of = (kind: string) => plan.steps.filter(({ action }) => action.kind === kind).length;
  const parts = [
    ...(of('delete-vm') > 0 ? ['its VM'] : []),
    ...(of('delete-disk') > 0 ? [count(of('delete-disk'), 'disk')] : []),
    ...(of('delete-snapshot') > 0
      ? [`${count(of('delete-snapshot'), 'snapshot')} in ${count(sets.length, 'set')}`]
      : []),
  ];
  return [
    `${plan.workstation} is ${state}. Deleting it gives up all its data: ${parts.join(', ')}.`,
    `Nothing can bring it back; ${KEEP}: chews dessicate ${plan.workstation}`,
  ];
}

async function confirmDeletion(call: Call, plan: Plan, situation: Situation): Promise<boolean> {
  if (call.options.confirm.includes(plan.workstation)) return true;
  return await askForName(call, plan.workstation, whatGoes(plan, situation));
}

/** Before anything is read: --yes is not enough, and a script has to say each name twice. */
function checkConfirmations(call: Call): void {
  const { options, names, surroundings } = call;
  const stray = options.all ? undefined : options.confirm.find((name) => !names.includes(name));
  if (stray !== undefined && names.length > 0) {
    throw new ChewsError('usage', `cannot confirm ${quoted(stray)}: it is not what is to be deleted`, {
      remedy: `chews delete ${names.join(' ')} --confirm ${names.join(' --confirm ')}`,
      effect: 'none',
    });
  }
  if (options.dryRun || (canAsk(surroundings) && !options.yes)) return;
  const unsaid = names.filter((name) => !options.confirm.includes(name));
  const [first] = unsaid;
  if (first === undefined && (names.length > 0 || options.confirm.length > 0)) return;
  if (names.length === 0 && !options.all) return;
  const what = first === undefined ? 'workstations' : `workstation ${quoted(first).slice(1, -1)}`;
  const why = options.yes ? '--yes is not enough to give up all data' : 'nobody can be asked for its name';
  const say = first === undefined ? '--confirm NAME for each of them' : `--confirm ${unsaid.join(' --confirm ')}`;
  throw new ChewsError('usage', `cannot delete ${what}: ${why}`, {
    remedy: `say ${say}; ${KEEP}`,
    effect: 'none',
  });
}

export const deleteAll: CommandRun = async (call) => {
  checkConfirmations(call);
  return await act(call, {
    goal: { kind: 'delete' },
    confirm: (plan, situation) => confirmDeletion(call, plan, situation),
    afterwards: async (workstation, { outcome }) => {
      if (outcome.kind === 'done') await forgetPin(call, workstation);
    },
  });
};
