import type { ProviderContext } from '../../../src/core/provider.ts';
import { type Client, type ClientOptions, connectClient } from './client.ts';
import { advance, guestWrites } from './guests.ts';
import {
  assertNothingLost,
  type Holding,
  keepAgain,
  type Loss,
  letGo,
  losses,
  newestContent,
  twins,
  whereHeld,
} from './oracle.ts';
import { actAsOwner, type Deed } from './owner.ts';
import { createWorld, draw, type World, type WorldOptions } from './world.ts';

/** A cloud under test control: virtual time, seeded ids, strict calls, and an oracle that knows all data by version. */
export interface Datacenter {
  /** The data itself, for a test that wants to look or to meddle. */
  readonly world: World;
  advance(milliseconds: number): void;
  /** A running guest writes to every disk that it holds; no effect on a VM that is off. */
  guestWrites(vmName: string, account?: string): void;
  /** False where the datacenter refused. */
  owner(deed: Deed, account?: string): boolean;
  connect(options?: ClientOptions): Client;
  /** A context whose clock is the virtual one: to sleep is to let time pass. */
  context(overrides?: Partial<ProviderContext>): ProviderContext;
  readonly oracle: Oracle;
  /** A copy of everything; `restore` goes back to it as often as is wanted. Clients that are connected stay so. */
  save(): World;
  restore(saved: World): void;
}

export interface Oracle {
  newestContent(workstation: string, disk: string): number | undefined;
  whereHeld(version: number): Holding[];
  losses(): Loss[];
  /** Throws DataLost. Called by itself after every call of a client that changes something. */
  assertNothingLost(): void;
  letGo(workstation: string, disk?: string): void;
  keepAgain(workstation: string, disk?: string): void;
  /** Names that two live VMs of an account share: a second run must never bring that about. */
  twins(): string[];
}

export function createDatacenter(options: WorldOptions): Datacenter {
  let world = createWorld(options);
  const home = world.accounts[0] ?? '';
  return {
    get world() {
      return world;
    },
    advance: (milliseconds) => advance(world, milliseconds),
    guestWrites: (vmName, account = home) => {
      for (const vm of world.vms.values()) {
        if (vm.name === vmName && vm.account === account) guestWrites(world, vm);
      }
    },
    owner: (deed, account = home) => actAsOwner(world, account, deed),
    connect: (clientOptions = {}) => connectClient(() => world, clientOptions),
    context: (overrides = {}) => ({
      env: {},
      homeFolder: '/home/tester',
      configFolder: '/home/tester',
      nowMs: () => world.nowMs,
      drawId: () => Array.from({ length: 4 }, () => draw(world).toString(16).padStart(8, '0')).join(''),
      sleep: async (milliseconds) => advance(world, milliseconds),
      ...overrides,
    }),
    oracle: {
      newestContent: (workstation, disk) => newestContent(world, workstation, disk),
      whereHeld: (version) => whereHeld(world, version),
      losses: () => losses(world),
      assertNothingLost: () => assertNothingLost(world, 'what was done last'),
      letGo: (workstation, disk) => letGo(world, workstation, disk),
      keepAgain: (workstation, disk) => keepAgain(world, workstation, disk),
      twins: () => twins(world),
    },
    save: () => structuredClone(world),
    restore: (saved) => {
      world = structuredClone(saved);
    },
  };
}
