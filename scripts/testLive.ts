import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { accountOf } from '../test/live/account.ts';

const usage = `npm run test:live -- gcp --project ID --zone ZONE  PRICES
npm run test:live -- aws --region REGION --zone ZONE --key-name NAME --security-group ID  PRICES

Runs the conformance suite, and a cycle with checksums, on a real account at that cloud. It must be empty: a project,
or an account and region, of its own. All that is made there bears the label of these tests, and is deleted at the
end; what is left then is an error, and named.

PRICES, as the cloud has them on its pages today:
  --vm-hour USD    of one small VM (t3.small, e2-small) for an hour, with its address
  --gb-month USD   of a GB of the dearest disk (gp3, pd-ssd) for a month
  --most USD       nothing is begun that could cost more
`;

/** What runs at once at the most, and how long until all is ended: the bound of what it can cost. */
const MOST_VMS = 3;
const MOST_GB = 200;
const LIMIT_HOURS = 3;
const HOURS_IN_MONTH = 730;

const root = join(import.meta.dirname, '..');
const say = (line: string) => process.stderr.write(`${line}\n`);

class Misused extends Error {}

function readArguments(): {
  readonly env: NodeJS.ProcessEnv;
  readonly boundUsd: number;
  readonly mostUsd: number;
} {
  const text = { type: 'string' } as const;
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      project: text,
      region: text,
      zone: text,
      'key-name': text,
      'security-group': text,
      'vm-hour': text,
      'gb-month': text,
      most: text,
    },
  });
  const [cloud, ...others] = positionals;
  const needed = (key: keyof typeof values): string => {
    const value = values[key];
    if (value === undefined || value === '') throw new Misused(`--${key} is missing`);
    return value;
  };
  const usd = (key: keyof typeof values): number => {
    const amount = Number(needed(key));
    if (!(amount > 0)) throw new Misused(`--${key} has to be an amount of US dollars`);
    return amount;
  };
  if ((cloud !== 'gcp' && cloud !== 'aws') || others.length > 0)
    throw new Misused('name one cloud: gcp or aws');
  const vmsUsd = MOST_VMS * LIMIT_HOURS * usd('vm-hour');
  const disksUsd = (MOST_GB * LIMIT_HOURS * usd('gb-month')) / HOURS_IN_MONTH;
  const env = {
    ...process.env,
    CHEWS_LIVE: cloud,
    CHEWS_LIVE_ZONE: needed('zone'),
    ...(cloud === 'gcp'
      ? { CHEWS_LIVE_PLACE: needed('project') }
      : {
          CHEWS_LIVE_PLACE: needed('region'),
          CHEWS_LIVE_KEY: needed('key-name'),
          CHEWS_LIVE_GROUP: needed('security-group'),
        }),
  };
  return { env, boundUsd: vmsUsd + disksUsd, mostUsd: usd('most') };
}

/** Ends with the tests, with Ctrl-C, or when the time is over that the bound was reckoned with. */
async function runTests(env: NodeJS.ProcessEnv): Promise<number> {
  const words = [
    'node_modules/vitest/vitest.mjs',
    'run',
    '--config',
    'test/live/vitest.config.ts',
    '--root',
    root,
  ];
  const child = spawn(process.execPath, words, { cwd: root, stdio: 'inherit', env });
  const limit = setTimeout(() => child.kill(), LIMIT_HOURS * 3_600_000);
  // It has heard of Ctrl-C from the terminal as well: what is left to do here is to sweep.
  process.on('SIGINT', () => child.kill());
  process.on('SIGTERM', () => child.kill());
  return await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => {
      clearTimeout(limit);
      resolve(code ?? 1);
    });
  });
}

async function main(): Promise<number> {
  const { env, boundUsd, mostUsd } = readArguments();
  const bound = boundUsd.toFixed(2);
  if (boundUsd > mostUsd)
    throw new Misused(`it could cost ${bound} USD, and --most is ${mostUsd.toFixed(2)}`);
  const built = spawnSync(process.execPath, ['scripts/build.ts'], { cwd: root, stdio: 'inherit' });
  if (built.status !== 0) return built.status ?? 1;
  const account = accountOf(env);
  const before = await account.left();
  if (before.length > 0) {
    say(`cannot test on this account: it is not empty: ${before.join(', ')}`);
    say('  → Take a project, or a region of an account, where nothing else is.');
    return 2;
  }
  say(
    `At the most ${MOST_VMS} VMs and ${MOST_GB} GB of disks, for at the most ${LIMIT_HOURS} hours: ${bound} USD.`,
  );
  const status = await runTests(env);
  await account.sweep().catch((error: unknown) => say(`the sweep failed: ${String(error)}`));
  const left = await account.left().catch((error: unknown) => {
    say(`cannot list what is left on the account, which bills: ${String(error)}`);
    say('  → Look at it in the cloud’s own console, and delete what is there.');
    return undefined;
  });
  if (left === undefined) return 1;
  if (left.length === 0) return status;
  say(`LEFT BEHIND, and billing until you delete it: ${left.join(', ')}`);
  return 1;
}

process.exit(
  await main().catch((error: unknown) => {
    say(error instanceof Misused ? `${error.message}\n\n${usage}` : `cannot run the tests: ${String(error)}`);
    return 2;
  }),
);
