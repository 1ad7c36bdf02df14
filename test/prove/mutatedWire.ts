import { awsProvider, openAws } from '../../providers/aws/aws.ts';
import type { FetchLike } from '../../providers/gcp/connection.ts';
import { gcpKind } from '../../providers/gcp/gcp.ts';
import { type Kinds, quirksOf } from '../property/kinds.ts';
import { type Lab, virtualSleep } from '../property/lab.ts';
import type { Datacenter } from '../support/datacenter/datacenter.ts';
import type { Quirks } from '../support/datacenter/quirks.ts';
import { ec2Face } from '../support/ec2/ec2Face.ts';
import { REGION } from '../support/ec2/ec2World.ts';
import { credentials } from '../support/ec2/openEc2.ts';
import { inProcess as handlerOf } from '../support/ec2/transports.ts';
import { inProcess as fetchOf, loadSdk } from '../support/gce/transport.ts';
import { drawsFrom, seedOf } from './draws.ts';
import { type Attempt, type Deceit, drawAttempt, type Judged, liedTo, tellLies } from './liedTo.ts';
import type { Played, Row, Unit, Violation } from './row.ts';
import { situationsOn } from './situations.ts';
import { damaged } from './wireDamage.ts';

const CASES_IN_UNIT = 50;
const MOST_TOLD = 5;

/** One mistake in the answers, by what it is drawn from, and which of a process's answers have it, counted from 1. */
interface Mistake {
  readonly seed: number;
  readonly from: number;
  readonly to: number;
}

interface Case extends Attempt {
  readonly mistakes: readonly Mistake[];
}

function caseOf(seed: number, situations: number): Case {
  const draws = drawsFrom(seed);
  const mistakes = Array.from({ length: 1 + draws.below(3) }, (): Mistake => {
    const from = 1 + draws.below(draws.chance(0.5) ? 12 : 60);
    const to = draws.oneOf([from, from, from + 2, Number.MAX_SAFE_INTEGER]);
    return { seed: draws.below(2 ** 32), from, to };
  });
  return { ...drawAttempt(draws, situations), mistakes };
}

/** Puts the mistakes into the texts that go through it, in their order. */
function mistaken(mistakes: readonly Mistake[]): (text: string) => string {
  let answer = 0;
  return (text) => {
    answer += 1;
    return mistakes
      .filter(({ from, to }) => answer >= from && answer <= to)
      .reduce((so, { seed }) => (so === text ? damaged(so, drawsFrom(seed)) : so), text);
  };
}

function mistakenGcp(datacenter: Datacenter, mistakes: readonly Mistake[]): Deceit['kind'] {
  return {
    ...gcpKind(),
    open: async (settings, context) => {
      await loadSdk();
      const client = datacenter.connect({ account: String(settings['project']) });
      const fetch = fetchOf(datacenter, client, virtualSleep(datacenter));
      const put = mistaken(mistakes);
      const mangling: FetchLike = async (url, request) => {
        const answer = await fetch(url, request);
        const text = Buffer.from(await answer.arrayBuffer()).toString();
        const bytes = new TextEncoder().encode(put(text));
        return { ...answer, arrayBuffer: async () => bytes.buffer };
      };
      return gcpKind({ fetch: mangling, reach: async () => true }).open(settings, context);
    },
  };
}

function mistakenAws(datacenter: Datacenter, mistakes: readonly Mistake[]): Deceit['kind'] {
  return {
    ...awsProvider,
    open: (settings, context) => {
      const client = datacenter.connect({ account: String(settings['account']) });
      const face = ec2Face(client, () => datacenter.world);
      const put = mistaken(mistakes);
      const requestHandler = handlerOf(async (body, signal) => {
        const answer = await face(body, signal);
        return answer === 'lost' ? answer : { ...answer, body: put(answer.body) };
      });
      return openAws({ region: REGION }, context, {
        client: { requestHandler, credentials, endpoint: 'http://ec2.test' },
        answers: async () => true,
      });
    },
  };
}

function mistakenKind({ datacenter }: Lab, mistakes: readonly Mistake[]): Deceit {
  const { wire } = datacenter.world.quirks;
  if (wire === undefined) throw new Error('only what goes over a wire can be mistaken there');
  const kind = wire === 'ec2' ? mistakenAws(datacenter, mistakes) : mistakenGcp(datacenter, mistakes);
  return { kind, wrong: () => [], isRefusable: true };
}

async function judge(quirks: Quirks, tried: Case): Promise<Judged> {
  return await liedTo(quirks, tried, (lab) => mistakenKind(lab, tried.mistakes));
}

async function violationOf(quirks: Quirks, tried: Case): Promise<Violation> {
  return await tellLies(
    tried.mistakes,
    (mistakes) => judge(quirks, { ...tried, mistakes }),
    (mistake) => `mistake: ${JSON.stringify(mistake)}`,
  );
}

async function play(unit: Unit): Promise<Played> {
  const { kind, seed, first, count } = unit as Unit & {
    kind: string;
    seed: number;
    first: number;
    count: number;
  };
  const quirks = quirksOf(kind);
  const { length: situations } = await situationsOn(quirks);
  const violations: Violation[] = [];
  for (let at = first; at < first + count; at += 1) {
    const tried = caseOf(seedOf(seed, at), situations);
    const { wrong } = await judge(quirks, tried);
    if (wrong.length > 0 && violations.length < MOST_TOLD) violations.push(await violationOf(quirks, tried));
  }
  return { cases: count, violations };
}

export function wireUnits(on: Kinds, seed: number, cases: number): Unit[] {
  return on.slice(0, 1).flatMap(([kind]) =>
    Array.from({ length: Math.ceil(cases / CASES_IN_UNIT) }, (_, index) => {
      const first = index * CASES_IN_UNIT;
      const count = Math.min(CASES_IN_UNIT, cases - first);
      return { name: `answers of ${kind}, ${first} to ${first + count - 1}`, kind, seed, first, count };
    }),
  );
}

/** Mistakes in the very bytes of a cloud's answers, to reads and to changes, met by whole commands. */
export const mutatedWire: Row = {
  number: '8',
  figure: 'mutated answers, to reads and to changes, in the cloud’s own words',
  target: 'no crash, nothing lost',
  code: ['test/prove/mutatedWire.ts'],
  units: () => [],
  play,
};
