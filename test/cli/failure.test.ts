import { describe, expect, it } from 'vitest';
import { messageOf } from '../../src/cli/errorText.ts';
import { ChewsError } from '../../src/core/errors.ts';
import { sharedCode } from '../../src/cli/lanes.ts';
import type { Call } from '../support/datacenter/client.ts';
import { leaseOfAnother } from '../support/anotherRun.ts';
import { createStage, fileOf, nextProcess, type Stage } from './stage.ts';

describe('a failure', () => {
  it('says what was done, what was not, that nothing is lost, and the command that goes on', async () => {
    const { chews } = createStage({
      kind: (kind) => ({
        ...kind,
        open: async (settings, context) => {
          const provider = await kind.open(settings, context);
          return {
            ...provider,
            apply: async (action, options) => {
              if (action.kind === 'create-vm') throw new Error('unforeseen');
              await provider.apply(action, options);
            },
          };
        },
      }),
    });
    const { code, out, err } = await chews('create dev');
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatchInlineSnapshot(`
      "dev: make disk dev-boot-4e104700… (10GB, standard) from image debian-13 … done (0.0s)
      dev: make disk dev-data-a46e0136… (20GB, standard) … done (0.0s)
      dev: note on dev-boot-4e104700… which disks belong together … done (0.0s)
      dev: make VM dev (small) of 2 disks … failed: unforeseen
      internal error: unforeseen
        → this is a mistake in chews, not yours: please report it to its maintainers, with what --verbose says
        done: make disk dev-boot-4e104700… (10GB, standard) from image debian-13
        done: make disk dev-data-a46e0136… (20GB, standard)
        done: note on dev-boot-4e104700… which disks belong together
        not done: make VM dev (small) of 2 disks
        not done: start VM dev
        not done: wait for VM dev to answer on ssh
        nothing is lost: dev is INCONSISTENT
        still costs: 2 disks of 30GB
      "
    `);
    const verbose = await chews('create dev --verbose');
    expect(verbose.err).toMatch(/^ {2}Error: unforeseen\n {6}at /m);
    expect((await chews('create dev', { env: { CHEWS_DEBUG: '1' } })).err).toMatch(/^ {6}at /m);
  });

  it.each([
    ['quota', 5],
    ['permission', 4],
    ['credentials', 4],
    ['unreachable', 8],
    ['conflict', 3],
  ] as const)('of kind %s ends with %i', async (errorCode, exitCode) => {
    const { chews } = createStage();
    await chews('create dev --off');
    // Every try fails: it may be repeated.
    const faults = Array.from({ length: 12 }, (_, index) => ({
      call: index + 2,
      when: 'before' as const,
      kind: 'error' as const,
      code: errorCode,
    }));
    const { code, err } = await chews('up dev', { client: { faults } });
    expect(code).toBe(exitCode);
    expect(err).toMatchSnapshot();
  });

  it('of the network half-way is borne for a while, then says what was done and what goes on', async () => {
    let cut = false;
    let calls = 0;
    const { chews, datacenter } = createStage();
    await chews('create dev --off');
    const gate = async (call: Call) => {
      cut ||= call.what.startsWith('delete-vm');
      if (!cut) return;
      calls += 1;
      throw new ChewsError('unreachable', `cannot ${call.what}: the provider cannot be reached`, {
        retryable: true,
        effect: 'none',
      });
    };
    const startedAtMs = datacenter.world.nowMs;
    expect(await chews('dessicate dev', { client: { gate } })).toMatchInlineSnapshot(`
      {
        "code": 8,
        "err": "dev: snapshot disk dev-boot-4e104700… as ss-dev-boot-4e104700…-20260301120000 … done (0.0s)
      dev: snapshot disk dev-data-a46e0136… as ss-dev-data-a46e0136…-20260301120000 … done (0.0s)
      dev: see that no disk is deleted along with VM dev … done (0.0s)
      dev: delete VM dev, which keeps its disks … failed: cannot list: the provider cannot be reached
      could not give the lease of dev back: cannot release lease dev: the provider cannot be reached
      cannot list: the provider cannot be reached
        done: snapshot disk dev-boot-4e104700… as ss-dev-boot-4e104700…-20260301120000
        done: snapshot disk dev-data-a46e0136… as ss-dev-data-a46e0136…-20260301120000
        done: see that no disk is deleted along with VM dev
        not done: delete VM dev, which keeps its disks
        not done: delete disk dev-boot-4e104700…, once it is proven to be in the set
        not done: delete disk dev-data-a46e0136…, once it is proven to be in the set
        dev was OFF; nothing is deleted before its data is proven to be in a snapshot
        → chews dessicate dev goes on where it stopped
        what it still costs was not read: chews status dev tells
      ",
        "out": "",
      }
    `);
    expect(calls).toBeLessThan(30);
    expect(datacenter.world.nowMs - startedAtMs).toBeLessThan(2 * 60_000);
    // Nobody could give the lease back: the next run finds that its holder is gone.
    expect((await chews('dessicate dev', { over: nextProcess })).code).toBe(0);
  });

  it('of credentials that expire half-way says what to do, and the command that goes on', async () => {
    let expired = false;
    const { chews } = createStage();
    await chews('create dev --off');
    const gate = async (call: Call) => {
      expired ||= call.what.startsWith('delete-vm');
      if (!expired) return;
      throw new ChewsError('credentials', `cannot ${call.what}: your credentials have expired`, {
        remedy: 'log in again: cloud login',
        effect: 'none',
      });
    };
    expect(await chews('dessicate dev', { client: { gate } })).toMatchInlineSnapshot(`
      {
        "code": 4,
        "err": "dev: snapshot disk dev-boot-4e104700… as ss-dev-boot-4e104700…-20260301120000 … done (0.0s)
      dev: snapshot disk dev-data-a46e0136… as ss-dev-data-a46e0136…-20260301120000 … done (0.0s)
      dev: see that no disk is deleted along with VM dev … done (0.0s)
      dev: delete VM dev, which keeps its disks … failed: cannot delete-vm dev: your credentials have expired
      could not give the lease of dev back: cannot release lease dev: your credentials have expired
      cannot delete-vm dev: your credentials have expired
        done: snapshot disk dev-boot-4e104700… as ss-dev-boot-4e104700…-20260301120000
        done: snapshot disk dev-data-a46e0136… as ss-dev-data-a46e0136…-20260301120000
        done: see that no disk is deleted along with VM dev
        not done: delete VM dev, which keeps its disks
        not done: delete disk dev-boot-4e104700…, once it is proven to be in the set
        not done: delete disk dev-data-a46e0136…, once it is proven to be in the set
        dev was OFF; nothing is deleted before its data is proven to be in a snapshot
        → log in again: cloud login
        → chews dessicate dev goes on where it stopped
        what it still costs was not read: chews status dev tells
      ",
        "out": "",
      }
    `);
    expect((await chews('dessicate dev', { over: nextProcess })).code).toBe(0);
  });

  it('is silent about all but the error with --quiet', async () => {
    const { chews } = createStage();
    await chews('create dev');
    expect(await chews('dessicate dev --quiet')).toMatchInlineSnapshot(`
      {
        "code": 2,
        "err": "cannot dessicate workstation dev: it is ON
        → chews down dev first, or chews dessicate dev --stop
      ",
        "out": "",
      }
    `);
  });

  it('of the file tells every mistake with its place', async () => {
    const { chews } = createStage({ file: fileOf({ dev: { size: 'tiny', location: 'moon' } }) });
    expect(await chews('status')).toMatchInlineSnapshot(`
      {
        "code": 2,
        "err": "cannot use configuration /home/ann/chews.yaml: it has 2 mistakes
        /home/ann/chews.yaml:9:5: workstations.dev.location[0]: there is no location moon
        /home/ann/chews.yaml:10:11: workstations.dev.size: there is no size {"machineType":"tiny"}
      ",
        "out": "",
      }
    `);
    expect((await chews('config check')).code).toBe(2);
  });
});

