import { describe, expect, it } from 'vitest';
import type { Call } from '../support/datacenter/client.ts';
import { ChewsError, type ErrorCode } from '../../src/core/errors.ts';
import { type Answer, createStage, nextProcess, type Stage } from './stage.ts';

interface Life {
  readonly first: readonly string[];
  readonly line: string;
  /** What the file's only workstation is when the command has ended well. */
  readonly ends: string;
}

const lives: readonly Life[] = [
  { first: [], line: 'create dev', ends: 'ON' },
  { first: ['create dev'], line: 'dessicate dev --stop', ends: 'DESSICATED' },
  { first: ['create dev', 'dessicate dev --stop'], line: 'up dev', ends: 'ON' },
];

async function prepared({ first }: Life): Promise<Stage> {
  const stage = createStage();
  for (const line of first) expect((await stage.chews(line)).code).toBe(0);
  return stage;
}

/** How many calls the command makes when nothing happens to it, reads among them. */
async function callsOf(life: Life): Promise<number> {
  let calls = 0;
  const gate = async () => {
    calls += 1;
  };
  expect((await (await prepared(life)).chews(life.line, { client: { gate } })).code).toBe(0);
  return calls;
}

/** Runs the command once for each of its calls, and lets something happen there. */
async function atEachCall(
  life: Life,
  happen: (stage: Stage, call: Call, at: number, now: number) => Promise<void>,
  look: (stage: Stage, answer: Answer, at: number) => Promise<void>,
): Promise<number> {
  const calls = await callsOf(life);
  for (let at = 1; at <= calls; at += 1) {
    const stage = await prepared(life);
    let now = 0;
    const gate = async (call: Call) => {
      now += 1;
      await happen(stage, call, at, now);
    };
    const answer = await stage.chews(life.line, { client: { gate } });
    expect(answer.err).not.toContain('internal error');
    await look(stage, answer, at);
    // The same command goes on, as another process of this computer.
    const again = await stage.chews(life.line, { over: nextProcess });
    const told = `${life.line}, at call ${at}: ${answer.err}${again.err}`;
    expect({ told, code: again.code }).toEqual({ told, code: 0 });
    expect((await stage.chews('status --json')).out).toContain(`"state": "${life.ends}"`);
    expect(stage.datacenter.world.leases.size).toBe(0);
  }
  return calls;
}

describe.each(lives)('at any call of $line', (life) => {
  it('Ctrl-C leaves no lease behind, and says that it was interrupted unless all was done', async () => {
    const codes = new Set<number>();
    const calls = await atEachCall(
      life,
      async (stage, _, at, now) => {
        if (now === at) stage.signal('SIGINT');
      },
      async (stage, { code, out, err }, at) => {
        codes.add(code);
        expect({ at, leases: stage.datacenter.world.leases.size }).toEqual({ at, leases: 0 });
        if (code === 0) expect(out).toContain(`dev is ${life.ends}`);
        else expect(err).toMatch(/^cannot .* workstation dev: interrupted/m);
      },
    );
    expect(calls).toBeGreaterThan(10);
    expect([...codes].toSorted()).toEqual([0, 130]);
  });

  it('a second Ctrl-C leaves at once, whatever hangs', async () => {
    await atEachCall(
      life,
      async (stage, _, at, now) => {
        if (now === at) {
          stage.signal('SIGINT');
          stage.signal('SIGINT');
        }
        if (now >= at) await new Promise<void>(() => undefined);
      },
      async (_, { code, err }) => {
        expect(code).toBe(130);
        expect(err).toMatch(/^cannot .* workstation dev: interrupted, and not waited for$/m);
      },
    );
  });

  it.each([
    ['a network that is lost', 'unreachable', true, 8],
    ['credentials that expire', 'credentials', false, 4],
  ] as const)(
    '%s ends it with its own code and the command that goes on',
    async (_, code, retryable, exit) => {
      await atEachCall(
        life,
        async (__, call, at, now) => {
          if (now >= at) throw lost(call, code, retryable);
        },
        async (__, answer, at) => {
          // Where all was done but to give the lease back, it is said.
          if (answer.code === 0) expect(answer.err).toContain('could not give the lease of dev back');
          else expect({ at, code: answer.code }).toEqual({ at, code: exit });
          if (answer.err.includes('not done: ')) expect(answer.err).toMatch(/→ chews .* goes on/);
        },
      );
    },
  );
});

function lost({ what }: Call, code: ErrorCode, retryable: boolean): ChewsError {
  return new ChewsError(code, `cannot ${what}: not now`, { retryable, effect: 'none' });
}
