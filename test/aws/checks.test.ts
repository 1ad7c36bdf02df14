import { describe, expect, it } from 'vitest';
import { openAws } from '../../providers/aws/aws.ts';
import { ec2Face } from '../support/ec2/ec2Face.ts';
import { REGION } from '../support/ec2/ec2World.ts';
import { credentials } from '../support/ec2/openEc2.ts';
import { inProcess } from '../support/ec2/transports.ts';
import { ec2Bench, errorOf, newDisk, newVm } from './ec2Bench.ts';

describe('permissions', () => {
  it('are asked for before the first step, and named', async () => {
    const bench = ec2Bench();
    const { provider } = await bench.open();
    const action = newVm([newDisk('boot')]);
    expect(await provider.check([action])).toEqual([]);
    bench.ec2.denied.add('RunInstances');
    expect(await provider.check([action])).toMatchObject([{ code: 'permission' }]);
    expect(await errorOf(provider.apply(action))).toMatchObject({ code: 'permission', effect: 'none' });
    bench.ec2.rejectsCredentials = true;
    expect(await errorOf(provider.list())).toMatchObject({ code: 'credentials' });
    expect(await errorOf(provider.check([action]))).toMatchObject({ code: 'credentials' });
  });

  it('come with all else that would be refused', async () => {
    const { provider } = await ec2Bench().open();
    const sentences = async (changes: Parameters<typeof newVm>[1], disk = newDisk('boot')) =>
      (await provider.check([newVm([disk], changes)])).map(({ sentence }) => sentence).join();
    expect(await sentences({ size: { machineType: 'm6i.large' }, location: `${REGION}b` })).toBe(
      'cannot create VM test: eu-central-1b has no size m6i.large, only eu-central-1a',
    );
    expect(await sentences({ size: { machineType: 'm6i.huge' } })).toContain('has no size m6i.huge');
    expect(await sentences({ size: { machineType: 'm7g.large' } })).toContain(
      'is for x86_64, the size for arm64',
    );
    expect(await sentences({ settings: { 'key-name': 'bob' } })).toContain('no such key pair');
    expect(await sentences({ location: 'mars-1a' })).toContain('mars-1a is no zone');
    const strange = newDisk('boot', { source: { from: 'image', image: '444455556666/no-such-*' } });
    expect(await sentences({}, strange)).toContain('there is no image 444455556666/no-such-*');
    const tiny = newDisk('boot', { sizeBytes: 1024 ** 3 });
    expect(await sentences({}, tiny)).toContain('needs a disk of at least 2GB');
  });
});

describe('an address of the account', () => {
  /** What the check says where an address is told with these elements beside its id. */
  async function checkedWith(told: string) {
    const { datacenter } = ec2Bench();
    const face = ec2Face(datacenter.connect(), () => datacenter.world);
    const requestHandler = inProcess(async (request, signal) => {
      const answer = await face(request, signal);
      if (answer === 'lost') return answer;
      return { ...answer, body: answer.body.replace('</allocationId>', `</allocationId>${told}`) };
    });
    const provider = await openAws({ region: REGION }, datacenter.context(), {
      client: { requestHandler, credentials, endpoint: 'http://ec2.test' },
    });
    const settings = { 'elastic-address': 'eipalloc-0123456789abcdef0' };
    return provider.check([newVm([newDisk('boot')], { settings })]);
  }

  it('is free where its holder has no name', async () => {
    expect(await checkedWith('<instanceId/><networkInterfaceId/>')).toEqual([]);
  });

  it('is not free where something that is no VM has it', async () => {
    expect(await checkedWith('<instanceId/><networkInterfaceId>eni-ef229886</networkInterfaceId>')).toEqual([
      {
        code: 'conflict',
        sentence:
          'cannot create VM test: network interface eni-ef229886 has address eipalloc-0123456789abcdef0',
      },
    ]);
  });
});
