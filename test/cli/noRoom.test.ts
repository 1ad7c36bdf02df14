import { describe, expect, it } from 'vitest';
import { createStage, fileOf, type Stage } from './stage.ts';

const file = fileOf({ dev: { location: '[north-a, north-b]' } });

function fill(stage: Stage, ...names: readonly string[]): void {
  for (const location of stage.datacenter.world.locations)
    location.outOfCapacity = names.includes(location.name);
}

describe('where a location has no room for the VM', () => {
  it('create goes on in the next one of the list', async () => {
    const stage = createStage({ file });
    fill(stage, 'north-a');
    expect(await stage.chews('create dev')).toMatchInlineSnapshot(`
      {
        "code": 0,
        "err": "dev: make disk dev-boot-4e104700… (10GB, standard) from image debian-13 … done (0.0s)
      dev: make disk dev-data-a46e0136… (20GB, standard) … done (0.0s)
      dev: note on dev-boot-4e104700… which disks belong together … done (0.0s)
      dev: make VM dev (small) of 2 disks … failed: cannot create VM dev: north-a has no capacity
      dev: there is no room in north-a: trying north-b
      dev: clear the note on dev-boot-4e104700… … done (0.0s)
      dev: delete disk dev-boot-4e104700… … done (0.0s)
      dev: delete disk dev-data-a46e0136… … done (0.0s)
      dev: make disk dev-boot-4e104700… (10GB, standard) from image debian-13 … done (0.0s)
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
    expect((await stage.chews('status')).out).toMatchInlineSnapshot(`
      "NAME  STATE  LOCATION  SIZE   DISKS
      dev   ON     north-b   small  boot 10GB, data 20GB

      still costs: 1 VM running, 2 disks of 30GB
      "
    `);
  });

  it('so does what rehydrates it, and what is live again in the first one is no drift', async () => {
    const stage = createStage({ file });
    await stage.chews('create dev --off');
    await stage.chews('dessicate dev');
    fill(stage, 'north-a');
    expect(await stage.chews('up dev')).toMatchInlineSnapshot(`
      {
        "code": 0,
        "err": "dev: make disk dev-boot-4e104700… (10GB, standard) from its snapshot … done (0.0s)
      dev: make disk dev-data-a46e0136… (20GB, standard) from its snapshot … done (0.0s)
      dev: note on dev-boot-4e104700… which disks belong together … done (0.0s)
      dev: make VM dev (small) of 2 disks … failed: cannot create VM dev: north-a has no capacity
      dev: there is no room in north-a: trying north-b
      dev: delete disk dev-boot-4e104700… … done (0.0s)
      dev: delete disk dev-data-a46e0136… … done (0.0s)
      dev: make disk dev-boot-4e104700… (10GB, standard) from its snapshot … done (0.0s)
      dev: make disk dev-data-a46e0136… (20GB, standard) from its snapshot … done (0.0s)
      dev: note on dev-boot-4e104700… which disks belong together … done (0.0s)
      dev: make VM dev (small) of 2 disks … done (0.0s)
      dev: start VM dev … done (0.0s)
      dev: wait for VM dev to answer on ssh … done (0.0s)
      ",
        "out": "dev is ON (was DESSICATED)
        still costs: 1 VM running, 2 disks of 30GB, 2 snapshots
      ",
      }
    `);
    await stage.chews('dessicate dev --stop');
    fill(stage);
    expect((await stage.chews('up dev')).code).toBe(0);
    expect((await stage.chews('status dev --json')).out).toContain('"location": "north-a"');
  });

  it('and in none of them, it is left as it was, and the last one is told', async () => {
    const stage = createStage({ file });
    fill(stage, 'north-a', 'north-b');
    expect(await stage.chews('create dev')).toMatchInlineSnapshot(`
      {
        "code": 5,
        "err": "dev: make disk dev-boot-4e104700… (10GB, standard) from image debian-13 … done (0.0s)
      dev: make disk dev-data-a46e0136… (20GB, standard) … done (0.0s)
      dev: note on dev-boot-4e104700… which disks belong together … done (0.0s)
      dev: make VM dev (small) of 2 disks … failed: cannot create VM dev: north-a has no capacity
      dev: there is no room in north-a: trying north-b
      dev: clear the note on dev-boot-4e104700… … done (0.0s)
      dev: delete disk dev-boot-4e104700… … done (0.0s)
      dev: delete disk dev-data-a46e0136… … done (0.0s)
      dev: make disk dev-boot-4e104700… (10GB, standard) from image debian-13 … done (0.0s)
      dev: make disk dev-data-a46e0136… (20GB, standard) … done (0.0s)
      dev: note on dev-boot-4e104700… which disks belong together … done (0.0s)
      dev: make VM dev (small) of 2 disks … failed: cannot create VM dev: north-b has no capacity
      dev: clear the note on dev-boot-4e104700… … done (0.0s)
      dev: delete disk dev-boot-4e104700… … done (0.0s)
      dev: delete disk dev-data-a46e0136… … done (0.0s)
      cannot create VM dev: north-b has no capacity
        done: make disk dev-boot-4e104700… (10GB, standard) from image debian-13
        done: make disk dev-data-a46e0136… (20GB, standard)
        done: note on dev-boot-4e104700… which disks belong together
        done: clear the note on dev-boot-4e104700…
        done: delete disk dev-boot-4e104700…
        done: delete disk dev-data-a46e0136…
        done: make disk dev-boot-4e104700… (10GB, standard) from image debian-13
        done: make disk dev-data-a46e0136… (20GB, standard)
        done: note on dev-boot-4e104700… which disks belong together
        done: clear the note on dev-boot-4e104700…
        done: delete disk dev-boot-4e104700…
        done: delete disk dev-data-a46e0136…
        nothing is lost: dev is NOT_EXIST
        costs nothing
      ",
        "out": "",
      }
    `);
    fill(stage);
    await stage.chews('create dev --off');
    await stage.chews('dessicate dev');
    fill(stage, 'north-a', 'north-b');
    expect(await stage.chews('up dev')).toMatchInlineSnapshot(`
      {
        "code": 5,
        "err": "dev: make disk dev-boot-4e104700… (10GB, standard) from its snapshot … done (0.0s)
      dev: make disk dev-data-a46e0136… (20GB, standard) from its snapshot … done (0.0s)
      dev: note on dev-boot-4e104700… which disks belong together … done (0.0s)
      dev: make VM dev (small) of 2 disks … failed: cannot create VM dev: north-a has no capacity
      dev: there is no room in north-a: trying north-b
      dev: delete disk dev-boot-4e104700… … done (0.0s)
      dev: delete disk dev-data-a46e0136… … done (0.0s)
      dev: make disk dev-boot-4e104700… (10GB, standard) from its snapshot … done (0.0s)
      dev: make disk dev-data-a46e0136… (20GB, standard) from its snapshot … done (0.0s)
      dev: note on dev-boot-4e104700… which disks belong together … done (0.0s)
      dev: make VM dev (small) of 2 disks … failed: cannot create VM dev: north-b has no capacity
      dev: delete disk dev-boot-4e104700… … done (0.0s)
      dev: delete disk dev-data-a46e0136… … done (0.0s)
      cannot create VM dev: north-b has no capacity
        done: make disk dev-boot-4e104700… (10GB, standard) from its snapshot
        done: make disk dev-data-a46e0136… (20GB, standard) from its snapshot
        done: note on dev-boot-4e104700… which disks belong together
        done: delete disk dev-boot-4e104700…
        done: delete disk dev-data-a46e0136…
        done: make disk dev-boot-4e104700… (10GB, standard) from its snapshot
        done: make disk dev-data-a46e0136… (20GB, standard) from its snapshot
        done: note on dev-boot-4e104700… which disks belong together
        done: delete disk dev-boot-4e104700…
        done: delete disk dev-data-a46e0136…
        nothing is lost: dev is DESSICATED
        still costs: 2 snapshots
      ",
        "out": "",
      }
    `);
    expect((await stage.chews('status')).out).toContain('DESSICATED');
  });
});
