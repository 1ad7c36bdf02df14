import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import type { EC2ClientConfig } from '@aws-sdk/client-ec2';
import type { Ec2Face } from './ec2Face.ts';
import { requestText } from './ssmFace.ts';

type RequestHandler = NonNullable<EC2ClientConfig['requestHandler']>;

function lost(): Error {
  return Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
}

/** Answers inside the process, without a socket or a timer: what happens is decided by the datacenter alone. */
export function inProcess(face: Ec2Face): RequestHandler {
  const handler = {
    handle: async (
      request: {
        readonly headers: Readonly<Record<string, string>>;
        readonly body?: string | Uint8Array;
      },
      options: { readonly abortSignal?: AbortSignal | undefined } = {},
    ) => {
      const { headers, body = '' } = request;
      const text = typeof body === 'string' ? body : new TextDecoder().decode(body);
      const answer = await face(requestText(headers, text), options.abortSignal);
      if (answer === 'lost') throw lost();
      return {
        response: {
          statusCode: answer.status,
          // As the server's clock tells it: to the second.
          headers: { 'content-type': answer.type, date: new Date(answer.atMs).toUTCString() },
          body: new TextEncoder().encode(answer.body),
        },
      };
    },
    updateHttpClientConfig: () => undefined,
    httpHandlerConfigs: () => ({}),
  };
  return handler as unknown as RequestHandler;
}

/** The same over real HTTP on the loopback; on a port that is free, unless one is wanted. */
export async function serveEc2(
  face: Ec2Face,
  wanted = 0,
): Promise<{ readonly endpoint: string; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      face(requestText(request.headers, Buffer.concat(chunks).toString())).then(
        (answer) => {
          if (answer === 'lost') return request.socket.destroy();
          response.writeHead(answer.status, {
            'content-type': answer.type,
            date: new Date(answer.atMs).toUTCString(),
          });
          return response.end(answer.body);
        },
        (error: unknown) => {
          // A mistake of the fake, not an answer: whoever asked sees nothing but a broken connection.
          process.stderr.write(`the fake of EC2 failed: ${inspect(error)}\n`);
          request.socket.destroy();
        },
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
