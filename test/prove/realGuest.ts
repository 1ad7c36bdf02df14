import { join, resolve } from 'node:path';
import { readFile, rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { type RealChews, realChews } from '../real/realChews.ts';
import type { Played, Violation } from './row.ts';

const killer = resolve('test/support/killAt.ts');
const SSH_TRIES = 30;
const SSH_EVERY_MS = 1_000;

const fileOf = (cpus: number) => `version: 1
providers: { here: { kind: local, accel: tcg } }
workstations:
  dev:
    provider: here
    location: default
    size: { cpus: ${cpus}, memory: 256MB }
    image: micro
    disks:
      boot: { size: 256MiB, type: standard }
      data: { size: 64MiB, type: fast }
`;

/** Each is killed once, and leads on to where the next one begins. */
const commands: readonly (readonly string[])[] = [
  ['dessicate', 'dev', '--stop'],
  ['resize', 'dev', '--stop'],
  ['down', 'dev'],
  ['up', 'dev'],
];

/**
 * A life with a whole system as the guest: it fills a file and a disk with random bytes, and tells their sums after each
 * command that was killed at the moment of that number (of the last one, where there are fewer), and recovered.
 */
export async function playGuest(at: number): Promise<Played> {
  const chews = await realChews(fileOf(1));
  const violations: Violation[] = [];
  const story: string[] = [];
  let cases = 0;
  try {
    await must(chews, story, 'create', 'dev');
    await inGuest(
      chews,
      'dd if=/dev/urandom of=/dev/vdb bs=1M count=64 2>/dev/null; head -c 9999999 /dev/urandom > ~/bytes; sync',
    );
    const written = await sums(chews);
    for (const [index, args] of commands.entries()) {
      await chews.configure(fileOf(1 + (index % 2)));
      const died = await kill(chews, args, at);
      if (died !== undefined) cases += 1;
      story.push(`chews ${args.join(' ')} was killed at: ${died ?? 'never'}`);
      await must(chews, story, 'recover', 'dev', '--yes');
      await must(chews, story, 'up', 'dev');
      const now = await sums(chews);
      story.push(`the guest tells ${now}`);
      if (now !== written) {
        const sentence = `after ${args.join(' ')}: the guest wrote ${written} and reads ${now}`;
        violations.push({ sentence, story: [...story] });
      }
    }
    await must(chews, story, 'delete', 'dev', '--confirm', 'dev');
  } catch (error) {
    violations.push({ sentence: error instanceof Error ? error.message : String(error), story });
  } finally {
    await chews.end();
  }
  return { cases, violations };
}

async function must(chews: RealChews, story: string[], ...args: readonly string[]): Promise<void> {
  const { status, stderr } = await chews.run(args);
  story.push(`chews ${args.join(' ')} → ${status}: ${stderr.trim().split('\n').slice(-4).join(' | ')}`);
  if (status !== 0) throw new Error(`chews ${args.join(' ')} ended with ${status}: ${stderr}`);
}

/** The line of the moment at which it died; undefined where it lived. */
async function kill(chews: RealChews, args: readonly string[], at: number): Promise<string | undefined> {
  const trace = join(chews.folder, 'trace');
  await rm(trace, { force: true });
  const env = {
    CHEWS_KILL_UNDER: join(chews.folder, 'store'),
    CHEWS_KILL_TRACE: trace,
    CHEWS_KILL_AT: String(at),
  };
  const { signal } = await chews.run(args, { preload: [killer], env });
  const lines = (await readFile(trace, 'utf8')).trim().split('\n');
  return signal === 'SIGKILL' ? lines.at(-1) : undefined;
}

async function sums(chews: RealChews): Promise<string> {
  return await inGuest(chews, 'sha256sum ~/bytes /dev/vdb');
}

/** A guest that was just started by a run that was killed may still be booting. */
async function inGuest(chews: RealChews, line: string): Promise<string> {
  for (let tried = 1; ; tried += 1) {
    const { status, stdout, stderr } = await chews.run(['ssh', 'dev', '--', line]);
    if (status === 0) return stdout;
    if (tried === SSH_TRIES) throw new Error(`the guest does not answer: ${stderr}`);
    await delay(SSH_EVERY_MS);
  }
}
