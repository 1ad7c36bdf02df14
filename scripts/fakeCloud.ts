import { parseArgs } from 'node:util';
import { nearest } from '../src/core/nearest.ts';
import { printable } from '../src/core/printable.ts';
import { ACCOUNT, REGION } from '../test/support/ec2/ec2World.ts';
import { type FakeKind, fakeKinds, PROJECT, ZONES } from '../test/support/fakePlaces.ts';

/** Serves a simulated cloud on the loopback until it is interrupted; all that was made in it is gone then. */

const usage = `npm run fake-cloud -- gcp|aws [--port N]

  gcp     a simulated Compute Engine, on port 9100
  aws     a simulated EC2, on port 9200
  --port  another port; 0 is any that is free
`;

const usualPorts: Readonly<Record<FakeKind, number>> = { gcp: 9100, aws: 9200 };

/** What ends the script with a sentence. */
class Refused extends Error {}

interface Wish {
  readonly kind: FakeKind;
  readonly port: number;
}

function readWish(): Wish | undefined {
  const { values, positionals } = readWords();
  if (values.help === true) return undefined;
  const [word, another] = positionals;
  if (word === undefined) throw new Refused(`which cloud? ${both}`);
  if (another !== undefined)
    throw new Refused(`one at a time: start ${printable(another)} in a terminal of its own`);
  const kind = fakeKinds.find((known) => known === word);
  if (kind === undefined) {
    const meant = nearest(word, fakeKinds);
    throw new Refused(
      `there is no ${printable(word)}: ${meant === undefined ? both : `did you mean ${meant}?`}`,
    );
  }
  const port = values.port === undefined ? usualPorts[kind] : Number(values.port);
  if (!/^\d+$/.test(values.port ?? '0') || port > 65_535)
    throw new Refused(`${printable(values.port ?? '')} is no port: a number from 0 to 65535`);
  return { kind, port };
}

const both = `write ${fakeKinds.join(' or ')}`;

function readWords() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: { port: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
    });
  } catch (error) {
    const [sentence = ''] = String(error instanceof Error ? error.message : error).split('. ');
    throw new Refused(printable(`${sentence.charAt(0).toLowerCase()}${sentence.slice(1)}`), { cause: error });
  }
}

async function open({ kind, port }: Wish) {
  // Late: to read the schemas of a cloud takes a moment, and a mistake is told without it.
  const { openFakeCloud } = await import('../test/support/fakeCloud.ts');
  try {
    return await openFakeCloud(kind, { port, keepsNothing: true });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'EADDRINUSE')
      throw new Refused(`port ${port} is in use: --port ${port + 1} takes another`, { cause: error });
    if (code === 'EACCES')
      throw new Refused(`port ${port} is not for everybody: --port ${usualPorts[kind]} is`, { cause: error });
    throw error;
  }
}

const welcome: Readonly<Record<FakeKind, (endpoint: string) => string>> = {
  gcp: (endpoint) => `A simulated Compute Engine answers at ${endpoint} until Ctrl-C.

in the file:         kind: gcp
                     project: ${PROJECT}
                     endpoint: ${endpoint}
or the environment:  export CHEWS_GCP_ENDPOINT=${endpoint}
a login:             none; nothing secret goes over plain HTTP
it has:              zones ${ZONES.join(', ')};
                     e2-small, e2-standard-4; pd-standard, pd-balanced, pd-ssd; debian-cloud/debian-13
`,
  aws: (endpoint) => `A simulated EC2 answers at ${endpoint} until Ctrl-C.

in the file:         kind: aws
                     region: ${REGION}
                     account: '${ACCOUNT}'
                     endpoint: ${endpoint}
or the environment:  export AWS_ENDPOINT_URL_EC2=${endpoint}
a login:             export AWS_ACCESS_KEY_ID=fake AWS_SECRET_ACCESS_KEY=fake
it has:              zones ${REGION}a, ${REGION}b;
                     t3.small, m7i.large; gp3, io2, st1; 136693071363/debian-13-amd64-*
`,
};

async function main(): Promise<void> {
  const wish = readWish();
  if (wish === undefined) {
    process.stdout.write(usage);
    return;
  }
  const cloud = await open(wish);
  let closing = false;
  const end = () => {
    if (closing) return;
    closing = true;
    void cloud.close();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, end);
  process.stdout.write(welcome[wish.kind](cloud.endpoint));
}

try {
  await main();
} catch (error) {
  if (!(error instanceof Refused)) throw error;
  process.stderr.write(`cannot start a fake cloud: ${error.message}\n`);
  process.exitCode = 2;
}
