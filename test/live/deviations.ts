import type { Deviation } from '../conformance/subject.ts';
import { NO_BYTES } from './liveLabel.ts';

/** What the suite cannot look at in a real account; the cycle with checksums does. */
export const deviations: readonly Deviation[] = [
  'snapshots > brings the content back after the disk is gone',
  'snapshots > keeps a snapshot as it is while its disk is written to',
].map((test) => ({ test, why: NO_BYTES, failsWith: new RegExp(NO_BYTES) }));
