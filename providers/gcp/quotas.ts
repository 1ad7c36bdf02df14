import type { CreateVm, PlannedAction } from '../../src/core/action.ts';
import type { AssetKind } from '../../src/core/assets.ts';
import type { CallOptions } from '../../src/core/provider.ts';
import { type Ask, findMachineType } from './askOnce.ts';
import type { WireMachineType, WireQuota } from './calls.ts';
import { vmNamed } from './findAssets.ts';
import { type Gcp, lastWord, refusal, regionOf, type Work, workOf } from './gcpWork.ts';
import { readWorkstation } from './workstationSettings.ts';

const GiB = 1024 ** 3;
/** No region has this name. */
const PROJECT = 'project';

/** What one action takes of a quota. */
interface Taking {
  /** A region, or the whole project. */
  readonly of: string;
  /** By Compute Engine's names for them; of several it is one that nobody tells. */
  readonly metrics: readonly string[];
  /** The quota that a spot VM takes of instead, once there is any of it. */
  readonly ofSpot?: string;
  readonly amount: number;
  /** What has to go to give some of it back. */
  readonly kind: AssetKind;
}

/** What an action has to do with quotas: undefined where it is nothing. */
type Share =
  | { readonly of: readonly string[]; readonly takings: (work: Work) => Promise<readonly Taking[]> }
  | { readonly frees: AssetKind }
  | undefined;

type Question = () => Promise<void>;

/**
 * What the plan takes of the quotas that regions.get and projects.get list, against what is left of them. Their names are those of
 * `Quota.Metric` in the SDK's own schema (cloud.google.com/compute/docs/reference/rest/v1/Quota); what counts into which is told at
 * cloud.google.com/compute/resource-usage. Only what is certain refuses: a quota that is not listed is not judged, as those of the
 * newest series are not, nor one of which a deletion in the same plan gives something back.
 */
export function quotaQuestions(
  gcp: Gcp,
  actions: readonly PlannedAction[],
  asked: Ask,
  options: CallOptions,
): Question[] {
  const shares = actions.map((action) => shareOf(gcp, action, actions, asked));
  const freed = new Set(shares.flatMap((share) => (share && 'frees' in share ? [share.frees] : [])));
  const takers = shares.flatMap((share) => (share && 'of' in share ? [share] : []));
  const takings = (work: Work) =>
    asked('takings', async () => {
      const all = await Promise.all(takers.map((taker) => taker.takings(work)));
      return all.flat().filter(({ kind }) => !freed.has(kind));
    });
  return [...new Set(takers.flatMap((taker) => taker.of))].map((of) => async () => {
    const { project } = gcp.settings;
    const where = of === PROJECT ? `project ${project}` : `region ${of}`;
    const work = workOf(gcp, `cannot make what is wanted in ${where}`, options);
    const found =
      of === PROJECT
        ? await gcp.connection.call('projects.get', { project }, work)
        : await gcp.connection.find('regions.get', { project, region: of }, of, work);
    // A zone that is none is refused by the questions about it.
    refuseBeyond(found?.quotas ?? [], of, await takings(work), work);
  });
}

function shareOf(gcp: Gcp, action: PlannedAction, actions: readonly PlannedAction[], asked: Ask): Share {
  switch (action.kind) {
    case 'create-disk': {
      const { location, type, sizeBytes } = action;
      const [of, metric] = [regionOf(location), diskMetrics[type]];
      if (metric === undefined) return undefined;
      const amount = Math.ceil(sizeBytes / GiB);
      return { of: [of], takings: async () => [{ of, metrics: [metric], amount, kind: 'disk' }] };
    }
    case 'create-vm':
      return {
        of: [regionOf(action.location), PROJECT],
        takings: (work) => vmTakings(action, work, asked),
      };
    case 'snapshot-disk':
      return {
        of: [PROJECT],
        takings: async () => [{ of: PROJECT, metrics: ['SNAPSHOTS'], amount: 1, kind: 'snapshot' }],
      };
    case 'resize-vm': {
      const { vm, size } = action;
      const place = gcp.places.get(vm.id ?? '');
      // Quotas of CPUs are said to be of running VMs: one that goes on resting need not take any of them.
      const isStarted = actions.some((other) => other.kind === 'start-vm' && other.vm.id === vm.id);
      if (!isStarted || place?.zone === undefined || !('machineType' in size)) return undefined;
      const { name, zone } = place;
      return {
        of: [regionOf(zone), PROJECT],
        takings: (work) => resizeTakings(name, zone, size.machineType, work, asked),
      };
    }
    case 'delete-vm':
      return { frees: 'vm' };
    case 'delete-disk':
      return { frees: 'disk' };
    case 'delete-snapshot':
      return { frees: 'snapshot' };
    case 'start-vm':
    case 'stop-vm':
    case 'attach-disk':
    case 'detach-disk':
    case 'clear-deletion-flags':
    case 'grow-disk':
    case 'change-disk-type':
    case 'set-labels':
    case 'await-guest':
      return undefined;
  }
}

/** The other types have quotas of their own, which are not listed. */
const diskMetrics: Readonly<Record<string, string>> = {
  'pd-standard': 'DISKS_TOTAL_GB',
  'pd-balanced': 'SSD_TOTAL_GB',
  'pd-ssd': 'SSD_TOTAL_GB',
  'hyperdisk-balanced': 'HDB_TOTAL_GB',
};

