import { defineConfig } from 'vitest/config';
import { holdFilesInMemory } from './test/run-folder.ts';

holdFilesInMemory();

/** A poll waits for what comes: the second that it has by itself is too short beside the other projects on two cores. */
const expect = { poll: { timeout: 60_000 } };

/** Contracts whose files start their own servers, so that they need not take turns with those that share some. */
const OWN_SERVERS = [
  ...['demo', 'keychain', 'mongodb-double', 'rogue-*', 'ssh/{embedded,openssh,rogue-ssh}'],
  '*-{diagnosis,faults,standby,tls}',
].map((name) => `test/contract/${name}.test.ts`);

/** The files of a worker share their modules: to load the sources again for each one took up to half of the time. */
const shared = { isolate: false, setupFiles: ['test/each-file.ts'] };

/** What the built program does where no browser looks on: its commands, its requests, its ends. */
const PROGRAM = [
  'test/e2e/{attacks,blockers,canaries,classify,commands,doctor,faults,flood,incidents,kept,kill}.test.ts',
  'test/e2e/{package,rogue-postgres,start-files}.test.ts',
];

/**
 * Five projects, which `npm test` runs side by side: `unit` needs nothing, `contract` real servers, `own-servers` those that its files start, `program` the built program, and
 * `e2e` the program with its page in a real browser.
 */
export default defineConfig({
  test: {
    reporters: ['default', './test/closing-line.ts'],
    tags: [
      {
        name: 'slow',
        description: 'Takes a third of a second or more: `npm run check` leaves it to `npm test`.',
      },
    ],
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts', 'test/replay/**/*.test.ts'],
          ...shared,
          // They only end what hangs: properties, and keys that are made, take their time on a busy machine.
          testTimeout: 60_000,
          hookTimeout: 60_000,
          expect,
        },
      },
      {
        test: {
          name: 'contract',
          include: ['test/contract/**/*.test.ts'],
          exclude: OWN_SERVERS,
          globalSetup: ['test/servers/setup.ts'],
          ...shared,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          expect,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'own-servers',
          include: OWN_SERVERS,
          ...shared,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          expect,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'program',
          include: PROGRAM,
          testTimeout: 180_000,
          hookTimeout: 180_000,
          expect,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          exclude: PROGRAM,
          testTimeout: 180_000,
          hookTimeout: 180_000,
          expect,
          fileParallelism: false,
        },
      },
    ],
  },
});
