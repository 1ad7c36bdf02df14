import { createHash } from 'node:crypto';
import type { Goal } from '../../src/core/plan.ts';
import { type Gate, type Lab, type Run, run, type Sleep } from '../property/lab.ts';

/** A point at which either of two runs could make its next call, and the order makes a difference. */
export interface Decision {
  /** What distinguishes this point from others: the datacenter, and what each run knows and is about to do. */
  readonly key: string;
  readonly taken: 0 | 1;
}

export interface Turns {
  readonly decisions: readonly Decision[];
  readonly runs: readonly [Run, Run];
}

/**
 * Ids become names with the count of the incarnation, times and versions of content become ranks: what can be told apart by
 * nothing that matters is the same, in whatever order it came about.
 */
function alike(value: unknown, names: Map<string, string>): string {
  const times = new Set<number>();
  const contents = new Set<number>();
  const versionOf = (key: string, item: unknown) =>
    key === 'content'
      ? Number(item)
      : key === 'contentVersion'
        ? Number(String(item).split('@')[1])
        : undefined;
  JSON.stringify(value, (key, item: unknown) => {
    const content = versionOf(key, item);
    if (content !== undefined) contents.add(content);
    else if (typeof item === 'number' && key.endsWith('AtMs')) times.add(item);
    return item;
  });
  const ranked = (numbers: ReadonlySet<number>) =>
    new Map([...numbers].sort((left, right) => left - right).map((number, rank) => [number, rank]));
  const timeRanks = ranked(times);
  const contentRanks = ranked(contents);
  return JSON.stringify(value, (key, item: unknown) => {
    const content = versionOf(key, item);
    if (content !== undefined) return contentRanks.get(content);
    if (typeof item === 'number' && key.endsWith('AtMs')) return timeRanks.get(item);
    return typeof item === 'string' ? (names.get(item) ?? item) : item;
  });
}

function digest(text: string): string {
  return createHash('sha1').update(text).digest('base64');
}

/**
 * Plays two commands at once on one workstation, call by call. `order` says whose turn it is where both could go on; after
 * its end the first goes on until it cannot. Time passes only where nobody can go on without it.
 */
export async function playTurns(
  lab: Lab,
  goals: readonly [Goal, Goal],
  order: readonly (0 | 1)[],
  blindLeases: boolean,
): Promise<Turns> {
  const { datacenter } = lab;
  const decisions: Decision[] = [];
  let sleepers: readonly { readonly atMs: number; readonly wake: () => void }[] = [];
  const names = new Map<string, string>();
  const counts = new Map<string, number>();
  const learnNames = () => {
    const { vms, disks, snapshots } = datacenter.world;
    for (const { id, name } of [...vms.values(), ...disks.values(), ...snapshots.values()]) {
      if (names.has(id)) continue;
      const count = (counts.get(name) ?? 0) + 1;
      counts.set(name, count);
      names.set(id, `${name}#${count}`);
    }
  };
  const sleep: Sleep = (milliseconds, signal) =>
    new Promise((resolve, reject) => {
      const sleeper = { atMs: datacenter.world.nowMs + milliseconds, wake: () => resolve() };
      const abort = () => {
        sleepers = sleepers.filter((other) => other !== sleeper);
        reject(new Error('the sleep was cut short'));
      };
      if (signal?.aborted === true) return abort();
      signal?.addEventListener('abort', abort, { once: true });
      sleepers = [...sleepers, sleeper].sort((left, right) => left.atMs - right.atMs);
    });
  const besidesDelete = goals.some(({ kind }) => kind === 'delete');
  const states = goals.map((goal) => {
    // Steps side by side, and the lease that is renewed: in the order in which they came.
    const waiting: { readonly about: string; readonly reads: boolean; readonly go: () => void }[] = [];
    // How far it has come counts too: the same answer twice leaves no other trace.
    const state = { knows: '', waiting, calls: 0, done: false };
    const gate: Gate = (call) =>
      new Promise((go) => {
        state.calls += 1;
        waiting.push({ about: `${call.number} ${call.what}`, reads: call.number === 0, go });
      });
    const tell = (what: string, answer: unknown) => {
      learnNames();
      const seen = digest(`${what} ${alike(answer, names)}`);
      if (!state.knows.endsWith(seen)) state.knows = `${digest(state.knows)}${seen}`;
    };
    const ended = run(lab, goal, { gate, tell, sleep, blindLeases, besidesDelete }).finally(() => {
      state.done = true;
    });
    return { state, ended };
  });
  const [first, second] = states;
  if (first === undefined || second === undefined) throw new Error('two runs take turns');
  while (!first.state.done || !second.state.done) {
    await new Promise((quiet) => setImmediate(quiet));
    const ready = [first, second].filter(({ state }) => state.waiting.length > 0);
    let next = ready[0];
    // Two reads come to the same in either order.
    if (ready.length === 2 && ready.some(({ state }) => state.waiting[0]?.reads === false)) {
      learnNames();
      const { vms, disks, snapshots, leases } = datacenter.world;
      const world = [vms, disks, snapshots, leases].map((assets) => [...assets.values()]);
      const runs = [first, second].map(
        ({ state }) => `${state.calls} ${state.waiting.map(({ about }) => about).join()} ${state.knows}`,
      );
      const taken = order[decisions.length] ?? 0;
      decisions.push({ key: digest(`${alike(world, names)} ${runs.join(' ')}`), taken });
      next = taken === 0 ? first : second;
    }
    if (next === undefined) {
      const [sleeper, ...others] = sleepers;
      if (sleeper === undefined) continue;
      sleepers = others;
      datacenter.advance(Math.max(0, sleeper.atMs - datacenter.world.nowMs));
      sleeper.wake();
      continue;
    }
    next.state.waiting.shift()?.go();
  }
  return { decisions, runs: [await first.ended, await second.ended] };
}
