import { defineConfig } from 'vitest/config';

/** The table tests of inference, planner and proofs: what they let pass is not tested. */
export default defineConfig({
  test: {
    include: ['test/core/*.test.ts'],
    coverage: { provider: 'v8', include: ['src/core/**/*.ts'] },
  },
});
