import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Bench, refOf, refused } from '../conformance/bench.ts';
import { gceWire } from '../support/datacenter/quirks.ts';
import type { JsonObject } from '../support/gce/state.ts';
import { gcpStage, type Stage } from './gcpStage.ts';

const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0 ann@desk';

async function made(
  settings: Record<string, unknown>,
  firstBoot = true,
  machineType = 'e2-small',
): Promise<{ stage: Stage; bench: Bench; body: JsonObject; metadata: Record<string, string> }> {
  const stage = await gcpStage({ ...gceWire, machineTypes: ['e2-small', 'n1-standard-4', 'g2-standard-4'] });
  const bench = stage.benchFor(await stage.open());
  const boot = await bench.makeDisk({ name: 'boot', source: stage.subject.bootSource });
  const asked = { settings, firstBoot, sshKey: key, sshUser: 'ann', size: { machineType } };
  await bench.apply(bench.createVm([refOf(boot)], asked));
  const vm = await bench.vm('test');
  const body = stage.datacenter.world.gce.extras.get(vm.id)?.asked ?? {};
  const { items } = body['metadata'] as unknown as { items: { key: string; value: string }[] };
  return { stage, bench, body, metadata: Object.fromEntries(items.map((item) => [item.key, item.value])) };
}

describe('a VM is asked for', () => {
  it('with what the file says of it', async () => {
    const { body, metadata } = await made({
      subnetwork: 'default',
      address: 'desk',
      tags: ['ssh'],
      'service-account': 'default',
      metadata: { 'enable-oslogin': 'FALSE' },
      spot: true,
      shielded: true,
      labels: { team: 'red' },
    });
    expect(body).toMatchObject({
      tags: { items: ['ssh'] },
      serviceAccounts: [{ email: 'default', scopes: ['https://www.googleapis.com/auth/cloud-platform'] }],
      scheduling: { provisioningModel: 'SPOT', instanceTerminationAction: 'STOP', automaticRestart: false },
      shieldedInstanceConfig: { enableSecureBoot: true, enableVtpm: true },
      networkInterfaces: [
        {
          subnetwork: 'projects/home/regions/north/subnetworks/default',
          accessConfigs: [{ natIP: '192.0.2.77', type: 'ONE_TO_ONE_NAT' }],
        },
      ],
    });
    expect(metadata).toEqual({
      'enable-oslogin': 'FALSE',
      'enable-guest-attributes': 'TRUE',
      'ssh-keys': `ann:${key}`,
    });
  });

  it.each<[string, string, Record<string, unknown>, unknown]>([
    [
      'that is named',
      'n1-standard-4',
      { accelerators: [{ type: 'nvidia-tesla-t4', count: 2 }] },
      'TERMINATE',
    ],
    ['that the machine type has built in', 'g2-standard-4', {}, 'TERMINATE'],
    ['of which there is none', 'n1-standard-4', {}, undefined],
  ])(
    'so that it stops where it cannot be moved: with an accelerator %s',
    async (_what, type, settings, on) => {
      const { body } = await made(settings, true, type);
      expect((body['scheduling'] as JsonObject | undefined)?.['onHostMaintenance']).toBe(on);
      expect(body['guestAccelerators']).toEqual(
        settings['accelerators'] && [
          {
            acceleratorCount: 2,
            acceleratorType: 'projects/home/zones/north-a/acceleratorTypes/nvidia-tesla-t4',
          },
        ],
      );
    },
  );

  it('without a public address where the file wants none', async () => {
    const { body } = await made({ 'public-address': false });
    expect(body['networkInterfaces']).toEqual([{ network: 'projects/home/global/networks/default' }]);
  });

  it('with first-boot data only where every disk is new', async () => {
    const settings = { 'startup-script': '#!/bin/sh\necho hello\n' };
    expect((await made(settings)).metadata).toHaveProperty('startup-script');
    expect((await made(settings, false)).metadata).not.toHaveProperty('startup-script');
  });

  it('with a script that runs once in the life of its boot disk', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'chews-first-boot-'));
    try {
      const log = join(folder, 'log');
      const { metadata } = await made({ 'startup-script': `#!/bin/sh\necho "it's $0" >> '${log}'\n` });
      const script = join(folder, 'startup');
      writeFileSync(
        script,
        (metadata['startup-script'] ?? '').replace('/var/lib/chews', join(folder, 'chews')),
      );
      for (let boot = 1; boot <= 3; boot += 1) execFileSync('sh', [script]);
      expect(readFileSync(log, 'utf8').split('\n')).toHaveLength(2);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('and goes although it is protected against other hands', async () => {
    const { stage, bench } = await made({ 'deletion-protection': true });
    const vm = await bench.vm('test');
    await bench.apply({ kind: 'stop-vm', vm: refOf(vm) });
    await bench.deleteVm(refOf(vm));
    expect((await bench.list()).vms).toEqual([]);
    stage.datacenter.oracle.assertNothingLost();
  });

  it('is refused where its address is not reserved', async () => {
    await refused(made({ address: 'other' }), 'configuration');
  });
});

describe('a guest', () => {
  it('is reached by the user of its key, and trusted by what Compute Engine tells of it', async () => {
    const { stage, bench } = await made({});
    const vm = await bench.vm('test');
    expect(await bench.provider.guest(vm)).toEqual({
      host: '192.0.2.1',
      port: 22,
      user: 'ann',
      hostKeys: [],
    });
    stage.knobs.guestAttributes.set(vm.id, {
      'hostkeys/ssh-ed25519': 'AAAAC3NzaC1lZDI1NTE5AAAAIKey',
      'hostkeys/bad': 'two words',
    });
    expect(await bench.provider.guest(vm)).toMatchObject({
      hostKeys: ['ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKey'],
    });
    await bench.apply({ kind: 'stop-vm', vm: refOf(vm) });
    expect(await bench.provider.guest(vm)).toBeUndefined();
  });
});
