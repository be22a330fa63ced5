import { defineConfig } from 'vitest/config';

/** A poll waits for what comes: the second that it has by itself is too short beside the other projects on two cores. */
const expect = { poll: { timeout: 30_000 } };

/** Three projects: `unit` needs nothing, `contract` real servers, `e2e` a built client and a real browser. */
export default defineConfig({
  test: {
    reporters: ['default', './test/closing-line.ts'],
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts', 'test/replay/**/*.test.ts'],
          setupFiles: ['test/temporary-folder.ts'],
          // It only ends what hangs: properties take their time on a busy machine.
          testTimeout: 60_000,
          expect,
        },
      },
      {
        test: {
          name: 'contract',
          include: ['test/contract/**/*.test.ts'],
          globalSetup: ['test/servers/setup.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          expect,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          testTimeout: 180_000,
          hookTimeout: 180_000,
          expect,
          fileParallelism: false,
        },
      },
    ],
  },
});
