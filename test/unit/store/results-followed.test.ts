import { describe, expect, it } from 'vitest';
import type { Result } from '../../../src/store/results/result.ts';
import { COLUMNS, dataRows, storeForTest, write } from './results-support.ts';

const ROW_BYTES = 100;
const ROWS = 200;
const BATCH = 10;

/** A result whose source has paused, as no rows are asked for, and goes on batch by batch where there is room. */
function paused(): Result {
  const { store } = storeForTest({ limits: { fetchAheadBytes: 30 * ROW_BYTES, offsetStrideRows: 1 } });
  const result = store.open('r', 'q', COLUMNS, 'postgres-datarow');
  let sent = 0;
  const send = (): void => {
    for (let goOn = true; goOn && sent < ROWS; sent += BATCH)
      goOn = write(result, dataRows(sent, BATCH, ROW_BYTES - 11));
    if (sent >= ROWS) result.complete();
  };
  result.onRoom(() => setImmediate(send));
  send();
  return result;
}

describe('a result whose source has paused', () => {
  it('is read on to its end by who follows it', async () => {
    const result = paused();
    expect(result.rows).toBeLessThan(ROWS);
    let count = 0;
    for await (const batch of result.rowsFrom(0, true)) count += batch.count;
    expect(count).toBe(ROWS);
    expect(result.meta()).toMatchObject({ rows: ROWS, rowsComplete: true });
  });

  it('is read on by who waits for its end', async () => {
    const result = paused();
    await result.completed();
    expect(result.rows).toBe(ROWS);
  });

  it('stays paused for who reads what is here', async () => {
    const result = paused();
    const here = result.rows;
    let count = 0;
    for await (const batch of result.rowsFrom(0)) count += batch.count;
    expect([count, result.rows]).toEqual([here, here]);
  });
});
