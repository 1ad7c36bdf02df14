import { readFile, rm, writeFile } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import { capabilities } from '../../providers/local/settings.ts';
import type { Fleet } from '../../src/core/assets.ts';
import { ChewsError } from '../../src/core/errors.ts';
import { inventoryOf } from '../../src/core/inventory.ts';
import { classicScheme } from '../../src/core/names.ts';
import { nothingObserved } from '../../src/core/observations.ts';
import { type Goal, plan } from '../../src/core/plan.ts';
import { prove } from '../../src/core/prove.ts';
import { infer } from '../../src/core/state.ts';
import type { Workstation } from '../../src/core/workstation.ts';
import { drawsFrom, seedOf } from './draws.ts';
import { damages } from './fileDamage.ts';
import { OWNER, type RecordedStore, recordStore, removeStore, type StoredFile } from './recordedStore.ts';
import type { Played, Violation } from './row.ts';

const MOST_TOLD = 5;

const workstation: Workstation = {
  name: 'dev',
  provider: 'here',
  locations: ['home'],
  size: { cpus: 1, memoryBytes: 2 ** 28 },
  image: 'micro',
  keepSnapshots: 3,
  disks: [
    { name: 'boot', sizeBytes: 64 * 2 ** 20, type: 'standard' },
    { name: 'data', sizeBytes: 64 * 2 ** 20, type: 'standard' },
  ],
};

const goals: readonly Goal[] = [
  { kind: 'create', off: true },
  { kind: 'up' },
  { kind: 'down' },
  { kind: 'dessicate', stop: true },
  { kind: 'rehydrate', off: true },
  { kind: 'apply', stop: true, removeDisks: [] },
  { kind: 'recover' },
  { kind: 'recover', to: 'OFF' },
  { kind: 'recover', to: 'DESSICATED' },
];

/** The names of the disks that some command would delete, with a proof, on the strength of this answer. */
function deletedBy(fleet: Fleet, account: string): string[] {
  const claim = { workstation, owner: OWNER, scheme: classicScheme, account };
  const inventory = inventoryOf(fleet, claim);
  const situation = infer(inventory, claim);
  const common = { claim, inventory, situation, seen: nothingObserved, capabilities, nowMs: fleet.readAtMs };
  return goals.flatMap((goal) => {
    const decision = plan({ ...common, goal, elsewhere: [] });
    const steps = decision.kind === 'plan' ? decision.plan.steps : [];
    return steps.flatMap(({ action }) => {
      if (action.kind !== 'delete-disk') return [];
      // Where the content is positively gone, only the record of it goes.
      if (fleet.disks.some(({ id, status }) => id === action.disk.id && status === 'gone')) return [];
      // What its own plan would have made of it by then is more than this answer; what it proves now is what counts.
      const verdict = prove(action, { claim, inventory, seen: nothingObserved, erase: false });
      return verdict.ok ? [action.disk.name] : [];
    });
  });
}

function diskOfName(name: string): string {
  return name.startsWith('dev-boot-') ? 'boot' : 'data';
}

function withoutTime({ readAtMs: _, ...fleet }: Fleet): unknown {
  return fleet;
}

async function answerOf<T>(
  work: () => Promise<T>,
): Promise<{ readonly told: T } | { readonly wrong: string[] }> {
  try {
    return { told: await work() };
  } catch (error) {
    if (!(error instanceof ChewsError))
      return {
        wrong: [
          `internal error: ${error instanceof Error ? error.stack?.split('\n').slice(0, 4).join(' ') : String(error)}`,
        ],
      };
    const wrong = error.code === 'not-found' ? [`damage was taken for absence: ${error.message}`] : [];
    if (error.effect !== 'none') wrong.push(`it says that something may have been changed: ${error.message}`);
    return { wrong };
  }
}

