import { availableParallelism, cpus, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { type Finding, textOf } from './bench/finding.ts';
import { type Goal, goals } from './bench/goals.ts';
import { openStage } from './bench/stage.ts';

const usage = `npm run bench -- [--pairs N] [--only P2,P3]

  --pairs  how often each comparison is made: the two in turn, and the median of their ratios counts (15)
  --only   these goals alone: ${goals.map(({ name }) => name).join(', ')}

Measures a bundle of this very code against simulated clouds on this computer. What falls short of its goal is said; it is no
error.
`;

const say = (line: string) => process.stdout.write(`${line}\n`);

function readArguments(): { readonly pairs: number; readonly chosen: readonly Goal[] } {
  const { values } = parseArgs({
    options: {
      pairs: { type: 'string', default: '15' },
      only: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(usage);
    process.exit(0);
  }
  const names = values.only?.toUpperCase().split(',') ?? goals.map(({ name }) => name);
  const pairs = Number(values.pairs);
  const chosen = goals.filter(({ name }) => names.includes(name));
  if (!Number.isInteger(pairs) || pairs < 1 || chosen.length < names.length) throw new Error(usage);
  return { pairs, chosen };
}

async function main(): Promise<void> {
  const { pairs, chosen } = readArguments();
  const memoryGib = Math.round(totalmem() / 1024 ** 3);
  say(
    `Node ${process.version} on ${process.platform}, ${availableParallelism()} cores (${cpus()[0]?.model.trim()}), ${memoryGib} GiB; ratios are medians of pairs, with the least and the most`,
  );
  const stage = openStage();
  const all: Finding[] = [];
  try {
    for (const { name, sentence, measure } of chosen) {
      say(`\n${name}: ${sentence}`);
      const findings = await measure(stage, pairs);
      for (const finding of findings) say(`  ${textOf(finding)}`);
      all.push(...findings);
    }
  } finally {
    stage.close();
  }
  const count = (kind: Finding['verdict']['kind']) =>
    all.filter(({ verdict }) => verdict.kind === kind).length;
  say(
    `\n${count('met')} figures meet their goal, ${count('short')} fall short of it, ${count('not measured')} were not measured`,
  );
}

await main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
});
