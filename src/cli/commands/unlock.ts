import { ChewsError, exitCodeOf } from '../../core/errors.ts';
import { printable } from '../../core/printable.ts';
import type { LeaseStore } from '../../core/provider.ts';
import type { Workstation } from '../../core/workstation.ts';
import { describeHolder } from '../../engine/leaseholder.ts';
import { lookAt, type LookOrError, type Session } from '../../engine/session.ts';
import type { Call, CommandRun } from '../call.ts';
import { askYesNo } from '../consent.ts';
import { codeOfError, errorJson, messageOf, tellError } from '../errorText.ts';
import { type Holding, holdingJson, holdingOf, holdingText } from '../holding.ts';
import { sharedCode } from '../lanes.ts';
import { openFile } from '../openFile.ts';

type Outcome =
  | { readonly kind: 'done' | 'planned' | 'declined' }
  | { readonly kind: 'nothing'; readonly sentence: string }
  | { readonly kind: 'failed'; readonly error: unknown };

/** What was seen of a workstation before anybody was asked. */
interface Seen {
  readonly workstation: Workstation;
  readonly leases: LeaseStore | undefined;
  /** Undefined where nobody holds it. */
  readonly holding: Holding | undefined;
  /** Why that could not be read. */
  readonly error?: unknown;
}

/** Each for itself: one that cannot be read keeps no other from being unlocked. */
async function seeHolding(call: Call, session: Session, workstation: Workstation): Promise<Seen> {
  try {
    const { leases } = await session.provider(workstation.provider);
    const { view } = await call.surroundings.host();
    const holding = await holdingOf(leases, workstation.name, view, call.interruption.stop);
    return { workstation, leases, holding };
  } catch (error) {
    return { workstation, leases: undefined, holding: undefined, error };
  }
}

/** What the workstation is now: whoever unlocks it has to know what may be under way. */
function stateText({ name }: Workstation, found: LookOrError | undefined): string[] {
  if (found === undefined) return [];
  if ('error' in found) return [`  what ${name} is now cannot be read: ${messageOf(found.error)}`];
  const { state, problems } = found.look.situation;
  const reasons = problems.map(({ sentence }) => `    ${sentence}`);
  return state === 'CHANGING'
    ? [`  ${name} is CHANGING:`, ...reasons]
    : [`  ${name} is ${state}, and nothing is CHANGING at its provider`, ...reasons];
}

function warningsOf({ name }: Workstation, holding: Holding, found: LookOrError | undefined): string[] {
  const warnings: string[] = [];
  if (holding.kind === 'held' && holding.sight === 'alive') {
    const { command, pid } = holding.lease;
    warnings.push(
      `warning: chews ${command} is at work on ${name} right now: wait until it has ended, or end it with kill ${pid}; one that was stopped (Ctrl-Z) goes on with kill -CONT ${pid}`,
    );
  }
  if (found !== undefined && 'look' in found && found.look.situation.state === 'CHANGING')
    warnings.push(`warning: what its provider is at goes on: unlocking ${name} does not stop it`);
  return warnings;
}

/** Why a lease that was to be taken away still stands; undefined where nobody holds it any more. */
function changedSince(name: string, shown: Holding, now: Holding | undefined): ChewsError | undefined {
  if (now === undefined) return undefined;
  const attempt = `cannot unlock workstation ${name}`;
  if (now.kind === 'unreadable') {
    return new ChewsError('unreadable', `${attempt}: its lease has changed since it was shown`, {
      remedy: `chews unlock ${name} shows it again`,
      effect: 'none',
    });
  }
  const what =
    now.lease.id === shown.lease.id
      ? 'its lease was renewed since it was shown'
      : 'another run has taken it since';
  return new ChewsError('busy', `${attempt}: ${what}: ${describeHolder(now.lease, now.nowMs)}`, {
    remedy: 'wait until that has ended, or end it where it runs',
    effect: 'none',
  });
}

async function takeAway(call: Call, name: string, leases: LeaseStore, shown: Holding): Promise<Outcome> {
  const { interruption, surroundings } = call;
  interruption.begin();
  if (await leases.clear(shown.lease, { signal: interruption.cut })) return { kind: 'done' };
  const { view } = await surroundings.host();
  const now = await holdingOf(leases, name, view, interruption.cut);
  const error = changedSince(name, shown, now);
  return error === undefined
    ? { kind: 'nothing', sentence: `nobody holds ${name} any more` }
    : { kind: 'failed', error };
}

