import type { Fleet, Inventory } from '../core/assets.ts';
import { ChewsError } from '../core/errors.ts';
import { type Claim, inventoryOf, lookalikesOf, splitFleet } from '../core/inventory.ts';
import { classicScheme } from '../core/names.ts';
import type { Provider, ProviderContext, ProviderKind } from '../core/provider.ts';
import { infer, type Situation } from '../core/state.ts';
import type { Configuration, Workstation } from '../core/workstation.ts';
import { type Patience, withRetry } from './retry.ts';
import { shareReads } from './shareReads.ts';

/** Loads one kind of provider; undefined where there is none of that kind. */
export type LoadKind = (kind: string) => Promise<ProviderKind> | undefined;

/** A configuration with its providers, each opened when it is first used. */
export interface Session {
  readonly configuration: Configuration;
  readonly context: ProviderContext;
  readonly random: () => number;
  /** The provider of that name in the file. */
  readonly provider: (name: string) => Promise<Provider>;
}

export const usualPatience: Pick<Patience, 'attempts' | 'firstPauseMs'> = { attempts: 5, firstPauseMs: 500 };

export function openSession(
  configuration: Configuration,
  loadKind: LoadKind,
  context: ProviderContext,
  random: () => number,
  patience: Pick<Patience, 'attempts' | 'firstPauseMs'> = usualPatience,
): Session {
  const opened = new Map<string, Promise<Provider>>();
  const open = async (name: string): Promise<Provider> => {
    const spec = configuration.providers.find((candidate) => candidate.name === name);
    const kind = spec && (await loadKind(spec.kind));
    if (spec === undefined || kind === undefined) {
      throw new ChewsError('configuration', `cannot use provider ${name}: the file does not say what it is`, {
        effect: 'none',
      });
    }
    const provider = await kind.open(spec.settings, context);
    return shareReads(withRetry(provider, { ...patience, sleep: context.sleep, random }));
  };
  return {
    configuration,
    context,
    random,
    provider: (name) => {
      const known = opened.get(name);
      if (known !== undefined) return known;
      const fresh = open(name);
      opened.set(name, fresh);
      return fresh;
    },
  };
}

/** The account is the one that the first read of this run answered for, unless the file pins another. */
export function claimOf(configuration: Configuration, workstation: Workstation, account: string): Claim {
  const spec = configuration.providers.find((provider) => provider.name === workstation.provider);
  const pinned = spec?.settings['account'] ?? spec?.settings['project'];
  return {
    workstation,
    scheme: classicScheme,
    account: typeof pinned === 'string' ? pinned : account,
    ...(configuration.id === undefined ? {} : { owner: configuration.id }),
  };
}

/** What a workstation is, by one read. */
export interface Look {
  readonly claim: Claim;
  readonly inventory: Inventory;
  readonly situation: Situation;
  /** Where it does not exist: what bears its names all the same and is somebody else's. Sentences. */
  readonly lookalikes: readonly string[];
}

/** What one read of all providers told. */
export interface Looks {
  readonly byName: ReadonlyMap<string, LookOrError>;
  /** What is labelled as this file's and belongs to no workstation of it: it goes on costing. Sentences. */
  readonly strays: readonly string[];
}

export type LookOrError = { readonly look: Look } | { readonly error: unknown };

/** Reads every provider that the workstations need once, side by side; a provider that cannot be read spoils only its own. */
export async function lookAt(
  session: Session,
  workstations: readonly Workstation[],
  signal?: AbortSignal,
): Promise<Looks> {
  const names = [...new Set(workstations.map((workstation) => workstation.provider))];
  const looks = new Map<string, LookOrError>();
  const strays: string[] = [];
  await Promise.all(
    names.map(async (name) => {
      const own = workstations.filter((workstation) => workstation.provider === name);
      try {
        const provider = await session.provider(name);
        const fleet = await provider.list(signal === undefined ? {} : { signal });
        strays.push(...describeStrays(fleet, session.configuration, name));
        const part = splitFleet(fleet);
        for (const workstation of own) {
          const claim = claimOf(session.configuration, workstation, fleet.account);
          const candidates = part(workstation.name);
          const inventory = inventoryOf(candidates, claim);
          const situation = infer(inventory, claim);
          const lookalikes = situation.state === 'NOT_EXIST' ? describeLookalikes(candidates, claim) : [];
          looks.set(workstation.name, { look: { claim, inventory, situation, lookalikes } });
        }
      } catch (error) {
        for (const workstation of own) looks.set(workstation.name, { error });
      }
    }),
  );
  return { byName: looks, strays };
}

/** Assets that bear this file's id and the name of a workstation that the file has no more. */
function describeStrays(fleet: Fleet, { id, workstations }: Configuration, provider: string): string[] {
  const known = new Set(workstations.map(({ name }) => name));
  const counts = new Map<string, number>();
  for (const { labels } of [...fleet.vms, ...fleet.disks, ...fleet.snapshots]) {
    const { owner, workstation } = labels;
    if (id === undefined || owner !== id || workstation === undefined || known.has(workstation)) continue;
    counts.set(workstation, (counts.get(workstation) ?? 0) + 1);
  }
  return [...counts].map(
    ([workstation, count]) =>
      `provider ${provider} still has ${count} asset${count === 1 ? '' : 's'} of ${workstation}, which is not in the file: put it back to manage or delete it`,
  );
}

function describeLookalikes(fleet: Fleet, claim: Claim): string[] {
  return lookalikesOf(fleet, claim).map(({ name, location, labels }) =>
    labels.owner === undefined || labels.owner === claim.owner
      ? `${name} in ${location} is labelled as a part of something else`
      : `${name} in ${location} belongs to another configuration (id ${labels.owner})`,
  );
}

/** What else bears this workstation's names, at its own provider and at the others of the file. */
export async function lookElsewhere(
  session: Session,
  workstation: Workstation,
  own: Fleet,
  warn: (sentence: string) => void,
  signal?: AbortSignal,
): Promise<string[]> {
  const claim = claimOf(session.configuration, workstation, own.account);
  const found = describeLookalikes(own, claim);
  const others = session.configuration.providers.filter((provider) => provider.name !== workstation.provider);
  await Promise.all(
    others.map(async ({ name }) => {
      try {
        const fleet = await (await session.provider(name)).list(signal === undefined ? {} : { signal });
        const inventory = inventoryOf(fleet, { ...claim, account: fleet.account });
        const count = inventory.vms.length + inventory.disks.length + inventory.snapshots.length;
        if (count > 0) found.push(`provider ${name} has ${count} asset${count === 1 ? '' : 's'} of it`);
      } catch (error) {
        warn(
          `could not look for ${workstation.name} at provider ${name}: ${error instanceof Error ? error.message : String(error)}`,
        );
      }
    }),
  );
  return found;
}
