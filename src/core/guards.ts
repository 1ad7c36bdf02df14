import { copied, firstBootNow, found, taking } from './bind.ts';
import { cutOff, holds, inSet, restorable } from './contentProofs.ts';
import { onlyCopy } from './onlyCopy.ts';
import type { Guard } from './guard.ts';
import { ownership } from './inventory.ts';
import { firstBoot } from './planRestore.ts';
import { alone, diskDeletion, ours, putAway, snapshotDeletion, vmDeletion } from './proofs.ts';
import { understood } from './proveUnderstood.ts';

/** Every guard that there is. Each is taken out in turn to show that a test notices. */
export const guards: readonly Guard<never>[] = [
  understood,
  ownership,
  ours,
  alone,
  found,
  taking,
  copied,
  firstBootNow,
  vmDeletion,
  diskDeletion,
  putAway,
  holds,
  onlyCopy,
  inSet,
  restorable,
  cutOff,
  snapshotDeletion,
  firstBoot,
].flat();
