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
    expect((await chews('up dev --quiet', { terminal: true })).err).toBe('');
  });

  it('says more with --verbose', async () => {
    const { chews } = createStage();
    expect((await chews('create dev --off --verbose')).err).toMatchInlineSnapshot();
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
