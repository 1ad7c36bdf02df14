import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** moto, an EC2 that somebody else has written (https://docs.getmoto.org). */
const PACKAGE = 'moto[ec2,server]==5.2.4';
const INSTALL_LIMIT_MS = 10 * 60_000;
const START_LIMIT_MS = 60_000;
/** So much of what it has said is told when it fails. */
const LOG_LINES = 30;

function runs(program: string, args: readonly string[]): boolean {
  return spawnSync(program, args, { stdio: 'ignore' }).status === 0;
}

function carryOut(program: string, args: readonly string[]): void {
  // Standard output is the answer of whoever called: what Python says is conversation.
  const { status } = spawnSync(program, args, { stdio: ['ignore', 2, 2], timeout: INSTALL_LIMIT_MS });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} failed`);
}

/**
 * Installs moto into a virtual environment of Python in the folder, or finds it there, and gives its server. Undefined where
 * Python or its venv is missing.
 */
export function installMoto(folder: string, say: (line: string) => void): string | undefined {
  const venv = join(folder, 'venv');
  const python = join(venv, 'bin', 'python');
  const server = join(venv, 'bin', 'moto_server');
  const pin = join(folder, 'pin');
  // The interpreter that it was made with can have gone since.
  if (existsSync(pin) && readFileSync(pin, 'utf8') === PACKAGE && runs(python, ['-c', 'import moto']))
    return server;
  // Debian has venv without what it needs to work.
  if (!runs('python3', ['-c', 'import venv, ensurepip'])) return undefined;
  say(`Installing ${PACKAGE} into ${venv}`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  carryOut('python3', ['-m', 'venv', venv]);
  carryOut(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', PACKAGE]);
  writeFileSync(pin, PACKAGE);
  return server;
}

export interface Moto {
  readonly endpoint: string;
  /** The last that it has said. */
  log(): string;
  end(): void;
}

/** Starts one on a free port of the loopback, with the images of a file, and waits until it answers. */
export async function startMoto(server: string, imagesFile: string): Promise<Moto> {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('MOTO_')));
  const child = spawn(server, ['-H', '127.0.0.1', '-p', '0'], {
    env: { ...env, MOTO_AMIS_PATH: imagesFile, PYTHONUNBUFFERED: '1' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const end = () => {
    process.off('exit', end);
    // It has nothing to save, and a gentle signal waits for the call in hand.
    child.kill('SIGKILL');
  };
  process.once('exit', end);
  let lines: string[] = [];
  const log = () => lines.join('\n');
  const answering = new Promise<string>((resolve, reject) => {
    const limit = setTimeout(() => fail('it takes too long'), START_LIMIT_MS);
    const fail = (why: string) => {
      clearTimeout(limit);
      reject(new Error(`moto did not start: ${why}\n${log()}`));
    };
    child.once('error', ({ message }) => fail(message));
    child.once('exit', () => fail('it has ended'));
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      lines = [...lines, ...text.split('\n').filter((line) => line !== '')].slice(-LOG_LINES);
      const [, told] = / on (http:\/\/127\.0\.0\.1:\d+)/.exec(text) ?? [];
      if (told === undefined) return;
      askEc2(told).then(
        () => {
          clearTimeout(limit);
          resolve(told);
        },
        (error: unknown) => fail(String(error)),
      );
    });
  });
  try {
    return { endpoint: await answering, log, end };
  } catch (error) {
    end();
    throw error;
  }
}

/** The first call loads moto's EC2, which takes it some seconds. It tells the service by the header and never checks a signature. */
async function askEc2(endpoint: string): Promise<void> {
  const scope = 'AKIAEXAMPLE/20260101/us-east-1/ec2/aws4_request';
  const { ok, status } = await fetch(endpoint, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0`,
    },
    body: 'Action=DescribeVolumes&Version=2016-11-15',
    signal: AbortSignal.timeout(START_LIMIT_MS),
  });
  if (!ok) throw new Error(`it answers with ${status}`);
}
