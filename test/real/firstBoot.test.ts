import { afterEach, expect, it } from 'vitest';
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
`;

let chews: RealChews;
afterEach(() => chews.end());

async function run(...args: readonly string[]): Promise<string> {
  const { status, stdout, stderr } = await chews.run(args);
  expect({ args, status, stderr }).toEqual({ args, status: 0, stderr });
  return stdout;
}

it(
  'a workstation that was put away before its guest ever came up comes up later',
  { timeout: 120_000 },
  async () => {
    chews = await realChews(file);
    await run('create', 'dev', '--off');
    await run('dessicate', 'dev');
    // Its first boot is cut off: the run is killed while it waits, and then the power fails.
    const { signal } = await chews.run(['up', 'dev'], { killAfterSteps: 4 });
    expect(signal).toBe('SIGKILL');
    await chews.kill();
    expect((await chews.status()).state).toBe('OFF');
    await run('dessicate', 'dev');
    await run('up', 'dev');
    expect(await run('ssh', 'dev', '--', 'echo it is up')).toBe('it is up\n');
    // From now on it is a guest like any other.
    await run('dessicate', 'dev', '--stop');
    await run('up', 'dev');
    expect(await run('ssh', 'dev', '--', 'hostname')).toBe('dev\n');
  },
);
