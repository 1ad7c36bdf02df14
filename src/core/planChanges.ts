import type { Ref } from './action.ts';
import type { Disk, Vm } from './assets.ts';
import type { Member } from './membership.ts';
import { nearest } from './nearest.ts';
import type { Decision, PlanRequest } from './plan.ts';
import {
  type After,
  addSeal,
  addSnapshots,
  addStart,
  addStopForWork,
  addUp,
  addVmDeletion,
  chooseSet,
  type Draft,
  diskName,
  draft,
  has,
  looseMembers,
  newDisk,
  refOf,
  refuse,
  refuseProblems,
} from './planParts.ts';
import { refTo } from './planRestore.ts';
import { proveHolds } from './contentProofs.ts';
import type { InPlace } from './provider.ts';
import { formatBytes } from './units.ts';
import { sameSize } from './workstation.ts';

export function planResize(request: PlanRequest, goal: { readonly stop: boolean }): Decision {
  const { situation, claim, capabilities } = request;
  const { name, size } = claim.workstation;
  const { state, vm, endOn } = situation;
  const to = draft();
  switch (state) {
    case 'NOT_EXIST':
      return refuse(request, 'refused', 'it does not exist', `chews create ${name}`);
    case 'DESSICATED':
      return to.finish(
        request,
        state,
        `${name} is DESSICATED: its next rehydrate takes the size of the file`,
      );
    case 'CHANGING':
    case 'INCONSISTENT':
      return refuseProblems(request);
    case 'ON':
    case 'OFF': {
      if (vm === undefined) return refuseProblems(request);
      if (sameSize(vm.size, size)) {
        if (endOn) addUp(request, to, vm);
        return to.finish(request, endOn ? 'ON' : state, `${name} has the size of the file already`);
      }
      if (capabilities.resize === 'never') {
        return refuse(
          request,
          'refused',
          'its provider cannot change the size of a VM',
          `chews dessicate ${name}, then chews rehydrate ${name}`,
        );
      }
      const mustStop = state === 'ON' && capabilities.resize === 'stopped';
      if (mustStop && !goal.stop) {
        return refuse(
          request,
          'usage',
          'it is ON, and its size can only change while it is OFF',
          `chews resize ${name} --stop stops it, changes it and starts it again`,
        );
      }
      const ready: After = mustStop ? [addStopForWork(to, vm)] : [];
      const resized = to.add({ kind: 'resize-vm', vm: refOf(vm), size }, ready);
      if (endOn) addUp(request, to, vm, [resized]);
      else if (mustStop) addStart(to, refOf(vm), [resized], true);
      return to.finish(request, endOn ? 'ON' : state);
    }
  }
}

interface Work {
  /** What changes, in words, where the VM has to be OFF for it. */
  readonly needsOff: string | undefined;
  /** Adds the steps; gives those after which the VM may start again. */
  readonly add: (after: After) => After;
}

