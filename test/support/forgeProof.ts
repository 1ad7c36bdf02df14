import type { DiskProof, SnapshotProof, VmProof } from '../../src/core/proofs.ts';

/**
 * A proof of the deletion of anything, for tests of what a provider does with proofs. Only the core can make a real one;
 * the cast is what keeps this out of everything but tests.
 */
function forge(assetId: string): unknown {
  return { assetId, because: 'a test says so', readAtMs: 0, erase: false, contentVersion: undefined };
}

export const forgeVmProof = (assetId: string): VmProof => forge(assetId) as VmProof;
export const forgeDiskProof = (assetId: string): DiskProof => forge(assetId) as DiskProof;
export const forgeSnapshotProof = (assetId: string): SnapshotProof => forge(assetId) as SnapshotProof;
