import { describe, expect, it } from 'vitest';
import type { Lease } from '../../src/core/lease.ts';
import type { Call } from '../support/datacenter/client.ts';
import { leaseOfAnother } from '../support/anotherRun.ts';
import { createStage, fileOf, nextProcess, type Stage } from './stage.ts';

function hold(stage: Stage, changes: Partial<Lease> = {}): void {
  const { world } = stage.datacenter;
  const lease = leaseOfAnother(world.nowMs, { command: 'up', ...changes });
  world.leases.set(`home/${lease.workstation}`, lease);
}

/** Two that are OFF. */
async function pair(): Promise<Stage> {
  const stage = createStage({ file: fileOf({ dev: {}, spare: {} }) });
  await stage.chews('create --all --off');
  return stage;
}

describe('two runs of one workstation', () => {
  it('refuse the second with who holds it, on which host, since when, for what, until when, and what to do', async () => {
    const stage = await pair();
    const seconds: (readonly [number, string])[] = [];
    const gate = async (call: Call) => {
      if (!call.what.startsWith('snapshot-disk dev-boot')) return;
      const { code, err } = await stage.chews('up dev');
      seconds.push([code, err]);
    };
    expect((await stage.chews('dessicate dev', { client: { gate } })).code).toBe(0);
    expect(seconds).toMatchInlineSnapshot(`
      [
        [
          6,
          "cannot switch on workstation dev: chews dessicate (process 4711 of ann on ares) is at work on it, since 0s; its lease ends in 4m 59s unless renewed
        → run it again when that has ended, or with --wait; if that run is no more, chews unlock dev
      ",
        ],
      ]
    `);
    expect(stage.datacenter.world.leases.size).toBe(0);
  });

  it('let the second wait with --wait until the first has ended', async () => {
    const stage = await pair();
    let looks = 0;
    let waits: () => void = () => undefined;
    const isWaiting = new Promise<void>((resolve) => {
      waits = resolve;
    });
    const looking = async (call: Call) => {
      looks += call.what === 'list leases' ? 1 : 0;
      if (looks === 3) waits();
    };
    let second: Promise<{ code: number; err: string }> | undefined;
    const gate = async (call: Call) => {
      if (!call.what.startsWith('snapshot-disk dev-boot')) return;
      second = stage.chews('up dev --wait', { client: { gate: looking } });
      await isWaiting;
    };
    expect((await stage.chews('dessicate dev', { client: { gate } })).code).toBe(0);
    const ended = await second;
    expect(ended?.code).toBe(0);
    expect(ended?.err).toMatch(/^waiting for dev: chews dessicate \(process 4711 of ann on ares\)/);
    expect(ended?.err).toContain('make disk dev-boot-4e104700… (10GB, standard) from its snapshot');
  });
});

describe('a run that was killed', () => {
  it.each(['before', 'after'] as const)(
    'never blocks the next one on this computer (%s a call)',
    async (when) => {
      const stage = await pair();
      const faults = [{ call: 4, when, kind: 'kill' as const }];
      expect((await stage.chews('dessicate dev', { client: { faults } })).code).toBe(1);
      expect(stage.datacenter.world.leases.size).toBe(1);
      const { code, err } = await stage.chews('dessicate dev', { over: nextProcess });
      expect(code).toBe(0);
      expect(err).toContain('took over the lease of dev from an earlier run: process 4711 is gone');
      expect(stage.datacenter.world.leases.size).toBe(0);
    },
  );

  it('blocks one on another computer no longer than its lease lasts', async () => {
    const stage = await pair();
    hold(stage);
    expect((await stage.chews('up dev')).code).toBe(6);
    stage.datacenter.advance(260_000);
    const { code, err } = await stage.chews('up dev');
    expect(code).toBe(0);
    expect(err).toContain('took over the lease of dev from an earlier run: its time is over');
  });
});

