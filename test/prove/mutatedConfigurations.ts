import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { parse } from 'yaml';
import { localProvider } from '../../providers/local/local.ts';
import { plainPaint } from '../../src/cli/paint.ts';
import { planText } from '../../src/cli/planText.ts';
import { statusText } from '../../src/cli/statusText.ts';
import type { Fleet } from '../../src/core/assets.ts';
import { ChewsError } from '../../src/core/errors.ts';
import { inventoryOf } from '../../src/core/inventory.ts';
import { nothingObserved } from '../../src/core/observations.ts';
import { plan } from '../../src/core/plan.ts';
import type { ProviderKind } from '../../src/core/provider.ts';
import { infer } from '../../src/core/state.ts';
import type { Configuration, Workstation } from '../../src/core/workstation.ts';
import { understandConfiguration } from '../../src/engine/configurationFile.ts';
import { claimOf } from '../../src/engine/session.ts';
import { fakeKind } from '../support/fakeKind.ts';
import { treeEdits, textEdits } from './configurationEdits.ts';
import { fileOf, misreadings, plainReading } from './configurationMeaning.ts';
import { type Tree, textOf, treeOf } from './configurationTree.ts';
import { type Draws, drawsFrom, seedOf, shortened } from './draws.ts';
import type { Played, Row, Unit, Violation } from './row.ts';
import { unprintableLines } from './unprintable.ts';

const FULL_CASES = 1_000_000;
const CASES_IN_UNIT = 2_500;
const MOST_TOLD = 5;
const PATH = '/home/ann/chews.yaml';
/** Twenty keys of a path, each cut, and a sentence. */
const LONGEST_LINE = 2_000;
const MOST_LINES = 1_002;
const NAME = /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** What is changed: the text as a person wrote it, and its tree. */
interface Base {
  readonly text: string;
  readonly tree: Tree;
}

/** A change, by what it is drawn from: it stays the same when others are left out. */
interface Edit {
  readonly of: 'tree' | 'text';
  readonly which: number;
  readonly seed: number;
}

function refuseToOpen(): Promise<never> {
  throw new Error('a provider was opened by reading a file');
}

const kinds: Readonly<Record<string, ProviderKind>> = {
  local: { ...localProvider, open: refuseToOpen },
  cloud: {
    ...fakeKind('cloud'),
    checkWorkstation: () => [],
    checkSettings: () => [],
    open: refuseToOpen,
  },
};
const knownKinds = Object.keys(kinds);

function loadKind(kind: string): Promise<ProviderKind> | undefined {
  const found = Object.hasOwn(kinds, kind) ? kinds[kind] : undefined;
  return found && Promise.resolve(found);
}

const examplesFolder = join(import.meta.dirname, '..', '..', 'examples');
const examples: readonly Base[] = readdirSync(examplesFolder)
  .filter((name) => name.endsWith('.yaml'))
  .map((name) => readFileSync(join(examplesFolder, name), 'utf8'))
  .map((text) => ({ text, tree: treeOf(parse(text)) }));

/** A file without mistakes. */
function generated(draws: Draws): unknown {
  const isLocal = draws.chance(0.6);
  const settings = draws.oneOf([
    {},
    { root: '/srv/chews' },
    { locations: { usb: '/mnt/usb' }, accel: 'tcg' },
  ]);
  const workstation = (disks: number) => ({
    provider: 'here',
    location: draws.oneOf<unknown>(['default', ['near', 'far'], 'usb']),
    size: isLocal ? { cpus: 1 + draws.below(8), memory: `${1 + draws.below(8)}GB` } : 'medium',
    image: isLocal ? draws.oneOf(['micro', './debian.qcow2']) : 'debian-13',
    ...draws.oneOf([{}, { 'keep-snapshots': 5 }, { 'ssh-key': '~/.ssh/id.pub' }]),
    disks: Object.fromEntries(
      ['boot', 'data', 'more', 'most']
        .slice(0, disks)
        .map((name) => [name, { size: `${1 + draws.below(500)}GB`, ...draws.oneOf([{}, { type: 'fast' }]) }]),
    ),
  });
  const names = ['dev', 'a-b', 'spare'].slice(0, draws.oneOf([1, 1, 1, 2, 3]));
  return {
    version: 1,
    ...draws.oneOf([{}, { id: '7f3c9a51' }, { id: '00000001' }]),
    providers: { here: isLocal ? { kind: 'local', ...settings } : { kind: 'cloud', project: 'p-1' } },
    workstations: Object.fromEntries(names.map((name) => [name, workstation(draws.oneOf([1, 2, 2, 4]))])),
  };
}

