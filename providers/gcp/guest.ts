import { connect as connectSocket } from 'node:net';
import type { AwaitGuest } from '../../src/core/action.ts';
import type { Vm } from '../../src/core/assets.ts';
import { ChewsError } from '../../src/core/errors.ts';
import type { GuestAccess } from '../../src/core/provider.ts';
import type { WireVm } from './calls.ts';
import { addressOf, findVm, settledVm } from './findAssets.ts';
import { type Gcp, type Work, workOf } from './gcpWork.ts';
import { loginKey, userOf } from './sshAccess.ts';
import { vmStatus } from './tellAssets.ts';

const SSH_PORT = 22;
const GUEST_MS = 300_000;
const REACH_MS = 5000;
const PAUSE_MS = 2000;

/** The public address, else the one inside the network, which somebody with a VPN can reach. */
function hostOf(vm: WireVm): string | undefined {
  const [nic] = vm.networkInterfaces ?? [];
  const [access] = nic?.accessConfigs ?? [];
  return (
    [access?.natIP, nic?.networkIP].find(
      (address) => address !== undefined && address !== null && address !== '',
    ) ?? undefined
  );
}

export async function guestAccess(gcp: Gcp, { id, name }: Vm, work: Work): Promise<GuestAccess | undefined> {
  const vm = await findVm({ id, name }, work);
  if (vm === undefined || vmStatus(vm) !== 'running') return undefined;
  const host = hostOf(vm);
  if (host === undefined) return undefined;
  const login = await loginKey(gcp.settings.sshKey, gcp).catch(() => undefined);
  return {
    host,
    port: SSH_PORT,
    user: userOf(vm, gcp),
    ...(login?.identityFile !== undefined && { identityFile: login.identityFile }),
    hostKeys: await hostKeys(vm, work),
  };
}

/** What the guest agent wrote at its boot, told by Compute Engine and not by whoever answers at the address. */
async function hostKeys(vm: WireVm, work: Work): Promise<string[]> {
  const { zone, name } = addressOf(vm);
  const { connection, settings } = work.gcp;
  try {
    const { queryValue } = await connection.call(
      'instances.getGuestAttributes',
      { project: settings.project, zone, instance: name, queryPath: 'hostkeys/' },
      work,
    );
    return (queryValue?.items ?? []).flatMap(({ key, value }) =>
      key && value && /^[a-z0-9@.-]+$/.test(key) && /^[A-Za-z0-9+/]+=*$/.test(value)
        ? [`${key} ${value}`]
        : [],
    );
  } catch (error) {
    // None written yet, or guest attributes are forbidden in the project: then there is no way out of band.
    if (error instanceof ChewsError && ['not-found', 'permission', 'configuration'].includes(error.code))
      return [];
    throw error;
  }
}

/**
 * Waits until something answers where ssh is. That nothing does is a warning: nobody may be meant to get in from here. 'timeout'
 * where the VM has ended meanwhile.
 */
export async function awaitGuest(action: AwaitGuest, work: Work): Promise<void> {
  const { gcp, signal } = work;
  const { name } = action.vm;
  const console_ = `gcloud compute instances get-serial-port-output ${name}`;
  const stopped = () =>
    new ChewsError('timeout', `cannot wait for the guest of VM ${name}: it has stopped by itself`, {
      remedy: `Read its console: ${console_}`,
      effect: 'none',
    });
  const vm = await settledVm(action.vm, work);
  if (vmStatus(vm) !== 'running') throw stopped();
  const host = hostOf(vm);
  if (host === undefined) {
    work.options.warn?.(`VM ${name} does not answer: it has no address.`);
    return;
  }
  const beganAtMs = gcp.context.nowMs();
  while (!(await gcp.reach(host, SSH_PORT, REACH_MS, signal))) {
    if (gcp.context.nowMs() - beganAtMs >= GUEST_MS) {
      work.options.warn?.(
        `VM ${name} does not answer on ssh at ${host}: no firewall rule may let anybody in; its console: ${console_}`,
      );
      return;
    }
    await gcp.context.sleep(PAUSE_MS, signal);
    const now = await findVm(action.vm, work);
    if (now === undefined || vmStatus(now) === 'stopped') throw stopped();
  }
}

/** Whether an ssh server greets at that address: a port that is forwarded by something answers before the guest does. */
export function reachSsh(
  host: string,
  port: number,
  limitMs: number,
  signal?: AbortSignal,
): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connectSocket({ host, port });
    const end = (reached: boolean) => {
      socket.destroy();
      signal?.removeEventListener('abort', cut);
      resolve(reached);
    };
    const cut = () => end(false);
    socket.setTimeout(limitMs, () => end(false));
    socket.once('error', () => end(false));
    socket.once('close', () => end(false));
    socket.once('data', (greeting: Buffer) => end(greeting.toString('latin1').startsWith('SSH-')));
    signal?.addEventListener('abort', cut, { once: true });
  });
}

export function guestWork(gcp: Gcp, vm: Vm, options: { readonly signal?: AbortSignal } = {}): Work {
  return workOf(gcp, `cannot tell how to reach VM ${vm.name}`, options);
}
