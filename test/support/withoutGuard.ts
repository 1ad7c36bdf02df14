import type { Guard } from '../../src/core/guard.ts';
import { guards } from '../../src/core/guards.ts';

type Bent = { -readonly [Key in keyof Guard<never>]: Guard<never>[Key] };

export function guardNamed(name: string): Guard<never> {
  const guard = guards.find((candidate) => candidate.name === name);
  if (guard === undefined) throw new Error(`there is no guard ${name}`);
  return guard;
}

/** Plays with some guards taken out of the program: they let everything pass until it is over. */
export async function withoutGuards<T>(names: readonly string[], play: () => Promise<T> | T): Promise<T> {
  const bent: Bent[] = names.map(guardNamed);
  const whole = bent.map(({ missing }) => missing);
  for (const guard of bent) guard.missing = () => undefined;
  try {
    return await play();
  } finally {
    bent.forEach((guard, index) => {
      const missing = whole[index];
      if (missing !== undefined) guard.missing = missing;
    });
  }
}
