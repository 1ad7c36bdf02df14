import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { judgeLease } from '../../src/core/lease.ts';
import { readHost } from '../../src/engine/hostView.ts';
import { zombie } from '../support/zombie.ts';

it('knows its own process, a living one, and a dead one', async () => {
  const { runner, view } = readHost('token');
  expect(runner).toMatchObject({ token: 'token', pid: process.pid, hostId: view.hostId });
  expect(runner.hostId).toMatch(/^[0-9a-f]{32}$/);
  expect(view.processStartOf(process.pid)).toBe(runner.processStart);
  const child = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60000)']);
  const pid = child.pid ?? 0;
  const start = view.processStartOf(pid);
  expect(start).toBeTypeOf('string');
  const lease = {
    ...runner,
    workstation: 'dev',
    command: 'up',
    id: 'lease',
    pid,
    processStart: start ?? '',
    sinceMs: 0,
    untilMs: 10,
  };
  expect(judgeLease(lease, 5, view)).toEqual({ kind: 'held' });
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(view.processStartOf(pid)).toBeUndefined();
  expect(judgeLease(lease, 5, view)).toEqual({ kind: 'stale', why: `process ${pid} is gone` });
});

it('takes a process that is over for gone, also where its parent never notices', async () => {
  const { runner, view } = readHost('token');
  expect(view.processStartOf(runner.pid)).toBe(runner.processStart);
  const { pid, end } = await zombie();
  expect(view.processStartOf(pid)).toBeUndefined();
  await end();
});
