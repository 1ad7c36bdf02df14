import { randomBytes } from 'node:crypto';
import { homedir } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { knownKinds, loadKind } from '../../providers/index.ts';
import { tellError } from './errorText.ts';
import { run } from './run.ts';
import type { StopSignal } from './surroundings.ts';
import { createTalk } from './talk.ts';

const SIGNALS: readonly StopSignal[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

function onSignal(listener: (signal: StopSignal) => void): () => void {
  for (const signal of SIGNALS) process.on(signal, listener);
  return () => {
    for (const signal of SIGNALS) process.off(signal, listener);
  };
}

/** What no command caught: a promise that nobody waits for. */
function onBug(error: unknown): void {
  const surroundings = { stdout: process.stdout, stderr: process.stderr, env: process.env };
  const talk = createTalk(surroundings, { quiet: false, verbose: false });
  tellError(talk, error, process.env['CHEWS_DEBUG'] !== undefined || process.argv.includes('--verbose'));
  process.exit(1);
}

/** Carries out the command line of this process, and ends it. */
export async function main(): Promise<void> {
  process.on('uncaughtException', onBug);
  const code = await run({
    argv: process.argv.slice(2),
    env: process.env,
    // Made only when something is asked: it is not free.
    get stdin() {
      return process.stdin;
    },
    stdout: process.stdout,
    stderr: process.stderr,
    cwd: process.cwd(),
    homeFolder: homedir(),
    nowMs: Date.now,
    random: Math.random,
    randomBytes,
    sleep: (milliseconds, signal) =>
      setTimeout(milliseconds, undefined, signal === undefined ? {} : { signal }),
    loadKind,
    knownKinds,
    onSignal,
    host: async () => await (await import('../engine/hostView.ts')).readHost(randomBytes(16).toString('hex')),
    answersSsh: async (host, port) => await (await import('./answersSsh.ts')).answersSsh(host, port),
    runProgram: async (program, args) => await (await import('./runProgram.ts')).runProgram(program, args),
  });
  process.exitCode = code;
  // A call that was cut off may hold the process; what was written must get out before it ends.
  process.stdout.write('', () => process.stderr.write('', () => process.exit(code)));
}
