import {
  atLeast,
  atMost,
  type Finding,
  memoryFinding,
  ms,
  NODE_MS,
  notMeasured,
  ratioFinding,
  times,
} from './finding.ts';
import { CommandFailed, peaksOf, run, runPairs } from './pairs.ts';
import { type Cloud, type FleetStage, rivalNames, type Stage } from './stage.ts';

const words: Readonly<Record<Cloud, string>> = { aws: 'EC2', gcp: 'Compute Engine' };
/** The tools of the clouds take seconds. */
const MOST_RIVAL_PAIRS = 7;

export interface StatusGoal {
  readonly mostTimesNode: number;
  readonly mostMib: number;
  readonly timesFaster: number;
}

/** `status` of one workstation. */
export async function oneWorkstation(
  stage: Stage,
  pairs: number,
  cloud: Cloud,
  goal: StatusGoal,
): Promise<Finding[]> {
  return stage.withCloud(cloud, 1, async (fleet) => [
    ratioFinding(
      `${words[cloud]} status`,
      runPairs(fleet.status, stage.node('-e', '0'), pairs),
      goal.mostTimesNode,
    ),
    memoryFinding(`${words[cloud]} status, peak memory`, peaksOf(fleet.status, 5), goal.mostMib),
    againstRival(fleet, cloud, Math.min(pairs, MOST_RIVAL_PAIRS), goal.timesFaster),
  ]);
}

function againstRival({ status, rival }: FleetStage, cloud: Cloud, pairs: number, least: number): Finding {
  const what = `${words[cloud]} status, faster than \`${rivalNames[cloud]}\``;
  if (rival === undefined) return notMeasured(what, 'it is not installed here');
  try {
    const { ratio, oneMs, otherMs, count } = runPairs(rival, status, pairs);
    const measured = `${times(ratio)}: ${ms(oneMs)} against ${ms(otherMs)}, ${count} pairs`;
    return { what, measured, verdict: atLeast(ratio.median, least, '×') };
  } catch (error) {
    if (error instanceof CommandFailed) return notMeasured(what, error.message);
    throw error;
  }
}

/** How many requests a `status` costs, for fleets of growing size. One list of each kind, in pages, and what the login needs. */
export async function countedCalls(stage: Stage): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const [cloud, pageSize] of [
    ['aws', 1000],
    ['gcp', 500],
  ] as const) {
    const counts: number[] = [];
    for (const count of [1, 10, 100, 1000])
      counts.push(
        await stage.withCloud(
          cloud,
          count,
          async ({ status, requestsOf }) => (await requestsOf(() => run(status))).length,
        ),
      );
    const [one = 0] = counts;
    const most = one + 3 * (Math.ceil(1000 / pageSize) - 1);
    findings.push({
      what: `${words[cloud]} status, requests at 1, 10, 100 and 1,000 workstations`,
      measured: counts.join(', '),
      verdict:
        Math.max(...counts.slice(0, -1)) > one
          ? { kind: 'short', goal: 'as many for 100 as for one' }
          : atMost(counts.at(-1) ?? 0, most, `at 1,000, with pages of ${pageSize}`, 0),
    });
  }
  return findings;
}

/** `status` of fleets that grow, to the largest. */
export async function manyWorkstations(stage: Stage, pairs: number): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const [cloud, mostSeconds] of [
    ['aws', 1.0],
    ['gcp', 0.8],
  ] as const) {
    for (const count of [10, 100, 1000]) {
      findings.push(
        ...(await stage.withCloud(cloud, count, async ({ status }) => {
          const { ratio, oneMs, otherMs } = runPairs(status, stage.node('-e', '0'), pairs);
          const seconds = (ratio.median * NODE_MS) / 1000;
          const what = `${words[cloud]} status, ${count.toLocaleString('en')} workstations`;
          const measured = `${seconds.toFixed(2)} s where \`node -e 0\` takes ${NODE_MS} ms; here ${ms(oneMs)} against ${ms(otherMs)}, ${times(ratio)}, ${pairs} pairs`;
          return [
            { what, measured, verdict: atMost(seconds, mostSeconds, 's', 2) },
            memoryFinding(`${what}, peak memory`, peaksOf(status, 3), 110),
          ];
        })),
      );
    }
  }
  return findings;
}