describe('what went wrong', () => {
  it('is told in our words where the runtime has others', () => {
    const error = new DOMException('This operation was aborted', 'AbortError');
    expect(messageOf(error)).toBe('interrupted');
    expect(messageOf(new Error('cannot list: This operation was aborted'))).toBe('cannot list: interrupted');
  });

  it('speaks of proofs only where something would have been deleted', async () => {
    const stage: Stage = createStage();
    await stage.chews('create dev --off');
    const cut = async (line: string, what: string) => {
      const gate = async (call: Call) => {
        if (!call.what.startsWith(what)) return;
        stage.signal('SIGINT');
        stage.signal('SIGINT');
        await new Promise<void>(() => undefined);
      };
      return (await stage.chews(line, { client: { gate } })).err;
    };
    const proofs = 'nothing is deleted before its data is proven';
    expect(await cut('up dev', 'start-vm')).not.toContain(proofs);
    const second: Stage = createStage();
    await second.chews('create dev --off');
    const gate = async (call: Call) => {
      if (!call.what.startsWith('delete-vm')) return;
      second.signal('SIGINT');
      second.signal('SIGINT');
      await new Promise<void>(() => undefined);
    };
    expect((await second.chews('dessicate dev', { client: { gate } })).err).toContain(proofs);
  });
});

