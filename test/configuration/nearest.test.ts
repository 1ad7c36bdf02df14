import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nearest } from '../../src/core/nearest.ts';

const words = ['provider', 'location', 'size', 'image', 'disks', 'keep-snapshots', 'ssh-key'];

describe('the nearest word', () => {
  it.each([
    ['disk', 'disks'],
    ['imgae', 'image'],
    ['Size', 'size'],
    ['keepSnapshots', 'keep-snapshots'],
    ['ssh_key', 'ssh-key'],
    ['locaton', 'location'],
    ['colour', undefined],
    ['x', undefined],
    ['', undefined],
    ['sizzzzle', undefined],
    ['disks'.repeat(1000), undefined],
  ])('%s: %s', (word, expected) => expect(nearest(word, words)).toBe(expected));

  it('is the word itself, and one mistake away from a longer word still that word', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z]{4,20}$/), fc.nat(), (word, place) => {
        const at = place % word.length;
        expect(nearest(word, ['0000', word])).toBe(word);
        expect(nearest(word.slice(0, at) + word.slice(at + 1), ['0000', word])).toBe(word);
      }),
    );
  });
});
