import { expect, test } from 'vitest';
import { localProvider } from '../../providers/local/local.ts';
import { readSettings } from '../../providers/local/settings.ts';
import type { Workstation } from '../../src/core/workstation.ts';
import { failureOf, testFolder } from './localContext.ts';
import { contextOf } from './realContext.ts';

const workstation: Workstation = {
  name: 'test',
  provider: 'local',
  locations: ['home'],
  size: { cpus: 2, memoryBytes: 2 ** 30 },
  image: 'micro',
  keepSnapshots: 2,
  disks: [{ name: 'boot', sizeBytes: 2 ** 30, type: 'standard' }],
};

function paths(changes: Partial<Workstation>): string[] {
  return localProvider.checkWorkstation({ ...workstation, ...changes }, {}).map(({ path }) => path.join('.'));
}

test('a good workstation and good settings have no problems', () => {
  expect(paths({})).toEqual([]);
  expect(paths({ image: './debian.qcow2', sshUser: 'me' })).toEqual([]);
  const settings = {
    root: '~/vms',
    accel: 'tcg',
    locations: { usb: '/mnt/usb' },
    'ssh-key': '~/.ssh/id.pub',
  };
  expect(localProvider.checkSettings(settings)).toEqual([]);
});

test('each mistake of a workstation is told with where it stands', () => {
  expect(paths({ size: { machineType: 'e2-small' } })).toEqual(['size']);
  expect(paths({ size: { cpus: 0, memoryBytes: 2 ** 20 } })).toEqual(['size.cpus', 'size.memory']);
  expect(paths({ size: { cpus: 1, memoryBytes: Number.NaN } })).toEqual(['size.memory']);
  expect(paths({ size: { cpus: 1, memoryBytes: 128 * 2 ** 20 } })).toEqual([]);
  expect(paths({ size: { cpus: 1, memoryBytes: 127 * 2 ** 20 } })).toEqual(['size.memory']);
  expect(paths({ image: 'debian-12' })).toEqual(['image']);
  expect(paths({ locations: ['home', '../etc'] })).toEqual(['locations.1']);
  expect(paths({ locations: ['leases'] })).toEqual(['locations.0']);
  expect(paths({ sshUser: 'me' })).toEqual(['ssh-user']);
  const disks: Workstation['disks'] = [{ name: 'boot', sizeBytes: 2 ** 30, type: 'fsat' }];
  const [problem] = localProvider.checkWorkstation({ ...workstation, disks }, {});
  expect(problem?.message).toContain('did you mean fast?');
});

test('each mistake of the settings is told, with the word that was meant', async () => {
  const check = (settings: Record<string, unknown>) => localProvider.checkSettings(settings);
  expect(check({ rot: '/x' })[0]?.message).toContain('did you mean root?');
  expect(check({ accel: 'kvn' })[0]?.message).toContain('did you mean kvm?');
  expect(check({ root: 5 })).toHaveLength(1);
  expect(check({ locations: ['x'] })).toHaveLength(1);
  expect(check({ locations: { leases: '/x' } })).toHaveLength(1);
  expect(check({ locations: { usb: '/x', stick: '/x/' } })).toHaveLength(1);
  const opened = localProvider.open({ rot: '/x' }, contextOf(await testFolder()));
  expect((await failureOf(opened)).code).toBe('configuration');
});

test('the root is the setting, else the variable, else in the data folder', () => {
  const context = { homeFolder: '/h', configFolder: '/c', env: {} };
  const root = (settings: object, env: Record<string, string> = {}) =>
    readSettings({ ...settings }, { ...context, env }).root;
  expect(root({})).toBe('/h/.local/share/chews/local');
  expect(root({}, { XDG_DATA_HOME: '/d' })).toBe('/d/chews/local');
  expect(root({}, { XDG_DATA_HOME: 'relative' })).toBe('/h/.local/share/chews/local');
  expect(root({}, { XDG_DATA_HOME: '/d', CHEWS_LOCAL_ROOT: '/r' })).toBe('/r');
  expect(root({ root: './s' }, { CHEWS_LOCAL_ROOT: '/r' })).toBe('/c/s');
  expect(root({ root: '~/s' })).toBe('/h/s');
  expect(readSettings({ locations: { usb: 'u' } }, context).mapped).toEqual(new Map([['usb', '/c/u']]));
});

test('a setting that is a mapping, or endless, is told like any other mistake', () => {
  const nothing = Object.create(null) as unknown;
  expect(localProvider.checkSettings({ accel: nothing })).toEqual([
    { path: ['accel'], message: 'accel must be one of auto, kvm, tcg' },
  ]);
  expect(localProvider.checkSettings({ accel: [nothing] })).toHaveLength(1);
  const endless = 'x'.repeat(1_000_000);
  const problems = localProvider.checkSettings({ [endless]: 1, accel: endless, locations: { [endless]: 1 } });
  expect(problems).toHaveLength(4);
  for (const { message } of problems) expect(message.length).toBeLessThan(300);
});
