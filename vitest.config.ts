import { configDefaults, defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Why no virtual machine can be had here: set by scripts/test.ts, which says it loudly at the end of the run. */
const whyNoVms = process.env['CHEWS_TEST_WITHOUT_VMS'];

/** What works on real images and machines: of the local provider all but what is pure, and its leases. */
const needQemu = ['test/real/**', 'test/local/!(guestParts|leases|settings).test.ts'];

/** What takes long. */
const long = ['real', 'prove', 'conformance', 'local', 'gcp'];

/** Begins with what takes long: begun last, it would keep one core busy and leave the others idle. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const index = long.findIndex((folder) => moduleId.includes(`/test/${folder}/`));
      return index === -1 ? long.length : index;
    };
    return (await super.sort(files)).sort((one, other) => rank(one) - rank(other));
  }
}

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // What needs moto, or an account, has a run of its own: `npm run test:moto`, `npm run test:live`.
    exclude: [
      ...configDefaults.exclude,
      'test/moto/**',
      'test/live/**',
      ...(whyNoVms === undefined ? [] : needQemu),
    ],
    // Real virtual machines boot in some of them, in software emulation.
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // One more than there are cores where few are had: a good part of the tests waits for machines and for locks.
    maxWorkers: 3,
    sequence: { sequencer: LongestFirst },
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts', 'providers/**/*.ts'],
    },
  },
});
