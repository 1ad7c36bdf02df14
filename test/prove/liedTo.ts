import { ChewsError } from '../../src/core/errors.ts';
import type { Goal } from '../../src/core/plan.ts';
import type { ProviderKind } from '../../src/core/provider.ts';
import { type LaneResult, runLane } from '../../src/engine/runLane.ts';
import { lookAt, openSession } from '../../src/engine/session.ts';
import { describeGoal, describeOutcome, type Lab, openLab, virtualSleep } from '../property/lab.ts';
import { DataLost } from '../support/datacenter/oracle.ts';
import type { Quirks } from '../support/datacenter/quirks.ts';
import { settingsOf } from '../support/kindOf.ts';
import type { Situation } from './situations.ts';
import { wrongWords } from './spoken.ts';

export const OWNER = 'a1b2c3d4';

/** What a command is told to do while somebody lies to it. */
export const goals: readonly Goal[] = [
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

export interface Attempt {
  readonly situation: Situation;
  readonly goal: Goal;
  readonly dryRun: boolean;
  readonly deceive: (lab: Lab) => Deceit;
}

/** One run of a command that is lied to, in a lab that stands where its situation left it. */
async function runLied(lab: Lab, { goal, dryRun }: Attempt, { kind }: Deceit) {
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
  const result = await runLane(
    open(),
    workstation,
    goal,
    {
      dryRun,
      wait: false,
      settleMs: 5_000,
      runner: {
        token: 'token',
        user: 'ann',
        host: 'ares',
        hostId: 'ares-1',
        pid: 1_000,
        processStart: 'start',
        hostBoot: 'boot-1',
      },
      view: { hostId: 'ares-1', hostBoot: 'boot-1', processStartOf: () => undefined },
      confirm: async () => true,
      report: () => undefined,
    },
    { stop: never, cut: never },
  );
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
export async function liedTo(quirks: Quirks, attempt: Attempt): Promise<Judged> {
  const lab = openLab(quirks, 2);
  const { situation, goal, dryRun } = attempt;
  lab.datacenter.restore(situation.world);
  const story = [`${situation.name}; ${describeGoal(goal)}${dryRun ? ' --dry-run' : ''}`];
  const deceit = attempt.deceive(lab);
  try {
    const { found, result } = await runLied(lab, attempt, deceit);
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
