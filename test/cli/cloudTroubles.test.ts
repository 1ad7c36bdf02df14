import { beforeAll, describe, it, vi } from 'vitest';
import type { ErrorCode } from '../../src/core/errors.ts';
import { faultError } from '../support/datacenter/faults.ts';
import { throttled } from '../support/datacenter/throttle.ts';
import type { Ec2State } from '../support/ec2/ec2World.ts';
import { type FakeKind, fakeKinds } from '../support/fakePlaces.ts';
import { loadSdk } from '../support/gce/transport.ts';
import { cloudStage, type CloudStage } from './cloudStage.ts';

/** What a cloud does to everybody who asks. */
interface Weather {
  refusal: ErrorCode | 'throttled' | undefined;
  cutsAnswers: boolean;
}

interface Trouble {
  readonly what: string;
  /** Left out: there is nothing yet. */
  readonly begun?: true;
  readonly line: string;
  readonly arrange: (stage: CloudStage, kind: FakeKind, weather: Weather) => void;
  readonly code: number;
  readonly said: Readonly<Record<FakeKind, string>>;
}

/** Everybody has his sentence by then, also where no whole answer came and it was asked for five times: it may come yet. */
const LIMIT_MS = 10_000;
const keys: Readonly<Record<FakeKind, string>> = {
  gcp: 'projects/my-project-123/locations/us/keyRings/desk/cryptoKeys/disks',
  aws: 'alias/disks',
};

const stopped = 'dessicate dev --stop';