async function unlockOne(call: Call, seen: Seen, found: LookOrError | undefined): Promise<Outcome> {
  const { options, talk, interruption } = call;
  const { workstation, leases, holding } = seen;
  const { name } = workstation;
  if (leases === undefined) return { kind: 'failed', error: seen.error };
  if (holding === undefined) return { kind: 'nothing', sentence: `nobody holds ${name}` };
  const facts = [...holdingText(holding), ...stateText(workstation, found)];
  const warnings = warningsOf(workstation, holding, found);
  if (options.dryRun) {
    if (!options.json) talk.answer([...facts, ...warnings].map(printable));
    return { kind: 'planned' };
  }
  const question = {
    told: options.yes ? facts : [...facts, ...warnings],
    question: `Take the lease of ${name} away?`,
    refusal: `cannot unlock workstation ${name}: nobody can be asked whether this is right`,
  };
  try {
    if (!(await interruption.waiting(() => askYesNo(call, question)))) return { kind: 'declined' };
    // Not even --quiet keeps it from being said that somebody is disturbed.
    if (options.yes) for (const warning of warnings) talk.complain(printable(warning));
    return await takeAway(call, name, leases, holding);
  } catch (error) {
    return { kind: 'failed', error };
  }
}

function tell(call: Call, { name }: Workstation, outcome: Outcome, found: LookOrError | undefined): void {
  const { talk, options, interruption } = call;
  const answers = !options.json && !options.quiet;
  switch (outcome.kind) {
    case 'planned':
      return;
    case 'nothing':
      if (answers) talk.answer(`nothing to do: ${outcome.sentence}`);
      return;
    case 'declined':
      if (!interruption.stop.aborted) talk.complain(`${name}: nothing was changed`);
      return;
    case 'done': {
      const mend = found !== undefined && 'look' in found ? found.look.situation.mend : undefined;
      if (!answers) return;
      talk.answer([`${name} is unlocked`, ...(mend === undefined ? [] : [`  → chews ${printable(mend)}`])]);
      return;
    }
    case 'failed':
      tellError(talk, outcome.error, options.verbose);
  }
}

function outcomeJson({ workstation, holding }: Seen, outcome: Outcome, found: LookOrError | undefined) {
  const situation = found !== undefined && 'look' in found ? found.look.situation : undefined;
  return {
    name: workstation.name,
    outcome: outcome.kind,
    lease:
      holding === undefined
        ? null
        : { ...holdingJson(holding), ...(holding.kind === 'held' ? { process: holding.sight } : {}) },
    state: situation?.state ?? null,
    reasons: (situation?.problems ?? []).map(({ kind, sentence }) => ({ kind, sentence })),
    ...(outcome.kind === 'failed' ? { error: errorJson(outcome.error) } : {}),
  };
}

function codeOf(outcome: Outcome): number {
  switch (outcome.kind) {
    case 'done':
    case 'planned':
    case 'nothing':
      return 0;
    case 'declined':
      return exitCodeOf('interrupted');
    case 'failed':
      return codeOfError(outcome.error);
  }
}

/** For what no run takes over by itself: a holder on another computer that is no more, a lease that cannot be read. */
export const unlock: CommandRun = async (call) => {
  const { talk, options, interruption } = call;
  const { session, workstations } = await openFile(call);
  if (workstations.length === 0) talk.say('nothing to do: the file has no workstation');
  const all = await Promise.all(workstations.map((workstation) => seeHolding(call, session, workstation)));
  const held = all.filter(({ holding }) => holding !== undefined);
  const { byName } = await lookAt(
    session,
    held.map(({ workstation }) => workstation),
    interruption.stop,
  );
  const answers: Record<string, unknown>[] = [];
  const codes: number[] = [];
  let changed = false;
  for (const seen of all) {
    if (interruption.stop.aborted) break;
    const found = byName.get(seen.workstation.name);
    const outcome = await unlockOne(call, seen, found);
    tell(call, seen.workstation, outcome, found);
    answers.push(outcomeJson(seen, outcome, found));
    codes.push(codeOf(outcome));
    changed ||= outcome.kind === 'done';
  }
  if (interruption.stop.aborted && !changed) talk.complain('interrupted; nothing was changed');
  if (options.json) talk.answerJson({ workstations: answers });
  return codes.length < all.length ? exitCodeOf('interrupted') : sharedCode(codes);
};
