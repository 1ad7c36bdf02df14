import type { Action, DestructiveAction } from '../../src/core/action.ts';
import type { Disk, Fleet, Snapshot, Vm } from '../../src/core/assets.ts';
import type { Provider } from '../../src/core/provider.ts';
import { drawsFrom } from './draws.ts';
import { fleetLies } from './fleetLies.ts';

/** One lie, by what it is drawn from, and which of the reads it is told in, counted from 1. */
export interface Lie {
  readonly which: number;
  readonly seed: number;
  readonly from: number;
  readonly to: number;
}

/** What a run was told, and what it asked for on the strength of it. */
export interface Testimony {
  readonly fleets: Fleet[];
  /** Deletions that rest on an answer that is not understood. */
  readonly wrong: string[];
}

type Deletion = Action & DestructiveAction;

function isDeletion(action: Action): action is Deletion {
  return action.kind === 'delete-vm' || action.kind === 'delete-disk' || action.kind === 'delete-snapshot';
}

function aboutOurs({ name, labels }: Vm | Disk | Snapshot): boolean {
  return labels.workstation === 'dev' || (labels.workstation === undefined && /^(ss-)?dev\b/.test(name));
}

/** Why one answer does not bear a deletion; empty where it does. */
function whyNot(fleet: Fleet, action: Deletion, owner: string): string[] {
  const [assets, ref] = ((): [readonly (Vm | Disk | Snapshot)[], { readonly id?: string }] => {
    switch (action.kind) {
      case 'delete-vm':
        return [fleet.vms, action.vm];
      case 'delete-disk':
        return [fleet.disks, action.disk];
      case 'delete-snapshot':
        return [fleet.snapshots, action.snapshot];
    }
  })();
  const found = assets.filter(({ id }) => id === ref.id);
  const [asset] = found;
  if (asset === undefined || found.length > 1) return [`there are ${found.length} of the id ${ref.id}`];
  const { labels, name } = asset;
  const all: readonly (Vm | Disk | Snapshot)[] = [...fleet.vms, ...fleet.disks, ...fleet.snapshots];
  const unknown = all.filter((other) => other.status === 'unknown' && aboutOurs(other));
  return [
    ...unknown.map((other) => `${JSON.stringify(other.name)} is in a state that nobody knows`),
    ...(fleet.account === 'home' ? [] : [`the answer is of the account ${JSON.stringify(fleet.account)}`]),
    ...(labels.owner === undefined || labels.owner === owner ? [] : [`it belongs to ${labels.owner}`]),
    ...(labels.workstation === undefined || labels.workstation === 'dev'
      ? []
      : [`it is labelled as a part of ${labels.workstation}`]),
    ...(/^(ss-)?dev(-[a-z0-9-]+)?$/.test(name) ? [] : [`its name is ${JSON.stringify(name)}`]),
  ];
}

/** A provider whose lists lie, while its calls act on the truth. */
export function lyingProvider(provider: Provider, lies: readonly Lie[], owner: string): Provider & Testimony {
  const fleets: Fleet[] = [];
  const wrong: string[] = [];
  return {
    ...provider,
    fleets,
    wrong,
    list: async (options) => {
      let fleet = await provider.list(options);
      const read = fleets.length + 1;
      for (const { which, seed, from, to } of lies)
        if (read >= from && read <= to) fleet = fleetLies[which]?.(fleet, drawsFrom(seed)) ?? fleet;
      fleets.push(fleet);
      return fleet;
    },
    apply: async (action, options) => {
      if (isDeletion(action)) {
        // Steps that run side by side read side by side: any answer of that moment may be the one.
        const read = fleets.filter(({ readAtMs }) => Object.is(readAtMs, action.proof.readAtMs));
        const reasons = read.map((fleet) => whyNot(fleet, action, owner));
        if (reasons.every((list) => list.length > 0))
          wrong.push(`${action.kind} although ${(reasons.at(-1) ?? ['nothing was read']).join(' and ')}`);
      }
      await provider.apply(action, options);
    },
  };
}
