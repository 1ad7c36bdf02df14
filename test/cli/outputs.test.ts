import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { Call } from '../support/datacenter/client.ts';
import { createStage, type Stage } from './stage.ts';

interface Failing extends Writable {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** An output that takes so many writes, and then fails each time as the system would. */
function failing(code: string, writes: number, isTTY = false): Failing {
  let left = writes;
  const output = new Writable({
    write: (_chunk, _encoding, done) => {
      left -= 1;
      done(left >= 0 ? null : Object.assign(new Error(`write ${code}`), { code }));
    },
  });
  return isTTY ? Object.assign(output, { isTTY, columns: 80 }) : output;
}

const leasesOf = ({ datacenter }: Stage) => datacenter.world.leases.size;

describe('an output that goes away in the middle', () => {
  it.each([
    ['a reader that has gone', 'EPIPE', false],
    ['a terminal that is closed', 'EIO', true],
  ] as const)('is no reason to leave work half done: %s', async (_, code, isTTY) => {
    const stage = createStage();
    const stdout = failing(code, 0, isTTY);
    const stderr = failing(code, 1, isTTY);
    const ended = await stage.chews('create dev', { over: { stdout, stderr }, env: { TERM: 'dumb' } });
    expect(ended.code).toBe(0);
    expect(leasesOf(stage)).toBe(0);
    expect((await stage.chews('status dev')).out).toContain('dev   ON');
  });

  it('ends a run in good order where the terminal says that it is closed', async () => {
    const stage: Stage = createStage();
    await stage.chews('create dev --off');
    const stdout = failing('EIO', 0, true);
    const stderr = failing('EIO', 1, true);
    const gate = async (call: Call) => {
      if (call.what.startsWith('snapshot-disk dev-boot')) stage.signal('SIGHUP');
    };
    const cut = await stage.chews('dessicate dev', {
      over: { stdout, stderr },
      client: { gate },
      env: { TERM: 'dumb' },
    });
    expect(cut.code).toBe(130);
    expect(leasesOf(stage)).toBe(0);
    expect((await stage.chews('dessicate dev')).code).toBe(0);
  });

  it('is told where it kept the answer from somebody who waits for it', async () => {
    const { chews } = createStage();
    const stdout = failing('ENOSPC', 0);
    for (const line of ['status', 'status --json', 'create dev', 'down dev --json', '--help'])
      expect({ line, ...(await chews(line, { over: { stdout: failing('ENOSPC', 0) } })) }).toMatchObject({
        line,
        code: 3,
        err: expect.stringMatching(/cannot write the answer: the drive is full\n$/),
      });
    // Another reason to fail comes first.
    expect((await chews('rehydrate dev --set 20200101000000 --json', { over: { stdout } })).code).toBe(2);
  });

  it('is quiet where the reader of an answer has gone', async () => {
    const { chews } = createStage();
    for (const line of ['status', 'status --json', 'config check', '--help', 'up --help'])
      expect(await chews(line, { over: { stdout: failing('EPIPE', 0) } })).toEqual({
        code: 0,
        out: '',
        err: '',
      });
  });
});
