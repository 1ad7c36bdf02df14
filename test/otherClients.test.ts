import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { cloudStage, type CloudStage } from './cli/cloudStage.ts';
import { ACCOUNT, REGION } from './support/ec2/ec2World.ts';
import { type FakeKind, fakeKinds, PROJECT } from './support/fakePlaces.ts';

/**
 * The clouds' own command lines, pointed at our fakes: what they list has to be what chews says. They know nothing of our fakes
 * and of our reading of the documents.
 */

const LIMIT_MS = 60_000;
const folder = mkdtempSync(join(tmpdir(), 'chews-clients-'));

interface Told {
  readonly name: string;
  readonly state: string;
  /** A machine type, or whole GB. */
  readonly size: string;
}

interface Listed {
  readonly vms: readonly Told[];
  readonly disks: readonly Told[];
  readonly snapshots: readonly Told[];
}

interface OtherClient {
  readonly program: string;
  readonly env: (endpoint: string) => NodeJS.ProcessEnv;
  readonly lists: Readonly<Record<keyof Listed, string>>;
  readonly read: (kind: keyof Listed, answer: unknown) => readonly Told[];
}

type Entry = Readonly<Record<string, unknown>>;
const last = (link: unknown) => String(link).split('/').at(-1) ?? '';
const nameTag = ({ Tags }: Entry) =>
  (Tags as readonly { readonly Key: string; readonly Value: string }[]).find(({ Key }) => Key === 'Name')
    ?.Value ?? '';

const readGcp: OtherClient['read'] = (kind, answer) =>
  (answer as readonly Entry[]).map((entry) => ({
    name: String(entry['name']),
    state: String(entry['status']),
    size: kind === 'vms' ? last(entry['machineType']) : String(entry['sizeGb'] ?? entry['diskSizeGb']),
  }));

const readAws: OtherClient['read'] = (kind, answer) => {
  const { Reservations = [], Volumes = [], Snapshots = [] } = answer as Record<string, readonly Entry[]>;
  if (kind === 'vms')
    return Reservations.flatMap(({ Instances }) => Instances as readonly Entry[])
      .map((entry) => ({
        name: nameTag(entry),
        state: (entry['State'] as { readonly Name: string }).Name,
        size: String(entry['InstanceType']),
      }))
      .filter(({ state }) => state !== 'terminated');
  return [...Volumes, ...Snapshots].map((entry) => ({
    name: nameTag(entry),
    state: String(entry['State']),
    size: String(entry['Size'] ?? entry['VolumeSize']),
  }));
};

const clients: Readonly<Record<FakeKind, OtherClient>> = {
  gcp: {
    program: 'gcloud',
    env: (endpoint) => ({
      CLOUDSDK_CONFIG: join(folder, 'gcloud'),
      CLOUDSDK_API_ENDPOINT_OVERRIDES_COMPUTE: `${endpoint}/compute/v1/`,
      CLOUDSDK_AUTH_ACCESS_TOKEN_FILE: join(folder, 'token'),
      CLOUDSDK_CORE_PROJECT: PROJECT,
      CLOUDSDK_CORE_DISABLE_PROMPTS: '1',
      CLOUDSDK_CORE_DISABLE_USAGE_REPORTING: '1',
      CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK: '1',
    }),
    lists: {
      vms: 'compute instances list --format=json',
      disks: 'compute disks list --format=json',
      snapshots: 'compute snapshots list --format=json',
    },
    read: readGcp,
  },
  aws: {
    program: 'aws',
    env: (endpoint) => ({
      AWS_CONFIG_FILE: join(folder, 'none'),
      AWS_SHARED_CREDENTIALS_FILE: join(folder, 'none'),
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_ACCESS_KEY_ID: 'fake',
      AWS_SECRET_ACCESS_KEY: 'fake',
      AWS_DEFAULT_REGION: REGION,
      AWS_ENDPOINT_URL_EC2: endpoint,
      AWS_PAGER: '',
    }),
    lists: {
      vms: 'ec2 describe-instances --output json',
      disks: 'ec2 describe-volumes --output json',
      snapshots: `ec2 describe-snapshots --owner-ids ${ACCOUNT} --output json`,
    },
    read: readAws,
  },
};

