import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeMakes, encodeMakes } from '../../providers/aws/makes.ts';
import {
  bootFactsOf,
  bootFactsTag,
  fromTagList,
  labelsOfTags,
  tagChanges,
  tagsOfLabels,
  toTagList,
} from '../../providers/aws/tags.ts';
import type { Labels } from '../../src/core/assets.ts';

const word = fc.stringMatching(/^[a-z][a-z0-9-]{0,40}$/);
const present = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });

const labels: fc.Arbitrary<Labels> = fc
  .record({
    workstation: present(word),
    owner: present(word),
    disk: present(word),
    role: present(fc.constantFrom('boot' as const, 'data' as const)),
    set: present(fc.stringMatching(/^\d{14}$/)),
    setIndex: present(fc.nat(99)),
    setSize: present(fc.nat(99)),
    clean: present(fc.boolean()),
    restoredFrom: present(word),
    members: present(fc.array(word, { minLength: 1, maxLength: 30 })),
    putInto: present(word),
    endOn: present(fc.boolean()),
    deleting: present(fc.boolean()),
    settings: present(word),
  })
  .map((all) => Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)));

describe('labels as tags', () => {
  it('come back as they were', () => {
    fc.assert(
      fc.property(labels, (wanted) => {
        const tags = tagsOfLabels(wanted);
        expect(labelsOfTags(fromTagList(toTagList(tags)))).toEqual(wanted);
        for (const [key, value] of Object.entries(tags)) {
          expect(key.length).toBeLessThanOrEqual(127);
          expect(value.length).toBeLessThanOrEqual(256);
        }
      }),
    );
  });

  it('change by what differs, and leave no piece of what was longer', () => {
    fc.assert(
      fc.property(labels, labels, (before, after) => {
        const tags: Record<string, string> = { Name: 'x', team: 'blue', ...tagsOfLabels(before) };
        const wanted = {
          ...Object.fromEntries(Object.keys(before).map((key) => [key, undefined])),
          ...after,
        };
        const { set, remove } = tagChanges(tags, wanted);
        const changed = Object.fromEntries(
          Object.entries({ ...tags, ...set }).filter(([key]) => !remove.includes(key)),
        );
        expect(labelsOfTags(changed)).toEqual(after);
        expect(changed).toEqual({ Name: 'x', team: 'blue', ...tagsOfLabels(after) });
        expect(tagChanges(changed, after)).toEqual({ set: {}, remove: [] });
      }),
    );
  });

  it('leave out what cannot be read', () => {
    expect(
      labelsOfTags({
        'chews:k': 'two',
        'chews:role': 'king',
        'chews:clean': 'maybe',
        'chews:workstation': 'dev',
      }),
    ).toEqual({ workstation: 'dev' });
  });
});

describe('the disks that come with a VM', () => {
  it('are told by its tags', () => {
    const makes = fc.dictionary(
      fc.constantFrom('/dev/xvda', '/dev/sdf', '/dev/sdg'),
      fc.dictionary(word, fc.string()),
    );
    fc.assert(
      fc.property(makes, (wanted) => {
        const tags = encodeMakes(wanted);
        for (const value of Object.values(tags)) expect(value.length).toBeLessThanOrEqual(256);
        expect(decodeMakes(tags)).toEqual({ ...wanted });
      }),
    );
  });

  it('are none where the tags are torn', () => {
    const tags = encodeMakes({ '/dev/xvda': { Name: 'a'.repeat(600) } });
    const torn = Object.fromEntries(Object.entries(tags).filter(([key]) => !key.endsWith('-1')));
    expect(decodeMakes(torn)).toBeUndefined();
    expect(decodeMakes({ 'chews:makes': '[]' })).toBeUndefined();
    expect(decodeMakes({ 'chews:makes': '{"/dev/xvda":{"Name":1}}' })).toBeUndefined();
    expect(decodeMakes({})).toBeUndefined();
  });
});

describe('how a disk boots', () => {
  it('comes back from its tag', () => {
    const facts = { architecture: 'arm64', rootDevice: '/dev/sda1', ena: true, bootMode: 'uefi' };
    expect(bootFactsOf(bootFactsTag(facts))).toEqual(facts);
    const { bootMode: _, ...plain } = facts;
    expect(bootFactsOf(bootFactsTag(plain))).toEqual(plain);
  });

  it('is not known where the tag is missing or mangled', () => {
    for (const text of ['', 'x86_64', 'x86_64 xvda ena -', 'x86_64 /dev/xvda perhaps -'])
      expect(bootFactsOf({ 'chews:boot': text })).toBeUndefined();
    expect(bootFactsOf({})).toBeUndefined();
  });
});
