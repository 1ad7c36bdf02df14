import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { cardMetric, cpuMetrics } from '../../providers/gcp/quotas.ts';
import type { PlannedAction } from '../../src/core/action.ts';
import type { Vm } from '../../src/core/assets.ts';
import { type Bench, refOf } from '../conformance/bench.ts';
import { gceWire } from '../support/datacenter/quirks.ts';
import { gcpStage } from './gcpStage.ts';

const quirks = {
  ...gceWire,
  machineTypes: [
    'e2-small',
    'e2-standard-8',
    'n1-standard-4',
    'n2-standard-2',
    'n2-standard-8',
    'n4-standard-8',
    'g2-standard-4',
  ],
  diskTypes: ['pd-standard', 'pd-balanced', 'pd-ssd', 'pd-extreme', 'hyperdisk-balanced'],
};

type Plan = (bench: Bench) => readonly PlannedAction[];

interface Case {
  readonly what: string;
  /** Limit and usage, by what it is of and the metric. */
  readonly quotas: Readonly<Record<string, readonly [number, number]>>;
  readonly plan: Plan;
  /** Undefined: nothing is wrong with it. */
  readonly says?: string;
}

const vm =
  (machineType: string, settings: Record<string, unknown> = {}): Plan =>
  (bench) => [bench.createVm([{ name: 'd' }], { size: { machineType }, settings })];
const disk =
  (type: string): Plan =>
  (bench) => [bench.createDisk({ type })];
const spot = { spot: true };
const withCards = (count: number) => ({ accelerators: [{ type: 'nvidia-tesla-t4', count }] });

