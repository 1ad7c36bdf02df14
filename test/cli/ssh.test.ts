import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sshArguments } from '../../src/cli/sshArguments.ts';
import type { GuestAccess, ProviderKind } from '../../src/core/provider.ts';
import { createStage, fileOf, type Stage } from './stage.ts';

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFirst';
const OTHER = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOther';
const ALIAS = 'dev.cloud.0123abcd.chews';

function reachedBy(access: () => Partial<GuestAccess> | undefined): (kind: ProviderKind) => ProviderKind {
  return (kind) => ({
    ...kind,
    open: async (settings, context) => {
      const provider = await kind.open(settings, context);
      return {
        ...provider,
        guest: async (vm, options) => {
          const usual = await provider.guest(vm, options);
          const special = access();
          return usual === undefined || special === undefined ? undefined : { ...usual, ...special };
        },
      };
    },
  });
}

const pinsPath = ({ folder }: Stage) => join(folder, 'state', 'chews', 'known_hosts');
const pins = (stage: Stage) => readFileSync(pinsPath(stage), 'utf8');

describe('ssh', () => {
  it('starts the system’s ssh with arguments, and gives its exit code', async () => {
    const stage = createStage({ kind: reachedBy(() => ({ hostKeys: [`${KEY} root@dev`], port: 2222 })) });
    await stage.chews('create dev');
    const runProgram = async (program: string, args: readonly string[]) => {
      stage.programs.push([program, ...args]);
      return 7;
    };
    expect(await stage.chews('ssh dev -- ls --all', { over: { runProgram } })).toEqual({
      code: 7,
      out: '',
      err: '',
    });
    expect(stage.programs[0]?.map((word) => word.replace(stage.folder, '/home/ann'))).toEqual([
      'ssh',
      '-o',
      'UserKnownHostsFile="/home/ann/state/chews/known_hosts"',
      '-o',
      `HostKeyAlias=${ALIAS}`,
      '-o',
      'HashKnownHosts=no',
      '-o',
      'UpdateHostKeys=no',
      '-o',
      'StrictHostKeyChecking=yes',
      '-p',
      '2222',
      '-l',
      'tester',
      '--',
      '192.0.2.1',
      'ls',
      '--all',
    ]);
    expect(pins(stage)).toBe(`${ALIAS} ${KEY}\n`);
    expect(statSync(pinsPath(stage)).mode & 0o777).toBe(0o600);
    expect(statSync(join(stage.folder, 'state', 'chews')).mode & 0o777).toBe(0o700);
  });

  it('takes the first key that it sees where the provider knows none', async () => {
    const stage = createStage();
    await stage.chews('create dev');
    await stage.chews('ssh dev');
    expect(stage.programs[0]).toContain('StrictHostKeyChecking=accept-new');
    expect(statSync(pinsPath(stage)).mode & 0o777).toBe(0o600);
    // What ssh itself then writes.
    writeFileSync(pinsPath(stage), `${ALIAS} ${KEY}\n`);
    await stage.chews('ssh dev');
    expect(stage.programs[1]).toContain('StrictHostKeyChecking=yes');
  });

  it('keeps the key through a whole cycle, and drops it with the workstation', async () => {
    const stage = createStage({
      file: fileOf({ dev: {}, spare: {} }),
      kind: reachedBy(() => ({ hostKeys: [KEY] })),
    });
    const { chews, datacenter } = stage;
    await chews('create --all');
    await chews('ssh dev');
    await chews('ssh spare');
    await chews('dessicate dev --stop');
    await chews('up dev');
    expect(pins(stage)).toBe(`${ALIAS} ${KEY}\nspare.cloud.0123abcd.chews ${KEY}\n`);
    datacenter.oracle.letGo('dev');
    await chews('delete dev --confirm dev');
    expect(pins(stage)).toBe(`spare.cloud.0123abcd.chews ${KEY}\n`);
  });

  it('forgets the key of what stood there before when it is created', async () => {
    const stage = createStage();
    mkdirSync(join(stage.folder, 'state', 'chews'), { recursive: true });
    writeFileSync(pinsPath(stage), `${ALIAS} ${KEY}\nother ${KEY}\n`);
    await stage.chews('create dev --dry-run');
    expect(pins(stage)).toContain(ALIAS);
    await stage.chews('create dev');
    expect(pins(stage)).toBe(`other ${KEY}\n`);
  });

  it('refuses where the provider tells of another key than the pinned one', async () => {
    let key = KEY;
    const stage = createStage({ kind: reachedBy(() => ({ hostKeys: [key] })) });
    await stage.chews('create dev');
    await stage.chews('ssh dev');
    key = OTHER;
    expect(await stage.chews('ssh dev')).toMatchInlineSnapshot(`
      {
        "code": 7,
        "err": "cannot log in to workstation dev: its provider tells of another host key than the one that is pinned
        → a workstation keeps its host key through down, up, dessicate and rehydrate, so a changed key is a real alarm: something else may answer in the place of dev. Only if you made the host anew yourself, take it out with ssh-keygen -R dev.cloud.0123abcd.chews -f /home/ann/state/chews/known_hosts
      ",
        "out": "",
      }
    `);
    expect(stage.programs.length).toBe(1);
  });

  it('says that a changed key is a real alarm when ssh itself fails', async () => {
    const stage = createStage({ kind: reachedBy(() => ({ hostKeys: [KEY] })) });
    await stage.chews('create dev');
    const { code, err } = await stage.chews('ssh dev', { over: { runProgram: async () => 255 } });
    expect(code).toBe(255);
    expect(err).toContain('a changed key is a real alarm');
  });

  it('names the command that helps where it is not ON', async () => {
    const { chews, datacenter, programs } = createStage();
    const asked = async () => {
      const { code, err } = await chews('ssh dev');
      return `${code} ${err}`;
    };
    expect(await asked()).toMatchInlineSnapshot(`
      "2 cannot log in to workstation dev: it does not exist
        → chews create dev
      "
    `);
    await chews('create dev');
    await chews('down dev');
    expect(await asked()).toMatchInlineSnapshot(`
      "2 cannot log in to workstation dev: it is OFF
        → chews up dev
      "
    `);
    await chews('dessicate dev');
    expect(await asked()).toMatchInlineSnapshot(`
      "2 cannot log in to workstation dev: it is DESSICATED
        → chews up dev
      "
    `);
    await chews('rehydrate dev --off');
    datacenter.owner({ deed: 'delete-vm', vm: 'dev' });
    expect(await asked()).toMatchInlineSnapshot(`
      "3 cannot log in to workstation dev: it is INCONSISTENT: all its disks are there, its VM is not
        → chews recover dev
      "
    `);
    expect(programs).toEqual([]);
  });

  it('says what is missing: a program, an address', async () => {
    const stage = createStage();
    await stage.chews('create dev');
    expect(await stage.chews('ssh dev', { over: { runProgram: async () => 'missing' } }))
      .toMatchInlineSnapshot(`
      {
        "code": 2,
        "err": "cannot log in to workstation dev: there is no program ssh here
        → install the OpenSSH client
      ",
        "out": "",
      }
    `);
    const hidden = createStage({ kind: reachedBy(() => undefined) });
    await hidden.chews('create dev');
    expect((await hidden.chews('ssh dev')).code).toBe(8);
  });
});

