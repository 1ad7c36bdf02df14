import * as fc from 'fast-check';
import type { Fault, ReadFault, Storm } from '../support/datacenter/faults.ts';
import type { RunOptions } from './lab.ts';

/** What goes wrong in one run. */
export type Trouble =
  | { readonly kind: 'none' }
  | { readonly kind: 'kill'; readonly call: number; readonly when: 'before' | 'after' | 'answered' }
  | {
      readonly kind: 'error';
      readonly call: number;
      readonly when: 'before' | 'after';
      readonly last: boolean;
    }
  | { readonly kind: 'interrupt'; readonly call: number }
  /** Many errors in one run, and perhaps a kill among them. */
  | { readonly kind: 'storm'; readonly storm: Storm; readonly kill: number }
  | { readonly kind: 'read'; readonly fault: ReadFault }
  /** Accepted, and slow or failed later. */
  | { readonly kind: 'later'; readonly call: number; readonly fails: boolean; readonly extraMs: number };

const single: fc.Arbitrary<Trouble> = fc.oneof(
  { weight: 3, arbitrary: fc.constant<Trouble>({ kind: 'none' }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('kill' as const),
      call: fc.integer({ min: 1, max: 10 }),
      when: fc.constantFrom('before' as const, 'after' as const, 'answered' as const),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('error' as const),
      call: fc.integer({ min: 1, max: 10 }),
      when: fc.constantFrom('before' as const, 'after' as const),
      last: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('interrupt' as const),
      call: fc.integer({ min: 1, max: 10 }),
    }),
  },
);

export const troubles: fc.Arbitrary<Trouble> = fc.oneof(
  { weight: 4, arbitrary: single },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('storm' as const),
      storm: fc.record({
        seed: fc.nat(1_000_000),
        changesShare: fc.constantFrom(0.1, 0.3, 0.6),
        readsShare: fc.constantFrom(0, 0.1, 0.4),
      }),
      kill: fc.integer({ min: 0, max: 20 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('read' as const),
      fault: fc.record({
        read: fc.integer({ min: 1, max: 20 }),
        forMs: fc.constantFrom(0, 2_000, 600_000),
        kind: fc.constantFrom<ReadFault['kind']>(
          'partial',
          'throttled',
          'unreachable',
          'credentials',
          'unreadable',
        ),
      }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('later' as const),
      call: fc.integer({ min: 2, max: 10 }),
      fails: fc.boolean(),
      extraMs: fc.constantFrom(0, 1_000, 300_000),
    }),
  },
);

/** A run with that trouble. */
export function runOptions(trouble: Trouble): RunOptions {
  switch (trouble.kind) {
    case 'none':
      return {};
    case 'interrupt':
      return { interruptAt: trouble.call };
    case 'kill':
      return { faults: [{ kind: 'kill', call: trouble.call, when: trouble.when } satisfies Fault] };
    case 'storm': {
      const { storm, kill } = trouble;
      return { storm, faults: kill === 0 ? [] : [{ kind: 'kill', call: kill, when: 'after' }] };
    }
    case 'read':
      return { readFaults: [trouble.fault] };
    case 'later': {
      const { call, fails, extraMs } = trouble;
      return { faults: [{ kind: fails ? 'fails' : 'slow', call, when: 'later', extraMs }] };
    }
    case 'error': {
      const { call, when, last } = trouble;
      return { faults: [{ kind: 'error', call, when } satisfies Fault], attempts: last ? 1 : 4 };
    }
  }
}
