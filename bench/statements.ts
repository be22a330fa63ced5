import { mkdtempSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { sendCancelRequest } from '../src/drivers/postgres/cancel-request.ts';
import { postgresDriver } from '../src/drivers/postgres/driver.ts';
import { RealWorkspace } from '../test/contract/real-workspace.ts';
import { type Bench, cpuSeconds, type Figure, median } from './figure.ts';
import { connect, server, wideRows } from './server.ts';

const STATEMENTS = 1500;
const ROUNDS = 5;
const CANCELS = 100;
const FIRST_ROWS = 100;
const FIRST_ROW_OF = 1000;
/** What the bare driver is told of a statement, as Querytape tells it: of one that is not known to read, it asks for the session's state. */
const READS = { reads: true, rowsMax: 0 };

/** A session on a whole workspace, without the HTTP around it. */
async function realSession() {
  const { target, password } = await server();
  const world = await RealWorkspace.start({ driver: postgresDriver(), target, password });
  const sessionId = await world.open();
  return {
    /** Runs a statement, and gives the milliseconds until the tape said that a row is here. */
    async statement(text: string): Promise<number> {
      const at = performance.now();
      const { queryIds } = await world.send({ type: 'query.submit', sessionId, tabId: 't', text });
      const queryId = queryIds![0]!;
      await world.until(({ queries }) => queries[queryId]?.firstRowMs != null);
      const firstRowMs = performance.now() - at;
      await world.ended(queryId);
      return firstRowMs;
    },
    close: () => world.stop(),
  };
}

async function each(count: number, one: () => Promise<unknown>): Promise<number[]> {
  const times: number[] = [];
  for (let i = 0; i < count; i++) {
    const at = performance.now();
    await one();
    times.push(performance.now() - at);
  }
  return times;
}

/** Milliseconds of an append to a file and its fdatasync, as one batch of the tape takes them. */
async function syncs(count: number): Promise<number[]> {
  const folder = mkdtempSync(join(tmpdir(), 'querytape-bench-'));
  const file = await open(join(folder, 'file'), 'w');
  const batch = Buffer.alloc(2048, 'x');
  const times = await each(count, async () => {
    await file.write(batch);
    await file.datasync();
  });
  await file.close();
  rmSync(folder, { recursive: true });
  return times;
}

async function selectOne(): Promise<Figure[]> {
  const world = await realSession();
  const connection = await connect();
  const sink = {
    columns: () => undefined,
    moreColumns: () => undefined,
    columnsLearned: () => undefined,
    rows: () => true,
    notice: () => undefined,
  };
  const bare = () => connection.execute('select 1', sink, [], READS).ended;
  await each(200, () => world.statement('select 1'));
  await each(200, bare);
  await syncs(200);
  const bareTimes: number[] = [];
  const syncTimes: number[] = [];
  const times: number[] = [];
  let [bareCpu, oursCpu] = [0, 0];
  for (let round = 0; round < ROUNDS; round++) {
    const begun = cpuSeconds();
    bareTimes.push(...(await each(STATEMENTS / ROUNDS, bare)));
    const bareEnd = cpuSeconds();
    syncTimes.push(...(await syncs(STATEMENTS / ROUNDS)));
    const oursBegun = cpuSeconds();
    times.push(...(await each(STATEMENTS / ROUNDS, () => world.statement('select 1'))));
    bareCpu += bareEnd - begun;
    oursCpu += cpuSeconds() - oursBegun;
  }
  const cpu = ((oursCpu - bareCpu) / STATEMENTS) * 1e6;
  const floor = median(bareTimes) + median(syncTimes);
  await connection.close();
  await world.close();
  const how = `${STATEMENTS} in ${ROUNDS} alternating rounds`;
  return [
    { name: 'select 1, bare driver', value: median(bareTimes), unit: 'ms', aim: null, how },
    { name: 'an append and its fdatasync', value: median(syncTimes), unit: 'ms', aim: null, how },
    { name: 'select 1, actors and durable tape', value: median(times), unit: 'ms', aim: null, how },
    { name: '… over bare driver and one fdatasync', value: median(times) / floor, unit: '×', aim: 2, how },
    { name: '… processor time of actors and tape', value: cpu, unit: 'µs', aim: 300, how },
  ];
}

/** From submitting a statement of many rows until the first is here. */
async function firstRow(): Promise<Figure[]> {
  const world = await realSession();
  const connection = await connect();
  const text = wideRows(FIRST_ROW_OF);
  const ours: number[] = [];
  const bare: number[] = [];
  for (let i = 0; i < FIRST_ROWS; i++) {
    ours.push(await world.statement(text));
    const at = performance.now();
    let first = 0;
    const rows = (): boolean => {
      first ||= performance.now() - at;
      return true;
    };
    const sink = {
      columns: () => undefined,
      moreColumns: () => undefined,
      columnsLearned: () => undefined,
      rows,
      notice: () => undefined,
    };
    await connection.execute(text, sink, [], READS).ended;
    bare.push(first);
  }
  await connection.close();
  await world.close();
  const how = `${FIRST_ROWS} alternating, ${FIRST_ROW_OF} rows each`;
  return [
    { name: 'submit to first row on the tape', value: median(ours), unit: 'ms', aim: null, how },
    { name: "… over the bare driver's", value: median(ours) / median(bare), unit: '×', aim: 3, how },
  ];
}

/** From the cancel until the server has ended the statement. */
async function cancels(): Promise<Figure[]> {
  const { address } = await server();
  const connection = await connect();
  const sink = {
    columns: () => undefined,
    moreColumns: () => undefined,
    columnsLearned: () => undefined,
    rows: () => true,
    notice: () => undefined,
  };
  const observer = { sent: () => undefined, acknowledged: () => undefined, escalated: () => undefined };
  const client = new pg.Client({ ...address }) as pg.Client & { processID: number; secretKey: number };
  await client.connect();
  const ours: number[] = [];
  const bare: number[] = [];
  for (let i = 0; i < CANCELS; i++) {
    const execution = connection.execute('select pg_sleep(30)', sink);
    const sleeping = client.query('select pg_sleep(30)').catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 15));
    const at = performance.now();
    execution.cancel(observer);
    await execution.ended;
    ours.push(performance.now() - at);
    const bareAt = performance.now();
    const key = { processId: client.processID, secretKey: client.secretKey };
    await Promise.all([
      sendCancelRequest({ host: address.host, port: address.port, tls: null }, key, 2000, () => undefined),
      sleeping,
    ]);
    bare.push(performance.now() - bareAt);
  }
  await client.end();
  await connection.close();
  const how = `${CANCELS} alternating`;
  return [
    { name: 'cancel until safe for the next statement', value: median(ours), unit: 'ms', aim: null, how },
    { name: '… over a bare CancelRequest', value: median(ours) / median(bare), unit: '×', aim: 1.5, how },
  ];
}

/** One statement's way through everything, and a cancel's. */
export const statements: Bench = {
  name: 'statements',
  run: async () => [...(await selectOne()), ...(await firstRow()), ...(await cancels())],
};