/** To the same state without drift: what can be done in place is done, what needs a cycle is said. */
export function planApply(
  request: PlanRequest,
  goal: { readonly stop: boolean; readonly removeDisks: readonly string[] },
): Decision {
  const { situation, claim } = request;
  const { name } = claim.workstation;
  const { state, vm, endOn, drift } = situation;
  if (state === 'NOT_EXIST') return refuse(request, 'refused', 'it does not exist', `chews create ${name}`);
  if (state === 'CHANGING') return refuseProblems(request);
  const givesUpLost =
    goal.removeDisks.length > 0 && has(request, 'lost', 'failed') && vm?.status === 'stopped';
  if (state === 'INCONSISTENT' && !givesUpLost) return refuseProblems(request);
  const to = draft();
  const removal = removalProblem(request, goal.removeDisks);
  if (removal !== undefined) return refuse(request, 'refused', removal.why, removal.remedy);
  const impossible = drift.find(({ kind }) => kind === 'disk-shrunk' || kind === 'boot-order');
  if (impossible !== undefined) return refuse(request, 'refused', impossible.sentence, impossible.mend);
  for (const { kind, sentence, mend } of drift) {
    if (
      kind === 'location' ||
      kind === 'settings' ||
      (kind === 'disk-type' && request.capabilities.changeType === 'never')
    ) {
      to.note(`${sentence}: ${mend}`);
    }
  }
  const { members } = situation.membership;
  const removeDisks = goal.removeDisks.filter((disk) => members.some((member) => member.name === disk));
  const names = members.map((member) => member.name);
  for (const disk of goal.removeDisks.filter((candidate) => !removeDisks.includes(candidate))) {
    const kept = [...situation.sets].reverse().find((set) => set.byDisk.has(disk));
    const likely = nearest(disk, names);
    // Gone already, as after a run that was cut off at its very end; what never was there is mistyped.
    if (kept === undefined && likely !== undefined) {
      return refuse(request, 'usage', `it has no disk ${disk}`, `did you mean ${likely}?`);
    }
    to.note(
      kept === undefined
        ? `it has no disk ${disk}: it has ${names.join(', ')}`
        : `disk ${disk} is gone already; its last content is in set ${kept.timestamp}`,
    );
  }
  // Of the states that are left, DESSICATED alone has no VM.
  if (vm === undefined) {
    return removeDisks.length === 0
      ? to.finish(request, state, `${name} is DESSICATED: rehydrating it takes what the file says`)
      : refuse(request, 'refused', 'it is DESSICATED', `chews rehydrate ${name} --off first`);
  }
  const running = state === 'ON';
  const makes = !(running && !goal.stop && request.capabilities.attach === 'stopped');
  const work = workOf(request, to, vm, removeDisks, makes);
  const blocked = running && !goal.stop ? work.filter(({ needsOff }) => needsOff !== undefined) : [];
  const doable = work.filter((item) => !blocked.includes(item));
  if (blocked.length > 0) {
    const list = blocked.map(({ needsOff }) => needsOff).join('; ');
    const given = goal.removeDisks.map((disk) => ` --remove-disk ${disk}`).join('');
    const remedy = `chews apply ${name} --stop${given} stops it, changes it and starts it again`;
    if (doable.length === 0)
      return refuse(request, 'usage', `it is ON, and this needs it OFF: ${list}`, remedy);
    to.note(`left, because it needs ${name} OFF: ${list}; ${remedy}`);
  }
  const mustStop = running && doable.some(({ needsOff }) => needsOff !== undefined);
  let last: After = mustStop ? [addStopForWork(to, vm)] : [];
  for (const item of doable) last = item.add(last);
  const starts = mustStop || endOn;
  if (starts) addStart(to, refOf(vm), last, true);
  const removed = drift.filter(
    (item) => item.kind === 'disk-removed' && !goal.removeDisks.some((disk) => disk === item.disk),
  );
  for (const { sentence, mend } of removed)
    to.note(`${sentence}: ${mend} lets it go with a last snapshot kept`);
  const end = starts ? 'ON' : givesUpLost ? 'OFF' : state;
  return to.finish(request, end, `${name} is as the file wants it`);
}

function removalProblem(
  request: PlanRequest,
  names: readonly string[],
): { why: string; remedy: string } | undefined {
  const { situation, claim, inventory } = request;
  const { members, boot } = situation.membership;
  for (const name of names) {
    if (name === boot)
      return {
        why: `${name} is its boot disk`,
        remedy: `chews delete ${claim.workstation.name} removes everything`,
      };
    if (claim.workstation.disks.some((spec) => spec.name === name)) {
      return {
        why: `disk ${name} is still in the file`,
        remedy: `take ${name} out of the file, then run the command again`,
      };
    }
    const live = members.find((member) => member.name === name)?.live;
    const isHeld = (disk: Disk) =>
      inventory.snapshots.some((snapshot) => proveHolds(snapshot, disk, request).ok);
    if (live?.status === 'failed' && !isHeld(live)) {
      return {
        why: `disk ${name} is unusable, and no snapshot provably holds what is on it`,
        remedy: `delete disk ${live.name} with the provider’s own tools, then run the command again`,
      };
    }
  }
  if (situation.state !== 'INCONSISTENT') return undefined;
  const going = members.filter(({ name }) => names.includes(name));
  const gone = going.filter(({ live }) => live?.status !== 'ready');
  if (gone.length > 0 && gone.length < going.length) {
    return {
      why: 'the last set cannot hold a disk that is gone or unusable',
      remedy: `chews apply ${claim.workstation.name} --remove-disk ${gone.map(({ name }) => name).join(' --remove-disk ')} first`,
    };
  }
  const lost = members.filter(({ name, live }) => live?.status !== 'ready' && !names.includes(name));
  return lost.length === 0
    ? undefined
    : {
        why: `disk ${lost.map(({ name }) => name).join(', ')} is gone too`,
        remedy: `chews recover ${claim.workstation.name}`,
      };
}

