import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** What QEMU sends of itself, e.g. `SHUTDOWN`. */
export interface QmpEvent {
  event: string;
  data?: unknown;
}

/** A connection to a QEMU monitor. Keep it short: a monitor talks to one client at a time, others wait in line. */
export interface QmpClient {
  /**
   * Sends one command and resolves with what it returned.
   * @throws QmpError with code `refused` when QEMU says no, `closed` or `timeout` when it says nothing.
   */
  execute(command: string, args?: Record<string, unknown>): Promise<unknown>;
  /** Events that came since the connection was made, oldest first. */
  readonly events: readonly QmpEvent[];
  close(): void;
}

/**
 * `absent`: there is no socket, or nobody listens on it. `timeout`: it is there, and no answer came in time.
 * `closed`: the other side hung up. `refused`: QEMU answered with an error. `malformed`: it is not QMP.
 */
export type QmpErrorCode = 'absent' | 'timeout' | 'closed' | 'refused' | 'malformed';

export class QmpError extends Error {
  override name = 'QmpError';
  readonly code: QmpErrorCode;

  constructor(code: QmpErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

interface Message {
  QMP?: unknown;
  id?: number;
  return?: unknown;
  error?: { class?: string; desc?: string };
  event?: string;
  data?: unknown;
}

interface Waiting {
  resolve: (message: Message) => void;
  reject: (error: Error) => void;
}

const greetingId = 0;
const longestLine = 1 << 24;

/**
 * Connects to the monitor behind the unix socket at `path` and leaves its negotiation mode. The first socket of
 * `paths` that answers is taken, tried in turn, since another client may hold one for a moment.
 *
 * `timeoutMs` bounds connecting, and then each command. Aborting rejects all that is under way.
 *
 * @throws QmpError; `absent` only if it is so for every path.
 */
export async function connectQmp(
  paths: string | readonly string[],
  options: { timeoutMs: number; signal?: AbortSignal },
): Promise<QmpClient> {
  const list = typeof paths === 'string' ? [paths] : paths;
  const enough = new AbortController();
  const signal = options.signal ? AbortSignal.any([enough.signal, options.signal]) : enough.signal;
  const opened: Promise<QmpClient>[] = [];
  for (const [index, path] of list.entries()) {
    const headStartMs = (index * options.timeoutMs) / (2 * list.length);
    const former = opened[index - 1]?.catch(() => undefined);
    const turn = former && Promise.race([former, delay(headStartMs, undefined, { signal })]);
    opened.push(
      (async () => {
        await turn;
        return open(path, options.timeoutMs - headStartMs, options.timeoutMs, options.signal, enough.signal);
      })(),
    );
  }
  try {
    const client = await Promise.any(opened);
    enough.abort();
    for (const other of await Promise.allSettled(opened)) {
      if (other.status === 'fulfilled' && other.value !== client) {
        other.value.close();
      }
    }
    return client;
  } catch (error) {
    options.signal?.throwIfAborted();
    const errors = (error as AggregateError).errors as Error[];
    throw errors.find((one) => !(one instanceof QmpError) || one.code !== 'absent') ?? errors[0] ?? error;
  }
}

async function open(
  path: string,
  connectMs: number,
  commandMs: number,
  callerSignal: AbortSignal | undefined,
  enough: AbortSignal,
): Promise<QmpClient> {
  const socket = connect({ path });
  const waiting = new Map<number, Waiting>();
  const events: QmpEvent[] = [];
  let failure: Error | undefined;
  let nextId = greetingId + 1;

  const fail = (error: Error): void => {
    failure ??= error;
    socket.destroy();
    for (const { reject } of waiting.values()) {
      reject(failure);
    }
    waiting.clear();
  };
  const answer = (id: number, timeoutMs: number): Promise<Message> => {
    return new Promise((resolve, reject) => {
      if (failure) {
        reject(failure);
        return;
      }
      const timer = setTimeout(
        () => fail(new QmpError('timeout', `the monitor gave no answer within ${timeoutMs} ms`)),
        timeoutMs,
      );
      const settle = (): void => clearTimeout(timer);
      waiting.set(id, {
        resolve: (message) => {
          settle();
          resolve(message);
        },
        reject: (error) => {
          settle();
          reject(error);
        },
      });
    });
  };
  const onAbort = (): void => fail(abortError(callerSignal?.aborted ? callerSignal : enough));
  socket.on('close', () => {
    fail(new QmpError('closed', 'the monitor hung up'));
    callerSignal?.removeEventListener('abort', onAbort);
  });
  socket.on('error', (error: NodeJS.ErrnoException) => {
    const code = error.code === 'ENOENT' || error.code === 'ECONNREFUSED' ? 'absent' : 'closed';
    fail(new QmpError(code, `cannot reach the monitor: ${error.code}`, { cause: error }));
  });
  readMessages(socket, fail, (message) => {
    if (message.event !== undefined) {
      events.push({ event: message.event, data: message.data });
      return;
    }
    const id = message.QMP === undefined ? message.id : greetingId;
    if (id !== undefined) {
      waiting.get(id)?.resolve(message);
      waiting.delete(id);
    }
  });
  const send = async (command: string, args: object | undefined, timeoutMs: number): Promise<unknown> => {
    const id = nextId++;
    const reply = answer(id, timeoutMs);
    socket.write(`${JSON.stringify({ execute: command, ...(args && { arguments: args }), id })}\n`);
    const message = await reply;
    if (message.error) {
      throw new QmpError('refused', `${command}: ${message.error.desc ?? message.error.class ?? 'refused'}`);
    }
    return message.return;
  };

  callerSignal?.addEventListener('abort', onAbort, { once: true });
  enough.addEventListener('abort', onAbort, { once: true });
  if (callerSignal?.aborted || enough.aborted) {
    onAbort();
  }
  await answer(greetingId, connectMs);
  await send('qmp_capabilities', undefined, connectMs);
  enough.removeEventListener('abort', onAbort);
  return {
    events,
    execute: (command, args) => send(command, args, commandMs),
    close: () => socket.destroy(),
  };
}

/** Calls `onMessage` for every line of JSON, however the bytes are cut into packets. */
function readMessages(
  socket: Socket,
  fail: (error: Error) => void,
  onMessage: (message: Message) => void,
): void {
  let rest = '';
  socket.setEncoding('utf8');
  socket.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    try {
      if (rest.length > longestLine) {
        throw new RangeError('the line does not end');
      }
      for (const line of lines.filter((text) => text.trim() !== '')) {
        onMessage(JSON.parse(line) as Message);
      }
    } catch (error) {
      fail(new QmpError('malformed', 'the monitor does not speak QMP', { cause: error }));
    }
  });
}

function abortError(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new DOMException('aborted', 'AbortError');
}
