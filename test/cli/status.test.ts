import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Fleet } from '../../src/core/assets.ts';
import { ChewsError } from '../../src/core/errors.ts';
import type { ProviderKind } from '../../src/core/provider.ts';
import { schemaProblems } from './schemaProblems.ts';
import { leaseOfAnother } from '../support/anotherRun.ts';
import { createStage, fileOf, withoutColour } from './stage.ts';

const schema = JSON.parse(readFileSync(new URL('../../src/cli/status.schema.json', import.meta.url), 'utf8'));

/** A kind whose lists are changed, or fail, for one account. */
function tampered(account: string, change: (fleet: Fleet) => Fleet): (kind: ProviderKind) => ProviderKind {
  return (kind) => ({
    ...kind,
    open: async (settings, context) => {
      const provider = await kind.open(settings, context);
      if ((settings['account'] ?? 'home') !== account) return provider;
      return { ...provider, list: async (options) => change(await provider.list(options)) };
    },
  });
}

const unreachable = tampered('elsewhere', () => {
  throw new ChewsError('unreachable', 'cannot list assets of account elsewhere: the connection was refused', {
    remedy: 'look whether the network is there',
  });
});

describe('what a provider tells', () => {
  it('and is no time keeps nothing else from being told', async () => {
    for (const lastStartedAtMs of [Number.NaN, 1e30]) {
      const lying = (fleet: Fleet) => ({
        ...fleet,
        vms: fleet.vms.map((vm) => ({ ...vm, lastStartedAtMs })),
      });
      const { chews } = createStage({ kind: tampered('home', lying) });
      await chews('create dev');
      for (const command of ['status --json', 'info dev --json']) {
        const { code, out } = await chews(command);
        expect(code).toBe(0);
        expect(JSON.parse(out).workstations[0].vm).toMatchObject({ name: 'dev', started: null });
      }
    }
  });

  it('with a line end in it begins no line of its own', async () => {
    const forged = (fleet: Fleet) => ({
      ...fleet,
      vms: fleet.vms.map((vm) => ({
        ...vm,
        status: 'unknown' as const,
        statusText: 'odd\n✔ dev is DESSICATED',
      })),
    });
    const stage = createStage({ kind: tampered('home', forged) });
    await stage.chews('create dev');
    for (const command of [
      'down dev',
      'dessicate dev --stop',
      'status',
      'info dev',
      'ssh dev',
      'recover dev',
    ]) {
      const { out, err } = await stage.chews(command);
      expect(`${out}${err}`, command).toContain('odd\\n✔ dev');
      expect(`${out}${err}`, command).not.toMatch(/^\s*✔/m);
    }
  });
});