function offFor(when: InPlace, sentence: string): string | undefined {
  return when === 'stopped' ? sentence : undefined;
}

/** Each change by itself, in the order in which they are carried out. */
function workOf(
  request: PlanRequest,
  to: Draft,
  vm: Vm,
  removeDisks: readonly string[],
  makes: boolean,
): Work[] {
  const { situation, claim, capabilities } = request;
  const { membership, drift } = situation;
  // Members come with the boot disk first.
  const [boot] = membership.members;
  if (boot === undefined) return [];
  const work: Work[] = [];
  if (drift.some(({ kind }) => kind === 'size') && capabilities.resize !== 'never') {
    const { size } = claim.workstation;
    work.push({
      needsOff: offFor(capabilities.resize, 'its size changes'),
      add: (after) => [to.add({ kind: 'resize-vm', vm: refOf(vm), size }, after)],
    });
  }
  for (const { live, spec, name } of membership.members) {
    if (live === undefined || spec === undefined) continue;
    if (spec.sizeBytes > live.sizeBytes && capabilities.grow !== 'never') {
      work.push({
        needsOff: offFor(capabilities.grow, `disk ${name} grows to ${formatBytes(spec.sizeBytes)}`),
        add: (after) => [to.add({ kind: 'grow-disk', disk: refOf(live), sizeBytes: spec.sizeBytes }, after)],
      });
    }
    if (spec.type !== live.type && capabilities.changeType !== 'never') {
      work.push({
        needsOff: offFor(capabilities.changeType, `disk ${name} becomes ${spec.type}`),
        add: (after) => [to.add({ kind: 'change-disk-type', disk: refOf(live), type: spec.type }, after)],
      });
    }
  }
  for (const { name, live } of looseMembers(request, vm)) {
    if (removeDisks.includes(name) || isLeaving(request, name)) continue;
    work.push({
      needsOff: offFor(capabilities.attach, `disk ${name} is attached`),
      add: (after) => [to.add({ kind: 'attach-disk', vm: refOf(vm), disk: refOf(live) }, after)],
    });
  }
  for (const spec of membership.fresh) {
    work.push({
      needsOff: offFor(capabilities.attach, `disk ${spec.name} is made and attached`),
      add: (after) => {
        const kept = [...situation.sets].reverse().find((set) => set.byDisk.has(spec.name));
        if (kept !== undefined)
          to.note(`disk ${spec.name} is made blank: what one of that name held is in set ${kept.timestamp}`);
        const made = to.add(newDisk(request, spec, false), after);
        const disk = { name: diskName(request, spec.name) };
        return [to.add({ kind: 'attach-disk', vm: refOf(vm), disk }, [made])];
      },
    });
  }
  const sealed = sealWork(request, to, boot, removeDisks, makes);
  if (sealed !== undefined) work.push(sealed);
  return removeDisks.length === 0 ? work : [removalWork(request, to, vm, boot, removeDisks), ...work];
}

/** Off the list and out of the file: another run is letting it go, or was cut off while it did. */
function isLeaving({ situation, claim }: PlanRequest, disk: string): boolean {
  const { sealed } = situation.membership;
  const inFile = claim.workstation.disks.some(({ name }) => name === disk);
  return sealed !== undefined && !sealed.includes(disk) && !inFile;
}

/**
 * The list of members as it is to be: what is there and what this plan makes, without what goes. A disk that has to wait for
 * another run is left out: what is on the list and not there counts as lost.
 */
