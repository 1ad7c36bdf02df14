import type { Fleet } from '../../src/core/assets.ts';
import { ChewsError } from '../../src/core/errors.ts';
import type { CallOptions } from '../../src/core/provider.ts';
import type { WireDisk, WireSnapshot, WireVm, WireWarning } from './calls.ts';
import type { Attempt } from './connection.ts';
import { type Gcp, lastWord } from './gcpWork.ts';
import { localPath, tellDisk, tellSnapshot, tellVm } from './tellAssets.ts';

/** The most that one page holds; a fleet of N takes 3·⌈N/500⌉ calls, side by side. */
const PAGE_SIZE = 500;

/** Everything in the project, or an error: what a zone that does not answer holds must not look as if it were not there. */
export async function listFleet(
  gcp: Gcp,
  account: () => Promise<string>,
  options: CallOptions = {},
): Promise<Fleet> {
  const { project } = gcp.settings;
  const at: Attempt = { attempt: `cannot list project ${project}`, ...options };
  const beganAtMs = gcp.context.nowMs();
  const [vms, disks, snapshots, answered] = await allOf([
    listVms(gcp, at),
    listDisks(gcp, at),
    listSnapshots(gcp, at),
    account(),
  ]);
  const passedMs = gcp.context.nowMs() - beganAtMs;
  for (const { selfLink } of [...vms, ...disks, ...snapshots]) refuseStranger(selfLink, project, at);
  const links = {
    vms: new Map(vms.map((vm) => [localPath(vm.selfLink), vm])),
    disks: new Map(disks.map((disk) => [localPath(disk.selfLink), disk])),
  };
  const fleet: Fleet = {
    readAtMs: gcp.connection.clockMs() - passedMs,
    account: answered,
    place: `project ${answered} of Google Cloud`,
    vms: vms.map((vm) => tellVm(vm, links, at)),
    disks: disks.map((disk) => tellDisk(disk, links, at)),
    snapshots: snapshots.map((snapshot) => tellSnapshot(snapshot, at)),
  };
  for (const { id, name, location: zone } of [...fleet.vms, ...fleet.disks])
    gcp.places.set(id, { name, zone });
  for (const { id, name } of fleet.snapshots) gcp.places.set(id, { name, zone: undefined });
  return fleet;
}

/** Waits for all of them even when one has failed, so that no call goes on behind the back of what comes next. */
async function allOf<T extends readonly unknown[]>(work: {
  readonly [K in keyof T]: Promise<T[K]>;
}): Promise<T> {
  const results = await Promise.allSettled(work);
  return results.map((result) => {
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  }) as unknown as T;
}

export async function listVms({ connection, settings: { project } }: Gcp, at: Attempt): Promise<WireVm[]> {
  const vms: WireVm[] = [];
  let pageToken: string | undefined;
  do {
    const page = await connection.call(
      'instances.aggregatedList',
      { project, maxResults: PAGE_SIZE, ...(pageToken !== undefined && { pageToken }) },
      at,
    );
    refusePart(page, at);
    for (const [scope, { instances, warning }] of Object.entries(page.items ?? {})) {
      refuseWarning(warning, scope, at);
      vms.push(...(instances ?? []));
    }
    pageToken = page.nextPageToken ?? '';
  } while (pageToken !== '');
  return vms;
}

export async function listDisks(
  { connection, settings: { project } }: Gcp,
  at: Attempt,
): Promise<WireDisk[]> {
  const disks: WireDisk[] = [];
  let pageToken: string | undefined;
  do {
    const page = await connection.call(
      'disks.aggregatedList',
      { project, maxResults: PAGE_SIZE, ...(pageToken !== undefined && { pageToken }) },
      at,
    );
    refusePart(page, at);
    for (const [scope, { disks: found, warning }] of Object.entries(page.items ?? {})) {
      refuseWarning(warning, scope, at);
      disks.push(...(found ?? []));
    }
    pageToken = page.nextPageToken ?? '';
  } while (pageToken !== '');
  return disks;
}

export async function listSnapshots(
  { connection, settings: { project } }: Gcp,
  at: Attempt,
): Promise<WireSnapshot[]> {
  const snapshots: WireSnapshot[] = [];
  let pageToken: string | undefined;
  do {
    const page = await connection.call(
      'snapshots.list',
      { project, maxResults: PAGE_SIZE, ...(pageToken !== undefined && { pageToken }) },
      at,
    );
    refuseWarning(page.warning, 'global', at);
    snapshots.push(...(page.items ?? []));
    pageToken = page.nextPageToken ?? '';
  } while (pageToken !== '');
  return snapshots;
}

interface Aggregated {
  readonly unreachables?: string[] | null;
  readonly warning?: WireWarning | null;
}

function refusePart({ unreachables, warning }: Aggregated, at: Attempt): void {
  const [silent] = unreachables ?? [];
  if (silent !== undefined) throw partial(`${lastWord(silent)} does not answer`, at);
  refuseWarning(warning, 'the project', at);
}

/** clouds.md: "`aggregatedList` yields empty scopes with warning `NO_RESULTS_ON_PAGE`; any other warning is a partial answer". */
function refuseWarning(warning: WireWarning | null | undefined, scope: string, at: Attempt): void {
  if (warning === undefined || warning === null || warning.code === 'NO_RESULTS_ON_PAGE') return;
  const said = (warning.message ?? '').replace(/\.$/, '');
  throw partial(`${said === '' ? lastWord(scope) : said} (${warning.code ?? 'a warning'})`, at);
}

function partial(why: string, { attempt }: Attempt): ChewsError {
  return new ChewsError('unreadable', `${attempt}: the answer is not whole: ${why}`, {
    effect: 'none',
    retryable: true,
    remedy: 'Run it again in a few minutes: what is there cannot be told before the zone answers.',
  });
}

/** R9: the project that answers is the one that was asked. */
function refuseStranger(selfLink: string | null | undefined, project: string, { attempt }: Attempt): void {
  const found = /projects\/([^/]+)\//.exec(selfLink ?? '')?.[1];
  if (found === project) return;
  throw new ChewsError(
    'unreadable',
    `${attempt}: Compute Engine answers for ${found ?? 'an unknown project'}`,
    {
      effect: 'none',
    },
  );
}
