import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, globSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Scale, Violation } from './row.ts';

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
  readonly results: readonly Result[];
  readonly add: (result: Result) => void;
}

/** What is proven is proven of exactly these files. */
function digestOfCode(root: string): string {
  const hash = createHash('sha256');
  const paths = globSync('{src,providers,test/{support,property,prove,real,core}}/**/*.{ts,cjs}', {
    cwd: root,
  });
  for (const path of paths.filter((path) => !path.endsWith('.test.ts')).sort())
    hash.update(path).update(readFileSync(join(root, path)));
  return hash.digest('hex').slice(0, 12);
}

/** One line a unit, so that a run that was stopped goes on where it was, and one of other code begins anew. */
export function openProgress(root: string, { seed, share }: Scale): Progress {
  const folder = join(root, '.prove');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${digestOfCode(root)}-seed-${seed}-share-${share}.jsonl`);
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
  const results = lines.flatMap((line): Result[] => {
    try {
      return [JSON.parse(line) as Result];
    } catch {
      // The last line of a run that was cut off.
      return [];
    }
  });
  return {
    file,
    results,
    add: (result) => appendFileSync(file, `${JSON.stringify(result)}\n`),
  };
}
