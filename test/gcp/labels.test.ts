import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeLabels, encodeLabels, mergeLabels } from '../../providers/gcp/labels.ts';
import type { Labels } from '../../src/core/assets.ts';

const word = fc.string({ unit: 'binary', maxLength: 80 });
const labels = fc.record(
  {
    workstation: word,
    owner: word,
    disk: word,
    role: fc.constantFrom('boot' as const, 'data' as const),
    set: word,
    setIndex: fc.nat(99),
    setSize: fc.nat(99),
    clean: fc.boolean(),
    restoredFrom: word,
    members: fc.array(word, { maxLength: 16 }),
    putInto: word,
    settings: word,
    endOn: fc.boolean(),
    deleting: fc.boolean(),
  },
  { requiredKeys: [] },
) satisfies fc.Arbitrary<Labels>;

describe('the labels of Compute Engine', () => {
  it('give back whatever was written into them, in keys and values that are allowed', () => {
    fc.assert(
      fc.property(labels, (written) => {
        const raw = encodeLabels(written);
        for (const [key, value] of Object.entries(raw)) {
          expect(key).toMatch(/^[a-z][a-z0-9_-]{0,62}$/);
          expect(value).toMatch(/^[a-z0-9_-]{0,63}$/);
        }
        expect(decodeLabels(raw)).toEqual(written);
      }),
    );
  });

  it('keep what is not ours, and leave nothing behind of what was longer', () => {
    fc.assert(
      fc.property(labels, labels, (before, changes) => {
        const raw = { team: 'red', 'chews-members-x': 'mine', ...encodeLabels(before) };
        const merged = mergeLabels(raw, changes);
        expect(merged).toMatchObject({ team: 'red', 'chews-members-x': 'mine' });
        expect(decodeLabels(merged)).toEqual({ ...before, ...changes });
        const undone = mergeLabels(
          merged,
          Object.fromEntries(Object.keys(changes).map((key) => [key, undefined])),
        );
        for (const key of Object.keys(changes)) expect(decodeLabels(undone)).not.toHaveProperty(key);
      }),
    );
  });

  it('fit beside each other for a workstation of sixteen disks', () => {
    const members = Array.from({ length: 16 }, (_, index) => `disk-${index}`.padEnd(36, 'x'));
    expect(Object.keys(encodeLabels({ workstation: 'dev', members }))).toHaveLength(1 + 10);
  });

  it.each([
    { raw: { 'chews-role': 'captain' } },
    { raw: { 'chews-set-index': 'many' } },
    { raw: { 'chews-clean': 'perhaps' } },
    { raw: { 'chews-workstation': 'a_zz' } },
    { raw: { 'chews-disk': '_ff' } },
    { raw: { 'chews-members': 'boot' } },
    { raw: { workstation: 'dev' } },
  ])('leave out what cannot be read: $raw', ({ raw }) => {
    expect(decodeLabels(raw)).toEqual({});
  });
});
