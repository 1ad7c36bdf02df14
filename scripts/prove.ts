import { fork, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { figureTable, withFigures, writtenFigures } from '../test/prove/figureTable.ts';
import { openProgress, type Result } from '../test/prove/progress.ts';
import type { Row, Scale, Unit } from '../test/prove/row.ts';
import { rowNumbered, rows } from '../test/prove/rows.ts';
import type { Answer, Job } from '../test/prove/worker.ts';

const usage = `npm run prove -- [--row N[,N]] [--seed N] [--share S] [--unit NAME] [--readme]

  --row    these lines of the table alone
  --seed   what is drawn is drawn from it: the same seed plays the same
  --share  1 is the full run, 0.01 a hundredth of it
  --unit   this part of a line alone, and its whole story; needs --row
  --readme writes what is known into the table of the README and plays nothing; a line that is not known whole stays as it is

It can be stopped at any time, and goes on where it was when it is run again with the same seed and share; what a line
has played counts until the code that it plays changes.
`;

const root = join(import.meta.dirname, '..');
const readmePath = join(root, 'README.md');
const say = (line: string) => process.stderr.write(`${line}\n`);

interface Arguments {
  readonly chosen: readonly Row[];
  readonly scale: Scale;
  readonly unit: string | undefined;
  readonly readme: boolean;
}

function readArguments(): Arguments {
  const { values } = parseArgs({
    options: {
      row: { type: 'string' },
      seed: { type: 'string', default: '20260301' },
      share: { type: 'string', default: '1' },
      unit: { type: 'string' },
      readme: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(usage);
    process.exit(0);
  }
  const chosen = values.row === undefined ? rows : values.row.split(',').map((number) => rowNumbered(number));
  const scale = { seed: Number(values.seed), share: Number(values.share) };
  const isRight = Number.isInteger(scale.seed) && scale.share > 0 && scale.share <= 1;
  if (!isRight || (values.unit !== undefined && chosen.length > 1)) throw new Error(usage);
  return { chosen, scale, unit: values.unit, readme: values.readme };
}

function tellViolations({ row, unit, violations }: Result, { seed, share }: Scale): void {
  for (const { sentence, story } of violations) {
    say(`\nVIOLATED row ${row}, ${unit}: ${sentence}`);
    for (const line of story) say(`  ${line}`);
  }
  if (violations.length > 0)
    say(
      `  again: npm run prove -- --row ${row} --seed ${seed} --share ${share} --unit ${JSON.stringify(unit)}`,
    );
}

async function playJobs(jobs: Job[], done: (job: Job, answer: Answer) => void): Promise<void> {
  const work = async () => {
    const child = fork(join(root, 'test/prove/worker.ts'), {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    try {
      for (let job = jobs.shift(); job !== undefined; job = jobs.shift()) {
        const current = job;
        await new Promise<void>((resolve, reject) => {
          const ended = (code: number | null) =>
            reject(new Error(`row ${current.row}, ${current.unit.name}: its process ended with ${code}`));
          child.once('exit', ended);
          child.once('message', (answer) => {
            child.off('exit', ended);
            done(current, answer as Answer);
            resolve();
          });
          child.send(current);
        });
      }
    } finally {
      child.kill();
    }
  };
  await Promise.all(Array.from({ length: Math.min(jobs.length, availableParallelism()) }, work));
}

async function main(): Promise<number> {
  const { chosen, scale, unit: wanted, readme } = readArguments();
  const progress = await openProgress(root, rows, scale);
  const results: Result[] = wanted === undefined ? [...progress.results] : [];
  const units = new Map<Row, readonly Unit[]>(
    chosen.map((row) => [
      row,
      row.units(scale).filter(({ name }) => wanted === undefined || name === wanted),
    ]),
  );
  const ofScale = `Seed ${scale.seed}, share ${scale.share}.`;
  const tell = (earlier: readonly string[] = []): string => {
    const unitCounts = new Map([...units].map(([row, list]) => [row.number, list.length]));
    const table = figureTable(chosen, { results, unitCounts, digests: progress.digests }, earlier);
    return `${table.join('\n')}\n\n${ofScale}`;
  };
  if (readme) {
    const before = readFileSync(readmePath, 'utf8');
    const earlier = writtenFigures(before).split('\n');
    writeFileSync(readmePath, withFigures(before, tell(earlier.includes(ofScale) ? earlier : [])));
    return 0;
  }
  if (wanted !== undefined && [...units.values()].every((list) => list.length === 0))
    throw new Error(`row ${chosen[0]?.number} has no part ${wanted}`);
  // The lines on real files run the bundle: of this code, and not of an earlier one.
  const built = spawnSync(process.execPath, [join(root, 'scripts/build.ts')], { stdio: 'inherit' });
  if (built.status !== 0) return 2;
  for (const [row, list] of units) {
    const known = new Set(results.filter((result) => result.row === row.number).map(({ unit }) => unit));
    const jobs = list.filter(({ name }) => !known.has(name)).map((unit): Job => ({ row: row.number, unit }));
    say(`row ${row.number}: ${row.figure} (${list.length - jobs.length} of ${list.length} parts are known)`);
    const all = jobs.length;
    let toldAtMs = performance.now();
    let count = 0;
    await playJobs(jobs, ({ unit }, { played, elapsedMs }) => {
      const result: Result = { row: row.number, unit: unit.name, elapsedMs, ...played };
      results.push(result);
      if (wanted === undefined) progress.add(result);
      tellViolations(result, scale);
      count += 1;
      if (performance.now() - toldAtMs < 10_000) return;
      toldAtMs = performance.now();
      say(`  ${count} of ${all} parts`);
    });
  }
  process.stdout.write(`${tell()}\n`);
  const numbers = new Set(chosen.map(({ number }) => number));
  return results.some(({ row, violations }) => numbers.has(row) && violations.length > 0) ? 1 : 0;
}

process.exitCode = await main().catch((error: unknown) => {
  say(error instanceof Error ? error.message : String(error));
  return 2;
});
