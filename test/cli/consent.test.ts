import { describe, expect, it } from 'vitest';
import { createStage, fileOf, type Stage, withoutColour } from './stage.ts';

async function broken(): Promise<Stage> {
  const stage = createStage();
  await stage.chews('create dev --off');
  stage.datacenter.owner({ deed: 'delete-vm', vm: 'dev' });
  return stage;
}

describe('recover', () => {
  it('explains what it found and what it would do, then asks', async () => {
    const { chews } = await broken();
    const declined = await chews('recover dev', { terminal: true, types: ['n'] });
    expect({ ...declined, err: withoutColour(declined.err) }).toMatchInlineSnapshot(`
      {
        "code": 130,
        "err": "dev is INCONSISTENT:
        all its disks are there, its VM is not
      where the newest content of each disk is:
        boot: disk dev-boot-4e104700600988ccb34c8a09448d87bf
        data: disk dev-data-a46e0136953dbecbc8f65996debebdd0
      what would be done:
        dev: INCONSISTENT → OFF
          1  make VM dev (small) of 2 disks
          2  stop VM dev  (after 1)
          note: its provider starts every VM that it makes: it boots once and is stopped again
      OFF is the nearest normal state, and nothing is deleted on the way.
      Recover dev? [y/N] dev: nothing was changed
      ",
        "out": "",
      }
    `);
    const { code, out } = await chews('recover dev', { terminal: true, types: ['y'] });
    expect({ code, out: withoutColour(out) }).toMatchInlineSnapshot(`
      {
        "code": 0,
        "out": "dev is OFF (was INCONSISTENT)
        note: its provider starts every VM that it makes: it boots once and is stopped again
        still costs: 2 disks of 30GB
      ",
      }
    `);
  });

  it('asks once more where the answer is neither yes nor no', async () => {
    const { chews, datacenter } = await broken();
    const twice = await chews('recover dev', { terminal: true, types: ['maybe', 'perhaps'] });
    expect(twice.code).toBe(130);
    expect(withoutColour(twice.err)).toMatch(
      /\[y\/N\] "maybe" is neither y nor n\nRecover dev\? \[y\/N\] dev: nothing was changed\n$/,
    );
    expect(datacenter.world.vms.size).toBe(0);
    expect((await chews('recover dev', { terminal: true, types: ['maybe', 'y'] })).code).toBe(0);
  });

  it('changes nothing where nobody can be asked', async () => {
    const { chews, datacenter } = await broken();
    const { code, err } = await chews('recover dev');
    expect(code).toBe(2);
    expect(err).toContain(
      'cannot recover workstation dev: nobody can be asked whether this is right\n  nothing was changed: dev is INCONSISTENT\n  → --yes says that it is\n',
    );
    expect(err).not.toContain('goes on where it stopped');
    expect(datacenter.world.vms.size).toBe(0);
  });

  it('asks nothing with --yes, and goes where it is told', async () => {
    const { chews } = await broken();
    const { code, out } = await chews('recover dev --yes --to desiccated');
    expect({ code, out }).toMatchInlineSnapshot(`
      {
        "code": 0,
        "out": "dev is DESSICATED (was INCONSISTENT)
        still costs: 2 snapshots
      ",
      }
    `);
  });

  it('asks nothing where there is nothing to recover', async () => {
    const { chews } = createStage();
    await chews('create dev');
    expect(await chews('recover dev')).toMatchInlineSnapshot(`
      {
        "code": 0,
        "err": "",
        "out": "dev is ON: there is nothing to recover
        still costs: 1 VM running, 2 disks of 30GB
      ",
      }
    `);
  });
});

