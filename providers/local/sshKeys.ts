import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { link, readFile, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { isAbsolute, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { makeFolders } from './durable.ts';

const run = promisify(execFile);
const commandMs = 10_000;
const ownKeyName = 'id_chews';
const usualKeyNames = ['id_ed25519', 'id_ecdsa', 'id_rsa'];
const publicKey =
  /^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)|sk-[a-z0-9@.-]+) [A-Za-z0-9+/]+=*( [^\r\n]*)?$/;

/**
 * The public keys that may log in, from the first source that has any: the configured one (its text, or the path
 * of a .pub file, `~/` allowed), the keys of the agent, the usual files in ~/.ssh, a pair of our own in
 * `storeFolder`, made if need be. `identityFile` is the private key to name to ssh; where it is missing, ssh
 * finds the key by itself.
 *
 * @throws Error when the configured key cannot be read or is none, or no pair can be made.
 */
export async function authorizedKeys(options: {
  configured?: string;
  home: string;
  agentSocket?: string;
  storeFolder: string;
  signal?: AbortSignal;
}): Promise<{ publicKeys: string[]; identityFile?: string }> {
  const { configured, home, agentSocket, storeFolder, signal } = options;
  signal?.throwIfAborted();
  if (configured !== undefined) {
    return configuredKey(configured.trim(), home);
  }
  if (agentSocket !== undefined && agentSocket !== '') {
    const listed = await run('ssh-add', ['-L'], {
      timeout: commandMs,
      env: { ...process.env, SSH_AUTH_SOCK: agentSocket },
      ...(signal && { signal }),
    }).catch(() => undefined);
    signal?.throwIfAborted();
    const publicKeys = keyLines(listed?.stdout ?? '');
    if (publicKeys.length > 0) {
      return { publicKeys };
    }
  }
  for (const path of usualKeyNames.map((name) => join(home, '.ssh', name))) {
    const publicKeys = keyLines(await readIfThere(`${path}.pub`));
    if (publicKeys.length > 0) {
      return { publicKeys, identityFile: path };
    }
  }
  return ownPair(storeFolder, signal);
}

async function configuredKey(
  configured: string,
  home: string,
): Promise<{ publicKeys: string[]; identityFile?: string }> {
  if (publicKey.test(configured)) {
    return { publicKeys: [configured] };
  }
  const path = configured.startsWith('~/') ? join(home, configured.slice(2)) : configured;
  if (!isAbsolute(path)) {
    throw new Error('cannot use the configured ssh key: it is neither a public key nor an absolute path');
  }
  const publicKeys = keyLines(await readFile(path, 'utf8'));
  if (publicKeys.length === 0) {
    throw new Error(`cannot use the ssh key ${path}: it holds no public key`);
  }
  return path.endsWith('.pub') ? { publicKeys, identityFile: path.slice(0, -'.pub'.length) } : { publicKeys };
}

/** The pair is made aside and linked into place, the private key last taken, so that two runs agree on one. */
async function ownPair(
  folder: string,
  signal: AbortSignal | undefined,
): Promise<{ publicKeys: string[]; identityFile: string }> {
  const identityFile = join(folder, ownKeyName);
  const settings = { timeout: commandMs, ...(signal && { signal }) };
  await makeFolders(folder);
  const made = `${identityFile}.${randomUUID()}`;
  try {
    if ((await readIfThere(identityFile)) === '') {
      await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'chews', '-f', made], settings);
      await link(made, identityFile).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'EEXIST') {
          throw error;
        }
      });
    }
    const { stdout } = await run('ssh-keygen', ['-y', '-P', '', '-f', identityFile], settings);
    return { publicKeys: keyLines(stdout), identityFile };
  } finally {
    await Promise.all([made, `${made}.pub`].map((path) => rm(path, { force: true })));
  }
}

function keyLines(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => publicKey.test(line));
}

async function readIfThere(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') {
      return '';
    }
    throw error;
  });
}

/**
 * The host keys (type and key, without comment) that a guest wrote on its console, between the two lines that
 * cloud-init uses too. Of several boots the last one counts. Empty until the block is complete.
 */
export function parseConsoleHostKeys(consoleText: string): string[] {
  const block = /-----BEGIN SSH HOST KEY KEYS-----\r?\n([\s\S]*?)-----END SSH HOST KEY KEYS-----/g;
  const last = [...consoleText.matchAll(block)].at(-1)?.[1] ?? '';
  const keys = last
    .split('\n')
    .map((line) => /(?:^|\s)((?:ssh|ecdsa)-[a-z0-9-]+ [A-Za-z0-9+/]+=*)/.exec(line)?.[1]);
  return keys.filter((key) => key !== undefined);
}

/**
 * Waits until an ssh server greets on 127.0.0.1:`port`. That the port opens proves nothing, since QEMU opens it
 * before the guest runs. Resolves with the greeting, e.g. `SSH-2.0-dropbear_2022.83`; undefined after `timeoutMs`.
 */
export async function waitForSshBanner(options: {
  port: number;
  timeoutMs: number;
  signal?: AbortSignal;
}): Promise<string | undefined> {
  const { port, timeoutMs, signal } = options;
  const limit = AbortSignal.any([AbortSignal.timeout(timeoutMs), ...(signal ? [signal] : [])]);
  while (!limit.aborted) {
    const banner = await greeting(port, limit);
    if (banner !== undefined) {
      return banner;
    }
    await delay(100, undefined, { signal: limit }).catch(() => undefined);
  }
  signal?.throwIfAborted();
  return undefined;
}

/** One try; QEMU holds a connection open for long while the guest has no network, so each has its own bound. */
function greeting(port: number, limit: AbortSignal): Promise<string | undefined> {
  return new Promise((resolve) => {
    const bound = AbortSignal.any([limit, AbortSignal.timeout(1_000)]);
    const socket = connect({ port, host: '127.0.0.1' });
    const end = (banner?: string): void => {
      bound.removeEventListener('abort', onAbort);
      socket.destroy();
      resolve(banner);
    };
    const onAbort = (): void => end();
    let text = '';
    bound.addEventListener('abort', onAbort, { once: true });
    socket.on('error', () => end());
    socket.on('close', () => end());
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      text = (text + chunk).slice(0, 4096);
      const line = /^(SSH-[\x20-\x7e]*)\r?\n/m.exec(text);
      if (line) {
        end(line[1]);
      }
    });
    if (bound.aborted) {
      end();
    }
  });
}
