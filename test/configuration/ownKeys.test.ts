import { expect, it } from 'vitest';
import { parseConfiguration } from '../../src/core/configuration.ts';
import { issueSentence } from '../../src/core/configurationIssue.ts';
import type { ProviderKind } from '../../src/core/provider.ts';
import type { Settings } from '../../src/core/workstation.ts';
import { fakeKind } from '../support/fakeKind.ts';

const cloud: ProviderKind = {
  ...fakeKind('cloud'),
  workstationKeys: ['network', 'spot'],
  checkWorkstation: ({ settings = {} }) =>
    settings['spot'] === undefined || typeof settings['spot'] === 'boolean'
      ? []
      : [{ path: ['settings', 'spot'], message: 'spot is true or false' }],
};

function read(kind: ProviderKind, entry: Settings): unknown {
  const data = {
    version: 1,
    providers: { there: { kind: kind.kind } },
    workstations: {
      dev: {
        provider: 'there',
        location: 'north',
        size: { cpus: 1, memory: '1GB' },
        image: 'micro',
        disks: { boot: { size: '1GB' } },
        ...entry,
      },
    },
  };
  const parsed = parseConfiguration(data, new Map([[kind.kind, kind]]), [kind.kind]);
  return 'issues' in parsed
    ? parsed.issues.map(issueSentence)
    : (parsed.configuration.workstations[0]?.settings ?? 'none');
}

it('the keys that a kind has of its own are read where it is the provider, and are plain data', () => {
  expect(read(cloud, {})).toBe('none');
  expect(read(cloud, { network: null })).toBe('none');
  expect(read(cloud, { network: { name: 'inner' }, spot: true })).toEqual({
    network: { name: 'inner' },
    spot: true,
  });
});

it('mistakes in them are told at their place, and other kinds do not know them', () => {
  expect(read(cloud, { spot: 'yes' })).toEqual(['workstations.dev.spot: spot is true or false']);
  expect(read(cloud, { netwrok: 'inner' })).toEqual([
    'workstations.dev.netwrok: this key is not known here; did you mean network?',
  ]);
  expect(read(cloud, { network: { password: 'hunter2' } })).toMatchInlineSnapshot(`
    [
      "workstations.dev.network.password: nothing secret belongs in this file; take it out: credentials come from the provider's own tools, as they are set up for its SDK",
    ]
  `);
  expect(read(cloud, { network: 'a\u001b[1mb' })).toMatchInlineSnapshot(`
    [
      "workstations.dev.network: found "a\\u001b[1mb", which has control characters",
    ]
  `);
  expect(read(fakeKind('local'), { network: 'inner' })).toMatchInlineSnapshot(`
    [
      "workstations.dev.network: this key is not known here, expected provider, location, size, image, keep-snapshots, ssh-user, ssh-key or disks",
    ]
  `);
});
