import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { withAssetLock } from '../../providers/local/assetLock.ts';
import { isAlive, thisProcess } from '../../providers/local/processIdentity.ts';
import { zombie } from '../support/zombie.ts';
import { failureOf, testFolder } from './localContext.ts';
import { contextOf } from './realContext.ts';

test('only one is at work at a time, also where all of them find the lock of a dead process', async () => {
  const folder = await testFolder();
  const context = contextOf(folder);
  let inside = 0;
  let most = 0;
  let done = 0;
  for (let round = 0; round < 15; round += 1) {
    await writeFile(join(folder, `.lock-${round + 3}`), JSON.stringify({ pid: 1, start: 'long-ago' }));
    const takers = Array.from({ length: 8 }, (_, index) =>
      withAssetLock({ ...context, sleep: (ms) => context.sleep(ms / 4) }, folder, 'cannot test', async () => {
        inside += 1;
        most = Math.max(most, inside);
        await context.sleep(index % 3);
        inside -= 1;
        done += 1;
      }),
    );
    await Promise.all(takers);
  }
  expect(most).toBe(1);
  expect(done).toBe(120);
  expect(await readdir(folder)).toEqual(['home']);
});

test('a lock whose number another run has taken meanwhile is left to it', async () => {
  const folder = await testFolder();
  const context = contextOf(folder);
  const lock = join(folder, '.lock-1');
  await writeFile(lock, JSON.stringify({ pid: 1, start: 'long-ago' }));
  const said: string[] = [];
  const held = {
    ...context,
    // Right before the lock is made: the dead one has gone, and a run that is alive has one of its number.
    drawId: () => {
      if (said.length === 0) {
        writeFileSync(lock, JSON.stringify(alive));
        said.push('another has it');
      }
      return context.drawId();
    },
    sleep: async () => {
      said.push(existsSync(lock) ? 'waits' : 'took it away');
      rmSync(lock, { force: true });
    },
  };
  const alive = await thisProcess();
  await withAssetLock(held, folder, 'cannot test', async () => {
    said.push('works');
  });
  expect(said).toEqual(['another has it', 'waits', 'works']);
});

test('a lock is given back after a failure, and one of a removed asset is told', async () => {
  const folder = await testFolder();
  const context = contextOf(folder);
  const failing = withAssetLock(context, folder, 'cannot test', () => Promise.reject(new Error('inside')));
  expect((await failureOf(failing)).message).toBe('inside');
  expect(await withAssetLock(context, folder, 'cannot test', async () => 7)).toBe(7);
  const gone = withAssetLock(context, join(folder, 'gone'), 'cannot test', async () => 7);
  expect((await failureOf(gone)).code).toBe('not-found');
});

test('a process that is over holds nothing, also where its parent never notices', async () => {
  const { start } = await thisProcess();
  expect(await isAlive({ pid: process.pid, start })).toBe(true);
  const { pid, end } = await zombie();
  // It began in this boot, at a moment that the system still tells.
  const text = await readFile(`/proc/${pid}/stat`, 'utf8');
  const began = text.slice(text.lastIndexOf(')') + 2).split(' ')[19];
  expect(await isAlive({ pid, start: `${start.split('.')[0]}.${began}` })).toBe(false);
  await end();
});
