/** Marks what only this file can make. It exists for the compiler alone. */
declare const proven: unique symbol;

/**
 * Shows that one deletion loses nothing: made by the functions of this file from a fresh inventory and from what the run
 * itself has seen, and by nothing else. A provider refuses one that is about another asset.
 */
export interface Proof<K extends 'vm' | 'disk' | 'snapshot'> {
  readonly [proven]: K;
  readonly assetId: string;
  /** A sentence for the log: where the data is, or who asked for its end. */
  readonly because: string;
  /** The provider's clock when the inventory was read. */
  readonly readAtMs: number;
}

export type VmProof = Proof<'vm'>;
export type DiskProof = Proof<'disk'>;
export type SnapshotProof = Proof<'snapshot'>;