describe('status', () => {
  it('says where it looked for what is not there', async () => {
    const names = ['dev', 'b', 'c', 'd', 'e', 'f'];
    const { chews } = createStage({
      file: fileOf(Object.fromEntries(names.map((name) => [name, {}]))),
      kind: (kind) => ({
        ...kind,
        open: async (...given) => {
          const provider = await kind.open(...given);
          return {
            ...provider,
            list: async (options) => ({ ...(await provider.list(options)), place: 'the store /srv/chews' }),
          };
        },
      }),
    });
    const told = async (line: string) =>
      (await chews(line)).out.split('\n').filter((said) => said.includes('store'));
    expect(await told('status')).toEqual([
      'note: nothing of 6 workstations of the file is in the store /srv/chews',
    ]);
    await chews('create dev');
    expect(await told('status')).toEqual(['note: nothing of b, c, d, e, f is in the store /srv/chews']);
    expect(await told('info b')).toEqual(['note: nothing of b is in the store /srv/chews']);
    expect(await told('info dev')).toEqual([]);
  });

  it('shows a table, what differs from the file, and what it all costs', async () => {
    const { chews, datacenter, write } = createStage({
      file: fileOf({ dev: { keep: 1 }, spare: {}, third: {} }),
    });
    await chews('create dev spare');
    await chews('dessicate dev --stop');
    await chews('up dev');
    await chews('dessicate dev --stop');
    datacenter.advance(90 * 60_000);
    write(
      fileOf({
        dev: { keep: 1 },
        spare: { size: 'large', disks: { boot: '12GB', scratch: '1GB' } },
        third: {},
      }),
    );
    expect((await chews('status')).out).toMatchInlineSnapshot(`
      "NAME   STATE       LOCATION  SIZE   DISKS                 NEWEST SET (UTC)           DRIFT
      dev    DESSICATED  north-a   small  boot 10GB, data 20GB  2026-03-01 12:00 (1h ago)
      spare  ON          north-a   small  boot 10GB, data 20GB                             size, boot larger in file, data not in file, scratch new in file
      third  NOT_EXIST   north-a   small  boot 10GB, data 20GB

      note: dev has 2 snapshot sets, and keep-snapshots is 1
      spare differs from the file:
        its size is small, the file wants large
          → chews resize spare --stop
        disk boot has 10GB, the file wants 12GB
          → chews apply spare --stop
        disk data exists and is no longer in the file
          → chews apply spare --stop --remove-disk data
        disk scratch is in the file and not made yet
          → chews apply spare --stop

      still costs: 1 VM running, 2 disks of 30GB, 4 snapshots
      "
    `);
    expect((await chews('list spare')).out).toMatchInlineSnapshot(`
      "NAME   STATE  LOCATION  SIZE   DISKS                 DRIFT
      spare  ON     north-a   small  boot 10GB, data 20GB  size, boot larger in file, data not in file, scratch new in file

      spare differs from the file:
        its size is small, the file wants large
          → chews resize spare --stop
        disk boot has 10GB, the file wants 12GB
          → chews apply spare --stop
        disk data exists and is no longer in the file
          → chews apply spare --stop --remove-disk data
        disk scratch is in the file and not made yet
          → chews apply spare --stop

      still costs: 1 VM running, 2 disks of 30GB
      "
    `);
  });

  it('explains what is not in order, names the command that mends it, and ends with 3', async () => {
    const { chews, datacenter } = createStage();
    await chews('create dev --off');
    datacenter.owner({ deed: 'delete-vm', vm: 'dev' });
    expect(await chews('status')).toMatchInlineSnapshot(`
      {
        "code": 3,
        "err": "",
        "out": "NAME  STATE         LOCATION  SIZE   DISKS
      dev   INCONSISTENT  north-a   small  boot 10GB, data 20GB

      dev is INCONSISTENT:
        all its disks are there, its VM is not
        → chews recover dev

      still costs: 2 disks of 30GB
      ",
      }
    `);
  });

  it('shows the others where a provider cannot be read', async () => {
    const { chews } = createStage({
      file: fileOf({ dev: {}, away: { provider: 'away' }, away2: { provider: 'away' } }),
      kind: unreachable,
    });
    await chews('create dev');
    expect(await chews('status')).toMatchInlineSnapshot(`
      {
        "code": 8,
        "err": "cannot list assets of account elsewhere: the connection was refused
        → look whether the network is there
        not read: away, away2
      ",
        "out": "NAME   STATE       LOCATION  SIZE   DISKS
      dev    ON          north-a   small  boot 10GB, data 20GB
      away   unreadable  north-a
      away2  unreadable  north-a

      still costs: 1 VM running, 2 disks of 30GB
      ",
      }
    `);
    const json = await chews('status --json');
    expect(json.code).toBe(8);
    expect(schemaProblems(JSON.parse(json.out), schema)).toEqual([]);
    expect(JSON.parse(json.out).workstations[1]).toMatchObject({
      state: null,
      error: { code: 'unreachable' },
    });
  });

  it('answers in JSON as the schema says, whatever the state', async () => {
    const { chews, datacenter, write } = createStage({ file: fileOf({ dev: {}, spare: {}, third: {} }) });
    const problems = async () => schemaProblems(JSON.parse((await chews('status --json')).out), schema);
    expect(await problems()).toEqual([]);
    await chews('create dev spare');
    write(fileOf({ dev: { size: 'large' }, spare: {}, third: {} }));
    expect(await problems()).toEqual([]);
    await chews('dessicate dev --stop');
    await chews('down spare');
    datacenter.owner({ deed: 'delete-vm', vm: 'spare' });
    expect(await problems()).toEqual([]);
    const { workstations } = JSON.parse((await chews('status --json')).out);
    expect(workstations.map(({ state }: { state: string }) => state)).toEqual([
      'DESSICATED',
      'INCONSISTENT',
      'NOT_EXIST',
    ]);
  });

  it('keeps its JSON as it is', async () => {
    const { chews } = createStage();
    await chews('create dev');
    await chews('dessicate dev --stop');
    await chews('up dev');
    expect((await chews('status --json')).out).toMatchSnapshot();
  });

  it('lets no control character of a provider through to the terminal', async () => {
    const nasty = 'x\u001b]0;owned\u0007\u001b[31m\u202e\r\n';
    const { chews } = createStage({
      kind: tampered('home', (fleet) => ({
        ...fleet,
        vms: fleet.vms.map((vm) => ({
          ...vm,
          status: 'changing',
          statusText: nasty,
          location: nasty,
          id: nasty,
        })),
        disks: fleet.disks.map((disk) => ({ ...disk, type: nasty, location: nasty })),
      })),
    });
    await chews('create dev --yes');
    for (const line of ['status', 'info dev', 'snapshots dev', 'ssh dev', 'status --json']) {
      const { out, err } = await chews(line, { terminal: true });
      const said = withoutColour(out + err);
      expect(said).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
      expect(out + err).not.toContain('\u001b]');
    }
  });

  it('colours for a person, unless told not to, and elsewhere when told to', async () => {
    const { chews } = createStage();
    const coloured = async (terminal: boolean, env: Record<string, string>) =>
      (await chews('status', { terminal, env })).out.includes('\u001b[');
    expect(await coloured(true, {})).toBe(true);
    expect(await coloured(false, {})).toBe(false);
    expect(await coloured(true, { NO_COLOR: '1' })).toBe(false);
    expect(await coloured(true, { TERM: 'dumb' })).toBe(false);
    expect(await coloured(false, { FORCE_COLOR: '1' })).toBe(true);
    expect(await coloured(true, { FORCE_COLOR: '0' })).toBe(false);
    expect(await coloured(true, { FORCE_COLOR: '1', NO_COLOR: '1' })).toBe(true);
  });

  it.each([60, 80, 120])('fits a terminal of %i columns', async (columns) => {
    const { chews, datacenter, write } = createStage({
      file: fileOf({ dev: {}, 'a-long-name-to-read': {} }),
    });
    await chews('create --all');
    await chews('dessicate dev --stop');
    write(fileOf({ dev: { size: 'large' }, 'a-long-name-to-read': { size: 'large', keep: 1 } }));
    datacenter.owner({ deed: 'stop-vm', vm: 'a-long-name-to-read' });
    const { out } = await chews('status', { terminal: true, columns });
    const lines = withoutColour(out).split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(columns);
    expect(withoutColour(out)).toMatchSnapshot();
  });

  it('says that an empty file is empty', async () => {
    expect(await createStage({ file: fileOf({}) }).chews('status')).toEqual({
      code: 0,
      out: '',
      err: 'the file has no workstation: add one under workstations\n',
    });
    const { code, out } = await createStage({ file: fileOf({}) }).chews('status --json');
    expect({ code, json: JSON.parse(out) }).toEqual({ code: 0, json: { workstations: [] } });
  });
});