function sealWork(
  request: PlanRequest,
  to: Draft,
  boot: Member,
  removeDisks: readonly string[],
  makes: boolean,
): Work | undefined {
  const { members, fresh, sealed } = request.situation.membership;
  const made = fresh.filter(() => makes);
  if (removeDisks.length > 0 && made.length === 0) return undefined;
  const names = [...members, ...made]
    .map(({ name }) => name)
    .filter((name) => !removeDisks.includes(name) && !isLeaving(request, name));
  // What is on the list is a member, so that the list can only be too short.
  if (sealed !== undefined && names.every((name) => sealed.includes(name))) return undefined;
  return {
    needsOff: undefined,
    add: (after) => addSeal(request, to, refTo(request, boot.name), names, after),
  };
}

/**
 * Lets disks go: a last set of everything first, then the list without them, then detached, then deleted with a proof.
 * A disk that is gone already is only taken off the list.
 */
function removalWork(
  request: PlanRequest,
  to: Draft,
  vm: Vm,
  boot: Member,
  removeDisks: readonly string[],
): Work {
  const { situation } = request;
  const { members } = situation.membership;
  return {
    needsOff: `disk ${removeDisks.join(', ')} goes, with a last snapshot kept`,
    add: (after) => {
      const going = members.filter(({ name }) => removeDisks.includes(name));
      const set = chooseSet(request, situation.state === 'ON');
      // No set is to be had where disks are gone or unusable: those that are unusable are held by one already.
      const safe = set.ok ? addSnapshots(request, to, set.value, after) : after;
      const names = members.map(({ name }) => name).filter((name) => !removeDisks.includes(name));
      let last = addSeal(request, to, refTo(request, boot.name), names, safe);
      for (const { live, record, name } of going) {
        const left = live ?? record;
        const disk = left === undefined ? attachedRef(vm, diskName(request, name)) : refOf(left);
        // Of what is gone and attached to nothing the list was all that was left.
        if (disk === undefined) continue;
        const detached = to.add({ kind: 'detach-disk', vm: refOf(vm), disk }, last);
        last = left === undefined ? [detached] : [to.add({ kind: 'delete-disk', disk }, [detached])];
      }
      return last;
    },
  };
}

/** A disk that is gone, as the VM still names it. */
function attachedRef({ attachments }: Vm, name: string): Ref | undefined {
  const held = attachments.find(({ diskName: attached }) => attached === name);
  return held && { name, id: held.diskId };
}

/** VM, disks and snapshots: all marked before the first goes, the snapshots last. */
export function planDelete(request: PlanRequest): Decision {
  const { situation, inventory, claim } = request;
  const { name } = claim.workstation;
  if (situation.state === 'CHANGING' || has(request, 'ambiguous', 'unknown', 'held', 'suspended'))
    return refuseProblems(request);
  const to = draft();
  const mark = { deleting: true };
  const marked = [
    ...inventory.vms.map((asset) => ({ assetKind: 'vm' as const, asset })),
    ...inventory.disks.map((asset) => ({ assetKind: 'disk' as const, asset })),
    ...inventory.snapshots.map((asset) => ({ assetKind: 'snapshot' as const, asset })),
  ].flatMap(({ assetKind, asset }) =>
    asset.labels.deleting === true
      ? []
      : [to.add({ kind: 'set-labels', assetKind, asset: refOf(asset), labels: mark })],
  );
  let last: After = marked;
  const [vm] = inventory.vms;
  if (vm !== undefined) {
    if (vm.status === 'running') last = [to.add({ kind: 'stop-vm', vm: refOf(vm), hurry: true }, last)];
    last = [addVmDeletion(to, vm, last)];
  }
  const disks = inventory.disks.map((disk) => to.add({ kind: 'delete-disk', disk: refOf(disk) }, last));
  for (const snapshot of inventory.snapshots) {
    to.add({ kind: 'delete-snapshot', snapshot: refOf(snapshot) }, disks.length === 0 ? last : disks);
  }
  return to.finish(request, 'NOT_EXIST', `${name} does not exist`);
}
