import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Bench, benchOf } from './bench.ts';
import { judgeDeviation, namesNothing } from './deviations.ts';
import { describeDisks } from './describeDisks.ts';
import { describeGuards } from './describeGuards.ts';
import { describeLeases } from './describeLeases.ts';
import { describeSnapshots } from './describeSnapshots.ts';
import { describeVms } from './describeVms.ts';
import type { SubjectKind } from './subject.ts';

/** What the port promises, tried on one provider. Every test begins with an empty world. */
export function describeConformance(kind: SubjectKind): void {
  const { deviations = [] } = kind;
  const reason = kind.whyNot === undefined ? '' : `: SKIPPED, ${kind.whyNot}`;
  describe.skipIf(kind.whyNot !== undefined)(`${kind.name} keeps the promises of the port${reason}`, () => {
    let current: Bench | undefined;

    beforeEach(async () => {
      current = benchOf(await kind.makeProvider());
    });

    afterEach(async (context) => {
      await current?.subject.cleanup();
      current = undefined;
      judgeDeviation(deviations, context);
    });

    if (deviations.length > 0) {
      it('has every test that is listed as a deviation', ({ task }) => {
        expect(namesNothing(deviations, task.suite)).toEqual([]);
      });
    }

    const bench = (): Bench => {
      if (current === undefined) throw new Error('there is a bench only while a test runs');
      return current;
    };

    describeDisks(kind, bench);
    describeSnapshots(kind, bench);
    describeVms(kind, bench);
    describeGuards(kind, bench);
    describeLeases(kind, bench);
  });
}