describe('info', () => {
  it('shows one page about one workstation', async () => {
    const { chews, datacenter } = createStage();
    await chews('create dev');
    await chews('dessicate dev --stop');
    await chews('up dev');
    datacenter.advance(26 * 3_600_000);
    expect((await chews('info dev')).out).toMatchInlineSnapshot(`
      "dev  ON  at cloud, north-a

      VM
        dev  small  running  vm-748ca60a000b

      Disks
        boot  dev-boot-4e104700600988ccb34c8a09448d87bf  10GB, standard, boot  disk-6d0107700009
        data  dev-data-a46e0136953dbecbc8f65996debebdd0  20GB, standard, data  disk-feacb771000a

      Snapshot sets (UTC)
        2026-03-01 12:00:00  1d ago, whole, taken while OFF
          boot  ss-dev-boot-4e104700600988ccb34c8a09448d87bf-20260301120000  10GB  snapshot-47f666300006
          data  ss-dev-data-a46e0136953dbecbc8f65996debebdd0-20260301120000  20GB  snapshot-9ce301f00007

      Newest content
        boot  disk dev-boot-4e104700600988ccb34c8a09448d87bf
        data  disk dev-data-a46e0136953dbecbc8f65996debebdd0

      still costs: 1 VM running, 2 disks of 30GB, 2 snapshots
      "
    `);
    const { code, out } = await chews('info dev --json');
    expect(code).toBe(0);
    expect(JSON.parse(out).workstations[0]).toMatchObject({ name: 'dev', state: 'ON', lease: null });
  });

  it('says who is at work on it', async () => {
    const { chews, datacenter } = createStage();
    await chews('create dev');
    const { world } = datacenter;
    world.leases.set('home/dev', leaseOfAnother(world.nowMs));
    expect((await chews('info dev')).out).toContain(
      'chews dessicate (process 12 of bob on mars) is at work on it, since 40s',
    );
  });
});