/** What one kind of assets lost, gained or changed, besides those of the damaged file. */
function differences(before: Fleet, after: Fleet, file: StoredFile): string[] {
  const wrong: string[] = [];
  if (after.account !== before.account) wrong.push(`it answers for ${after.account}`);
  for (const kind of ['vms', 'disks', 'snapshots'] as const) {
    const [old, now] = [before[kind], after[kind]];
    if (now.length !== old.length) wrong.push(`${now.length} of ${old.length} ${kind} are told of`);
    for (const asset of old) {
      const mine = file.path.includes(`/${asset.name}/`);
      const same = now.find(({ id }) => id === asset.id);
      // A VM's disks tell of it: what is damaged in one shows in the other.
      if (!mine && file.of !== 'dev' && !isDeepStrictEqual(same, asset))
        wrong.push(`${asset.name} is told otherwise, though only ${file.path} was damaged`);
    }
  }
  return wrong;
}

interface Tried {
  readonly which: number;
  readonly file: number;
  readonly seed: number;
}

async function judge(store: RecordedStore, before: Fleet, { which, file, seed }: Tried): Promise<string[]> {
  const damage = damages[which];
  const target = store.files[file];
  if (damage === undefined || target === undefined) throw new Error('there is no such damage');
  const others = store.files.filter(({ kind }) => kind === target.kind).map(({ path }) => path);
  await damage.apply(target.path, others, drawsFrom(seed));
  const listed = await answerOf(() => store.provider.list());
  const leased = await answerOf(() => store.provider.leases.list());
  const wrong = [...('wrong' in listed ? listed.wrong : []), ...('wrong' in leased ? leased.wrong : [])];
  if (!('told' in listed)) return wrong;
  const after = listed.told;
  // What only a mistake of chews could write is no damage: it must not crash, and may say what it says.
  if (!damage.forged) {
    wrong.push(...differences(before, after, target));
    if (!isDeepStrictEqual(withoutTime(after), withoutTime(before)) && target.of !== undefined) {
      const gone = deletedBy(after, before.account).filter((name) => diskOfName(name) === target.of);
      if (gone.length > 0) wrong.push(`${gone[0]} would be deleted although ${target.path} was damaged`);
    }
  }
  return wrong;
}

/** The answer of an undamaged store: it proves that its disks may go, unless its VM holds them. */
async function soundAnswer(store: RecordedStore, whole: boolean): Promise<Fleet> {
  const before = await store.provider.list();
  const gone = new Set(deletedBy(before, before.account));
  if (gone.size !== (whole ? 0 : 2)) throw new Error(`an undamaged store lets go of ${gone.size} disks`);
  return before;
}

/** Damages files of real stores one by one, and asks each time what there is. */
export async function playFiles(seed: number, first: number, count: number): Promise<Played> {
  const violations: Violation[] = [];
  for (const whole of [false, true]) {
    const store = await recordStore(whole);
    let before = await soundAnswer(store, whole);
    for (let at = first; at < first + count; at += 1) {
      if ((at % 2 === 0) === whole) continue;
      const draws = drawsFrom(seedOf(seed, at));
      const tried = {
        which: draws.below(damages.length),
        file: draws.below(store.files.length),
        seed: draws.below(2 ** 32),
      };
      const target = store.files[tried.file];
      if (target === undefined) throw new Error('there is no such file');
      const saved = await readFile(target.path);
      const wrong = await judge(store, before, tried);
      if (wrong.length > 0 && violations.length < MOST_TOLD) {
        const now = await readFile(target.path, 'utf8').catch((error: unknown) => String(error));
        violations.push({
          sentence: wrong[0] ?? '',
          story: [
            ...wrong.slice(1, 4),
            `${damages[tried.which]?.what}: ${target.path.slice(store.folder.length)} ${JSON.stringify(tried)}`,
            `with ${whole ? 'a VM' : 'loose disks'}; it holds ${JSON.stringify(now.slice(0, 1_500))}`,
          ],
        });
      }
      if (target.kind === 'image') {
        await rm(target.path, { recursive: true, force: true });
        await store.refill();
        before = await soundAnswer(store, whole);
      } else {
        await rm(target.path, { recursive: true, force: true });
        await writeFile(target.path, saved);
      }
    }
    await removeStore(store);
  }
  return { cases: count, violations };
}
