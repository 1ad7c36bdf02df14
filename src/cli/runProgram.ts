import type { RunProgram } from './surroundings.ts';

/** Exit codes of a program that a signal ended, as shells have it. */
const SIGNAL_BASE = 128;

/** An argument vector, never a shell; the terminal is the program's until it ends. */
export const runProgram: RunProgram = async (program, args) => {
  const [{ spawn }, { constants }] = await Promise.all([import('node:child_process'), import('node:os')]);
  return await new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: 'inherit', shell: false });
    child.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') resolve('missing');
      else reject(error);
    });
    child.once('exit', (code, signal) =>
      resolve(code ?? SIGNAL_BASE + (signal === null ? 0 : constants.signals[signal])),
    );
  });
};
