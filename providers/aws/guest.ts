import { connect } from 'node:net';
import type { Instance } from '@aws-sdk/client-ec2';
import type { AwaitGuest } from '../../src/core/action.ts';
import { ChewsError } from '../../src/core/errors.ts';
import type { GuestAccess } from '../../src/core/provider.ts';
import { SSH_USER } from './tags.ts';
import { requireInstance, type Work } from './workbench.ts';

const SSH_PORT = 22;
const PATIENCE_MS = 300_000;
const PAUSE_MS = 2000;
const ANSWER_MS = 3000;

/** The address that can be reached from here, as far as anybody can tell: the public one, else that of the network. */
function hostOf({ PublicDnsName, PublicIpAddress, PrivateIpAddress }: Instance): string | undefined {
  return PublicDnsName || PublicIpAddress || PrivateIpAddress || undefined;
}

/** Waits until something answers where the guest's ssh server should be. That it does not is a warning. */
export async function awaitGuest(work: Work, action: AwaitGuest): Promise<void> {
  const { bench, options } = work;
  const { context } = bench;
  const startedMs = context.nowMs();
  const { raw } = requireInstance(await bench.look(work), action.vm, work);
  const host = hostOf(raw);
  if (raw.State?.Name !== 'running' || host === undefined) {
    const why = raw.State?.Name === 'running' ? 'it has no address' : 'it is not running';
    options.warn?.(`VM ${action.vm.name} does not answer: ${why}.`);
    return;
  }
  while (context.nowMs() - startedMs < PATIENCE_MS) {
    if (await bench.answers(host, SSH_PORT)) return;
    await context.sleep(PAUSE_MS, work.signal);
  }
  options.warn?.(
    `VM ${action.vm.name} does not answer on ssh: its security group or its image may not let anybody in.`,
  );
}

/** How to get in; undefined where the VM has no address. */
export async function guestAccess(
  work: Work,
  ref: { readonly id: string; readonly name: string },
): Promise<GuestAccess | undefined> {
  const { raw, tags } = requireInstance(await work.bench.look(work), ref, work);
  const host = hostOf(raw);
  if (raw.State?.Name !== 'running' || host === undefined) return undefined;
  return {
    host,
    port: SSH_PORT,
    user: tags[SSH_USER] ?? 'ec2-user',
    hostKeys: await hostKeysOf(work, ref.id),
  };
}

/** What cloud-init printed on the console when it made the keys; it is there for a while after a boot, or not at all. */
async function hostKeysOf(work: Work, id: string): Promise<string[]> {
  try {
    const { Output = '' } = await work.bench.ec2.read('getConsoleOutput', { InstanceId: id }, work);
    return parseHostKeys(Buffer.from(Output, 'base64').toString());
  } catch (error) {
    // Without them the user is asked at the first connection, as ever.
    if (error instanceof ChewsError && error.code !== 'interrupted' && error.code !== 'credentials')
      return [];
    throw error;
  }
}

export function parseHostKeys(console_: string): string[] {
  const start = console_.lastIndexOf('-----BEGIN SSH HOST KEY KEYS-----');
  const end = console_.indexOf('-----END SSH HOST KEY KEYS-----', start);
  if (start === -1 || end === -1) return [];
  return [...console_.slice(start, end).matchAll(/(?:ssh|ecdsa)-[a-z0-9-]+ [A-Za-z0-9+/=]+/g)].map(
    ([key]) => key,
  );
}

/** Whether an ssh server greets there. */
export function answersSsh(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (answered: boolean) => {
      socket.destroy();
      resolve(answered);
    };
    socket.setTimeout(ANSWER_MS, () => end(false));
    socket.once('data', (chunk) => end(chunk.toString('latin1').startsWith('SSH-')));
    socket.once('error', () => end(false));
  });
}