async function vmTakings(action: CreateVm, work: Work, asked: Ask): Promise<Taking[]> {
  const { location: zone, size, settings } = action;
  const { spot, publicAddress, address, accelerators } = readWorkstation(settings);
  const name = 'machineType' in size ? size.machineType : '';
  const type = await findMachineType(name, zone, work, asked);
  const region = regionOf(zone);
  // One that is reserved may be counted already.
  const isNewAddress = publicAddress && address === undefined;
  // Types that have cards of their own take no others.
  const builtIn = (type?.accelerators ?? []).map(({ guestAcceleratorType, guestAcceleratorCount }) => ({
    type: guestAcceleratorType ?? '',
    count: guestAcceleratorCount ?? 0,
  }));
  const cards = builtIn.length > 0 ? builtIn : accelerators;
  return [
    { of: region, metrics: ['INSTANCES'], amount: 1, kind: 'vm' },
    ...(isNewAddress ? [{ of: region, metrics: ['IN_USE_ADDRESSES'], amount: 1, kind: 'vm' } as const] : []),
    ...cpuTakings(name, region, type?.guestCpus ?? 0, spot),
    ...cards.flatMap(({ type: card, count }) => cardTakings(card, region, count, spot)),
  ];
}

/** One that runs takes already what it has now, so that the difference is the least that it takes. */
async function resizeTakings(
  name: string,
  zone: string,
  after: string,
  work: Work,
  asked: Ask,
): Promise<Taking[]> {
  const found = await vmNamed(name, zone, work);
  if (found === undefined) return [];
  const before = lastWord(found.machineType);
  const [has, wants] = await Promise.all(
    [before, after].map((type) => findMachineType(type, zone, work, asked)),
  );
  // Of a type that the zone has no more nobody tells how much it gives back.
  if (has === undefined) return [];
  const isSpot = found.scheduling?.provisioningModel === 'SPOT';
  const more = cpusOf(wants) - cpusOf(has);
  const isOther = cpuMetrics(before).join() !== cpuMetrics(after).join();
  // What the old series gives back is of use in the whole project alone; of what spot VMs take all series share.
  const ofSeries = isOther && !isSpot ? cpusOf(wants) : more;
  return cpuTakings(after, regionOf(zone), ofSeries, isSpot, more);
}

function cpusOf(type: WireMachineType | undefined): number {
  return type?.guestCpus ?? 0;
}

/**
 * Spot VMs take of the preemptible quota where the region has been granted any, and else of the same as all others
 * (cloud.google.com/compute/docs/instances/preemptible).
 */
function cpuTakings(
  machineType: string,
  region: string,
  amount: number,
  isSpot: boolean,
  inAllRegions = amount,
): Taking[] {
  const metrics = cpuMetrics(machineType);
  return isSpot
    ? [{ of: region, metrics, ofSpot: 'PREEMPTIBLE_CPUS', amount, kind: 'vm' }]
    : [
        { of: region, metrics, amount, kind: 'vm' },
        { of: PROJECT, metrics: ['CPUS_ALL_REGIONS'], amount: inAllRegions, kind: 'vm' },
      ];
}

/**
 * `N2_CPUS` of `n2-standard-4`. N1, with the shared cores of its time, counts into what all had once; where E2 counts, in that or in
 * a quota of its own, is told in both ways.
 */
export function cpuMetrics(machineType: string): readonly string[] {
  const [family = ''] = machineType.split('-');
  if (['n1', 'f1', 'g1', 'custom'].includes(family)) return ['CPUS'];
  const own = `${family.toUpperCase()}_CPUS`;
  return family === 'e2' ? [own, 'CPUS'] : [own];
}

function cardTakings(type: string, region: string, amount: number, isSpot: boolean): Taking[] {
  const metric = cardMetric(type);
  return isSpot
    ? [{ of: region, metrics: [metric], ofSpot: `PREEMPTIBLE_${metric}`, amount, kind: 'vm' }]
    : [
        { of: region, metrics: [metric], amount, kind: 'vm' },
        { of: PROJECT, metrics: ['GPUS_ALL_REGIONS'], amount, kind: 'vm' },
      ];
}

/** `NVIDIA_T4_GPUS` of `nvidia-tesla-t4`. */
export function cardMetric(type: string): string {
  return `${type.replace('-tesla-', '-').replaceAll('-', '_').toUpperCase()}_GPUS`;
}

function refuseBeyond(
  quotas: readonly WireQuota[],
  of: string,
  takings: readonly Taking[],
  work: Work,
): void {
  const wanted = new Map<string, Taking>();
  for (const taking of takings) {
    if (taking.of !== of || taking.amount <= 0) continue;
    const key = JSON.stringify([taking.metrics, taking.ofSpot]);
    wanted.set(key, { ...taking, amount: taking.amount + (wanted.get(key)?.amount ?? 0) });
  }
  const why = [...wanted.values()].flatMap((taking) => whyBeyond(quotas, taking) ?? []);
  if (why.length > 0)
    throw refusal(
      'quota',
      work,
      why.join(', and '),
      'Ask for more at https://console.cloud.google.com/iam-admin/quotas',
    );
}

function whyBeyond(quotas: readonly WireQuota[], { metrics, ofSpot, amount }: Taking): string | undefined {
  const listed = (name: string | undefined) =>
    quotas.flatMap(({ metric, limit, usage }) =>
      metric === name && limit !== undefined && limit !== null
        ? [{ metric, limit, left: limit - (usage ?? 0) }]
        : [],
    );
  const spot = listed(ofSpot).filter(({ limit }) => limit > 0);
  const candidates = spot.length > 0 ? spot : metrics.flatMap(listed);
  const [first] = candidates;
  if (first === undefined || candidates.some(({ left }) => amount <= left)) return undefined;
  return `it takes ${amount} of ${String(first.metric)}, and ${first.left} of ${first.limit} are left`;
}
