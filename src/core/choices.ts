import type { PlanRequest } from './plan.ts';
import type { Member } from './membership.ts';
import { has } from './planParts.ts';
import { proveRestorable } from './contentProofs.ts';

function isLoose({ live }: Member): boolean {
  return live?.attachedTo.length === 0;
}

/** What a person can choose where data would be guessed at. */
export function choices(request: PlanRequest): string {
  const { situation, claim } = request;
  const { name } = claim.workstation;
  const whole = [...situation.sets].reverse().find((set) => set.flaws.length === 0);
  const lost = situation.membership.members.filter(
    ({ live }) => live === undefined || live.status === 'failed',
  );
  const held = lost.every((member) =>
    situation.sets.some((set) => set.byDisk.get(member.name)?.status === 'ready'),
  );
  const options: string[] = [];
  if (has(request, 'overtaken')) {
    options.push(
      `chews dessicate ${name} keeps what is on its disks as the newest set, and the older sets beside it`,
    );
  } else if (has(request, 'disorder')) {
    const known = situation.sets.filter((set) => set.flaws.length === 0).map((set) => set.timestamp);
    options.push(
      `chews rehydrate ${name} --set TIMESTAMP goes on from the set that you know to be the newest: ${known.join(', ')}`,
    );
  } else if (has(request, 'broken-set')) {
    options.push('put the missing snapshot back');
    if (whole !== undefined)
      options.push(`chews rehydrate ${name} --set ${whole.timestamp} goes back to that older set`);
  } else if (situation.vm?.status === 'running' && !(lost.length > 0 && lost.every(isLoose))) {
    options.push(`chews down ${name} first`);
  } else if (lost.length > 0) {
    const unusable = lost.flatMap(({ live }) => (live === undefined ? [] : [live.name]));
    options.push(
      unusable.length === 0
        ? 'put the missing disk back'
        : `delete disk ${unusable.join(', ')} with the provider’s own tools, then run chews recover ${name} again`,
    );
    const begun = situation.sets.find(
      (set) => proveRestorable(set, situation.membership.members, request).ok,
    );
    if (unusable.length === 0 && begun !== undefined)
      options.push(`chews rehydrate ${name} --set ${begun.timestamp} goes on from that set`);
    const { boot } = situation.membership;
    const removable = situation.vm?.status === 'stopped' && lost.every((member) => member.name !== boot);
    if (unusable.length === 0 && held)
      options.push(
        `chews recover ${name} --to OFF restores it from its last snapshot, older than the other disks`,
      );
    else if (unusable.length === 0 && removable)
      options.push(
        `chews apply ${name} --remove-disk ${lost.map((member) => member.name).join(' --remove-disk ')} goes on without it`,
      );
  }
  options.push(`chews delete ${name} gives everything up`);
  return `choose: ${options.join('; or ')}`;
}
