import { describe, expect, it } from 'vitest';
import type { PlannedAction } from '../../src/core/action.ts';
import type { ErrorCode } from '../../src/core/errors.ts';
import { type Bench, refOf, refused } from '../conformance/bench.ts';
import type { Knobs } from '../support/gce/state.ts';
import { gcpStage, GiB } from './gcpStage.ts';

interface Case {
  readonly what: string;
  readonly knobs?: (knobs: Knobs) => void;
  readonly action: (bench: Bench) => PlannedAction;
  readonly code: ErrorCode;
  readonly says: string;
}

const image = (name: string) => ({ source: { from: 'image' as const, image: name } });
const vmWith = (settings: Record<string, unknown>) => (bench: Bench) =>
  bench.createVm([{ name: 'd' }], { settings });

const cases: readonly Case[] = [
  {
    what: 'a machine type that the zone does not have',
    knobs: ({ missingTypes }) => void missingTypes.add('north-a/e2-small'),
    action: (bench) => bench.createVm([{ name: 'd' }]),
    code: 'configuration',
    says: 'cannot create VM test: zone north-a has no machine type e2-small',
  },
  {
    what: 'a disk type that the zone does not have',
    knobs: ({ missingTypes }) => void missingTypes.add('north-a/pd-standard'),
    action: (bench) => bench.createDisk(),
    code: 'configuration',
    says: 'zone north-a has no disk type pd-standard',
  },
  {
    what: 'a disk that is smaller than its type can be',
    action: (bench) => bench.createDisk({ sizeBytes: 2 * GiB }),
    code: 'configuration',
    says: 'a disk of type pd-standard has 10GB to 65536GB, not 2GB',
  },
  {
    what: 'an image that is not there',
    action: (bench) => bench.createDisk(image('debian-cloud/debian-99')),
    code: 'configuration',
    says: 'there is no image debian-cloud/debian-99',
  },
  {
    what: 'an image that is obsolete',
    action: (bench) => bench.createDisk(image('debian-cloud/debian-12-bookworm-v20250101')),
    code: 'configuration',
    says: 'is obsolete',
  },
  {
    what: 'an image that is larger than the disk',
    action: (bench) => bench.createDisk(image('windows-cloud/windows-2025')),
    code: 'configuration',
    says: 'holds a disk of 50GB',
  },
  {
    what: 'more than what is left of a quota',
    knobs: ({ quotas }) => void quotas.set('north/DISKS_TOTAL_GB', { limit: 100, usage: 90 }),
    action: (bench) => bench.createDisk(),
    code: 'quota',
    says: 'it takes 20 of DISKS_TOTAL_GB, and 10 of 100 are left',
  },
  {
    what: 'a network that is not there',
    action: vmWith({ network: 'office' }),
    code: 'configuration',
    says: 'there is no network office',
  },
  {
    what: 'a subnetwork that is not there',
    action: vmWith({ subnetwork: 'desks' }),
    code: 'configuration',
    says: 'there is no subnetwork desks in region north',
  },
  {
    what: 'an address that is not reserved',
    action: vmWith({ address: 'other' }),
    code: 'configuration',
    says: 'there is no reserved address other in region north',
  },
  {
    what: 'an accelerator that the zone does not have',
    action: vmWith({ accelerators: [{ type: 'nvidia-tesla-v100', count: 1 }] }),
    code: 'configuration',
    says: 'cannot create VM test: zone north-a has no accelerator nvidia-tesla-v100. See: gcloud compute accelerator-types list',
  },
  {
    what: 'more accelerators than a VM can have',
    action: vmWith({ accelerators: [{ type: 'nvidia-tesla-t4', count: 8 }] }),
    code: 'configuration',
    says: 'a VM can have 4 accelerators nvidia-tesla-t4 at the most, not 8',
  },
  {
    what: 'a key that cannot be read',
    action: (bench) => bench.createVm([{ name: 'd' }], { sshKey: '/nowhere/key.pub' }),
    code: 'configuration',
    says: 'cannot use the ssh key /nowhere/key.pub',
  },
  {
    what: 'a question that nobody may ask',
    knobs: ({ denied }) => void denied.add('compute.machineTypes.get'),
    action: (bench) => bench.createVm([{ name: 'd' }]),
    code: 'permission',
    says: 'the permission compute.machineTypes.get is missing',
  },
];

describe('before the first step', () => {
  it.each(cases)('refuses $what', async ({ knobs, action, code, says }) => {
    const stage = await gcpStage();
    knobs?.(stage.knobs);
    const bench = stage.benchFor(await stage.open());
    const refusals = await bench.provider.check([action(bench)]);
    expect(refusals).toEqual([{ code, sentence: expect.stringContaining(says) }]);
  });

  it('has nothing against what a whole entry asks for, and asks each question once', async () => {
    const stage = await gcpStage();
    const { client, provider } = await stage.open();
    const bench = stage.benchFor({ client, provider });
    const disks = ['a', 'b', 'c'].map((name) => bench.createDisk({ name }));
    const vm = bench.createVm([{ name: 'a' }], { settings: { address: 'desk', subnetwork: 'default' } });
    expect(await provider.check([...disks, vm])).toEqual([]);
    expect(client.calls).toBe(0);
    expect(client.trace.length).toBeLessThanOrEqual(6);
  });

  it('refuses for want of a permission before the first step, and asks once for each asset', async () => {
    const stage = await gcpStage();
    const { client, provider } = await stage.open();
    const bench = stage.benchFor({ client, provider });
    const { vm, boot, data } = await bench.makeRestingVm();
    const plan: PlannedAction[] = [
      bench.snapshotDisk(boot),
      bench.snapshotDisk(data),
      { kind: 'delete-vm', vm: refOf(vm) },
      ...[boot, data].map((disk): PlannedAction => ({ kind: 'delete-disk', disk: refOf(disk) })),
    ];
    expect(await provider.check(plan)).toEqual([]);
    stage.knobs.denied.add('compute.disks.delete');
    const asked = client.trace.length;
    const refusals = await provider.check(plan);
    const questions = client.trace.slice(asked).filter(({ what }) => what.startsWith('ask permissions'));
    expect(questions).toHaveLength(3);
    expect(refusals.map(({ code }) => code)).toEqual(['permission', 'permission']);
    expect(refusals[0]?.sentence).toBe(
      `cannot change disk ${boot.name}: the permission compute.disks.delete is missing. Ask an owner of the project for the role Compute Instance Admin (v1).`,
    );
  });

  it('takes no answer for none: what could not be asked is an error', async () => {
    const stage = await gcpStage();
    const { provider, client } = await stage.open({ readFaults: [{ read: 1, kind: 'unreachable' }] });
    await refused(provider.check([stage.benchFor({ provider, client }).createDisk()]), 'unreachable');
  });
});

describe('the project', () => {
  it('is the one whose number the file says, or nothing is told', async () => {
    const stage = await gcpStage();
    const right = await stage.open({}, { project: 'home', 'project-number': 8_000_000_001 });
    expect(await right.provider.list()).toMatchObject({
      account: 'home',
      place: 'project home of Google Cloud',
    });
    const wrong = await stage.open({}, { project: 'home', 'project-number': '123' });
    await refused(wrong.provider.list(), 'refused');
  });

  it('of somebody else cannot be read', async () => {
    const stage = await gcpStage();
    await refused((await stage.open({}, { project: 'elsewhere' })).provider.list(), 'permission');
  });

  it('cannot be opened with settings that are mistaken', async () => {
    const stage = await gcpStage();
    await refused(stage.open({}, {}), 'configuration');
  });
});
