import { ChewsError } from '../../src/core/errors.ts';
import type { Goal } from '../../src/core/plan.ts';
import type { ProviderKind } from '../../src/core/provider.ts';
import { type LaneResult, runLane } from '../../src/engine/runLane.ts';
import { lookAt, openSession } from '../../src/engine/session.ts';
import { describeGoal, describeOutcome, type Lab, openLab, virtualSleep } from '../property/lab.ts';
import { DataLost } from '../support/datacenter/oracle.ts';
import type { Quirks } from '../support/datacenter/quirks.ts';
import { settingsOf } from '../support/kindOf.ts';
import { laneOptions } from '../support/laneOptions.ts';
import { type Draws, shortened } from './draws.ts';
import type { Violation } from './row.ts';
import { situationsOn } from './situations.ts';
import { wrongWords } from './spoken.ts';

export const OWNER = 'a1b2c3d4';

/** What a command is told to do while somebody lies to it. What stands twice is drawn more often. */
const goals: readonly Goal[] = [
  { kind: 'create', off: false },
  { kind: 'up' },
  { kind: 'down' },
  { kind: 'dessicate', stop: false },
  { kind: 'dessicate', stop: true },
  { kind: 'dessicate', stop: true },
  { kind: 'rehydrate', off: false },
  { kind: 'rehydrate', off: true },
  { kind: 'resize', stop: true },
  { kind: 'apply', stop: true, removeDisks: [] },
  { kind: 'apply', stop: true, removeDisks: ['data'] },
  { kind: 'recover' },
  { kind: 'recover' },
  { kind: 'recover', to: 'OFF' },
  { kind: 'recover', to: 'ON' },
  { kind: 'recover', to: 'DESSICATED' },
  { kind: 'delete' },
  { kind: 'delete' },
];

/** A kind of provider that lies, and what it saw of those who believed it. */
export interface Deceit {
  readonly kind: ProviderKind;
  readonly wrong: () => readonly string[];
  /** An answer may be such that it is refused as a whole: then nothing is shown, and an error says so. */
  readonly isRefusable: boolean;
}

export type Deceive = (lab: Lab) => Deceit;

/** Which command is lied to and where the world stands then, by their places among `goals` and the situations. */
export interface Attempt {
  readonly situation: number;
  readonly goal: number;
  readonly dryRun: boolean;
}

export function drawAttempt(draws: Draws, situations: number): Attempt {
  return {
    situation: draws.below(situations),
    goal: draws.below(goals.length),
    dryRun: draws.chance(0.1),
  };
}

/** One run of a command that is lied to, in a lab that stands where its situation left it. */
async function runLied(lab: Lab, goal: Goal, dryRun: boolean, { kind }: Deceit) {
  const { datacenter, workstation } = lab;
  const open = () =>
    openSession(
      {
        id: OWNER,
        providers: [{ name: 'here', kind: kind.kind, settings: settingsOf(datacenter) }],
        workstations: [workstation],
      },
      () => Promise.resolve(kind),
      datacenter.context({ sleep: virtualSleep(datacenter) }),
      () => 0.5,
      { attempts: 2, firstPauseMs: 500 },
    );
  const found = (await lookAt(open(), [workstation])).byName.get('dev') ?? {
    error: new Error('not looked at'),
  };
  const never = new AbortController().signal;
  if (goal.kind === 'delete') datacenter.oracle.letGo('dev');
  const result = await runLane(open(), workstation, goal, laneOptions(1_000, { dryRun, settleMs: 5_000 }), {
    stop: never,
    cut: never,
  });
  return { found, result };
}

function wrongOutcome({ outcome }: LaneResult): string[] {
  if (outcome.kind !== 'failed' || outcome.code !== 'internal') return [];
  const { error } = outcome;
  if (error instanceof DataLost) return [error.message];
  return [
    `internal error: ${error instanceof Error ? error.stack?.split('\n').slice(0, 5).join(' ') : outcome.sentence}`,
  ];
}

export interface Judged {
  readonly wrong: readonly string[];
  readonly story: readonly string[];
}

/** No bug, nothing lost, nothing deleted on what cannot be understood, and no word that a terminal should not see. */
export async function liedTo(quirks: Quirks, attempt: Attempt, deceive: Deceive): Promise<Judged> {
  const { dryRun } = attempt;
  const situation = (await situationsOn(quirks))[attempt.situation];
  const goal = goals[attempt.goal];
  if (situation === undefined || goal === undefined) throw new Error('there is no such case');
  const lab = openLab(quirks, 2);
  lab.datacenter.restore(situation.world);
  const story = [`${situation.name}; ${describeGoal(goal)}${dryRun ? ' --dry-run' : ''}`];
  const deceit = deceive(lab);
  try {
    const { found, result } = await runLied(lab, goal, dryRun, deceit);
    const lost = lab.datacenter.oracle.losses();
    story.push(
      describeOutcome(result),
      ...result.done.map(({ action }) => `done: ${JSON.stringify(action)}`),
    );
    const isRefused = 'error' in found && deceit.isRefusable && found.error instanceof ChewsError;
    const wrong = [
      ...('error' in found && !isRefused ? [`it cannot be looked at: ${String(found.error)}`] : []),
      ...wrongOutcome(result),
      ...lost.map(({ workstation, disk, version }) => `${workstation}/${disk} version ${version} is lost`),
      ...deceit.wrong(),
      ...wrongWords(lab.workstation, found, result),
    ];
    return { wrong, story };
  } catch (error) {
    const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { wrong: [`internal error: ${stack.split('\n').slice(0, 5).join(' ')}`], story };
  }
}

/** The story of a case that ended badly, with as few of its lies as end it so. */
export async function tellLies<T>(
  lies: readonly T[],
  judge: (lies: readonly T[]) => Promise<Judged>,
  say: (lie: T) => string,
): Promise<Violation> {
  const needed = await shortened(lies, async (fewer) => (await judge(fewer)).wrong.length > 0);
  const { wrong, story } = await judge(needed);
  return { sentence: wrong[0] ?? '', story: [...wrong.slice(1, 4), ...story, ...needed.map(say)] };
}
