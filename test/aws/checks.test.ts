import { describe, expect, it } from 'vitest';
import { REGION } from '../support/ec2/ec2World.ts';
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
