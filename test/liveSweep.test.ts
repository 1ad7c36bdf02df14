import { expect, it, onTestFinished, vi } from 'vitest';
import { benchOf } from './conformance/bench.ts';
import { awsAccount } from './live/awsAccount.ts';
import { REGION } from './support/ec2/ec2World.ts';
import { openFakeCloud } from './support/fakeCloud.ts';

/** The sweep of the suite on a real account, on the fake of EC2: what it leaves there would bill. */
it('nothing is left, also of a VM that takes a disk along when it goes', async () => {
  const fake = await openFakeCloud('aws', { keepsNothing: true });
  onTestFinished(() => fake.close());
  const { quirks, ec2 } = fake.datacenter.world;
  Object.assign(quirks, { machineTypes: ['t3.micro'] });
  ec2?.types.set('t3.micro', { architectures: ['x86_64'] });
  for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']) vi.stubEnv(name, 'fake');
  vi.stubEnv('AWS_ENDPOINT_URL_EC2', fake.endpoint);
  vi.stubEnv('AWS_PROFILE', undefined);
  onTestFinished(() => void vi.unstubAllEnvs());
  const account = awsAccount(REGION, `${REGION}a`, 'my-key', 'none');
  const subject = await account.subject();
  const { makeRestingVm, makeDisk, makeSnapshot } = benchOf(subject);
  const { vm, data } = await makeRestingVm();
  await subject.setDeletionFlag?.(vm, data);
  await makeSnapshot(await makeDisk({ name: 'test-loose' }));
  expect(await account.left()).toHaveLength(5);
  await account.sweep();
  expect(await account.left()).toEqual([]);
});
