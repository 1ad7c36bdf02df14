import { ChewsError } from '../../core/errors.ts';
import type { Plan } from '../../core/plan.ts';
import { quoted } from '../../core/printable.ts';
import type { Situation } from '../../core/state.ts';
import type { Workstation } from '../../core/workstation.ts';
import { lookAt, type Session } from '../../engine/session.ts';
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

async function confirmDeletion(call: Call, plan: Plan, situation: Situation): Promise<boolean | string> {
  if (call.options.confirm.includes(plan.workstation)) return true;
  return await askForName(call, plan.workstation, whatGoes(plan, situation));
}

/** Those that exist, or may: where there is nothing, there is nothing to confirm. */
async function existing(
  call: Call,
  session: Session,
  workstations: readonly Workstation[],
): Promise<Workstation[]> {
  const { byName } = await lookAt(session, workstations, call.interruption.stop);
  return workstations.filter(({ name }) => {
    const found = byName.get(name);
    return found === undefined || 'error' in found || found.look.situation.state !== 'NOT_EXIST';
  });
}

/** Before anything is changed: --yes is not enough, and a script has to say each name twice. */
async function checkConfirmations(
  call: Call,
  workstations: readonly Workstation[],
  session: Session,
): Promise<void> {
  const { options, surroundings } = call;
  const names = workstations.map(({ name }) => name);
  const stray = options.confirm.find((name) => !names.includes(name));
  if (stray !== undefined) {
    throw new ChewsError('usage', `cannot confirm ${quoted(stray)}: it is not among what is to be deleted`, {
      remedy: `that is ${names.join(', ')}`,
      effect: 'none',
    });
  }
  const unconfirmed = workstations.filter(({ name }) => !options.confirm.includes(name));
  if (options.dryRun || unconfirmed.length === 0 || canAsk(surroundings)) return;
  const unsaid = (await existing(call, session, unconfirmed)).map(({ name }) => name);
  if (unsaid.length === 0 || call.interruption.stop.aborted) return;
  const what = unsaid.length === 1 ? 'workstation' : 'workstations';
  const why = options.yes ? '--yes is not enough to give up all data' : 'nobody can be asked for the name';
  throw new ChewsError('usage', `cannot delete ${what} ${unsaid.join(', ')}: ${why}`, {
    remedy: `say --confirm ${unsaid.join(' --confirm ')}; ${KEEP}`,
    effect: 'none',
  });
}

export const deleteAll: CommandRun = (call) =>
  act(call, {
    goal: { kind: 'delete' },
    check: (workstations, session) => checkConfirmations(call, workstations, session),
    confirm: (plan, situation) => confirmDeletion(call, plan, situation),
    afterwards: async (workstation, { outcome }, configuration) => {
      if (outcome.kind === 'done') await forgetPin(call, configuration, workstation);
    },
  });