const troubles: readonly Trouble[] = [
  {
    what: 'a bad credential',
    begun: true,
    line: stopped,
    arrange: (_stage, _kind, weather) => {
      weather.refusal = 'credentials';
    },
    code: 4,
    said: {
      gcp: `cannot list the leases: Compute Engine does not accept the credentials
  → Log in with: gcloud auth application-default login
`,
      aws: `cannot work in account 111122223333: AWS does not accept the credentials
  → Log in again (aws sso login), or check AWS_PROFILE and the provider’s profile in the file.
`,
    },
  },
  {
    what: 'a wrong project or account',
    begun: true,
    line: stopped,
    arrange: (stage, kind) =>
      stage.write(kind === 'gcp' ? { project: 'other-project-99' } : { account: "'999900001111'" }),
    code: 4,
    said: {
      gcp: `cannot list the leases: the permission compute.projects.get is missing for projects/other-project-99
  → Ask an owner of the project for the role Compute Instance Admin (v1), or check that the project is the right one.
`,
      aws: `cannot work in account 999900001111: the credentials are of account 111122223333, and the file says 999900001111
  → Choose another profile (AWS_PROFILE, or profile in the file), or correct account in the file.
`,
    },
  },
  {
    what: 'an endpoint that cannot be reached',
    begun: true,
    line: stopped,
    arrange: (stage) => stage.write({ endpoint: 'http://127.0.0.1:9' }),
    code: 8,
    said: {
      gcp: `cannot list the leases: Compute Engine cannot be reached (ECONNREFUSED)
  → Check the network, and the endpoint where one is set (CHEWS_GCP_ENDPOINT).
`,
      aws: `cannot work in account 111122223333: EC2 cannot be reached (ECONNREFUSED)
  → Check the network, the region, and the endpoint where one is set (AWS_ENDPOINT_URL_EC2).
`,
    },
  },
  {
    what: 'a throttled account',
    begun: true,
    line: stopped,
    arrange: (_stage, _kind, weather) => {
      weather.refusal = 'throttled';
    },
    code: 8,
    said: {
      gcp: `cannot list the leases: too much is asked of Compute Engine at once, and it has let in no call for 6 s
  → Something else makes many calls in the project: run it again in a minute.
`,
      aws: `cannot work in account 111122223333: EC2 is asked for too much at once, and has let in no call for 6 s
  → Something else makes many calls in the account: run it again in a minute.
`,
    },
  },
  {
    what: 'a list that is answered by half',
    begun: true,
    line: stopped,
    arrange: (stage, _kind, weather) => {
      stage.fake.datacenter.world.gce.knobs.silentZones.set('us-central1-b', 'warning');
      weather.cutsAnswers = true;
    },
    code: 3,
    said: {
      gcp: `cannot list project my-project-123: the answer is not whole: The zone 'us-central1-b' is unreachable (UNREACHABLE)
  → Run it again in a few minutes: what is there cannot be told before the zone answers.
`,
      aws: `cannot list the fleet: EC2’s answer is not whole, or no answer of EC2
  → Run it again; where that does not help, look at what is between here and EC2, such as a proxy.
`,
    },
  },
  {
    what: 'zones that are full',
    line: 'create dev',
    arrange: (stage) => {
      for (const location of stage.fake.datacenter.world.locations) location.outOfCapacity = true;
    },
    code: 5,
    said: {
      gcp: `dev: make disk dev-boot-4e104700… (20GB, pd-balanced) from image debian-cloud/debian-13 … done (0.0s)
dev: note on dev-boot-4e104700… which disks belong together … done (0.0s)
dev: make VM dev (e2-small) of 1 disk … failed: cannot create VM dev: The zone 'us-central1-a' does not have enough resources available to fulfill the request
dev: there is no room in us-central1-a: trying us-central1-b
dev: delete disk dev-boot-4e104700… … done (0.0s)
dev: make disk dev-boot-4e104700… (20GB, pd-balanced) from image debian-cloud/debian-13 … done (0.0s)
dev: note on dev-boot-4e104700… which disks belong together … done (0.0s)
dev: make VM dev (e2-small) of 1 disk … failed: cannot create VM dev: The zone 'us-central1-b' does not have enough resources available to fulfill the request
dev: delete disk dev-boot-4e104700… … done (0.0s)
cannot create VM dev: The zone 'us-central1-b' does not have enough resources available to fulfill the request
  done: make disk dev-boot-4e104700… (20GB, pd-balanced) from image debian-cloud/debian-13
  done: note on dev-boot-4e104700… which disks belong together
  done: delete disk dev-boot-4e104700…
  done: make disk dev-boot-4e104700… (20GB, pd-balanced) from image debian-cloud/debian-13
  done: note on dev-boot-4e104700… which disks belong together
  done: delete disk dev-boot-4e104700…
  nothing is lost: dev is NOT_EXIST
  → Try again later, list another zone under location, or choose another size.
  costs nothing
`,
      aws: `dev: make VM dev (t3.small) with 1 disk from image 136693071363/debian-13-amd64-* … failed: cannot create VM dev: eu-central-1a has no room for t3.small
dev: there is no room in eu-central-1a: trying eu-central-1b
dev: make VM dev (t3.small) with 1 disk from image 136693071363/debian-13-amd64-* … failed: cannot create VM dev: eu-central-1b has no room for t3.small
cannot create VM dev: eu-central-1b has no room for t3.small
  not done: make VM dev (t3.small) with 1 disk from image 136693071363/debian-13-amd64-*
  not done: start VM dev
  not done: wait for VM dev to answer on ssh
  nothing is lost: dev is NOT_EXIST
  → Try again later, name further zones under location, or another size.
  → chews create dev goes on where it stopped
  costs nothing
`,
    },
  },
  {
    what: 'a quota',
    line: 'create dev',
    arrange: ({ fake: { datacenter } }) => {
      datacenter.world.gce.knobs.quotas.set('us-central1/SSD_TOTAL_GB', { limit: 40, usage: 30 });
      Object.assign(datacenter.world.quirks, { quota: { vms: 0 } });
    },
    code: 5,
    said: {
      gcp: `cannot create workstation dev: cannot make what is wanted in region us-central1: it takes 20 of SSD_TOTAL_GB, and 10 of 40 are left. Ask for more at https://console.cloud.google.com/iam-admin/quotas
  nothing was changed: dev is NOT_EXIST
  → put that right, then run chews create dev again
  costs nothing
`,
      aws: `dev: make VM dev (t3.small) with 1 disk from image 136693071363/debian-13-amd64-* … failed: cannot create VM dev: the account may have no more vCPUs of this kind
cannot create VM dev: the account may have no more vCPUs of this kind
  not done: make VM dev (t3.small) with 1 disk from image 136693071363/debian-13-amd64-*
  not done: start VM dev
  not done: wait for VM dev to answer on ssh
  nothing is lost: dev is NOT_EXIST
  → Ask AWS for more under Service Quotas, or delete what is not needed: chews status shows what there is.
  costs nothing
`,
    },
  },
  {
    what: 'a permission that is missing',
    line: 'create dev',
    arrange: (stage) => {
      stage.fake.datacenter.world.gce.knobs.denied.add('compute.disks.create');
      ec2Of(stage)?.denied.add('RunInstances');
    },
    code: 4,
    said: {
      gcp: `dev: make disk dev-boot-4e104700… (20GB, pd-balanced) from image debian-cloud/debian-13 … failed: cannot create disk dev-boot-4e104700600988ccb34c8a09448d87bf: the permission compute.disks.create is missing for projects/my-project-123
cannot create disk dev-boot-4e104700600988ccb34c8a09448d87bf: the permission compute.disks.create is missing for projects/my-project-123
  not done: make disk dev-boot-4e104700… (20GB, pd-balanced) from image debian-cloud/debian-13
  not done: note on dev-boot-4e104700… which disks belong together
  not done: make VM dev (e2-small) of 1 disk
  not done: start VM dev
  not done: wait for VM dev to answer on ssh
  nothing is lost: dev is NOT_EXIST
  → Ask an owner of the project for the role Compute Instance Admin (v1), or check that the project is the right one.
  → chews create dev goes on where it stopped
  costs nothing
`,
      aws: `cannot create workstation dev: cannot create VM dev: the policy of these credentials does not allow ec2:RunInstances. Ask whoever administers the account for it, or check that the profile is the right one.
  nothing was changed: dev is NOT_EXIST
  → put that right, then run chews create dev again
  costs nothing
`,
    },
  },
  {
    what: 'a machine type that nobody knows',
    line: 'create dev',
    arrange: (stage, kind) => stage.write({}, { size: kind === 'gcp' ? 'e2-huge' : 't3.huge' }),
    code: 2,
    said: {
      gcp: `cannot create workstation dev: cannot create VM dev: zone us-central1-a has no machine type e2-huge. See: gcloud compute machine-types list --zones us-central1-a
  nothing was changed: dev is NOT_EXIST
  → put that right, then run chews create dev again
  costs nothing
`,
      aws: `cannot create workstation dev: cannot create VM dev: region eu-central-1 has no size t3.huge. See: aws ec2 describe-instance-type-offerings --region eu-central-1
  nothing was changed: dev is NOT_EXIST
  → put that right, then run chews create dev again
  costs nothing
`,
    },
  },
  {
    what: 'a key that is switched off',
    line: 'create dev',
    arrange: (stage, kind) => {
      stage.fake.datacenter.world.gce.knobs.disabledKeys.add(keys[kind]);
      ec2Of(stage)?.disabledKeys.add(keys[kind]);
      stage.write({}, { 'encryption-key': keys[kind] });
    },
    code: 4,
    said: {
      gcp: `dev: make disk dev-boot-4e104700… (20GB, pd-balanced) from image debian-cloud/debian-13 … failed: cannot create disk dev-boot-4e104700600988ccb34c8a09448d87bf: the key ${keys.gcp} cannot be used: cryptoKeyVersions/1 is not enabled, current state is: DISABLED
cannot create disk dev-boot-4e104700600988ccb34c8a09448d87bf: the key ${keys.gcp} cannot be used: cryptoKeyVersions/1 is not enabled, current state is: DISABLED
  not done: make disk dev-boot-4e104700… (20GB, pd-balanced) from image debian-cloud/debian-13
  not done: note on dev-boot-4e104700… which disks belong together
  not done: make VM dev (e2-small) of 1 disk
  not done: start VM dev
  not done: wait for VM dev to answer on ssh
  nothing is lost: dev is NOT_EXIST
  → Enable the key in Cloud KMS, or name another under encryption-key.
  → chews create dev goes on where it stopped
  costs nothing
`,
      aws: `dev: make VM dev (t3.small) with 1 disk from image 136693071363/debian-13-amd64-* … failed: cannot create VM dev: EC2 cannot use the encryption key: it is switched off, or its policy does not allow it
cannot create VM dev: EC2 cannot use the encryption key: it is switched off, or its policy does not allow it
  not done: make VM dev (t3.small) with 1 disk from image 136693071363/debian-13-amd64-*
  not done: start VM dev
  not done: wait for VM dev to answer on ssh
  nothing is lost: dev is NOT_EXIST
  → Enable the key in KMS, or name another under encryption-key.
  → chews create dev goes on where it stopped
  costs nothing
`,
    },
  },
];

