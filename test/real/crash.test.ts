import { randomBytes } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';

import { type RealChews, realChews } from './realChews.ts';

const file = (cpus = 1) => `version: 1
providers:
  here: { kind: local, accel: tcg }
workstations:
  dev:
    provider: here
    location: default
    size: { cpus: ${cpus}, memory: 256MB }
    image: micro
    disks:
      boot: { size: 256MB, type: standard }
      data: { size: 64MB, type: fast }
      more: { size: 64MB, type: standard }
`;

const disks = ['boot', 'data', 'more'];
let chews: RealChews;
afterEach(() => chews.end());

/** Random bytes on every disk, and the sums of the whole disks. */
async function fill(): Promise<string[]> {
  for (const disk of disks)
    await chews.write(
      disk,
      randomBytes(48 * 1024)
        .toString('hex')
        .slice(0, 64 * 1024),
    );
  return await sums();
}

async function sums(): Promise<string[]> {
  return await Promise.all(disks.map((disk) => chews.contentHash(disk)));
}

async function expectRun(args: readonly string[], status = 0): Promise<void> {
  const ended = await chews.run(args);
  expect(`${args.join(' ')} → ${ended.status}\n${ended.stderr}`).toMatch(
    new RegExp(`^${args.join(' ').replaceAll('.', '\\.')} → ${status}\\n`),
  );
}

describe('a run that is killed in the middle', { timeout: 280_000 }, () => {
  it('create goes on when it is run again, and recover leads to OFF', async () => {
    chews = await realChews(file());
    for (const killAfterSteps of [1, 2, 3]) {
      const killed = await chews.run(['create', 'dev', '--off'], { killAfterSteps });
      const again = killAfterSteps % 2 === 0 ? ['recover', 'dev', '--yes'] : ['create', 'dev', '--off'];
      await expectRun(again);
      const { state, disks: made } = await chews.status();
      expect({ killAfterSteps, state, made: made.length }).toEqual({ killAfterSteps, state: 'OFF', made: 3 });
      expect(killed.signal ?? killed.status).toBe(killed.signal === null ? 0 : 'SIGKILL');
      await expectRun(['delete', 'dev', '--confirm', 'dev']);
    }
  });

  it('dessicate and rehydrate lose no byte, whichever command follows', async () => {
    chews = await realChews(file());
    await expectRun(['create', 'dev', '--off']);
    const before = await fill();
    let kills = 0;
    for (const killAfterSteps of [0, 2, 3, 5, 6]) {
      const away = await chews.run(['dessicate', 'dev'], { killAfterSteps });
      kills += away.signal === 'SIGKILL' ? 1 : 0;
      if (killAfterSteps % 2 === 0) await expectRun(['recover', 'dev', '--yes']);
      await expectRun(['dessicate', 'dev']);
      expect((await chews.status()).state).toBe('DESSICATED');

      const back = await chews.run(['rehydrate', 'dev', '--off'], { killAfterSteps });
      kills += back.signal === 'SIGKILL' ? 1 : 0;
      if (killAfterSteps % 2 === 1) await expectRun(['recover', 'dev', '--yes']);
      await expectRun(['rehydrate', 'dev', '--off']);
      expect((await chews.status()).state).toBe('OFF');
      expect(await sums()).toEqual(before);
    }
    expect(kills).toBeGreaterThanOrEqual(6);
  });

  it('resize ends ON with the new size and the same bytes', async () => {
    chews = await realChews(file(1));
    await expectRun(['create', 'dev']);
    await expectRun(['ssh', 'dev', '--', 'dd if=/dev/urandom of=/dev/vdb bs=1M count=8 && sync']);
    // To read whole disks takes a guest long: it looks at what it wrote, and at the end all is compared.
    const sum = async (words: string) => (await chews.run(['ssh', 'dev', '--', words])).stdout;
    const whole = await sum('sha256sum /dev/vdb /dev/vdc');
    expect(whole).toMatch(/^[0-9a-f]{64} {2}\/dev\/vdb\n[0-9a-f]{64} {2}\/dev\/vdc\n$/);
    const look = 'for disk in vdb vdc; do head -c 9437184 /dev/$disk | sha256sum; done';
    const before = await sum(look);
    expect(before).toMatch(/^([0-9a-f]{64} {2}-\n){2}$/);
    for (const killAfterSteps of [1, 2, 3]) {
      const cpus = 1 + (killAfterSteps % 2);
      await chews.configure(file(cpus));
      const killed = await chews.run(['resize', 'dev', '--stop'], { killAfterSteps });
      expect(killed.signal).toBe('SIGKILL');
      await expectRun(killAfterSteps === 2 ? ['recover', 'dev', '--yes'] : ['resize', 'dev', '--stop']);
      await expectRun(['resize', 'dev', '--stop']);
      expect((await chews.status()).state).toBe('ON');
      expect((await chews.run(['ssh', 'dev', '--', 'grep -c ^processor /proc/cpuinfo'])).stdout).toBe(
        `${cpus}\n`,
      );
      expect(await sum(look)).toBe(before);
    }
    expect(await sum('sha256sum /dev/vdb /dev/vdc')).toBe(whole);
    await expectRun(['delete', 'dev', '--confirm', 'dev']);
    expect((await chews.status()).state).toBe('NOT_EXIST');
  });
});
