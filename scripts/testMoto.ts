import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { deviations } from '../test/moto/deviations.ts';
import { installMoto, type Moto, startMoto } from './moto.ts';

/**
 * A second opinion on the adapter of AWS: the conformance suite and a whole life on moto, an EC2 that somebody else has
 * written. Needs Python. The words after `--` go to vitest.
 */
const root = join(import.meta.dirname, '..');
const say = (line: string) => process.stderr.write(`${line}\n`);
/** Each worker of vitest has a moto of its own, so that no test sees what another does. */
const WORKERS = 2;

/** Nothing of the user's own: keys that open nothing, and no files that could name others. */
function environment(motos: readonly Moto[]): NodeJS.ProcessEnv {
  const env = Object.entries(process.env).filter(([name]) => !name.startsWith('AWS_'));
  return {
    ...Object.fromEntries(env),
    AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'example',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
    CHEWS_MOTO: motos.map(({ endpoint }) => endpoint).join(' '),
  };
}

function runTests(motos: readonly Moto[]): Promise<number> {
  const words = ['run', '--config', 'test/moto/vitest.config.ts', '--root', root];
  const workers = ['--maxWorkers', String(WORKERS)];
  const child = spawn(
    process.execPath,
    ['node_modules/vitest/vitest.mjs', ...words, ...workers, ...process.argv.slice(2)],
    { cwd: root, stdio: 'inherit', env: environment(motos) },
  );
  process.once('exit', () => child.kill());
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

// Whatever ends this ends what it has started: see startMoto.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(130));

async function main(): Promise<number> {
  const built = spawnSync(process.execPath, ['scripts/build.ts'], { cwd: root, stdio: 'inherit' });
  if (built.status !== 0) return built.status ?? 1;
  const server = installMoto(join(root, '.moto'), say);
  if (server === undefined) {
    say('cannot run the tests on moto: Python 3 with venv is missing');
    say('  → install it; on Debian and Ubuntu, as root:  apt-get install python3-venv');
    return 2;
  }
  const images = join(root, 'test/moto/images.json');
  const motos = await Promise.all(Array.from({ length: WORKERS }, () => startMoto(server, images)));
  const status = await runTests(motos);
  for (const { endpoint, log, end } of motos) {
    end();
    if (status !== 0) say(`\nWhat ${endpoint} said last:\n${log()}`);
  }
  const bar = '!'.repeat(100);
  say(`\n${bar}\nSKIPPED, because of what moto is:\n`);
  for (const { test, why } of deviations) say(`${test}\n  ${why}`);
  say(bar);
  return status;
}

process.exit(
  await main().catch((error: unknown) => {
    say(`cannot run the tests on moto: ${error instanceof Error ? error.message : String(error)}`);
    return 1;
  }),
);
