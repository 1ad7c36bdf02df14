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
import { whyUnwritable } from '../makeFolder.ts';
import { sshArguments } from '../sshArguments.ts';

/** Of ssh itself, not of what runs there. */
const SSH_FAILED = 255;
const INTERRUPTED = 130;
/** How long a guest that was just started may take until it answers. */
const BOOT_MS = 60_000;
const LOOK_AGAIN_MS = 1_000;
/** What ends sooner was never a session: the host key, or the login, was refused. */
const SHORT_MS = 10_000;

function notOn({ name }: Workstation, { state, problems, mend }: Situation): ChewsError {
  const refuse = (code: ErrorCode, why: string, remedy: string) =>
    new ChewsError(code, `cannot log in to workstation ${name}: ${why}`, { remedy, effect: 'none' });
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

/** Does something with the file of host keys; that it cannot be kept is no mistake of the program. */
function keeping<T>({ name }: Workstation, path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const message = `cannot log in to workstation ${name}: its host key cannot be kept in ${path}: ${whyUnwritable(error)}`;
    throw new ChewsError('configuration', message, {
      remedy: 'XDG_STATE_HOME names another folder for such files, in place of ~/.local/state',
      effect: 'none',
      cause: error,
    });
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
  keeping(workstation, path, () => prepareKnownHosts(path));
  const pinned = keeping(workstation, path, () => pinnedKeys(path, alias));
  const told = plainKeys(access.hostKeys);
  if (pinned.length > 0 && contradict(pinned, told)) throw alarm(workstation, path, alias);
  if (pinned.length > 0 || told.length === 0) return pinned.length > 0;
  keeping(workstation, path, () => pinKeys(path, alias, told));
  call.talk.detail(`pinned ${told.length} host key${told.length === 1 ? '' : 's'} of ${workstation.name}`);
  return true;
}

function realAlarm({ name }: Workstation, path: string, alias: string): string {
  return `a workstation keeps its host key through down, up, dessicate and rehydrate, so a changed key is a real alarm: something else may answer in the place of ${name}. Only if you made the host anew yourself, take it out with ssh-keygen -R ${alias} -f ${path}`;
}

function alarm(workstation: Workstation, path: string, alias: string): ChewsError {
  const message = `cannot log in to workstation ${workstation.name}: its provider tells of another host key than the one that is pinned`;
  return new ChewsError('refused', message, { remedy: realAlarm(workstation, path, alias), effect: 'none' });
}

/** Waits a while for a guest that is still booting: ssh itself would give up at once. */
async function awaitAnswer(call: Call, { name }: Workstation, { host, port }: GuestAccess): Promise<void> {
  const { surroundings, interruption, talk } = call;
  const { answersSsh, nowMs, sleep } = surroundings;
  const { stop } = interruption;
  const untilMs = nowMs() + BOOT_MS;
  const stopped = new Promise<false>((resolve) =>
    stop.addEventListener('abort', () => resolve(false), { once: true }),
  );
  for (let first = true; ; first = false) {
    const answers = !stop.aborted && (await Promise.race([answersSsh(host, port), stopped]));
    if (stop.aborted)
      throw new ChewsError('interrupted', 'interrupted; nothing was changed', { effect: 'none' });
    if (answers) return;
    if (nowMs() >= untilMs) break;
    if (first) talk.complain(`waiting for ${name} to answer on ssh`);
    await sleep(LOOK_AGAIN_MS, stop).catch(() => undefined);
  }
  throw new ChewsError(
    'unreachable',
    `cannot log in to workstation ${name}: it does not answer on ssh (${host} port ${port})`,
    {
      remedy: `it may still be booting, or a firewall or the guest itself may keep ssh shut: chews status ${name} shows whether it is still ON, the console of its VM what the guest is at`,
      effect: 'none',
    },
  );
}

interface Ended {
  readonly code: number | 'missing';
  readonly elapsedMs: number;
  readonly interrupted: boolean;
}

/** From here on signals are for the program at the other end. */
async function runSsh({ surroundings, interruption }: Call, args: readonly string[]): Promise<Ended> {
  const { nowMs, onSignal, runProgram } = surroundings;
  const startedAtMs = nowMs();
  let interrupted = false;
  const off = onSignal((signal) => {
    interrupted ||= signal === 'SIGINT';
  });
  interruption.end();
  try {
    const code = await runProgram('ssh', args);
    return { code, elapsedMs: nowMs() - startedAtMs, interrupted };
  } finally {
    off();
  }
}

/** What ssh's own words leave open. */
async function whyItFailed(
  { surroundings }: Call,
  name: string,
  { host, port }: GuestAccess,
  elapsedMs: number,
  keyAlarm: string | undefined,
): Promise<string | undefined> {
  if (elapsedMs >= SHORT_MS) return `the connection to ${name} ended`;
  if (!(await surroundings.answersSsh(host, port)))
    return `${name} does not answer on ssh any more: it may be shut down by now (chews status ${name})`;
  return keyAlarm === undefined
    ? undefined
    : `ssh itself failed. If it says that the host key has changed: ${keyAlarm}`;
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
    throw new ChewsError('unreachable', `cannot log in to workstation ${name}: its VM has no address`, {
      remedy: 'it may just be starting: try again in a moment',
      effect: 'none',
    });
  }
  await interruption.waiting(() => awaitAnswer(call, workstation, access));
  const { configuration } = session;
  const known = pin(call, configuration, workstation, access);
  const knownHosts = knownHostsPath(surroundings);
  const alias = hostAlias(configuration, workstation);
  const user = workstation.sshUser ?? access.user;
  const args = sshArguments({ access: { ...access, user }, knownHosts, alias, known, words: rest });
  talk.detail(`ssh ${args.join(' ')}`);
  const { code, elapsedMs, interrupted } = await runSsh(call, args);
  if (code === 'missing') {
    throw new ChewsError(
      'configuration',
      `cannot log in to workstation ${name}: there is no program ssh here`,
      {
        remedy: 'install the OpenSSH client',
        effect: 'none',
      },
    );
  }
  if (interrupted && code !== 0) return INTERRUPTED;
  if (code === SSH_FAILED) {
    const keyAlarm = known ? realAlarm(workstation, knownHosts, alias) : undefined;
    const why = await whyItFailed(call, name, access, elapsedMs, keyAlarm);
    if (why !== undefined) talk.say(why);
  }
  return code;
};