describe('a guest that does not answer', () => {
  it('is waited for, and said once', async () => {
    const stage = createStage();
    await stage.chews('create dev');
    let asked = 0;
    const answersSsh = async () => {
      asked += 1;
      return asked > 5;
    };
    expect(await stage.chews('ssh dev', { over: { answersSsh } })).toEqual({
      code: 0,
      out: '',
      err: 'waiting for dev to answer on ssh\n',
    });
    expect(stage.programs.length).toBe(1);
  });

  it('is given up after a minute', async () => {
    const stage = createStage();
    await stage.chews('create dev');
    const startedAtMs = stage.datacenter.world.nowMs;
    const { code, err } = await stage.chews('ssh dev', { over: { answersSsh: async () => false } });
    expect(code).toBe(8);
    expect(err).toContain(
      'cannot log in to workstation dev: it does not answer on ssh (192.0.2.1 port 22)\n  → ',
    );
    expect(stage.datacenter.world.nowMs - startedAtMs).toBeLessThan(62_000);
    expect(stage.programs).toEqual([]);
  });

  it('is no longer waited for after Ctrl-C', async () => {
    const stage = createStage();
    await stage.chews('create dev');
    const answersSsh = async () => {
      stage.signal('SIGINT');
      return await new Promise<boolean>(() => undefined);
    };
    const { code, err } = await stage.chews('ssh dev', { over: { answersSsh } });
    expect(code).toBe(130);
    expect(err).toBe('interrupted; nothing was changed\n');
  });
});

describe('ssh that fails', () => {
  const failing = async (lastsMs: number, answersAfterwards: boolean, signal?: 'SIGINT') => {
    const stage: Stage = createStage({ kind: reachedBy(() => ({ hostKeys: [KEY] })) });
    await stage.chews('create dev');
    let ended = false;
    const { code, err } = await stage.chews('ssh dev', {
      over: {
        answersSsh: async () => !ended || answersAfterwards,
        runProgram: async () => {
          stage.datacenter.advance(lastsMs);
          if (signal !== undefined) stage.signal(signal);
          ended = true;
          return 255;
        },
      },
    });
    return { code, err };
  };

  it('after a while was a connection that ended, and nothing about keys', async () => {
    expect(await failing(60_000, true)).toEqual({ code: 255, err: 'the connection to dev ended\n' });
    expect(await failing(60_000, false)).toEqual({ code: 255, err: 'the connection to dev ended\n' });
  });

  it('at once says whether there is still an answer', async () => {
    expect((await failing(1_000, false)).err).toContain('dev does not answer on ssh any more');
    expect((await failing(1_000, true)).err).toContain('a changed key is a real alarm');
  });

  it('because of Ctrl-C says nothing', async () => {
    expect(await failing(1_000, true, 'SIGINT')).toEqual({ code: 130, err: '' });
  });
});

describe('the arguments of ssh', () => {
  const access = { host: '-oProxyCommand=evil', port: 22, user: 'root', hostKeys: [] };

  it('cannot be taken for options', () => {
    const args = sshArguments({ access, knownHosts: '/k', alias: 'a', known: true, words: ['-x'] });
    expect(args.slice(args.indexOf('--'))).toEqual(['--', '-oProxyCommand=evil', '-x']);
  });

  it('name one identity and no other where there is one, and quote the path of the known hosts', () => {
    const args = sshArguments({
      access: { ...access, identityFile: '/keys/id' },
      knownHosts: '/with blank/100%/known_hosts',
      alias: 'a',
      known: false,
      words: [],
    });
    expect(args).toContain('IdentitiesOnly=yes');
    expect(args.slice(args.indexOf('-i'), args.indexOf('-i') + 2)).toEqual(['-i', '/keys/id']);
    expect(args[1]).toBe('UserKnownHostsFile="/with blank/100%%/known_hosts"');
  });
});
