import { describe, expect, it } from 'vitest';
import { checkSettings, readSettings } from '../../providers/gcp/settings.ts';
import { checkWorkstation, readWorkstation } from '../../providers/gcp/workstationSettings.ts';
import type { Settings, Workstation } from '../../src/core/workstation.ts';

const GiB = 1024 ** 3;

const workstation: Workstation = {
  name: 'dev',
  provider: 'cloud',
  locations: ['us-central1-a', 'europe-west4-b'],
  size: { machineType: 'e2-standard-4' },
  image: 'debian-cloud/debian-13',
  keepSnapshots: 3,
  disks: [{ name: 'boot', sizeBytes: 20 * GiB, type: 'pd-balanced' }],
};

describe('the settings of the provider', () => {
  it.each([
    { settings: { project: 'my-project-123' } },
    { settings: { project: 'example.com:my-project', 'project-number': 123456789012 } },
    {
      settings: {
        project: 'my-project',
        endpoint: 'http://127.0.0.1:9100',
        'ssh-user': 'ann',
        'ssh-key': '~/.ssh/k.pub',
      },
    },
  ])('take $settings', ({ settings }) => {
    expect(checkSettings(settings)).toEqual([]);
  });

  it.each([
    { settings: {}, path: ['project'], says: /project is missing: the id/ },
    { settings: { project: '' }, path: ['project'], says: /must be a text/ },
    { settings: { project: '123456789' }, path: ['project'], says: /not its number/ },
    { settings: { project: 'My Project' }, path: ['project'], says: /cannot be the id/ },
    {
      settings: { project: 'p1', 'project-number': 'many' },
      path: ['project-number'],
      says: /the number of the project/,
    },
    { settings: { project: 'p1', endpoint: '127.0.0.1:9100' }, path: ['endpoint'], says: /such as http/ },
    {
      settings: { project: 'p1', endpoint: 'http://127.0.0.1/v1' },
      path: ['endpoint'],
      says: /without a path/,
    },
    { settings: { project: 'p1', 'ssh-user': 'root' }, path: ['ssh-user'], says: /root cannot log in/ },
    { settings: { project: 'p1', 'ssh-key': 7 }, path: ['ssh-key'], says: /public key/ },
    { settings: { project: 'p1', zone: 'z' }, path: ['zone'], says: /unknown setting zone/ },
    { settings: { project: 'p1', projekt: 'z' }, path: ['projekt'], says: /did you mean project\?/ },
  ])('refuse $settings', ({ settings, path, says }) => {
    const problems = checkSettings(settings);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatchObject({ path, message: expect.stringMatching(says) });
  });

  it('take the endpoint from the environment where the file names none', () => {
    const env = { CHEWS_GCP_ENDPOINT: 'http://127.0.0.1:1' };
    expect(readSettings({ project: 'p1' }, { env }).endpoint).toBe('http://127.0.0.1:1');
    expect(readSettings({ project: 'p1', endpoint: 'http://127.0.0.1:2' }, { env }).endpoint).toBe(
      'http://127.0.0.1:2',
    );
    expect(readSettings({ project: 'p1' }, { env: {} }).endpoint).toBeUndefined();
  });
});

