import type { Goal } from '../../src/core/plan.ts';
import type { ProviderKind } from '../../src/core/provider.ts';
import { type LaneResult, runLane } from '../../src/engine/runLane.ts';
import { lookAt, openSession } from '../../src/engine/session.ts';
import { describeGoal, describeOutcome, type Lab, openLab, virtualSleep } from '../property/lab.ts';
import { DataLost } from '../support/datacenter/oracle.ts';
import { presets, type Quirks } from '../support/datacenter/quirks.ts';
import { memoryKind } from '../support/memoryProvider.ts';
import { drawsFrom, seedOf, shortened } from './draws.ts';
import { fleetLies } from './fleetLies.ts';
import { type Lie, lyingProvider, type Testimony } from './lyingProvider.ts';
import { playFiles } from './mutatedFiles.ts';
import { playMonitor } from './mutatedMonitor.ts';
import type { Played, Row, Unit, Violation } from './row.ts';
import { type Situation, situationsOn } from './situations.ts';
import { wrongWords } from './spoken.ts';

const FULL_CASES = 100_000;
const CASES_IN_UNIT = 250;
const FULL_FILES = 5_000;
const FULL_MONITOR = 2_000;
const MOST_TOLD = 5;
const OWNER = 'a1b2c3d4';
/** What the local provider reads. */
const FILES = 'files';
/** What the monitor of its machines answers. */
const MONITOR = 'monitor';

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

interface Case {
  readonly situation: number;
  readonly goal: number;
  readonly dryRun: boolean;
  readonly lies: readonly Lie[];
}

function caseOf(seed: number, situations: number): Case {
  const draws = drawsFrom(seed);
  const lies = Array.from({ length: 1 + draws.below(3) }, (): Lie => {
    const from = draws.chance(0.6) ? 1 : 1 + draws.below(8);
    const to = draws.oneOf([Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, from, from + 2]);
    return { which: draws.below(fleetLies.length), seed: draws.below(2 ** 32), from, to };
  });
  return {
    situation: draws.below(situations),
    goal: draws.below(goals.length),
    dryRun: draws.chance(0.1),
    lies,
  };
}

const known = new Map<string, Promise<Situation[]>>();

function situationsOf(name: string, quirks: Quirks): Promise<Situation[]> {
  const situations = known.get(name) ?? situationsOn(quirks);
  known.set(name, situations);
  return situations;
}

