import { describe, expect, it } from 'vitest';
import type { Lease } from '../../src/core/lease.ts';
import type { Call } from '../support/datacenter/client.ts';
import { tearLease } from '../support/memoryLeases.ts';
import { leaseOfAnother } from '../support/anotherRun.ts';
import { createStage, fileOf, type Stage, withoutColour } from './stage.ts';

/** Of another computer, taken 40 s ago. */
function hold(stage: Stage, changes: Partial<Lease> = {}): Lease {
  const { world } = stage.datacenter;
  const lease = leaseOfAnother(world.nowMs, changes);
  world.leases.set(`home/${lease.workstation}`, lease);
  return lease;
}

const here = { host: 'ares', user: 'ann', hostId: 'host-1', hostBoot: 'boot-1', pid: 77, processStart: '1' };

/** A workstation that is OFF, and is held. */
async function heldStage(changes: Partial<Lease> = {}): Promise<Stage> {
  const stage = createStage({ file: fileOf({ dev: {}, spare: {} }) });
  await stage.chews('create dev --off');
  hold(stage, changes);
  return stage;
}

const leasesOf = ({ datacenter }: Stage) => [...datacenter.world.leases.keys()];

describe('unlock', () => {
  it('shows who holds it and what state it is in, asks, and takes the lease away', async () => {
    const stage = await heldStage();
    const declined = await stage.chews('unlock dev', { terminal: true, types: ['n'] });
    expect({ ...declined, err: withoutColour(declined.err) }).toMatchInlineSnapshot(`
      {
        "code": 130,
        "err": "dev is held by chews dessicate, process 12 of bob on mars:
        since 2026-03-01 11:59:20 UTC, 40s ago
        until 2026-03-01 12:04:20 UTC, in 4m 20s unless it is renewed
        its process is on another computer or in another container, and cannot be seen from here
        dev is OFF, and nothing is CHANGING at its provider
      Take the lease of dev away? [y/N] dev: nothing was changed
      ",
        "out": "",
      }
    `);
    expect(leasesOf(stage)).toEqual(['home/dev']);
    const { code, out } = await stage.chews('unlock dev', { terminal: true, types: ['y'] });
    expect({ code, out }).toMatchInlineSnapshot(`
      {
        "code": 0,
        "out": "dev is unlocked
      ",
      }
    `);
    expect(leasesOf(stage)).toEqual([]);
    expect((await stage.chews('up dev')).code).toBe(0);
  });

  it('has nothing to do where nobody holds it', async () => {
    const { chews } = createStage();
    expect(await chews('unlock dev')).toMatchInlineSnapshot(`
      {
        "code": 0,
        "err": "",
        "out": "nothing to do: nobody holds dev
      ",
      }
    `);
    expect(await chews('unlock --all --quiet')).toEqual({ code: 0, out: '', err: '' });
  });

  it('changes nothing where nobody can be asked, but for --yes', async () => {
    const stage = await heldStage();
    expect(await stage.chews('unlock dev')).toMatchInlineSnapshot(`
      {
        "code": 2,
        "err": "dev is held by chews dessicate, process 12 of bob on mars:
        since 2026-03-01 11:59:20 UTC, 40s ago
        until 2026-03-01 12:04:20 UTC, in 4m 20s unless it is renewed
        its process is on another computer or in another container, and cannot be seen from here
        dev is OFF, and nothing is CHANGING at its provider
      cannot unlock workstation dev: nobody can be asked whether this is right
        → --yes says that it is
      ",
        "out": "",
      }
    `);
    expect(leasesOf(stage)).toEqual(['home/dev']);
    expect(await stage.chews('unlock dev --yes --quiet')).toEqual({ code: 0, out: '', err: '' });
    expect(leasesOf(stage)).toEqual([]);
  });

  it('warns where the holder is alive on this computer, whatever is asked for', async () => {
    const stage = await heldStage(here);
    expect((await stage.chews('unlock dev --dry-run')).out).toMatchInlineSnapshot(`
      "dev is held by chews dessicate, process 77 of ann on ares:
        since 2026-03-01 11:59:20 UTC, 40s ago
        until 2026-03-01 12:04:20 UTC, in 4m 20s unless it is renewed
        its process is alive on this computer
        dev is OFF, and nothing is CHANGING at its provider
      warning: chews dessicate is at work on dev right now: wait until it has ended, or end it with kill 77; one that was stopped (Ctrl-Z) goes on with kill -CONT 77
      "
    `);
    expect(leasesOf(stage)).toEqual(['home/dev']);
    expect(await stage.chews('unlock dev --yes --quiet')).toMatchInlineSnapshot(`
      {
        "code": 0,
        "err": "warning: chews dessicate is at work on dev right now: wait until it has ended, or end it with kill 77; one that was stopped (Ctrl-Z) goes on with kill -CONT 77
      ",
        "out": "",
      }
    `);
    expect(leasesOf(stage)).toEqual([]);
  });

  it.each([
    ['gone', { processStart: '0' }],
    ['restarted', { hostBoot: 'boot-0' }],
    ['hidden', { processStart: 'hidden' }],
    ['over', { untilMs: 1000, sinceMs: 0 }],
  ])('tells what can be seen of the holder: %s', async (_, changes) => {
    const stage = await heldStage({ ...here, ...changes });
    expect((await stage.chews('unlock dev --dry-run')).out).toMatchSnapshot();
  });

  it('says what is CHANGING, which goes on', async () => {
    const stage = createStage({
      quirks: { durations: { createDiskMs: 0, snapshotMs: 0, startMs: 0, stopMs: 120_000 } },
    });
    await stage.chews('create dev');
    let stopped = false;
    const gate = async ({ what }: Call) => {
      if (stopped) {
        stage.signal('SIGINT');
        stage.signal('SIGINT');
        await new Promise<void>(() => undefined);
      }
      stopped = what.startsWith('stop-vm');
    };
    await stage.chews('down dev', { client: { gate } });
    hold(stage);
    expect((await stage.chews('unlock dev --yes')).err).toMatchInlineSnapshot(`
      "dev is held by chews dessicate, process 12 of bob on mars:
        since 2026-03-01 11:59:20 UTC, 40s ago
        until 2026-03-01 12:04:20 UTC, in 4m 20s unless it is renewed
        its process is on another computer or in another container, and cannot be seen from here
        dev is CHANGING:
          VM dev is TURNING OFF
      warning: what its provider is at goes on: unlocking dev does not stop it
      "
    `);
  });

  it('leaves a lease that was renewed since it was shown', async () => {
    const stage = await heldStage();
    const gate = async (call: Call) => {
      if (call.what.startsWith('clear lease'))
        hold(stage, { untilMs: stage.datacenter.world.nowMs + 300_000 });
    };
    expect(await stage.chews('unlock dev --yes --quiet', { client: { gate } })).toMatchInlineSnapshot(`
      {
        "code": 6,
        "err": "cannot unlock workstation dev: its lease was renewed since it was shown: chews dessicate (process 12 of bob on mars) is at work on it, since 40s; its lease ends in 4m 59s unless renewed
        → wait until that has ended, or end it where it runs
      ",
        "out": "",
      }
    `);
    expect(leasesOf(stage)).toEqual(['home/dev']);
  });

  it('leaves a lease that another run has taken since, and is content where it was given back', async () => {
    const stage = await heldStage();
    const taken = async (call: Call) => {
      if (call.what.startsWith('clear lease')) hold(stage, { id: 'lease-2', user: 'eve', command: 'up' });
    };
    expect(await stage.chews('unlock dev --yes --quiet', { client: { gate: taken } })).toMatchInlineSnapshot(`
      {
        "code": 6,
        "err": "cannot unlock workstation dev: another run has taken it since: chews up (process 12 of eve on mars) is at work on it, since 40s; its lease ends in 4m 19s unless renewed
        → wait until that has ended, or end it where it runs
      ",
        "out": "",
      }
    `);
    const back = async (call: Call) => {
      if (call.what.startsWith('clear lease')) stage.datacenter.world.leases.clear();
    };
    const { code, out } = await stage.chews('unlock dev --yes', { client: { gate: back } });
    expect({ code, out }).toEqual({ code: 0, out: 'nothing to do: nobody holds dev any more\n' });
  });

  it('ends well where the answer of the provider was lost', async () => {
    const stage = await heldStage();
    const faults = [{ call: 1, when: 'after' as const, kind: 'error' as const }];
    expect((await stage.chews('unlock dev --yes', { client: { faults } })).code).toBe(0);
    expect(leasesOf(stage)).toEqual([]);
  });

  it('takes away a lease that cannot be read, which no other command does', async () => {
    const stage = await heldStage();
    tearLease(stage.datacenter.world, 'home/dev');
    expect(await stage.chews('up dev')).toMatchInlineSnapshot(`
      {
        "code": 3,
        "err": "cannot switch on workstation dev: whether another run is at work on it cannot be read: it does not say until when it holds
        → chews unlock dev shows what is there, and takes the lease away
      ",
        "out": "",
      }
    `);
    expect((await stage.chews('up dev --wait')).code).toBe(3);
    expect((await stage.chews('info dev')).out).toContain('chews unlock dev takes that lease away');
    expect((await stage.chews('create spare --off')).code).toBe(0);
    expect(await stage.chews('unlock dev --yes')).toMatchInlineSnapshot(`
      {
        "code": 0,
        "err": "dev has a lease that cannot be read, so that nobody can tell who holds it:
        it does not say until when it holds
        dev is OFF, and nothing is CHANGING at its provider
      ",
        "out": "dev is unlocked
      ",
      }
    `);
    expect((await stage.chews('up dev')).code).toBe(0);
  });

  it('of several asks for each that is held, and one that fails keeps no other', async () => {
    const stage = await heldStage();
    hold(stage, { workstation: 'spare', id: 'lease-2', user: 'eve' });
    const gate = async (call: Call) => {
      if (call.what === 'clear lease dev') hold(stage, { id: 'lease-3' });
    };
    const { code, out } = await stage.chews('unlock --all', {
      terminal: true,
      types: ['y', 'y'],
      client: { gate },
    });
    expect({ code, out }).toEqual({ code: 3, out: 'spare is unlocked\n' });
    expect(leasesOf(stage)).toEqual(['home/dev']);
  });

  it('answers in JSON', async () => {
    const stage = await heldStage();
    const { out } = await stage.chews('unlock --all --json --yes --quiet');
    expect(JSON.parse(out)).toMatchInlineSnapshot(`
      {
        "workstations": [
          {
            "lease": {
              "command": "dessicate",
              "host": "mars",
              "pid": 12,
              "process": "elsewhere",
              "since": "2026-03-01T11:59:20.070Z",
              "stale": false,
              "until": "2026-03-01T12:04:20.070Z",
              "user": "bob",
            },
            "name": "dev",
            "outcome": "done",
            "reasons": [],
            "state": "OFF",
          },
          {
            "lease": null,
            "name": "spare",
            "outcome": "nothing",
            "reasons": [],
            "state": null,
          },
        ],
      }
    `);
    expect(JSON.parse((await stage.chews('unlock dev --json')).out).workstations).toMatchObject([
      { name: 'dev', outcome: 'nothing', lease: null },
    ]);
  });

  it('shows the lease also where the state cannot be read', async () => {
    const stage = await heldStage();
    const { code, err } = await stage.chews('unlock dev --yes', {
      client: {
        gate: async (call) => {
          if (call.what === 'list') throw new Error('no inventory today');
        },
      },
    });
    expect({ code, err }).toMatchObject({
      code: 0,
      err: expect.stringContaining('what dev is now cannot be read: no inventory today'),
    });
  });

  it('changes nothing when it is interrupted while it asks or reads', async () => {
    const stage = await heldStage();
    const asked = stage.chews('unlock --all', { terminal: true, keepsInputOpen: true });
    await stage.untilSaid('Take the lease of dev away?');
    stage.signal('SIGINT');
    const { code, err } = await asked;
    expect(code).toBe(130);
    expect(err).toMatch(/Take the lease of dev away\? \[y\/N\] \ninterrupted; nothing was changed\n$/);
    const gate = async () => stage.signal('SIGTERM');
    const read = await stage.chews('unlock dev --yes', { client: { gate } });
    expect(read).toMatchInlineSnapshot(`
      {
        "code": 130,
        "err": "asked to end (SIGTERM): nothing new is begun, what is under way gets 5 s; once more leaves at once
      interrupted; nothing was changed
      ",
        "out": "",
      }
    `);
    expect(leasesOf(stage)).toEqual(['home/dev']);
  });
});
