import { defineConfig } from 'vitest/config';

/** On a real account, that costs money: `npm run test:live` says how much at the most. */
export default defineConfig({
  test: {
    include: ['test/live/*.test.ts'],
    testTimeout: 15 * 60_000,
    hookTimeout: 20 * 60_000,
    // One account: whoever makes something in it is alone.
    fileParallelism: false,
    reporters: ['verbose'],
  },
});