/** One run of a command that is lied to, in a lab that stands where its situation left it. */
async function runLied(lab: Lab, goal: Goal, { dryRun, lies }: Case) {
  const { datacenter, workstation } = lab;
  const sleep = virtualSleep(datacenter);
  let testimony: Testimony = { fleets: [], wrong: [] };
  const truthful = memoryKind(datacenter);
  const kind: ProviderKind = {
    ...truthful,
    open: async (settings, context) => {
      const provider = lyingProvider(await truthful.open(settings, context), lies, OWNER);
      testimony = provider;
      return provider;
    },
  };
  const open = () =>
    openSession(
      {
        id: OWNER,
        providers: [{ name: 'here', kind: 'memory', settings: { account: 'home' } }],
        workstations: [workstation],
      },
      () => Promise.resolve(kind),
      datacenter.context({ sleep }),
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
  return { found, result, testimony };
}

function wrongOutcome({ outcome }: LaneResult): string[] {
  if (outcome.kind !== 'failed' || outcome.code !== 'internal') return [];
  const { error } = outcome;
  if (error instanceof DataLost) return [error.message];
  return [
    `internal error: ${error instanceof Error ? error.stack?.split('\n').slice(0, 5).join(' ') : outcome.sentence}`,
  ];
}

interface Judged {
  readonly wrong: readonly string[];
  readonly story: readonly string[];
}

async function judge(quirks: Quirks, situations: readonly Situation[], tried: Case): Promise<Judged> {
  const lab = openLab(quirks, 2);
  const situation = situations[tried.situation];
  const goal = goals[tried.goal];
  if (situation === undefined || goal === undefined) throw new Error('there is no such case');
  lab.datacenter.restore(situation.world);
  const story = [`${situation.name}; ${describeGoal(goal)}${tried.dryRun ? ' --dry-run' : ''}`];
  try {
    const { found, result, testimony } = await runLied(lab, goal, tried);
    const lost = lab.datacenter.oracle.losses();
    story.push(
      describeOutcome(result),
      ...result.done.map(({ action }) => `done: ${JSON.stringify(action)}`),
    );
    const wrong = [
      ...('error' in found ? [`it cannot be looked at: ${String(found.error)}`] : []),
      ...wrongOutcome(result),
      ...lost.map(({ workstation, disk, version }) => `${workstation}/${disk} version ${version} is lost`),
      ...testimony.wrong,
      ...wrongWords(lab.workstation, found, result),
    ];
    return { wrong, story };
  } catch (error) {
    const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { wrong: [`internal error: ${stack.split('\n').slice(0, 5).join(' ')}`], story };
  }
}

async function violationOf(
  quirks: Quirks,
  situations: readonly Situation[],
  tried: Case,
): Promise<Violation> {
  const lies = await shortened(
    tried.lies,
    async (fewer) => (await judge(quirks, situations, { ...tried, lies: fewer })).wrong.length > 0,
  );
  const { wrong, story } = await judge(quirks, situations, { ...tried, lies });
  return {
    sentence: wrong[0] ?? '',
    story: [
      ...wrong.slice(1, 4),
      ...story,
      ...lies.map(
        (lie) => `lie: ${JSON.stringify(lie)} ${fleetLies[lie.which]?.toString().replaceAll(/\s+/g, ' ')}`,
      ),
    ],
  };
}

async function play(unit: Unit): Promise<Played> {
  const { kind, seed, first, count } = unit as Unit & {
    kind: string;
    seed: number;
    first: number;
    count: number;
  };
  if (kind === MONITOR) return await playMonitor(seed, first, count);
  if (kind === FILES) return await playFiles(seed, first, count);
  const quirks = Object.entries(presets).find(([name]) => name === kind)?.[1];
  if (quirks === undefined) throw new Error(`there is no kind of cloud ${kind}`);
  const situations = await situationsOf(kind, quirks);
  const violations: Violation[] = [];
  for (let at = first; at < first + count; at += 1) {
    const tried = caseOf(seedOf(seedOf(seed, at), Object.keys(presets).indexOf(kind)), situations.length);
    const { wrong } = await judge(quirks, situations, tried);
    if (wrong.length > 0 && violations.length < MOST_TOLD)
      violations.push(await violationOf(quirks, situations, tried));
  }
  return { cases: count, violations };
}

export const mutatedAnswers: Row = {
  number: '8b',
  figure: 'mutated provider answers',
  target: 'no crash, nothing lost, no deletion on what is not understood',
  code: ['test/prove/mutatedAnswers.ts'],
  units: ({ seed, share }) => {
    const kinds = Object.keys(presets);
    const cases = Math.ceil((FULL_CASES * share) / kinds.length);
    return [
      ...kinds.flatMap((kind) => parts(`answers of ${kind}`, kind, seed, cases)),
      ...parts('files of the local provider', FILES, seed, Math.ceil(FULL_FILES * share)),
      ...parts('its monitors', MONITOR, seed, Math.ceil(FULL_MONITOR * share)),
    ];
  },
  play,
};

function parts(what: string, kind: string, seed: number, cases: number): Unit[] {
  return Array.from({ length: Math.ceil(cases / CASES_IN_UNIT) }, (_, index) => {
    const first = index * CASES_IN_UNIT;
    const count = Math.min(CASES_IN_UNIT, cases - first);
    return { name: `${what}, ${first} to ${first + count - 1}`, kind, seed, first, count };
  });
}
