import { describe, expect, it } from 'vitest';
import type { Goal } from '../../src/core/plan.ts';
import type { Situation } from '../../src/core/state.ts';
import {
  disk,
  diskSpec,
  GB,
  machine,
  NEW,
  OLD,
  type Parts,
  restored,
  running,
  set,
  timeOf,
} from '../support/builders.ts';
import { requestOf, text } from '../support/decide.ts';

/** No inventory means any of these. A planner that is handed one all the same does not reason on. */

const boot = disk('boot');
const data = disk('data');
const later = { lastWritable: { kind: 'at', atMs: timeOf(NEW) + 1 } } as const;
const dessicate: Goal = { kind: 'dessicate', stop: false };

describe('a situation that contradicts itself leads to no deletion and to no step that needs what is not there', () => {
  const to = (state: 'ON' | 'OFF' | 'DESSICATED'): Goal => ({ kind: 'recover', to: state });
  const recover: Goal = { kind: 'recover' };
  const apply: Goal = { kind: 'apply', stop: false, removeDisks: [] };
  const file = {
    size: { cpus: 4, memoryBytes: 8 * GB },
    disks: [diskSpec('boot'), diskSpec('data', { sizeBytes: 20 * GB })],
  } as const;
  const problem = (kind: Situation['problems'][number]['kind']): Partial<Situation> => ({
    state: 'INCONSISTENT',
    problems: [{ kind, sentence: `it is ${kind}` }],
  });
  const { membership } = requestOf(apply, machine()).situation;
  const cutOff: Parts = {
    disks: [disk('boot', { labels: { ...boot.labels, putInto: NEW }, lastWritable: { kind: 'unknown' } })],
    snapshots: set(),
  };
  const overtaken: Parts = { disks: [restored('boot', OLD)], snapshots: [...set(OLD), ...set()] };

  it.each<[string, Goal, Parts, Partial<Situation>]>([
    ['resize: OFF without a VM', { kind: 'resize', stop: false }, {}, { state: 'OFF' }],
    ['recover: a VM without a disk, and no VM', recover, { disks: [boot] }, problem('detached')],
    [
      'recover: overtaken, without a set',
      recover,
      { ...overtaken, disks: [restored('boot', OLD), restored('data', OLD)] },
      { ...problem('overtaken'), newestSet: undefined },
    ],
    ['recover: cut off, without a set', recover, cutOff, { ...problem('cut-off'), newestSet: undefined }],
    [
      'recover --to DESSICATED: cut off, without a set',
      to('DESSICATED'),
      cutOff,
      { ...problem('cut-off'), newestSet: undefined },
    ],
    ['dessicate: cut off, without a set', dessicate, cutOff, { ...problem('cut-off'), newestSet: undefined }],
    ['recover: overtaken, and a disk is gone', recover, overtaken, problem('overtaken')],
    [
      'recover --to OFF: lost, without members',
      to('OFF'),
      { disks: [boot], snapshots: set() },
      { ...problem('lost'), membership: { ...membership, members: [] } },
    ],
  ])('%s: refused', (_, goal, parts, situation) => {
    const decided = text(goal, parts, { situation, ...(goal.kind === 'resize' ? { file } : {}) });
    expect(decided).toMatch(
      /^refused: cannot (recover|dessicate|resize) workstation dev: (it is [a-z-]+)?\n/,
    );
  });

  it('recover: partly away without a set, and no disk is gone: there is nothing to choose', () => {
    const situation = { ...problem('partly-away'), newestSet: undefined };
    expect(text(recover, machine(), { situation })).toMatchInlineSnapshot(`
      "refused: cannot recover workstation dev: it is partly-away
      → choose: chews delete dev gives everything up"
    `);
  });

  it('recover: partly away by a set that its disk is newer than, says what can be chosen', () => {
    const parts = { disks: [disk('boot', later)], snapshots: set() };
    expect(text(recover, parts, { situation: problem('partly-away') })).toMatchInlineSnapshot(`
      "refused: cannot recover workstation dev: dev-boot may have been written to since snapshot ss-dev-boot-20260101020000 was taken
      → choose: put the missing disk back; or chews recover dev --to OFF restores it from its last snapshot, older than the other disks; or chews delete dev gives everything up"
    `);
  });

  it('recover --to OFF: restores nothing where nobody knows the newest set', () => {
    const parts = { disks: [disk('boot', later)], snapshots: set() };
    const situation = { ...problem('lost'), newestSet: undefined };
    expect(text(to('OFF'), parts, { situation })).toMatchInlineSnapshot(`
      "refused: cannot recover workstation dev: it is lost
      → choose: put the missing disk back; or chews recover dev --to OFF restores it from its last snapshot, older than the other disks; or chews delete dev gives everything up"
    `);
  });

  it('apply: without members, nothing', () => {
    const situation = { membership: { ...membership, members: [] } };
    expect(text(apply, machine(), { file, situation })).toMatchInlineSnapshot(
      `"nothing: dev is as the file wants it"`,
    );
  });

  it('apply: OFF without one of its disks, nothing for that disk', () => {
    const parts = machine([boot]);
    expect(text(apply, parts, { file, situation: { state: 'OFF' } })).toMatchInlineSnapshot(
      `"nothing: dev is as the file wants it"`,
    );
  });

  it('apply: ON with a disk that its VM does not hold, which needs it OFF', () => {
    const parts = { vms: machine([boot], running).vms, disks: [boot, data] };
    expect(text(apply, parts, { situation: { state: 'ON' } })).toMatchInlineSnapshot(`
      "usage: cannot apply workstation dev: it is ON, and this needs it OFF: disk data is attached
      → chews apply dev --stop stops it, changes it and starts it again"
    `);
  });

  it('recover: to end ON without a VM, nothing', () => {
    const situation: Partial<Situation> = { state: 'OFF', endOn: true, vm: undefined };
    expect(text(recover, machine(), { situation })).toMatchInlineSnapshot(
      `"nothing: dev is OFF: there is nothing to recover"`,
    );
  });
});
