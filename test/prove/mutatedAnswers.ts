import type { ProviderKind } from '../../src/core/provider.ts';
import type { Datacenter } from '../support/datacenter/datacenter.ts';
import { presets, type Quirks } from '../support/datacenter/quirks.ts';
import { memoryKind } from '../support/memoryProvider.ts';
import { drawsFrom, seedOf } from './draws.ts';
import { fleetLies } from './fleetLies.ts';
import { type Attempt, type Deceit, drawAttempt, type Judged, liedTo, OWNER, tellLies } from './liedTo.ts';
import { type Lie, lyingProvider, type Testimony } from './lyingProvider.ts';
import { playFiles } from './mutatedFiles.ts';
import { playMonitor } from './mutatedMonitor.ts';
import type { Played, Row, Unit, Violation } from './row.ts';
import { situationsOn } from './situations.ts';

const FULL_CASES = 100_000;
const CASES_IN_UNIT = 250;
const FULL_FILES = 5_000;
const FULL_MONITOR = 2_000;
const MOST_TOLD = 5;
/** What the local provider reads. */
const FILES = 'files';
/** What the monitor of its machines answers. */
const MONITOR = 'monitor';

interface Case extends Attempt {
  readonly lies: readonly Lie[];
}

function caseOf(seed: number, situations: number): Case {
  const draws = drawsFrom(seed);
  const lies = Array.from({ length: 1 + draws.below(3) }, (): Lie => {
    const from = draws.chance(0.6) ? 1 : 1 + draws.below(8);
    const to = draws.oneOf([Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, from, from + 2]);
    return { which: draws.below(fleetLies.length), seed: draws.below(2 ** 32), from, to };
  });
  return { ...drawAttempt(draws, situations), lies };
}

function lyingKind(datacenter: Datacenter, lies: readonly Lie[]): Deceit {
  let testimony: Testimony = { fleets: [], wrong: [] };
  const truthful = memoryKind(datacenter);
  const open: ProviderKind['open'] = async (settings, context) => {
    const provider = lyingProvider(await truthful.open(settings, context), lies, OWNER);
    testimony = provider;
    return provider;
  };
  return { kind: { ...truthful, open }, wrong: () => testimony.wrong, isRefusable: false };
}

async function judge(quirks: Quirks, tried: Case): Promise<Judged> {
  return await liedTo(quirks, tried, ({ datacenter }) => lyingKind(datacenter, tried.lies));
}

async function violationOf(quirks: Quirks, tried: Case): Promise<Violation> {
  return await tellLies(
    tried.lies,
    (lies) => judge(quirks, { ...tried, lies }),
    (lie) => `lie: ${JSON.stringify(lie)} ${fleetLies[lie.which]?.toString().replaceAll(/\s+/g, ' ')}`,
  );
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
  const { length: situations } = await situationsOn(quirks);
  const violations: Violation[] = [];
  for (let at = first; at < first + count; at += 1) {
    const tried = caseOf(seedOf(seedOf(seed, at), Object.keys(presets).indexOf(kind)), situations);
    const { wrong } = await judge(quirks, tried);
    if (wrong.length > 0 && violations.length < MOST_TOLD) violations.push(await violationOf(quirks, tried));
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
