import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { quirksOf } from '../../test/property/kinds.ts';
import type { Datacenter } from '../../test/support/datacenter/datacenter.ts';
import { ec2Face } from '../../test/support/ec2/ec2Face.ts';
import { gceFace } from '../../test/support/gce/face.ts';
import { fleetWorld } from './fleetWorld.ts';

/**
 * A simulated cloud as a process of its own, which nothing changes. What it has answered once it answers again from memory, so that its own
 * work is not measured. Beginning, it says where it listens; to every message it says which requests came since the last.
 */

interface Asked {
  readonly method: string;
  readonly url: string;
  readonly body: string;
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

/** What it costs in calls is told in their own words: `DescribeVolumes`, `GET …/aggregated/disks`. */
interface Face {
  readonly answer: (asked: Asked) => Promise<Answer>;
  readonly nameOf: (asked: Asked) => string;
}

function faceOf(datacenter: Datacenter): Face {
  const client = datacenter.connect();
  if (datacenter.world.quirks.wire === 'ec2') {
    const face = ec2Face(client, () => datacenter.world);
    return {
      answer: async ({ body }) => {
        const answer = await face(body);
        if (answer === 'lost') throw new Error('nothing can be lost here');
        return { status: answer.status, type: 'text/xml;charset=UTF-8', body: answer.body };
      },
      nameOf: ({ body }) => new URLSearchParams(body).get('Action') ?? '',
    };
  }
  const sleep = async (milliseconds: number) => datacenter.advance(milliseconds);
  const face = gceFace(client, () => datacenter.world, { sleep });
  return {
    answer: async (asked) => {
      const { status, body } = await face(asked);
      return { status, type: 'application/json; charset=UTF-8', body: JSON.stringify(body) };
    },
    nameOf: ({ method, url }) => `${method} ${new URL(url).pathname}`,
  };
}

async function serve(kind: string, count: number): Promise<void> {
  const quirks = quirksOf(kind);
  // A page of Compute Engine has 500 of a kind; the simulation counts the three kinds together.
  const paged = quirks.wire === 'compute-engine' ? { ...quirks, pageSize: 3 * 500 } : quirks;
  const datacenter = await fleetWorld(paged, count);
  const { answer, nameOf } = faceOf(datacenter);
  const known = new Map<string, Answer>();
  let names: string[] = [];
  const respond = async (asked: Asked): Promise<Answer> => {
    names.push(nameOf(asked));
    const key = `${asked.method} ${asked.url}\n${asked.body}`;
    const found = known.get(key) ?? (await answer(asked));
    known.set(key, found);
    return found;
  };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const url = new URL(`http://${request.headers.host ?? ''}${request.url ?? ''}`);
      // In which form to answer: every one of Google's tools says it, and there is one form.
      url.searchParams.delete('alt');
      const body = Buffer.concat(chunks).toString();
      const asked = { method: request.method ?? '', url: url.href, body };
      respond(asked).then(
        ({ status, type, body }) => {
          const date = new Date(datacenter.world.nowMs).toUTCString();
          response.writeHead(status, { 'content-type': type, date });
          response.end(body);
        },
        (error: unknown) => {
          process.stderr.write(`${String(error)}\n`);
          request.socket.destroy();
        },
      );
    });
  });
  server.listen(0, '127.0.0.1', () => {
    process.send?.(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  });
  process.on('message', () => {
    process.send?.(names);
    names = [];
  });
  process.on('disconnect', () => process.exit());
}

const [kind = '', count = ''] = process.argv.slice(2);
await serve(kind, Number(count));
