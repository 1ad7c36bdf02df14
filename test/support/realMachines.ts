import { describe } from 'vitest';

/** Why no virtual machine can be had here: set by the test command, which says it loudly at the end of the run as well. */
const whyNot = process.env['CHEWS_TEST_WITHOUT_VMS'];

/** A group of tests that need QEMU; skipped, with the reason in its name, where QEMU cannot be had. */
export function describeWithVms(
  name: string,
  options: { readonly timeout: number },
  tests: () => void,
): void {
  if (whyNot === undefined) describe(name, options, tests);
  else describe.skip(`${name}: SKIPPED, ${whyNot}`, options, tests);
}