function baseOf(seed: number): Base {
  const draws = drawsFrom(seed);
  if (draws.chance(0.2)) {
    const { text, tree } = draws.oneOf(examples);
    return { text, tree: structuredClone(tree) };
  }
  const tree = treeOf(generated(draws));
  return { text: textOf(tree), tree };
}

function editsOf(seed: number): Edit[] {
  const draws = drawsFrom(seed);
  const some = (of: Edit['of'], most: number): Edit[] =>
    Array.from({ length: draws.below(most + 1) }, () => ({
      of,
      which: draws.below(of === 'tree' ? treeEdits.length : textEdits.length),
      seed: draws.below(2 ** 32),
    }));
  return [...some('tree', 2), ...some('text', 1)];
}

function bytesOf(base: number, edits: readonly Edit[]): Buffer {
  const { text, tree } = baseOf(base);
  const inTree = edits.filter(({ of }) => of === 'tree');
  for (const { which, seed } of inTree) treeEdits[which]?.(tree, drawsFrom(seed));
  let bytes = Buffer.from(inTree.length === 0 ? text : textOf(tree));
  for (const { of, which, seed } of edits)
    if (of === 'text') bytes = Buffer.from(textEdits[which]?.(bytes, drawsFrom(seed)) ?? bytes);
  return bytes;
}

function emptyFleet(account: string): Fleet {
  return { readAtMs: Date.UTC(2026, 0, 1), account, vms: [], disks: [], snapshots: [] };
}

/** What `status` and `create` would make of it where nothing exists yet. */
function wrongUse(configuration: Configuration, workstation: Workstation): string[] {
  const kind = kinds[configuration.providers.find(({ name }) => name === workstation.provider)?.kind ?? ''];
  if (kind === undefined) return [`${workstation.name} has no provider`];
  const claim = claimOf(configuration, workstation, 'home');
  const inventory = inventoryOf(emptyFleet(claim.account), claim);
  const situation = infer(inventory, claim);
  const { capabilities } = kind;
  const common = {
    claim,
    inventory,
    situation,
    seen: nothingObserved,
    capabilities,
    nowMs: inventory.readAtMs,
  };
  const decision = plan({ ...common, goal: { kind: 'create', off: false }, elsewhere: [] });
  const look = { claim, inventory, situation, lookalikes: [] };
  const lines = statusText([{ workstation, found: { look } }], plainPaint, undefined);
  if (decision.kind === 'plan') lines.push(...planText(decision.plan));
  return [
    ...(situation.state === 'NOT_EXIST'
      ? []
      : [`${workstation.name} is ${situation.state} in an empty world`]),
    ...(decision.kind === 'plan'
      ? []
      : [`${workstation.name} cannot be created: ${JSON.stringify(decision)}`]),
    ...unprintableLines(lines),
  ];
}

async function wrongAgain(configuration: Configuration): Promise<string[]> {
  const bytes = Buffer.from(fileOf(configuration));
  try {
    const again = await understandConfiguration(PATH, bytes, loadKind, knownKinds);
    return isDeepStrictEqual(again.configuration, configuration)
      ? []
      : ['written back, it is read as another one'];
  } catch (error) {
    if (error instanceof ChewsError) return [`written back, it is refused: ${error.message}`];
    throw error;
  }
}

async function wrongAccepted(configuration: Configuration, text: string): Promise<string[]> {
  const { providers, workstations } = configuration;
  const names = [...providers, ...workstations, ...workstations.flatMap(({ disks }) => disks)];
  const wrong = names.flatMap(({ name }) => (NAME.test(name) ? [] : [`${JSON.stringify(name)} is no name`]));
  wrong.push(...misreadings(configuration, plainReading(text)));
  wrong.push(...(await wrongAgain(configuration)));
  for (const workstation of workstations.slice(0, 3)) wrong.push(...wrongUse(configuration, workstation));
  return wrong;
}