describe('the keys of a workstation', () => {
  it('take a whole entry', () => {
    const settings: Settings = {
      network: 'office',
      subnetwork: 'projects/host/regions/us-central1/subnetworks/desks',
      address: 'desk',
      tags: ['ssh'],
      'service-account': 'default',
      scopes: ['cloud-platform'],
      metadata: { 'enable-oslogin': 'FALSE' },
      'startup-script': '#!/bin/sh\ntrue\n',
      labels: { team: 'red' },
      spot: true,
      accelerators: [{ type: 'nvidia-tesla-t4', count: 1 }],
      'deletion-protection': true,
      shielded: { 'secure-boot': true },
      'encryption-key': 'projects/p/locations/us/keyRings/r/cryptoKeys/k',
      'snapshot-location': 'us',
      'snapshot-tier': 'archive',
    };
    expect(checkWorkstation({ ...workstation, settings })).toEqual([]);
    expect(readWorkstation(settings)).toMatchObject({
      publicAddress: true,
      spot: true,
      snapshotTier: 'archive',
      scopes: ['https://www.googleapis.com/auth/cloud-platform'],
      shielded: { secureBoot: true, vtpm: true, integrityMonitoring: true },
    });
  });

  it.each<{ changes: Partial<Workstation>; path: readonly (string | number)[]; says: RegExp }>([
    { changes: { size: { cpus: 2, memoryBytes: GiB } }, path: ['size'], says: /has a machine type/ },
    {
      changes: { size: { machineType: 'big' } },
      path: ['size', 'machineType'],
      says: /cannot be a machine type/,
    },
    { changes: { image: 'debian-13' }, path: ['image'], says: /PROJECT\/FAMILY/ },
    { changes: { locations: ['us-central1'] }, path: ['locations', 0], says: /cannot be a zone/ },
    { changes: { sshUser: 'Ann' }, path: ['sshUser'], says: /cannot be the name of a user/ },
    {
      changes: { disks: [{ name: 'boot', sizeBytes: 1.5 * GiB, type: 'pd-ssd' }] },
      path: ['disks', 0, 'sizeBytes'],
      says: /whole GB/,
    },
    {
      changes: { disks: [{ name: 'boot', sizeBytes: GiB, type: 'fast' }] },
      path: ['disks', 0, 'type'],
      says: /such as pd-balanced/,
    },
  ])('refuse $changes', ({ changes, path, says }) => {
    const problems = checkWorkstation({ ...workstation, ...changes });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatchObject({ path, message: expect.stringMatching(says) });
  });

  it.each<{ key: string; value: unknown; says: RegExp }>([
    { key: 'network', value: 'My Network', says: /name of a network/ },
    { key: 'subnetwork', value: 7, says: /name of a subnetwork/ },
    { key: 'address', value: 'no address!', says: /reserved address/ },
    { key: 'public-address', value: 'yes', says: /true or false/ },
    { key: 'tags', value: 'ssh', says: /list of network tags/ },
    { key: 'service-account', value: 'nobody', says: /default or the address/ },
    { key: 'scopes', value: ['cloud-platform'], says: /write service-account/ },
    { key: 'metadata', value: { 'startup-script': 'x' }, says: /as a key of the workstation/ },
    { key: 'metadata', value: { 'ssh-keys': 'x' }, says: /written by chews/ },
    { key: 'metadata', value: { on: true }, says: /put it in quotes/ },
    { key: 'startup-script', value: [], says: /text of a script/ },
    { key: 'labels', value: { 'chews-disk': 'x' }, says: /chews writes itself/ },
    { key: 'labels', value: { Team: 'x' }, says: /cannot be a key/ },
    { key: 'labels', value: { team: 'Red' }, says: /the value of team/ },
    { key: 'spot', value: 1, says: /true or false/ },
    { key: 'accelerators', value: [{ type: 'nvidia-tesla-t4' }], says: /must be a list such as/ },
    { key: 'deletion-protection', value: 'on', says: /true or false/ },
    { key: 'shielded', value: { tpm: true }, says: /unknown tpm/ },
    { key: 'encryption-key', value: 'k', says: /cryptoKeys/ },
    { key: 'snapshot-location', value: 'Mars', says: /multi-region/ },
    { key: 'snapshot-tier', value: 'cold', says: /must be standard or archive/ },
    { key: 'netwrk', value: 'x', says: /did you mean network\?/ },
  ])('refuse $key: $value', ({ key, value, says }) => {
    const problems = checkWorkstation({ ...workstation, settings: { [key]: value } });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatchObject({ path: ['settings', key], message: expect.stringMatching(says) });
  });

  it('refuse an address that nobody could see', () => {
    const settings = { address: 'desk', 'public-address': false };
    expect(checkWorkstation({ ...workstation, settings })).toMatchObject([{ path: ['settings', 'address'] }]);
  });
});
