import { configDefaults, defineConfig } from 'vitest/config';

/** Why no virtual machine can be had here: set by scripts/test.ts, which says it loudly at the end of the run. */
const whyNoVms = process.env['CHEWS_TEST_WITHOUT_VMS'];

/** What works on real images and machines: of the local provider all but what is pure, and its leases. */
const needQemu = ['test/real/**', 'test/local/!(guestParts|leases|settings).test.ts'];

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: [...configDefaults.exclude, ...(whyNoVms === undefined ? [] : needQemu)],
    // Real virtual machines boot in some of them, in software emulation and two at a time.
    testTimeout: 30_000,
    hookTimeout: 30_000,
    maxWorkers: 2,
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts', 'providers/**/*.ts'],
    },
  },
});
