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
  stderr.write(question);
  return await new Promise((resolve) => {
    const end = (answer: string | undefined) => {
      signal.removeEventListener('abort', give);
      resolve(answer);
      lines.close();
      if (answer === undefined) stderr.write('\n');
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