describe('delete', () => {
  it('has to be told the name, at the prompt or with --confirm', async () => {
    const { chews, datacenter } = createStage();
    await chews('create dev');
    expect(await chews('delete dev')).toMatchInlineSnapshot(`
      {
        "code": 2,
        "err": "cannot delete workstation dev: nobody can be asked for the name
        → say --confirm dev; to keep the data and pay next to nothing, use dessicate
      ",
        "out": "",
      }
    `);
    expect(await chews('delete dev --yes')).toMatchInlineSnapshot(`
      {
        "code": 2,
        "err": "cannot delete workstation dev: --yes is not enough to give up all data
        → say --confirm dev; to keep the data and pay next to nothing, use dessicate
      ",
        "out": "",
      }
    `);
    const declined = await chews('delete dev', { terminal: true, types: ['yes'] });
    expect({ ...declined, err: withoutColour(declined.err) }).toMatchInlineSnapshot(`
      {
        "code": 130,
        "err": "dev is ON. Deleting it gives up all its data: its VM, 2 disks.
      Nothing can bring it back; to keep the data and pay next to nothing, use dessicate: chews dessicate
        dev
      Type dev to delete it: "yes" is not dev: nothing was changed
      ",
        "out": "",
      }
    `);
    expect((await chews('delete dev', { terminal: true })).code).toBe(130);
    expect(datacenter.world.vms.size).toBe(1);
    datacenter.oracle.letGo('dev');
    const { code, out } = await chews('delete dev', { terminal: true, types: ['dev'] });
    expect({ code, out }).toMatchInlineSnapshot(`
      {
        "code": 0,
        "out": "dev does not exist any more (was ON)
        costs nothing
      ",
      }
    `);
  });

  it('asks for each of several, one after the other', async () => {
    const { chews, datacenter } = createStage({ file: fileOf({ dev: {}, spare: {} }) });
    await chews('create --all');
    expect((await chews('delete --all --confirm dev')).err).toContain(
      'cannot delete workstation spare: nobody can be asked for the name',
    );
    datacenter.oracle.letGo('spare');
    const { code, err } = await chews('delete dev spare', { terminal: true, types: ['no', 'spare'] });
    expect(code).toBe(130);
    expect(withoutColour(err)).toContain('Type dev to delete it: ');
    expect(withoutColour(err)).toContain('Type spare to delete it: ');
    expect([...datacenter.world.vms.values()].map(({ name }) => name)).toEqual(['dev']);
  });

  it('asks for the name in a terminal even with --yes', async () => {
    const { chews, datacenter } = createStage();
    await chews('create dev');
    const { code, err } = await chews('delete dev --yes', { terminal: true, types: ['y'] });
    expect(code).toBe(130);
    expect(err).toMatch(/Type dev to delete it: "y" is not dev: nothing was changed\n$/);
    datacenter.oracle.letGo('dev');
    expect((await chews('delete dev --yes', { terminal: true, types: ['dev'] })).code).toBe(0);
  });

  it('of what does not exist has nothing to do, and nothing to confirm', async () => {
    const { chews } = createStage({ file: fileOf({ dev: {}, spare: {} }) });
    expect(await chews('delete dev')).toMatchInlineSnapshot(`
      {
        "code": 0,
        "err": "",
        "out": "nothing to do: dev does not exist
        costs nothing
      ",
      }
    `);
    await chews('create spare');
    const both = await chews('delete --all');
    expect(both.code).toBe(2);
    expect(both.err).toContain('cannot delete workstation spare: nobody can be asked for the name');
  });

  it('shows the steps without any name', async () => {
    const { chews } = createStage();
    await chews('create dev');
    const { code, out } = await chews('delete dev --dry-run');
    expect(code).toBe(0);
    expect(out).toContain('dev: ON → NOT_EXIST');
  });
});

describe('apply --remove-disk', () => {
  it('asks, and where nobody can be asked it does nothing', async () => {
    const { chews, write, datacenter } = createStage();
    await chews('create dev --off');
    write(fileOf({ dev: { disks: { boot: '10GB' } } }));
    const silent = await chews('apply dev --remove-disk data');
    expect(silent.code).toBe(2);
    expect(silent.err).toContain(
      'cannot apply workstation dev: nobody can be asked whether disk data is to go\n  nothing was changed: dev is OFF\n  → --yes says that it is\n',
    );
    expect((await chews('apply dev --remove-disk data', { terminal: true, types: ['n'] })).code).toBe(130);
    expect(datacenter.world.disks.size).toBe(2);
    datacenter.oracle.letGo('dev', 'data');
    const { code } = await chews('apply dev --remove-disk data', { terminal: true, types: ['yes'] });
    expect(code).toBe(0);
    expect(datacenter.world.disks.size).toBe(1);
  });
});
