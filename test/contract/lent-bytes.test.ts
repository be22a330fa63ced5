import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Connection, RowSink } from '../../src/drivers/driver.ts';
import { mongodbDriver } from '../../src/drivers/mongodb/driver.ts';
import { MIB } from '../../src/events/limits.ts';
import type { RowEncoding } from '../../src/events/result.ts';
import { readRows, rowCodec } from '../../src/events/rows.ts';
import { decodeWindow } from '../../src/events/window-frame.ts';
import { RESULT_BLOCK_BYTES } from '../../src/store/limits.ts';
import type { Result } from '../../src/store/results/result.ts';
import { ResultStore } from '../../src/store/results/result-store.ts';
import { Connections } from './contract.ts';
import { provided as mongodb, targetOf } from './mongodb-engine.ts';
import { makeUser, PRODUCTS } from './mysql-engine.ts';
import { provided as postgres, postgresEngine } from './postgres-engine.ts';
import { ask, run } from './running.ts';

vi.mock('../../src/drivers/socket-reading.ts', async (original) => {
  const real = await original<typeof import('../../src/drivers/socket-reading.ts')>();
  const openSocket: typeof real.openSocket = (where, take) =>
    real.openSocket(where, (bytes) => {
      take(bytes);
      bytes.fill(0xee);
    });
  return { ...real, openSocket };
});

/** A store whose results keep little in memory, so that most rows pass through it to the disk. */
function smallStore(): ResultStore {
  const folder = mkdtempSync(join(tmpdir(), 'querytape-lent-'));
  const limits = { resultMemoryBytes: MIB, spillBacklogBytes: MIB };
  const store = new ResultStore({ spillFolder: folder, limits });
  onTestFinished(async () => {
    await store.close();
    rmSync(folder, { recursive: true });
  });
  return store;
}

/** Reads a statement's rows into a store; `look` sees how many there are, after each batch. */
async function stored(
  connection: Connection,
  text: string,
  store: ResultStore,
  look: (rows: number) => void = () => undefined,
): Promise<Result> {
  let result: Result | undefined;
  const sink: RowSink = {
    columns: (columns, encoding: RowEncoding) => {
      result = store.open('r', 'q', columns, encoding);
      result.fetchAhead(Number.POSITIVE_INFINITY);
      result.onRoom(() => execution.resume());
    },
    moreColumns: (columns) => result!.moreColumns(columns),
    columnsLearned: (columns) => result!.columnsLearned(columns),
    rows: (bytes, count, isGiven) => {
      const goOn = result!.write(bytes, count, isGiven);
      if (!isGiven) bytes.fill(0xee);
      look(result!.rows);
      return goOn;
    },
    notice: () => undefined,
  };
  const execution = connection.execute(text, sink);
  expect(await execution.ended).toMatchObject({ type: 'completed' });
  result!.complete();
  return result!;
}

/** All rows as the server's own text. */
async function textOf(result: Result): Promise<(string | null)[][]> {
  const rows: (string | null)[][] = [];
  const codec = rowCodec(result.encoding);
  while (rows.length < result.rows) {
    const window = decodeWindow(await result.window(rows.length, 10_000));
    rows.push(...readRows(codec, window.rows, result.columns));
  }
  return rows;
}

const SQL = [
  {
    name: 'PostgreSQL',
    engine: async () => postgresEngine(postgres()),
    // Rows of every length up to some hundred bytes, and a few that are longer than many chunks.
    uneven:
      'select i, repeat(chr(97 + i % 26), case when i % 1500 = 0 then 400000 else i % 300 end) from (select generate_series(1, 6000) i) s',
  },
  ...PRODUCTS.map(({ product, provided, mysqlEngine }) => ({
    name: product,
    engine: async () => {
      await makeUser(provided());
      return mysqlEngine(provided());
    },
    uneven: `SELECT i, REPEAT(CHAR(97 + i % 26 USING utf8mb4), IF(i % 1500 = 0, 400000, i % 300)) FROM
      (SELECT a.d * 1000 + b.d * 100 + c.d * 10 + e.d + 1 AS i FROM ${['a', 'b', 'c', 'e']
        .map(
          (name) => `(${Array.from({ length: 10 }, (_, d) => `SELECT ${d} d`).join(' UNION ALL ')}) ${name}`,
        )
        .join(' STRAIGHT_JOIN ')}) s WHERE i <= 6000 ORDER BY i`,
  })),
];