function wrongLine(line: string, text: string, lines: readonly string[]): string[] {
  const [, place, column] = /^\/home\/ann\/chews\.yaml:(\d+):(\d+): \S/.exec(line) ?? [];
  const there = lines[Number(place) - 1];
  if (place === undefined || there === undefined)
    return [`a mistake without its place: ${JSON.stringify(line)}`];
  const fits = Number(column) >= 1 && Number(column) <= there.length + 1;
  return fits
    ? []
    : [`a place that is not in the file of ${text.length} characters: ${JSON.stringify(line)}`];
}

function wrongRefused(error: ChewsError, bytes: Buffer): string[] {
  const [first = '', ...mistakes] = error.message.split('\n');
  const wrong = unprintableLines([first, ...mistakes, error.remedy ?? '']);
  if (error.code !== 'configuration') wrong.push(`it is a mistake of the kind ${error.code}`);
  if (error.effect !== 'none') wrong.push('it says that something may have been changed');
  if (mistakes.length > MOST_LINES) wrong.push(`${mistakes.length} lines`);
  for (const line of [first, ...mistakes])
    if (line.length > LONGEST_LINE) wrong.push(`a line of ${line.length} characters: ${line.slice(0, 200)}`);
  if (
    /^cannot read configuration \S+: (it is saved as UTF-16|line \d+ has bytes that are not UTF-8)$/.test(
      first,
    )
  )
    return wrong;
  if (!/^cannot use configuration \S+: it has (a mistake|\d+ mistakes)$/.test(first) || mistakes.length === 0)
    wrong.push(`it does not say what is wrong: ${JSON.stringify(first)}`);
  const text = new TextDecoder().decode(bytes);
  const lines = text.split('\n');
  for (const line of mistakes)
    if (!/^… and \d+ more$/.test(line)) wrong.push(...wrongLine(line, text, lines));
  return wrong;
}

/** What is wrong with the answer to these bytes; empty where all is well. */
export async function wrongReading(bytes: Buffer): Promise<string[]> {
  try {
    const { configuration, text } = await understandConfiguration(PATH, bytes, loadKind, knownKinds);
    return await wrongAccepted(configuration, text);
  } catch (error) {
    if (error instanceof ChewsError) return wrongRefused(error, bytes);
    return [
      `internal error: ${error instanceof Error ? error.stack?.split('\n').slice(0, 4).join(' ') : String(error)}`,
    ];
  }
}

async function violationOf(base: number, edits: readonly Edit[]): Promise<Violation> {
  const kept = await shortened(edits, async (fewer) => (await wrongReading(bytesOf(base, fewer))).length > 0);
  const bytes = bytesOf(base, kept);
  const wrong = await wrongReading(bytes);
  const text = bytes.toString('latin1');
  return {
    sentence: wrong[0] ?? '',
    story: [
      ...wrong.slice(1, 5),
      `base ${base}, edits ${JSON.stringify(kept)}`,
      `the file, byte by byte: ${JSON.stringify(text.slice(0, 3_000))}`,
    ],
  };
}

async function play(unit: Unit): Promise<Played> {
  const { seed, first, count } = unit as Unit & { seed: number; first: number; count: number };
  const violations: Violation[] = [];
  for (let at = first; at < first + count; at += 1) {
    const base = seedOf(seed, at);
    const edits = editsOf(seedOf(base, 0));
    const wrong = await wrongReading(bytesOf(base, edits));
    if (wrong.length > 0 && violations.length < MOST_TOLD) violations.push(await violationOf(base, edits));
  }
  return { cases: count, violations };
}

export const mutatedConfigurations: Row = {
  number: '8a',
  figure: 'mutated configurations',
  target: 'no crash; what is read is what was meant, all else is refused with its place',
  code: ['test/prove/mutatedConfigurations.ts'],
  units: ({ seed, share }) => {
    const cases = Math.ceil(FULL_CASES * share);
    return Array.from({ length: Math.ceil(cases / CASES_IN_UNIT) }, (_, index) => {
      const first = index * CASES_IN_UNIT;
      const count = Math.min(CASES_IN_UNIT, cases - first);
      return { name: `configurations ${first} to ${first + count - 1}`, seed, first, count };
    });
  },
  play,
};
