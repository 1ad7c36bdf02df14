import { describe, expect, it } from 'vitest';
import type { StopSignal } from '../../src/cli/surroundings.ts';
import type { Call } from '../support/datacenter/client.ts';
import { leaseOfAnother } from '../support/anotherRun.ts';
import { createStage, fileOf, type Stage } from './stage.ts';

/** Sends signals to the run when it makes a certain call. */
function at(stage: () => Stage, what: string, ...signals: readonly StopSignal[]) {
  return {
    gate: async (call: Call) => {
      if (call.what.startsWith(what)) for (const signal of signals) stage().signal(signal);
    },
  };
}

describe('Ctrl-C', () => {
  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'lets what is under way end, begins nothing new, and says where things stand (%s)',
    async (signal) => {
      const stage: Stage = createStage();
      await stage.chews('create dev --off');
      const client = at(() => stage, 'snapshot-disk dev-boot', signal);
      const { code, out, err } = await stage.chews('dessicate dev', { client });
      expect({ code, out }).toEqual({ code: 130, out: '' });
      expect(err).toMatchSnapshot();
      expect((await stage.chews('dessicate dev')).code).toBe(0);
    },
  );

  it('leaves at once the second time', async () => {
    const stage: Stage = createStage();
    await stage.chews('create dev --off');
    const never = new Promise<void>(() => undefined);
    const client = {
      gate: async (call: Call) => {
        if (!call.what.startsWith('delete-vm')) return;
        stage.signal('SIGINT');
        stage.signal('SIGINT');
        await never;
      },
    };
    const { code, err } = await stage.chews('dessicate dev', { client });
    expect(code).toBe(130);
    expect(err).toMatchSnapshot();
  });

  it('waits no longer than seconds for a call that does not end', async () => {
    const stage: Stage = createStage();
    const never = new Promise<void>(() => undefined);
    const client = {
      gate: async (call: Call) => {
        if (!call.what.startsWith('create-vm')) return;
        stage.signal('SIGTERM');
        await never;
      },
    };
    const startedAtMs = stage.datacenter.world.nowMs;
    expect((await stage.chews('create dev', { client })).code).toBe(130);
    expect(stage.datacenter.world.nowMs - startedAtMs).toBeLessThan(10_000);
  });

  it('at a prompt declines', async () => {
    const stage: Stage = createStage();
    await stage.chews('create dev');
    const asked = stage.chews('delete dev', { terminal: true, keepsInputOpen: true });
    await stage.untilSaid('Type dev to delete it');
    stage.signal('SIGINT');
    const { code, err } = await asked;
    expect(code).toBe(130);
    expect(err).toMatch(/Type dev to delete it: \ninterrupted; nothing was changed\n$/);
    expect(err).not.toContain('under way');
    expect(stage.datacenter.world.vms.size).toBe(1);
  });

  it('ends a read too', async () => {
    const stage: Stage = createStage();
    const client = at(() => stage, 'list', 'SIGINT');
    expect((await stage.chews('status', { client })).code).toBe(130);
  });

  it.each(['up dev', 'status', 'unlock dev', 'delete dev --confirm dev'])(
    'before anything was read ends %s with nothing changed',
    async (line) => {
      const stage: Stage = createStage();
      await stage.chews('create dev --off');
      const before = structuredClone(stage.datacenter.world);
      const { code, out } = await stage.chews(line, {
        over: {
          onSignal: (listener) => {
            listener('SIGINT');
            return () => undefined;
          },
        },
      });
      expect({ code, out }).toEqual({ code: 130, out: '' });
      expect({ ...stage.datacenter.world, nowMs: 0 }).toEqual({ ...before, nowMs: 0 });
    },
  );

  it('while it waits for another run changes nothing', async () => {
    const stage: Stage = createStage();
    await stage.chews('create dev --off');
    const { world } = stage.datacenter;
    const from = { command: 'up', sinceMs: world.nowMs };
    world.leases.set('home/dev', leaseOfAnother(world.nowMs, { ...from, untilMs: world.nowMs + 300_000 }));
    let looks = 0;
    const gate = async (call: Call) => {
      looks += call.what === 'list leases' ? 1 : 0;
      if (looks === 3) stage.signal('SIGINT');
    };
    expect(await stage.chews('up dev --wait', { client: { gate } })).toMatchInlineSnapshot(`
      {
        "code": 130,
        "err": "waiting for dev: chews up (process 12 of bob on mars) is at work on it, since 0s; its lease ends in 5m unless renewed
      interrupted: nothing new is begun, what is under way gets 5 s; once more leaves at once
      cannot switch on workstation dev: interrupted before it was begun
        nothing was changed
        → chews up dev begins again
      ",
        "out": "",
      }
    `);
    expect(world.leases.get('home/dev')?.user).toBe('bob');
  });

  it('while it waits for the provider changes nothing, and gives the lease back', async () => {
    const stage: Stage = createStage({
      quirks: { durations: { createDiskMs: 0, snapshotMs: 0, startMs: 0, stopMs: 60_000 } },
    });
    await stage.chews('create dev');
    stage.datacenter.owner({ deed: 'stop-vm', vm: 'dev' });
    // No time passes but by the pauses between two looks, and the signal comes in the first of them.
    const sleep = async (milliseconds: number, signal?: AbortSignal) => {
      if (milliseconds >= 2_000)
        await new Promise<void>((resolve) => signal?.addEventListener('abort', () => resolve()));
      else stage.signal('SIGINT');
      signal?.throwIfAborted();
    };
    expect(await stage.chews('up dev', { over: { sleep } })).toMatchInlineSnapshot(`
      {
        "code": 130,
        "err": "dev: waiting for the provider: VM dev is TURNING OFF
      interrupted: nothing new is begun, what is under way gets 5 s; once more leaves at once
      cannot switch on workstation dev: interrupted before it was done
        nothing was changed
        → chews up dev goes on; chews recover dev leads to the nearest normal state
        still costs: 1 VM running, 2 disks of 30GB
      ",
        "out": "",
      }
    `);
    expect(stage.datacenter.world.leases.size).toBe(0);
  });

  it('while it waits for the guest ends at once, and the same command goes on', async () => {
    let silent = true;
    const stage: Stage = createStage({
      kind: (kind) => ({
        ...kind,
        open: async (settings, context) => {
          const provider = await kind.open(settings, context);
          return {
            ...provider,
            apply: async (action, options) => {
              if (action.kind !== 'await-guest' || !silent) return await provider.apply(action, options);
              stage.signal('SIGINT');
              await new Promise<void>((_, reject) => {
                const end = () => reject(new DOMException('This operation was aborted', 'AbortError'));
                if (options?.signal?.aborted === true) end();
                options?.signal?.addEventListener('abort', end, { once: true });
              });
            },
          };
        },
      }),
    });
    const { world } = stage.datacenter;
    const before = world.nowMs;
    expect(await stage.chews('create dev')).toMatchInlineSnapshot(`
      {
        "code": 130,
        "err": "dev: make disk dev-boot-4e104700… (10GB, standard) from image debian-13 … done (0.0s)
      dev: make disk dev-data-a46e0136… (20GB, standard) … done (0.0s)
      dev: note on dev-boot-4e104700… which disks belong together … done (0.0s)
      dev: make VM dev (small) of 2 disks … done (0.0s)
      dev: start VM dev … done (0.0s)
      interrupted: nothing new is begun, what is under way gets 5 s; once more leaves at once
      dev: wait for VM dev to answer on ssh … failed: interrupted
      cannot create workstation dev: interrupted before it was done
        done: make disk dev-boot-4e104700… (10GB, standard) from image debian-13
        done: make disk dev-data-a46e0136… (20GB, standard)
        done: note on dev-boot-4e104700… which disks belong together
        done: make VM dev (small) of 2 disks
        done: start VM dev
        not done: wait for VM dev to answer on ssh
        nothing is lost: dev is ON
        → chews create dev goes on; chews recover dev leads to the nearest normal state
        still costs: 1 VM running, 2 disks of 30GB
      ",
        "out": "",
      }
    `);
    expect(stage.datacenter.world.nowMs - before).toBeLessThan(5_000);
    expect(await stage.chews('up dev')).toMatchInlineSnapshot(`
      {
        "code": 130,
        "err": "interrupted: nothing new is begun, what is under way gets 5 s; once more leaves at once
      cannot switch on workstation dev: interrupted before it was done
        nothing was changed
        → chews up dev goes on; chews recover dev leads to the nearest normal state
        still costs: 1 VM running, 2 disks of 30GB
      ",
        "out": "",
      }
    `);
    silent = false;
    expect((await stage.chews('up dev')).code).toBe(0);
    expect(world.leases.size).toBe(0);
  });

  it('after the last step is too late: what is done is said to be done', async () => {
    for (const last of ['release lease', 'start-vm']) {
      const stage: Stage = createStage();
      await stage.chews('create dev --off');
      const { code, out } = await stage.chews('up dev', { client: at(() => stage, last, 'SIGINT') });
      // Between the start and the wait for the guest there is still a step to come.
      expect({ last, code }).toEqual({ last, code: last === 'start-vm' ? 130 : 0 });
      if (code === 0) expect(out).toContain('dev is ON (was OFF)');
      expect(stage.datacenter.world.leases.size).toBe(0);
    }
  });

  it('of several workstations tells of each where it stands', async () => {
    const names = Array.from({ length: 10 }, (_, index) => `ws${index}`);
    const stage: Stage = createStage({ file: fileOf(Object.fromEntries(names.map((name) => [name, {}]))) });
    const client = at(() => stage, 'create-disk ws3-data', 'SIGTERM');
    const { code, err } = await stage.chews('create --all', { client });
    expect(code).toBe(130);
    for (const name of names) expect(err).toContain(`cannot create workstation ${name}: interrupted`);
    expect(err.match(/interrupted before it was begun/g)).toHaveLength(2);
    expect(stage.datacenter.world.leases.size).toBe(0);
  });
});

describe('a terminal that is closed', () => {
  it('tells it twice, and what is under way gets its time all the same', async () => {
    const stage: Stage = createStage();
    await stage.chews('create dev --off');
    const client = at(() => stage, 'delete-vm', 'SIGHUP', 'SIGHUP');
    const { code, err } = await stage.chews('dessicate dev', { client });
    expect(code).toBe(130);
    expect(err).toContain('done: delete VM dev, which keeps its disks\n');
    expect(stage.datacenter.world.leases.size).toBe(0);
  });
});