describe.each(SQL)('$name, whose socket’s buffer is overwritten after each chunk,', ({ engine, uneven }) => {
  let connections: Connections | undefined;
  afterEach(() => connections?.closeAll());
  const connect = async (): Promise<Connection> => {
    connections = new Connections(await engine());
    return connections.connect();
  };

  it('gives every value as it is, from memory and from the disk', { timeout: 60_000 }, async () => {
    const rows = await textOf(await stored(await connect(), uneven, smallStore()));
    expect(rows.length).toBe(6000);
    const wrong = rows.findIndex(([id, text], at) => {
      const i = at + 1;
      const letter = String.fromCharCode(97 + (i % 26));
      return id !== `${i}` || text !== letter.repeat(i % 1500 === 0 ? 400_000 : i % 300);
    });
    expect(wrong).toBe(-1);
  });

  it('says errors and short answers as they are', async () => {
    const connection = await connect();
    const { say } = await engine();
    expect(await ask(connection, say.value(7))).toEqual([['7']]);
    const { end } = await run(connection, say.wrong);
    expect(end).toMatchObject({ type: 'failed' });
    expect(JSON.stringify(end)).not.toMatch(/\ufffd|\u00ee/);
    expect(await ask(connection, say.value(8))).toEqual([['8']]);
  });

  it('takes no more memory for two million rows than for a hundred thousand', {
    timeout: 120_000,
  }, async () => {
    const connection = await connect();
    const { say } = await engine();
    const store = smallStore();
    let early = 0;
    let late = 0;
    let batches = 0;
    const result = await stored(connection, say.rows(2_000_000), store, (rows) => {
      if (++batches % 20 !== 0) return;
      const { arrayBuffers } = process.memoryUsage();
      if (rows <= 100_000) early = Math.max(early, arrayBuffers);
      else late = Math.max(late, arrayBuffers);
    });
    expect(result.rows).toBe(2_000_000);
    expect(late - early).toBeLessThan(6 * MIB);
    // Memory of the result, what waits for the disk, one write, and what is being filled.
    expect(store.blocks.made).toBeLessThanOrEqual((4 * MIB) / RESULT_BLOCK_BYTES + 4);
  });
});

describe('MongoDB', () => {
  it('gives every value as it is, though what a sink was lent is overwritten', async () => {
    const driver = mongodbDriver();
    const address = mongodb();
    const connections = new Connections({ driver, target: targetOf(address), password: address.password });
    const collection = 'db.getSiblingDB("querytape_contract").lent';
    // Several times what is handed to a sink at once.
    const documents = Array.from({ length: 3000 }, (_, i) => ({
      _id: i,
      x: String.fromCharCode(97 + (i % 26)).repeat(200 + (i % 300)),
    }));
    try {
      const connection = await connections.connect();
      await ask(connection, `${collection}.drop()`);
      await ask(connection, `${collection}.insertMany(${JSON.stringify(documents)})`);
      const rows = await textOf(
        await stored(connection, `${collection}.find({}).sort({ _id: 1 })`, smallStore()),
      );
      expect(rows.length).toBe(documents.length);
      const wrong = rows.findIndex(([id, text], i) => {
        const { _id, x } = documents[i]!;
        return id !== `{"$numberInt":"${_id}"}` || text !== JSON.stringify(x);
      });
      expect(wrong).toBe(-1);
    } finally {
      await connections.closeAll();
    }
  });
});