describe('a deletion that another run takes back while this one is held up', () => {
  it('is not begun again', async () => {
    const { chews, datacenter } = createStage();
    await chews('create dev --off');
    let taken = false;
    // As if this run were stopped between the marks and the first deletion.
    const gate = async (call: Call) => {
      if (taken || !call.what.startsWith('delete-vm')) return;
      taken = true;
      const { vms, disks } = datacenter.world;
      for (const asset of [...vms.values(), ...disks.values()]) {
        const { deleting: _taken, ...kept } = asset.labels;
        asset.labels = kept;
      }
    };
    const { code, err } = await chews('delete dev --confirm dev', { client: { gate } });
    expect(taken).toBe(true);
    expect({ code, err }).toMatchObject({ code: 3, err: expect.stringContaining('taken back meanwhile') });
    expect((await chews('status dev')).out).toContain('all its disks are there');
  });
});

describe('several workstations', () => {
  it('fail each for itself: 3 where some ended well', async () => {
    const { chews } = createStage({ file: fileOf({ dev: {}, spare: {}, third: {} }) });
    await chews('create dev third --off');
    const { code, out, err } = await chews('up --all');
    expect(code).toBe(3);
    expect(out).toMatchInlineSnapshot(`
      "dev is ON (was OFF)
        still costs: 1 VM running, 2 disks of 30GB
      third is ON (was OFF)
        still costs: 1 VM running, 2 disks of 30GB
      "
    `);
    expect(err).toMatchInlineSnapshot(`
      "dev: start VM dev … done (0.0s)
      third: start VM third … done (0.0s)
      dev: wait for VM dev to answer on ssh … done (0.0s)
      third: wait for VM third to answer on ssh … done (0.0s)
      cannot switch on workstation spare: it does not exist
        → chews create spare
        costs nothing
      "
    `);
  });

  it('are at work at most eight at once', async () => {
    const names = Array.from({ length: 12 }, (_, index) => `ws${String(index).padStart(2, '0')}`);
    const file = fileOf(Object.fromEntries(names.map((name) => [name, { disks: { boot: '10GB' } }])));
    const { chews, datacenter } = createStage({ file });
    let most = 0;
    const gate = async (call: Call) => {
      if (call.what.startsWith('create-')) most = Math.max(most, datacenter.world.leases.size);
    };
    const { code, out } = await chews('create --all', { client: { gate } });
    expect(code).toBe(0);
    expect(most).toBe(8);
    expect(out.match(/^ws\d\d is ON/gm)?.map((line) => line.slice(0, 4))).toEqual(names);
  });

  it('share a code where they can', () => {
    expect(sharedCode([])).toBe(0);
    expect(sharedCode([0, 0])).toBe(0);
    expect(sharedCode([7, 7])).toBe(7);
    expect(sharedCode([7, 5])).toBe(5);
    expect(sharedCode([0, 7])).toBe(3);
    expect(sharedCode([0, 130, 7])).toBe(130);
  });

  it('that the file does not have are nothing to do', async () => {
    expect(await createStage({ file: fileOf({}) }).chews('down --all')).toEqual({
      code: 0,
      out: '',
      err: 'nothing to do: the file has no workstation\n',
    });
  });
});

describe('another run', () => {
  it('that is at work on it is not disturbed', async () => {
    const { chews, datacenter } = createStage();
    const { world } = datacenter;
    const from = { command: 'up', sinceMs: world.nowMs };
    world.leases.set('home/dev', leaseOfAnother(world.nowMs, { ...from, untilMs: world.nowMs + 300_000 }));
    expect(await chews('create dev')).toMatchInlineSnapshot(`
      {
        "code": 6,
        "err": "cannot create workstation dev: chews up (process 12 of bob on mars) is at work on it, since 0s; its lease ends in 5m unless renewed
        → run it again when that has ended, or with --wait; if that run is no more, chews unlock dev
      ",
        "out": "",
      }
    `);
  });

  it('is waited for with --wait', async () => {
    const { chews, datacenter } = createStage();
    const { world } = datacenter;
    const from = { command: 'up', sinceMs: world.nowMs };
    world.leases.set('home/dev', leaseOfAnother(world.nowMs, { ...from, untilMs: world.nowMs + 5_000 }));
    const { code, err } = await chews('create dev --wait');
    expect(code).toBe(0);
    expect(err).toContain('waiting for dev: chews up (process 12 of bob on mars) is at work on it');
    expect(err).not.toContain('dev: waiting for dev');
  });
});
