import type { SetLabels } from '../../src/core/action.ts';
import type { AssetKind, Labels } from '../../src/core/assets.ts';
import { type AssetRecord, digestOf, rewriteAsset } from './assetFile.ts';
import { requireAsset } from './assetFolders.ts';
import { withAssetLock } from './assetLock.ts';
import { readStore, type Store } from './store.ts';

/** Merges into the labels of an asset; one without a value is taken away. */
export async function setLabels(store: Store, action: SetLabels): Promise<void> {
  const attempt = `cannot label ${action.assetKind} ${action.asset.name}`;
  const find = async (): Promise<{ readonly folder: string; readonly record: AssetRecord }> =>
    requireAsset<AssetKind>(await readStore(store), action.assetKind, action.asset, attempt);
  const { folder } = await find();
  await withAssetLock(store.context, folder, attempt, async () => {
    const { record } = await find();
    const labels = merged(record.labels, action.labels);
    if (digestOf(labels) === digestOf(record.labels)) return;
    await rewriteAsset(folder, { ...record, labels }, store.context.drawId());
  });
}

function merged(old: Labels, changes: SetLabels['labels']): Labels {
  const entries = Object.entries({ ...old, ...changes }).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Labels;
}
