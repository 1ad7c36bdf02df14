import { encodeLabels } from '../../providers/gcp/labels.ts';
import { NAME, tagsOfLabels } from '../../providers/aws/tags.ts';
import type { Labels } from '../../src/core/assets.ts';
import type { Datacenter } from '../support/datacenter/datacenter.ts';
import { extrasOf } from '../support/gce/render.ts';

interface Asset {
  readonly id: string;
  readonly name: string;
  readonly labels: Labels;
}

/** Gives an asset another name or other labels from behind, wherever its kind of cloud keeps them. */
export function relabel({ world }: Datacenter, asset: Asset, changes: Labels, name = asset.name): void {
  const labels = { ...asset.labels, ...changes };
  Object.assign(asset, { name, labels });
  const { wire } = world.quirks;
  if (wire === undefined) return;
  switch (wire) {
    case 'compute-engine': {
      const extras = extrasOf(world, asset.id, asset.labels);
      extras.labels = { ...extras.labels, ...encodeLabels(changes) };
      extras.labelsVersion += 1;
      return;
    }
    case 'ec2': {
      const tags = world.ec2?.tags.get(asset.id);
      for (const [key, value] of Object.entries({ ...tagsOfLabels(changes), [NAME]: name }))
        tags?.set(key, value);
    }
  }
}