const cases: readonly Case[] = [
  {
    what: 'N1 takes of what all had once',
    quotas: { 'north/CPUS': [8, 6] },
    plan: vm('n1-standard-4'),
    says: 'cannot make what is wanted in region north: it takes 4 of CPUS, and 2 of 8 are left. Ask for more',
  },
  { what: 'exactly what is left is enough', quotas: { 'north/CPUS': [8, 4] }, plan: vm('n1-standard-4') },
  {
    what: 'a series has a quota of its own',
    quotas: { 'north/N2_CPUS': [8, 4] },
    plan: vm('n2-standard-8'),
    says: 'it takes 8 of N2_CPUS, and 4 of 8 are left',
  },
  {
    what: 'and takes of no other',
    quotas: { 'north/CPUS': [0, 0], 'north/E2_CPUS': [0, 0] },
    plan: vm('n2-standard-8'),
  },
  { what: 'a quota that is not listed is not judged', quotas: {}, plan: vm('n4-standard-8') },
  {
    what: 'E2 takes of the old quota where it has none of its own',
    quotas: { 'north/CPUS': [8, 2] },
    plan: vm('e2-standard-8'),
    says: 'it takes 8 of CPUS, and 6 of 8 are left',
  },
  {
    what: 'E2 may take of its own, if there is one',
    quotas: { 'north/CPUS': [8, 8], 'north/E2_CPUS': [24, 0] },
    plan: vm('e2-standard-8'),
  },
  {
    what: 'E2 finds room in neither',
    quotas: { 'north/CPUS': [8, 8], 'north/E2_CPUS': [24, 20] },
    plan: vm('e2-standard-8'),
    says: 'it takes 8 of E2_CPUS, and 4 of 24 are left',
  },
  {
    what: 'all regions together have one',
    quotas: { 'project/CPUS_ALL_REGIONS': [12, 10] },
    plan: vm('n1-standard-4'),
    says: 'cannot make what is wanted in project home: it takes 4 of CPUS_ALL_REGIONS, and 2 of 12 are left',
  },
  {
    what: 'spot takes of the standard one where it has been granted none',
    quotas: { 'north/CPUS': [8, 6], 'project/CPUS_ALL_REGIONS': [0, 0] },
    plan: vm('n1-standard-4', spot),
    says: 'it takes 4 of CPUS, and 2 of 8 are left',
  },
  {
    what: 'spot takes of its own once it was granted',
    quotas: { 'north/CPUS': [8, 8], 'north/PREEMPTIBLE_CPUS': [16, 12] },
    plan: vm('n1-standard-4', spot),
  },
  {
    what: 'spot takes of its own and of no other',
    quotas: { 'north/PREEMPTIBLE_CPUS': [16, 14] },
    plan: vm('n1-standard-4', spot),
    says: 'it takes 4 of PREEMPTIBLE_CPUS, and 2 of 16 are left',
  },
  {
    what: 'accelerators have one for each kind',
    quotas: { 'north/NVIDIA_T4_GPUS': [1, 0] },
    plan: vm('n1-standard-4', withCards(2)),
    says: 'it takes 2 of NVIDIA_T4_GPUS, and 1 of 1 are left',
  },
  {
    what: 'accelerators have one for all regions',
    quotas: { 'project/GPUS_ALL_REGIONS': [0, 0] },
    plan: vm('n1-standard-4', withCards(1)),
    says: 'it takes 1 of GPUS_ALL_REGIONS, and 0 of 0 are left',
  },
  {
    what: 'accelerators of spot have their own',
    quotas: {
      'north/NVIDIA_T4_GPUS': [0, 0],
      'north/PREEMPTIBLE_NVIDIA_T4_GPUS': [1, 1],
      'project/GPUS_ALL_REGIONS': [0, 0],
    },
    plan: vm('n1-standard-4', { ...spot, ...withCards(1) }),
    says: 'it takes 1 of PREEMPTIBLE_NVIDIA_T4_GPUS, and 0 of 1 are left',
  },
  {
    what: 'what a machine type has built in counts',
    quotas: { 'north/NVIDIA_L4_GPUS': [0, 0] },
    plan: vm('g2-standard-4'),
    says: 'it takes 1 of NVIDIA_L4_GPUS, and 0 of 0 are left',
  },
  {
    what: 'a VM is one',
    quotas: { 'north/INSTANCES': [24, 24] },
    plan: vm('n1-standard-4'),
    says: 'it takes 1 of INSTANCES, and 0 of 24 are left',
  },
  {
    what: 'a public address is one',
    quotas: { 'north/IN_USE_ADDRESSES': [4, 4] },
    plan: vm('n1-standard-4'),
    says: 'it takes 1 of IN_USE_ADDRESSES, and 0 of 4 are left',
  },
  {
    what: 'none is wanted',
    quotas: { 'north/IN_USE_ADDRESSES': [4, 4] },
    plan: vm('n1-standard-4', { 'public-address': false }),
  },
  {
    what: 'one that is reserved may be counted already',
    quotas: { 'north/IN_USE_ADDRESSES': [4, 4] },
    plan: vm('n1-standard-4', { address: 'desk' }),
  },
  {
    what: 'several quotas are told at once',
    quotas: { 'north/IN_USE_ADDRESSES': [4, 4], 'north/CPUS': [8, 8] },
    plan: vm('n1-standard-4'),
    says: 'it takes 1 of IN_USE_ADDRESSES, and 0 of 4 are left, and it takes 4 of CPUS, and 0 of 8 are left',
  },
  {
    what: 'standard disks',
    quotas: { 'north/DISKS_TOTAL_GB': [100, 90] },
    plan: disk('pd-standard'),
    says: 'it takes 20 of DISKS_TOTAL_GB, and 10 of 100 are left',
  },
  {
    what: 'balanced disks are on SSDs',
    quotas: { 'north/SSD_TOTAL_GB': [100, 90] },
    plan: disk('pd-balanced'),
    says: 'it takes 20 of SSD_TOTAL_GB, and 10 of 100 are left',
  },
  {
    what: 'hyperdisks',
    quotas: { 'north/HDB_TOTAL_GB': [100, 90] },
    plan: disk('hyperdisk-balanced'),
    says: 'it takes 20 of HDB_TOTAL_GB, and 10 of 100 are left',
  },
  {
    what: 'other types count elsewhere',
    quotas: { 'north/SSD_TOTAL_GB': [0, 0], 'north/DISKS_TOTAL_GB': [0, 0] },
    plan: disk('pd-extreme'),
  },
  {
    what: 'several disks count together',
    quotas: { 'north/SSD_TOTAL_GB': [30, 0] },
    plan: (bench) => [
      bench.createDisk({ name: 'a', type: 'pd-ssd' }),
      bench.createDisk({ name: 'b', type: 'pd-balanced' }),
    ],
    says: 'it takes 40 of SSD_TOTAL_GB, and 30 of 30 are left',
  },
  {
    what: 'each region by itself',
    quotas: { 'north/SSD_TOTAL_GB': [30, 0], 'south/SSD_TOTAL_GB': [30, 0] },
    plan: (bench) => [
      bench.createDisk({ name: 'a', type: 'pd-ssd' }),
      bench.createDisk({ name: 'b', type: 'pd-ssd', location: 'south-a' }),
    ],
  },
  {
    what: 'a disk that goes in the same plan makes room',
    quotas: { 'north/SSD_TOTAL_GB': [30, 20] },
    plan: (bench) => [{ kind: 'delete-disk', disk: { name: 'old' } }, ...disk('pd-ssd')(bench)],
  },
  {
    what: 'a VM that goes in the same plan makes room',
    quotas: { 'north/INSTANCES': [1, 1], 'north/CPUS': [4, 4], 'project/CPUS_ALL_REGIONS': [4, 4] },
    plan: (bench) => [{ kind: 'delete-vm', vm: { name: 'old' } }, ...vm('n1-standard-4')(bench)],
  },
];

