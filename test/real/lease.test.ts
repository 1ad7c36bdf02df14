import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { localProvider } from '../../providers/local/local.ts';
import type { Lease } from '../../src/core/lease.ts';
import type { LeaseStore } from '../../src/core/provider.ts';
import { anotherRun } from '../support/anotherRun.ts';
import { contextOf } from '../local/realContext.ts';
import { type RealChews, realChews } from './realChews.ts';

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

let chews: RealChews;
let leases: LeaseStore;

beforeEach(async () => {
  chews = await realChews(file);
  const root = join(chews.folder, 'store');
  ({ leases } = await localProvider.open({ root, accel: 'tcg' }, contextOf(chews.folder)));
});
afterEach(() => chews.end());

/** As a run on another computer that shares the store. */
async function hold(): Promise<Lease> {
  const answer = await leases.take({ ...anotherRun, durationMs: 600_000 }, undefined);
  if ('heldBy' in answer) throw new Error(`held by ${answer.heldBy.user}`);
  return answer.taken;
}

async function answerOf(args: string): Promise<{ status: number | null; text: string }> {
  const { status, stdout, stderr } = await chews.run(args.split(' '));
  return { status, text: stdout + stderr };
}

describe('the lease of a workstation, in a store on the drive', { timeout: 120_000 }, () => {
  it('is refused with who holds it, shown, and taken away', async () => {
    const lease = await hold();
    expect(await answerOf('create dev --off')).toEqual({
      status: 6,
      text: expect.stringMatching(
        /^cannot create workstation dev: chews dessicate \(process 12 of bob on mars\) is at work on it, since \d+s; its lease ends in 9m \d+s unless renewed\n {2}→ .*chews unlock dev\n$/,
      ),
    });
    expect(await answerOf('unlock dev')).toEqual({
      status: 2,
      text: expect.stringMatching(/^dev is held by chews dessicate, process 12 of bob on mars:\n/),
    });
    expect((await leases.list()).leases).toEqual([lease]);
    expect(await answerOf('unlock dev --yes')).toMatchObject({
      status: 0,
      text: expect.stringContaining('dev is unlocked\n'),
    });
    expect(await answerOf('create dev --off')).toMatchObject({ status: 0 });
    // Whoever wakes up finds that it is over.
    await expect(leases.renew(lease)).rejects.toMatchObject({ code: 'busy' });
    expect(await answerOf('unlock dev')).toEqual({ status: 0, text: 'nothing to do: nobody holds dev\n' });
  });

  it('is taken away where nobody can read it, and its number is never used again', async () => {
    await hold();
    const place = join(chews.folder, 'store', 'leases', 'dev');
    const [name = ''] = await readdir(place);
    await writeFile(join(place, name), '');
    expect(await answerOf('create dev --off')).toEqual({
      status: 3,
      text: expect.stringContaining(`${join(place, name)}: it is empty\n  → chews unlock dev shows`),
    });
    expect(await answerOf('unlock dev --yes')).toMatchObject({
      status: 0,
      text: expect.stringContaining('dev has a lease that cannot be read'),
    });
    expect((await readdir(place)).every((left) => left > name)).toBe(true);
    expect(await answerOf('create dev --off')).toMatchObject({ status: 0 });
  });

  it('is waited for, until somebody loses patience', async () => {
    const lease = await hold();
    const given = await chews.run(['create', 'dev', '--off', '--wait'], {
      killAt: 'waiting for dev: chews dessicate',
      signal: 'SIGINT',
    });
    expect({ status: given.status, stderr: given.stderr }).toEqual({
      status: 130,
      stderr: expect.stringMatching(
        /\ncannot create workstation dev: interrupted before it was begun\n {2}nothing was changed\n/,
      ),
    });
    const waiting = chews.run(['create', 'dev', '--off', '--wait']);
    await leases.release(lease);
    expect((await waiting).status).toBe(0);
  });

  it('of a killed run is taken over by the next one, which says so', async () => {
    const killed = await chews.run(['create', 'dev', '--off'], { killAfterSteps: 1 });
    expect(killed.signal).toBe('SIGKILL');
    expect((await answerOf('unlock dev --dry-run')).text).toContain(
      'the next command takes over by itself: process',
    );
    expect(await answerOf('create dev --off')).toMatchObject({
      status: 0,
      text: expect.stringMatching(/took over the lease of dev from an earlier run: process \d+ is gone\n/),
    });
  });
});
