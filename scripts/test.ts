import { spawnSync } from 'node:child_process';
import { installRequirements } from './requirements.ts';

/** Runs all tests, on real virtual machines where they can be had, and says loudly where they cannot. */
const say = (line: string) => process.stderr.write(`${line}\n`);
const missing = installRequirements(say);
const run = (script: string, args: readonly string[], env: NodeJS.ProcessEnv) =>
  spawnSync(process.execPath, [script, ...args], { stdio: 'inherit', env }).status ?? 1;

const env: NodeJS.ProcessEnv = { ...process.env };
if (missing !== undefined) env['CHEWS_TEST_WITHOUT_VMS'] = missing;
const built = run('scripts/build.ts', [], env);
if (built !== 0) process.exit(built);
const status = run('node_modules/vitest/vitest.mjs', ['run', ...process.argv.slice(2)], env);
if (missing !== undefined) {
  const bar = '!'.repeat(100);
  say(
    `\n${bar}\nSKIPPED: the tests on real virtual machines and their files did not run.\n${missing}\n${bar}`,
  );
}
process.exit(status);
