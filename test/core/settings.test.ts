import { describe, expect, it } from 'vitest';
import { settingsDigest } from '../../src/core/names.ts';
import type { Goal } from '../../src/core/plan.ts';
import { claim, disk, machine, OWNER, running, set, workstation } from '../support/builders.ts';
import { actionsOf, decide, text } from '../support/decide.ts';

/** What the kind of provider alone understands: a network, who may log in. */
const settings = { network: 'inner', tags: ['blue'] };
const file = { settings };
const create: Goal = { kind: 'create', off: false };
const apply: Goal = { kind: 'apply', stop: false, removeDisks: [] };
const labels = { workstation: 'dev', owner: OWNER };
const digest = settingsDigest(workstation(file)) ?? 'none';

describe('settings of the provider’s kind', () => {
  const made = ['create-disk', 'create-vm', 'snapshot-disk'];
  it.each<[string, Goal, Parameters<typeof actionsOf>[1], readonly string[]]>([
    ['a new workstation is made with', create, {}, ['create-disk', 'create-disk', 'create-vm']],
    [
      'a workstation is brought back with',
      { kind: 'up' },
      { snapshots: set() },
      ['create-disk', 'create-disk', 'create-vm'],
    ],
    [
      'snapshots are taken with',
      { kind: 'dessicate', stop: false },
      machine(),
      ['snapshot-disk', 'snapshot-disk'],
    ],
  ])('are what %s: else it ends up in another network', (_, goal, parts, kinds) => {
    const actions = actionsOf(goal, parts, { file }).filter(({ kind }) => made.includes(kind));
    expect(actions.map(({ kind }) => kind)).toEqual(kinds);
    for (const action of actions) expect(action).toMatchObject({ settings });
  });

  it('stand on the VM that was made with them, so that another file is noticed', () => {
    const machines = actionsOf(create, {}, { file }).filter(({ kind }) => kind === 'create-vm');
    expect(machines).toMatchObject([{ labels: { ...labels, settings: digest } }]);
    expect(digest).toMatch(/^[0-9a-f]{8}$/);
    const asMade = machine(undefined, { labels: { ...labels, settings: digest } });
    expect(decide(apply, asMade, { file })).toEqual({
      kind: 'nothing',
      sentence: 'dev is as the file wants it',
      notes: [],
    });
  });

  it('that changed in the file are said by apply, with what it takes to get them: nothing changes them in place', () => {
    const note = (stop: string) =>
      `nothing: dev is as the file wants it\nnote: its VM was made with other settings than the file has: chews dessicate dev${stop}, then chews rehydrate dev`;
    expect(text(apply, machine(), { file })).toBe(note(''));
    expect(text(apply, machine([disk('boot'), disk('data')], running), { file })).toBe(note(' --stop'));
  });

  it('are nothing that anything is made with where the file has none', () => {
    expect(claim().workstation.settings).toBeUndefined();
    for (const action of actionsOf(create, {})) expect('settings' in action).toBe(false);
  });
});
