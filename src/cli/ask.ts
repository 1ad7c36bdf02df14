import { printable } from '../core/printable.ts';
import { folded } from './paint.ts';
import type { Surroundings } from './surroundings.ts';

/** Whether there is a person to ask. */
export function canAsk({ stdin, stderr }: Pick<Surroundings, 'stdin' | 'stderr'>): boolean {
  return stdin.isTTY === true && stderr.isTTY === true;
}

/** The line that was typed; undefined where the input ended or the signal came first. */
export async function ask(
  { stdin, stderr }: Pick<Surroundings, 'stdin' | 'stderr'>,
  question: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { createInterface } = await import('node:readline');
  // Not as a terminal: in raw mode Ctrl-C would be a key and no signal.
  const lines = createInterface({ input: stdin, terminal: false });
  const width = stderr.isTTY === true ? stderr.columns || undefined : undefined;
  stderr.write(folded(printable(question), width).join('\n'));
  return await new Promise((resolve) => {
    let ended = false;
    const end = (answer: string | undefined) => {
      if (ended) return;
      ended = true;
      signal.removeEventListener('abort', give);
      // Whoever typed an answer ended the line.
      if (answer === undefined) stderr.write('\n');
      resolve(answer);
      lines.close();
    };
    const give = () => end(undefined);
    lines.once('line', end);
    lines.once('close', give);
    if (signal.aborted) give();
    else signal.addEventListener('abort', give, { once: true });
  });
}

/** Carries out one after the other what several lanes want at once. */
export function inTurn(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const turn = last.then(work);
    last = turn.catch(() => undefined);
    return turn;
  };
}
