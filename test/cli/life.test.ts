import { describe, expect, it } from 'vitest';
import { createStage, fileOf } from './stage.ts';

describe('the life of a workstation', () => {
  it('says each step, where it led, and what goes on costing', async () => {
    const { chews, datacenter } = createStage();
    expect(await chews('create dev')).toMatchInlineSnapshot(`
      {
        "code": 0,
        "err": "dev: make disk dev-boot-4e104700… (10GB, standard) from image debian-13 … done (0.0s)
      dev: make disk dev-data-a46e0136… (20GB, standard) … done (0.0s)
      dev: note on dev-boot-4e104700… which disks belong together … done (0.0s)
      dev: make VM dev (small) of 2 disks … done (0.0s)
      dev: start VM dev … done (0.0s)
      dev: wait for VM dev to answer on ssh … done (0.0s)
      ",
        "out": "dev is ON (was NOT_EXIST)
        still costs: 1 VM running, 2 disks of 30GB
      ",
      }
    `);
    expect(await chews('up dev')).toMatchInlineSnapshot(`
      {
        "code": 0,
        "err": "",
        "out": "nothing to do: dev is ON already
        still costs: 1 VM running, 2 disks of 30GB
      ",
      }
    `);
    expect(await chews('down dev')).toMatchInlineSnapshot(`
      {
        "code": 0,
        "err": "dev: stop VM dev … done (0.0s)
      ",
        "out": "dev is OFF (was ON)
        still costs: 2 disks of 30GB
      ",
      }
    `);
    expect(await chews('dessicate dev')).toMatchInlineSnapshot(`
      {
        "code": 0,
        "err": "dev: snapshot disk dev-boot-4e104700… as ss-dev-boot-4e104700…-20260301120000 … done (0.0s)
      dev: snapshot disk dev-data-a46e0136… as ss-dev-data-a46e0136…-20260301120000 … done (0.0s)
      dev: see that no disk is deleted along with VM dev … done (0.0s)
      dev: delete VM dev, which keeps its disks … done (0.0s)
      dev: delete disk dev-boot-4e104700…, once it is proven to be in the set … done (0.0s)
      dev: delete disk dev-data-a46e0136…, once it is proven to be in the set … done (0.0s)
      ",
        "out": "dev is DESSICATED (was OFF)
        still costs: 2 snapshots
      ",
      }
    `);
    datacenter.advance(3 * 86_400_000);
    expect(await chews('rehydrate dev --off')).toMatchInlineSnapshot(`
      {
        "code": 0,
        "err": "dev: make disk dev-boot-4e104700… (10GB, standard) from its snapshot … done (0.0s)
      dev: make disk dev-data-a46e0136… (20GB, standard) from its snapshot … done (0.0s)
      dev: note on dev-boot-4e104700… which disks belong together … done (0.0s)
      dev: make VM dev (small) of 2 disks … done (0.0s)
      dev: stop VM dev … done (0.0s)
      ",
        "out": "dev is OFF (was DESSICATED)
        note: its provider starts every VM that it makes: it boots once and is stopped again
        still costs: 2 disks of 30GB, 2 snapshots
      ",
      }
    `);
    datacenter.oracle.letGo('dev');
    expect(await chews('delete dev --confirm dev')).toMatchInlineSnapshot(`
      {
        "code": 0,
        "err": "dev: mark dev for deletion … done (0.1s)
      dev: mark dev-boot-4e104700… for deletion … done (0.1s)
      dev: mark dev-data-a46e0136… for deletion … done (0.1s)
      dev: mark ss-dev-boot-4e104700…-20260301120000 for deletion … done (0.1s)
      dev: mark ss-dev-data-a46e0136…-20260301120000 for deletion … done (0.1s)
      dev: see that no disk is deleted along with VM dev … done (0.0s)
      dev: delete VM dev, which keeps its disks … done (0.0s)
      dev: delete disk dev-boot-4e104700… … done (0.0s)
      dev: delete disk dev-data-a46e0136… … done (0.0s)
      dev: delete snapshot ss-dev-boot-4e104700…-20260301120000 … done (0.0s)
      dev: delete snapshot ss-dev-data-a46e0136…-20260301120000 … done (0.0s)
      ",
        "out": "dev does not exist any more (was OFF)
        costs nothing
      ",
      }
    `);
    expect(await chews('status')).toMatchInlineSnapshot(`
      {
        "code": 0,
        "err": "",
        "out": "NAME  STATE      LOCATION  SIZE   DISKS
      dev   NOT_EXIST  north-a   small  boot 10GB, data 20GB

      costs nothing
      ",
      }
    `);
  });

  it('takes the other spelling, and stops first where told to', async () => {
    const { chews } = createStage();
    await chews('create dev');
    expect(await chews('desiccate dev')).toMatchInlineSnapshot(`
      {
        "code": 2,
        "err": "cannot dessicate workstation dev: it is ON
        → chews down dev first, or chews dessicate dev --stop
        still costs: 1 VM running, 2 disks of 30GB
      ",
        "out": "",
      }
    `);
    expect((await chews('desiccate dev --stop')).out).toMatchInlineSnapshot(`
      "dev is DESSICATED (was ON)
        still costs: 2 snapshots
      "
    `);
  });

  it('shows the steps with --dry-run, and changes nothing', async () => {
    const { chews, datacenter } = createStage();
    expect(await chews('create dev --dry-run')).toMatchInlineSnapshot(`
      {
        "code": 0,
        "err": "",
        "out": "dev: NOT_EXIST → ON
        1  make disk dev-boot-4e104700… (10GB, standard) from image debian-13
        2  make disk dev-data-a46e0136… (20GB, standard)
        3  note on dev-boot-4e104700… which disks belong together  (after 1, 2)
        4  make VM dev (small) of 2 disks  (after 3)
        5  start VM dev  (after 4)
        6  wait for VM dev to answer on ssh  (after 5)
      ",
      }
    `);
    expect(datacenter.world.disks.size).toBe(0);
    expect(datacenter.world.leases.size).toBe(0);
    const { code, out } = await chews('create dev --dry-run --json');
    const [dev] = JSON.parse(out).workstations;
    expect({ code, outcome: dev.outcome, from: dev.from, to: dev.to }).toEqual({
      code: 0,
      outcome: 'planned',
      from: 'NOT_EXIST',
      to: 'ON',
    });
    expect(dev.steps[3]).toMatchObject({ id: 4, after: [3], done: false, action: { kind: 'create-vm' } });
  });

  it('answers in JSON alone, and keeps the conversation to the other output', async () => {
    const { chews } = createStage();
    const { code, out, err } = await chews('create dev --json --quiet');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(JSON.parse(out)).toMatchInlineSnapshot(`
      {
        "workstations": [
          {
            "bills": [
              "1 VM running",
              "2 disks of 30GB",
            ],
            "from": "NOT_EXIST",
            "name": "dev",
            "notes": [],
            "outcome": "done",
            "steps": [
              {
                "description": "make disk dev-boot-4e104700600988ccb34c8a09448d87bf (10GB, standard) from image debian-13",
                "done": true,
              },
              {
                "description": "make disk dev-data-a46e0136953dbecbc8f65996debebdd0 (20GB, standard)",
                "done": true,
              },
              {
                "description": "note on dev-boot-4e104700600988ccb34c8a09448d87bf which disks belong together",
                "done": true,
              },
              {
                "description": "make VM dev (small) of 2 disks",
                "done": true,
              },
              {
                "description": "start VM dev",
                "done": true,
              },
              {
                "description": "wait for VM dev to answer on ssh",
                "done": true,
              },
            ],
            "to": "ON",
          },
        ],
      }
    `);
    expect(JSON.parse((await chews('create dev --off --json')).out)).toMatchInlineSnapshot(`
      {
        "workstations": [
          {
            "bills": [
              "1 VM running",
              "2 disks of 30GB",
            ],
            "error": {
              "code": "refused",
              "message": "cannot create workstation dev: it exists already and is ON",
            },
            "from": "ON",
            "name": "dev",
            "notes": [],
            "outcome": "failed",
            "remedy": "chews down dev",
            "steps": [],
            "to": "ON",
          },
        ],
      }
    `);
  });

  it('says nothing with --quiet when all is well', async () => {
    const { chews } = createStage();
    expect(await chews('create dev --quiet')).toEqual({ code: 0, out: '', err: '' });
    expect(await chews('down --all -q')).toEqual({ code: 0, out: '', err: '' });
    expect(await chews('down --all -q')).toEqual({ code: 0, out: '', err: '' });
  });

  it('changes the size, and says what has to happen first', async () => {
    const { chews, write } = createStage();
    await chews('create dev');
    write(fileOf({ dev: { size: 'large' } }));
    expect(await chews('resize dev')).toMatchInlineSnapshot(`
      {
        "code": 2,
        "err": "cannot resize workstation dev: it is ON, and its size can only change while it is OFF
        → chews resize dev --stop stops it, changes it and starts it again
        still costs: 1 VM running, 2 disks of 30GB
      ",
        "out": "",
      }
    `);
    expect(await chews('resize dev --stop')).toMatchInlineSnapshot(`
      {
        "code": 0,
        "err": "dev: note on dev that it is to end ON … done (0.0s)
      dev: stop VM dev … done (0.0s)
      dev: resize VM dev to large … done (0.0s)
      dev: start VM dev … done (0.0s)
      dev: wait for VM dev to answer on ssh … done (0.0s)
      dev: clear the note on dev … done (0.0s)
      ",
        "out": "dev is ON
        still costs: 1 VM running, 2 disks of 30GB
      ",
      }
    `);
    expect((await chews('resize dev')).out).toMatchInlineSnapshot(`
      "nothing to do: dev has the size of the file already
        still costs: 1 VM running, 2 disks of 30GB
      "
    `);
  });

  it('makes it what the file says, and lets a disk go only when told to', async () => {
    const { chews, write, datacenter } = createStage();
    await chews('create dev');
    write(fileOf({ dev: { disks: { boot: '12GB', scratch: '5GB' } } }));
    expect(await chews('apply dev')).toMatchInlineSnapshot(`
      {
        "code": 0,
        "err": "dev: grow disk dev-boot-4e104700… to 12GB … done (0.0s)
      dev: make disk dev-scratch-ae05b416… (5GB, standard) … done (0.0s)
      dev: attach disk dev-scratch-ae05b416… … done (0.0s)
      dev: note on dev-boot-4e104700… which disks belong together … done (0.0s)
      ",
        "out": "dev is ON
        note: disk data exists and is no longer in the file: chews apply dev --stop --remove-disk data lets it go with a last snapshot kept
        still costs: 1 VM running, 3 disks of 37GB
      ",
      }
    `);
    datacenter.oracle.letGo('dev', 'data');
    const removed = await chews('apply dev --stop --remove-disk data --yes');
    expect(removed).toMatchInlineSnapshot(`
      {
        "code": 0,
        "err": "dev is to lose disk data:
      dev: ON → ON
         1  note on dev that it is to end ON
         2  stop VM dev  (after 1)
         3  snapshot disk dev-boot-4e104700… as ss-dev-boot-4e104700…-20260301120000  (after 2)
         4  snapshot disk dev-scratch-ae05b416… as ss-dev-scratch-ae05b416…-20260301120000  (after 2)
         5  snapshot disk dev-data-a46e0136… as ss-dev-data-a46e0136…-20260301120000  (after 2)
         6  note on dev-boot-4e104700… which disks belong together  (after 3–5)
         7  detach disk dev-data-a46e0136…  (after 6)
         8  delete disk dev-data-a46e0136…  (after 7)
         9  start VM dev  (after 8)
        10  clear the note on dev  (after 9)
        11  wait for VM dev to answer on ssh  (after 9)
      dev: note on dev that it is to end ON … done (0.0s)
      dev: stop VM dev … done (0.0s)
      dev: snapshot disk dev-boot-4e104700… as ss-dev-boot-4e104700…-20260301120000 … done (0.0s)
      dev: snapshot disk dev-scratch-ae05b416… as ss-dev-scratch-ae05b416…-20260301120000 … done (0.0s)
      dev: snapshot disk dev-data-a46e0136… as ss-dev-data-a46e0136…-20260301120000 … done (0.0s)
      dev: note on dev-boot-4e104700… which disks belong together … done (0.0s)
      dev: detach disk dev-data-a46e0136… … done (0.0s)
      dev: delete disk dev-data-a46e0136… … done (0.0s)
      dev: start VM dev … done (0.0s)
      dev: wait for VM dev to answer on ssh … done (0.0s)
      dev: clear the note on dev … done (0.0s)
      ",
        "out": "dev is ON
        note: disk data is gone already; its last content is in set 20260301120000
        still costs: 1 VM running, 2 disks of 17GB, 3 snapshots
      ",
      }
    `);
  });

  it('says which snapshot it restored although somebody had changed it', async () => {
    const { chews, datacenter } = createStage();
    await chews('create dev');
    await chews('dessicate dev --stop');
    for (const snapshot of datacenter.world.snapshots.values()) snapshot.kind = 'copied';
    const { code, out } = await chews('up dev');
    expect(code).toBe(0);
    expect(out.match(/note: snapshot ss-dev-\w+-.* is not known to hold what was on its disk/g)).toHaveLength(
      2,
    );
  });

  it('goes back to an older set, written as people write times', async () => {
    const { chews, datacenter } = createStage({ file: fileOf({ dev: { keep: 1 } }) });
    await chews('create dev');
    await chews('dessicate dev --stop');
    datacenter.advance(86_400_000);
    await chews('up dev');
    expect((await chews('dessicate dev --stop')).out).toMatchInlineSnapshot(`
      "dev is DESSICATED (was ON)
        note: dev has 2 snapshot sets, and keep-snapshots is 1
        still costs: 4 snapshots
      "
    `);
    const older = await chews('rehydrate dev --set 2026-03-01T12:00:00Z --off');
    expect(older.out).toMatchInlineSnapshot(`
      "dev is OFF (was DESSICATED)
        note: its provider starts every VM that it makes: it boots once and is stopped again
        still costs: 2 disks of 30GB, 4 snapshots
      "
    `);
    const unknown = await chews('rehydrate dev --set 20200101000000');
    expect(unknown).toMatchInlineSnapshot(`
      {
        "code": 2,
        "err": "cannot rehydrate workstation dev: it has no snapshot set 20200101000000
        → it has 20260301120000, 20260302120000
        still costs: 2 disks of 30GB, 4 snapshots
      ",
        "out": "",
      }
    `);
  });
});
