import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import type { RunProgram } from './surroundings.ts';

/** Exit codes of a program that a signal ended, as shells have it. */
const SIGNAL_BASE = 128;

/** Ctrl-C reaches the program by itself; what is sent to us alone is passed on. Gives what ends that. */
function passSignalsTo(child: ChildProcess): () => void {
  const ignore = () => undefined;
  const pass = (signal: NodeJS.Signals) => child.kill(signal);
  process.on('SIGINT', ignore).on('SIGTERM', pass).on('SIGHUP', pass);
  return () => process.off('SIGINT', ignore).off('SIGTERM', pass).off('SIGHUP', pass);
}

/** An argument vector, never a shell; the terminal is the program's until it ends. */
export const runProgram: RunProgram = async (program, args) =>
  await new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: 'inherit', shell: false });
    const end = passSignalsTo(child);
    child.once('error', (error: NodeJS.ErrnoException) => {
      end();
      if (error.code === 'ENOENT') resolve('missing');
      else reject(error);
    });
    child.once('exit', (code, signal) => {
      end();
      resolve(code ?? SIGNAL_BASE + (signal === null ? 0 : constants.signals[signal]));
    });
  });
