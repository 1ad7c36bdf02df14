import { describeAction } from '../core/describe.ts';
import type { Step } from '../core/plan.ts';
import { printable } from '../core/printable.ts';

/** Of the hash in a disk's name this much tells disks apart, and leaves the line to be read. */
const LONG_HASH = /\b([0-9a-f]{8})[0-9a-f]{8,24}\b/g;

/** A step for people who watch it. The whole names stand in --json. */
export function stepText(step: Step): string {
  return printable(describeAction(step.action)).replaceAll(LONG_HASH, '$1…');
}
