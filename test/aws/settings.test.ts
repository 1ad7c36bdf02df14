import { describe, expect, it } from 'vitest';
import { awsProvider } from '../../providers/aws/aws.ts';
import { parseHostKeys } from '../../providers/aws/guest.ts';
import { parseImage } from '../../providers/aws/images.ts';
import { providerClock } from '../../providers/aws/providerClock.ts';
import { stopAskedAtMs } from '../../providers/aws/stopTimes.ts';
import type { Workstation } from '../../src/core/workstation.ts';

const GiB = 1024 ** 3;
const fine = { region: 'eu-central-1' };

const workstation: Workstation = {
  name: 'dev',
  provider: 'cloud',
  locations: ['eu-central-1a', 'eu-central-1b'],
  size: { machineType: 't3.large' },
  image: '136693071363/debian-13-amd64-*',
  keepSnapshots: 2,
  disks: [{ name: 'boot', sizeBytes: 20 * GiB, type: 'gp3' }],
};

const settingProblems = (settings: Readonly<Record<string, unknown>>) =>
  awsProvider
    .checkSettings({ ...fine, ...settings })
    .map(({ path, message }) => `${path.join('.')}: ${message}`);

const workstationProblems = (changes: Partial<Workstation>) =>
  awsProvider
    .checkWorkstation({ ...workstation, ...changes }, fine)
    .map(({ path, message }) => `${path.join('.')}: ${message}`);

describe('the settings of the provider', () => {
  it('are fine with a region alone, and with all there is', () => {
    expect(settingProblems({})).toEqual([]);
    expect(
      settingProblems({ profile: 'work', account: '111122223333', endpoint: 'http://127.0.0.1:5000' }),
    ).toEqual([]);
  });

  it.each([
    [{ region: undefined }, 'region: region is missing: write region: eu-central-1'],
    [
      { region: 'eu-central-1a' },
      'region: eu-central-1a is a zone: write region: eu-central-1, and the zone under location',
    ],
    [{ region: 'Frankfurt' }, 'region: region must be the name of a region: eu-central-1'],
    [
      { account: 111122223333 },
      'account: account must be the 12 digits of an account, in quotes: "111122223333"',
    ],
    [{ account: '1111' }, 'account: account must be the 12 digits of an account: "111122223333"'],
    [{ profile: '' }, 'profile: profile must be the name of a profile of ~/.aws/config'],
    [{ endpoint: 'localhost' }, 'endpoint: endpoint must be an address: http://127.0.0.1:5000'],
    [
      { regoin: 'x' },
      'regoin: unknown setting regoin, did you mean region? (known: region, profile, account, endpoint)',
    ],
  ])('%j', (settings, sentence) => {
    expect(settingProblems(settings)).toEqual([sentence]);
  });
});

