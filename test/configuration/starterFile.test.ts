import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { drawConfigurationId, starterText, writeStarter } from '../../src/engine/starterFile.ts';
import { readText } from './exampleText.ts';

describe('the file to start from', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'chews-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('has no mistakes, with and without what is commented out', async () => {
    const text = starterText({ id: '00e00001' });
    const { configuration } = await readText(text);
    expect(configuration.id).toBe('00e00001');
    expect(configuration.workstations.map(({ name }) => name)).toEqual(['dev']);
    const second = text.split('# A second one:\n')[1]?.replace(/^ {2}# /gm, '  ') ?? '';
    const more = text.split('  # A second one:')[0]?.replace(/# (ssh-)/g, '$1') ?? '';
    expect((await readText(more + second)).configuration.workstations.map(({ name }) => name)).toEqual([
      'dev',
      'spare',
    ]);
  });

  it('has an id of eight digits', () => {
    expect(drawConfigurationId((count) => new Uint8Array(count).fill(7))).toBe('07070707');
  });

  it('is never written over another', async () => {
    const path = join(folder, 'chews.yaml');
    await writeStarter(path, 'mine');
    await expect(writeStarter(path, 'yours')).rejects.toMatchObject({
      code: 'configuration',
      effect: 'none',
      message: `cannot write configuration ${path}: there is one already, and it stays as it is`,
    });
    expect(await readFile(path, 'utf8')).toBe('mine');
    expect((await stat(path)).mode & 0o022).toBe(0);
    await expect(writeStarter(join(folder, 'none', 'x'), '')).rejects.toThrow('the folder does not exist');
  });
});
