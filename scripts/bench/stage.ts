import { type ChildProcess, fork } from 'node:child_process';
import { accessSync, constants, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { quirksOf } from '../../test/property/kinds.ts';
import { ACCOUNT, REGION } from '../../test/support/ec2/ec2World.ts';
import { placesOf } from '../../test/support/kindOf.ts';
import { fleetOf } from './fleetWorld.ts';
import { type Command, run } from './pairs.ts';

export type Cloud = 'aws' | 'gcp';

/** Where the program is measured: a bundle, and a folder that nothing of the user's is in. */
export interface Stage {
  readonly folder: string;
  readonly node: (...args: readonly string[]) => Command;
  readonly chews: (...args: readonly string[]) => Command;
  /** A simulated cloud with so many workstations, for as long as `work` takes. */
  readonly withCloud: <T>(cloud: Cloud, count: number, work: (fleet: FleetStage) => Promise<T>) => Promise<T>;
}

export interface FleetStage {
  readonly status: Command;
  /** The cloud's own tool for a list of VMs; undefined where it is not installed. */
  readonly rival: Command | undefined;
  /** What is asked of the cloud while `work` runs. */
  readonly requestsOf: (work: () => void) => Promise<readonly string[]>;
}

export const rivalNames: Readonly<Record<Cloud, string>> = {
  aws: 'aws ec2 describe-instances',
  gcp: 'gcloud compute instances list',
};

export function openStage(): Stage & { readonly close: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'chews-bench-'));
  // Little of the environment: some variables cost every process of Node a tenth of a second.
  const plain = { PATH: process.env['PATH'] ?? '', HOME: folder, LANG: 'C.UTF-8' };
  const launcher = join(folder, 'dist', 'chews.cjs');
  const commandWith =
    (cwd: string, env: Readonly<Record<string, string>>, ...fixed: readonly string[]) =>
    (...args: readonly string[]): Command => ({
      program: process.execPath,
      args: [...fixed, ...args],
      env: { ...plain, ...env },
      cwd,
    });
  run(commandWith(folder, {})(join(import.meta.dirname, '..', 'build.ts'), join(folder, 'dist')));
  return {
    folder,
    node: commandWith(folder, {}),
    chews: commandWith(folder, {}, launcher),
    async withCloud(cloud, count, work) {
      const child = fork(join(import.meta.dirname, 'cloudProcess.ts'), [cloud, String(count)], {
        stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      });
      try {
        const endpoint = String(await nextMessage(child));
        const cwd = join(folder, `${cloud}-${count}`);
        mkdirSync(cwd, { recursive: true });
        writeFileSync(join(cwd, 'chews.yaml'), configurationOf(cloud, count));
        const env = environmentOf(cloud, endpoint, cwd);
        return await work({
          status: commandWith(cwd, env, launcher)('status'),
          rival: rivalOf(cloud, endpoint, { ...plain, ...env }, cwd),
          async requestsOf(asking) {
            child.send('what was before');
            await nextMessage(child);
            asking();
            child.send('what came since');
            return (await nextMessage(child)) as readonly string[];
          },
        });
      } finally {
        child.disconnect();
      }
    },
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function nextMessage(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const ended = () => reject(new Error('the simulated cloud has ended'));
    child.once('exit', ended);
    child.once('message', (message) => {
      child.off('exit', ended);
      resolve(message);
    });
  });
}

function configurationOf(cloud: Cloud, count: number): string {
  const quirks = quirksOf(cloud);
  const settings: Readonly<Record<Cloud, string>> = {
    aws: `kind: aws, region: ${REGION}, account: "${ACCOUNT}"`,
    gcp: 'kind: gcp, project: home',
  };
  // With a `*` it needs quotes.
  const image = JSON.stringify(placesOf(quirks).image);
  const workstations = fleetOf(quirks, 1, count).map(({ name, locations, size, disks }) => {
    const [{ sizeBytes, type }] = disks;
    const disk = `{ size: ${sizeBytes / 1024 ** 3}GB, type: ${type} }`;
    return [
      `  ${name}:`,
      '    provider: cloud',
      `    location: ${locations[0]}`,
      `    size: ${'machineType' in size ? size.machineType : ''}`,
      `    image: ${image}`,
      '    disks:',
      `      boot: ${disk}`,
    ].join('\n');
  });
  const provider = `providers:\n  cloud: { ${settings[cloud]} }`;
  return `version: 1\nid: a1b2c3d4\n${provider}\nworkstations:\n${workstations.join('\n')}\n`;
}

function environmentOf(cloud: Cloud, endpoint: string, folder: string): Readonly<Record<string, string>> {
  switch (cloud) {
    case 'aws':
      return {
        AWS_ENDPOINT_URL_EC2: endpoint,
        AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE',
        AWS_SECRET_ACCESS_KEY: 'example',
        AWS_DEFAULT_REGION: REGION,
        AWS_EC2_METADATA_DISABLED: 'true',
      };
    case 'gcp':
      return {
        CHEWS_GCP_ENDPOINT: endpoint,
        CLOUDSDK_CONFIG: join(folder, 'gcloud'),
        CLOUDSDK_CORE_PROJECT: 'home',
        CLOUDSDK_CORE_DISABLE_PROMPTS: 'true',
        CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK: 'true',
        CLOUDSDK_CORE_DISABLE_USAGE_REPORTING: 'true',
        CLOUDSDK_AUTH_DISABLE_CREDENTIALS: 'true',
        CLOUDSDK_API_ENDPOINT_OVERRIDES_COMPUTE: `${endpoint}/compute/v1/`,
      };
  }
}

function rivalOf(
  cloud: Cloud,
  endpoint: string,
  env: Readonly<Record<string, string>>,
  cwd: string,
): Command | undefined {
  const [name = '', ...args] = rivalNames[cloud].split(' ');
  const program = (env['PATH'] ?? '')
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find(isExecutable);
  if (program === undefined) return undefined;
  return { program, args: cloud === 'aws' ? [...args, '--endpoint-url', endpoint] : args, env, cwd };
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
