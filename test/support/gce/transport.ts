import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { FetchLike } from '../../../providers/gcp/connection.ts';
import { loadAuthLibrary, loadClient, loadFallback } from '../../../providers/gcp/sdk.ts';
import { ChewsError } from '../../../src/core/errors.ts';
import type { Client } from '../datacenter/client.ts';
import type { Datacenter } from '../datacenter/datacenter.ts';
import { gceFace, type WireAnswer } from './face.ts';

export type Sleep = (milliseconds: number) => Promise<void>;

/** How a connection that gave no answer looks to a client: refused before anything was sent, or lost afterwards. */
function lostConnection(error: ChewsError): Error {
  const code = error.effect === 'none' ? 'ECONNREFUSED' : 'ECONNRESET';
  return new TypeError('fetch failed', { cause: Object.assign(new Error(code), { code }) });
}

function headersOf(answer: WireAnswer): Headers {
  return new Headers({
    'content-type': 'application/json; charset=UTF-8',
    date: new Date(answer.atMs).toUTCString(),
  });
}

/**
 * Loads all of the SDK. To be awaited before a run in virtual time: a module that is read from the drive in the middle of it would
 * let the clock jump to the next sleeper meanwhile, now and then.
 */
export async function loadSdk(): Promise<void> {
  await Promise.all([loadFallback(), loadAuthLibrary(), ...Object.values(loadClient).map((load) => load())]);
}

/** In this process, in virtual time: no sockets, no timers, so that a run always plays the same. */
export function inProcess(datacenter: Datacenter, client: Client, sleep?: Sleep): FetchLike {
  const face = gceFace(client, () => datacenter.world, { sleep: sleep ?? sleepIn(datacenter) });
  return async (url, { method, body }) => {
    try {
      const answer = await face({ method, url, body });
      const bytes = new TextEncoder().encode(JSON.stringify(answer.body));
      return {
        ok: answer.status < 400,
        status: answer.status,
        headers: headersOf(answer),
        arrayBuffer: async () => bytes.buffer,
      };
    } catch (error) {
      throw error instanceof ChewsError ? lostConnection(error) : error;
    }
  };
}

function sleepIn(datacenter: Datacenter): Sleep {
  return async (milliseconds) => datacenter.advance(milliseconds);
}

export interface ListenOptions {
  /** Left out, one that is free. */
  readonly port?: number | undefined;
  readonly sleep?: Sleep;
}

export interface Listening {
  /** `http://127.0.0.1:PORT` */
  readonly endpoint: string;
  close(): Promise<void>;
}

/** The same behind a socket of the loopback, for what has to go over the wire: the SDK's own transport, other programs. */
export async function listen(
  datacenter: Datacenter,
  client: Client,
  { port: wanted = 0, sleep = sleepIn(datacenter) }: ListenOptions = {},
): Promise<Listening> {
  const face = gceFace(client, () => datacenter.world, { sleep });
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const url = `http://${request.headers.host ?? ''}${request.url ?? ''}`;
      face({ method: request.method ?? '', url, body: Buffer.concat(chunks).toString() }).then(
        (answer) => {
          response.writeHead(answer.status, Object.fromEntries(headersOf(answer)));
          response.end(JSON.stringify(answer.body));
        },
        () => request.socket.destroy(),
      );
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(wanted, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
