import { ChewsError, type ErrorCode } from '../../core/errors.ts';
import type { GuestAccess } from '../../core/provider.ts';
import type { Situation } from '../../core/state.ts';
import type { Configuration, Workstation } from '../../core/workstation.ts';
import type { Call, CommandRun } from '../call.ts';
import {
  contradict,
  hostAlias,
  knownHostsPath,
  pinKeys,
  pinnedKeys,
  plainKeys,
  prepareKnownHosts,
} from '../knownHosts.ts';
import { lookAtNamed } from '../look.ts';
import { sshArguments } from '../sshArguments.ts';

/** Of ssh itself, not of what runs there. */
const SSH_FAILED = 255;

function notOn({ name }: Workstation, { state, problems, mend }: Situation): ChewsError {
  const refuse = (code: ErrorCode, why: string, remedy: string) =>
    new ChewsError(code, `cannot ssh to workstation ${name}: ${why}`, { remedy, effect: 'none' });
  const found = problems.map(({ sentence }) => sentence).join('; ');
  switch (state) {
    case 'NOT_EXIST':
      return refuse('usage', 'it does not exist', `chews create ${name}`);
    case 'CHANGING':
      return refuse('busy', `it is CHANGING: ${found}`, `chews status ${name} says when that is over`);
    case 'INCONSISTENT':
      return refuse('inconsistent', `it is INCONSISTENT: ${found}`, `chews ${mend ?? `info ${name}`}`);
    default:
      return refuse('usage', `it is ${state}`, `chews up ${name}`);
  }
}

/** Gives whether the host is to be known already. */
function pin(
  call: Call,
  configuration: Configuration,
  workstation: Workstation,
  access: GuestAccess,
): boolean {
  const path = knownHostsPath(call.surroundings);
  const alias = hostAlias(configuration, workstation);
  prepareKnownHosts(path);
  const pinned = pinnedKeys(path, alias);
  const told = plainKeys(access.hostKeys);
  if (pinned.length > 0 && contradict(pinned, told)) throw alarm(workstation, path, alias);
  if (pinned.length > 0 || told.length === 0) return pinned.length > 0;
  pinKeys(path, alias, told);
  call.talk.detail(`pinned ${told.length} host key${told.length === 1 ? '' : 's'} of ${workstation.name}`);
  return true;
}

function realAlarm({ name }: Workstation, path: string, alias: string): string {
  return `a workstation keeps its host key through down, up, dessicate and rehydrate, so a changed key is a real alarm: something else may answer in the place of ${name}. Only if you made the host anew yourself, take it out with ssh-keygen -R ${alias} -f ${path}`;
}

function alarm(workstation: Workstation, path: string, alias: string): ChewsError {
  const message = `cannot ssh to workstation ${workstation.name}: its provider tells of another host key than the one that is pinned`;
  return new ChewsError('refused', message, { remedy: realAlarm(workstation, path, alias), effect: 'none' });
}

export const ssh: CommandRun = async (call) => {
  const { surroundings, interruption, talk, rest } = call;
  const { session, rows } = await lookAtNamed(call);
  const [row] = rows;
  if (row === undefined) return 0;
  const { workstation, found } = row;
  if ('error' in found) throw found.error;
  const { name } = workstation;
  const { situation } = found.look;
  if (situation.state !== 'ON' || situation.vm === undefined) throw notOn(workstation, situation);
  const provider = await session.provider(workstation.provider);
  const access = await provider.guest(situation.vm, { signal: interruption.stop });
  if (access === undefined) {
    throw new ChewsError('unreachable', `cannot ssh to workstation ${name}: its VM has no address`, {
      remedy: 'it may just be starting: try again in a moment',
      effect: 'none',
    });
  }
  const { configuration } = session;
  const known = pin(call, configuration, workstation, access);
  const knownHosts = knownHostsPath(surroundings);
  const alias = hostAlias(configuration, workstation);
  const user = workstation.sshUser ?? access.user;
  const args = sshArguments({ access: { ...access, user }, knownHosts, alias, known, words: rest });
  talk.detail(`ssh ${args.join(' ')}`);
  // From here on signals are for the program at the other end.
  interruption.end();
  const code = await surroundings.runProgram('ssh', args);
  if (code === 'missing') {
    throw new ChewsError('configuration', `cannot ssh to workstation ${name}: there is no program ssh here`, {
      remedy: 'install the OpenSSH client',
      effect: 'none',
    });
  }
  if (code === SSH_FAILED && !(await surroundings.answersSsh(access.host, access.port))) {
    talk.say(
      `${name} does not answer on ssh: it may still be booting, or be shut down by now (chews status ${name})`,
    );
  } else if (code === SSH_FAILED && known) {
    talk.say(
      `ssh itself failed. If it says that the host key has changed: ${realAlarm(workstation, knownHosts, alias)}`,
    );
  }
  return code;
};