describe('a workstation', () => {
  it('is fine with what it must have, and with all that it can have', () => {
    expect(workstationProblems({})).toEqual([]);
    for (const prefix of ['ssm:', 'resolve:ssm:'])
      expect(workstationProblems({ image: `${prefix}/aws/service/debian/release/13/latest/amd64` })).toEqual(
        [],
      );
    const settings = {
      subnet: 'subnet-0123456789abcdef0',
      'security-groups': ['sg-0123456789abcdef0'],
      'public-address': false,
      'instance-profile': 'workstation',
      'key-name': 'ann',
      tags: { team: 'blue' },
      'user-data': '#!/bin/sh\necho hello',
      'elastic-address': 'eipalloc-0123456789abcdef0',
      'deletion-protection': true,
      'encryption-key': 'alias/work',
      'instance-store': 'scratch',
      spot: false,
    };
    expect(workstationProblems({ settings })).toEqual([]);
    expect(Object.keys(settings).toSorted()).toEqual([...(awsProvider.workstationKeys ?? [])].toSorted());
  });

  it.each<[Partial<Workstation>, string]>([
    [
      { size: { cpus: 2, memoryBytes: GiB } },
      'size: a workstation on EC2 has an instance type as its size: t3.large',
    ],
    [{ size: { machineType: 'large' } }, 'size: large is no instance type: write t3.large'],
    [
      { locations: ['eu-west-1a'] },
      'locations.0: eu-west-1a is no zone of region eu-central-1: write eu-central-1a',
    ],
    [
      { locations: ['eu-central-1a', 'eu-central-1'] },
      'locations.1: eu-central-1 is no zone of region eu-central-1: write eu-central-1a',
    ],
    ...['ssm:/golden-ami', 'resolve:ssm:golden-ami', 'ssm:/aws/servicedesk/x', '/golden-ami'].map(
      (image): [Partial<Workstation>, string] => [
        { image },
        `image: ${image} is no public parameter of SSM, and others can be made to name anybody’s image: only those of AWS and its partners are taken, ssm:/aws/service/debian/release/13/latest/amd64`,
      ],
    ),
    [
      { image: '/aws/service/debian/release/13/latest/amd64' },
      'image: a parameter of SSM is written with ssm: before it: ssm:/aws/service/debian/release/13/latest/amd64',
    ],
    ...['', '../x y', 'debian:3', 'debian/', 'debian//amd64', 'debian\n'].map(
      (name): [Partial<Workstation>, string] => [
        { image: `ssm:/aws/service/${name}` },
        `image: ssm:/aws/service/${name.replace('\n', '\\n')} is no parameter’s name: write ssm:/aws/service/debian/release/13/latest/amd64`,
      ],
    ),
    [{ image: 'ami-12' }, 'image: ami-12 is no image’s id: ami- and 17 digits from 0 to f'],
    [
      { image: 'debian-13' },
      'image: image must be ami-…, a public parameter, ssm:/aws/service/…, or an owner and a name: 136693071363/debian-13-amd64-* takes the newest of Debian',
    ],
    [
      { disks: [{ name: 'boot', sizeBytes: 20 * GiB, type: 'gp4' }] },
      'disks.0.type: unknown disk type gp4, did you mean gp3? (known: gp3, gp2, io2, io1, st1, sc1, standard)',
    ],
    [
      { disks: [{ name: 'boot', sizeBytes: 1.5 * GiB, type: 'gp3' }] },
      'disks.0.sizeBytes: a disk of EC2 has whole gigabytes: write 20GB',
    ],
    [
      { disks: [{ name: 'boot', sizeBytes: 20 * GiB, type: 'st1' }] },
      'disks.0.sizeBytes: a disk of type st1 has at least 125GB',
    ],
    [{ settings: { subnet: 'here' } }, 'subnet: subnet must be the id of a subnet: subnet-0123456789abcdef0'],
    [
      { settings: { 'security-groups': 'sg-1' } },
      'security-groups: security-groups must be a list of ids: [sg-0123456789abcdef0]',
    ],
    [
      { settings: { 'deletion-protection': 'yes' } },
      'deletion-protection: deletion-protection must be true or false',
    ],
    [
      { settings: { 'elastic-address': '198.51.100.7' } },
      'elastic-address: elastic-address must be the id of an allocation: eipalloc-0123456789abcdef0',
    ],
    [{ settings: { tags: { Name: 'x' } } }, 'tags: tag Name is one that chews writes itself'],
    [
      { settings: { tags: { 'aws:x': 'x' } } },
      'tags: tag aws:x begins with aws:, which AWS keeps for itself',
    ],
    ...[true, 'yes'].map((spot): [Partial<Workstation>, string] => [
      { settings: { spot } },
      'spot: spot is not for workstations on EC2: as long as its request stands EC2 puts another VM in the place of one that is deleted, and to withdraw the request ends a VM that is off. Leave it out, or write spot: false',
    ]),
    [
      { settings: { 'instance-store': true } },
      'instance-store: instance-store must be scratch, which says that nothing on it has to last: it is lost at every stop',
    ],
    [{ settings: { tags: ['x'] } }, 'tags: tags must map names to texts: {team: blue}'],
    [{ settings: { 'user-data': 'x'.repeat(20_000) } }, 'user-data: user-data is too long: EC2 takes 16KB'],
  ])('%j', (changes, sentence) => {
    expect(workstationProblems(changes)).toEqual([sentence]);
  });
});

describe('an image', () => {
  it('has an owner, whom nobody can take the place of', () => {
    expect(parseImage('ami-0123456789abcdef0')).toEqual({ id: 'ami-0123456789abcdef0' });
    expect(parseImage('amazon/al2023-ami-*-x86_64')).toEqual({
      owner: 'amazon',
      pattern: 'al2023-ami-*-x86_64',
    });
    const parameter = '/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64';
    for (const prefix of ['ssm:', 'resolve:ssm:'])
      expect(parseImage(prefix + parameter)).toEqual({ parameter });
    expect(parseImage(parameter)).toBeUndefined();
    expect(parseImage('ssm:/golden-ami')).toBeUndefined();
    expect(parseImage('123/debian')).toBeUndefined();
    expect(parseImage('debian-13-amd64-*')).toBeUndefined();
  });
});

describe('what EC2 tells of time', () => {
  it('is read from the reason of a stop, where it is there', () => {
    expect(stopAskedAtMs('User initiated (2026-03-01 12:00:05 GMT)')).toBe(Date.UTC(2026, 2, 1, 12, 0, 5));
    for (const reason of ['', undefined, 'Server.SpotInstanceShutdown', 'User initiated (soon)'])
      expect(stopAskedAtMs(reason)).toBeUndefined();
  });

  it('is known to within a second, whatever clock this computer has', () => {
    for (const skewMs of [-3_600_000, -400, 0, 700, 86_400_000]) {
      let trueMs = 1_000_000_300;
      let jumpMs = 0;
      const clock = providerClock(() => trueMs + skewMs + jumpMs);
      for (const passes of [0, 100, 450, 5000, 1, 999]) {
        trueMs += passes;
        // Somebody sets the clock of this computer.
        if (passes === 5000) jumpMs = 60_000;
        clock.note(Math.floor(trueMs / 1000) * 1000);
        expect(clock.nowMs()).toBeGreaterThan(trueMs - 1000);
        expect(clock.nowMs()).toBeLessThan(trueMs + 1000);
      }
    }
  });
});

describe('host keys', () => {
  it('are those of the last boot on the console', () => {
    const boot = (key: string) =>
      `noise\n-----BEGIN SSH HOST KEY KEYS-----\necdsa-sha2-nistp256 ${key}1= root@x\nssh-ed25519 ${key}2 root@x\n-----END SSH HOST KEY KEYS-----\nnoise`;
    expect(parseHostKeys(boot('AAAAold') + boot('AAAAnew'))).toEqual([
      'ecdsa-sha2-nistp256 AAAAnew1=',
      'ssh-ed25519 AAAAnew2',
    ]);
    expect(parseHostKeys('nothing of the kind')).toEqual([]);
  });
});
