import { defineConfig } from 'vitest/config';

/** What needs moto: `npm run test:moto` starts one for every worker. */
export default defineConfig({
  test: {
    include: ['test/moto/*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // Shows what is skipped, and why.
    reporters: ['verbose'],
  },
});
