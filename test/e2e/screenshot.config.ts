import { defineConfig } from 'vitest/config';

/** `npm run screenshot`: takes the README's picture and one of each place into test-output/screenshots, from the built program. */
export default defineConfig({
  test: {
    include: ['test/e2e/screenshot.ts', 'test/e2e/screenshots.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    fileParallelism: false,
  },
});
