import { defineConfig } from 'vitest/config';

/** `npm run screenshot`: takes the README's picture from the built program. */
export default defineConfig({
  test: { include: ['test/e2e/screenshot.ts'], testTimeout: 120_000, hookTimeout: 120_000 },
});
