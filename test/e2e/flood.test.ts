import { expect, it } from 'vitest';
import { flood } from './flood.ts';

const FLOOD_MS = Number(process.env.QUERYTAPE_FLOOD_MS ?? 15_000);
/** What the tape may grow by, the statement's own records included. */
const GROWN_BYTES_MAX = 1024 * 1024;

it('a local user: refused requests from 20 pipelining sockets beside a running statement end no statement, grow no tape and stop no page', async () => {
  const report = await flood(FLOOD_MS);
  expect(report.outcome).toBe('succeeded');
  expect(report.events).toEqual(
    expect.arrayContaining(['query.classified', 'query.recorded', 'query.firstRowArrived', 'query.ended']),
  );
  expect(report.grownBytes).toBeLessThan(GROWN_BYTES_MAX);
  expect(report.dialled).toBeGreaterThan(FLOOD_MS / 100);
  expect(Object.values(report.refusals).reduce((sum, one) => sum + one, 0)).toBeGreaterThan(FLOOD_MS / 100);
  expect(report.slowestMs).toBeLessThan(10_000);
});
