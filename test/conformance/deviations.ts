import { stripVTControlCharacters } from 'node:util';
import type { RunnerTestSuite, TestContext } from 'vitest';
import type { Deviation } from './subject.ts';

/** As a deviation names it. */
function nameOf({ task }: TestContext): string {
  return `${task.suite?.name} > ${task.name}`;
}

/**
 * To be asked after each test. One that is listed and has failed as it says there is skipped, with the reason for everybody to
 * see; one that has passed, or failed with something else, is a failure.
 */
export function judgeDeviation(deviations: readonly Deviation[], context: TestContext): void {
  const listed = deviations.find(({ test }) => test === nameOf(context));
  if (listed === undefined) return;
  const { state, errors = [] } = context.task.result ?? {};
  if (state === 'skip') return;
  if (errors.length === 0) {
    if (listed.mayPass === true) return;
    throw new Error(`this passes, and is listed as something that cannot: ${listed.why}`);
  }
  const isTheReason = ({ message, diff = '' }: { readonly message: string; readonly diff?: string }) =>
    listed.failsWith.test(stripVTControlCharacters(`${message}\n${diff}`));
  if (errors.every(isTheReason)) context.skip(listed.why);
}

/** The names of listed tests that are nowhere in the suite. */
export function namesNothing(deviations: readonly Deviation[], suite: RunnerTestSuite | undefined): string[] {
  const names = new Set<string>();
  const visit = (parent: RunnerTestSuite) => {
    for (const task of parent.tasks) {
      if (task.type === 'suite') visit(task);
      else names.add(`${parent.name} > ${task.name}`);
    }
  };
  if (suite !== undefined) visit(suite);
  return deviations.map(({ test }) => test).filter((test) => !names.has(test));
}