const schema = createRequire(import.meta.url)('@google-cloud/compute/build/protos/protos.json') as {
  readonly nested: {
    google: {
      nested: {
        cloud: {
          nested: {
            compute: {
              nested: {
                v1: { nested: { Quota: { nested: { Metric: { values: Record<string, number> } } } } };
              };
            };
          };
        };
      };
    };
  };
};
const known = Object.keys(
  schema.nested.google.nested.cloud.nested.compute.nested.v1.nested.Quota.nested.Metric.values,
);

async function staged(quotas: Case['quotas']) {
  const stage = await gcpStage(quirks);
  const bench = stage.benchFor(await stage.open());
  const turn = () => {
    for (const [key, [limit, usage]] of Object.entries(quotas)) stage.knobs.quotas.set(key, { limit, usage });
  };
  return { bench, knobs: stage.knobs, turn };
}

function refusals(says: string | undefined): unknown {
  return says === undefined ? [] : [{ code: 'quota', sentence: expect.stringContaining(says) }];
}

describe('of the quotas', () => {
  it.each(cases)('$what', async ({ quotas, plan, says }) => {
    const { bench, turn } = await staged(quotas);
    turn();
    expect(await bench.provider.check(plan(bench))).toEqual(refusals(says));
  });

  it.each<{ quotas: Case['quotas']; also?: PlannedAction['kind']; says?: string }>([
    { quotas: {} },
    {
      quotas: { 'project/SNAPSHOTS': [100, 99] },
      says: 'cannot make what is wanted in project home: it takes 2 of SNAPSHOTS, and 1 of 100 are left',
    },
    { quotas: { 'project/SNAPSHOTS': [100, 99] }, also: 'delete-snapshot' },
  ])('snapshots are one each: $quotas $also', async ({ quotas, also, says }) => {
    const { bench, turn } = await staged(quotas);
    const { boot, data } = await bench.makeRestingVm();
    turn();
    const plan: PlannedAction[] = [bench.snapshotDisk(boot), bench.snapshotDisk(data)];
    if (also === 'delete-snapshot') plan.push({ kind: also, snapshot: { name: 'old' } });
    expect(await bench.provider.check(plan)).toEqual(refusals(says));
  });

  const resized = (held: Vm, machineType: string): PlannedAction[] => [
    { kind: 'stop-vm', vm: refOf(held) },
    { kind: 'resize-vm', vm: refOf(held), size: { machineType } },
    { kind: 'start-vm', vm: refOf(held) },
  ];

  it.each<{
    what: string;
    quotas: Case['quotas'];
    to: string;
    resting?: true;
    gone?: true;
    settings?: object;
    says?: string;
  }>([
    {
      what: 'a larger type takes the difference',
      quotas: { 'north/CPUS': [8, 4] },
      to: 'e2-standard-8',
      says: 'it takes 6 of CPUS, and 4 of 8 are left',
    },
    { what: 'which may be there', quotas: { 'north/CPUS': [8, 2] }, to: 'e2-standard-8' },
    {
      what: 'another series gives nothing back to it',
      quotas: { 'north/N2_CPUS': [8, 1] },
      to: 'n2-standard-8',
      says: 'it takes 8 of N2_CPUS, and 7 of 8 are left',
    },
    {
      what: 'but to what all regions have',
      quotas: { 'project/CPUS_ALL_REGIONS': [8, 3] },
      to: 'n2-standard-8',
      says: 'it takes 6 of CPUS_ALL_REGIONS, and 5 of 8 are left',
    },
    {
      what: 'one that is no larger takes nothing, though there is less than nothing left',
      quotas: { 'north/CPUS': [2, 4], 'project/CPUS_ALL_REGIONS': [2, 4] },
      to: 'e2-small',
    },
    {
      what: 'one that goes on resting takes nothing',
      quotas: { 'north/CPUS': [2, 2], 'project/CPUS_ALL_REGIONS': [2, 2] },
      to: 'e2-standard-8',
      resting: true,
    },
    {
      what: 'of a type that is no more nobody knows the difference',
      quotas: { 'north/CPUS': [8, 4], 'project/CPUS_ALL_REGIONS': [8, 8] },
      to: 'e2-standard-8',
      gone: true,
    },
    {
      what: 'of a spot VM it is the difference, whatever the series',
      quotas: { 'north/N2_CPUS': [0, 0], 'north/PREEMPTIBLE_CPUS': [8, 3] },
      to: 'n2-standard-8',
      settings: spot,
      says: 'it takes 6 of PREEMPTIBLE_CPUS, and 5 of 8 are left',
    },
  ])('a resize: $what', async ({ quotas, to, resting, gone, settings = {}, says }) => {
    const { bench, knobs, turn } = await staged(quotas);
    const boot = await bench.makeDisk();
    await bench.apply(bench.createVm([refOf(boot)], { settings: { ...settings } }));
    const plan = resized(await bench.vm('test'), to);
    turn();
    if (gone) knobs.missingTypes.add('north-a/e2-small');
    const asked = resting ? plan.filter(({ kind }) => kind !== 'start-vm') : plan;
    expect(await bench.provider.check(asked)).toEqual(refusals(says));
  });

  it('asks for those of a region and of the project once, however much is wanted', async () => {
    const stage = await gcpStage(quirks);
    const { client, provider } = await stage.open();
    const bench = stage.benchFor({ client, provider });
    await provider.check([...disk('pd-ssd')(bench), ...disk('pd-standard')(bench), ...vm('e2-small')(bench)]);
    const asked = client.trace
      .map(({ what }) => what)
      .filter((what) => /^ask (?:regions|projects) /.test(what));
    expect(asked.toSorted()).toEqual(['ask projects home', 'ask regions home north']);
  });

  it.each([
    'n1-standard-1',
    'custom-2-4096',
    'e2-small',
    'n2-custom-4-8192',
    'n2d-standard-2',
    'c2-standard-4',
    'c2d-standard-2',
    'c3-standard-4',
    't2d-standard-1',
    't2a-standard-1',
    'm1-ultramem-40',
    'a2-highgpu-1g',
  ])('has a name that the schema knows for the CPUs of %s', (machineType) => {
    for (const metric of cpuMetrics(machineType)) expect(known).toContain(metric);
  });

  it.each([
    ['nvidia-tesla-t4', 'NVIDIA_T4_GPUS'],
    ['nvidia-tesla-t4-vws', 'NVIDIA_T4_VWS_GPUS'],
    ['nvidia-tesla-a100', 'NVIDIA_A100_GPUS'],
    ['nvidia-a100-80gb', 'NVIDIA_A100_80GB_GPUS'],
    ['nvidia-l4', 'NVIDIA_L4_GPUS'],
  ])('has a name that the schema knows for %s', (type, metric) => {
    expect(cardMetric(type)).toBe(metric);
    expect(known).toContain(metric);
    expect(known).toContain(`PREEMPTIBLE_${metric}`);
  });
});
