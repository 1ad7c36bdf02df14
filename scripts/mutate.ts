import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Shows that the table tests run through every line and branch of inference, planner and proofs; then changes their code in
 * every small way there is and shows that these tests notice. What they cannot notice stands in test/mutation/argued.json
 * with the reason; anything else that survives is an error. Changes what is new since the last time; the words after `--` go
 * to Stryker: `npm run mutate -- --mutate src/core/state.ts`.
 */
interface Mutant {
  readonly status: string;
  readonly mutatorName: string;
  readonly replacement: string;
  readonly location: { readonly start: Place; readonly end: Place };
}

/** Counted from 1. */
interface Place {
  readonly line: number;
  readonly column: number;
}

interface Report {
  readonly files: Readonly<Record<string, { readonly source: string; readonly mutants: readonly Mutant[] }>>;
}

/** A change that no test can tell from the original. */
interface Argued {
  readonly file: string;
  /** The line as it stands, without the blanks around it. */
  readonly line: string;
  readonly original: string;
  readonly replacement: string;
  readonly why: string;
}

const root = join(import.meta.dirname, '..');
const folder = join(root, 'test/mutation');
const say = (line: string) => process.stderr.write(`${line}\n`);

function run(command: string, args: readonly string[], cwd: string): number {
  return spawnSync(command, args, { cwd, stdio: 'inherit' }).status ?? 1;
}

function textBetween(source: string, { start, end }: Mutant['location']): string {
  const lines = source.split('\n').slice(start.line - 1, end.line);
  const last = lines.length - 1;
  return lines
    .map((line, index) =>
      line.slice(index === 0 ? start.column - 1 : 0, index === last ? end.column - 1 : undefined),
    )
    .join('\n');
}

function survivorsOf({ files }: Report): Omit<Argued, 'why'>[] {
  return Object.entries(files).flatMap(([file, { source, mutants }]) =>
    mutants
      .filter(({ status }) => status === 'Survived' || status === 'NoCoverage')
      .map(({ location, replacement }) => ({
        file,
        line: (source.split('\n')[location.start.line - 1] ?? '').trim(),
        original: textBetween(source, location),
        replacement,
      })),
  );
}

function isSame(left: Omit<Argued, 'why'>, right: Omit<Argued, 'why'>): boolean {
  return (
    left.file === right.file &&
    left.line === right.line &&
    left.original === right.original &&
    left.replacement === right.replacement
  );
}

/** The table tests, with every line and branch of the mutated files. */
function coverageRun(): string[] {
  const config = JSON.parse(readFileSync(join(folder, 'stryker.config.json'), 'utf8')) as {
    readonly mutate: readonly string[];
  };
  return [
    'node_modules/vitest/vitest.mjs',
    ...['run', 'test/core', '--reporter=dot', '--coverage', '--coverage.reporter=text-summary'],
    ...['lines', 'branches'].map((what) => `--coverage.thresholds.${what}=100`),
    ...config.mutate.map((file) => `--coverage.include=${file}`),
  ];
}

function main(): number {
  if (!existsSync(join(folder, 'node_modules'))) {
    say('Installing the packages of the mutation tests into test/mutation.');
    const installed = run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], folder);
    if (installed !== 0) return installed;
  }
  // What no test runs through no test can hold.
  const covered = run(process.execPath, coverageRun(), root);
  if (covered !== 0) return covered;
  const program = join(folder, 'node_modules/@stryker-mutator/core/bin/stryker.js');
  const tested = run(
    process.execPath,
    [program, 'run', 'test/mutation/stryker.config.json', ...process.argv.slice(2)],
    root,
  );
  if (tested !== 0) return tested;
  const report = JSON.parse(readFileSync(join(root, '.mutation/report.json'), 'utf8')) as Report;
  const argued = JSON.parse(readFileSync(join(folder, 'argued.json'), 'utf8')) as readonly Argued[];
  const survivors = survivorsOf(report);
  const unargued = survivors.filter((survivor) => !argued.some((known) => isSame(known, survivor)));
  const seen = new Set(Object.keys(report.files));
  const idle = argued.filter(
    (known) => seen.has(known.file) && !survivors.some((survivor) => isSame(known, survivor)),
  );
  for (const { file, line, original, replacement } of unargued)
    say(`SURVIVED ${file}: ${line}\n  ${original}\n  → ${replacement}`);
  for (const { file, line } of idle) say(`ARGUED FOR NOTHING ${file}: ${line}`);
  const all = Object.values(report.files).reduce((sum, { mutants }) => sum + mutants.length, 0);
  say(
    `${all} changes, ${survivors.length} survived, ${survivors.length - unargued.length} of them argued away`,
  );
  return unargued.length + idle.length === 0 ? 0 : 1;
}

process.exitCode = main();