/** Their words for what chews says. */
const states: Readonly<Record<string, string>> = {
  RUNNING: 'running',
  TERMINATED: 'stopped',
  READY: 'ready',
  'in-use': 'ready',
  available: 'ready',
  completed: 'ready',
};

/** Nothing of what is set here for a real cloud goes along. */
function ownEnv(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(?:AWS|CLOUDSDK|GOOGLE)_/.test(name)),
  );
}

function runProgram(program: string, line: string, env: NodeJS.ProcessEnv): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(
      program,
      line.split(' '),
      { env: { ...ownEnv(), ...env }, timeout: LIMIT_MS, killSignal: 'SIGKILL', cwd: folder },
      (error, out, err) => (error === null ? resolve(out) : reject(new Error(`${error.message}\n${err}`))),
    );
  });
}

async function whyNot(kind: FakeKind): Promise<string | undefined> {
  const { program, env } = clients[kind];
  try {
    await runProgram(program, '--version', env('http://127.0.0.1:9'));
    return undefined;
  } catch (error) {
    const isMissing = error instanceof Error && error.message.includes('ENOENT');
    return isMissing ? `${program} is not installed` : `${program} does not run: ${String(error)}`;
  }
}

async function listed(kind: FakeKind, { fake }: CloudStage): Promise<Listed> {
  const { program, env, lists, read } = clients[kind];
  const of = async (what: keyof Listed) => {
    const answer: unknown = JSON.parse(await runProgram(program, lists[what], env(fake.endpoint)));
    return read(what, answer).map((told) => ({ ...told, state: states[told.state] ?? told.state }));
  };
  const [vms, disks, snapshots] = await Promise.all([of('vms'), of('disks'), of('snapshots')]);
  return { vms, disks, snapshots };
}

interface InfoAsset {
  readonly name: string;
  readonly status: string;
  readonly sizeBytes: number;
}

interface Info {
  readonly vm: (Omit<InfoAsset, 'sizeBytes'> & { readonly size: { readonly machineType: string } }) | null;
  readonly disks: readonly InfoAsset[];
  readonly sets: readonly { readonly snapshots: readonly InfoAsset[] }[];
}

async function said({ chews }: CloudStage): Promise<Listed> {
  const { out } = await chews('info dev --json');
  const { workstations } = JSON.parse(out) as { readonly workstations: readonly Info[] };
  const [dev] = workstations;
  if (dev === undefined) throw new Error(`chews does not tell of dev: ${out}`);
  const told = ({ name, status, sizeBytes }: InfoAsset): Told => ({
    name,
    state: status,
    size: String(sizeBytes / 1024 ** 3),
  });
  return {
    vms: dev.vm === null ? [] : [{ name: dev.vm.name, state: dev.vm.status, size: dev.vm.size.machineType }],
    disks: dev.disks.map(told),
    snapshots: dev.sets.flatMap(({ snapshots }) => snapshots.map(told)),
  };
}

beforeAll(() => {
  writeFileSync(join(folder, 'token'), 'opens-nothing\n');
  for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']) vi.stubEnv(name, 'fake');
  vi.stubEnv('AWS_PROFILE', undefined);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const missing = Object.fromEntries(
  await Promise.all(fakeKinds.map(async (kind) => [kind, await whyNot(kind)] as const)),
) as Readonly<Record<FakeKind, string | undefined>>;
for (const why of Object.values(missing))
  if (why !== undefined) process.stderr.write(`\n${'!'.repeat(80)}\nSKIPPED, a second opinion: ${why}\n`);

describe.each(fakeKinds)('%s', (kind) => {
  const why = missing[kind];
  it.skipIf(why !== undefined)(
    `is listed by ${clients[kind].program} as chews says${why === undefined ? '' : `: SKIPPED, ${why}`}`,
    { timeout: 3 * LIMIT_MS },
    async () => {
      await using stage = await cloudStage(kind);
      const counts: string[] = [];
      for (const line of ['create dev', 'dessicate dev --stop']) {
        expect((await stage.chews(line)).code).toBe(0);
        const theirs = await listed(kind, stage);
        expect(theirs).toEqual(await said(stage));
        counts.push([theirs.vms, theirs.disks, theirs.snapshots].map((list) => list.length).join());
      }
      expect(counts).toEqual(['1,1,0', '0,0,1']);
    },
  );
});
