import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { promisify } from 'node:util';
import pg from 'pg';
import type { Result } from '../src/store/results/result.ts';
import { ResultStore } from '../src/store/results/result-store.ts';
import { program } from '../test/servers/debian.ts';
import { type Bench, cpuSeconds, median, percentile, seconds } from './figure.ts';
import { connect, makeTable, server, TABLE } from './server.ts';

const run = promisify(execFile);
const ROUNDS = 5;
const MILLION = 1_000_000;
const READ = `select * from ${TABLE}`;

async function intoStore(store: ResultStore, id: string): Promise<Result> {
  const connection = await connect();
  let result: Result | undefined;
  const execution = connection.execute(READ, {
    columns: (columns, encoding) => {
      result = store.open(id, id, columns, encoding);
      result.fetchAhead(Number.POSITIVE_INFINITY);
      result.onRoom(() => execution.resume());
    },
    moreColumns: () => undefined,
    columnsLearned: () => undefined,
    rows: (bytes, count) => result!.write(bytes, count),
    notice: () => undefined,
  });
  const end = await execution.ended;
  if (end.type !== 'completed') throw new Error(end.failure.message);
  result!.complete();
  await connection.close();
  return result!;
}

async function byPsql(): Promise<void> {
  const { address } = await server();
  const { host, port, user, database, password } = address;
  const args = [
    '-XAtq',
    '--variable',
    'FETCH_COUNT=10000',
    '-h',
    host,
    '-p',
    String(port),
    '-U',
    user,
    '-d',
    database,
  ];
  const command = `"$0" "$@" > /dev/null`;
  await run('sh', ['-c', command, await program(['psql'], 'postgresql-client'), ...args, '-c', READ], {
    env: { ...process.env, PGPASSWORD: password },
  });
}

async function byClientQuery(): Promise<void> {
  const { address } = await server();
  const client = new pg.Client({ ...address });
  await client.connect();
  await client.query(READ);
  await client.end();
}

/** A million rows into the result store, spill included, against psql and against pg's own query. */
export const rows: Bench = {
  name: 'rows',
  async run() {
    await makeTable();
    const folder = mkdtempSync(join(tmpdir(), 'querytape-bench-'));
    const store = new ResultStore({ spillFolder: folder });
    const ours: number[] = [];
    const cpu: number[] = [];
    const delays: number[] = [];
    let longest = 0;
    const psql: number[] = [];
    for (let round = 0; round <= ROUNDS; round++) {
      // One of its own for each round: it would count the time between two as a delay.
      const delay = monitorEventLoopDelay({ resolution: 1 });
      delay.enable();
      const begun = performance.now();
      const cpuBegun = cpuSeconds();
      await intoStore(store, `r${round}`);
      const took = seconds(begun);
      const cpuTook = cpuSeconds() - cpuBegun;
      delay.disable();
      if (round < ROUNDS) store.drop(`r${round}`);
      const psqlBegun = performance.now();
      await byPsql();
      // The first round warms up.
      if (round === 0) continue;
      ours.push(took);
      cpu.push(cpuTook);
      delays.push(delay.percentile(99) / 1e6);
      longest = Math.max(longest, delay.max / 1e6);
      psql.push(seconds(psqlBegun));
    }
    const begun = performance.now();
    await byClientQuery();
    const clientQuery = seconds(begun);
    const result = store.get(`r${ROUNDS}`)!;
    const windows: number[] = [];
    for (let i = 0; i < 3000; i++) {
      const at = performance.now();
      await result.window(Math.floor(Math.random() * (MILLION - 100)), 100);
      windows.push(performance.now() - at);
    }
    await store.close();
    rmSync(folder, { recursive: true });
    const how = `median of ${ROUNDS} alternating runs`;
    return [
      { name: '1 M rows into the store', value: median(ours), unit: 's', aim: null, how },
      { name: '… over psql FETCH_COUNT=10000', value: median(ours) / median(psql), unit: '×', aim: 0.8, how },
      {
        name: '… over client.query',
        value: median(ours) / clientQuery,
        unit: '×',
        aim: null,
        how: 'one run',
      },
      { name: '… processor time', value: median(cpu), unit: 's', aim: 0.8, how },
      {
        name: '… event-loop delay meanwhile, p99',
        value: median(delays),
        unit: 'ms',
        aim: 5,
        how: `${how}, samples of 1 ms`,
      },
      {
        name: '… event-loop delay meanwhile, longest',
        value: longest,
        unit: 'ms',
        aim: null,
        how: `of ${ROUNDS} runs`,
      },
      {
        name: 'window of 100 rows at random, p99',
        value: percentile(windows, 0.99),
        unit: 'ms',
        aim: 1,
        how: '3 000 of 1 M rows',
      },
    ];
  },
};
