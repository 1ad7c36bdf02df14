import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeFolder, whyUnwritable } from '../../src/cli/makeFolder.ts';
import { shownPath } from '../../src/cli/shownPath.ts';
import { createStage, fileOf } from './stage.ts';

describe('a path', () => {
  it('is shown relative only at or below the present folder', () => {
    expect(shownPath('/a/b', '/a/b/c/chews.yaml')).toBe('c/chews.yaml');
    expect(shownPath('/a/b', '/a/b/..chews.yaml')).toBe('..chews.yaml');
    expect(shownPath('/a/b', '/a/chews.yaml')).toBe('/a/chews.yaml');
    expect(shownPath('/a/b', '../c')).toBe('/a/c');
    expect(shownPath('/a', '/a')).toBe('/a');
    expect(shownPath('/', '/chews.yaml')).toBe('/chews.yaml');
  });
});

describe('the state folder', () => {
  it('that cannot be made is said to be so', async () => {
    const { chews, folder } = createStage();
    await chews('create dev');
    writeFileSync(join(folder, 'file'), '');
    const asked = async (state: string) => await chews('ssh dev', { env: { XDG_STATE_HOME: state } });
    expect(await asked(join(folder, 'file', 'state'))).toMatchInlineSnapshot(`
      {
        "code": 2,
        "err": "cannot log in to workstation dev: its host key cannot be kept in /home/ann/file/state/chews/known_hosts: what should be a folder in its path is none
        → XDG_STATE_HOME names another folder for such files, in place of ~/.local/state
      ",
        "out": "",
      }
    `);
    const { code, err } = await asked('/proc/nowhere/state');
    expect(code).toBe(2);
    expect(err).toMatch(
      /^cannot log in to workstation dev: its host key cannot be kept in \/proc\/nowhere\//,
    );
  });

  it('that can only be read, or is full, is told in plain words', () => {
    const why = (code: string) => whyUnwritable(Object.assign(new Error('raw'), { code }));
    expect(['EACCES', 'EROFS', 'ENOSPC', 'EISDIR', 'EIO'].map(why)).toEqual([
      'you have no permission to write there',
      'its file system can only be read',
      'the disk is full',
      'a folder is in its place',
      'the system says EIO',
    ]);
  });

  it('is made whole, and never for ever', () => {
    const { folder } = createStage();
    const deep = join(folder, 'one', 'two', 'three');
    makeFolder(deep);
    makeFolder(deep);
    expect(statSync(deep).mode & 0o777).toBe(0o700);
    expect(() => makeFolder('/proc/nowhere/deep')).toThrow();
  });
});

describe('init', () => {
  it('writes a file to start from, never over one, and says what to do next', async () => {
    const { chews, folder } = createStage();
    expect(await chews('init')).toMatchInlineSnapshot(`
      {
        "code": 2,
        "err": "cannot write configuration /home/ann/chews.yaml: there is one already, and it stays as it is
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
    const elsewhere = { env: { CHEWS_CONFIG: 'named.yaml' } };
    expect((await chews('init', elsewhere)).out).toBe('wrote named.yaml\n');
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
        "err": "cannot use configuration /home/ann/chews.yaml: it has a mistake
        /home/ann/chews.yaml:15:1: colour: this key is not known here, expected version, id, providers or workstations
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
    expect((await chews('status --verbose', below)).err).toBe('configuration: /home/ann/chews.yaml\n');
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
      "cannot read configuration /home/ann/none.yaml: there is no such file
        → begin one with chews init
      "
    `);
  });
});
