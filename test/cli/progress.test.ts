import { describe, expect, it } from 'vitest';
import { formatElapsed } from '../../src/cli/progress.ts';
import { createStage, fileOf, withoutColour } from './stage.ts';

describe('progress', () => {
  it('leaves a line for each step in a terminal, with the name where there are several', async () => {
    const { chews } = createStage({ file: fileOf({ dev: {}, spare: {} }) });
    const one = withoutColour((await chews('create dev', { terminal: true })).err);
    expect(one).toContain('✔ make VM dev (small) of 2 disks (0.0s)\n');
    const two = withoutColour((await chews('down dev spare', { terminal: true })).err);
    expect(two).toContain('✔ dev: stop VM dev (0.0s)\n');
  });

  it('spins nowhere but in a terminal that can', async () => {
    const { chews } = createStage();
    expect((await chews('create dev')).err).not.toContain('\u001b');
    expect((await chews('down dev', { terminal: true, env: { TERM: 'dumb' } })).err).toBe(
      'dev: stop VM dev … done (0.0s)\n',
    );
    expect((await chews('up dev', { terminal: true, columns: 0, env: { NO_COLOR: '1' } })).err).toBe(
      'dev: start VM dev … done (0.0s)\ndev: wait for VM dev to answer on ssh … done (0.0s)\n',
    );
    expect((await chews('down dev --quiet', { terminal: true })).err).toBe('');
  });

  it('spins without colour where none is wanted', async () => {
    const { chews } = createStage();
    const colours = /\u001b\[[0-9;]*m/;
    expect((await chews('create dev', { terminal: true })).err).toMatch(colours);
    const { err } = await chews('down dev', { terminal: true, env: { NO_COLOR: '1' } });
    expect(err).toContain('stop VM dev');
    expect(err).not.toMatch(colours);
  });

  it('says more with --verbose', async () => {
    const { chews } = createStage();
    expect((await chews('create dev --off --verbose')).err).toMatchInlineSnapshot(`
      "configuration: /home/ann/chews.yaml
      dev: NOT_EXIST → OFF in 5 steps
      dev: make disk dev-boot-4e104700… (10GB, standard) from image debian-13 …
      dev: make disk dev-data-a46e0136… (20GB, standard) …
      dev: make disk dev-boot-4e104700… (10GB, standard) from image debian-13 … done (0.0s)
      dev: make disk dev-data-a46e0136… (20GB, standard) … done (0.0s)
      dev: note on dev-boot-4e104700… which disks belong together …
      dev: note on dev-boot-4e104700… which disks belong together … done (0.0s)
      dev: make VM dev (small) of 2 disks …
      dev: make VM dev (small) of 2 disks … done (0.0s)
      dev: stop VM dev …
      dev: stop VM dev … done (0.0s)
      "
    `);
  });

  it('shows times as people read them', () => {
    expect([40, 4_200, 59_940, 60_000, 3_720_000].map(formatElapsed)).toEqual([
      '0.0s',
      '4.2s',
      '59.9s',
      '1m',
      '1h 2m',
    ]);
  });
});
