import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createConnection } from 'mysql2/promise';
import type { Connection } from '../src/drivers/driver.ts';
import { mysqlDriver } from '../src/drivers/mysql/driver.ts';
import { ResultStore } from '../src/store/results/result-store.ts';
import { program } from '../test/servers/debian.ts';
import { emptyMariadb } from '../test/servers/mysql.ts';
import type { MysqlAddress } from '../test/servers/mysql-process.ts';
import { type Bench, cpuSeconds, type Figure, median, seconds } from './figure.ts';

const run = promisify(execFile);
const ROUNDS = 5;
const MILLION = 1_000_000;
const CANCELS = 50;
const DATABASE = 'querytape_bench';
const TABLE = `${DATABASE}.bench_rows`;
const READ = `SELECT * FROM ${TABLE}`;

/** A million rows of bigint, text, decimal, datetime and json, about 120 MB as text, so that reading them is measured. */
async function makeTable({ host, port, user, password }: MysqlAddress): Promise<void> {
  const admin = await createConnection({ host, port, user, password });
  await admin.query(`CREATE DATABASE IF NOT EXISTS ${DATABASE}`);
  await admin.query(`DROP TABLE IF EXISTS ${TABLE}`);
  await admin.query(
    `CREATE TABLE ${TABLE} (id bigint PRIMARY KEY, name varchar(80), amount decimal(12,2), at datetime(6), doc json) ENGINE = MyISAM`,
  );
  await admin.query(
    `INSERT INTO ${TABLE} SELECT seq, CONCAT('row ', seq, REPEAT('x', 24)), seq * 1.37,
      '2026-01-01' + INTERVAL seq SECOND, CONCAT('{"n": ', seq, ', "tag": "abc", "ok": ', seq % 2 = 0, '}')
      FROM ${DATABASE}.seq_1_to_${MILLION}`,
  );
  await admin.end();
}

function connect({ host, port, user, password }: MysqlAddress): Promise<Connection> {
  return mysqlDriver('mariadb').connect(
    { engine: 'mariadb', host, port, user, database: DATABASE, tls: { mode: 'disable' } },
    {
      password: () => password,
      signal: new AbortController().signal,
      readOnly: false,
      applicationName: 'querytape bench',
      onLost: (failure) => {
        throw new Error(failure.message);
      },
    },
  );
}

async function intoStore(connection: Connection, store: ResultStore, id: string): Promise<void> {
  const execution = connection.execute(READ, {
    columns: (columns, encoding) => {
      const result = store.open(id, id, columns, encoding);
      result.fetchAhead(Number.POSITIVE_INFINITY);
      result.onRoom(() => execution.resume());
    },
    moreColumns: () => undefined,
    columnsLearned: () => undefined,
    rows: (bytes, count) => store.get(id)!.write(bytes, count),
    notice: () => undefined,
  });
  const end = await execution.ended;
  if (end.type !== 'completed') throw new Error(end.failure.message);
  store.get(id)!.complete();
}

async function byClient({ host, port, user, password }: MysqlAddress): Promise<void> {
  const args = [
    '--no-defaults',
    '--protocol=tcp',
    '-h',
    host,
    '-P',
    `${port}`,
    '-u',
    user,
    '-BN',
    '--quick',
    '-e',
    READ,
  ];
  const path = await program(['mariadb', 'mysql'], 'mariadb-client');
  await run('sh', ['-c', `"$0" "$@" > /dev/null`, path, ...args], {
    env: { ...process.env, MYSQL_PWD: password },
  });
}

/** Time from the request to stop until the connection is safe for the next statement. */
async function cancelMs(connection: Connection): Promise<number> {
  const sink = { columns() {}, moreColumns() {}, columnsLearned() {}, rows: () => true, notice() {} };
  const execution = connection.execute('SELECT 1 FROM (SELECT 1) one WHERE SLEEP(60) = 0', sink);
  await new Promise((resolve) => setTimeout(resolve, 20));
  const begun = performance.now();
  execution.cancel({ sent() {}, acknowledged() {}, escalated() {} });
  await execution.ended;
  return performance.now() - begun;
}

/** A million rows of MariaDB into the result store, spill included, against its own client; and a cancel. */
export const mariadb: Bench = {
  name: 'mariadb',
  async run(): Promise<Figure[]> {
    const { address, stop } = await emptyMariadb();
    const folder = mkdtempSync(join(tmpdir(), 'querytape-bench-'));
    const store = new ResultStore({ spillFolder: folder });
    try {
      await makeTable(address);
      const ours: number[] = [];
      const cpu: number[] = [];
      const client: number[] = [];
      for (let round = 0; round <= ROUNDS; round++) {
        const begun = performance.now();
        const cpuBegun = cpuSeconds();
        const connection = await connect(address);
        await intoStore(connection, store, `r${round}`);
        await connection.close();
        const took = seconds(begun);
        const cpuTook = cpuSeconds() - cpuBegun;
        store.drop(`r${round}`);
        const clientBegun = performance.now();
        await byClient(address);
        // The first round warms up.
        if (round === 0) continue;
        ours.push(took);
        cpu.push(cpuTook);
        client.push(seconds(clientBegun));
      }
      const connection = await connect(address);
      const cancels: number[] = [];
      for (let i = 0; i < CANCELS; i++) cancels.push(await cancelMs(connection));
      await connection.close();
      const how = `median of ${ROUNDS} alternating runs`;
      return [
        { name: 'MariaDB: 1 M rows into the store', value: median(ours), unit: 's', aim: null, how },
        { name: '… over mariadb -BN --quick', value: median(ours) / median(client), unit: '×', aim: 1, how },
        { name: '… processor time', value: median(cpu), unit: 's', aim: 0.8, how },
        {
          name: 'MariaDB: cancel until safe for the next',
          value: median(cancels),
          unit: 'ms',
          aim: null,
          how: `median of ${CANCELS}`,
        },
      ];
    } finally {
      await store.close();
      rmSync(folder, { recursive: true });
      await stop();
    }
  },
};
