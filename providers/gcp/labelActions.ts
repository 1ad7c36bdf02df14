import type { SetLabels } from '../../src/core/action.ts';
import { addressOf, findDisk, findSnapshot, findVm } from './findAssets.ts';
import { reasonOf } from './failures.ts';
import { missingAsset, refusal, type Work } from './gcpWork.ts';
import { mergeLabels, type RawLabels } from './labels.ts';
import { change } from './operations.ts';

const ATTEMPTS = 20;
const stale = ['conditionNotMet', 'CONDITION_NOT_MET'];

interface Labelled {
  readonly raw: RawLabels;
  readonly set: (labels: Record<string, string>) => Promise<unknown>;
}

/** clouds.md: "`labelFingerprint` is a true compare-and-set (412 when stale)": who comes second looks again and merges anew. */
export async function setLabels(action: SetLabels, work: Work): Promise<void> {
  for (let number = 1; ; number += 1) {
    const { raw, set } = await labelled(action, work);
    const merged = mergeLabels(raw, action.labels);
    if (sameRaw(raw, merged)) return;
    try {
      await set({ ...merged });
      return;
    } catch (error) {
      if (!stale.includes(reasonOf(error) ?? '')) throw error;
      if (number === ATTEMPTS) throw refusal('busy', work, 'its labels change faster than they can be read');
    }
  }
}

function sameRaw(left: RawLabels, right: RawLabels): boolean {
  const keys = Object.keys(left);
  return keys.length === Object.keys(right).length && keys.every((key) => left[key] === right[key]);
}

async function labelled({ assetKind, asset }: SetLabels, work: Work): Promise<Labelled> {
  const { project } = work.gcp.settings;
  switch (assetKind) {
    case 'vm': {
      const vm = await findVm(asset, work);
      if (vm === undefined) throw missingAsset('vm', asset, work);
      const { zone, name } = addressOf(vm);
      return {
        raw: vm.labels ?? {},
        set: (labels) =>
          change(
            'instances.setLabels',
            {
              project,
              zone,
              instance: name,
              instancesSetLabelsRequestResource: { labels, labelFingerprint: vm.labelFingerprint ?? '' },
            },
            work,
          ),
      };
    }
    case 'disk': {
      const disk = await findDisk(asset, work);
      if (disk === undefined) throw missingAsset('disk', asset, work);
      const { zone, name } = addressOf(disk);
      return {
        raw: disk.labels ?? {},
        set: (labels) =>
          change(
            'disks.setLabels',
            {
              project,
              zone,
              resource: name,
              zoneSetLabelsRequestResource: { labels, labelFingerprint: disk.labelFingerprint ?? '' },
            },
            work,
          ),
      };
    }
    case 'snapshot': {
      const snapshot = await findSnapshot(asset, work);
      if (snapshot === undefined) throw missingAsset('snapshot', asset, work);
      return {
        raw: snapshot.labels ?? {},
        set: (labels) =>
          change(
            'snapshots.setLabels',
            {
              project,
              resource: snapshot.name ?? '',
              globalSetLabelsRequestResource: { labels, labelFingerprint: snapshot.labelFingerprint ?? '' },
            },
            work,
          ),
      };
    }
  }
}