describe('a narrow terminal', () => {
  it('shows the timestamps of the sets whole', async () => {
    const { chews } = createStage();
    await chews('create dev');
    await chews('dessicate dev --stop');
    for (const columns of [20, 40, 50]) {
      const { out } = await chews('snapshots dev', { terminal: true, columns });
      expect(out).toContain('20260301120000');
    }
    expect(withoutColour((await chews('snapshots dev', { terminal: true, columns: 50 })).out))
      .toMatchInlineSnapshot(`
      "SET             AGE       WHOLE  TAKEN
      20260301120000  just now  yes    while OFF
      "
    `);
    expect(withoutColour((await chews('status', { terminal: true, columns: 20 })).out)).toContain(
      'dev   DESSICATED',
    );
  });
});

describe('a half-built workstation', () => {
  it('says of each disk whether its set has it', async () => {
    const { chews, datacenter } = createStage();
    await chews('create dev');
    await chews('dessicate dev --stop');
    await chews('rehydrate dev --off');
    datacenter.owner({ deed: 'delete-vm', vm: 'dev' });
    const data = [...datacenter.world.disks.values()].find(({ name }) => name.startsWith('dev-data'));
    datacenter.owner({ deed: 'delete-disk', disk: data?.name ?? '' });
    expect((await chews('status')).out).toContain('boot 10GB, data 20GB in its set');
    const [first] = [...datacenter.world.snapshots.values()].filter(({ name }) =>
      name.startsWith('ss-dev-data'),
    );
    datacenter.owner({ deed: 'delete-snapshot', snapshot: first?.name ?? '' });
    expect((await chews('status')).out).toContain('data lost');
  });
});

describe('snapshots', () => {
  it('lists the sets, and what is wrong with them', async () => {
    const { chews, datacenter } = createStage({ file: fileOf({ dev: { keep: 1 } }) });
    expect(await chews('snapshots dev')).toEqual({ code: 0, out: '', err: 'dev has no snapshots\n' });
    await chews('create dev');
    await chews('dessicate dev --stop');
    datacenter.advance(2 * 86_400_000);
    await chews('up dev');
    await chews('dessicate dev --stop');
    const [first] = datacenter.world.snapshots.values();
    datacenter.owner({ deed: 'delete-snapshot', snapshot: first?.name ?? '' });
    expect(await chews('snapshots dev')).toMatchInlineSnapshot(`
      {
        "code": 0,
        "err": "note: dev has 2 snapshot sets, and keep-snapshots is 1
      ",
        "out": "SET             TIME (UTC)           AGE       DISKS       STORED  WHOLE                      TAKEN
      20260301120000  2026-03-01 12:00:00  2d ago    data             ?  no: it holds 1 of 2 disks  while OFF
      20260303120000  2026-03-03 12:00:00  just now  boot, data       ?  yes                        while OFF
      ",
      }
    `);
  });
});