function ec2Of({ fake }: CloudStage): Ec2State | undefined {
  return fake.datacenter.world.ec2;
}

beforeAll(async () => {
  for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']) vi.stubEnv(name, 'fake');
  vi.stubEnv('AWS_PROFILE', undefined);
  // Loaded beforehand: a bundle is quicker at it, and it is the answer whose time is taken.
  await Promise.all([loadSdk(), import('../../providers/aws/sdk.ts')]);
}, 60_000);

vi.setConfig({ maxConcurrency: 10 });

describe.each(fakeKinds)('%s: one sentence, what to do, and nothing changed for', (kind) => {
  it.concurrent.for(troubles)('$what', { timeout: 90_000 }, async (trouble, { expect }) => {
    const weather: Weather = { refusal: undefined, cutsAnswers: false };
    await using stage = await cloudStage(kind, {
      client: {
        gate: async ({ what }) => {
          if (weather.refusal === 'throttled') throw throttled(what);
          if (weather.refusal !== undefined) throw faultError(weather.refusal, what, 'none');
        },
      },
      tamper: (request, answer) =>
        weather.cutsAnswers && /Action=Describe(?:Instances|Volumes|Snapshots)&/.test(request)
          ? answer.slice(0, answer.length / 2)
          : answer,
    });
    if (trouble.begun === true) expect((await stage.chews('create dev --quiet')).code).toBe(0);
    trouble.arrange(stage, kind, weather);
    const before = stage.gist();
    const { code, said, waitedMs } = await stage.chews(trouble.line);
    expect(said).toBe(trouble.said[kind]);
    expect(code).toBe(trouble.code);
    expect(stage.gist()).toEqual(before);
    expect(stage.fake.datacenter.oracle.losses()).toEqual([]);
    expect(waitedMs).toBeLessThan(LIMIT_MS);
  });
});
