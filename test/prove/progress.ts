import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { digestOfCode } from './codeOf.ts';
import type { Row, Scale, Violation } from './row.ts';

/** What became of one unit. */
export interface Result {
  readonly row: string;
  readonly unit: string;
  readonly cases: number;
  readonly elapsedMs: number;
  readonly violations: readonly Violation[];
}

export interface Progress {
  readonly file: string;
  /** Of the code as it is now. */
  readonly results: readonly Result[];
  /** Of each line, by its number: the digest of the code that it plays. */
  readonly digests: ReadonlyMap<string, string>;
  readonly add: (result: Result) => void;
}

/** One line a unit, so that a run that was stopped goes on where it was; what was played of other code does not count. */
export async function openProgress(
  root: string,
  rows: readonly Row[],
  { seed, share }: Scale,
): Promise<Progress> {
  const folder = join(root, '.prove');
  mkdirSync(folder, { recursive: true });
  const digests = new Map(
    await Promise.all(rows.map(async (row) => [row.number, await digestOfCode(root, row)] as const)),
  );
  const file = join(folder, `seed-${seed}-share-${share}.jsonl`);
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
  const results = lines.flatMap((line): Result[] => {
    try {
      const { code, ...result } = JSON.parse(line) as Result & { code: string };
      return digests.get(result.row) === code ? [result] : [];
    } catch {
      // The last line of a run that was cut off.
      return [];
    }
  });
  return {
    file,
    results,
    digests,
    add: (result) =>
      appendFileSync(file, `\n${JSON.stringify({ code: digests.get(result.row), ...result })}\n`),
  };
}
