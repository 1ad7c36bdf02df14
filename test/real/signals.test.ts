import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type RealChews, realChews, system } from './realChews.ts';

const file = `version: 1
providers:
  here: { kind: local, accel: tcg }
workstations:
  dev:
    provider: here
    location: default
    size: { cpus: 1, memory: 256MB }
    image: micro
    disks:
      boot: { size: 256MB, type: standard }
      data: { size: 64MB, type: standard }
`;

/** `script` of util-linux gives a program a terminal of its own; that of other systems takes other words. */
const hasScript = (() => {
  try {
    return execFileSync('script', ['--version'], { encoding: 'utf8' }).includes('util-linux');
  } catch {
    return false;
  }
})();

let chews: RealChews;
beforeEach(async () => {
  chews = await realChews(file);
  expect(await chews.run(['create', 'dev', '--off'])).toMatchObject({ status: 0 });
});
afterEach(() => chews.end());

async function expectFree(): Promise<void> {
  expect((await chews.run(['unlock', 'dev'])).stdout).toBe('nothing to do: nobody holds dev\n');
}

describe('a signal', { timeout: 120_000 }, () => {
  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'lets what is under way end, gives the lease back, and the same command goes on: %s',
    async (signal) => {
      const cut = await chews.run(['dessicate', 'dev'], { killAfterSteps: 1, signal });
      expect(cut).toMatchObject({ status: 130, signal: null, stdout: '' });
      expect(cut.stderr).toMatch(
        /: nothing new is begun, what is under way gets 5 s; once more leaves at once\n/,
      );
      expect(cut.stderr).toMatch(
        /\ncannot dessicate workstation dev: interrupted before it was done\n {2}done: /,
      );
      expect(cut.stderr).toMatch(
        /\n {2}not done: .*\n {2}nothing is lost: dev is .*\n {2}→ chews dessicate dev goes on/,
      );
      expect(cut.stderr).toMatch(/\n {2}still costs: .*\n$/);
      await expectFree();
      expect((await chews.run(['dessicate', 'dev'])).status).toBe(0);
      expect((await chews.status()).state).toBe('DESSICATED');
    },
  );

  it('while it waits for the guest leaves the VM on', async () => {
    const cut = await chews.run(['up', 'dev'], { killAt: 'start VM dev … done', signal: 'SIGINT' });
    expect(cut).toMatchObject({ status: 130, stdout: '' });
    expect(cut.stderr).toMatch(
      /\n {2}not done: wait for VM dev to answer on ssh\n {2}nothing is lost: dev is ON\n/,
    );
    await expectFree();
    expect((await chews.run(['up', 'dev'])).stdout).toMatch(/^nothing to do: dev is ON already\n/);
  });
});

describe('an output that is gone', { timeout: 120_000 }, () => {
  it('keeps no run from its end: piped into head', async () => {
    const words = [...chews.words, 'dessicate', 'dev'].map((word) => `'${word}'`).join(' ');
    const line = `${words} 2>&1 | head -n 1; echo "\${PIPESTATUS[0]}"`;
    const child = spawn('bash', ['-c', line], { env: chews.env, stdio: ['ignore', 'pipe', 'inherit'] });
    let out = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
    });
    await once(child, 'close');
    expect(out).toMatch(/^dev: snapshot disk .* … done \(\S+\)\n0\n$/);
    await expectFree();
    expect((await chews.status()).state).toBe('DESSICATED');
  });

  it.skipIf(!hasScript)(
    `interrupts a run: its terminal is closed${hasScript ? '' : ': SKIPPED, there is no script of util-linux'}`,
    async () => {
      const words = [...chews.words, 'dessicate', 'dev'].map((word) => `'${word}'`).join(' ');
      const terminal = spawn('script', ['--quiet', '--flush', '--command', `exec ${words}`, '/dev/null'], {
        env: { ...chews.env, TERM: 'xterm' },
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      let said = '';
      terminal.stdout.setEncoding('utf8').on('data', (text: string) => {
        said += text;
        // The terminal goes with the one who made it.
        if (said.includes(' … done')) terminal.kill('SIGKILL');
      });
      await once(terminal, 'close');
      expect(terminal.signalCode).toBe('SIGKILL');
      const runners = async () =>
        (await system('ps', ['-A', '-o', 'args='])).split('\n').filter((args) => args.includes(chews.folder));
      for (let look = 0; look < 100 && (await runners()).length > 0; look += 1) await delay(200);
      expect(await runners()).toEqual([]);
      // It ended by itself and in good order: a crash would have left the lease to a dead process.
      await expectFree();
      const { state } = await chews.status();
      expect(['OFF', 'INCONSISTENT']).toContain(state);
      expect((await chews.run(['dessicate', 'dev'])).status).toBe(0);
    },
  );
});
