import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vmFiles } from '../../providers/local/qemu.ts';
import { connectQmp, QmpError } from '../../providers/local/qmp.ts';
import { parseConsoleHostKeys } from '../../providers/local/sshKeys.ts';
import { vmState } from '../../providers/local/vmState.ts';
import { type Draws, drawsFrom, seedOf } from './draws.ts';
import { hostileWords, steeringTexts } from './hostileTexts.ts';
import type { Played, Violation } from './row.ts';
import { unprintableLines } from './unprintable.ts';

const MOST_TOLD = 5;
/** Long enough for a socket of this computer, short enough for thousands that say nothing. */
const ANSWER_MS = 100;
const STATUSES = ['running', 'stopped', 'changing', 'suspended', 'unknown'];

type Answer = (id: number, draws: Draws) => string;

function anyValue(draws: Draws): unknown {
  return draws.oneOf<unknown>([
    null,
    0,
    [],
    {},
    '',
    { status: null },
    { status: draws.oneOf(hostileWords) },
    { status: draws.oneOf(['__proto__', 'constructor', 'toString', 'RUNNING', 'stopped', 'shutdown']) },
    { status: `running${draws.oneOf(steeringTexts)}` },
    { running: false },
  ]);
}

const answers: readonly Answer[] = [
  (id, draws) => `${JSON.stringify({ return: anyValue(draws), id })}\n`,
  (id, draws) => `${JSON.stringify({ return: anyValue(draws), id })}\n`,
  (id) => `${JSON.stringify({ id })}\n`,
  (id, draws) => `${JSON.stringify({ error: anyValue(draws), id })}\n`,
  (id, draws) => `${JSON.stringify({ event: anyValue(draws), return: {}, id })}\n`,
  (_, draws) => `${JSON.stringify(anyValue(draws))}\n`,
  (id, draws) =>
    `${JSON.stringify({ return: {}, id: draws.oneOf<unknown>([id + 1, String(id), null, -1]) })}\n`,
  (id, draws) => {
    const line = JSON.stringify({ return: { status: 'running' }, id });
    return `${line.slice(0, draws.below(line.length))}\n`;
  },
  (_, draws) => `${draws.oneOf(hostileWords)}${draws.oneOf(steeringTexts)}\n`,
  (id) => `${JSON.stringify({ return: { status: 'running' }, id })}\n`.repeat(3),
  () => '',
];

/** Speaks the protocol as far as it wants to. */
function converse(socket: Socket, draws: Draws): void {
  socket.on('error', () => undefined);
  const wrongAt = draws.below(3);
  const wrong = draws.oneOf(answers);
  const greeting = `${JSON.stringify({ QMP: { version: {}, capabilities: [] } })}\n`;
  socket.write(wrongAt === 0 && draws.chance(0.7) ? wrong(0, draws) : greeting);
  let heard = 0;
  socket.setEncoding('utf8').on('data', (text: string) => {
    for (const line of text.split('\n').filter((part) => part !== '')) {
      heard += 1;
      const { id } = JSON.parse(line) as { id: number };
      const sound = `${JSON.stringify({ return: heard === 1 ? {} : { status: 'running' }, id })}\n`;
      socket.write(heard === wrongAt ? wrong(id, draws) : sound);
      if (draws.chance(0.05)) socket.destroy();
    }
  });
}

function listening(path: string, onSocket: (socket: Socket) => void): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer(onSocket);
    server.once('error', reject);
    server.listen(path, () => resolve(server));
  });
}

/** One exchange as the provider has it: an answer, or an error of its own. */
async function wrongExchange(path: string): Promise<string[]> {
  try {
    const client = await connectQmp(path, { timeoutMs: ANSWER_MS });
    try {
      await client.execute('query-status');
    } finally {
      client.close();
    }
    return [];
  } catch (error) {
    if (error instanceof QmpError)
      return error.code === 'absent' ? ['who answers oddly was taken for absent'] : [];
    return [
      `internal error: ${error instanceof Error ? error.stack?.split('\n').slice(0, 4).join(' ') : String(error)}`,
    ];
  }
}

/** What a list would say of the VM: in a known word, and never that it is stopped while something answers. */
async function wrongState(folder: string): Promise<string[]> {
  try {
    const { status, statusText } = await vmState(folder);
    if (!STATUSES.includes(status)) return [`its status is ${String(status)} (${statusText})`];
    return status === 'stopped' ? [`a VM whose monitor answers was taken for stopped`] : [];
  } catch (error) {
    return [
      `internal error: ${error instanceof Error ? error.stack?.split('\n').slice(0, 4).join(' ') : String(error)}`,
    ];
  }
}

/** What a guest writes on its console ends in a file of known hosts. */
function wrongKeys(draws: Draws): string[] {
  const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKey';
  const pieces = [
    ...[
      '-----BEGIN SSH HOST KEY KEYS-----\n',
      '-----END SSH HOST KEY KEYS-----\n',
      `${key}\n`,
      `x ${key} y\r\n`,
    ],
    ...['-----BEGIN SSH', '\n', ' ', 'ssh-rsa ', 'AAAA', '@cert-authority * ', ...steeringTexts],
  ];
  const text = Array.from({ length: draws.below(30) }, () => draws.oneOf(pieces)).join('');
  const keys = parseConsoleHostKeys(text);
  const odd = keys.filter((found) => !/^(ssh|ecdsa)-[a-z0-9-]+ [A-Za-z0-9+/]+=*$/.test(found));
  return [...unprintableLines(keys), ...odd.map((found) => `no key: ${JSON.stringify(found)}`)];
}

/** Monitors that answer wrongly, and consoles that say what they like. */
export async function playMonitor(seed: number, first: number, count: number): Promise<Played> {
  const folder = await mkdtemp(join(tmpdir(), 'chews-monitor-'));
  const path = join(folder, vmFiles.monitors[0]);
  const violations: Violation[] = [];
  let draws = drawsFrom(seed);
  const sockets = new Set<Socket>();
  const server = await listening(path, (socket) => {
    sockets.add(socket);
    converse(socket, draws);
  });
  try {
    for (let at = first; at < first + count; at += 1) {
      const own = seedOf(seed, at);
      draws = drawsFrom(own);
      const wrong = at % 40 === 0 ? await wrongState(folder) : await wrongExchange(path);
      wrong.push(...wrongKeys(drawsFrom(seedOf(own, 1))));
      if (wrong.length > 0 && violations.length < MOST_TOLD)
        violations.push({ sentence: wrong[0] ?? '', story: [...wrong.slice(1), `conversation ${own}`] });
    }
  } finally {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
    await rm(folder, { recursive: true, force: true });
  }
  return { cases: count, violations };
}