describe('a run whose lease is taken away', () => {
  it('begins nothing new once it learns of it, and says so', async () => {
    const stage = await pair();
    let told: string | undefined;
    const gate = async (call: Call) => {
      if (told !== undefined || !call.what.startsWith('snapshot-disk dev-data')) return;
      told = (await stage.chews('unlock dev --yes')).out;
      // Held up for longer than it dares to go on without a look at its lease.
      stage.datacenter.advance(5 * 60_000);
    };
    const { code, err } = await stage.chews('dessicate dev', { client: { gate } });
    expect(told).toBe('dev is unlocked\n');
    expect({ code, err }).toMatchInlineSnapshot(`
      {
        "code": 6,
        "err": "dev: snapshot disk dev-boot-4e104700… as ss-dev-boot-4e104700…-20260301120000 … done (0.0s)
      dev: snapshot disk dev-data-a46e0136… as ss-dev-data-a46e0136…-20260301120000 … done (5m)
      dev: see that no disk is deleted along with VM dev … failed: cannot renew lease dev: it is no longer ours
      cannot go on with dessicate of workstation dev: another run has taken it over, or it was unlocked
        done: snapshot disk dev-boot-4e104700… as ss-dev-boot-4e104700…-20260301120000
        done: snapshot disk dev-data-a46e0136… as ss-dev-data-a46e0136…-20260301120000
        not done: see that no disk is deleted along with VM dev
        not done: delete VM dev, which keeps its disks
        not done: delete disk dev-boot-4e104700…, once it is proven to be in the set
        not done: delete disk dev-data-a46e0136…, once it is proven to be in the set
        nothing is lost: dev is OFF
        → chews status dev
        still costs: 2 disks of 30GB, 2 snapshots
      ",
      }
    `);
    expect((await stage.chews('dessicate dev')).code).toBe(0);
  });
});

describe('several workstations', () => {
  it('do not stop each other: one that is held fails alone', async () => {
    const stage = await pair();
    hold(stage);
    const { code, out, err } = await stage.chews('up --all');
    expect({ code, out }).toMatchInlineSnapshot(`
      {
        "code": 3,
        "out": "spare is ON (was OFF)
        still costs: 1 VM running, 2 disks of 30GB
      ",
      }
    `);
    expect(err).toContain(
      'cannot switch on workstation dev: chews up (process 12 of bob on mars) is at work',
    );
  });

  it('do not wait for each other: one that waits keeps no other from its end', async () => {
    const stage = await pair();
    hold(stage);
    let holder: string | undefined;
    const gate = async (call: Call) => {
      if (call.what === 'release lease spare') holder = stage.datacenter.world.leases.get('home/dev')?.user;
    };
    const { code } = await stage.chews('up --all --wait', { client: { gate } });
    expect({ code, holder }).toEqual({ code: 0, holder: 'bob' });
  });

  it('do not wait for each other, however many wait for other runs', async () => {
    const names = Array.from({ length: 10 }, (_, index) => `ws${index}`);
    const stage = createStage({ file: fileOf(Object.fromEntries(names.map((name) => [name, {}]))) });
    const { world } = stage.datacenter;
    for (const workstation of names.slice(0, 9)) hold(stage, { workstation, id: `lease-${workstation}` });
    let held: number | undefined;
    const gate = async (call: Call) => {
      if (call.what !== 'release lease ws9') return;
      held = [...world.leases.values()].filter(({ user }) => user === 'bob').length;
    };
    const { code } = await stage.chews('create --all --off --wait', { client: { gate } });
    expect({ code, held }).toEqual({ code: 0, held: 9 });
  });

  it('share one code where all are held', async () => {
    const stage = await pair();
    hold(stage);
    hold(stage, { workstation: 'spare', id: 'lease-2' });
    expect((await stage.chews('up --all')).code).toBe(6);
  });

  it('go on where one fails in the middle', async () => {
    const stage = await pair();
    const gate = async (call: Call) => {
      if (call.what.startsWith('start-vm dev')) throw new Error('unforeseen');
    };
    const { code, out } = await stage.chews('up --all', { client: { gate } });
    expect({ code, out: out.split('\n')[0] }).toEqual({ code: 3, out: 'spare is ON (was OFF)' });
    expect(stage.datacenter.world.leases.size).toBe(0);
  });
});
