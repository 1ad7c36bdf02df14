import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createStage, fileOf } from './stage.ts';

describe('init', () => {
  it('writes a file to start from, never over one, and says what to do next', async () => {
    const { chews, folder } = createStage();
    expect(await chews('init')).toMatchInlineSnapshot(`
      {
        "code": 2,
        "err": "cannot write configuration /work/chews.yaml: there is one already, and it stays as it is
        → edit that file, or write another with --config PATH
      ",
        "out": "",
      }
    `);
    expect(readFileSync(join(folder, 'chews.yaml'), 'utf8')).toBe(fileOf({ dev: {} }));
    rmSync(join(folder, 'chews.yaml'));
    expect(await chews('init')).toMatchInlineSnapshot(`
      {
        "code": 0,
        "err": "Next: look through it and make it yours;
        chews config check   says whether it is right
        chews create dev     makes the workstation in it
      ",
        "out": "wrote chews.yaml
      ",
      }
    `);
    expect(readFileSync(join(folder, 'chews.yaml'), 'utf8')).toContain('id: "05060708"');
    expect((await chews('init --config work.yaml')).err).toContain('chews create dev --config work.yaml');
    expect(JSON.parse((await chews('init --config third.yaml --json -q')).out).path).toMatch(/third\.yaml$/);
  });
});

describe('config check', () => {
  it('says that all is well, and how much of it there is', async () => {
    const { chews } = createStage({ file: fileOf({ dev: {}, spare: {} }) });
    expect(await chews('config check')).toEqual({
      code: 0,
      out: 'chews.yaml is fine: 2 workstations at 2 providers\n',
      err: '',
    });
    expect(JSON.parse((await chews('config check --json')).out)).toMatchObject({
      workstations: ['dev', 'spare'],
      providers: ['cloud', 'away'],
    });
  });

  it('tells every mistake with its place', async () => {
    const { chews } = createStage({ file: `${fileOf({ dev: {} })}colour: blue\n` });
    expect(await chews('config check')).toMatchInlineSnapshot(`
      {
        "code": 2,
        "err": "cannot use configuration /work/chews.yaml: it has a mistake
        /work/chews.yaml:15:1: colour: this key is not known here, expected version, id, providers or workstations
      ",
        "out": "",
      }
    `);
  });
});

describe('the configuration', () => {
  it('is found above the folder, by --config, and by CHEWS_CONFIG', async () => {
    const { chews, folder } = createStage();
    mkdirSync(join(folder, 'below', 'deep'), { recursive: true });
    const below = { over: { cwd: join(folder, 'below', 'deep') } };
    expect((await chews('status --verbose', below)).err).toBe('configuration: /work/chews.yaml\n');
    writeFileSync(join(folder, 'other.yaml'), fileOf({ other: {} }));
    expect((await chews('status --config other.yaml')).out).toContain('other  NOT_EXIST');
    const named = await chews('status', { ...below, env: { CHEWS_CONFIG: join(folder, 'other.yaml') } });
    expect(named.out).toContain('other  NOT_EXIST');
  });

  it('is asked for where there is none', async () => {
    const { chews, folder } = createStage();
    rmSync(join(folder, 'chews.yaml'));
    const { code, err } = await chews('status');
    expect(code).toBe(2);
    expect(err).toContain('cannot find a configuration');
    expect((await chews('status --config none.yaml')).err).toMatchInlineSnapshot(`
      "cannot read configuration /work/none.yaml: there is no such file
        → begin one with chews init
      "
    `);
  });
});
