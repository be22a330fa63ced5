import { defineConfig } from 'vitest/config';

/**
 * `npm run soak`: the raced cancels, the kills and the mutated messages of the tests, by the thousand, on every engine, an hour
 * of refused requests (`QUERYTAPE_FLOOD_MS`), an hour of work (`QUERYTAPE_HOUR_MS`), and a day of 100 000 records of which each
 * is harmed (`QUERYTAPE_DAY_RECORDS`). Takes half a day.
 */
export default defineConfig({
  test: {
    include: [
      'test/contract/{postgres,mariadb,mysql,mongodb}.test.ts',
      'test/contract/rogue-*.test.ts',
      'test/replay/day.test.ts',
      'test/soak/**/*.test.ts',
    ],
    testNamePattern:
      /cancels at random moments|end as they are cancelled|kill -9 under load|refused requests from 20|mutated (?:messages|answers)|packets of 16 MiB without end|a day of random users|an hour of work/,
    globalSetup: ['test/servers/setup.ts'],
    testTimeout: 4 * 3_600_000,
    hookTimeout: 600_000,
    fileParallelism: false,
    env: {
      QUERYTAPE_RACES: process.env.QUERYTAPE_RACES ?? '10000',
      QUERYTAPE_DAY_RECORDS: process.env.QUERYTAPE_DAY_RECORDS ?? '100000',
      QUERYTAPE_MUTANTS: process.env.QUERYTAPE_MUTANTS ?? '100000',
    },
  },
});
