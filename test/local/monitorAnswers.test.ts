import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { vmFiles } from '../../providers/local/qemu.ts';
import { vmState } from '../../providers/local/vmState.ts';
import { testFolder } from './localContext.ts';

/** A process that bears the folder's pid file on its command line as a machine does, and a monitor that says what is told. */
async function machineSaying(): Promise<{ readonly folder: string; readonly say: (value: unknown) => void }> {
  const folder = await testFolder();
  const words = ['-e', 'setInterval(() => undefined, 1000)', '--', '-pidfile', join(folder, vmFiles.pid)];
  const child = spawn(process.execPath, words, { stdio: 'ignore' });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  let told: unknown;
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.write('{"QMP": {}}\n');
    socket.setEncoding('utf8').on('data', (line: string) => {
      const { id, execute } = JSON.parse(line) as { id: number; execute: string };
      socket.write(`${JSON.stringify({ return: execute === 'query-status' ? told : {}, id })}\n`);
    });
  });
  await new Promise<void>((resolve) => server.listen(join(folder, vmFiles.monitors[0]), resolve));
  onTestFinished(() => {
    server.close();
  });
  return {
    folder,
    say: (value) => {
      told = value;
    },
  };
}

test('a monitor that answers nothing, or a word that every object knows, is in an unknown state', async () => {
  const { folder, say } = await machineSaying();
  say({ status: 'running' });
  expect(await vmState(folder)).toEqual({ status: 'running', statusText: 'running' });
  for (const word of ['constructor', '__proto__', 'toString', 'hibernated', '']) {
    say({ status: word });
    expect(await vmState(folder)).toEqual({ status: 'unknown', statusText: word });
  }
  for (const nothing of [null, undefined, 0, [], { status: 7 }]) {
    say(nothing);
    expect(await vmState(folder)).toMatchObject({ status: 'unknown' });
  }
});
