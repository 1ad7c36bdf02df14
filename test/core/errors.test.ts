import { describe, expect, it } from 'vitest';
import { ChewsError, type ErrorCode, exitCodeOf } from '../../src/core/errors.ts';

describe('exit codes', () => {
  const table: { readonly [code in ErrorCode]: number } = {
    usage: 2,
    configuration: 2,
    inconsistent: 3,
    conflict: 3,
    'not-found': 3,
    unreadable: 3,
    failed: 3,
    credentials: 4,
    permission: 4,
    quota: 5,
    'no-capacity': 5,
    busy: 6,
    refused: 7,
    unreachable: 8,
    timeout: 8,
    interrupted: 130,
  };
  it.each(Object.entries(table))('%s: %i', (code, exit) => {
    expect(exitCodeOf(code as ErrorCode)).toBe(exit);
  });
});

describe('an error', () => {
  it('is careful where nothing was said: it may have had an effect, and is not to be repeated', () => {
    const error = new ChewsError('failed', 'cannot start VM dev: it has no disk');
    expect(error).toMatchObject({ effect: 'maybe', retryable: false, remedy: undefined, name: 'ChewsError' });
    expect('cause' in error).toBe(false);
  });
  it('keeps what it is told', () => {
    const cause = new Error('socket closed');
    const error = new ChewsError('unreachable', 'cannot list: no answer', {
      remedy: 'look at the network',
      retryable: true,
      effect: 'none',
      cause,
    });
    expect(error).toMatchObject({ remedy: 'look at the network', retryable: true, effect: 'none', cause });
  });
});
